"""Kind ``expired``: a date or festival that was already past when it was sent, such as last month's campaign."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.errors import AuditorError
from auditor.text import Lexicon, Span

#: The day that stands for today where a message carries no time.
TODAY = "AUDITOR_TODAY"

_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_SAID = r"[一二三四五六七八九十]{1,3}"


def _one(n: int) -> str:
    """The pattern of a date whose groups carry a number."""
    return (
        rf"(?:(?P<year{n}>20\d\d)\s*[年./\-])?\s*(?:(?P<month{n}>{_MONTH})\s*[月./\-]\s*(?P<day{n}>{_DAY})"
        rf"|(?P<month_said{n}>{_SAID})月(?P<day_said{n}>{_SAID}))\s*[日号]?"
    )


#: A date, or two with a 至 between, of which the second may be a bare day; not a size, a rate or so many days.
_DATES = re.compile(
    rf"(?<![\d.\-/]){_one(1)}(?:\s*(?:[\-~—]+|至|到)\s*(?:{_one(2)}|(?P<until>{_DAY})\s*[日号]))?"
    r"(?![\d%折元天个件斤码米楼岁]|小时|工作)"
)
_SENTENCE = re.compile(r"[^。!?;\n]+")
_DIGITS = {char: value for value, char in enumerate("一二三四五六七八九十", 1)}
#: Festivals and campaigns with the first and last (month, day) on which talk of them is no surprise; those of the
#: lunar calendar have room for every year.
_FESTIVALS = (
    (re.compile(r"双 ?(?:11|十一)|光棍节"), (10, 10), (11, 20)),
    (re.compile(r"双 ?(?:12|十二)"), (11, 20), (12, 20)),
    (re.compile(r"黑五|黑色星期五"), (11, 10), (12, 3)),
    (re.compile(r"618|六一八"), (5, 15), (6, 30)),
    (re.compile(r"国庆|十一黄金周"), (9, 10), (10, 15)),
    (re.compile(r"中秋"), (8, 20), (10, 12)),
    (re.compile(r"圣诞|平安夜"), (12, 1), (12, 31)),
    (re.compile(r"元旦|跨年"), (12, 10), (1, 10)),
    (re.compile(r"春节|年货节|新春|过年"), (12, 15), (3, 5)),
    (re.compile(r"情人节"), (1, 25), (2, 20)),
    (re.compile(r"38节|三八节|女神节|女王节|妇女节"), (2, 20), (3, 15)),
    (re.compile(r"五一|劳动节"), (4, 15), (5, 10)),
    (re.compile(r"母亲节"), (4, 25), (5, 16)),
    (re.compile(r"六一|儿童节"), (5, 15), (6, 5)),
    (re.compile(r"端午"), (5, 10), (6, 30)),
    (re.compile(r"七夕"), (7, 25), (9, 5)),
    (re.compile(r"开学季"), (8, 5), (9, 20)),
)


class Date(NamedTuple):
    """A date as said: where it stands, and the numbers of its (last) day; year is None if none is named."""

    span: Span
    year: int | None
    month: int
    day: int


@dataclass(frozen=True)
class Expired(Check):
    """Fires on a date before the day of its message when ``words`` (截至, 活动到…) stand in the same sentence.

    A date without a year is the one nearest to the message's day; of 3月1日至8日 the last day counts. ``grace``: days
    a date may be past. ``now``: words that make a festival in the same sentence a present one (…进行中): it fires out
    of that festival's season. ``today``: stands for the day of messages without a time.
    """

    scope: Scope
    words: Lexicon
    now: Lexicon | None
    grace: int
    today: date | None

    def missing(self, talk: Talk) -> str | None:
        """Without a time there is no today."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            if self._day(talk, index) is None and (self._dates(talk, index) or self._festivals(talk, index)):
                return "消息没有时间"
        return None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit a past date, then one a festival out of season, message by message."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            today = self._day(talk, index)
            if today is None:
                continue
            for found in self._dates(talk, index):
                said = nearest(found.year, found.month, found.day, today)
                if said and said + timedelta(days=self.grace) < today:
                    words = talk.messages[index].text[slice(*found.span)]
                    yield Hit(index, found.span, f"「{words}」在发送当天（{today}）已经过去")
            for span, first, last in self._festivals(talk, index):
                if _over(today, first, last):
                    words = talk.messages[index].text[slice(*span)]
                    yield Hit(index, span, f"「{words}」不是发送当天（{today}）的时令")

    def _day(self, talk: Talk, index: int) -> date | None:
        time = talk.messages[index].time
        return time.date() if time else self.today

    def _dates(self, talk: Talk, index: int) -> list[Date]:
        return [
            found
            for sentence in _SENTENCE.finditer(talk.folded[index])
            if self.words.seen(sentence.group())
            for match in _DATES.finditer(sentence.group())
            if (found := _date_said(match, sentence.start())) is not None
        ]

    def _festivals(self, talk: Talk, index: int) -> list[tuple[Span, tuple[int, int], tuple[int, int]]]:
        if self.now is None:
            return []
        return [
            ((sentence.start() + match.start(), sentence.start() + match.end()), first, last)
            for sentence in _SENTENCE.finditer(talk.folded[index])
            if self.now.seen(sentence.group())
            for name, first, last in _FESTIVALS
            for match in name.finditer(sentence.group())
        ]


def _date_said(match: re.Match[str], offset: int) -> Date | None:
    """The date that a match names (of two, the second), None if its Chinese numbers are no numbers."""
    said = match.groupdict()
    year = said["year2"] or said["year1"]
    last = "2" if said["month2"] or said["month_said2"] else "1"
    month = _number(said[f"month{last}"] or said[f"month_said{last}"])
    day = _number(said["until"] or said[f"day{last}"] or said[f"day_said{last}"])
    if month is None or day is None:
        return None
    return Date((offset + match.start(), offset + match.end()), int(year) if year else None, month, day)


def _number(text: str) -> int | None:
    """A number up to 99 in digits or Chinese: 8, 十一, 二十三; None if it is none."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if ten:
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0) if len(tens) < 2 and len(ones) < 2 else None
    return _DIGITS.get(text)


def _over(today: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    """Is a season, (month, day) to (month, day), past rather than still to come? It may run across the new year."""
    day = (today.month, today.day)
    if first <= day <= last if first <= last else day >= first or day <= last:
        return False
    since = min((today - date(year, *last)).days % 366 for year in (today.year, today.year - 1))
    until = min((date(year, *first) - today).days % 366 for year in (today.year, today.year + 1))
    return since <= until


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


def today_set() -> date | None:
    """The day that the environment variable AUDITOR_TODAY (or --today) names (2026-11-16), None if it is not set.

    Raises AuditorError with a Chinese sentence if it is no date.
    """
    text = os.environ.get(TODAY)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AuditorError(f"--today（或环境变量 {TODAY}）的「{text}」不是日期，应写成 2026-11-16 这样") from None


def _build(scope: Scope, params: Mapping[str, Any]) -> Expired:
    return Expired(scope, params["words"], params["now"], params["grace"], today_set())


EXPIRED = Kind(
    "expired",
    "过期的日期、活动或过了时令的节日",
    (
        Param("words", Type.WORDS, required=True),
        Param("now", Type.WORDS),
        Param("grace", Type.INTEGER, default=0, low=0),
    ),
    _build,
)
