"""Response figures: rounds (question -> human answer) and the sums and counts that agents' and team figures rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from auditor.chat import SPEECH, Conversation, Role


@dataclass(frozen=True)
class Round:
    """First unanswered customer message -> first human reply (KPI.md §4.3). Robots never stop the clock.

    ``question`` and ``reply`` are message indices; ``reply`` is None if nobody answered. ``wait`` is in seconds,
    None if unanswered or if either message has no time. ``first``: the conversation's first round.
    """

    question: int
    reply: int | None
    wait: float | None
    asked: datetime | None
    first: bool


def rounds(conversation: Conversation) -> Iterator[Round]:
    """The rounds of one conversation in order; repeated questions before the reply stay one round."""
    open_question: int | None = None
    first = True
    for index, message in enumerate(conversation.messages):
        if message.kind not in SPEECH:
            continue
        if message.role is Role.CUSTOMER and open_question is None:
            open_question = index
        elif message.role is Role.AGENT and open_question is not None:
            yield _round(conversation, open_question, index, first)
            open_question, first = None, False
    if open_question is not None:
        yield _round(conversation, open_question, None, first)


def _round(conversation: Conversation, question: int, reply: int | None, first: bool) -> Round:
    asked = conversation.messages[question].time
    answered = conversation.messages[reply].time if reply is not None else None
    wait = (answered - asked).total_seconds() if asked and answered else None
    return Round(question, reply, wait, asked, first)


@dataclass
class Figures:
    """Sums and counts of response times in seconds; never averages, so that they merge exactly."""

    first_count: int = 0
    first_sum: float = 0.0
    first_within_30: int = 0
    first_within_60: int = 0
    round_count: int = 0
    round_sum: float = 0.0
    round_within_180: int = 0
    unanswered: int = 0
    without_time: int = 0
    longest: float | None = None

    def add(self, items: Iterable[Round]) -> None:
        """Count rounds; the conversation's first, if answered, is its first response."""
        for item in items:
            if item.reply is None:
                self.unanswered += 1
            elif item.wait is None:
                self.without_time += 1
            else:
                self._answered(item.wait, item.first)

    def _answered(self, wait: float, first: bool) -> None:
        self.round_count += 1
        self.round_sum += wait
        self.round_within_180 += wait <= 180
        self.longest = wait if self.longest is None else max(self.longest, wait)
        if first:
            self.first_count += 1
            self.first_sum += wait
            self.first_within_30 += wait <= 30
            self.first_within_60 += wait <= 60

    def merge(self, other: Figures) -> None:
        """Add another agent's or partition's sums to these."""
        longest = [value for value in (self.longest, other.longest) if value is not None]
        for name in vars(other):
            if name != "longest":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(longest, default=None)

    @property
    def first_mean(self) -> float | None:
        """Mean first human response in seconds, None if none was timed."""
        return self.first_sum / self.first_count if self.first_count else None

    @property
    def round_mean(self) -> float | None:
        """Mean response over all answered rounds in seconds, None if none was timed."""
        return self.round_sum / self.round_count if self.round_count else None

    def rate(self, name: str) -> float | None:
        """Share (0-1) of first responses within 30 / 60 s or of rounds within 180 s; None if nothing was timed."""
        whole = self.round_count if name == "round_within_180" else self.first_count
        return getattr(self, name) / whole if whole else None
