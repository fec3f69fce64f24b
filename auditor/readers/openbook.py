"""Opens any workbook (.xlsx, .xls, .ods) for those who want its cells and not a chat log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, reason
from auditor.readers import calamine, excel
from auditor.readers.booksafety import OLE, check_archive, holds_ods, holds_xlsx, ole_sentence
from auditor.readers.records import RefusedError
from auditor.readers.sheet import DAMAGED
from auditor.readers.sheets import BLANK_RUN
from auditor.readers.source import Source

#: Rows that are looked at to tell whether a sheet is wanted.
HEAD_ROWS = 60


def book_cells(
    path: Path, wanted: Callable[[list[list[Any]]], bool] = lambda _: True
) -> list[tuple[str, list[list[Any]]]]:
    """(title, rows of cells) of every worksheet, hidden rows too; only of those whose first rows are ``wanted``.

    Raises AuditorError for what is no workbook, is damaged, has a password or might do harm.
    """
    try:
        source = Source.open(path, lambda _: None)
        old = source.head.startswith(OLE)
        if not (old or holds_xlsx(path, source.head) or holds_ods(source.head)):
            raise RefusedError("不是工作簿，请在 Excel、WPS 或 LibreOffice 里另存为 .xlsx。")
        _check(source, old)
        book = excel.opened(path) if holds_xlsx(path, source.head) else calamine.opened(path)
        with book as sheets:
            return [
                (sheet.title, list(_rows(sheet)))
                for sheet in sheets
                if wanted([row.cells for row in islice(sheet.rows(), HEAD_ROWS)])
            ]
    except RefusedError as refusal:
        raise AuditorError(f"{path}：{refusal.text}") from None
    except OSError as error:
        raise AuditorError(f"{path}：读不了（{reason(error)}）") from None
    except Exception as error:  # the libraries raise whatever a broken part makes them stumble over
        raise AuditorError(f"{path}：{DAMAGED}") from error


def _check(source: Source, old: bool) -> None:
    if not old:
        with source.path.open("rb") as file:
            check_archive(file)
        return
    sentence = ole_sentence(source)
    if sentence is not None:
        raise RefusedError(sentence)


def _rows(sheet: Any) -> Iterator[list[Any]]:
    """The rows up to the last that holds something (a long run of blank ones is the end)."""
    blank: list[list[Any]] = []
    for row in sheet.rows():
        if all(value is None or value == "" for value in row.cells):
            blank.append([])
            if len(blank) > BLANK_RUN:
                return
            continue
        yield from blank
        blank = []
        yield row.cells
