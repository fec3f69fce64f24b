"""Plain tables made from scorecards: dimensions, figures, main problems, ranking, rules by agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.durations import spell
from auditor.history import short_hash
from auditor.reports.tables import NO_TIME, NONE, Column, RuleLike, Table, by_id, ranked, rule_name
from auditor.scoring import FULL, Scorecard
from auditor.service import Service
from auditor.waits import share

#: Agents that a matrix shows beside each other; more would be unreadable.
MATRIX_AGENTS = 200
#: Differences below this are rounding, not points (points).
_CENT = 0.005


@dataclass(frozen=True)
class Tile:
    """A figure with its label and a line of context; ``kind`` is score, text, percent, number or seconds."""

    label: str
    value: float | int | str | None
    note: str
    kind: str = "text"


@dataclass(frozen=True)
class Problem:
    """A rule that cost points, with how often and how many points it took in all."""

    rule: RuleLike
    times: int
    points: float


def dimension_table(card: Scorecard, team: Scorecard) -> Table:
    """The dimensions of a card beside the team's; the last row is the score that they add up to.

    Points lost (扣分合计) are over all conversations: full points minus the mean loss is the dimension's score.
    """
    columns: tuple[Column, ...] = (
        Column("考核维度", 18),
        Column("满分", 9, "plain"),
        Column("得分", 9, "score"),
        Column("得分率", 12, "bar"),
        Column("团队均值", 9, "percent"),
        Column("与团队差", 9, "gap"),
        Column("扣分次数", 9, "number"),
        Column("扣分合计", 9, "score"),
    )
    team_rates = {d.name: share(d.score, d.full) for d in team.dimensions}
    if card.before is not None:
        columns = (*columns, Column("环比", 9, "gap"))
    rows: list[tuple[object, ...]] = []
    for d in card.dimensions:
        rate, theirs = share(d.score, d.full), team_rates.get(d.name)
        gap = None if rate is None or theirs is None else round(rate - theirs, 4)
        row = (d.name, d.full, d.score, rate, theirs, gap, d.charged, (d.full - d.score) * card.conversations)
        rows.append((*row, *_since(card, rate, d.name, d.full)))
    blank = (None,) * (len(columns) - 3)
    if card.bonus > _CENT:
        rows.append(("加分（每场平均）", None, card.bonus, *blank))
    rest = _once(card)
    if rest < -_CENT:
        rows.append(("整期只扣一次的规则", None, rest, *blank))
    return Table("维度得分", columns, (*rows, _total_row(card, team)))


def _once(card: Scorecard) -> float:
    """Points (negative) of rules charged once per agent: what the dimensions and the bonus do not explain."""
    if card.score is None:
        return 0.0
    return card.score - sum(d.score for d in card.dimensions) - card.bonus


def _total_row(card: Scorecard, team: Scorecard) -> tuple[object, ...]:
    full = sum(d.full for d in card.dimensions)
    rate = None if card.score is None else card.score / FULL
    theirs = None if team.score is None else team.score / FULL
    gap = None if rate is None or theirs is None else round(rate - theirs, 4)
    charged = sum(d.charged for d in card.dimensions)
    lost = sum(d.full - d.score for d in card.dimensions) * card.conversations
    row = ("综合得分", full, card.score, rate, theirs, gap, charged, lost)
    if card.before is None:
        return row
    # The history keeps conversations' scores: what is charged once per agent is in neither side of the change.
    now = None if card.score is None else card.score - _once(card)
    return (*row, None if now is None else round((now - card.before.score) / FULL, 4))


def _since(card: Scorecard, rate: float | None, dimension: str, full: float) -> tuple[float | None, ...]:
    """The change of a dimension's rate against the period before; nothing at all without a history."""
    if card.before is None:
        return ()
    lost = card.before.lost.get(dimension, 0.0)
    return (None if rate is None or not full else round(rate - (1 - lost / full), 4),)


def before_note(card: Scorecard, rules_hash: str) -> str | None:
    """What 环比 compares with, in words; None without a period before."""
    before = card.before
    if before is None:
        return None
    other = "；其间换过规则，前后不完全可比" if set(before.rules) != {short_hash(rules_hash)} else ""
    days = f"{before.start}" if before.start == before.end else f"{before.start} 至 {before.end}"
    return f"环比：与上一期 {days}（{before.conversations} 场，{before.score:.1f} 分）相比{other}。"


def band(card: Scorecard) -> str:
    """The 95 % band of the score in words, and the machine's score where reviewers changed it."""
    before = card.machine.score if card.machine else None
    first = "" if before is None else f"机器 {before:.1f} · "
    if card.score_low is None or card.score_high is None:
        return f"{first}会话太少，不给区间"
    return f"{first}95% 区间 {card.score_low:.1f}–{card.score_high:.1f}"


def score_tiles(card: Scorecard, team: Scorecard, pass_score: float) -> tuple[Tile, ...]:
    """The five headline figures of an agent."""
    mean = "团队尚无得分" if team.score is None else f"团队均值 {team.score:.1f}"
    rank = NONE if card.rank is None else f"{card.rank} / {card.of}"
    return (
        Tile("综合得分", card.score if card.score is not None else "不评分", band(card), "score"),
        Tile("等级", card.grade.name if card.grade else NONE, _grade_note(card), "text"),
        Tile("团队排名", rank, mean, "text"),
        pass_tile(card, pass_score),
        Tile("致命项", card.fatal, "场会话因此为 0 分" if card.fatal else "没有致命项", "number"),
    )


