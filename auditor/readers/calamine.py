"""Worksheets of old Excel (.xls) and LibreOffice (.ods) files by python-calamine. Error values come as blank cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.readers.sheet import Row


@dataclass(frozen=True)
class _Sheet:
    title: str
    sheet: Any

    def rows(self) -> Iterator[Row]:
        """The rows from the first of the sheet on, blank ones above the first filled one too."""
        start = self.sheet.start
        if start is None:
            return
        for _ in range(start[0]):
            yield Row([])
        left: list[Any] = [None] * start[1]
        for row in self.sheet.to_python(skip_empty_area=True):
            yield Row(left + [None if cell == "" else cell for cell in row])


@contextmanager
def opened(path: Path) -> Iterator[Sequence[_Sheet]]:
    """The worksheets of a workbook, while it is open. Raises whatever the library stumbles over."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    with CalamineWorkbook.from_path(str(path)) as workbook:
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        yield [_Sheet(name, workbook.get_sheet_by_name(name)) for name in names]
