"""Workbooks (.xlsx, .xls, .ods): every worksheet with a heading is read, hidden rows too, formulas by stored value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from auditor.readers import calamine, excel
from auditor.readers.booksafety import OLE, ZIP, check_archive, is_ods, is_xlsx, ole_sentence
from auditor.readers.columns import layout
from auditor.readers.exportmap import ExportMap
from auditor.readers.options import Options
from auditor.readers.records import Entries, Entry, Note, RefusedError, Spoilt
from auditor.readers.sheet import DAMAGED, Row, Sheet
from auditor.readers.source import Source
from auditor.readers.tables import HEADER_WITHIN, Table, fits, likeness

#: So many blank rows in a run are the end of a sheet, whatever stands in its last row.
BLANK_RUN = 1_000
CELL_ERROR = "单元格是错误值"


def is_book(source: Source) -> bool:
    """Whether the file is a workbook, a cut-off one, or an encrypted one."""
    return source.head.startswith(OLE) or is_xlsx(source) or is_ods(source)


def matches(source: Source, form: ExportMap | None = None) -> bool:
    """Whether the file is a workbook; if ``form`` is given, whether a sheet of it has the heading of that export."""
    if not is_book(source):
        return False
    return form is None or any(fits(form, cells) for cells in _heads(source))


def is_old(source: Source) -> bool:
    """Whether the file is an old workbook (.xls)."""
    return source.head.startswith(OLE)


def read(source: Source, options: Options, form: ExportMap | None = None) -> Entries:
    """The rows of every worksheet with a heading. Raises RefusedError if the workbook cannot be opened or has none."""
    if not source.head.startswith((OLE, ZIP)):
        raise RefusedError("这不是工作簿，请检查 --from 是不是选错了。")
    _check(source)
    try:
        with _open(source) as sheets:
            yield from _sheets_of(sheets, options, form)
    except RefusedError:
        raise
    except Exception as error:  # the libraries raise whatever a broken part makes them stumble over
        raise RefusedError(DAMAGED) from error


def _check(source: Source) -> None:
    if source.head.startswith(OLE):
        sentence = ole_sentence(source)
        if sentence is not None:
            raise RefusedError(sentence)
    else:
        with source.path.open("rb") as file:
            check_archive(file)


def _open(source: Source) -> Any:
    return excel.opened(source.path) if is_xlsx(source) else calamine.opened(source.path)


@lru_cache(maxsize=1)  # every map of a table looks at the same rows
def _heads(source: Source) -> list[list[Any]]:
    """The first rows of every sheet; none of a workbook that cannot be opened: reading it will say why."""
    try:
        _check(source)
        with _open(source) as sheets:
            return [row.cells for sheet in sheets for row in islice(sheet.rows(), HEADER_WITHIN)]
    except Exception:  # as in read()
        return []


class _Header(NamedTuple):
    row: int
    cells: list[Any]


def _sheets_of(sheets: Sequence[Sheet], options: Options, form: ExportMap | None) -> Iterator[Entry]:
    headless: dict[str, _Header] = {}
    for sheet in sheets:
        header = _find_header(sheet, form)
        if fits(form, header.cells):
            yield from _messages(sheet, header, options, form, sheet.title if len(sheets) > 1 else None)
        elif header.cells:
            headless[sheet.title] = header
    if len(headless) == len(sheets):
        likely = max(headless.values(), key=lambda header: likeness(form, header.cells))
        _refuse(likely, options, form)
    for title in headless:
        yield Note(None, f"工作表「{title}」没有表头（至少要有角色和消息两列），没有读它。")


def _refuse(header: _Header, options: Options, form: ExportMap | None) -> None:
    """Raises RefusedError: it names what is missing."""
    if form is not None:
        Table(header.cells, header.row, form, options)
        raise RefusedError(f"没有一张工作表的表头是「{form.title}」的，请检查 --from 是不是选错了。", header.row)
    layout(header.cells, header.row)


def _find_header(sheet: Sheet, form: ExportMap | None) -> _Header:
    """The first heading with the needed columns, else the row that is most like one; no cells in a blank sheet."""
    rows = [row.cells for row in islice(sheet.rows(), HEADER_WITHIN)]
    filled = [_Header(number, row) for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    usable = (header for header in filled if fits(form, header.cells))
    likely = max(filled, key=lambda header: likeness(form, header.cells), default=_Header(0, []))
    return next(usable, likely)


def _messages(
    sheet: Sheet, header: _Header, options: Options, form: ExportMap | None, part: str | None
) -> Iterator[Entry]:
    sample = [row.cells for row in islice(sheet.rows(), header.row, header.row + HEADER_WITHIN)]
    table = Table(header.cells, header.row, form, options, part, sample)
    yield from table.opening()
    blank = 0
    for number, row in enumerate(islice(sheet.rows(), header.row, None), header.row + 1):
        cells = row.cells[: table.width]
        if all(value is None or value == "" for value in cells):
            blank += 1
            if blank > BLANK_RUN:
                yield Note(number, f"第 {number - BLANK_RUN} 行起连续 {BLANK_RUN} 行是空的，再往后没有读。")
                break
            continue
        blank = 0
        yield _entry(number, row, cells, table)
    yield from table.notes()


def _entry(number: int, row: Row, cells: list[Any], table: Table) -> Entry:
    if row.error is not None and row.error < table.width:
        return Spoilt(number, CELL_ERROR, f"「{cells[row.error]}」", cells, table.part)
    return table.entry(number, [*cells, *[None] * (table.width - len(cells))], cells)
