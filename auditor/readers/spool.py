"""Rows in, conversations out, in flat memory: what does not fit is kept in a private temporary database."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from auditor.errors import AuditorError
from auditor.readers.fields import Row, RowValues

#: Code points (and a little for each row) held in memory before they are written out.
_BUDGET = 24_000_000
_ROW_COST = 400

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)
#: File, line and row; the row is a plain tuple once it has been on disk.
Stored: TypeAlias = tuple[str, int, RowValues]


class Spool:
    """A context manager. ``add`` rows to numbered conversations in any order, then go over them, as often as needed.

    Small logs never touch the disk. The temporary folder is private (mode 0700) and is removed at the end,
    also after an error. Raises AuditorError if it cannot be written.
    """

    def __init__(self, budget: int = _BUDGET) -> None:
        self._budget = budget
        self._pending: dict[int, list[Stored]] = {}
        self._weight = 0
        self._indexed = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database is not None:
            self._database.close()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, number: int, file: str, line: int, row: Row) -> None:
        """Put a row at the end of a conversation."""
        self._pending.setdefault(number, []).append((file, line, row))
        self._weight += len(row.text) + _ROW_COST
        if self._weight > self._budget:
            self._write_out()

    def groups(self) -> Iterator[tuple[int, list[Stored]]]:
        """Every conversation that has rows, by its number, with its rows in the order in which they were added."""
        database = self._on_disk()
        if database is None:
            yield from sorted(self._pending.items())
            return
        current, rows = -1, list[Stored]()
        for number, blob in database.execute("SELECT conversation, blob FROM part ORDER BY conversation, at"):
            if number != current and rows:
                yield current, rows
                rows = []
            current = number
            rows += _unpacked(blob)
        if rows:
            yield current, rows

    def rows(self, number: int) -> list[Stored]:
        """The rows of one conversation."""
        database = self._on_disk()
        if database is None:
            return self._pending.get(number, [])
        blobs = database.execute("SELECT blob FROM part WHERE conversation = ? ORDER BY at", (number,))
        return [row for (blob,) in blobs for row in _unpacked(blob)]

    def _on_disk(self) -> sqlite3.Connection | None:
        """The database with all rows in it, or None if they are all in memory."""
        if self._database is not None:
            if self._pending:
                self._write_out()
            if not self._indexed:
                with _room():
                    self._database.execute("CREATE INDEX part_of ON part (conversation)")
                self._indexed = True
        return self._database

    def _write_out(self) -> None:
        """Move what is pending to the database."""
        with _room():
            database = self._database or self._create()
            parts = ((number, _packed(rows)) for number, rows in self._pending.items())
            with database:
                database.executemany("INSERT INTO part (conversation, blob) VALUES (?, ?)", parts)
        self._pending = {}
        self._weight = 0

    def _create(self) -> sqlite3.Connection:
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-")
        self._database = sqlite3.connect(Path(self._folder.name, "rows.db"))
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE part (at INTEGER PRIMARY KEY, conversation INTEGER, blob BLOB)")
        return self._database


@contextmanager
def _room() -> Iterator[None]:
    """What the system says when there is no room left, as users read it."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise AuditorError(f"临时文件写不进去（{error}），请腾出空间，或用环境变量 TMPDIR 另指一处。") from error


def _packed(rows: Sequence[Stored]) -> bytes:
    """Rows as JSON: nothing that is read back can be more than texts and numbers."""
    return _ENCODER.encode(rows).encode("utf-8", "surrogatepass")


def _unpacked(blob: bytes) -> list[Stored]:
    return [(file, line, tuple(row)) for file, line, row in json.loads(blob)]
