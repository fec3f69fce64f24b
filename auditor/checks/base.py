"""What a check is: a pure function from a conversation to hits. It knows nothing of ids, points, agents or output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.checks.talk import Talk
from auditor.text import Span


@dataclass(frozen=True)
class Hit:
    """A place where a check fires: message index (None = the conversation as a whole), span, one Chinese sentence."""

    message: int | None
    span: Span | None
    evidence: str


class Check:
    """One compiled check of a rule. Checks are pure: the same talk gives the same hits."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Phrases that the tokenizer must keep whole for this check."""
        return ()

    def missing(self, talk: Talk) -> str | None:  # noqa: ARG002
        """The fact this conversation lacks for the check to be judged (Chinese), or None if it can be judged."""
        return None

    def hits(self, talk: Talk) -> Iterator[Hit]:  # noqa: ARG002
        """Every place where the check fires, in order of the messages."""
        yield from ()
