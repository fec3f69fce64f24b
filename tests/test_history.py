"""The trend store: the same day twice, in parts, by two processes at once; weeks, months, the change on the card."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import factory_reports as make
import pytest
from factory_jobs import done, job, log
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from auditor.cli.app import main
from auditor.errors import AuditorError
from auditor.history import MONTH, TEAM, WEEK, Draft, Point, Timeline, check, merged
from auditor.job import run
from auditor.recording import period_before
from auditor.reports.card_tables import before_note, dimension_table
from auditor.reports.trend import change, period_name
from auditor.scoring import Before

ROOT = Path(__file__).resolve().parents[1]
AGENT = "示例旗舰店:小桃"
BOTH = frozenset({"xlsx", "jsonl"})


def talk(name: str, day: datetime | None, refused: bool = False, agent: str = AGENT) -> make.Scored:
    """A conversation that costs 5 points if the agent refuses."""
    lines = [("客户", "能退吗"), ("客服", "这个不能退的")]
    spots = [make.Spot(make.REFUSAL, 1, "不能退")] if refused else []
    return make.scored(make.talk(name, agent, lines, day), spots)


def keep(history: Path, results: list[make.Scored], rules: str = "a" * 64) -> int:
    """Enter results into a history as one run; returns how many had no day."""
    draft = Draft(history.with_name(f"{history.name}.draft"), rules, 90.0)
    for item in results:
        draft.add(item)
    draft.done()
    with merged(history, draft.path):
        draft.close()
    draft.path.unlink()
    return draft.without_day


def scores(history: Path, unit: str, agent: str | None = None) -> dict[tuple[str, str], tuple[int, float]]:
    """(agent, period) -> conversations and mean score."""
    with Timeline(history) as timeline:
        return {(p.agent, p.period): (p.conversations, p.score) for p in timeline.points(unit, agent)}


MONDAY, SUNDAY, NEXT = datetime(2026, 11, 16, 9), datetime(2026, 11, 22, 23), datetime(2026, 11, 23, 9)
DECEMBER = datetime(2026, 12, 1, 9)


def test_weeks_begin_on_monday_and_months_on_the_first(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("a", MONDAY, True), talk("b", SUNDAY), talk("c", NEXT), talk("d", DECEMBER, True)])
    assert scores(tmp_path / "h.db", WEEK, AGENT) == {
        (AGENT, "2026-11-16"): (2, 97.5), (AGENT, "2026-11-23"): (1, 100.0), (AGENT, "2026-11-30"): (1, 95.0),
    }  # fmt: skip
    assert scores(tmp_path / "h.db", MONTH, TEAM) == {(TEAM, "2026-11"): (3, 295 / 3), (TEAM, "2026-12"): (1, 95.0)}


def test_points_and_rules_of_a_week(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("a", MONDAY, True), talk("b", SUNDAY)])
    with Timeline(tmp_path / "h.db") as timeline:
        assert timeline.points(WEEK, AGENT) == [Point(AGENT, "2026-11-16", 2, 97.5, 1.0, 0, 1)]
        (charged,) = timeline.rule_points(WEEK, AGENT)
        assert (charged.rule, charged.charged, charged.points) == ("rule-a07", 1, 5.0)
        assert timeline.rules()["rule-a07"].title == "生硬拒绝"


def test_a_conversation_audited_again_replaces_its_earlier_self(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("a", MONDAY, True), talk("b", MONDAY)])
    keep(tmp_path / "h.db", [talk("a", MONDAY), talk("c", MONDAY)], rules="b" * 64)
    assert scores(tmp_path / "h.db", WEEK, AGENT) == {(AGENT, "2026-11-16"): (3, 100.0)}
    with Timeline(tmp_path / "h.db") as timeline:
        assert timeline.points(WEEK, AGENT)[0].rule_sets == 2
        assert timeline.rule_points(WEEK, AGENT) == []


def test_a_conversation_that_went_to_somebody_else_leaves_nothing_behind(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("a", MONDAY, agent="小云")])
    keep(tmp_path / "h.db", [talk("a", MONDAY, agent="小雨")])
    assert scores(tmp_path / "h.db", MONTH) == {
        (TEAM, "2026-11"): (1, 100.0), ("小雨", "2026-11"): (1, 100.0),
    }  # fmt: skip


@given(runs=st.lists(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=8), min_size=1, max_size=4))
def test_any_sequence_of_runs_keeps_the_latest_word_on_each_conversation(
    runs: list[list[tuple[int, bool]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    history = tmp_path_factory.mktemp("any") / "h.db"
    expected: dict[int, bool] = {}
    for conversations in runs:
        latest = dict(conversations)
        keep(history, [talk(f"S{n}", MONDAY, refused) for n, refused in latest.items()])
        expected.update(latest)
    count = len(expected)
    mean = 100 - 5 * sum(expected.values()) / count if count else 0
    found = scores(history, MONTH, AGENT)
    assert found == ({(AGENT, "2026-11"): (count, pytest.approx(mean))} if count else {})


def test_without_a_time_there_is_no_day(tmp_path: Path) -> None:
    assert keep(tmp_path / "h.db", [talk("a", None), talk("b", MONDAY)]) == 1
    assert scores(tmp_path / "h.db", WEEK, AGENT) == {(AGENT, "2026-11-16"): (1, 100.0)}


def test_nothing_is_entered_if_the_results_could_not_be_written(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("a", MONDAY)])
    draft = Draft(tmp_path / "draft.db", "a" * 64, 90.0)
    draft.add(talk("b", MONDAY))
    draft.done()
    with pytest.raises(KeyError), merged(tmp_path / "h.db", draft.path):
        raise KeyError
    draft.close()
    assert scores(tmp_path / "h.db", WEEK, AGENT) == {(AGENT, "2026-11-16"): (1, 100.0)}


def test_no_chat_text_and_no_customer_is_kept(tmp_path: Path) -> None:
    keep(tmp_path / "h.db", [talk("会话一号", MONDAY, True)])
    content = (tmp_path / "h.db").read_bytes()
    for words in ("不能退", "能退吗", "小***鱼", "会话一号"):
        assert words.encode() not in content


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("这不是数据库，只是一段比较长的文字。" * 20, encoding="utf-8")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE stock (id)")
    other.close()
    newer = sqlite3.connect(tmp_path / "newer.db")
    newer.executescript("PRAGMA application_id = 1635083313; PRAGMA user_version = 9; CREATE TABLE part (talk)")
    newer.close()
    for name, said in (("text.db", "不是质检历史"), ("other.db", "别的程序的数据库"), ("newer.db", "更新版本"),
                       ("没有/h.db", "文件夹不存在"), (".", "是一个文件夹")):  # fmt: skip
        with pytest.raises(AuditorError, match=said):
            check(tmp_path / name)
    check(tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each audits half of the conversations, twenty times over, into the same new file."""
    code = """
import sys
from datetime import datetime
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from test_history import keep, talk, MONDAY
for at in range(20):
    keep(Path(sys.argv[1]), [talk(f"{sys.argv[2]}{at}", MONDAY)])
"""
    # Each has its own draft beside the history, so each goes by a link of its own.
    for name in "xy":
        (tmp_path / name).mkdir()
    (tmp_path / "h.db").touch()
    for name in "xy":
        (tmp_path / name / "h.db").symlink_to(tmp_path / "h.db")
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / name / "h.db"), name, str(ROOT),
                          str(ROOT / "tests")])
        for name in "xy"
    ]  # fmt: skip
    assert [process.wait(timeout=300) for process in both] == [0, 0]
    assert scores(tmp_path / "h.db", WEEK, AGENT) == {(AGENT, "2026-11-16"): (40, 100.0)}


