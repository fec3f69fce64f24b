"""TIM: times as shops' systems write them, odd ones, and those that are no times."""

from __future__ import annotations

from hostile.case import ROWS, Case, Seen, rejected, rows, timed


def eight(seen: Seen) -> bool:
    """The first response took 8 seconds."""
    return seen.waits == [8.0]


def none(seen: Seen) -> bool:
    """No response time was made up."""
    return seen.waits == [None]


def read(ident: str, what: str, *times: str, **more: object) -> Case:
    """Two messages with these times are read; the answer took 8 s unless something else is said."""
    return Case(ident, what, timed(*times), rows=len(times), **{"holds": eight, **more})


def odd(ident: str, what: str, *times: str, says: str = "时间") -> Case:
    """Each of these times on a line of its own costs that line, below two good ones."""
    good = ("2026-11-16 09:00:00", "2026-11-16 09:00:08")
    return rejected(ident, what, timed(*good, *times), *range(4, 4 + len(times)), says=says, rows=2, holds=eight)


CASES = (
    Case(
        "TIM-01",
        "one row without a time is kept, told of, and makes no response time",
        rows(line3=ROWS[1].replace("2026-11-16 09:01:08", "")),
        says=("没有时间",),
        holds=lambda seen: seen.waits[0] is None and seen.waits[1] == 8,
    ),
    odd("TIM-02", "words for times", "刚刚", "not a time", "？"),
    read("TIM-03", "all at one minute", "2026-11-16 09:00", "2026-11-16 09:00", holds=lambda seen: seen.waits == [0.0]),
    read("TIM-04", "epochs in milliseconds", "1794790980000", "1794790988000"),
    read("TIM-05", "epochs in seconds", "1794790980", "1794790988"),
    read("TIM-06", "epochs in microseconds", "1794790980000000", "1794790988000000"),
    read("TIM-07", "Chinese dates", "2026年1月5日 09:03:04", "2026年1月5日 09:03:12"),
    read(
        "TIM-08",
        "ISO with T and Z",
        "2026-11-16T01:00:00Z",
        "2026-11-16T01:00:08Z",
        holds=lambda seen: eight(seen) and "09:00:00" in seen.conversations[0]["start"],
    ),
    read(
        "TIM-09",
        "the customer in Z, the agent at +08:00",
        "2026-11-16T01:00:00Z",
        "2026-11-16T09:00:10+08:00",
        holds=lambda seen: seen.waits == [10.0],
    ),
    read("TIM-10", "slashes, without zeros", "2026/1/5 9:03:04", "2026/1/5 9:03:12"),
    read("TIM-11", "an hour that summer time skips in New York", "2026-03-08 02:30:00", "2026-03-08 02:30:08"),
    read("TIM-12", "1970", "1970-01-01 08:00:00", "1970-01-01 08:00:08"),
    read("TIM-13", "2099", "2099-01-01 00:00:00", "2099-01-01 00:00:08"),
    read("TIM-14", "halves of a day", "2026-11-16 上午9:00:00", "2026-11-16 9:00:08 AM"),
    read("TIM-15", "over midnight", "2026-11-16 23:59:58", "2026-11-17 00:00:06"),
    read(
        "TIM-16",
        "newest first",
        "2026-11-16 09:00:08",
        "2026-11-16 09:00:00",
        holds=lambda seen: seen.run["conversations"] == 1,
    ),
    read(
        "TIM-17",
        "asked at three at night, answered at nine",
        "2026-11-16 03:00:00",
        "2026-11-16 09:00:00",
        holds=lambda seen: len(seen.waits) == 1,
    ),
    Case(
        "TIM-19",
        "several formats in one file",
        rows(
            line2=ROWS[0].replace("2026-11-16 09:01:00", "2026/11/16 9:01"),
            line4=ROWS[2].replace("2026-11-16", "20261116").replace("09:02:00", "090200").replace("1116 ", "1116"),
        ),
        holds=lambda seen: seen.run["conversations"] == 5,
    ),
    odd("TIM-21", "day and month in an order that nobody knows", "05/01/2026 09:00:00", "13/01/2026 09:00:08"),
    odd("TIM-23", "a leap second and 24 o'clock", "2026-12-31 23:59:60", "2026-12-31 24:00:00"),
    odd(
        "TIM-24",
        "days that are none",
        "2026-02-30 09:00:00",
        "2026-13-01 09:00:00",
        "0000-00-00 00:00:00",
        "2026-11-16 25:00:00",
    ),
    odd("TIM-25", "epochs that are none", "-1", "0", "1e20", "nan", "inf", "99999999999999999999"),
    read("TIM-27", "days without a clock", "2026-11-16", "2026-11-16", holds=none),
    odd("TIM-28", "clocks without a day", "09:00:00", "9:00"),
    odd(
        "TIM-29",
        "names of zones, which have more than one meaning",
        "2026-11-16 09:00:00 CST",
        "2026-11-16 09:00:00 Asia/Shanghai",
    ),
    odd("TIM-30", "a year of five digits, a negative year", "12026-11-16 09:00:00", "-2026-11-16 09:00:00"),
    read("TIM-31", "fractions of a second", "2026-11-16 09:00:00.250", "2026-11-16 09:00:08.250"),
    read("TIM-32", "full-width colons", "2026-11-16 09：00：00", "2026-11-16 09：00：08"),
    read("TIM-33", "the years 1 and 9999", "0001-01-01 00:00:00", "0001-01-01 00:00:08"),
    odd("TIM-34", "an offset at the edge of the calendar", "0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-12:00"),
    odd("TIM-35", "a formula, an injection", "=NOW()", "2026-11-16'; DROP TABLE"),
)
