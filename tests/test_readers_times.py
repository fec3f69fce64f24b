"""Times and zones: what is read, what is refused, and that the machine's own zone plays no part."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from factory_readers import read_bytes, table

from auditor.errors import AuditorError
from auditor.readers import Options, parse_zone

READ = {
    "2026-11-16 15:11:15": "2026-11-16 15:11:15",
    "2026-11-16 15:11:15.250": "2026-11-16 15:11:15.250000",
    "2026-11-16 15:11:15,5": "2026-11-16 15:11:15.500000",
    " 2026-11-16 15:11:15 ": "2026-11-16 15:11:15",
    "2026/11/16 9:03": "2026-11-16 09:03:00",
    "2026/1/6 9:03:04": "2026-01-06 09:03:04",
    "2026.11.16 09:03:04": "2026-11-16 09:03:04",
    "2026年11月16日 9:03:04": "2026-11-16 09:03:04",
    "2026年11月16日9时3分4秒": "2026-11-16 09:03:04",
    "2026年11月16日 9时3分": "2026-11-16 09:03:00",
    "2026-11-16 15：11：15": "2026-11-16 15:11:15",
    "2026-11-1615:11:15": "2026-11-16 15:11:15",
    "2026-11-16T15:11:15": "2026-11-16 15:11:15",
    "2026-11-16T15:11:15Z": "2026-11-16 23:11:15",
    "2026-11-16T15:11:15+08:00": "2026-11-16 15:11:15",
    "2026-11-16 15:11:15.123456789-0500": "2026-11-17 04:11:15.123456",
    "20261116 151115": "2026-11-16 15:11:15",
    "20261116151115": "2026-11-16 15:11:15",
    "1794842875": "2026-11-16 23:27:55",
    "1794842875.5": "2026-11-16 23:27:55.500000",
    "1794842875250": "2026-11-16 23:27:55.250000",
    "1794842875250001": "2026-11-16 23:27:55.250001",
    "2026-11-16 上午 9:03:04": "2026-11-16 09:03:04",
    "2026-11-16 下午 3:03": "2026-11-16 15:03:00",
    "2026年11月16日 星期一 下午3:03:04": "2026-11-16 15:03:04",
    "2026-11-16 上午12:03": "2026-11-16 00:03:00",
    "2026-11-16 12:03:04 AM": "2026-11-16 00:03:04",
    "2026/11/16 3:03:04 pm": "2026-11-16 15:03:04",
    "2026-11-16 12:00:00 PM": "2026-11-16 12:00:00",
    "2026-11-16 中午12:30": "2026-11-16 12:30:00",
    "2026-11-16 中午1:30": "2026-11-16 13:30:00",
    "2026-11-16 晚上 9:30": "2026-11-16 21:30:00",
    "2026-11-16 下午 15:03": "2026-11-16 15:03:00",
    "2099-01-01 00:00:00": "2099-01-01 00:00:00",
    "2024-03-10 02:30:00": "2024-03-10 02:30:00",
    "": "None",
    "  ": "None",
    "2026-11-16": "None",
    "2026年11月16日": "None",
}

REFUSED = [
    "09:00:08",
    "9:00",
    "昨天 09:00",
    "05/01/2024 09:00",
    "13/01/2024 09:00",
    "2026-02-30 09:00:00",
    "2026-13-01 09:00:00",
    "2024-06-30 23:59:60",
    "2026-11-16 24:00:00",
    "2026-11-16 上午 15:00:00",
    "星期一 09:00",
    "11月16日 09:00",
    "2026-11-16 09:61:00",
    "2026-11-16 15:11:15 CST",
    "2026-11-16 15:11:15 Asia/Shanghai",
    "2026-11-16 15:11:15+99:00",
    "2026-11-16 +08:00",
    "0001-01-01T00:00:00+14:00",
    "20261399151115",
    "-1",
    "0",
    "1e20",
    "nan",
    "inf",
    "99999999999999999",
    "46342.63",
    "２０２６-11-16 15:11:15",
    "abcd-ef-gh ij:kl:mn",
]


def _row(when: str) -> list[str]:
    return ["S1", when, "客户", "小云", "茶茶", "在吗"]


@pytest.mark.parametrize(("written", "meant"), READ.items())
def test_time_is_read(tmp_path: Path, written: str, meant: str) -> None:
    assert read_bytes(tmp_path, table([_row(written)]).encode()).times == [meant]


@pytest.mark.parametrize("written", REFUSED)
def test_time_is_refused_and_only_its_row_lost(tmp_path: Path, written: str) -> None:
    outcome = read_bytes(tmp_path, table([_row("2026-11-16 09:00:00"), _row(written)]).encode())
    assert outcome.rejected_lines == [3]
    assert outcome.rejects[0].reason.startswith(f"时间读不懂：「{written}」")
    assert outcome.times == ["2026-11-16 09:00:00"]


def test_numbers_in_json_are_epochs(tmp_path: Path) -> None:
    """TIM-05, TIM-25"""
    lines = [
        f'{{"role":"客户","text":"在吗","time":{n}}}'
        for n in ("1794842875", "1794842875.5", "-1", "1e20", "true", "[1]")
    ]
    outcome = read_bytes(tmp_path, "\n".join(lines).encode())
    assert outcome.times == ["2026-11-16 23:27:55", "2026-11-16 23:27:55.500000"]
    assert outcome.rejected_lines == [3, 4, 5, 6]


def test_offsets_within_one_conversation(tmp_path: Path) -> None:
    """TIM-09: the same line of time, whatever offset each message is written in."""
    rows = [_row("2026-11-16T01:00:00Z"), _row("2026-11-16T09:00:10+08:00")]
    first, second = read_bytes(tmp_path, table(rows).encode()).messages
    assert first.time is not None
    assert second.time is not None
    assert (second.time - first.time).total_seconds() == 10


def test_a_date_column_beside_the_clock(tmp_path: Path) -> None:
    head = ("会话ID", "日期", "时间", "角色", "消息")
    rows = [["S1", "2026/11/16", "9:03:04", "客户", "在吗"], ["S1", "2026-11-16", "", "客户", "在吗"]]
    rows += [["S1", "2026-11-16", "2026-11-17 10:00:00", "客户", "在吗"], ["S1", "昨天", "9:00", "客户", "在吗"]]
    outcome = read_bytes(tmp_path, table(rows, headings=head).encode())
    assert outcome.times == ["2026-11-16 09:03:04", "None", "2026-11-17 10:00:00"]
    assert outcome.rejected_lines == [5]


def test_a_row_without_time_is_kept_and_told(tmp_path: Path) -> None:
    """TIM-01"""
    outcome = read_bytes(tmp_path, table([_row("2026-11-16 09:00:00"), _row("")]).encode())
    assert outcome.times == ["2026-11-16 09:00:00", "None"]
    assert [note.text for note in outcome.ledger.notes] == [
        "有 1 条消息没有时间，照样审，但它们所在的会话算不出响应时长。"
    ]


def test_times_without_seconds_are_told_of(tmp_path: Path) -> None:
    """What Excel leaves of the times of a CSV; a workbook's own times, and 09:00:00, are exact."""
    rows = [_row("2026/11/16 9:05"), _row("2026-11-16 09:05:00"), _row("2026年11月16日 下午3点05分")]
    outcome = read_bytes(tmp_path, table(rows).encode())
    assert outcome.times == ["2026-11-16 09:05:00", "2026-11-16 09:05:00", "2026-11-16 15:05:00"]
    assert [note.text for note in outcome.ledger.notes] == [
        "有 2 条消息的时间只到分钟，没有秒（CSV 用 Excel 另存过就会这样），秒按 0 算：响应时长前后可能差一分钟，"
        "请改用导出时的原文件。"
    ]


