"""One agent's page: the card, the findings with filters, and the flagged conversations as chats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from auditor.durations import spell
from auditor.reports import htmlparts as parts
from auditor.reports.card_tables import before_note, dimension_table, kpi_tiles, problems, score_tiles
from auditor.reports.celltext import Segments, excerpt, find_span, highlight
from auditor.reports.detail import AROUND_ON_CARD, evidence_of, message_of, own_share
from auditor.reports.htmlpage import Html, end, join, marked, start, tag
from auditor.reports.records import Record, Session
from auditor.reports.tables import NO_TIME, ROLES, RuleLike, RunFacts, by_id, period, profile_name, said
from auditor.scoring import Scorecard

#: Waits that the transcript points out, in seconds.
LONG_WAIT = 60
_MOST_PROBLEMS = 3


@dataclass(frozen=True)
class Flag:
    """A finding as the team's page lists it: the record, what was said, the way to the message in the agent's page."""

    record: Record
    quote: Segments
    anchor: str | None


def write_agent_page(
    file: TextIO,
    card: Scorecard,
    team: Scorecard,
    sessions: Callable[[], Iterable[Session]],
    rules: Sequence[RuleLike],
    run: RunFacts,
    back: str,
) -> Iterator[Flag]:
    """Write the page and yield its findings; read to the end, or the page is not whole.

    ``sessions`` gives the agent's conversations anew at each call: they are never all in memory. ``back`` leads to
    the team's page.
    """
    known = by_id(rules)
    file.write(start(f"客服评分卡 {card.agent}"))
    known_facts = (card.shop, f"质检周期 {period(card.start, card.end)}", profile_name(run.profile))
    about = " · ".join(fact for fact in known_facts if fact)
    ways = (("problems", "主要问题"), ("findings", "扣分明细"), ("talks", "会话原文"))
    file.write(parts.top(f"客服评分卡 · {card.agent}", about, ways))
    file.write("<main>")
    file.write(_card(card, team, run, back))
    file.write(_problems(card, rules, sessions))
    yield from _findings(file, card.agent, sessions, known)
    _talks(file, card.agent, sessions)
    file.write("</main>")
    file.write(parts.bottom() + end())


def _card(card: Scorecard, team: Scorecard, run: RunFacts, back: str) -> Html:
    score, *rest = score_tiles(card, team, run.pass_score)
    head = tag("div", parts.ring(card, "综合得分"), tag("p", score.note, class_="muted"), class_="hero")
    tiles = tag("div", *(parts.tile(item) for item in rest), class_="tiles")
    waits = tag("div", *(parts.tile(item) for item in kpi_tiles(card.figures, team.figures)), class_="tiles")
    facts = f"{card.conversations:,} 场会话全部质检，发言 {card.messages:,} 条"
    way = tag("p", facts, " · ", tag("a", "团队汇总", href=back), class_="muted")
    first = tag("section", tag("div", head, tiles, class_="split"), way, class_="plain")
    note = before_note(card, run.rules_hash)
    return join((
        first,
        parts.section("各维度得分", _dimensions(card, team), note=note or "竖线是团队的位置。"),
        parts.section("响应时效", waits),
    ))  # fmt: skip


def _dimensions(card: Scorecard, team: Scorecard) -> Html:
    table = dimension_table(card, team)
    rows = []
    for row in table.rows:
        cells = dict(zip((column.name for column in table.columns), row, strict=True))
        rate, theirs, gap = cells["得分率"], cells["团队均值"], cells["与团队差"]
        full = f" / {cells['满分']:g}" if cells["满分"] is not None else ""
        rows.append(tag(
            "tr", tag("th", cells["考核维度"], scope="row"), tag("td", parts.bar(rate, theirs), class_="wide"),
            tag("td", f"{cells['得分']:.1f}{full}" if cells["得分"] is not None else "—"),
            tag("td", _gap("比团队", gap), _gap("环比", cells["环比"]) if "环比" in cells else None, class_="gaps"),
            tag("td", f"扣 {cells['扣分次数']} 次" if cells["扣分次数"] else "—", class_="muted"),
        ))  # fmt: skip
    return tag("table", *rows, class_="dims")


def _gap(name: str, gap: float | None) -> Html:
    if gap is None:
        return tag("span", "—", class_="muted")
    if abs(gap) < 0.0005:
        return tag("span", f"{name}持平", class_="muted")
    return tag("span", f"{name} {'▲' if gap > 0 else '▼'} {abs(gap):.1%}", class_="up" if gap > 0 else "down")


def _problems(card: Scorecard, rules: Sequence[RuleLike], sessions: Callable[[], Iterable[Session]]) -> Html:
    """The rules that cost most, each with an example in the agent's own words."""
    worst = problems(card, rules, _MOST_PROBLEMS)
    wanted = {item.rule.id for item in worst}
    examples: dict[str, tuple[Segments, Html | None]] = {}
    for number, session in enumerate(sessions(), 1):
        if not wanted - examples.keys():
            break
        for finding in session.findings:
            ours = finding["agent"] == card.agent and finding["charged"] > 0
            if ours and finding["rule"] in wanted - examples.keys():
                link = tag("a", "看原文 →", href=_anchor(number, finding, session), class_="jump")
                examples[finding["rule"]] = (_brief(finding, message_of(session, finding)), link)
    shown = [parts.problem(item, *examples.get(item.rule.id, ((), None))) for item in worst]
    calm = None if shown else tag("p", "本期没有扣分的问题，请继续保持。", class_="calm")
    return parts.section("主要问题与改进建议", *shown, calm, anchor="problems")


