"""What a check is: a pure function from a conversation to hits. It knows nothing of ids, points, agents or output."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checks.hit import Hit
from auditor.checks.talk import Talk

__all__ = ["Check", "Hit"]


class Check:
    """One compiled check of a rule. Checks are pure: the same talk gives the same hits."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Phrases that the tokenizer must keep whole for this check."""
        return ()

    @property
    def others(self) -> tuple[str, ...]:
        """Ids of the rules whose hits this check goes by."""
        return ()

    def missing(self, talk: Talk) -> str | None:  # noqa: ARG002
        """The fact this conversation lacks for the check to be judged (Chinese), or None if it can be judged."""
        return None

    def hits(self, talk: Talk) -> Iterator[Hit]:  # noqa: ARG002
        """Every place where the check fires, in order of the messages."""
        yield from ()
