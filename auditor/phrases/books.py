"""Worksheets (.xlsx, .xls, .ods): a phrase a row under a heading; the place is the sheet's cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any

from auditor.errors import Place, Problem
from auditor.phrases.allow import allows
from auditor.phrases.columns import Columns
from auditor.phrases.phrase import Found, Mark, Note, Origin, Phrase
from auditor.readers.booksafety import OLE, check_archive, is_ods, is_xlsx, ole_sentence
from auditor.readers.records import RefusedError
from auditor.readers.sheet import DAMAGED, Sheet
from auditor.readers.source import Source

_HEADER_WITHIN = 20
#: So many blank rows in a run are the end of a sheet, whatever stands in its last row.
_BLANK_RUN = 1_000


def is_book(source: Source) -> bool:
    """Whether the file is a workbook, whatever it is called."""
    return source.head.startswith(OLE) or is_xlsx(source) or is_ods(source)


def read(source: Source, name: str, columns: Columns) -> Iterator[Found]:
    """The phrases of every worksheet with a heading. Raises RefusedError if the workbook has none or cannot be read."""
    try:
        if source.head.startswith(OLE):
            sentence = ole_sentence(source)
            if sentence is not None:
                raise RefusedError(sentence)
        else:
            with source.path.open("rb") as file:
                check_archive(file)
        with _opened(source) as sheets:
            yield from _sheets(sheets, name, columns)
    except RefusedError:
        raise
    except Exception as error:  # the libraries raise whatever a broken part makes them stumble over
        raise RefusedError(DAMAGED) from error


def _opened(source: Source) -> AbstractContextManager[Sequence[Sheet]]:
    """The worksheets; what opens them is loaded only for workbooks."""
    from auditor.readers import calamine, excel

    return excel.opened(source.path) if is_xlsx(source) else calamine.opened(source.path)


def _sheets(sheets: Sequence[Sheet], name: str, columns: Columns) -> Iterator[Found]:
    without = []
    for sheet in sheets:
        heads = (columns.layout(row.cells) for row in islice(sheet.rows(), _HEADER_WITHIN))
        found = next(((at, layout) for at, layout in enumerate(heads, 1) if layout is not None), None)
        if found is None:
            without.append(sheet.title)
        else:
            yield from _rows(sheet, name, *found)
    if len(without) == len(sheets):
        raise RefusedError(f"没有一张工作表的表头里有{columns.wanted()}，请补上列名，或用 --column 指明内容是哪一列。")
    for title in without:
        yield Note(f"{name}：工作表「{title}」的表头里没有{columns.wanted()}，没有查")


def _rows(sheet: Sheet, name: str, head: int, layout: dict[str, int]) -> Iterator[Found]:
    blank = empty = 0
    for number, row in enumerate(islice(sheet.rows(), head, None), head + 1):
        cells = [_text(cell) for cell in row.cells]
        if not any(cell.strip() for cell in cells):
            blank += 1
            if blank > _BLANK_RUN:
                yield Note(f"{name}：「{sheet.title}」第 {number - _BLANK_RUN} 行起空了 {_BLANK_RUN} 行，再往后没有查")
                break
            continue
        blank = 0
        at = layout["text"]
        if row.error is not None and row.error == at:
            yield Problem(Place(name, number), f"{sheet.title}!{cell_name(at, number)}", "单元格是错误值，这一行没有查")
            continue
        text = cells[at] if at < len(cells) else ""
        if not text.strip():
            empty += 1
            continue
        origin = Origin(name, (Mark(0, number, 1),), sheet.title, cell_name(at, number))
        said = {field: cells[place].strip() if place < len(cells) else "" for field, place in layout.items()}
        yield Phrase(text, origin, said.get("title", ""), said.get("group", ""), said.get("code", ""),
                     allows(said.get("allow", ""), number))  # fmt: skip
    if empty:
        yield Note(f"{name}：「{sheet.title}」有 {empty} 行没有内容，没有查")


def _text(cell: Any) -> str:
    """A cell as text; openpyxl and Excel write line breaks in a cell as LF."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("_x000D_", "")


def cell_name(column: int, row: int) -> str:
    """The name of a cell as spreadsheets show it: (2, 12) is C12 (columns from 0, rows from 1)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
