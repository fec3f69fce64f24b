"""Service figures where people look: the card's table, a sheet for each preset, the sheet by hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import factory_reports as make
import pytest
from openpyxl import load_workbook

from auditor.chat import Conversation, Message, Role
from auditor.kpis import contact
from auditor.presets import Preset
from auditor.reports.kpirecords import FIGURES, service_record
from auditor.reports.kpitables import (
    GROUPS,
    HEADLINES,
    NOTES,
    change_text,
    compared,
    preset_sentences,
    presets_used,
    target_text,
)
from auditor.reports.tables import profile_name
from auditor.reports.workbook import write_agent_workbook, write_team_workbook
from auditor.rulepresets import load_presets
from auditor.scoring import Before, Scorecard, Tally, scorecard

PRESETS = load_presets()
QUICK, SLOW = "示例旗舰店:可可", "示例旗舰店:小桃"
DAY = datetime(2026, 11, 16)


def talk(agent: str, asked: str, *waits: int) -> Conversation:
    """A conversation that begins at a time and whose questions are answered after these seconds."""
    moment, messages = DAY.replace(hour=int(asked[:2]), minute=int(asked[3:])), []
    for wait in waits:
        messages.append(Message(Role.CUSTOMER, "这款有货吗", moment))
        moment += timedelta(seconds=wait)
        messages.append(Message(Role.AGENT, "有货的亲", moment, agent))
        moment += timedelta(seconds=60)
    return Conversation(f"{agent}{asked}", tuple(messages), agent, asked, "示例旗舰店", "淘宝")


TALKS = [talk(QUICK, "09:00", 10, 20), talk(QUICK, "10:30", 15), talk(SLOW, "10:00", 40, 200), talk(SLOW, "22:50", 95)]


def cards_of(talks: list[Conversation], names: tuple[str, ...]) -> tuple[Scorecard, list[Scorecard]]:
    """The team's and the agents' cards, with figures by these presets."""
    tallies: dict[str, Tally] = {agent: Tally() for agent in dict.fromkeys(t.agent or "" for t in talks)}
    team = Tally()
    for one in talks:
        contacts = [contact(one, PRESETS[name]) for name in names]
        tallies[one.agent or ""].served(one, one.agent, contacts)
        team.served(one, None, contacts)
    made = [scorecard(agent, "示例旗舰店", tally, make.SCHEME, {}) for agent, tally in tallies.items()]
    ranked = [replace(card, rank=at, of=len(made)) for at, card in enumerate(made, 1)]
    return scorecard("团队", None, team, make.SCHEME, {}), ranked


TEAM, CARDS = cards_of(TALKS, ("house", "taobao"))
RUN = make.run_facts(presets=PRESETS)


def team_book(folder: Path, talks: list[Conversation], names: tuple[str, ...], **more: Preset) -> Any:
    team, cards = cards_of(talks, names)
    write_team_workbook(folder / "team.xlsx", team, cards, (), make.run_facts(presets={**PRESETS, **more}), {})
    return load_workbook(folder / "team.xlsx")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return team_book(tmp_path_factory.mktemp("team"), TALKS, ("house", "taobao"))


def rows_of(sheet: Any) -> dict[str, tuple[Any, ...]]:
    return {str(row[0]): row[1:] for row in sheet.iter_rows(values_only=True) if row[0] is not None}


def seconds(value: Any) -> float:
    """What a cell of a length of time holds, in seconds."""
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    assert isinstance(value, timedelta)
    return value.total_seconds()


def test_each_preset_used_has_a_sheet_the_platforms_first(book: Any) -> None:
    assert book.sheetnames[4:7] == ["指标·淘宝", "指标·店铺口径", "分时段"]


def test_agents_are_rows_below_the_team_and_the_targets(book: Any) -> None:
    sheet = book["指标·淘宝"]
    assert [cell.value for cell in sheet["A"][2:7]] == ["客服", "目标", "团队", QUICK, SLOW]
    headings = [cell.value for cell in sheet[3]]
    at = headings.index("首次响应均值")
    assert [seconds(sheet.cell(row, at + 1).value) for row in (4, 6, 7)] == [30, 12.5, 67.5]
    assert sheet.cell(6, at + 1).number_format.endswith('[m]" 分 "s" 秒"')
    rate = headings.index("回复率") + 1
    assert [round(sheet.cell(row, rate).value, 4) for row in (4, 5, 6, 7)] == [0.9, 0.8333, 1, 0.6667]
    assert sheet.cell(7, headings.index("客服消息") + 1).number_format == '#,##0" 条"'


def test_missed_targets_are_named_and_coloured_against_the_target_cell(book: Any) -> None:
    sheet = book["指标·淘宝"]
    assert [sheet.cell(row, 2).value for row in (5, 6, 7)] == [
        "首次响应均值、回复率、打字速度", "打字速度", "首次响应均值、回复率、打字速度",
    ]  # fmt: skip
    formulas = {str(area.sqref): rule.formula[0] for area in sheet.conditional_formatting for rule in area.rules}
    headings = [cell.value for cell in sheet[3]]
    column = sheet.cell(4, headings.index("首次响应均值") + 1).column_letter
    cell, target = f"{column}5", f"{column}$4"
    assert formulas[f"{column}5:{column}7"] == f"AND(ISNUMBER({cell}),ISNUMBER({target}),{cell}>{target})"


def test_the_sheet_says_how_it_counts_and_what_it_cannot_tell(book: Any) -> None:
    said = "\n".join(str(row[2]) for row in book["指标·淘宝"].iter_rows(min_row=8, values_only=True) if row[2])
    assert "g8108 2025-06" in said
    assert "计入的时段 08:00–23:00，按提问时间看" in said
    assert "超过 600 秒的一轮，在平均响应里按 600 秒计" in said
    assert "没有列出：留言跟进率、留言跟进用时（开门起）、下单率、付款率、询单转化率" in said
    headings = [cell.value for cell in book["指标·淘宝"][3]]
    assert "没有时间、判不了的轮次" not in headings


def test_an_own_preset_gets_a_sheet_of_its_own_name(tmp_path: Path) -> None:
    mine = replace(PRESETS["house"], name="小红书/抢单:很长很长很长很长很长很长很长很长很长很长很长", title="小红书")
    made = Tally()
    made.served(TALKS[0], None, [contact(TALKS[0], mine)])
    card = scorecard("团队", None, made, make.SCHEME, {})
    write_team_workbook(tmp_path / "a.xlsx", card, [], (), make.run_facts(presets={mine.name: mine}), {})
    names = load_workbook(tmp_path / "a.xlsx").sheetnames
    assert names[4].startswith("指标·小红书_抢单_很长")
    assert len(names[4]) == 31


def test_hours_of_the_team(book: Any) -> None:
    sheet = book["分时段"]
    rows = rows_of(sheet)
    hours = [value for value in next(sheet.iter_rows(min_row=2, max_row=2, values_only=True))[1:] if value]
    assert (hours[0], hours[-1], len(hours)) == ("9点", "22点", 14)
    assert rows["顾客消息（条）"][:2] == (2, 3)
    assert seconds(rows["首次响应均值"][0]) == 10
    assert seconds(rows["最长等待"][1]) == 200
    assert rows["超过 3 分钟（轮）"][1] == 1
    assert rows["首次响应均值"][5] is None


def test_the_sheet_by_hour_has_heat_and_charts(book: Any) -> None:
    sheet = book["分时段"]
    assert len(sheet.conditional_formatting) == 8 + 3
    assert [type(chart).__name__ for chart in sheet._charts] == ["BarChart", "LineChart"]
    waits = sheet._charts[1].series
    assert [series.tx.v for series in waits] == ["首次响应均值", "平均响应", "响应 90 分位"]
    assert waits[0].val.numRef.f == "'分时段'!$B$5:$O$5"
    assert len(waits[0].val.numRef.numCache.pt) == 3
    titles = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert titles.count(QUICK) == titles.count(SLOW) == 3


def test_without_times_there_is_no_sheet_by_hour(tmp_path: Path) -> None:
    untimed = [replace(one, messages=tuple(replace(m, time=None) for m in one.messages)) for one in TALKS]
    opened = team_book(tmp_path, untimed, ("house",))
    assert "分时段" not in opened.sheetnames
    headings = [cell.value for cell in opened["指标·店铺口径"][3]]
    assert "没有时间、判不了的轮次" in headings
    assert "首次响应均值" not in headings


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_team_workbook(tmp_path / name, TEAM, CARDS, (), RUN, {})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def card_rows(path: Path, card: Scorecard) -> dict[str, tuple[Any, ...]]:
    write_agent_workbook(path, card, TEAM, (), (), RUN)
    return rows_of(load_workbook(path)["评分卡"])


def test_the_card_compares_with_team_and_target(tmp_path: Path) -> None:
    rows = card_rows(tmp_path / "a.xlsx", CARDS[1])
    assert "响应与接待指标 · 淘宝 3 分钟人工响应率" in rows
    assert rows["指标"] == (None, "本人", "团队", "目标", "达标", "说明", None, None, None)
    own, team, target, verdict, note = rows["首次响应均值"][1:6]
    assert (seconds(own), seconds(team), target, verdict) == (67.5, 40, "≤ 30 秒", "✗ 未达")
    assert note == "2 次首次响应，中位数 40 秒"
    assert rows["回复率"][1:6] == (0.6667, 0.8333, "≥ 90.0%", "✗ 未达", "按轮次，3 分内；不足 100 轮，平台不考核")
    assert rows["答问比"][1:5] == (1, 1, "—", "—")
    assert seconds(rows["最长等待"][1]) == 200
    assert rows["最长等待"][5] == "超时 1 轮，未回复 0 轮"
    quick = card_rows(tmp_path / "b.xlsx", CARDS[0])
    assert quick["首次响应均值"][4] == "✓ 达到"


def test_with_history_the_card_shows_the_change(tmp_path: Path) -> None:
    figures = {"taobao": {"first_response_mean_s": 80.0, "reply_rate": 0.6667, "answer_ratio": None}}
    before = Before(DAY.date(), DAY.date(), 3, 90.0, {}, (), figures)
    rows = card_rows(tmp_path / "a.xlsx", replace(CARDS[1], before=before))
    assert rows["指标"] == (None, "本人", "团队", "目标", "达标", "较上期", "说明", None, None)
    assert rows["首次响应均值"][5] == "▼ 12.5 秒"
    assert rows["回复率"][5] == "持平"
    assert rows["答问比"][5] == "—"
    without = card_rows(tmp_path / "b.xlsx", replace(CARDS[1], before=replace(before, figures={})))
    assert "较上期" not in without["指标"]


def test_the_card_stays_on_one_page(tmp_path: Path) -> None:
    write_agent_workbook(tmp_path / "a.xlsx", CARDS[0], TEAM, (), (), RUN)
    sheet = load_workbook(tmp_path / "a.xlsx")["评分卡"]
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)


@pytest.mark.parametrize(("name", "change", "told"), [
    ("reply_rate", 0.021, "▲ 2.1 个百分点"), ("reply_rate", -0.021, "▼ 2.1 个百分点"),
    ("longest_wait_s", 130.0, "▲ 2 分 10 秒"), ("answer_ratio", 0.1, "▲ 0.1"),
    ("typing_per_minute", -3.5, "▼ 3.5 字/分"), ("rounds", 0.0, "持平"), ("rounds", None, "—"),
])  # fmt: skip
def test_changes_in_words(name: str, change: float | None, told: str) -> None:
    assert change_text(name, change) == told


def test_targets_in_words() -> None:
    assert target_text("reply_rate", 0.9) == "≥ 90.0%"
    assert target_text("first_response_mean_s", 30.0) == "≤ 30 秒"
    assert target_text("typing_per_minute", 80) == "≥ 80.0 字/分"
    assert target_text("rounds", None) == "—"


def test_every_figure_has_its_column_and_every_headline_its_remark() -> None:
    assert sorted(name for _, names in GROUPS for name in names) == sorted({*FIGURES} - {"first_response_count"})
    assert set(NOTES) == set(HEADLINES)
    for preset in PRESETS.values():
        assert set(preset.targets) <= set(FIGURES)
        for row in compared(CARDS[0], TEAM, preset):
            assert row.note


def test_every_preset_says_how_it_counts() -> None:
    said = {name: "\n".join(preset_sentences(preset)) for name, preset in PRESETS.items()}
    assert len(set(said.values())) == len(said)
    assert "按会话开始时间看" in said["jd"]
    assert "停顿超过 10 分再开口" in said["jd"]
    assert "回复率按顾客算" in said["pdd"]
    assert "会话的平均等待不超过 3 分" in said["douyin"]
    assert "智能辅助代答算有效回复" in said["taobao"]
    assert "改写了：gap" in preset_sentences(replace(PRESETS["jd"], changed=("gap",)))[-1]


def test_presets_used_come_by_conversations_the_house_last() -> None:
    team, _ = cards_of(TALKS, ("house", "jd", "taobao"))
    assert [preset.name for preset in presets_used(team, PRESETS)] == ["jd", "taobao", "house"]
    assert (TEAM.leading, cards_of(TALKS, ("house",))[0].leading) == ("taobao", "house")


def test_team_figures_are_no_averages_of_averages() -> None:
    record = service_record(TEAM.services["taobao"], PRESETS["taobao"])
    assert record["response_mean_s"] == round((10 + 20 + 15 + 40 + 200 + 95) / 6, 2)


@pytest.mark.parametrize(("profile", "shown"), [
    ("jd", "京东（jd）"),
    ("jd 12、taobao 4", "京东 12 个会话、淘宝 4 个会话"),
    ("my-shop 3、pdd 1", "my-shop 3 个会话、拼多多 1 个会话"),
    ("my-shop", "my-shop"),
])  # fmt: skip
def test_platforms_are_named_as_people_name_them(profile: str, shown: str) -> None:
    assert profile_name(profile) == shown
