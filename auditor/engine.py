"""One pass over the conversations: each is held against the rules of its profile, and hits become findings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.chat import Conversation, Role
from auditor.checks.hit import Hit
from auditor.checks.talk import Talk
from auditor.kpis import Round
from auditor.mood import mood_risk
from auditor.rule import Rule
from auditor.ruleset import HOUSE, RuleSet


@dataclass(frozen=True)
class Finding:
    """A hit of a rule in a conversation, the agent who answers for it, and why it is not charged (or None).

    ``fingerprint`` names the finding across runs and files: it rests on what was said, not on rows or times.
    """

    rule: Rule
    conversation: str
    agent: str | None
    hit: Hit
    exemption: str | None
    fingerprint: str


@dataclass(frozen=True)
class Audited:
    """One conversation after all rules: its findings, and (rule id, reason) for every rule that could not be judged.

    ``mood_risk`` (0-1) is how ill at ease the customer is, None if that could not be told.
    """

    conversation: Conversation
    findings: tuple[Finding, ...]
    not_evaluable: tuple[tuple[str, str], ...]
    rounds: tuple[Round, ...]
    mood_risk: float | None = None

    @property
    def human_spoke(self) -> bool:
        """Did a human agent say anything?"""
        return any(message.role is Role.AGENT for message in self.conversation.messages)

    @property
    def first_response(self) -> float | None:
        """Seconds from the first customer message to the first human answer; None if never or without times."""
        return self.rounds[0].wait if self.rounds else None

    @property
    def longest_wait(self) -> float | None:
        """The longest answered wait in seconds, None without times."""
        return max((item.wait for item in self.rounds if item.wait is not None), default=None)


def audit(conversations: Iterable[Conversation], rules: RuleSet, profile: str | None = None) -> Iterator[Audited]:
    """Audit conversations one at a time. ``profile`` overrides the one that each conversation's platform names."""
    for conversation in conversations:
        name = profile or rules.profile_of(conversation.platform)
        yield audit_one(conversation, rules.profiles[name], rules, name)


def audit_one(conversation: Conversation, active: Sequence[Rule], rules: RuleSet, profile: str = HOUSE) -> Audited:
    """Hold one conversation against the active rules; its rounds are those of the profile's preset."""
    every = {**rules.every, **{rule.id: rule for rule in active}}
    talk = Talk(conversation, rules.tools, every, rules.preset(profile))
    findings: list[Finding] = []
    missing: list[tuple[str, str]] = []
    seen: Counter[str] = Counter()
    digests = [_digest(message.text) for message in conversation.messages]
    for rule in active:
        judged = talk.judged(rule.id)
        if judged.missing is not None:
            missing.append((rule.id, judged.missing))
        for hit, exemption in judged.hits:
            findings.append(Finding(
                rule, conversation.id, conversation.answering(hit.message), hit, exemption,
                _fingerprint(rule, conversation, hit, digests, seen),
            ))
    return Audited(conversation, tuple(findings), tuple(missing), talk.rounds, mood_risk(talk))


def _fingerprint(
    rule: Rule, conversation: Conversation, hit: Hit, digests: Sequence[str], seen: Counter[str]
) -> str:
    """What was said, by whom, against which rule; the same words again in one conversation are told apart."""
    text = digests[hit.message] if hit.message is not None else ""
    quote = conversation.messages[hit.message].text[slice(*hit.span)] if hit.message is not None and hit.span else ""
    agent = conversation.answering(hit.message)
    key = "\x1f".join((rule.id, conversation.id, agent or "", text, quote))
    seen[key] += 1
    return _digest(f"{key}\x1f{seen[key]}")[:16]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
