"""Writers of the plain files: JSON lines as they come, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from auditor.reports.records import Record


def open_text(path: Path) -> TextIO:
    """A UTF-8 file with \\n line ends; what UTF-8 cannot hold (lone surrogates) is written as its escape."""
    return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def write_line(file: TextIO, record: Record) -> None:
    """Append one record as a line of JSON."""
    file.write(json.dumps(record, ensure_ascii=False) + "\n")


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON."""
    with open_text(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def csv_cell(value: object) -> object:
    """A cell no spreadsheet takes for a formula: text beginning with = + - @ gets a quote in front."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


class CsvFile:
    """A CSV file that Excel opens as UTF-8 (with BOM)."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._file)
        self.row(columns)

    def row(self, values: Iterable[object]) -> None:
        """Append one row."""
        self._writer.writerow([csv_cell(value) for value in values])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
