"""What surrounds a hit: words said nearby by either side, exclusions over the hit, quotation marks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.chat import Role
from auditor.checks.base import Hit
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, overlaps, quoted


@dataclass(frozen=True)
class Said:
    """Words said near a hit: in ``before``/``after`` turns of the roles, and in the hit's own turn if ``same``."""

    roles: frozenset[Role]
    lexicon: Lexicon
    before: int
    after: int
    same: bool
    reason: str

    def holds(self, talk: Talk, hit: Hit) -> bool:
        """Was any of the words said there?"""
        near = talk.near(hit.message, self.roles, self.before, self.after, self.same)
        return any(self.lexicon.seen(talk.turn_text(turn)) for turn in near)


@dataclass(frozen=True)
class Guards:
    """When a rule does not apply (``when`` unmet, too few messages), when its hit is exempt or only pointed out."""

    when: tuple[Said, ...] = ()
    unless: Lexicon | None = None
    unless_said: tuple[Said, ...] = ()
    quoted_exempt: bool = False
    min_agent_messages: int = 0
    charged_if: tuple[Said, ...] = ()

    def apply(self, talk: Talk, hit: Hit) -> bool:
        """Do all preconditions hold for this hit?"""
        return all(said.holds(talk, hit) for said in self.when)

    def charges(self, talk: Talk, hit: Hit) -> bool:
        """Does this hit take points? Without what ``charged_if`` asks for it is pointed out only."""
        return all(said.holds(talk, hit) for said in self.charged_if)

    def exemption(self, talk: Talk, hit: Hit) -> str | None:
        """Why this hit is not charged (Chinese), or None."""
        if hit.message is not None:
            reason = self._in_message(talk, hit, hit.message)
            if reason:
                return reason
        return next((said.reason for said in self.unless_said if said.holds(talk, hit)), None)

    def _in_message(self, talk: Talk, hit: Hit, message: int) -> str | None:
        text = talk.folded[message]
        span = hit.span or (0, len(text))
        if self.unless is not None:
            allowed = _reaching(self.unless.find(text), span)
            if allowed is not None and overlaps(allowed, span):
                return f"属于允许的说法「{talk.messages[message].text[slice(*allowed)]}」"
        if self.quoted_exempt and hit.span:
            around = _reaching(quoted(text), span)
            if around is not None and around[0] < span[0] and span[1] < around[1]:
                return "在引号或括号内，是引用"
        return None


def _reaching(spans: Sequence[Span], span: Span) -> Span | None:
    """The first of some ordered spans, none inside another, that reaches beyond the start of ``span``."""
    at = bisect_right(spans, span[0], key=lambda other: other[1])
    return spans[at] if at < len(spans) else None
