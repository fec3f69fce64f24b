"""Charges -> conversation score -> agent scorecard: pure arithmetic over sums and counts that can be merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import sqrt
from types import MappingProxyType

from auditor.charging import Charge, charges_of
from auditor.chat import Conversation, Role
from auditor.engine import Audited
from auditor.kpis import Contact
from auditor.presets import HOUSE
from auditor.rule import Grade, Scheme, Severity, Status
from auditor.service import Service

FULL = 100.0
NOTHING: Mapping[str, str] = MappingProxyType({})
#: Two-sided 95 % point of the normal distribution.
Z95 = 1.96


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


def score_conversation(audited: Audited, scheme: Scheme, overturned: Mapping[str, str] = NOTHING) -> Scored:
    """Charge the findings of one conversation (DESIGN §7): one text once, caps by rule and dimension, fatal = 0.

    ``overturned``: fingerprints of findings that reviewers took back, with their verdict; those take nothing, and
    what they had covered or capped counts again.
    """
    charges = charges_of(audited, scheme, overturned)
    agents = audited.conversation.agents if audited.human_spoke else ()
    shares = {agent: _share([c for c in charges if c.finding.agent == agent], scheme) for agent in agents}
    whole = _share(charges, scheme)
    return Scored(audited, charges, whole.score if agents else None, whole.fatal, whole, shares)


def _share(charges: Sequence[Charge], scheme: Scheme) -> Share:
    """The score that these charges leave. Over several agents the caps of rules and dimensions hold once more."""
    if any(c.charged > 0 and c.finding.rule.severity is Severity.FATAL for c in charges):
        return Share(0.0, True, dict(scheme.weights), 0.0)
    by_rule: dict[str, float] = {}
    for charge in charges:
        rule = charge.finding.rule
        by_rule[rule.id] = min(rule.cap, by_rule.get(rule.id, 0.0) + abs(charge.charged))
    lost = dict.fromkeys(scheme.weights, 0.0)
    bonus = 0.0
    for rule in {charge.finding.rule.id: charge.finding.rule for charge in charges}.values():
        if rule.severity is Severity.BONUS:
            bonus += by_rule[rule.id]
        else:
            lost[rule.dimension] = min(scheme.weights[rule.dimension], lost[rule.dimension] + by_rule[rule.id])
    kept = max(0.0, FULL - sum(lost.values()))
    score = min(FULL, kept + min(bonus, scheme.bonus_cap))
    return Share(score, False, lost, score - kept)


@dataclass
class RuleTally:
    """Counts of one rule: hits, of them charged, exempt, on trial, covered, overturned by reviewers.

    Then points, and conversations charged and zeroed.
    """

    hits: int = 0
    charged: int = 0
    exempt: int = 0
    trial: int = 0
    covered: int = 0
    overturned: int = 0
    points: float = 0.0
    conversations: int = 0
    #: Conversations that a fatal finding of this rule zeroed.
    zeroed: int = 0

    def add(self, charge: Charge) -> None:
        """Count one finding."""
        self.hits += 1
        self.charged += charge.charged != 0
        self.exempt += charge.finding.exemption is not None
        self.trial += charge.finding.exemption is None and charge.finding.rule.status is Status.TRIAL
        self.covered += charge.covered_by is not None
        self.overturned += charge.overturned is not None
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
    #: The team only: points taken by such rules from its agents, each times the agent's conversations.
    once_sum: float = 0.0
    #: Service figures by the name of the preset that counted them.
    services: dict[str, Service] = field(default_factory=dict)
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
            self._once(charge)
        for rule in {charge.finding.rule.id for charge in charges if charge.charged}:
            self.rules[rule].conversations += 1
        fatal = {c.finding.rule.id for c in charges if c.charged > 0 and c.finding.rule.severity is Severity.FATAL}
        for rule in fatal:
            self.rules[rule].zeroed += 1

    def _once(self, charge: Charge) -> None:
        finding = charge.finding
        if finding.rule.scope == "agent" and charge.stands:
            self.once[finding.rule.id] = max(finding.rule.points, self.once.get(finding.rule.id, 0.0))

    def served(self, conversation: Conversation, agent: str | None, contacts: Iterable[Contact] = ()) -> None:
        """Count one agent's messages and answers in a conversation (None: all human agents'), by each preset."""
        for contact in contacts:
            self.services.setdefault(contact.preset.name, Service()).add(contact, agent)
        messages = conversation.messages
        mine = [m for m in messages if m.role is Role.AGENT and agent in (None, conversation.speaker(m))]
        self.messages += len(mine)
        self.seen(conversation.start, conversation.end)

    def settle(self) -> None:
        """Take the points of rules charged once per agent, when all of the agent's conversations are in."""
        for rule, points in self.once.items():
            self.once_sum += points * self.conversations
            counts = self.rules[rule]
            counts.charged, counts.points = counts.charged + 1, counts.points + points

    def settled(self, agents: Iterable[Tally]) -> None:
        """The team: take what its settled agents were charged once each."""
        for tally in agents:
            self.once_sum += tally.once_sum
            for rule, points in tally.once.items():
                counts = self.rules[rule]
                counts.charged, counts.points = counts.charged + 1, counts.points + points

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
        for rule, points in other.once.items():
            self.once[rule] = max(points, self.once.get(rule, 0.0))
        for name, service in other.services.items():
            self.services.setdefault(name, Service()).merge(service)
        self.seen(other.start, other.end)


@dataclass(frozen=True)
class DimensionScore:
    """One row of the dimension table: ``full`` points, ``score`` = full minus the mean loss per conversation."""

    name: str
    full: float
    score: float
    charged: int


@dataclass(frozen=True)
class Before:
    """The period before, from the history: days (both included), conversations, mean score, mean points lost.

    ``lost`` names only dimensions that lost points. ``rules``: the first characters of the hashes of the rule sets
    it was judged by; scores of different rule sets do not compare well. ``figures``: service figures by preset and
    name, where the history keeps them.
    """

    start: date
    end: date
    conversations: int
    score: float
    lost: Mapping[str, float]
    rules: tuple[str, ...]
    figures: Mapping[str, Mapping[str, float | int | str | None]] = field(default_factory=dict)


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
    services: Mapping[str, Service]
    start: datetime | None
    end: datetime | None
    rank: int | None = None
    of: int | None = None
    #: The machine's own result, where reviewers' verdicts changed this one (``audit --verdicts``).
    machine: Scorecard | None = None
    #: The period before this one, where a history is kept (``audit --history``).
    before: Before | None = None

    @property
    def figures(self) -> Service:
        """The service figures by the house's own count, which all conversations have."""
        return self.services.get(HOUSE, Service())

    @property
    def leading(self) -> str:
        """The preset of the platform that most of the conversations are on; the house's where no platform is named."""
        own = sorted((name for name in self.services if name != HOUSE), key=lambda n: -self.services[n].conversations)
        return own[0] if own else HOUSE


def scorecard(agent: str, shop: str | None, tally: Tally, scheme: Scheme, dimension_of: Mapping[str, str]) -> Scorecard:
    """The card of one tally. ``dimension_of`` maps rule id -> dimension, to count charges by dimension."""
    n = tally.conversations
    mean = max(0.0, (tally.score_sum - tally.once_sum) / n) if n else None
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
        services=dict(sorted(tally.services.items())),
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
