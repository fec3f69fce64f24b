"""Plain tables of results, before any file format: what is in them, not how it looks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from auditor.presets import Preset
from auditor.reports.records import Record
from auditor.reviews.verdict import Ruling
from auditor.scoring import RuleTally

SEVERITIES = {"fatal": "致命", "major": "严重", "minor": "一般", "info": "提示", "bonus": "加分"}
STATUSES = {"live": "启用", "trial": "试运行", "off": "停用"}
PROFILES = {
    "house": "店铺自定",
    "taobao": "淘宝",
    "tmall": "天猫",
    "jd": "京东",
    "pdd": "拼多多",
    "douyin": "抖音",
    "kuaishou": "快手",
}
#: One of several platforms of a run: ``jd 12``.
_EACH = re.compile(r"([^、]+) (\d+)(?=、|$)")
SCOPES = {"message": "每条消息", "conversation": "每场会话", "agent": "每位客服"}
ROLES = {"customer": "客户", "agent": "客服", "robot": "机器人", "system": "系统"}
KINDS = {
    "image": "图片",
    "card": "卡片",
    "order": "订单",
    "file": "文件",
    "recall": "撤回消息",
    "transfer": "转接",
    "event": "平台提示",
    "missing": "导出文件里没有内容",
}
#: Verdicts by which a finding falls.
OVERTURNING = frozenset(str(ruling) for ruling in Ruling if ruling.overturns)
NO_TIME = "无时间数据"
NONE = "—"


class RuleLike(Protocol):
    """What a report says of a rule. ``severity`` and ``status`` are string enums (fatal…bonus, trial/live/off)."""

    @property
    def id(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def dimension(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def points(self) -> float: ...
    @property
    def cap(self) -> float: ...
    @property
    def scope(self) -> str: ...
    @property
    def reminds(self) -> bool: ...
    @property
    def why(self) -> str: ...
    @property
    def advice(self) -> str: ...
    @property
    def source(self) -> str: ...


class Input(NamedTuple):
    """One input file: rows_in = rows_audited + rows_rejected + rows_set_aside.

    Set aside are good rows that stand in another file as well, or lie outside the dates asked for.
    """

    file: str
    format: str
    encoding: str
    rows_in: int
    rows_audited: int
    rows_rejected: int
    rows_set_aside: int = 0


@dataclass(frozen=True)
class RunFacts:
    """What every workbook says of the run: which rules, models and inputs, and what could not be judged.

    ``not_evaluable`` counts conversations by rule id; ``not_judged`` conversations without a human agent;
    ``left_out`` are sentences; ``pass_score`` is in points.
    """

    profile: str
    rules_hash: str
    version: str
    conversations: int
    pass_score: float
    model_hashes: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[Input] = ()
    not_evaluable: Mapping[str, int] = field(default_factory=dict)
    rejects_by_reason: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    not_judged: int = 0
    #: How each platform counts service figures, by name.
    presets: Mapping[str, Preset] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column: its heading, a width in characters and the kind of its values.

    Kinds: text, label, note, plain, number, bad, sparse, score, lost, percent, bar, gap, seconds, time, severity, link.
    """

    name: str
    width: float = 10
    kind: str = "label"


