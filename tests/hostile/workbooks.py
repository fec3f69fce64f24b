"""XLS: workbooks as Excel, WPS and strangers make them, and files that only say they are workbooks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hostile.case import GOOD, HEAD, ROWS, Case, Seen, refused, rejected

SHEET = "xl/worksheets/sheet1.xml"
NAME = "log.xlsx"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def book(fill: Callable[[Any], None] = lambda _: None, above: int = 0) -> bytes:
    """The good log as a workbook, rows of titles ``above`` its heading; ``fill`` may change the sheet."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for _ in range(above):
        sheet.append(["聊天记录导出"])
    sheet.append(HEAD.strip().split(","))
    for row in ROWS:
        ident, when, *rest = row.split(",")
        sheet.append([ident, datetime.fromisoformat(when), *rest])
    fill(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def put(**cells: Any) -> Callable[[Any], None]:
    """Puts values into cells of the sheet."""

    def fill(sheet: Any) -> None:
        for name, value in cells.items():
            sheet[name] = value

    return fill


def second_sheet(sheet: Any) -> None:
    """Another day on a sheet of its own."""
    other = sheet.parent.create_sheet("十七日")
    for line in GOOD.replace("-16", "-17").replace("\nS", "\nT").splitlines():
        other.append(line.split(","))


def hidden(sheet: Any) -> None:
    """Rows that are hidden by hand or by a filter."""
    for row in (3, 4, 5):
        sheet.row_dimensions[row].hidden = True
    sheet.auto_filter.ref = "A1:F11"


def of_1904(sheet: Any) -> None:
    """Days are counted from 1904 (Excel on old Macs)."""
    sheet.parent.epoch = CALENDAR_MAC_1904


def merged(sheet: Any) -> None:
    """Two cells of a title row are one."""
    sheet.merge_cells("A1:F1")


def changed(name: str, change: Callable[[bytes], bytes | None], content: bytes | None = None) -> bytes:
    """The workbook with one part changed, or left out where ``change`` gives None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content or book())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data: bytes | None = old.read(part)
            data = change(data or b"") if part.filename == name else data
            if data is not None:
                new.writestr(part.filename, data)
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """The workbook with one part more."""
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def laughs(xml: bytes) -> bytes:
    """Ten entities, each ten times the one before: 10^9."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    start = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "哈">{entities}]>'.encode()
    return start + re.sub(rb"<\?xml.*?\?>", b"", xml).replace(
        b"<sheetData>", b"<sheetData><row><c><v>&a9;</v></c></row>"
    )


def shared_missing(xml: bytes) -> bytes:
    """Cells point into a table of texts that is not there."""
    return re.sub(rb't="inlineStr"><is><t>[^<]*</t></is>', b't="s"><v>0</v>', xml)


def false_size() -> bytes:
    """A part of 1 kB says that it is one of 4 GB."""
    content = bytearray(book())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(content)


def clean_agents(seen: Seen) -> bool:
    """Only the two who are there."""
    return set(seen.agents) == {"小云", "阿泽"}


def this_year(seen: Seen) -> bool:
    """Days are counted from the right one."""
    return seen.conversations[0]["start"].startswith("2026-11-16") and seen.waits[0] == 8


FORMULA = changed(
    SHEET, lambda xml: re.sub(rb"<f>1\+1</f><v ?/>", b"<f>1+1</f><v>2</v>", xml), book(put(F3="=1+1", F4="=2+2"))
)

CASES = (
    Case("XLS-01", "good", book(), name=NAME, formats="xlsx,jsonl"),
    Case("XLS-02", "a workbook called .csv", book()),
    rejected("XLS-03", "formulas, one with its value, one without", FORMULA, 4, name=NAME, formats="xlsx,jsonl"),
    Case("XLS-05", "days counted from 1904", book(of_1904), name=NAME, holds=this_year),
    Case("XLS-07", "hidden and filtered rows are read", book(hidden), name=NAME),
    Case("XLS-09", "a sheet a day", book(second_sheet), name=NAME, rows=20),
    Case(
        "XLS-10",
        "an empty sheet and one of notes",
        book(lambda sheet: sheet.parent.create_sheet("备注").append(["仅供内部"])),
        name=NAME,
        says=("备注",),
    ),
    Case("XLS-11", "CSV called .xlsx is read as CSV", GOOD, name=NAME),
    refused("XLS-12", "a picture called .xlsx", b"\x89PNG\r\n\x1a\n" + bytes(200), name=NAME),
    refused("XLS-13", "a password", OLE + "EncryptedPackage".encode("utf-16-le"), "密码", name=NAME),
    refused("XLS-15", "cut in half", book()[: len(book()) // 2], "损坏", name=NAME),
    refused("XLS-16", "cut at its last byte", book()[:-1], "损坏", name=NAME),
    refused("XLS-17", "nothing in it", b"", "空", name=NAME),
    refused("XLS-19", "a billion laughs", changed(SHEET, laughs), "DOCTYPE", name=NAME),
    refused(
        "XLS-20",
        "2,000,000 empty rows in 20 kB",
        changed(SHEET, lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 2_000_000 + b"</sheetData>")),
        "压缩率",
        name=NAME,
    ),
    Case(
        "XLS-21",
        "entries that point outside",
        with_part("../../evil.xml", b"<x/>"),
        name=NAME,
        holds=lambda seen: (
            not (seen.folder.parent / "evil.xml").exists() and not (seen.folder.parent.parent / "evil.xml").exists()
        ),
    ),
    Case("XLS-21b", "an absolute entry", with_part("/evil/evil.txt", b"x"), name=NAME),
    Case(
        "XLS-22",
        "a macro in it is not run or copied",
        with_part("xl/vbaProject.bin", b"Sub Auto_Open()"),
        name=NAME,
        formats="xlsx,jsonl",
    ),
    Case("XLS-23", "a stray cell in the last row", book(put(XFD1048576="x")), name=NAME),
    Case(
        "XLS-24",
        "a dimension that says A1",
        changed(SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', xml)),
        name=NAME,
    ),
    rejected(
        "XLS-25",
        "an error for a text, a truth value for an agent",
        book(put(F4="#N/A", D5=True)),
        4,
        name=NAME,
        holds=lambda seen: "None" not in seen.agents,
    ),
    rejected(
        "XLS-27",
        "titles above, totals below",
        book(lambda sheet: sheet.append(["合计", 10]), above=2),
        14,
        rows=10,
        name=NAME,
        holds=clean_agents,
    ),
    refused(
        "XLS-28", "no heading", changed(SHEET, lambda xml: xml.replace(b"<t>role</t>", b"<t>x</t>")), "角色", name=NAME
    ),
    refused(
        "XLS-29",
        "the table of texts is missing",
        changed("xl/sharedStrings.xml", lambda _: None, changed(SHEET, shared_missing)),
        "损坏",
        name=NAME,
    ),
    refused("XLS-30", "XML that breaks off", changed(SHEET, lambda xml: xml[:-40]), "损坏", name=NAME),
    rejected(
        "XLS-31",
        "a clock without a day, and a duration",
        book(put(B3=time(9, 3), B4=timedelta(minutes=5))),
        3,
        4,
        rows=8,
        says="日期",
        name=NAME,
    ),
    rejected("XLS-32", "a day far beyond the calendar", book(put(B3=99_999_999)), 3, name=NAME),
    refused("XLS-33", "a false size of 4 GB", false_size(), name=NAME),
    Case(
        "XLS-34",
        "numbers for ids and names",
        book(put(A2=1, A3=1, D3=10086, E3=5.0)),
        name=NAME,
        holds=lambda seen: "10086" in seen.agents,
    ),
    Case(
        "XLS-35",
        "line breaks and leading = in a text",
        book(lambda sheet: sheet.cell(3, 6, "加我微信\n=1+1")),
        name=NAME,
        formats="xlsx,jsonl",
    ),
    Case("XLS-36", "a merged row of titles", book(merged, above=1), name=NAME),
    refused("XLS-38", "an old workbook that is damaged", OLE + bytes(2000), "损坏", name="log.xls"),
)