@pytest.mark.parametrize("local", ["America/New_York", "UTC", "Asia/Tokyo"])
def test_the_zone_of_this_machine_plays_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: str) -> None:
    """TIM-11"""
    monkeypatch.setenv("TZ", local)
    time.tzset()
    try:
        assert read_bytes(tmp_path, table([_row("1794842875")]).encode()).times == ["2026-11-16 23:27:55"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_another_zone_is_that_of_the_result(tmp_path: Path) -> None:
    rows = [_row("2026-11-16T01:00:00Z"), _row("2026-11-16 09:00:00"), _row("1794842875")]
    outcome = read_bytes(tmp_path, table(rows).encode(), options=Options(zone=parse_zone("UTC")))
    assert outcome.times == ["2026-11-16 01:00:00", "2026-11-16 09:00:00", "2026-11-16 15:27:55"]


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("Asia/Shanghai", 8),
        ("+08:00", 8),
        ("-0330", -3.5),
        ("UTC", 0),
        ("UTC+8", 8),
        ("Asia/Tokyo", 9),
        ("北京时间", 8),
    ],
)
def test_zone_names(name: str, hours: float) -> None:
    assert datetime(2026, 1, 1, tzinfo=parse_zone(name)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name", ["CST", "Asia/Shangai", "", "../etc/passwd", "/etc/localtime", "+25:00", "Asia", "a\0b"]
)
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(AuditorError, match="不认识时区"):
        parse_zone(name)


