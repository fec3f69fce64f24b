"""CSV and its kin: RFC 4180, physical line numbers, and one spoilt record costs one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from factory_readers import HEADINGS, read_bytes, read_paths, table, ten_rows

from auditor.readers import Options
from auditor.readers.records import MAX_TEXT

TEXTS = [row[5] for row in ten_rows()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CSV-03 CR"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "CSV-15 semicolon", "bar"])
def test_line_ends_and_delimiters(tmp_path: Path, delimiter: str, end: str) -> None:
    outcome = read_bytes(tmp_path, table(ten_rows(), delimiter, end).encode())
    assert outcome.texts == TEXTS
    assert [m.place.line for m in outcome.messages if m.place] == list(range(2, 12))


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    lines = table(ten_rows()).splitlines()
    text = "".join(line + end for line, end in zip(lines, ["\n", "\r\n", "\r"] * 4, strict=False))
    assert read_bytes(tmp_path, text.encode()).texts == TEXTS


def test_quoted_delimiters_quotes_and_breaks(tmp_path: Path) -> None:
    """CSV-01"""
    rows = ten_rows()
    rows[2][5] = '一,二"三"\n四\r\n五'
    rows[4][5] = '"'
    outcome = read_bytes(tmp_path, table(rows).encode())
    assert outcome.texts == [row[5] for row in rows]
    assert outcome.messages[3].place is not None
    assert outcome.messages[3].place.line == 7, "the record before it takes three lines"


def test_no_line_end_at_the_end(tmp_path: Path) -> None:
    """CSV-05"""
    assert read_bytes(tmp_path, table(ten_rows()).rstrip("\n").encode()).texts == TEXTS


def test_blank_lines_and_blank_rows_are_no_rows(tmp_path: Path) -> None:
    text = table(ten_rows()).replace("\n", "\n\n,,,,,\n")
    outcome = read_bytes(tmp_path, text.encode())
    assert outcome.texts == TEXTS
    assert outcome.ledger.inputs[0].rows_in == 10


def test_empty_cells_beyond_the_heading_do_no_harm(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, table([[*row, "", ""] for row in ten_rows()]).encode()).texts == TEXTS


def _spoilt(line: int, text: str, rows: list[list[str]] | None = None) -> bytes:
    lines = table(rows or ten_rows()).split("\n")
    lines[line - 1] = text
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('S1,2026-11-16 09:00:05,客户,甲,乙,"没有收尾', "引号没有成对：双引号没有收尾", id="open"),
        pytest.param('S1,2026-11-16 09:00:05,客户,"甲,乙,丙', "引号没有成对：双引号没有收尾", id="open in the middle"),
        pytest.param(
            r'S1,2026-11-16 09:00:05,客户,甲,乙,"他说\"好\""',
            "引号没有成对：收尾的双引号后面应是分隔符",
            id="CSV-21 backslash",
        ),
        pytest.param("S1,2026-11-16 09:00:05,客户,甲,乙", "列数不对：表头 6 列，这一行 5 列", id="CSV-09 short"),
        pytest.param("S1,2026-11-16 09:00:05,客户,甲,乙,丙,丁", "列数不对：表头 6 列，这一行 7 列", id="long"),
        pytest.param('S1,2026-11-16 09:00:05,客户,甲,"乙"', "列数不对：表头 6 列，这一行 5 列", id="short and quoted"),
        pytest.param("合计,10,,,,", "合计行：这是合计，不是消息", id="CSV-29 totals line"),
    ],
)
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "among quoted cells"])
def test_one_spoilt_row_costs_one_line(tmp_path: Path, text: str, reason: str, quoted: bool) -> None:
    """Also where a later cell is quoted, with a delimiter at its start, so that an open quote could end there."""
    rows = ten_rows()
    if quoted:
        rows[6][5], rows[8][5] = ',先逗号,"引"', "两行\n消息"
    outcome = read_bytes(tmp_path, _spoilt(6, text, rows))
    assert [(r.line, r.reason) for r in outcome.rejects] == [(6, reason)]
    assert outcome.texts == [row[5] for n, row in enumerate(rows) if n != 4]


def test_open_quote_early_in_two_thousand_rows(tmp_path: Path) -> None:
    """CSV-19"""
    rows = ten_rows() * 200
    outcome = read_bytes(tmp_path, _spoilt(5, 'S1,2026-11-16 09:00:05,客户,甲,乙,"没有收尾', rows))
    assert outcome.rejected_lines == [5]
    assert len(outcome.texts) == 1999


def test_a_record_that_breaks_off_in_bad_bytes_costs_its_line_and_theirs(tmp_path: Path) -> None:
    content = _spoilt(6, 'S1,2026-11-16 09:00:05,客户,甲,乙,"两行').split(b"\n")
    content[6] = b"\xff\xff"
    outcome = read_bytes(tmp_path, b"\n".join(content))
    assert outcome.rejected_lines == [6, 7]


def test_other_order_and_unknown_columns(tmp_path: Path) -> None:
    """CSV-13"""
    head = ("备注", "消息内容", "发送方", "客服昵称", "SESSION ID", "\ufeff发送时间", "买家昵称", "满意度")
    rows = [["x", r[5], r[2], r[3], r[0], r[1], r[4], ""] for r in ten_rows()]
    outcome = read_bytes(tmp_path, table(rows, headings=head).encode())
    assert outcome.texts == TEXTS
    assert [c.id for c in outcome.conversations] == ["S1", "S2"]


def test_ten_thousand_columns(tmp_path: Path) -> None:
    """CSV-25"""
    head = (*HEADINGS, *(f"c{n}" for n in range(10_000)))
    rows = [[*row, *["x"] * 10_000] for row in ten_rows()]
    assert read_bytes(tmp_path, table(rows, headings=head).encode()).texts == TEXTS


def test_spaces_round_names_are_trimmed(tmp_path: Path) -> None:
    """CSV-31"""
    rows = [[f"  {cell} " for cell in row] for row in ten_rows()]
    outcome = read_bytes(tmp_path, table(rows).encode())
    assert [c.agent for c in outcome.conversations] == ["示例店:小云", "示例店:阿泽"]
    assert outcome.texts[0] == f"  {TEXTS[0]} ", "the text itself stays as it stands"


def test_a_cell_that_breaks_out_of_quoting_is_data(tmp_path: Path) -> None:
    """CSV-37"""
    rows = ten_rows()
    rows[1][5] = '",=1+1,"'
    assert read_bytes(tmp_path, table(rows).encode()).texts[1] == '",=1+1,"'


def test_names_like_missing_values_stay_names(tmp_path: Path) -> None:
    for name in ("NA", "None", "null", "nan", "N/A", "007", "1e5"):
        rows = [[*row[:3], name, *row[4:]] for row in ten_rows()]
        assert {c.agent for c in read_bytes(tmp_path, table(rows).encode()).conversations} == {name}


def test_a_message_too_long_is_rejected_alone(tmp_path: Path) -> None:
    rows = ten_rows()
    rows[3][5] = "好" * (MAX_TEXT + 1)
    rows[4][5] = "好" * MAX_TEXT
    outcome = read_bytes(tmp_path, table(rows).encode())
    assert outcome.rejected_lines == [5]
    assert outcome.rejects[0].reason == "太长：消息有 200001 个字，最多读 200000 个字"
    assert len(outcome.rejects[0].raw) <= 200


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    """CSV-33"""
    first, second, other = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    rows = [*ten_rows(), ["S1", "", "主管", "", "", "x"]]
    for path in (first, second):
        path.write_text(table(rows), "utf-8")
    other.write_text(table(rows[:3]), "utf-8")
    outcome = read_paths([first, second, other])
    assert len(outcome.texts) == 10
    assert outcome.sentences == []
    assert [(f.rows_audited, f.rows_rejected, f.rows_merged) for f in outcome.ledger.inputs] == [
        (10, 1, 0),
        (0, 0, 11),
        (0, 0, 3),
    ]
    assert outcome.ledger.notes[0].text == f"和「{first}」内容完全相同，没有再读，11 行只算一次。"


def test_a_broken_file_does_not_take_the_good_one_along(tmp_path: Path) -> None:
    """CSV-35"""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(table(ten_rows()), "utf-8")
    bad.write_text("<html>请登录</html>", "utf-8")
    outcome = read_paths([bad, good])
    assert outcome.texts == TEXTS
    assert [problem.place.file for problem in outcome.ledger.file_problems] == [str(bad)]


def test_one_conversation_over_two_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(table(ten_rows()[3:]), "utf-8")
    second.write_text(table(ten_rows()[:3]), "utf-8")
    outcome = read_paths([first, second])
    assert [c.id for c in outcome.conversations] == ["S1", "S2"]
    assert outcome.texts == TEXTS, "the messages of S1 stand in the order of their times"


def test_format_option_forces_the_reader(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, table(ten_rows()).encode(), options=Options(format="transcript"))
    assert outcome.ledger.inputs[0].format == "transcript"
    assert outcome.texts == []


def test_line_breaks_in_a_reject_are_escaped(tmp_path: Path) -> None:
    rows = ten_rows()
    rows[2][2], rows[2][5] = "主管", "第一行\n第二行\x1b[31m"
    raw = read_bytes(tmp_path, table(rows).encode()).rejects[0].raw
    assert raw.endswith(r'"第一行\n第二行\x1b[31m"')
