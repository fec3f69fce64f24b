"""Plain tables of the trend store: weeks and months, agents and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auditor.history import MONTH, TEAM, WEEK, Point, RuleName, RulePoint, Timeline
from auditor.reports.tables import NONE, Column, Table

UNITS = {WEEK: "周", MONTH: "月"}
#: Periods that a table shows, the latest ones; rules that a matrix shows.
MOST_PERIODS, MOST_RULES = 12, 15


@dataclass(frozen=True)
class Trend:
    """One agent's periods beside the team's, by unit (week, month), and how often rules were charged."""

    own: Mapping[str, Sequence[Point]]
    team: Mapping[str, Sequence[Point]]
    rules: Mapping[str, Sequence[RulePoint]]
    names: Mapping[str, RuleName]


def trend_of(timeline: Timeline, agent: str) -> Trend:
    """An agent's trend (TEAM: the team's)."""
    return Trend(
        own={unit: timeline.points(unit, agent) for unit in UNITS},
        team={unit: timeline.points(unit, TEAM) for unit in UNITS},
        rules={unit: timeline.rule_points(unit, agent) for unit in UNITS},
        names=timeline.rules(),
    )


def period_name(unit: str, period: str) -> str:
    """``2026-11-16 至 11-22`` for the week of a Monday, ``2026 年 11 月`` for a month."""
    if unit == MONTH:
        year, month = period.split("-")
        return f"{year} 年 {int(month)} 月"
    monday = date.fromisoformat(period)
    return f"{monday} 至 {monday + timedelta(days=6):%m-%d}"


def short_period(unit: str, period: str) -> str:
    """A period as a column's heading: ``11-16 周``, ``26-11``."""
    return f"{period[5:]} 起" if unit == WEEK else period[2:]


def latest(periods: Sequence[str]) -> list[str]:
    """The last periods, each once, in order."""
    return sorted(set(periods))[-MOST_PERIODS:]


def periods_table(unit: str, own: Sequence[Point], team: Sequence[Point]) -> Table:
    """One row a period: an agent's figures, the change against the row before, the team's score (its own: the same)."""
    columns = (
        Column(UNITS[unit], 24),
        Column("会话数", 10, "number"),
        Column("得分", 10, "score"),
        Column("比上期", 10, "plain"),
        Column("团队得分", 10, "score"),
        Column("合格率", 10, "percent"),
        Column("致命项", 9, "sparse"),
        Column("说明", 30, "note"),
    )
    theirs = {point.period: point.score for point in team}
    shown = own[-MOST_PERIODS:]
    earlier = own[-MOST_PERIODS - 1] if len(own) > MOST_PERIODS else None
    rows: list[tuple[Any, ...]] = []
    for before, point in zip([earlier, *shown], shown, strict=False):
        rows.append((
            period_name(unit, point.period), point.conversations, point.score,
            change(before.score, point.score) if before else NONE, theirs.get(point.period), point.pass_rate,
            point.fatal, "这一期里换过规则，前后不完全可比" if point.rule_sets > 1 else "",
        ))  # fmt: skip
    return Table(f"按{UNITS[unit]}", columns, tuple(rows))


def change(before: float, after: float) -> str:
    """A change of points in words: ``▲ 1.2``, ``▼ 0.5``, 持平."""
    gap = round(after - before, 1)
    return "持平" if not gap else f"{'▲' if gap > 0 else '▼'} {abs(gap):.1f}"


def rules_matrix(unit: str, points: Sequence[RulePoint], names: Mapping[str, RuleName]) -> Table:
    """How often each rule was charged in each period, the most frequent ones of the shown periods first."""
    periods = latest([point.period for point in points])
    counts: dict[str, dict[str, int]] = {}
    for point in points:
        if point.period in periods:
            row = counts.setdefault(point.rule, {})
            row[point.period] = row.get(point.period, 0) + point.charged
    order = sorted(counts, key=lambda rule: (-sum(counts[rule].values()), rule))[:MOST_RULES]
    columns = (
        Column("规则", 30, "text"),
        Column("合计", 9, "number"),
        *(Column(short_period(unit, period), 10, "sparse") for period in periods),
    )
    rows = tuple(
        (rule_title(names, rule), sum(counts[rule].values()), *(counts[rule].get(period, 0) for period in periods))
        for rule in order
    )
    return Table(f"扣分（加分）次数：规则 × {UNITS[unit]}", columns, rows)


def agents_matrix(unit: str, points: Sequence[Point]) -> Table:
    """Every agent's score in each period, the team first, then by the latest score, best first."""
    periods = latest([point.period for point in points])
    scores: dict[str, dict[str, Point]] = {}
    for point in points:
        if point.period in periods:
            scores.setdefault(point.agent, {})[point.period] = point
    order = sorted(scores, key=lambda agent: (agent != TEAM, -scores[agent][max(scores[agent])].score, agent))
    columns = (
        Column("客服", 28, "text"),
        Column("比上期", 10, "plain"),
        *(Column(short_period(unit, period), 10, "score") for period in periods),
    )
    rows = tuple(
        (agent or "团队", _last_change(scores[agent], periods),
         *(scores[agent][period].score if period in scores[agent] else None for period in periods))
        for agent in order
    )  # fmt: skip
    return Table(f"得分：客服 × {UNITS[unit]}", columns, rows)


def _last_change(scores: Mapping[str, Point], periods: Sequence[str]) -> str:
    """The change from the last period but one to the last, if the agent worked in both."""
    if len(periods) < 2 or periods[-1] not in scores or periods[-2] not in scores:
        return NONE
    return change(scores[periods[-2]].score, scores[periods[-1]].score)


def agent_rules_table(unit: str, points: Sequence[RulePoint], names: Mapping[str, RuleName]) -> Table:
    """The long list for filtering: agent, rule, period, times and points of the shown periods."""
    periods = latest([point.period for point in points])
    columns = (
        Column("客服", 28, "text"),
        Column("规则", 30, "text"),
        Column(UNITS[unit], 24),
        Column("次数", 9, "number"),
        Column("扣分", 10, "lost"),
    )
    rows = tuple(
        (point.agent, rule_title(names, point.rule), period_name(unit, point.period), point.charged,
         round(point.points, 2))
        for point in points
        if point.agent != TEAM and point.period in periods
    )  # fmt: skip
    return Table(f"明细：客服 × 规则 × {UNITS[unit]}", columns, rows)


def rule_title(names: Mapping[str, RuleName], rule: str) -> str:
    """``A07 生硬拒绝``, or the id of a rule that the store has no name of."""
    return f"{names[rule].code} {names[rule].title}" if rule in names else rule
