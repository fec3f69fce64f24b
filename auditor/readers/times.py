"""Times as exports write them -> wall-clock times of one zone. What is not read for sure is refused, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from auditor.errors import AuditorError
from auditor.readers.records import RowError

#: China has had one zone without summer time since 1991, so that no time-zone database is needed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE)
_MORNING, _AFTERNOON = ("上午", "凌晨", "早上", "清晨", "am"), ("下午", "傍晚", "晚上", "pm")
_NOON = "中午"
_HALF = "|".join((*_MORNING, *_AFTERNOON, _NOON))
_CALENDAR = re.compile(
    r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*日?(?:\s*(?:星期|周)[一二三四五六日天])?"
    rf"(?:[\sT]*({_HALF})?"
    r"[\s]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*(?:[:：分]\s*(?:(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?)?"
    r"(?:\s*(am|pm|上午|下午))?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
#: Days named from where the reader stands, and days without a year.
_RELATIVE = re.compile(r"(今天|昨天|前天)\s*(\D?.*)")
_DAYS_AGO = {"今天": 0, "昨天": 1, "前天": 2}
_YEARLESS = re.compile(r"(\d{1,2})\s*(?:月|[-/])\s*(\d{1,2})\s*日?\s+(\D?.*[:：].*)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[ T]?(\d\d)(\d\d)(\d\d)", re.ASCII)
_EPOCH = re.compile(r"\d{10}(?:\d{3}|\d{6})?(?:\.\d+)?", re.ASCII)
#: Digits of an epoch -> how many of its units make a second.
_UNITS = {13: 1_000, 16: 1_000_000}
_CLOCK = re.compile(
    rf"(?:{_HALF})?\s*\d{{1,2}}\s*[:：]\s*\d{{1,2}}(?:\s*[:：]\s*\d{{1,2}}(?:[.,]\d+)?)?\s*(?:am|pm|上午|下午)?",
    re.ASCII | re.IGNORECASE,
)
_UNREADABLE = "时间读不懂"
_NO_DATE = "只有钟点，没有日期，请用 --date 指明是哪一天，例如 --date 2026-11-16"
_NO_TODAY = "这样的日期要看是哪天导出的，请用 --date 指明，例如 --date 2026-11-16"


class Moment(NamedTuple):
    """When a message was sent, in ISO 8601 without offset.

    ``time`` is None where the export has no clock time; ``day`` (YYYY-MM-DD) is None where it has no date.
    ``coarse``: the export gives hour and minute only; the seconds are taken as 0.
    """

    time: str | None
    day: str | None
    coarse: bool = False


NOWHEN = Moment(None, None)


def parse_zone(text: str) -> tzinfo:
    """The zone that ``text`` names: ``Asia/Shanghai``, an offset such as ``+08:00``, or any IANA name.

    Raises AuditorError if there is no such zone.
    """
    name = text.strip()
    if name in {"Asia/Shanghai", "PRC", "北京时间"}:
        return SHANGHAI
    if name.upper() in {"UTC", "Z", "GMT"}:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset and int(offset[2]) <= 14:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(span if offset[1] == "+" else -span)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # KeyError is what zoneinfo raises for an unknown name
        raise AuditorError(f"不认识时区「{name}」，请写 Asia/Shanghai 这样的地名，或 +08:00 这样的时差。") from error


def parse_moment(value: Any, day: Any, zone: tzinfo, today: date | None = None) -> Moment:
    """The moment a time cell and a date cell stand for (either may be blank: None or only spaces).

    ``value`` may be text, a number (epoch seconds, milliseconds or microseconds) or what a workbook holds. ``today``
    is the date of times without one, and the day that 昨天 looks back from. Without it these, and anything not surely
    read, raise RowError.
    """
    if day is None and value.__class__ is str and len(value) == 19:
        return _read_text(value, zone, today)  # what nearly every row has
    value, day = _trimmed(value), _trimmed(day)
    if value is None:
        return NOWHEN if day is None else _read(day, zone, today)
    if day is not None and is_clock(value):
        return _read(f"{_read(day, zone, today).day} {value}", zone, today)
    return _read(value, zone, today)


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().strip("\ufeff") or None
    return value


def is_clock(value: Any) -> bool:
    """Whether a value is a time of day without a date."""
    return isinstance(value, time) or (isinstance(value, str) and _CLOCK.fullmatch(value) is not None)


def _read(value: Any, zone: tzinfo, today: date | None) -> Moment:
    if isinstance(value, str):
        return _read_text(value, zone, today)
    if isinstance(value, datetime):
        return _at(value)
    if isinstance(value, date):
        return Moment(None, value.isoformat())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _read_text(format(value, "f") if isinstance(value, float) else str(value)[:20], zone, today)
    if isinstance(value, time) and today is not None:
        return _at(datetime.combine(today, value.replace(tzinfo=None)))
    if isinstance(value, (time, timedelta)):
        raise RowError(_UNREADABLE, f"「{value}」{_NO_DATE}")
    raise RowError(_UNREADABLE, f"「{str(value)[:40]}」")


def _read_text(text: str, zone: tzinfo, today: date | None) -> Moment:
    try:
        if len(text) == 19 and text[4] == text[7] == "-" and text[10] in " T" and text[13] == ":" and text.isascii():
            datetime.fromisoformat(text)  # raises ValueError unless there is such a time
            return Moment(text.replace(" ", "T"), text[:10])
        if found := _CALENDAR.fullmatch(text):
            return _from_calendar(found, zone)
        if found := _COMPACT.fullmatch(text):
            return _at(datetime(*map(int, found.groups())))  # type: ignore[arg-type]
        if _EPOCH.fullmatch(text):
            whole = text.partition(".")[0]
            seconds = int(whole) / _UNITS[len(whole)] if len(whole) in _UNITS else float(text)
            return _at(datetime.fromtimestamp(seconds, zone).replace(tzinfo=None))
        return _read_text(_dated(text, today), zone, None)
    except (ValueError, OverflowError, OSError) as error:
        raise RowError(_UNREADABLE, f"「{text[:40]}」不是真实存在的时间") from error


def _dated(text: str, today: date | None) -> str:
    """A time that leaves something of its date out, with the whole date. Raises RowError where that is not known."""
    shown = f"「{text[:40]}」"
    if _CLOCK.fullmatch(text):
        if today is None:
            raise RowError(_UNREADABLE, f"{shown}{_NO_DATE}")
        return f"{today.isoformat()} {text}"
    relative, yearless = _RELATIVE.fullmatch(text), _YEARLESS.fullmatch(text)
    if (relative or yearless) and today is None:
        raise RowError(_UNREADABLE, f"{shown}{_NO_TODAY}")
    if relative and today:
        return f"{(today - timedelta(days=_DAYS_AGO[relative[1]])).isoformat()} {relative[2]}".rstrip()
    if yearless and today:
        day = date(today.year, int(yearless[1]), int(yearless[2]))
        # Nothing is exported before it was said: a day still to come was one of last year.
        return f"{day if day <= today else day.replace(year=day.year - 1)} {yearless[3]}"
    raise RowError(_UNREADABLE, shown)


def _from_calendar(found: re.Match[str], zone: tzinfo) -> Moment:
    year, month, day, before, hour, minute, second, fraction, after, offset = found.groups()
    if hour is None:
        if offset is not None:
            raise ValueError("an offset without a clock time")
        return Moment(None, date(int(year), int(month), int(day)).isoformat())
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    hours = _hours(int(hour), (before or after or "").lower())
    moment = datetime(int(year), int(month), int(day), hours, int(minute), int(second or 0), micro)
    if offset is not None:
        own = UTC if offset.upper() == "Z" else datetime.strptime(offset, "%z").tzinfo
        moment = moment.replace(tzinfo=own).astimezone(zone).replace(tzinfo=None)
    return _at(moment, coarse=second is None)


def _hours(hour: int, half: str) -> int:
    """The hour of the day from that of a half. Raises ValueError for 上午 15 点."""
    if half in _MORNING:
        if hour > 12:
            raise ValueError("no such hour in the morning")
        return hour % 12
    if half in _AFTERNOON:
        return hour + 12 if hour < 12 else hour
    return hour + 12 if half == _NOON and hour < 11 else hour


def _at(moment: datetime, coarse: bool = False) -> Moment:
    text = moment.isoformat()
    return Moment(text, text[:10], coarse)
