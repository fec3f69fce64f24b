"""Times as people write them: 10分钟 -> seconds; 今天下午三点前, 明天中午 -> a moment; seconds -> 2 分 14 秒."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"秒": 1, "分": 60, "分钟": 60, "刻钟": 900, "小时": 3600, "钟头": 3600, "天": 86400, "日": 86400}
_AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?|[零一二两三四五六七八九十]+|半|几)\s*(个)?(半)?\s*(秒|分钟|分|刻钟|小时|钟头|天|日)(半)?"
)

_DAYS = {"今天": 0, "今日": 0, "今晚": 0, "当天": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2}
#: Parts of a day: the hour at which each is over.
_PARTS = {"早上": 12, "上午": 12, "中午": 14, "下午": 18, "傍晚": 20, "晚上": 24, "下班": 24}
_CLOCK = re.compile(
    r"(今天|今日|今晚|当天|明天|明日|明早|明晚|后天)?(早上|上午|中午|下午|傍晚|晚上|下班)?"
    r"(?:(\d{1,2}|[零一二两三四五六七八九十]{1,3})(?:点(?:钟)?(半|\d{1,2}分?)?|:([0-5]\d)))?"
)
_HOUR = re.compile(r"[0-9零一二两三四五六七八九十]点|\d:[0-5]\d")


def deadline_in(text: str, said: datetime) -> datetime | None:
    """The first moment of the clock or part of a day that a text said at ``said`` names; None if there is none.

    ``三点`` is the next three o'clock, by day rather than by night; ``明天上午`` is over at noon, ``今天`` at midnight.
    """
    match = next((found for found in _CLOCK.finditer(text) if found.group()), None)
    if match is None:
        return None
    day, part, hour, past, minutes = match.groups()
    late = part in ("中午", "下午", "傍晚", "晚上") or day in ("今晚", "明晚")
    midnight = said.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=_DAYS.get(day or "", 0))
    if hour is None:
        return midnight + timedelta(hours=_PARTS.get(part or "", 12 if day == "明早" else 24))
    number = _number(hour) or 0.0
    if number > 24:
        return None
    if late and (number < 12 if part in ("中午", "下午") else number <= 12) and not (part == "中午" and number > 3):
        number += 12
    minute = 30 if past == "半" else int((past or minutes or "0").rstrip("分"))
    moment = midnight + timedelta(hours=number, minutes=minute)
    if moment <= said and day is None and number < 12:
        moment += timedelta(hours=12)
    return moment if moment > said else None


def allowed_in(text: str, said: datetime | None) -> float | None:
    """Seconds that a promise made at ``said`` allows: until the clock time it names, else the length, else the day."""
    until = deadline_in(text, said) if said else None
    length = seconds_in(text)
    if until is None or said is None or (length is not None and not _HOUR.search(text)):
        return length
    return (until - said).total_seconds()


def seconds_in(text: str) -> float | None:
    """The first length of time named in a text, in seconds; None if there is none or it is vague (几分钟)."""
    match = _AMOUNT.search(text)
    if match is None:
        return None
    amount, _, half_before, unit, half_after = match.groups()
    number = _number(amount)
    if number is None:
        return None
    return (number + (0.5 if half_before or half_after else 0)) * _UNITS[unit]


def _number(text: str) -> float | None:
    """An amount in digits or Chinese numerals up to 99."""
    if text == "几":
        return None
    if text == "半":
        return 0.5
    if text[0].isdigit():
        return float(text)
    if "十" not in text:
        return float("".join(str(_DIGITS[char]) for char in text))
    tens, _, ones = text.partition("十")
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def duration(seconds: float) -> str:
    """Seconds as people say them: 45 秒, 2 分 14 秒, 1 小时 3 分."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} 秒"
    if whole < 3600:
        return f"{whole // 60} 分 {whole % 60} 秒" if whole % 60 else f"{whole // 60} 分"
    minutes = whole % 3600 // 60
    return f"{whole // 3600} 小时 {minutes} 分" if minutes else f"{whole // 3600} 小时"


#: Waits up to this many seconds are told in seconds, with a tenth if they have one.
IN_SECONDS = 90


def spell(seconds: float) -> str:
    """A measured wait as people read it: 27.8 秒, 90 秒, 1 分 31 秒, 1 小时 3 分."""
    return f"{round(seconds, 1):g} 秒" if round(seconds) <= IN_SECONDS else duration(seconds)
