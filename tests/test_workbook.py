"""The workbooks as their readers find them: reopened with openpyxl, value by value."""

from __future__ import annotations

import tempfile
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import factory_reports as make
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock

from auditor.reports import styles
from auditor.reports.celltext import CELL_UNITS, blocks, clean, clean_segments, excerpt, find_span, highlight, plain
from auditor.reports.filenames import LONGEST, file_name, safe, team_file_name
from auditor.reports.workbook import write_agent_workbook, write_team_workbook

AGENT = "示例旗舰店:小桃"
MORNING = datetime(2026, 11, 16, 9, 0, 5)


def write(path: Path, results: list[make.Scored], agent: str = AGENT, **more: Any) -> Any:
    """Write an agent's workbook and open it again."""
    team, cards = make.cards(results)
    card = next(card for card in cards if card.agent == agent)
    write_agent_workbook(path, card, team, iter(make.sessions(results, agent)), make.RULES, make.run_facts(), **more)
    return load_workbook(path, rich_text=True)


def one(*spots: make.Spot, lines: list[tuple[str, str]] | None = None, name: str = "S1") -> make.Scored:
    """A conversation of the agent in which the customer asks and the agent refuses."""
    said = lines or [("客户", "洗过一次能退吗？"), ("客服", "这个不能退的，不能退就是不能退。")]
    return make.scored(make.talk(name, AGENT, said, MORNING), spots)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    results = [*make.day(AGENT, 48, 2), *make.day("示例旗舰店:可可", 20, 1)]
    return write(tmp_path_factory.mktemp("book") / "card.xlsx", results)


def column(sheet: Any, heading: str) -> list[Any]:
    """The values below a heading of the first row."""
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == heading)
    return [cell.value for cell in sheet[letter][1:]]


def texts(sheet: Any) -> list[str]:
    """Every text of a sheet."""
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def hot(value: Any) -> list[str]:
    """The red and bold runs of a cell."""
    if not isinstance(value, CellRichText):
        return []
    return [b.text for b in value if isinstance(b, TextBlock) and b.font.b and b.font.color.rgb == "FFC00000"]


def test_the_agent_workbook_has_its_five_sheets(book: Any) -> None:
    assert book.sheetnames == ["评分卡", "扣分明细", "会话列表", "会话原文", "规则与口径"]


def test_the_card_prints_on_one_portrait_a4_page(book: Any) -> None:
    card = book["评分卡"]
    setup = card.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToWidth, setup.fitToHeight) == (9, "portrait", 1, 1)
    assert card.sheet_properties.pageSetUpPr.fitToPage
    assert card.print_area == f"'评分卡'!$A$1:$J${card.max_row}"
    assert card.page_margins.bottom > card.page_margins.footer


def test_the_card_says_what_a_manager_asks_for(book: Any) -> None:
    said = "\n".join(texts(book["评分卡"]))
    for words in (
        "客服服务质量评分卡",
        AGENT,
        "综合得分",
        "95% 区间",
        "等级",
        "2 / 2",
        "合格率",
        "致命项",
        "首次响应均值",
    ):
        assert words in said
    for words in ("主要问题与改进建议", "客服签字", "质检员签字", "主管签字", "须经人工复核", "申诉"):
        assert words in said
    assert len(book["评分卡"]._charts) == 2


def test_the_dimension_table_adds_up_to_the_score(book: Any) -> None:
    card = book["评分卡"]
    rows = [[cell.value for cell in row] for row in card.iter_rows(min_col=1, max_col=10)]
    start = next(at for at, row in enumerate(rows) if row[0] == "考核维度") + 1
    end = next(at for at, row in enumerate(rows) if at >= start and row[0] == "综合得分")
    parts = [row[3] for row in rows[start:end]]
    assert len(parts) == 6
    assert rows[end][3] == pytest.approx(sum(parts))


def test_the_card_quotes_the_agent_with_the_hit_in_red(book: Any) -> None:
    quotes = [words for row in book["评分卡"].iter_rows() for cell in row for words in hot(cell.value)]
    assert "不能退" in quotes
    assert any("我帮您申请换货" in text for text in texts(book["评分卡"]))


def test_red_runs_are_exactly_the_words_hit(tmp_path: Path) -> None:
    sheet = write(tmp_path / "a.xlsx", [one(make.Spot(make.REFUSAL, 1, "不能退"))])["扣分明细"]
    evidence = column(sheet, "证据")[0]
    assert hot(evidence) == ["不能退"]
    assert str(evidence) == "这个不能退的，不能退就是不能退。"


