"""Waits as a sum, a count and a histogram: means, rates and percentiles of any number of them, merged exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil


@dataclass
class Waits:
    """Waits in seconds. The sum is kept in whole milliseconds, so that the order of adding changes nothing.

    ``histogram``: waits by whole seconds, rounded up, so that ``within`` is exact for whole limits.
    """

    count: int = 0
    total_ms: int = 0
    longest: float | None = None
    histogram: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Count one wait."""
        self.count += 1
        self.total_ms += milliseconds(seconds)
        self.longest = seconds if self.longest is None else max(self.longest, seconds)
        self.histogram[ceil(seconds)] += 1

    def merge(self, other: Waits) -> None:
        """Add another one's waits."""
        self.count += other.count
        self.total_ms += other.total_ms
        self.longest = max((v for v in (self.longest, other.longest) if v is not None), default=None)
        self.histogram.update(other.histogram)

    @property
    def mean(self) -> float | None:
        """Mean in seconds, None with no wait."""
        return self.total_ms / self.count / 1000 if self.count else None

    def within(self, limit: float) -> int:
        """How many waits are at most ``limit`` seconds."""
        return sum(count for seconds, count in self.histogram.items() if seconds <= limit)

    def rate(self, limit: float) -> float | None:
        """Share (0-1) of the waits that are at most ``limit`` seconds, None with no wait."""
        return share(self.within(limit), self.count)

    def percentile(self, part: float) -> float | None:
        """The smallest whole number of seconds that at least this part (0-1) of the waits does not exceed."""
        seen = 0
        for seconds in sorted(self.histogram):
            seen += self.histogram[seconds]
            if seen >= part * self.count:
                return float(seconds)
        return None


@dataclass
class Hour:
    """What happened in one hour of the day: customers' messages, rounds asked, waits, rounds that nobody answered."""

    messages: int = 0
    rounds: int = 0
    unanswered: int = 0
    first: Waits = field(default_factory=Waits)
    waits: Waits = field(default_factory=Waits)

    def merge(self, other: Hour) -> None:
        """Add the same hour of another agent, day or partition."""
        self.messages += other.messages
        self.rounds += other.rounds
        self.unanswered += other.unanswered
        self.first.merge(other.first)
        self.waits.merge(other.waits)


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return round(seconds * 1000)


def share(part: float, whole: float) -> float | None:
    """A ratio, None where there is nothing to divide by."""
    return part / whole if whole else None
