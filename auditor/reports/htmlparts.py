"""What both pages show: figures, bars, findings with their filters, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.durations import spell
from auditor.reports.card_tables import Problem, Tile
from auditor.reports.celltext import Segment, Segments
from auditor.reports.htmlpage import Html, join, marked, tag, text
from auditor.reports.records import Record
from auditor.reports.tables import NO_TIME, SEVERITIES, RuleLike, outcome, review_outcome
from auditor.scoring import Scorecard

#: How a finding counts: the values and labels of the filter.
STATES = {"charged": "扣分", "bonus": "加分", "not": "未扣分"}
_RING = 2 * 3.14159265 * 42


def shown(value: object, kind: str) -> str:
    """A figure as people read it."""
    if value is None or isinstance(value, str):
        return value or "—"
    assert isinstance(value, (int, float))
    if kind == "percent":
        return f"{value:.1%}"
    if kind == "score":
        return f"{value:.1f}"
    return spell(value) if kind == "seconds" else f"{value:,g}"


def tile(item: Tile) -> Html:
    """One figure with its label and a line of context."""
    value = shown(item.value, item.kind)
    small = "value long" if len(value) > 7 else "value"
    label, note = tag("div", item.label, class_="label"), tag("div", item.note, class_="note")
    return tag("div", label, tag("div", value, class_=small), note, class_="tile")


def ring(card: Scorecard, caption: str) -> Html:
    """The score in a ring that is filled as far as the score goes."""
    share = (card.score or 0.0) / 100
    grade = card.grade.name if card.grade else "none"
    drawn = join((
        tag("circle", class_="track", cx="50", cy="50", r="42"),
        tag("circle", class_="arc", cx="50", cy="50", r="42", transform="rotate(-90 50 50)",
            stroke_dasharray=f"{share * _RING:.1f} {_RING:.1f}"),
    ))  # fmt: skip
    score = "不评分" if card.score is None else f"{card.score:.1f}"
    picture = tag("svg", drawn, viewBox="0 0 100 100", aria_hidden="true")
    words = tag("div", tag("div", score, class_="score"), tag("div", caption, class_="label"), class_="middle")
    return tag("div", picture, words, class_=f"ring grade-{grade}")


def bar(share: float | None, beside: float | None = None, tone: str = "") -> Html:
    """A bar for a share of 0-1, with a tick where the team stands."""
    if share is None:
        return tag("span", "—", class_="muted")
    parts = [
        tag("rect", class_="track", width="100", height="10", rx="1.5"),
        tag("rect", class_="fill", width=_hundredths(share), height="10", rx="1.5"),
    ]
    if beside is not None:
        at = _hundredths(beside)
        parts.append(tag("line", class_="tick", x1=at, x2=at, y1="0", y2="10"))
    return tag("svg", *parts, viewBox="0 0 100 10", preserveAspectRatio="none", class_=f"bar {tone}".strip(),
               aria_hidden="true")  # fmt: skip


def _hundredths(share: float) -> str:
    return f"{max(0.0, min(1.0, share)) * 100:.1f}"


def severity(name: str) -> Html:
    """The label of a severity; it says so in words as well as in colour."""
    return tag("span", SEVERITIES.get(name, name), class_=f"badge {name}")


def state(finding: Record) -> str:
    """How a finding counts: a key of STATES."""
    if finding["charged"] > 0:
        return "charged"
    return "bonus" if finding["charged"] < 0 else "not"


def cost(charged: float) -> str:
    """Points as the card writes them."""
    return f"{-charged:+g} 分".replace("-", "−") if charged else "未扣分"


def problem(item: Problem, said: Segments, where: Html | None) -> Html:
    """A rule that cost points: how much, the agent's own words, and what to say instead."""
    rule = item.rule
    head = tag("h3", severity(str(rule.severity)), f" {rule.code} {rule.title}")
    facts = tag("p", f"{item.times} 次 · 共扣 {item.points:g} 分", class_="muted")
    quote = tag("blockquote", marked(said), where) if said else None
    advice = tag("p", tag("b", "改为："), rule.advice, class_="advice")
    return tag("article", head, facts, quote, advice, class_="problem")


