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
_CALENDAR = re.compile(
    r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})\s*(?:[:：分]\s*(?:(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[ T]?(\d\d)(\d\d)(\d\d)", re.ASCII)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}\s*[:：]\s*\d{1,2}(?:\s*[:：]\s*\d{1,2}(?:[.,]\d+)?)?", re.ASCII)
_UNREADABLE = "时间读不懂"


class Moment(NamedTuple):
    """When a message was sent, in ISO 8601 without offset.

    ``time`` is None where the export has no clock time; ``day`` (YYYY-MM-DD) is None where it has no date.
    """

    time: str | None
    day: str | None


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


def parse_moment(value: Any, day: Any, zone: tzinfo) -> Moment:
    """The moment a time cell and a date cell stand for (either may be blank: None or only spaces).

    ``value`` may be text, a number (epoch seconds or milliseconds) or what a workbook holds. A time without a
    date, or anything not surely read, raises RowError.
    """
    if day is None and value.__class__ is str and len(value) == 19:
        return _read_text(value, zone)  # what nearly every row has
    value, day = _trimmed(value), _trimmed(day)
    if value is None:
        return NOWHEN if day is None else _read(day, zone)
    if day is not None and _is_clock(value):
        return _read(f"{_read(day, zone).day} {value}", zone)
    return _read(value, zone)


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().strip("\ufeff") or None
    return value


def _is_clock(value: Any) -> bool:
    return isinstance(value, time) or (isinstance(value, str) and _CLOCK.fullmatch(value) is not None)


def _read(value: Any, zone: tzinfo) -> Moment:
    if isinstance(value, str):
        return _read_text(value, zone)
    if isinstance(value, datetime):
        return _at(value)
    if isinstance(value, date):
        return Moment(None, value.isoformat())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _read_text(format(value, "f") if isinstance(value, float) else str(value)[:20], zone)
    if isinstance(value, (time, timedelta)):
        raise RowError(_UNREADABLE, f"「{value}」只有钟点，没有日期")
    raise RowError(_UNREADABLE, f"「{str(value)[:40]}」")


def _read_text(text: str, zone: tzinfo) -> Moment:
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
            seconds = int(whole) / 1000 if len(whole) == 13 else float(text)
            return _at(datetime.fromtimestamp(seconds, zone).replace(tzinfo=None))
    except (ValueError, OverflowError, OSError) as error:
        raise RowError(_UNREADABLE, f"「{text[:40]}」不是真实存在的时间") from error
    if _CLOCK.fullmatch(text):
        raise RowError(_UNREADABLE, f"「{text[:40]}」只有钟点，没有日期")
    raise RowError(_UNREADABLE, f"「{text[:40]}」")


def _from_calendar(found: re.Match[str], zone: tzinfo) -> Moment:
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if found[4] is None:
        if found[8] is not None:
            raise ValueError("an offset without a clock time")
        return Moment(None, date(year, month, day).isoformat())
    micro = int((found[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, int(found[4]), int(found[5]), int(found[6] or 0), micro)
    if found[8] is None:
        return _at(moment)
    offset = UTC if found[8] == "Z" else datetime.strptime(found[8], "%z").tzinfo
    return _at(moment.replace(tzinfo=offset).astimezone(zone).replace(tzinfo=None))


def _at(moment: datetime) -> Moment:
    text = moment.isoformat()
    return Moment(text, text[:10])