def test_what_was_not_charged_stands_below_and_says_why(tmp_path: Path) -> None:
    result = one(
        make.Spot(make.TRIAL, 1, "就是"),
        make.Spot(make.FILLER, 1, "不能", exemption="顾客先说的"),
        make.Spot(make.REFUSAL, 1, "不能退"),
        make.Spot(make.PRAISE, 1, "是"),
    )
    sheet = write(tmp_path / "a.xlsx", [result])["扣分明细"]
    assert column(sheet, "处理") == ["已扣分", "已加分", "试运行，不扣分", "豁免：顾客先说的"]
    assert column(sheet, "扣分") == [-5, 2, 0, 0]
    assert column(sheet, "级别") == ["严重", "加分", "一般", "一般"]


def test_a_covered_finding_names_the_rule_that_was_charged(tmp_path: Path) -> None:
    result = one(make.Spot(make.FILLER, 1, "不能"), make.Spot(make.REFUSAL, 1, "不能退"))
    assert "已并入 A07 生硬拒绝" in column(write(tmp_path / "a.xlsx", [result])["扣分明细"], "处理")


def test_every_link_leads_to_the_message_it_names(book: Any) -> None:
    sheet, talk = book["扣分明细"], book["会话原文"]
    found = 0
    for row in sheet.iter_rows(min_row=2):
        place = row[9].hyperlink.location
        assert place.startswith("'会话原文'!A")
        target = talk[int(place.rsplit("A", 1)[1])]
        rule = str(row[4].value)
        if rule.startswith("C09"):
            assert str(target[0].value).startswith(f"会话 {row[1].value}　")
        else:
            assert rule in str(target[4].value)
            found += 1
    assert found > 10


def test_appeal_and_verdict_are_chosen_from_lists_and_only_they_are_open(book: Any) -> None:
    sheet = book["扣分明细"]
    lists = {str(item.sqref).split(":")[0]: item.formula1 for item in sheet.data_validations.dataValidation}
    assert lists == {"L2": '"是,否"', "N2": '"成立,误判,申诉成立"'}
    assert [cell.value for cell in sheet[1]][11:] == ["申诉", "申诉理由", "复核结果", "复核人", "指纹", "规则标识"]
    assert [cell.protection.locked for cell in sheet[2]] == [True] * 11 + [False] * 4 + [True] * 2
    assert sheet.protection.sheet
    assert not sheet.protection.password


def test_findings_repeat_their_header_and_filter(book: Any) -> None:
    sheet = book["扣分明细"]
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:Q{sheet.max_row}"
    assert sheet.page_setup.orientation == "landscape"


def test_all_conversations_are_listed_and_only_flagged_ones_are_quoted(book: Any) -> None:
    listed = column(book["会话列表"], "会话编号")
    links = [cell.hyperlink is not None for cell in book["会话列表"]["M"][1:]]
    quoted = [text for text in texts(book["会话原文"]) if text.startswith("会话 ")]
    assert len(listed) == 48
    assert 0 < sum(links) < 48
    assert len(quoted) == sum(links)


def test_times_and_figures_are_real_numbers(book: Any) -> None:
    sheet = book["会话列表"]
    assert isinstance(column(sheet, "开始时间")[0], datetime)
    assert isinstance(column(sheet, "首次响应")[0], (time, timedelta))
    assert sheet["G2"].number_format == styles.DURATION


def test_without_times_the_card_says_so(tmp_path: Path) -> None:
    conversation = make.talk("S1", AGENT, [("客户", "在吗"), ("客服", "这个不能退的")], None)
    result = make.scored(conversation, [make.Spot(make.REFUSAL, 1, "不能退")])
    opened = write(tmp_path / "a.xlsx", [result])
    assert texts(opened["评分卡"]).count("无时间数据") == 8
    assert column(opened["扣分明细"], "时间") == ["无时间数据"]
    assert "日志里没有时间" in "".join(texts(opened["评分卡"]))