def pass_tile(card: Scorecard, pass_score: float) -> Tile:
    """The share of conversations that reach the pass line."""
    rate = card.pass_rate if card.pass_rate is not None else NONE
    return Tile("合格率", rate, f"不低于 {pass_score:g} 分", "percent")


def _grade_note(card: Scorecard) -> str:
    return card.grade.title if card.grade else "满分 100 分"


def kpi_tiles(mine: Service, team: Service) -> tuple[Tile, ...]:
    """Response figures with the team's and their sample sizes; without times they say so."""
    first, waits, rate = mine.first, mine.waits, team.within(180)
    unanswered = f"未回复 {mine.unanswered} 轮"
    if not waits.count:
        labels = ("首次响应均值", "30 秒内应答率", "平均响应时长", "3 分钟内响应率")
        return (*(Tile(label, NO_TIME, "") for label in labels), Tile("最长等待", NO_TIME, unanswered))
    within_60 = first.rate(60)
    rounds = f"{mine.timed_rounds} 轮"
    return (
        Tile("首次响应均值", _known(first.mean), _beside(team.first.mean, f"{first.count} 次"), "seconds"),
        Tile("30 秒内应答率", _known(first.rate(30)),
             NO_TIME if within_60 is None else f"60 秒内 {within_60:.1%}", "percent"),
        Tile("平均响应时长", _known(waits.mean), _beside(team.waits.mean, f"{waits.count} 轮"), "seconds"),
        Tile("3 分钟内响应率", _known(mine.within(180)),
             rounds if rate is None else f"{rounds} · 团队 {rate:.1%}", "percent"),
        Tile("最长等待", spell(waits.longest or 0.0), unanswered),
    )  # fmt: skip


def _known(value: float | None) -> float | str:
    return NO_TIME if value is None else value


def _beside(team: float | None, sample: str) -> str:
    return f"{sample} · 团队 {spell(team)}" if team is not None else sample


def problems(card: Scorecard, rules: Sequence[RuleLike], most: int) -> list[Problem]:
    """The rules that cost an agent most points, at most ``most``."""
    known = by_id(rules)
    return [
        Problem(known[rule], tally.charged, tally.points)
        for rule, tally in ranked(card.rules)
        if tally.points > 0 and rule in known
    ][:most]


def short_name(agent: str, longest: int = 12) -> str:
    """An agent's name for a chart: without the shop before the colon, its end cut off if it is still long."""
    name = agent.replace("：", ":").rsplit(":", 1)[-1].strip() or agent
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def in_order(cards: Sequence[Scorecard]) -> list[Scorecard]:
    """The cards by rank; agents that are not ranked come last, by name."""
    return sorted(cards, key=lambda card: (card.rank is None, card.rank or 0, card.agent))


def ranking_table(cards: Sequence[Scorecard], rules: Sequence[RuleLike], files: Mapping[str, str]) -> Table:
    """All agents by rank. 评分卡 is (text, file name) of the agent's workbook, or None; charts use the short names."""
    columns = (
        Column("排名", 7, "number"),
        Column("客服", 28, "text"),
        Column("会话数", 9, "number"),
        Column("得分", 9, "score"),
        Column("95% 区间", 15),
        Column("等级", 9),
        Column("合格率", 10, "percent"),
        Column("致命项", 9, "sparse"),
        Column("首次响应", 12, "seconds"),
        Column("30 秒内应答率", 13, "percent"),
        Column("3 分钟内响应率", 14, "percent"),
        Column("未回复轮数", 11, "sparse"),
        Column("扣分最多的规则", 32, "text"),
        Column("评分卡", 12, "link"),
        Column("图中简称", 15, "note"),
    )
    rows = tuple(_ranking_row(card, rules, files) for card in in_order(cards))
    return Table("客服排名", columns, rows)


def _ranking_row(card: Scorecard, rules: Sequence[RuleLike], files: Mapping[str, str]) -> tuple[object, ...]:
    figures = card.figures
    top = problems(card, rules, 1)
    known_band = card.score_low is not None and card.score_high is not None
    file = files.get(card.agent)
    return (
        card.rank,
        card.agent,
        card.conversations,
        card.score,
        f"{card.score_low:.1f}–{card.score_high:.1f}" if known_band else NONE,
        card.grade.name if card.grade else NONE,
        card.pass_rate,
        card.fatal,
        figures.first.mean,
        figures.first.rate(30),
        figures.within(180),
        figures.unanswered,
        rule_name(top[0].rule, top[0].rule.id) if top else "没有扣分",
        ("打开", file) if file else None,
        short_name(card.agent),
    )


def matrix_table(team: Scorecard, cards: Sequence[Scorecard], rules: Sequence[RuleLike]) -> Table:
    """How often each rule was charged to each agent; rules by points, agents by rank, totals first."""
    shown = in_order(cards)[:MATRIX_AGENTS]
    known = by_id(rules)
    columns = (
        Column("规则", 32, "text"),
        Column("团队合计", 10, "number"),
        *(Column(name, 11, "sparse") for name in _headings([card.agent for card in shown])),
    )
    rows = tuple(
        (rule_name(known.get(rule), rule), tally.charged, *(_charged(card, rule) for card in shown))
        for rule, tally in ranked(team.rules)
        if tally.charged
    )
    return Table("规则×客服：扣分（加分）次数", columns, rows)


def _headings(agents: Sequence[str]) -> Sequence[str]:
    """Agents' names as column headings: the short ones if they still tell everybody apart."""
    short = [short_name(agent) for agent in agents]
    return short if len(set(short)) == len(agents) else agents


def _charged(card: Scorecard, rule: str) -> int:
    tally = card.rules.get(rule)
    return tally.charged if tally else 0
