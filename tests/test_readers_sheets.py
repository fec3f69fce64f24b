"""Workbooks: whatever Excel and its imitators write, and what only looks like a workbook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factory_readers import HEADINGS, Outcome, read_bytes, table, ten_rows
from openpyxl.utils.datetime import CALENDAR_MAC_1904

TEXTS = [row[5] for row in ten_rows()]
SHEET = "xl/worksheets/sheet1.xml"


def _book(fill: Callable[[Any], None] | None = None, rows: list[list[Any]] | None = None) -> bytes:
    """A workbook of ten rows with real times; ``fill`` may change it before it is saved."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for row in rows or ten_rows():
        sheet.append([row[0], datetime.fromisoformat(row[1]) if row[1] else None, *row[2:]])
    if fill is not None:
        fill(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _changed(content: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The same archive with one part changed, or left out where ``change`` gives None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data: bytes | None = old.read(part)
            if part.filename == name:
                data = change(data or b"")
            if data is not None:
                new.writestr(part.filename, data)
    return out.getvalue()


def _read(folder: Path, content: bytes, name: str = "log.xlsx") -> Outcome:
    return read_bytes(folder, content, name)


@pytest.mark.parametrize("name", ["log.xlsx", "log.csv", "log.txt"])
def test_a_workbook_is_one_whatever_its_name(tmp_path: Path, name: str) -> None:
    """XLS-01"""
    outcome = _read(tmp_path, _book(), name)
    assert outcome.texts == TEXTS
    assert outcome.times == [row[1] for row in ten_rows()]
    assert outcome.ledger.inputs[0].encoding is None
    assert [m.place.line for m in outcome.messages if m.place] == list(range(2, 12))


def test_a_csv_named_xlsx_is_read_as_csv(tmp_path: Path) -> None:
    """XLS-11"""
    outcome = _read(tmp_path, table(ten_rows()).encode())
    assert outcome.texts == TEXTS
    assert outcome.ledger.inputs[0].format == "csv"


def test_formulas_give_their_stored_value_or_nothing(tmp_path: Path) -> None:
    """XLS-03"""
    content = _changed(
        _book(lambda sheet: sheet.__setitem__("F3", "=1+1")),
        SHEET,
        lambda xml: xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
        ),
    )
    assert _read(tmp_path, content).texts[1] == "2"
    without = _read(tmp_path, _book(lambda sheet: sheet.__setitem__("F3", "=1+1")))
    assert [(r.line, r.reason) for r in without.rejects] == [(3, "空消息：消息内容是空的")]


def test_1904_date_system(tmp_path: Path) -> None:
    """XLS-05"""

    def to_1904(sheet: Any) -> None:
        sheet.parent.epoch = CALENDAR_MAC_1904

    assert _read(tmp_path, _book(to_1904)).times == [row[1] for row in ten_rows()]


def test_hidden_rows_are_audited(tmp_path: Path) -> None:
    """XLS-07"""
    assert _read(tmp_path, _book(lambda sheet: setattr(sheet.row_dimensions[4], "hidden", True))).texts == TEXTS


def test_every_sheet_with_a_heading_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    """XLS-09"""

    def more(sheet: Any) -> None:
        second = sheet.parent.create_sheet("次日")
        second.append(HEADINGS)
        second.append(["S3", "2026-11-17 09:00:00", "客户", "小云", "茶茶", "又来了"])
        second.append(["S3", "昨天", "客户", "小云", "茶茶", "又来了"])
        sheet.parent.create_sheet("空表")
        sheet.parent.create_sheet("说明").append(["仅供内部使用"])

    outcome = _read(tmp_path, _book(more))
    assert outcome.texts == [*TEXTS, "又来了"]
    assert outcome.messages[-1].place is not None
    assert outcome.messages[-1].place.file.endswith("log.xlsx[次日]")
    assert outcome.rejects[0].file.endswith("log.xlsx[次日]")
    assert [n.text for n in outcome.ledger.notes] == ["工作表「说明」没有表头（至少要有角色和消息两列），没有读它。"]


def test_a_stray_cell_at_the_end_of_the_sheet(tmp_path: Path) -> None:
    """XLS-23"""
    content = _changed(
        _book(lambda sheet: sheet.__setitem__("XFD1048576", "x")),
        SHEET,
        lambda xml: xml.replace(b'<dimension ref="A1:F11"', b'<dimension ref="A1:XFD1048576"'),
    )
    outcome = _read(tmp_path, content)
    assert outcome.texts == TEXTS
    assert [n.text for n in outcome.ledger.notes] == ["第 12 行起连续 1000 行是空的，再往后没有读。"]


def test_a_dimension_that_lies_is_not_believed(tmp_path: Path) -> None:
    content = _changed(_book(), SHEET, lambda xml: xml.replace(b'ref="A1:F11"', b'ref="A1"'))
    assert _read(tmp_path, content).texts == TEXTS


def test_error_cells_and_booleans(tmp_path: Path) -> None:
    """XLS-25"""

    def fill(sheet: Any) -> None:
        sheet["F3"], sheet["D4"], sheet["F5"] = "#N/A", "#REF!", True

    outcome = _read(tmp_path, _book(fill))
    assert [(r.line, r.reason) for r in outcome.rejects] == [
        (3, "单元格是错误值：「#N/A」"),
        (4, "单元格是错误值：「#REF!」"),
    ]
    assert outcome.texts[1] == "TRUE"


def test_numbers_become_plain_ids(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        for row in range(2, 12):
            sheet.cell(row, 1).value, sheet.cell(row, 5).value = 12345.0, 10.5
        sheet["F2"], sheet["B3"] = 42, 20261116151115
        sheet["B3"].number_format = "General"

    outcome = _read(tmp_path, _book(fill))
    assert [(c.id, c.customer) for c in outcome.conversations] == [("12345", "10.5")]
    assert "42" in outcome.texts
    assert "2026-11-16 15:11:15" in outcome.times


def test_title_above_and_total_below(tmp_path: Path) -> None:
    """XLS-27"""

    def fill(sheet: Any) -> None:
        sheet.insert_rows(1, 3)
        sheet["A1"] = "11月16日聊天记录"
        sheet["A15"], sheet["B15"] = "合计", 10

    outcome = _read(tmp_path, _book(fill))
    assert outcome.texts == TEXTS
    assert [(r.line, r.reason) for r in outcome.rejects] == [(15, "合计行：这是合计，不是消息")]
    assert [n.text for n in outcome.ledger.notes] == ["表头在第 4 行，它上面的行没有当作消息读。"]


def test_times_without_date_are_rejected(tmp_path: Path) -> None:
    """XLS-31"""

    def fill(sheet: Any) -> None:
        sheet["B3"], sheet["B4"], sheet["B5"], sheet["B6"] = time(9, 3), timedelta(hours=1), 46342.5, True
        sheet["B5"].number_format = "General"
        sheet["B7"] = datetime(2026, 11, 16).date()

    outcome = _read(tmp_path, _book(fill))
    assert outcome.rejected_lines == [3, 4, 5, 6]
    assert [r.reason[:5] for r in outcome.rejects] == ["时间读不懂"] * 4


@pytest.mark.filterwarnings("error")
def test_a_number_that_is_no_date_is_an_error_cell_and_no_warning(tmp_path: Path) -> None:
    outcome = _read(tmp_path, _book(lambda sheet: sheet.__setitem__("B3", 20261116151115)))
    assert outcome.rejected_lines == [3]
    assert len(outcome.texts) == 9


def test_rows_shorter_and_longer_than_the_heading(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet["F3"] = None
        sheet["J4"] = "旁注"

    outcome = _read(tmp_path, _book(fill))
    assert outcome.rejected_lines == [3]
    assert len(outcome.texts) == 9


def test_a_number_beyond_all_bounds_is_rejected(tmp_path: Path) -> None:
    content = _changed(
        _book(lambda sheet: sheet.__setitem__("E3", 7)), SHEET, lambda xml: xml.replace(b"<v>7</v>", b"<v>1e999</v>", 1)
    )
    outcome = _read(tmp_path, content)
    assert [(r.line, r.reason) for r in outcome.rejects] == [(3, "值的类型不对：数字太大或不是数字")]


def _with_entities(xml: bytes) -> bytes:
    head, _, rest = xml.partition(b"?>")
    return (
        head + b'?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + rest
        if rest
        else (b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + xml)
    )


def _bomb() -> bytes:
    return _changed(_book(), SHEET, lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 2_000_000 + b"</sheetData>"))


def _without_shared_strings() -> bytes:
    shared = re.compile(rb't="inlineStr"><is><t>[^<]*</t></is>')
    content = _changed(_book(), SHEET, lambda xml: shared.sub(b't="s"><v>0</v>', xml))
    return _changed(content, "xl/sharedStrings.xml", lambda _: None)


def _false_size() -> bytes:
    content = bytearray(_book())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(content)


def _encrypted_part() -> bytes:
    content = bytearray(_book())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _flipped_byte() -> bytes:
    content = bytearray(_book())
    at = content.find(b"xl/worksheets/sheet1.xml")
    content[at + 200] ^= 0xFF
    return bytes(content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
DAMAGED = "工作簿损坏了，请用 Excel 打开后另存为新的 .xlsx。"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(OLE + "EncryptedPackage".encode("utf-16-le"), "加了密码", id="XLS-13 password"),
        pytest.param(OLE, DAMAGED, id="broken old .xls"),
        pytest.param(_book()[: len(_book()) // 2], DAMAGED, id="XLS-15 cut in half"),
        pytest.param(b"", "文件是空的。", id="XLS-17 empty"),
        pytest.param(_changed(_book(), SHEET, _with_entities), "DOCTYPE", id="XLS-19 billion laughs"),
        pytest.param(_bomb(), "压缩率高得不正常", id="bomb of empty rows"),
        pytest.param(_without_shared_strings(), DAMAGED, id="XLS-29 no shared strings"),
        pytest.param(_changed(_book(), SHEET, lambda xml: xml[:-40]), DAMAGED, id="broken XML"),
        pytest.param(_false_size(), "展开后超过 1 GB", id="XLS-33 false size"),
        pytest.param(_encrypted_part(), "加了密码", id="encrypted part"),
        pytest.param(_flipped_byte(), DAMAGED, id="wrong checksum"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    outcome = _read(tmp_path, content)
    assert outcome.texts == []
    assert len(outcome.sentences) == 1
    assert words in outcome.sentences[0]


def test_entries_that_point_outside_are_ignored(tmp_path: Path) -> None:
    """XLS-21"""
    out = io.BytesIO(_book())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("../../evil.txt", "x")
        archive.writestr("/abs.txt", "x")
    (tmp_path / "in").mkdir()
    assert _read(tmp_path / "in", out.getvalue()).texts == TEXTS
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_text_forced_to_be_a_workbook_is_refused(tmp_path: Path) -> None:
    from auditor.readers import Options

    outcome = read_bytes(tmp_path, table(ten_rows()).encode(), options=Options(format="xlsx"))
    assert outcome.sentences == ["这不是工作簿，请检查 --from 是不是选错了。"]


@pytest.mark.parametrize("lost", [1.2345678901234568e18, 1234567890123456, 1234567890123456789])
def test_long_ids_that_are_numbers_are_told_of_and_never_a_key(tmp_path: Path, lost: float) -> None:
    """Excel keeps fifteen digits: two different ids may look the same."""

    def fill(sheet: Any) -> None:
        for row in range(2, 12):
            sheet.cell(row, 1).value = lost

    outcome = _read(tmp_path, _book(fill))
    assert outcome.texts == TEXTS
    assert [c.customer for c in outcome.conversations] == ["茶茶", "南风"]
    (note,) = outcome.ledger.notes
    assert note.place.line == 2
    assert note.text.startswith("「会话」列有 10 个编号被表格软件变成了 1.2E+18 这样的数")


def test_fifteen_digits_are_a_sound_id(tmp_path: Path) -> None:
    outcome = _read(tmp_path, _book(lambda sheet: sheet.__setitem__("A2", 123456789012345)))
    assert "123456789012345" in [c.id for c in outcome.conversations]
    assert outcome.ledger.notes == []
