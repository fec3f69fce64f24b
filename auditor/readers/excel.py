"""Worksheets of .xlsx files by openpyxl, which tells error values apart (other libraries show them as blank)."""

from __future__ import annotations

import warnings
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
        """The rows, without openpyxl's warnings: what it warns of comes as an error cell."""
        self.sheet.reset_dimensions()
        rows = iter(self.sheet.iter_rows())
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = next(rows, None)
            if row is None:
                return
            error = next((at for at, cell in enumerate(row) if cell.data_type == "e"), None)
            yield Row([cell.value for cell in row], error)


@contextmanager
def opened(path: Path) -> Iterator[Sequence[_Sheet]]:
    """The worksheets of a workbook, while it is open. Raises whatever openpyxl stumbles over."""
    import openpyxl

    with path.open("rb") as file:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are not read
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            yield [_Sheet(sheet.title, sheet) for sheet in workbook.worksheets]
        finally:
            workbook.close()