def test_an_agent_without_findings_gets_a_whole_card(tmp_path: Path) -> None:
    opened = write(tmp_path / "a.xlsx", [one()])
    assert "本期没有扣分的问题。" in texts(opened["评分卡"])
    assert "本期没有命中任何规则" in texts(opened["扣分明细"])
    assert len(opened["评分卡"]._charts) == 1


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    results = make.day(AGENT, 30, 2)
    write(tmp_path / "one.xlsx", results)
    write(tmp_path / "two.xlsx", results)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.xlsx", "two.xlsx"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    team, cards = make.cards([one()])

    def broken() -> Any:
        yield from make.sessions([one()], AGENT)
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError):
        write_agent_workbook(path, cards[0], team, broken(), make.RULES, make.run_facts())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.com","点我")',
    "#N/A",
    "+86 的号码",
    "-1",
    "@某人",
    "'单引号",
    "<b>&amp;</b>",
    "  前后空格  ",
    "表情😀与生僻字𠮷",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    lines = [("客户", text), ("客服", f"{text}不能退")]
    opened = write(tmp_path / "a.xlsx", [one(make.Spot(make.REFUSAL, 1, "不能退"), lines=lines, name=text)])
    cells = [cell for cell in opened["会话原文"]["D"] if str(cell.value) == text]
    assert [cell.data_type for cell in cells] == ["s"]
    assert column(opened["会话列表"], "会话编号") == [text]
    assert str(opened["扣分明细"]["H2"].value) == f"{text}不能退"
    assert hot(opened["扣分明细"]["H2"].value) == ["不能退"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x00b\x1bc\x9f", "a\ufffdb\ufffdc\ufffd"),
        ("\ud800坏\udfff", "\ufffd坏\ufffd"),
        ("\ufffe\uffff\ufdd0", "\ufffd\ufffd\ufffd"),
        ("\u202e反过来\u2066\u200f", "反过来"),
        ("行一\r\n行二\r行三", "行一\n行二\n行三"),
        ("_x000D_", "_x005F_x000D_"),
    ],
)
def test_clean_text_opens_everywhere(tmp_path: Path, raw: str, shown: str) -> None:
    assert clean(raw) == shown
    result = one(make.Spot(make.REFUSAL, 1, "不能退"), lines=[("客户", raw), ("客服", f"{raw}不能退")], name=f"S{raw}")
    opened = write(tmp_path / "a.xlsx", [result])
    assert hot(opened["扣分明细"]["H2"].value) == ["不能退"]


def test_masking_that_moves_the_words_still_finds_them(tmp_path: Path) -> None:
    result = one(make.Spot(make.REFUSAL, 1, "不能退"), lines=[("客户", "？"), ("客服", "电话13800000000，不能退")])
    team, cards = make.cards([result])
    shown = make.sessions([result], AGENT, lambda text: text.replace("13800000000", "[电话]"))
    write_agent_workbook(tmp_path / "a.xlsx", cards[0], team, shown, make.RULES, make.run_facts())
    evidence = load_workbook(tmp_path / "a.xlsx", rich_text=True)["扣分明细"]["H2"].value
    assert str(evidence) == "电话[电话]，不能退"
    assert hot(evidence) == ["不能退"]


def test_a_very_long_message_is_shown_whole_over_several_rows(tmp_path: Path) -> None:
    long = "很长的说明。" * 2000 + "不能退"
    opened = write(
        tmp_path / "a.xlsx", [one(make.Spot(make.REFUSAL, 1, "不能退"), lines=[("客户", "？"), ("客服", long)])]
    )
    rows = [row for row in opened["会话原文"].iter_rows(min_row=2) if row[1].value in ("客服", "（续）")]
    assert "".join(str(row[3].value) for row in rows) == long
    assert hot(rows[-1][3].value) == ["不能退"]
    assert all(opened["会话原文"].row_dimensions[row[0].row].height < 409 for row in rows)


def test_a_full_sheet_goes_on_in_the_next_and_says_so(tmp_path: Path) -> None:
    results = [one(make.Spot(make.REFUSAL, 1, "不能退"), name=f"S{at}") for at in range(30)]
    opened = write(tmp_path / "a.xlsx", results, max_rows=40)
    assert opened.sheetnames[3:] == ["会话原文", "会话原文(2)", "会话原文(3)", "会话原文(4)", "规则与口径"]
    assert opened["会话原文"].max_row == 40
    assert opened["会话原文"]["A40"].value == "本表已写满，后续内容见工作表“会话原文(2)”。"
    place = opened["扣分明细"]["J31"].hyperlink.location
    sheet, cell = place.split("!")
    assert sheet == "'会话原文(4)'"
    assert "A07" in str(opened[sheet.strip("'")][int(cell[1:])][4].value)


@pytest.fixture(scope="module")
def team_book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("team")
    agents = ["示例旗舰店:可可", "示例旗舰店:小桃", "示例旗舰店:阿杰"]
    results = [item for at, agent in enumerate(agents, 1) for item in make.day(agent, 36, at)]
    team, cards = make.cards(results)
    taken: set[str] = set()
    files = {card.agent: file_name(card.agent, card.start, card.end, taken) for card in cards}
    write_team_workbook(folder / "team.xlsx", team, cards, make.RULES, make.run_facts(), files)
    first = (folder / "team.xlsx").read_bytes()
    write_team_workbook(folder / "team.xlsx", team, cards, make.RULES, make.run_facts(), files)
    assert first == (folder / "team.xlsx").read_bytes()
    return load_workbook(folder / "team.xlsx", rich_text=True)


def test_the_team_workbook_has_its_sheets(team_book: Any) -> None:
    assert team_book.sheetnames == [
        "总览", "排名", "规则×客服", "规则统计", "指标·店铺口径", "分时段", "数据质量", "规则与口径",
    ]  # fmt: skip
    assert len(team_book["总览"]._charts) == 2


