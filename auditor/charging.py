"""Findings -> charges: what each finding of a conversation really takes (DESIGN §7): one text once, caps, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.chat import Conversation, Role
from auditor.engine import Audited, Finding
from auditor.rule import DIMENSIONS, Scheme, Severity, Status
from auditor.text import overlaps


@dataclass(frozen=True)
class Charge:
    """A finding and the points it really took (negative for a bonus); ``covered_by`` = the rule charged instead.

    ``overturned``: the verdict by which a reviewer took it back, in a word, or None. ``reminder``: only pointed out.
    """

    finding: Finding
    charged: float = 0.0
    covered_by: str | None = None
    overturned: str | None = None
    reminder: bool = False

    @property
    def stands(self) -> bool:
        """Does it count against somebody: live, not exempt, overturned or only pointed out, nothing heavier there?"""
        finding = self.finding
        live = finding.exemption is None and finding.rule.status is Status.LIVE
        return live and self.covered_by is None and self.overturned is None and not self.reminder


def _chargeable(finding: Finding) -> bool:
    return finding.exemption is None and finding.rule.status is Status.LIVE and finding.rule.scope != "agent"


def _rank(finding: Finding) -> tuple[bool, bool, float, int, int, str]:
    """Order in which findings compete: fatal ones, points, gravity, the more personal dimension; slips of form last."""
    rule = finding.rule
    milder = rule.severity is not Severity.FATAL
    form = not rule.charged_alone
    return (milder, form, -rule.points, rule.severity.rank, DIMENSIONS.index(rule.dimension), rule.id)


def _order(finding: Finding) -> tuple[object, ...]:
    """The rank, then the place in the conversation: in which order the findings came does not matter."""
    hit = finding.hit
    return (*_rank(finding), -1 if hit.message is None else hit.message, hit.span or (-1, -1), finding.fingerprint)


def charges_of(audited: Audited, scheme: Scheme, overturned: Mapping[str, str]) -> tuple[Charge, ...]:
    """The charges of one conversation's findings, in the order of the findings.

    ``overturned``: fingerprints of findings that reviewers took back, with their verdict.
    """
    book = _Book(scheme, audited.conversation, overturned)
    findings = audited.findings
    order = sorted(range(len(findings)), key=lambda at: _order(findings[at]))
    charged = {at: book.charge(findings[at]) for at in order}
    return tuple(charged[at] for at in range(len(findings)))


class _Book:
    """What has been charged in one conversation so far. Caps hold for each agent apart, as agents' scores do."""

    def __init__(self, scheme: Scheme, talk: Conversation, overturned: Mapping[str, str]) -> None:
        self.scheme, self.talk, self.overturned = scheme, talk, overturned
        self.by_rule: dict[tuple[str, str | None], float] = {}
        self.by_dimension: dict[tuple[str, str | None], float] = {}
        self.once: set[tuple[str, str | None, int | None, str | None]] = set()
        #: Agents who have lost points in this conversation.
        self.faulted: set[str | None] = set()
        #: Findings that took points, by place: at most one of each rule in each. Only these keep others off their text.
        self.taken: dict[int | None, list[Finding]] = {}

    def charge(self, finding: Finding) -> Charge:
        """Charge the next finding in rank."""
        verdict = self.overturned.get(finding.fingerprint)
        if verdict is not None:
            return Charge(finding, overturned=verdict)
        if not _chargeable(finding):
            return Charge(finding)
        cover = self._cover(finding)
        if cover is not None:
            return Charge(finding, 0.0, cover.rule.id)
        if not finding.hit.charged or (not finding.rule.charged_alone and finding.agent not in self.faulted):
            return Charge(finding, reminder=True)
        points = self._take(finding)
        if points > 0:
            for place in self._places(finding):
                self.taken.setdefault(place, []).append(finding)
            if finding.rule.severity is not Severity.BONUS and finding.rule.charged_alone:
                self.faulted.add(finding.agent)
        return Charge(finding, 0.0 - points if finding.rule.severity is Severity.BONUS else points)

    def _cover(self, finding: Finding) -> Finding | None:
        """The finding of another rule that has taken points for the same text. Praise and blame do not compete."""
        rule, bonus = finding.rule, finding.rule.severity is Severity.BONUS
        for other in (other for place in self._places(finding) for other in self.taken.get(place, ())):
            rival = other.rule.id != rule.id and (other.rule.severity is Severity.BONUS) == bonus
            if rival and (self._same_matter(finding, other) or self._same_text(finding, other)):
                return other
        return None

    def _by_customer(self, message: int | None) -> bool:
        return message is not None and self.talk.messages[message].role is Role.CUSTOMER

    def _places(self, finding: Finding) -> tuple[int | None, ...]:
        """Where the finding is: its message and what it is about."""
        hit = finding.hit
        return tuple(dict.fromkeys(map(self._place, (hit.message, *(() if hit.about is None else (hit.about,))))))

    def _place(self, message: int | None) -> int | None:
        """The message; for a customer's, the first of the turn: what is left undone there is left once."""
        if message is None or not self._by_customer(message) or message not in self.talk.turn_of:
            return message
        return self.talk.turns[self.talk.turn_of[message]].messages[0]

    def _same_matter(self, one: Finding, other: Finding) -> bool:
        """Is one of two findings about the customer's turn which the other is on?"""
        a, b = one.hit, other.hit
        if a.about is None and b.about is None:
            return False
        first, second = (hit.message if hit.about is None else hit.about for hit in (a, b))
        return self._by_customer(first) and self._place(first) == self._place(second)

    def _same_text(self, one: Finding, other: Finding) -> bool:
        """Do two findings of one place rest on the same piece of text (or, for timing, on the same late message)?"""
        a, b = one.hit, other.hit
        if a.message is None or self._place(a.message) != self._place(b.message):
            return False
        if a.span and b.span:
            return a.message == b.message and overlaps(a.span, b.span)
        if self._by_customer(a.message):
            return True
        return a.span is None and b.span is None and one.rule.dimension == other.rule.dimension

    def _take(self, finding: Finding) -> float:
        """The points this finding takes: once for its message or conversation, within the caps."""
        rule, agent = finding.rule, finding.agent
        key = (rule.id, agent, finding.hit.message if rule.scope == "message" else None, finding.hit.part)
        if key in self.once:
            return 0.0
        self.once.add(key)
        if rule.severity is Severity.FATAL:
            return rule.points
        by_rule, by_dimension = (rule.id, agent), (rule.dimension, agent)
        points = min(rule.points, rule.cap - self.by_rule.get(by_rule, 0.0))
        if rule.severity is not Severity.BONUS:
            points = min(points, self.scheme.weights[rule.dimension] - self.by_dimension.get(by_dimension, 0.0))
            self.by_dimension[by_dimension] = self.by_dimension.get(by_dimension, 0.0) + points
        self.by_rule[by_rule] = self.by_rule.get(by_rule, 0.0) + points
        return points