@pytest.mark.parametrize(("first", "last", "expected"), [
    ("2026-11-16", "2026-11-20", ("2026-11-09", "2026-11-15")),
    ("2026-11-17", "2026-11-22", ("2026-11-09", "2026-11-15")),
    ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31")),
    ("2026-11-02", "2026-11-28", ("2026-10-01", "2026-10-31")),
    ("2026-11-09", "2026-11-22", ("2026-10-26", "2026-11-08")),
    ("2026-10-20", "2026-11-22", ("2026-09-16", "2026-10-19")),
])  # fmt: skip
def test_what_a_period_is_compared_with(first: str, last: str, expected: tuple[str, str]) -> None:
    before = period_before(date.fromisoformat(first), date.fromisoformat(last))
    assert tuple(map(str, before)) == expected


def test_the_card_shows_the_change_and_what_it_compares_with() -> None:
    team, (card,) = make.cards([talk("a", MONDAY, True), talk("b", MONDAY)])
    assert [c.name for c in dimension_table(card, team).columns][-1] == "扣分合计"
    assert before_note(card, "a" * 64) is None
    before = Before(date(2026, 11, 9), date(2026, 11, 15), 4, 95.0, {"服务态度": 5.0}, ("a" * 12,))
    card = make.replace(card, before=before)
    table = dimension_table(card, team)
    assert table.columns[-1].name == "环比"
    changes = {row[0]: row[-1] for row in table.rows}
    assert changes["服务态度"] == pytest.approx(0.1)
    assert changes["违规红线"] == 0
    assert changes["综合得分"] == pytest.approx(0.025)
    assert before_note(card, "a" * 64) == "环比：与上一期 2026-11-09 至 2026-11-15（4 场，95.0 分）相比。"
    assert "换过规则" in str(before_note(card, "b" * 64))


