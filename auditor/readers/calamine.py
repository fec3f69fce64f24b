"""Worksheets of old Excel (.xls) and LibreOffice (.ods) files by python-calamine. Error values come as blank cells."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from auditor.readers.records import RefusedError
from auditor.readers.sheet import DAMAGED, Row

_WORKER = Path(__file__).with_name("calamineworker.py")
#: Longest that a workbook may take, in seconds: far more than the largest there can be.
_PATIENCE = 600
_KINDS: Mapping[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda text: timedelta(seconds=float(text)),
}


@dataclass(frozen=True)
class _Sheet:
    """A worksheet: its name, and where its rows begin in what the worker wrote."""

    title: str
    file: IO[bytes]
    start: int

    def rows(self) -> Iterator[Row]:
        """Every row anew."""
        at = self.start
        while True:
            self.file.seek(at)
            line = self.file.readline()
            if not line.startswith(b"["):
                return
            at = self.file.tell()
            yield Row([_KINDS[cell[0]](cell[1]) if cell.__class__ is list else cell for cell in json.loads(line)])


@contextmanager
def opened(path: Path) -> Iterator[Sequence[_Sheet]]:
    """The worksheets of a workbook, while it is open. Raises RefusedError if it cannot be read.

    A process of its own reads it, for a damaged workbook may take down whoever does.
    """
    with tempfile.TemporaryFile() as file:
        command = [sys.executable, "-P", str(_WORKER), str(path)]
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL, check=True, timeout=_PATIENCE
            )
        except subprocess.SubprocessError as error:
            raise RefusedError(DAMAGED) from error
        yield _sheets(file)


def _sheets(file: IO[bytes]) -> list[_Sheet]:
    file.seek(0)
    found = []
    while line := file.readline():
        if line.startswith(b"{"):
            found.append(_Sheet(json.loads(line)["sheet"], file, file.tell()))
    return found
