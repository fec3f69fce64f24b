"""How a platform counts service figures: whose definition, which hours, which limits (KPI.md; dated and sourced)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

DAY = 24 * 60


@dataclass(frozen=True)
class Preset:
    """One platform's way of counting.

    ``hours``: minutes of the day [start, end) that count, tested on the question or on the session's start
    (``hours_by``). ``first_limit`` and ``reply_limit`` are in seconds; ``cap``: what an unanswered or longer round
    counts as in the mean, in seconds (None: unanswered rounds stay out of it). ``gap``: idle seconds after which a
    contact is a new session. ``unit`` of the reply rate: round, consumer (a customer on a day), session-mean (mean wait
    of the session in time) or session-all (every wait of it). ``transfer_keeps``: a transfer before a reply leaves an
    unanswered round with the old agent. ``assist_counts``: a robot's reply that a human sent counts as human.
    ``targets``: figure -> value to reach (seconds, or shares 0-1).
    """

    name: str
    title: str
    as_of: str
    source: str
    hours: tuple[int, int] = (8 * 60, 23 * 60)
    hours_by: str = "question"
    first_limit: float = 30.0
    reply_limit: float = 180.0
    cap: float | None = None
    gap: float = 1800.0
    unit: str = "round"
    transfer_keeps: bool = False
    assist_counts: bool = False
    targets: Mapping[str, float] = field(default_factory=dict)

    def open(self, moment: datetime) -> bool:
        """Does a moment lie in the counted hours?"""
        minute = moment.hour * 60 + moment.minute
        begin, end = self.hours
        return begin <= minute < end if begin < end else minute >= begin or minute < end
