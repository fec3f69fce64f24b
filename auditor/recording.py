"""``audit --history``: what a run adds to the trend store, and what the store says of the time before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from auditor.history import TEAM, Draft, Timeline, merged
from auditor.kpis import Contact
from auditor.reports.trend import Trend, trend_of
from auditor.scoring import Before, Scorecard, Scored

#: A single day is compared with the last one before it on which somebody worked, so many days back at most.
_DAYS_BACK = 14
#: Days between the first and the last from which on a stretch of one month stands for the month.
_MOST_OF_A_MONTH = 20


def period_before(first: date, last: date) -> tuple[date, date]:
    """The period that the days from ``first`` to ``last`` are compared with.

    Days of one week: the whole week before; most of a month: the month before; else as many days right before.
    """
    monday = first - timedelta(days=first.weekday())
    if last < monday + timedelta(days=7):
        return monday - timedelta(days=7), monday - timedelta(days=1)
    if (first.year, first.month) == (last.year, last.month) and (last - first).days >= _MOST_OF_A_MONTH:
        end = first.replace(day=1) - timedelta(days=1)
        return end.replace(day=1), end
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def _before(timeline: Timeline, agent: str, first: date, last: date) -> Before | None:
    if first < last:
        return timeline.before(agent, *period_before(first, last))
    day = timeline.last_day(agent, first - timedelta(days=_DAYS_BACK), first)
    return timeline.before(agent, day, day) if day else None


class Recording:
    """One run's side of the history: a draft in the run's private folder, laid over the history for the reports."""

    def __init__(self, history: Path, folder: Path, rules_hash: str, pass_score: float) -> None:
        self.history = history
        self._draft = Draft(folder / "history.db", rules_hash, pass_score)

    def add(self, scored: Scored, served: Contact | None = None) -> None:
        """Take one conversation; ``served``: as the preset of its platform counts it."""
        self._draft.add(scored, served)

    def done(self) -> None:
        """All conversations are in."""
        self._draft.done()

    def close(self) -> None:
        """Let go of the files."""
        self._draft.close()

    def beside(self, cards: Sequence[Scorecard], team: Scorecard) -> tuple[list[Scorecard], Scorecard]:
        """The cards with the period before the run's."""
        with Timeline(self._draft.path) as run:
            days = run.days()
        if days is None:
            return list(cards), team
        with Timeline(self.history) as timeline:
            with_before = [replace(card, before=_before(timeline, card.agent, *days)) for card in cards]
            return with_before, replace(team, before=_before(timeline, TEAM, *days))

    def trend(self, agent: str) -> Trend:
        """Weeks and months of an agent (TEAM: the team), this run included."""
        with Timeline(self.history, self._draft.path) as timeline:
            return trend_of(timeline, agent)

    def merged(self) -> AbstractContextManager[None]:
        """Enter the run into the history if the block succeeds."""
        return merged(self.history, self._draft.path)

    def sentences(self) -> tuple[str, ...]:
        """What could not be remembered."""
        left = self._draft.without_day
        return (f"{left} 个会话没有时间，没有记入历史",) if left else ()
