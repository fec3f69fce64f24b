"""Kind ``expired``: a date that was already past when it was sent, such as last month's campaign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span

_DATE = re.compile(
    r"(?:(20\d{2})\s*[年./\-])?\s*(1[0-2]|0?[1-9])\s*[月./\-]\s*(3[01]|[12]\d|0?[1-9])\s*[日号]?(?![\d%折元])"
)


@dataclass(frozen=True)
class Expired(Check):
    """Fires on a date before the day of its message when ``words`` (截至, 活动到…) stand in the same message.

    A date without a year is the one nearest to the message's day. ``grace``: days a date may be past.
    """

    scope: Scope
    words: Lexicon
    grace: int

    def missing(self, talk: Talk) -> str | None:
        """Without a time there is no today."""
        dated = (i for i in talk.texts(self.scope.roles, self.scope.window) if self._dates(talk, i))
        return "消息没有时间" if any(talk.messages[i].time is None for i in dated) else None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit a past date."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            time = talk.messages[index].time
            for span, year, month, day in self._dates(talk, index):
                said = nearest(year, month, day, time.date()) if time else None
                if said and time and said + timedelta(days=self.grace) < time.date():
                    words = talk.messages[index].text[slice(*span)]
                    yield Hit(index, span, f"「{words}」在发送当天（{time:%Y-%m-%d}）已经过去")

    def _dates(self, talk: Talk, index: int) -> list[tuple[Span, int | None, int, int]]:
        text = talk.folded[index]
        if not self.words.seen(text):
            return []
        return [
            (match.span(), int(match[1]) if match[1] else None, int(match[2]), int(match[3]))
            for match in _DATE.finditer(text)
        ]


def nearest(year: int | None, month: int, day: int, today: date) -> date | None:
    """The date meant; without a year the one nearest to ``today``. None for a day the calendar does not have."""
    years = (year,) if year else (today.year - 1, today.year, today.year + 1)
    dates = [made for y in years if (made := _date(y, month, day))]
    return min(dates, key=lambda made: abs(made - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _build(scope: Scope, params: Mapping[str, Any]) -> Expired:
    return Expired(scope, params["words"], params["grace"])


EXPIRED = Kind(
    "expired",
    "过期的日期或活动",
    (Param("words", Type.WORDS, required=True), Param("grace", Type.INTEGER, default=0, low=0)),
    _build,
)