@dataclass(frozen=True)
class Table:
    """A titled table; every row has one value for each column, None where there is nothing to say."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]


def by_id(rules: Sequence[RuleLike]) -> dict[str, RuleLike]:
    """The rules by id."""
    return {rule.id: rule for rule in rules}


def rule_name(rule: RuleLike | None, rule_id: str) -> str:
    """``A07 生硬拒绝``; a rule that is no longer in the set is named by its id."""
    return f"{rule.code} {rule.title}" if rule else rule_id


def profile_name(profile: str) -> str:
    """A profile as users know it: ``淘宝（taobao）``; of several in one log, each with its conversations."""
    if profile in PROFILES:
        return f"{PROFILES[profile]}（{profile}）"
    return _EACH.sub(lambda found: f"{PROFILES.get(found[1], found[1])} {found[2]} 个会话", profile)


def period(start: datetime | None, end: datetime | None) -> str:
    """The days covered, or that the log has no times."""
    if start is None or end is None:
        return "日志里没有时间"
    first, last = start.date().isoformat(), end.date().isoformat()
    return first if first == last else f"{first} 至 {last}"


def moment(clock: str | None) -> datetime | None:
    """The time of a record (``2026-11-16 09:00:05``) as a wall-clock time, None if it has none."""
    return datetime.fromisoformat(clock).replace(tzinfo=None) if clock else None


def outcome(finding: Record, rules: Mapping[str, RuleLike]) -> str:
    """What became of a finding, in words: overturned, charged, exempt and why, on trial, or covered by another rule."""
    if finding["exemption"]:
        return f"豁免：{finding['exemption']}"
    reviewed = review_outcome(finding)
    if finding["status"] == "trial":
        return f"试运行，不扣分{'；' if reviewed else ''}{reviewed}"
    if reviewed:
        return reviewed
    if finding["covered_by"]:
        other = rules.get(finding["covered_by"])
        return f"已并入 {rule_name(other, finding['covered_by'])}"
    if finding["charged"]:
        return "已扣分" if finding["charged"] > 0 else "已加分"
    if finding["severity"] == "info":
        return "仅提示，不扣分"
    rule = rules.get(finding["rule"])
    if rule and rule.reminds:
        return "只提醒，不扣分"
    if rule and rule.scope == "agent":
        return f"整期只扣一次，共 {rule.points:g} 分"
    return "已到扣分上限，不再扣分" if finding["severity"] != "bonus" else "已到加分上限"


def review_outcome(finding: Record) -> str:
    """What reviewers did to a finding, in words; empty if it stands as the machine left it."""
    if finding.get("disputed"):
        said = "，".join(f"{item['name']} {item['verdict']}" for item in finding["reviewers"])
        return f"复核有分歧（{said}），暂按机器结果"
    if finding.get("verdict") not in OVERTURNING:
        return ""
    before = finding["machine_charged"]
    cost = f"（机器原{'扣' if before > 0 else '加'} {abs(before):g} 分）" if before else ""
    return f"复核：{finding['verdict']}，不{'加' if before < 0 else '扣'}分{cost}"


def said(message: Record) -> str:
    """The text of a message as the transcript shows it: what is no text is named, 「图片」 for example."""
    kind = KINDS.get(message["kind"])
    if kind is None:
        return str(message["text"])
    return f"［{kind}］{message['text']}"


def run_table(run: RunFacts) -> Table:
    """Versions and hashes: what is needed to get the same result again."""
    rows: list[tuple[Any, ...]] = [
        ("质检工具版本", f"auditor {run.version}"),
        ("质检方案", profile_name(run.profile)),
        ("规则摘要", run.rules_hash),
        *((f"模型 {name}", digest) for name, digest in sorted(run.model_hashes.items())),
        ("合格线", f"{run.pass_score:g} 分"),
        ("会话总数", f"{run.conversations} 场，其中没有人工客服、不评分的 {run.not_judged} 场"),
    ]
    return Table("版本与方案", (Column("项目", 18), Column("内容", 60, "text")), tuple(rows))


def inputs_table(run: RunFacts) -> Table:
    """The input files with their row counts."""
    columns = (
        Column("输入文件", 44, "text"),
        Column("格式", 20),
        Column("编码", 12),
        Column("读入行数", 12, "number"),
        Column("质检行数", 12, "number"),
        Column("未读入行数", 12, "bad"),
        Column("重复或日期外", 14, "number"),
    )
    return Table("输入文件", columns, tuple(tuple(item) for item in run.inputs))


def rejects_table(run: RunFacts) -> Table:
    """Rows that could not be read, by reason, most frequent first."""
    rows = sorted(run.rejects_by_reason.items(), key=lambda item: (-item[1], item[0]))
    columns = (Column("原因", 44, "text"), Column("行数", 12, "bad"))
    return Table("未读入的行（逐行见 unread.csv）", columns, tuple(rows))


def not_evaluable_table(run: RunFacts, rules: Sequence[RuleLike]) -> Table:
    """Rules that could not be judged in some conversations because a fact is missing from the log."""
    known = by_id(rules)
    rows = [
        (rule_name(known.get(rule), rule), count, count / run.conversations if run.conversations else None)
        for rule, count in sorted(run.not_evaluable.items(), key=lambda item: (-item[1], item[0]))
    ]
    columns = (Column("规则", 44, "text"), Column("会话数", 12, "number"), Column("占全部会话", 12, "percent"))
    return Table("缺少数据、无法判断的规则（不扣分，也不算通过）", columns, tuple(rows))


def method_sentences(run: RunFacts) -> tuple[str, ...]:
    """How the scores come about, in plain words."""
    return (
        "会话得分 = 100 − 扣分 + 加分，最低 0 分，最高 100 分；致命项成立时整场会话为 0 分，各维度同时失去满分。",
        "同一段话只扣一次：被几条规则同时命中时，只按扣分最高的一条计；每条规则、每个维度在一场会话里都有扣分上限。",
        "客服得分 = 各场会话得分的平均值；95% 区间说明这个平均值有多可靠，会话越少区间越宽。",
        f"合格率 = 得分不低于 {run.pass_score:g} 分的会话所占的比例。",
        "试运行的规则只展示，不扣分；豁免的命中保留原因，不扣分。",
        "日志里没有的信息（例如时间、订单）不猜测：相关规则记为“无法判断”。",
        "响应时间从客户第一条未获回复的消息算起，到人工客服回复为止；机器人和自动回复不算回复。",
    )


def rules_table(rules: Sequence[RuleLike], tallies: Mapping[str, RuleTally]) -> Table:
    """Every rule of the run with its weight, status, hits, reason and source; those that cost most points first."""
    columns = (
        Column("编号", 8),
        Column("规则", 18, "text"),
        Column("维度", 10),
        Column("级别", 8, "severity"),
        Column("分值", 8, "plain"),
        Column("单场上限", 9, "plain"),
        Column("计分单位", 10),
        Column("状态", 8),
        Column("命中", 8, "sparse"),
        Column("扣分次数", 9, "sparse"),
        Column("扣分合计", 9, "lost"),
        Column("为什么扣分", 46, "text"),
        Column("依据", 22, "text"),
        Column("规则标识", 24, "note"),
    )
    rows = []
    for rule in sorted(rules, key=lambda rule: (-_points(tallies, rule.id), rule.code, rule.id)):
        tally = tallies.get(rule.id, RuleTally())
        severity, scope = str(rule.severity), SCOPES.get(str(rule.scope), str(rule.scope))
        bonus = severity == "bonus"
        rows.append(
            (
                rule.code,
                rule.title,
                rule.dimension,
                severity,
                "整场 0 分" if severity == "fatal" else f"{'+' if bonus else '−'}{rule.points:g}",
                NONE if severity == "fatal" else f"{rule.cap:g}",
                scope,
                STATUSES.get(str(rule.status), str(rule.status)),
                tally.hits,
                tally.charged,
                round(tally.points, 2) or None,
                rule.why,
                rule.source,
                rule.id,
            )
        )
    return Table("规则清单", columns, tuple(rows))


def _points(tallies: Mapping[str, RuleTally], rule: str) -> float:
    return tallies[rule].points if rule in tallies else 0.0


def rule_stats_table(tallies: Mapping[str, RuleTally], conversations: int, rules: Sequence[RuleLike]) -> Table:
    """What each rule that fired did, most points first."""
    columns = (
        Column("编号", 8),
        Column("规则", 24, "text"),
        Column("维度", 12),
        Column("级别", 8, "severity"),
        Column("状态", 9),
        Column("命中", 9, "number"),
        Column("扣分／加分", 11, "number"),
        Column("豁免", 9, "sparse"),
        Column("试运行", 9, "sparse"),
        Column("并入其他", 10, "sparse"),
        Column("扣分合计", 11, "lost"),
        Column("涉及会话", 10, "number"),
        Column("占全部会话", 12, "percent"),
    )
    known = by_id(rules)
    rows = []
    for rule_id, tally in ranked(tallies):
        rule = known.get(rule_id)
        rows.append(
            (
                rule.code if rule else NONE,
                rule.title if rule else rule_id,
                rule.dimension if rule else NONE,
                str(rule.severity) if rule else None,
                STATUSES.get(str(rule.status), str(rule.status)) if rule else NONE,
                tally.hits,
                tally.charged,
                tally.exempt,
                tally.trial,
                tally.covered,
                round(tally.points, 2),
                tally.conversations,
                tally.conversations / conversations if conversations else None,
            )
        )
    return Table("规则统计", columns, tuple(rows))


def ranked(tallies: Mapping[str, RuleTally]) -> list[tuple[str, RuleTally]]:
    """The rules that fired: those that zeroed conversations first, then by points taken, then by hits."""
    fired = ((rule, tally) for rule, tally in tallies.items() if tally.hits)
    return sorted(fired, key=lambda item: (-item[1].zeroed, -item[1].points, -item[1].hits, item[0]))
