"""Builds scorecards and sessions by hand, through the real scoring, so that report tests need no rule files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from auditor.chat import Conversation, Message, Role
from auditor.checks.base import Hit
from auditor.checks.conditions import Guards
from auditor.engine import Audited, Finding
from auditor.kpis import contact, rounds
from auditor.reports.records import Session, session
from auditor.reports.tables import Input, RunFacts
from auditor.rule import DIMENSIONS, Grade, Rule, Scheme, Severity, Status
from auditor.scoring import Scorecard, Scored, Tally, score_conversation, scorecard

SHOP = "示例旗舰店"
SCHEME = Scheme(
    dict(zip(DIMENSIONS, (20.0, 25.0, 20.0, 20.0, 15.0), strict=True)),
    90.0,
    5.0,
    (
        Grade("A", "优秀", 95),
        Grade("B", "良好", 85),
        Grade("C", "合格", 75),
        Grade("D", "待改进", 0),
    ),
)


def rule(code: str, title: str, dimension: str, severity: Severity, points: float, **more: Any) -> Rule:
    """A rule with sensible fields where the tests do not care."""
    fields: dict[str, Any] = {
        "id": f"rule-{code.lower()}",
        "scope": "message",
        "cap": points * 2,
        "status": Status.LIVE,
        "why": f"{title}会让顾客觉得没有被认真对待，容易带来差评和退款。",
        "advice": "亲，这边马上帮您核实，两分钟内给您准确答复，请稍等。",
        "source": "店铺客服手册",
    }
    fields.update(more)
    return Rule(
        code=code,
        kind="phrase",
        title=title,
        dimension=dimension,
        severity=severity,
        points=points,
        roles=(Role.AGENT,),
        good=(),
        bad=(),
        check=cast(Any, None),
        guards=Guards(),
        place=cast(Any, None),
        **fields,
    )


REFUSAL = rule(
    "A07",
    "生硬拒绝",
    "服务态度",
    Severity.MAJOR,
    5,
    advice="抱歉让您失望了，这款暂时不支持七天无理由，我帮您申请换货，您看可以吗？",
)
OFF_SITE = rule(
    "E01",
    "引导站外联系",
    "违规红线",
    Severity.FATAL,
    100,
    cap=100,
    advice="亲，平台内沟通更有保障，您的问题在这里告诉我，我马上帮您处理。",
)
SLOW = rule(
    "B01",
    "首次响应超过 30 秒",
    "响应时效",
    Severity.MINOR,
    3,
    advice="高峰期先发一句“亲，您好，马上为您查看”，再逐条处理。",
)
NO_CLOSING = rule(
    "C09",
    "没有结束语",
    "业务流程",
    Severity.MINOR,
    2,
    scope="conversation",
    cap=2,
    advice="感谢您的咨询，后面有任何问题随时找我，祝您生活愉快！",
)
FILLER = rule("D03", "口头语过多", "话术规范", Severity.MINOR, 1, cap=3)
TRIAL = rule("A12", "语气冷淡", "服务态度", Severity.MINOR, 2, status=Status.TRIAL)
PRAISE = rule("F01", "主动关怀", "服务态度", Severity.BONUS, 2, cap=2, advice="继续保持。")
RULES: tuple[Rule, ...] = (REFUSAL, OFF_SITE, SLOW, NO_CLOSING, FILLER, TRIAL, PRAISE)


@dataclass(frozen=True)
class Spot:
    """A finding to plant: rule, message index, the words hit (None = no span), exemption."""

    rule: Rule
    message: int | None
    words: str | None = None
    exemption: str | None = None
    evidence: str = ""


def talk(
    name: str,
    agent: str | None,
    lines: Sequence[tuple[str, str]],
    start: datetime | None,
    gap: int = 20,
    customer: str = "小***鱼",
) -> Conversation:
    """A conversation from (role, text) lines, ``gap`` seconds apart; without times if ``start`` is None."""
    roles = {"客户": Role.CUSTOMER, "客服": Role.AGENT, "机器人": Role.ROBOT, "系统": Role.SYSTEM}
    messages = tuple(
        Message(
            roles[role],
            text,
            start + timedelta(seconds=gap * at) if start else None,
            agent if role == "客服" else customer if role == "客户" else None,
        )
        for at, (role, text) in enumerate(lines)
    )
    return Conversation(name, messages, agent, customer, SHOP, "taobao")


def scored(conversation: Conversation, spots: Sequence[Spot] = (), missing: Sequence[tuple[str, str]] = ()) -> Scored:
    """The conversation with its planted findings, scored."""
    findings = []
    for number, spot in enumerate(spots):
        span = None
        if spot.words is not None and spot.message is not None:
            at = conversation.messages[spot.message].text.index(spot.words)
            span = (at, at + len(spot.words))
        hit = Hit(spot.message, span, spot.evidence or (spot.words or spot.rule.title))
        mark = f"{conversation.id}-{number:04d}".encode("utf-8", "surrogatepass").hex()[-16:].rjust(16, "0")
        findings.append(Finding(spot.rule, conversation.id, conversation.agent, hit, spot.exemption, mark))
    return score_conversation(
        Audited(conversation, tuple(findings), tuple(missing), tuple(rounds(conversation))), SCHEME
    )


def cards(results: Sequence[Scored]) -> tuple[Scorecard, list[Scorecard]]:
    """The team's card and the agents' cards, ranked."""
    dimension_of = {item.id: item.dimension for item in RULES}
    team, tallies = Tally(), dict[str, Tally]()
    for item in results:
        for agent, part in item.shares.items():
            charges = [c for c in item.charges if c.finding.agent == agent]
            for tally in (team, tallies.setdefault(agent, Tally())):
                tally.add(part, charges, SCHEME)
                talk = item.audited.conversation
                tally.served(talk, None if tally is team else agent, [contact(talk)])
    made = [scorecard(agent, SHOP, tally, SCHEME, dimension_of) for agent, tally in tallies.items()]
    made.sort(key=lambda card: (-(card.score or 0), card.agent))
    ranked = [replace(card, rank=at, of=len(made)) for at, card in enumerate(made, 1)]
    return scorecard("团队", SHOP, team, SCHEME, dimension_of), ranked


def sessions(results: Sequence[Scored], agent: str, mask: Callable[[str], str] = str) -> list[Session]:
    """The sessions of one agent; flagged ones carry their messages."""
    return [session(r, mask, bool(r.charges)) for r in results if agent in r.shares]


def run_facts(**more: Any) -> RunFacts:
    """Facts of a run over one readable and one partly unreadable file."""
    fields: dict[str, Any] = {
        "profile": "taobao",
        "rules_hash": "9f2c4b7a" * 8,
        "version": "0.1.0",
        "conversations": 128,
        "pass_score": 90.0,
        "model_hashes": {"agent-attitude": "ab12cd34" * 8},
        "inputs": (
            Input("淘宝聊天记录_1116.csv", "canonical-csv", "gb18030", 1520, 1520, 0),
            Input("淘宝聊天记录_1117.csv", "canonical-csv", "utf-8", 1310, 1304, 6),
        ),
        "not_evaluable": {"rule-b01": 12},
        "rejects_by_reason": {"没有角色": 4, "时间无法识别": 2},
        "left_out": ("3 场会话早于 --since 给出的日期，没有质检。",),
        "not_judged": 2,
    }
    fields.update(more)
    return RunFacts(**fields)


OPENING = ("客服", "亲，您好，欢迎光临，请问有什么可以帮您？")
CLOSING = ("客服", "感谢您的咨询，祝您生活愉快，再见！")


def day(agent: str, number: int, seed: int) -> list[Scored]:
    """``number`` varied conversations of one agent on 2026-11-16, about a third of them with findings."""
    results = []
    for at in range(number):
        start = datetime(2026, 11, 16, 9, 0, 5) + timedelta(minutes=3 * at, seconds=seed)
        gap = 12 + (at * 7 + seed * 5) % 40
        results.append(_one(agent, f"S{seed:02d}{at:03d}", start, gap, (at * 5 + seed * 3) % 12))
    return results


def _one(agent: str, name: str, start: datetime, gap: int, kind: int) -> Scored:
    ask = ("客户", "你好，这件外套洗了一次就掉色了，能退吗？")
    if kind == 0:
        lines = [ask, OPENING, ("客服", "这个不能退的，洗过就没办法了，你自己看详情页的说明。"), CLOSING]
        return scored(talk(name, agent, lines, start, gap), [Spot(REFUSAL, 2, "不能退"), Spot(SLOW, 1, None)])
    if kind == 1 and name.endswith("5"):
        lines = [ask, OPENING, ("客服", "你加我微信 v❤ 138****0000，给你便宜点。"), CLOSING]
        return scored(talk(name, agent, lines, start, gap), [Spot(OFF_SITE, 2, "加我微信"), Spot(FILLER, 2, "便宜点")])
    if kind in (2, 7):
        lines = [("机器人", "您好，智能助手为您服务。"), ask, OPENING, ("客服", "可以的，运费险会赔付，您放心申请。")]
        evidence = "最后 3 条客服消息里没有感谢或道别"
        return scored(talk(name, agent, lines, start, gap), [Spot(NO_CLOSING, None, evidence=evidence)])
    if kind == 4:
        lines = [ask, OPENING, ("客服", "嗯嗯，没办法联系上您，嗯嗯，方便留个时间吗？"), CLOSING]
        excused = Spot(REFUSAL, 2, "没办法", "没办法联系上您")
        spots = [Spot(FILLER, 2, "嗯嗯"), excused, Spot(TRIAL, 2, "方便留个时间吗")]
        return scored(talk(name, agent, lines, start, gap), spots)
    if kind == 6:
        lines = [ask, OPENING, ("客服", "天气凉了，您注意保暖，我已经帮您登记退货了。"), CLOSING]
        return scored(talk(name, agent, lines, start, gap), [Spot(PRAISE, 2, "注意保暖"), Spot(SLOW, 1, None)])
    return scored(talk(name, agent, [ask, OPENING, CLOSING], start, gap))
