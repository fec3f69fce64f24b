"""Lengths of time as people write them: 10分钟, 半个钟头, 一刻钟 -> seconds, and seconds -> 2 分 14 秒."""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"秒": 1, "分": 60, "分钟": 60, "刻钟": 900, "小时": 3600, "钟头": 3600, "天": 86400, "日": 86400}
_AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?|[零一二两三四五六七八九十]+|半|几)\s*(个)?(半)?\s*(秒|分钟|分|刻钟|小时|钟头|天|日)(半)?"
)


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
    return f"{round(seconds, 1):g} 秒" if seconds <= IN_SECONDS else duration(seconds)