def test_changes_and_periods_in_words() -> None:
    assert [change(90, 91.24), change(90, 89.5), change(90, 90.04)] == ["▲ 1.2", "▼ 0.5", "持平"]
    assert period_name(WEEK, "2026-12-28") == "2026-12-28 至 01-03"
    assert period_name(MONTH, "2026-03") == "2026 年 3 月"


def rows(day: str, refused: bool) -> list[list[str]]:
    """Two conversations of a day."""
    answer = "这款不能退" if refused else "您好，可以退的"
    said = [("S1", "小云", answer), ("S2", "小雨", "您好，可以的")]
    return [row for name, agent, text in said for row in (
        [f"{day}{name}", f"{day} 09:00:00", "客户", agent, "茶茶", "能退吗"],
        [f"{day}{name}", f"{day} 09:00:20", "客服", agent, "茶茶", text],
    )]  # fmt: skip


def test_two_weeks_one_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = tmp_path / "历史.db"
    for day, refused in (("2026-11-10", True), ("2026-11-17", False)):
        done(tmp_path, log(tmp_path, rows(day, refused), f"{day}.csv"), history=history, formats=BOTH)
    book = load_workbook(tmp_path / "out" / "客服评分卡_小云_20261117_20261117.xlsx")
    assert book.sheetnames == ["评分卡", "扣分明细", "会话列表", "会话原文", "趋势", "规则与口径"]
    card = [[cell.value for cell in row] for row in book["评分卡"].iter_rows()]
    head = next(row for row in card if row[0] == "考核维度")
    attitude = next(row for row in card if row[0] == "服务态度")
    assert dict(zip(head, attitude, strict=True))["环比"] == pytest.approx(5 / 30, abs=1e-4)
    assert any("与上一期 2026-11-10（1 场，93.0 分）相比" in str(row[0]) for row in card)
    weeks = [row[:4] for row in book["趋势"].iter_rows(min_row=3, max_row=4, values_only=True)]
    assert weeks == [("2026-11-09 至 11-15", 1, 93, "—"), ("2026-11-16 至 11-22", 1, 100, "▲ 7.0")]
    assert "趋势" in load_workbook(tmp_path / "out" / "团队汇总_20261117_20261117.xlsx").sheetnames

    with pytest.raises(SystemExit) as stop:
        main(["trend", "--history", str(history), "-o", str(tmp_path / "趋势.xlsx")])
    assert not stop.value.code
    shown = capsys.readouterr().out
    assert "小云" in shown
    assert "▲ 7.0" in shown
    trend = load_workbook(tmp_path / "趋势.xlsx")
    assert trend.sheetnames == ["趋势", "客服·周", "客服·月", "客服×规则·周", "客服×规则·月"]
    scored = {row[0]: row[1:] for row in trend["客服·周"].iter_rows(min_row=2, values_only=True)}
    assert scored == {"团队": ("▲ 3.5", 96.5, 100), "小云": ("▲ 7.0", 93, 100), "小雨": ("持平", 100, 100)}


def test_a_second_run_of_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    file = log(tmp_path, rows("2026-11-17", True))
    results = []
    for _ in range(2):
        done(tmp_path, file, history=tmp_path / "h.db", formats=BOTH)
        results.append({path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()})
    assert results[0] == results[1]


def test_a_bad_history_stops_the_run_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "h.db").write_text("不是数据库" * 300, encoding="utf-8")
    with pytest.raises(AuditorError, match="不是质检历史"):
        run(job(tmp_path, history=tmp_path / "h.db"))
    assert not (tmp_path / "out").exists()


def test_conversations_without_a_time_are_told(tmp_path: Path) -> None:
    bare = [[name, "", role, agent, customer, text] for name, _, role, agent, customer, text in rows("x", False)]
    outcome = done(tmp_path, log(tmp_path, bare), history=tmp_path / "h.db")
    assert "2 个会话没有时间，没有记入历史" in outcome.facts.left_out
    record: dict[str, Any] = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert "2 个会话没有时间，没有记入历史" in record["left_out"]


@pytest.mark.parametrize(("arguments", "said"), [
    (("--history", "没有.db"), "找不到历史文件"), ((), "缺少选项 --history"),
])  # fmt: skip
def test_trend_without_a_history(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["trend", *arguments])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
