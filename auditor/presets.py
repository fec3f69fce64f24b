"""How a platform counts service figures: whose definition, which hours, which limits (KPI.md; dated and sourced)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.text import Lexicon

DAY = 24 * 60
#: The preset (and profile) of conversations whose platform has none of its own.
HOUSE = "house"
#: A customer or session is late if one round is; or, of sessions, if the mean wait is.
UNITS = ("round", "consumer", "session-mean", "session-all")


@dataclass(frozen=True)
class Preset:
    """One platform's way of counting.

    ``hours``: minutes of the day [start, end) that count, tested on the question or on the session's start
    (``hours_by``). ``first_limit`` and ``reply_limit`` are in seconds; ``cap``: what an unanswered or longer round
    counts as in the mean, in seconds (None: unanswered rounds stay out of it). ``gap``: idle seconds after which a
    contact is a new session. ``unit`` of the reply rate: round, consumer (a customer on a day), session-mean (mean wait
    of the session in time) or session-all (every wait of it). ``least_rounds``: with fewer rounds the platform does
    not assess the rate; it is worked out all the same. ``transfer_keeps``: a transfer before a reply leaves an
    unanswered round with the old agent. ``assist_counts``: a reply of a robot that assists an agent is valid; such a
    message has one of ``assist_marks`` in its sender's name or in the bracket that opens its text. ``reception_marks``
    name, in the same places, robots that receive customers by themselves: what they alone received is left out.
    ``closers``: courtesies that want no answer (好的, 谢谢), which the fair figures leave out. ``targets``: figure ->
    value to reach (seconds, or shares 0-1). ``changed``: the fields that a shop's own file has rewritten.
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
    least_rounds: int = 0
    transfer_keeps: bool = False
    assist_counts: bool = False
    assist_marks: tuple[str, ...] = ("智能辅助",)
    reception_marks: tuple[str, ...] = ()
    closers: Lexicon | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    @property
    def by_session(self) -> bool:
        """Is the session what is counted? Then a customer's new contact ends the round that nobody answered."""
        return self.hours_by == "session" or self.unit.startswith("session")

    def open(self, moment: datetime) -> bool:
        """Does a moment lie in the counted hours?"""
        return within_hours(self.hours, moment)


#: What counts where nobody has said otherwise; rules' own examples are held against it.
USUAL = Preset(HOUSE, "店铺口径", "", "")


def within_hours(hours: tuple[int, int], moment: datetime) -> bool:
    """Does a moment lie in [start, end) minutes of the day? The hours may run over midnight."""
    minute = moment.hour * 60 + moment.minute
    begin, end = hours
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def until_open(hours: tuple[int, int], moment: datetime) -> float:
    """Seconds from a moment outside the hours until they begin; 0 for one inside them."""
    if within_hours(hours, moment):
        return 0.0
    opening = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=hours[0])
    if opening < moment:
        opening += timedelta(days=1)
    return (opening - moment).total_seconds()
