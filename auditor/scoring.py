"""Findings -> conversation score -> agent scorecard: pure arithmetic over sums and counts that can be merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt

from auditor.chat import Conversation, Role
from auditor.engine import Audited, Finding
from auditor.kpis import Figures, Round
from auditor.rule import DIMENSIONS, Grade, Scheme, Severity, Status

FULL = 100.0
#: Two-sided 95 % point of the normal distribution.
Z95 = 1.96


@dataclass(frozen=True)
class Charge:
    """A finding and the points it really took (negative for a bonus); ``covered_by`` = the rule charged instead."""

    finding: Finding
    charged: float = 0.0
    covered_by: str | None = None


@dataclass(frozen=True)
class Share:
    """What one agent did in one conversation: score (0-100 points), points lost by dimension, bonus points."""

    score: float
    fatal: bool
    lost: Mapping[str, float]
    bonus: float


@dataclass(frozen=True)
class Scored:
    """A conversation with its charges. ``score`` is None when no human agent spoke: there is nobody to judge."""

    audited: Audited
    charges: tuple[Charge, ...]
    score: float | None
    fatal: bool
    whole: Share
    shares: Mapping[str, Share]


def score_conversation(audited: Audited, scheme: Scheme) -> Scored:
    """Charge the findings of one conversation (DESIGN §7): one text once, caps by rule and dimension, fatal = 0."""
    charges = _charges(audited.findings, scheme)
    agents = audited.conversation.agents if audited.human_spoke else ()
    shares = {agent: _share([c for c in charges if c.finding.agent == agent], scheme) for agent in agents}
    whole = _share(charges, scheme)
    return Scored(audited, charges, whole.score if agents else None, whole.fatal, whole, shares)


def _chargeable(finding: Finding) -> bool:
    return finding.exemption is None and finding.rule.status is Status.LIVE and finding.rule.scope != "agent"


def _rank(finding: Finding) -> tuple[float, int, int, str]:
    """Order in which overlapping findings compete: points, then gravity, then the more personal dimension."""
    rule = finding.rule
    return (-rule.points, rule.severity.rank, DIMENSIONS.index(rule.dimension), rule.id)


def _same_text(one: Finding, other: Finding) -> bool:
    """Do two findings rest on the same piece of text (or, for timing, on the same late message)?"""
    a, b = one.hit, other.hit
    if a.message is None or a.message != b.message:
        return False
    if a.span and b.span:
        return a.span[0] < b.span[1] and b.span[0] < a.span[1]
    return a.span is None and b.span is None and one.rule.dimension == other.rule.dimension


def _charges(findings: Sequence[Finding], scheme: Scheme) -> tuple[Charge, ...]:
    taken: list[Finding] = []
    by_rule: dict[str, float] = {}
    by_dimension: dict[str, float] = {}
    result: dict[int, Charge] = {}
    once: set[tuple[str, int | None]] = set()
    order = sorted(range(len(findings)), key=lambda at: (*_rank(findings[at]), at))
    for at in order:
        finding, rule = findings[at], findings[at].rule
        if not _chargeable(finding):
            result[at] = Charge(finding)
            continue
        cover = next((other for other in taken if other.rule is not rule and _same_text(finding, other)), None)
        if cover is not None:
            result[at] = Charge(finding, 0.0, cover.rule.id)
            continue
        taken.append(finding)
        key = (rule.id, finding.hit.message if rule.scope == "message" else None)
        room = 0.0 if key in once else _room(finding, scheme, by_rule, by_dimension)
        once.add(key)
        points = min(rule.points, room)
        by_rule[rule.id] = by_rule.get(rule.id, 0.0) + points
        if rule.severity is not Severity.BONUS:
            by_dimension[rule.dimension] = by_dimension.get(rule.dimension, 0.0) + points
        result[at] = Charge(finding, -points if rule.severity is Severity.BONUS else points)
    return tuple(result[at] for at in range(len(findings)))


def _room(finding: Finding, scheme: Scheme, by_rule: Mapping[str, float], by_dimension: Mapping[str, float]) -> float:
    """Points this finding may still take under the cap of its rule and of its dimension."""
    rule = finding.rule
    room = rule.cap - by_rule.get(rule.id, 0.0)
    if rule.severity is Severity.FATAL:
        return FULL
    if rule.severity is not Severity.BONUS:
        room = min(room, scheme.weights[rule.dimension] - by_dimension.get(rule.dimension, 0.0))
    return max(0.0, room)


def _share(charges: Sequence[Charge], scheme: Scheme) -> Share:
    fatal = any(c.charged > 0 and c.finding.rule.severity is Severity.FATAL for c in charges)
    if fatal:
        return Share(0.0, True, dict(scheme.weights), 0.0)
    lost = dict.fromkeys(scheme.weights, 0.0)
    bonus = 0.0
    for charge in charges:
        if charge.charged < 0:
            bonus -= charge.charged
        else:
            lost[charge.finding.rule.dimension] += charge.charged
    total = sum(lost.values())
    score = min(FULL, max(0.0, FULL - total + min(bonus, scheme.bonus_cap)))
    return Share(score, False, lost, score - max(0.0, FULL - total))


@dataclass
class RuleTally:
    """Counts of one rule: hits, of them charged / exempt / on trial / covered by another rule; points; conversations."""

    hits: int = 0
    charged: int = 0
    exempt: int = 0
    trial: int = 0
    covered: int = 0
    points: float = 0.0
    conversations: int = 0

    def add(self, charge: Charge) -> None:
        """Count one finding."""
        self.hits += 1
        self.charged += charge.charged != 0
        self.exempt += charge.finding.exemption is not None
        self.trial += charge.finding.exemption is None and charge.finding.rule.status is Status.TRIAL
        self.covered += charge.covered_by is not None
        self.points += charge.charged

    def merge(self, other: RuleTally) -> None:
        """Add another tally's counts to this one."""
        for name in vars(other):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Tally:
    """Everything known of one agent (or the team) as sums and counts, so that partial tallies merge exactly."""

    conversations: int = 0
    messages: int = 0
    score_sum: float = 0.0
    score_squares: float = 0.0
    passed: int = 0
    fatal: int = 0
    bonus: float = 0.0
    lost: dict[str, float] = field(default_factory=dict)
    rules: dict[str, RuleTally] = field(default_factory=dict)
    #: Rules charged once per agent (scope "agent") that fired: id -> points.
    once: dict[str, float] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    start: datetime | None = None
    end: datetime | None = None

    def add(self, share: Share, charges: Sequence[Charge], scheme: Scheme) -> None:
        """Count one agent's share of one conversation with the charges that are this agent's."""
        self.conversations += 1
        self.score_sum += share.score
        self.score_squares += share.score**2
        self.passed += share.score >= scheme.pass_score
        self.fatal += share.fatal
        self.bonus += share.bonus
        for dimension, points in share.lost.items():
            self.lost[dimension] = self.lost.get(dimension, 0.0) + points
        for charge in charges:
            self.rules.setdefault(charge.finding.rule.id, RuleTally()).add(charge)
            self._once(charge.finding)
        for rule in {charge.finding.rule.id for charge in charges}:
            self.rules[rule].conversations += 1

    def _once(self, finding: Finding) -> None:
        if finding.rule.scope == "agent" and finding.exemption is None and finding.rule.status is Status.LIVE:
            self.once[finding.rule.id] = finding.rule.points

    def served(self, conversation: Conversation, rounds: Sequence[Round], agent: str | None) -> None:
        """Count the messages and answered rounds of one agent in a conversation (None: of all human agents)."""
        messages = conversation.messages
        mine = [m for m in messages if m.role is Role.AGENT and agent in (None, m.sender or conversation.agent)]
        self.messages += len(mine)
        self.figures.add([r for r in rounds if agent in (None, conversation.answering(r.reply))])
        self.seen(conversation.start, conversation.end)

    def seen(self, start: datetime | None, end: datetime | None) -> None:
        """Widen the period covered."""
        self.start = min((t for t in (self.start, start) if t), default=None)
        self.end = max((t for t in (self.end, end) if t), default=None)

    def merge(self, other: Tally) -> None:
        """Add another tally of the same agent to this one."""
        for name in ("conversations", "messages", "score_sum", "score_squares", "passed", "fatal", "bonus"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for dimension, points in other.lost.items():
            self.lost[dimension] = self.lost.get(dimension, 0.0) + points
        for rule, tally in other.rules.items():
            self.rules.setdefault(rule, RuleTally()).merge(tally)
        self.once.update(other.once)
        self.figures.merge(other.figures)
        self.seen(other.start, other.end)


@dataclass(frozen=True)
class DimensionScore:
    """One row of the dimension table: ``full`` points, ``score`` = full minus the mean loss per conversation."""

    name: str
    full: float
    score: float
    charged: int


@dataclass(frozen=True)
class Scorecard:
    """An agent's (or the team's) result. Scores are 0-100 points; ``score`` is None with no conversation judged."""

    agent: str
    shop: str | None
    conversations: int
    messages: int
    score: float | None
    score_low: float | None
    score_high: float | None
    pass_rate: float | None
    grade: Grade | None
    fatal: int
    bonus: float
    dimensions: tuple[DimensionScore, ...]
    rules: Mapping[str, RuleTally]
    figures: Figures
    start: datetime | None
    end: datetime | None
    rank: int | None = None
    of: int | None = None


def scorecard(agent: str, shop: str | None, tally: Tally, scheme: Scheme, dimension_of: Mapping[str, str]) -> Scorecard:
    """The card of one tally. ``dimension_of`` maps rule id -> dimension, to count charges by dimension."""
    n = tally.conversations
    off = sum(tally.once.values())
    mean = max(0.0, tally.score_sum / n - off) if n else None
    low, high = _band(tally, mean)
    charged: dict[str, int] = {}
    for rule, counts in tally.rules.items():
        if counts.points > 0:
            charged[dimension_of[rule]] = charged.get(dimension_of[rule], 0) + counts.charged
    dimensions = tuple(
        DimensionScore(name, full, full - tally.lost.get(name, 0.0) / n if n else full, charged.get(name, 0))
        for name, full in scheme.weights.items()
    )
    return Scorecard(
        agent=agent,
        shop=shop,
        conversations=n,
        messages=tally.messages,
        score=mean,
        score_low=low,
        score_high=high,
        pass_rate=tally.passed / n if n else None,
        grade=scheme.grade(mean) if mean is not None else None,
        fatal=tally.fatal,
        bonus=tally.bonus / n if n else 0.0,
        dimensions=dimensions,
        rules=dict(sorted(tally.rules.items())),
        figures=tally.figures,
        start=tally.start,
        end=tally.end,
    )


def _band(tally: Tally, mean: float | None) -> tuple[float | None, float | None]:
    """95 % band of the mean score (normal approximation); None below two conversations."""
    n = tally.conversations
    if mean is None or n < 2:
        return None, None
    variance = max(0.0, tally.score_squares - tally.score_sum**2 / n) / (n - 1)
    half = Z95 * sqrt(variance / n)
    return max(0.0, mean - half), min(FULL, mean + half)
