"""What checks return and what a rule says of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.text import Span


@dataclass(frozen=True)
class Hit:
    """A place where a check fires: message index (None = the conversation as a whole), span, one Chinese sentence.

    ``part``: which of several demands of one rule is not met there (the name of a step); each is charged apart.
    ``charged``: False where it is only pointed out. ``about``: the customer's message that was not done justice to, if
    the hit itself is on what the agent said instead: nobody is charged twice for it.
    """

    message: int | None
    span: Span | None
    evidence: str
    part: str | None = None
    charged: bool = True
    about: int | None = None


@dataclass(frozen=True)
class Judgement:
    """What a rule says of a conversation: the fact it lacks (Chinese) or its hits, each with an exemption or None."""

    missing: str | None
    hits: tuple[tuple[Hit, str | None], ...] = ()