def test_the_overview_warns_of_unread_rows_in_red(team_book: Any) -> None:
    cells = [cell for row in team_book["总览"].iter_rows() for cell in row if "没有读入" in str(cell.value)]
    assert [cell.value for cell in cells] == [
        "有 6 行没有读入，未参与评分（没有角色 4 行；时间无法识别 2 行）。逐行见 unread.csv。"
    ]
    assert cells[0].font.color.rgb == "009C0006"


def test_the_ranking_links_to_the_agents_files(team_book: Any) -> None:
    sheet = team_book["排名"]
    assert column(sheet, "排名") == [1, 2, 3]
    scores = column(sheet, "得分")
    assert scores == sorted(scores, reverse=True)
    for row in sheet.iter_rows(min_row=2):
        assert row[13].hyperlink.target == f"客服评分卡_{row[1].value.replace(':', '_')}_20261116_20261116.xlsx"


def test_the_matrix_counts_add_up_to_the_team(team_book: Any) -> None:
    for row in team_book["规则×客服"].iter_rows(min_row=2, values_only=True):
        assert row[1] == sum(row[2:])
    assert len(team_book["规则×客服"].conditional_formatting) == 2


def test_rule_statistics_count_what_became_of_hits(team_book: Any) -> None:
    sheet = team_book["规则统计"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["A12"][8] == rows["A12"][5] > 0
    assert rows["A07"][5] == rows["A07"][6] + rows["A07"][7]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("示例旗舰店:可可", "客服评分卡_示例旗舰店_可可_20261116_20261122.xlsx"),
        ('a\\b/c*?"<>|d', "客服评分卡_a_b_c_d_20261116_20261122.xlsx"),
        ("可可. . ", "客服评分卡_可可_20261116_20261122.xlsx"),
        ("\x00\u202e\ud800", "客服评分卡_未命名_20261116_20261122.xlsx"),
        ("../../etc", "客服评分卡_etc_20261116_20261122.xlsx"),
        ("#1 客服 100%", "客服评分卡_1_客服_100_20261116_20261122.xlsx"),
        ("CON", "客服评分卡__CON_20261116_20261122.xlsx"),
    ],
)
def test_file_names_are_allowed_everywhere(agent: str, expected: str) -> None:
    assert file_name(agent, datetime(2026, 11, 16), datetime(2026, 11, 22)) == expected


def test_file_names_have_no_days_without_times() -> None:
    assert file_name("可可", None, None) == "客服评分卡_可可.xlsx"
    assert team_file_name(None, None) == "团队汇总.xlsx"
    assert team_file_name(MORNING, MORNING) == "团队汇总_20261116_20261116.xlsx"


@given(st.lists(st.text(max_size=120), min_size=1, max_size=12, unique=True))
def test_file_names_are_never_given_twice(agents: list[str]) -> None:
    taken: set[str] = set()
    names = [file_name(agent, MORNING, MORNING, taken) for agent in agents]
    assert len({name.casefold() for name in names}) == len(agents)
    for name in names:
        assert len(name) <= LONGEST
        assert len(name.encode()) <= 255
        assert safe(name) == name


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_highlighting_never_changes_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    pieces = highlight(text, spans)
    assert plain(pieces) == text
    covered = {at for start, end in spans for at in range(start, min(end, len(text)))}
    assert sum(len(piece.text) for piece in pieces if piece.hot) == len(covered)


@given(st.text(max_size=400), st.integers(4, 40), st.integers(1, 6))
def test_blocks_are_the_whole_text_in_order(text: str, width: int, lines: int) -> None:
    parts = blocks(text, width, lines)
    assert "".join(text[start:end] for start, end in parts) == text


def test_excerpts_keep_the_hit_in_the_middle() -> None:
    pieces = excerpt("前" * 100 + "不能退" + "后" * 100, (100, 103), 5)
    assert plain(pieces) == "…前前前前前不能退后后后后后…"
    assert [piece.text for piece in pieces if piece.hot] == ["不能退"]


def test_a_quote_is_marked_where_it_was_said() -> None:
    assert find_span("不能退。不能退", [4, 7], "不能退") == (4, 7)
    assert find_span("[电话]不能退。不能退", [15, 18], "不能退") == (8, 11)


def test_a_quote_that_masking_removed_is_not_marked() -> None:
    assert find_span("电话 [已隐藏]", [3, 14], "13800000000") is None


@given(st.text(min_size=1, max_size=8))
def test_no_cell_is_longer_than_excel_allows(text: str) -> None:
    long = text * (CELL_UNITS // len(text) + 10)
    assert len(clean(long).encode("utf-16-le")) // 2 <= CELL_UNITS
    pieces = clean_segments(highlight(long, [(0, 10), (CELL_UNITS - 100, CELL_UNITS)]))
    assert len(plain(pieces).encode("utf-16-le")) // 2 <= CELL_UNITS
