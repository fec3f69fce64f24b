"""Times as people write them in a promise: lengths, and moments of the clock after the promise was made."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.durations import allowed_in, deadline_in, duration, seconds_in

TEN = datetime(2026, 11, 16, 10, 0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("下午三点前给您答复", "16 15:00"),
        ("今天中午十二点之前联系您", "16 12:00"),
        ("三点半回复您", "16 15:30"),
        ("15:30前回复", "16 15:30"),
        ("11点给您回电", "16 11:00"),
        ("晚上8点20分告诉您", "16 20:20"),
        ("晚上十二点前", "17 00:00"),
        ("明早九点联系您", "17 09:00"),
        ("明天上午给您回复", "17 12:00"),
        ("今晚回复您", "17 00:00"),
        ("后天给您结果", "19 00:00"),
        ("九点给您回电", "16 21:00"),
    ],
)
def test_a_clock_time_is_the_next_one_said_at_ten(text: str, moment: str) -> None:
    found = deadline_in(text, TEN)
    assert found is not None
    assert found.strftime("%d %H:%M") == moment


@pytest.mark.parametrize("text", ["", "尽快给您答复", "二十五点", "今天上午九点", "买三送一"])
def test_no_clock_time_to_come(text: str) -> None:
    assert deadline_in(text, TEN) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("十分钟内", 600), ("一个半小时", 5400), ("半个钟头", 1800), ("一刻钟", 900), ("几分钟", None)],
)
def test_lengths(text: str, seconds: float | None) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("今天20分钟内答复您", 1200), ("下午三点20分前答复您", 19200), ("今天给您答复", 50400), ("尽快答复您", None)],
)
def test_the_nearer_of_length_and_moment_is_the_promise(text: str, seconds: float | None) -> None:
    assert allowed_in(text, TEN) == seconds


def test_without_times_only_a_length_can_be_read() -> None:
    assert (allowed_in("三点前答复您", None), allowed_in("十分钟内答复您", None)) == (None, 600)


@given(st.integers(11, 23), st.integers(0, 59))
def test_any_later_minute_of_the_day_is_read(hour: int, minute: int) -> None:
    assert deadline_in(f"{hour}:{minute:02}之前回复您", TEN) == TEN.replace(hour=hour, minute=minute)


@given(st.integers(1, 86_400))
def test_durations_name_what_they_are_read_as(seconds: int) -> None:
    assert seconds_in(duration(seconds)) is not None