def finding(
    record: Record, number: int, quote: Segments, rules: Mapping[str, RuleLike], link: str | None, agent: str | None
) -> Html:
    """One finding of the list. ``link`` leads to its message; ``agent`` is shown where several are listed."""
    how = state(record)
    place = [agent, f"会话 {record['conversation']}", record["time"] or NO_TIME]
    head = tag(
        "div", severity(record["severity"]), tag("b", f"{record['code']} {record['title']}"),
        tag("span", cost(record["charged"]), class_=f"cost {how}"), class_="line",
    )  # fmt: skip
    jump = tag("a", "看原文 →", href=link, class_="jump") if link else None
    notes = [] if how == "charged" else [outcome(record, rules)]
    if how == "charged" and (record.get("verdict") or record.get("disputed")):
        notes = [review_outcome(record) or f"复核：{record['verdict']}"]
    body = (
        head,
        tag("p", marked(quote), class_="said"),
        tag("p", tag("b", "改为："), record["advice"], class_="advice") if how == "charged" else None,
        tag("p", *notes, class_="note") if notes else None,
        tag("div", tag("span", " · ".join(part for part in place if part), class_="muted"), jump, class_="line foot"),
    )
    return tag(
        "article", *body, id=f"f{number}", class_=f"finding {record['severity']} {how}", data_item=True,
        data_rule=record["rule"], data_severity=record["severity"], data_state=how, data_agent=record["agent"],
        data_talk=link.partition("#")[2].partition("-")[0] if link and link.startswith("#") else None,
    )  # fmt: skip


def filters(rules: Mapping[str, tuple[str, int]], agents: Sequence[str], states: Mapping[str, bool]) -> Html:
    """The bar of filters. ``rules``: id -> (name, findings); agents only where there are several.

    ``states``: the keys of STATES that the list has, and whether they are shown at first.
    """
    choices = [tag("option", f"{name}（{count}）", value=rule) for rule, (name, count) in rules.items()]
    by_rule = tag("select", tag("option", "全部规则", value=""), *choices, id="by-rule", aria_label="按规则筛选")
    by_agent = None
    if len(agents) > 1:
        people = [tag("option", agent, value=agent) for agent in agents]
        by_agent = tag("select", tag("option", "全部客服", value=""), *people, id="by-agent", aria_label="按客服筛选")
    levels = [_chip("severity", name, title, True) for name, title in SEVERITIES.items()]
    ways = [_chip("state", name, STATES[name], on) for name, on in states.items()]
    search = tag("input", id="by-word", type="search", placeholder="找原话、会话号", aria_label="按文字筛选")
    count = tag("output", id="count", aria_live="polite")
    return tag(
        "form", tag("div", by_agent, by_rule, search, class_="row"), tag("div", *levels, class_="row chips"),
        tag("div", *ways, count, tag("button", "清除", type="reset"), class_="row chips"), id="filters",
    )  # fmt: skip


def _chip(group: str, value: str, label: str, on: bool) -> Html:
    box = tag("input", type="checkbox", name=group, value=value, checked=on)
    return tag("label", box, tag("span", label), class_=f"chip {value}")


def section(title: str, *content: Html | None, anchor: str | None = None, note: str | None = None) -> Html:
    """A part of the page under a heading."""
    said = tag("p", note, class_="muted") if note else None
    return tag("section", tag("h2", title), said, *content, id=anchor)


def top(title: str, about: str, links: Sequence[tuple[str, str]]) -> Html:
    """The head of the page: title, what it is about, ways to its parts, the switch for dark and light."""
    ways = tag("nav", *(tag("a", name, href=f"#{anchor}") for anchor, name in links))
    switch = tag("button", "深色／浅色", id="theme", type="button")
    return tag("header", tag("div", tag("h1", title), switch, class_="line"), tag("p", about), ways)


def sentence(words: str) -> Segments:
    """A sentence as one plain piece."""
    return (Segment(words),)


def bottom() -> Html:
    """What every reader has to know."""
    words = "分数由规则与模型自动计算，可能有误，须经人工复核后才能用于考核。内含聊天原文，请妥善保管。"
    return tag("footer", text(words))