def _brief(finding: Record, message: Record | None) -> Segments:
    span = find_span(message["text"], finding["span"], finding["quote"]) if message else None
    return excerpt(message["text"], span, AROUND_ON_CARD) if message and span else evidence_of(finding, message)


def _anchor(number: int, finding: Record, session: Session) -> str | None:
    if not session.messages:
        return None
    message = finding["message"]
    return f"#t{number}" if message is None else f"#t{number}-{message}"


def _findings(
    file: TextIO, agent: str, sessions: Callable[[], Iterable[Session]], known: Mapping[str, RuleLike]
) -> Iterator[Flag]:
    """The list: what was charged first, then bonuses, then the rest, in three walks over the conversations."""
    counts: dict[str, tuple[str, int]] = {}
    for session in sessions():
        for finding in _own(session, agent):
            name = f"{finding['code']} {finding['title']}"
            counts[finding["rule"]] = (name, counts.get(finding["rule"], (name, 0))[1] + 1)
    ranked = dict(sorted(counts.items(), key=lambda item: (-item[1][1], item[0])))
    file.write('<section id="findings"><h2>扣分明细</h2>')
    if not counts:
        file.write(tag("p", "本期没有命中任何规则。", class_="calm"))
    else:
        file.write(parts.filters(ranked, (), {"charged": True, "bonus": True, "not": False}))
    at = 0
    for wanted in parts.STATES:
        for number, session in enumerate(sessions(), 1):
            for finding in _own(session, agent):
                if parts.state(finding) != wanted:
                    continue
                at += 1
                link, quote = _anchor(number, finding, session), evidence_of(finding, message_of(session, finding))
                file.write(parts.finding(finding, at, quote, known, link, None) + "\n")
                yield Flag(finding, quote, link)
    file.write('<p class="calm" id="nothing" hidden>没有符合条件的命中。</p></section>')


def _own(session: Session, agent: str) -> list[Record]:
    return [finding for finding in session.findings if finding["agent"] == agent]


def _talks(file: TextIO, agent: str, sessions: Callable[[], Iterable[Session]]) -> None:
    file.write('<section id="talks"><h2>会话原文</h2><p class="muted">只列有命中的会话，点开看全文。</p>')
    for number, session in enumerate(sessions(), 1):
        findings = _own(session, agent)
        if session.messages and findings:
            file.write(_talk(number, agent, session, findings) + "\n")
    file.write("</section>")


def _talk(number: int, agent: str, session: Session, findings: Sequence[Record]) -> Html:
    talk, own = session.conversation, own_share(session, agent)
    charged = sum(finding["charged"] > 0 for finding in findings)
    score = "不评分" if own["score"] is None else f"{own['score']:g} 分"
    facts = f"客户 {talk['customer'] or '—'} · {talk['start'] or NO_TIME} · {talk['messages']} 条 · 扣分 {charged} 处"
    low = own["fatal"] or (own["score"] is not None and own["score"] < 60)
    mark = tag("span", score, class_="cost" if low else "fine")
    title = tag("summary", tag("b", f"会话 {talk['conversation']}"), mark, tag("span", facts, class_="muted"))
    by_message: dict[int | None, list[Record]] = {}
    for finding in findings:
        by_message.setdefault(finding["message"], []).append(finding)
    whole = [tag("p", "整场会话：", f["evidence"], _hit(f), class_="whole") for f in by_message.get(None, [])]
    lines = [
        _message(number, message, by_message.get(message["index"], []), wait)
        for message, wait in _with_waits(session.messages)
    ]
    return tag("details", title, *whole, tag("div", *lines, class_="chat"), id=f"t{number}", class_="talk",
               data_talk=f"t{number}")  # fmt: skip


def _with_waits(messages: Sequence[Record]) -> Iterator[tuple[Record, float | None]]:
    """Every message, and how many seconds the customer had waited for it if that was long."""
    asked: datetime | None = None
    for message in messages:
        time = datetime.fromisoformat(message["time"]) if message["time"] else None
        wait = None
        if message["role"] == "customer":
            asked = asked or time
        elif message["role"] == "agent":
            if asked and time and (time - asked).total_seconds() >= LONG_WAIT:
                wait = (time - asked).total_seconds()
            asked = None
        yield message, wait


def _message(number: int, message: Record, findings: Sequence[Record], wait: float | None) -> Html:
    words = said(message)
    shift = len(words) - len(message["text"])
    spans = (find_span(message["text"], f["span"], f["quote"]) for f in findings)
    hot = [(span[0] + shift, span[1] + shift) for span in spans if span]
    who = " · ".join(part for part in (ROLES.get(message["role"], message["role"]), message["sender"]) if part)
    clock = tag("time", (message["time"] or NO_TIME)[-8:])
    waited = tag("span", f"客户等了 {spell(wait)}", class_="wait") if wait else None
    bubble = tag("p", marked(highlight(words, hot)), class_="bubble")
    hits = tag("div", *(_hit(finding) for finding in findings), class_="hits") if findings else None
    flagged = " hit" if any(finding["charged"] > 0 for finding in findings) else ""
    return tag("div", tag("div", who, " ", clock, waited, class_="who"), bubble, hits,
               id=f"t{number}-{message['index']}", class_=f"m {message['role']}{flagged}")  # fmt: skip


def _hit(finding: Record) -> Html:
    how = parts.state(finding)
    return tag("span", f"{finding['code']} {finding['title']} {parts.cost(finding['charged'])}", class_=f"tag {how}")