def test_rows_outside_the_dates_are_counted_apart(tmp_path: Path) -> None:
    days = [
        "2026-11-14 23:59:59",
        "2026-11-15 00:00:00",
        "2026-11-16 23:59:59",
        "2026-11-17 00:00:00",
        "",
        "2026-11-18",
    ]
    options = Options(since=date(2026, 11, 15), until=date(2026, 11, 16))
    outcome = read_bytes(tmp_path, table([_row(day) for day in days]).encode(), options=options)
    facts = outcome.ledger.inputs[0]
    assert (facts.rows_in, facts.rows_audited, facts.rows_rejected, facts.rows_outside) == (6, 3, 0, 3)
    assert outcome.times == ["2026-11-15 00:00:00", "2026-11-16 23:59:59", "None"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("09:00:08", "2026-11-16 09:00:08"),
        ("下午 3:04", "2026-11-16 15:04:00"),
        ("3:04 PM", "2026-11-16 15:04:00"),
        ("今天 09:00", "2026-11-16 09:00:00"),
        ("昨天09:00", "2026-11-15 09:00:00"),
        ("昨天 下午 3:04:05", "2026-11-15 15:04:05"),
        ("前天", "None"),
        ("11-16 09:00", "2026-11-16 09:00:00"),
        ("11月15日 9:00:01", "2026-11-15 09:00:01"),
        ("12/31 23:59", "2025-12-31 23:59:00"),
        ("2026-11-14 09:00:00", "2026-11-14 09:00:00"),
    ],
)
def test_times_without_a_whole_date_need_the_day(tmp_path: Path, written: str, meant: str) -> None:
    content = table([_row(written)]).encode()
    assert read_bytes(tmp_path, content, options=Options(day=date(2026, 11, 16))).times == [meant]
    if meant[:10] != "2026-11-14":
        assert "--date" in read_bytes(tmp_path, content).rejects[0].reason


def test_a_newest_first_log_is_turned(tmp_path: Path) -> None:
    """Messages of one second come in the order they were said in: the file's, or its reverse."""
    said = [("09:00:01", "一"), ("09:00:05", "二"), ("09:00:05", "三"), ("09:00:09", "四")]
    rows = [["S1", f"2026-11-16 {clock}", "客户", "小云", "茶茶", text] for clock, text in said]
    assert read_bytes(tmp_path, table(rows).encode()).texts == ["一", "二", "三", "四"]
    assert read_bytes(tmp_path, table(rows[::-1]).encode()).texts == ["一", "二", "三", "四"]
