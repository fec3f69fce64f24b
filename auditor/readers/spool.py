"""Rows in, whole conversations out, in flat memory: what does not fit is kept in a private temporary database."""

from __future__ import annotations

import marshal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from auditor.chat import Conversation, Kind, Message, Role
from auditor.errors import AuditorError, Place
from auditor.readers.fields import Row

#: Code points (and a little for each row) held in memory before they are written out.
_BUDGET = 24_000_000
_ROW_COST = 400

_ROLES = {role.value: role for role in Role}
_KINDS = {kind.value: kind for kind in Kind}

#: file, line, row.
Stored: TypeAlias = tuple[str, int, Sequence[str | None]]


class Spool:
    """A context manager. ``add`` rows in any order, then take ``conversations`` in order of first appearance.

    Small logs never touch the disk. The temporary folder is private (mode 0700) and is removed at the end,
    also after an error. Raises AuditorError if it cannot be written.
    """

    def __init__(self, budget: int = _BUDGET) -> None:
        self._budget = budget
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._taken: set[str] = set()
        self._pending: dict[int, list[Stored]] = {}
        self._weight = 0
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

    def number(self, key: str, shown: str) -> int:
        """The number of the conversation with that key; a new one is shown to the user under the id ``shown``."""
        number = self._numbers.setdefault(key, len(self._ids))
        if number == len(self._ids):
            self._ids.append(self._unused(shown))
        return number

    def _unused(self, shown: str) -> str:
        """``shown``, with a counter if another conversation has that id already."""
        ident, count = shown, 1
        while ident in self._taken:
            count += 1
            ident = f"{shown}~{count}"
        self._taken.add(ident)
        return ident

    def add(self, number: int, file: str, line: int, row: Row) -> None:
        """Put a row at the end of a conversation."""
        # A plain tuple: marshal knows no subclasses.
        self._pending.setdefault(number, []).append((file, line, tuple(row)))
        self._weight += len(row.text) + _ROW_COST
        if self._weight > self._budget:
            self._write_out()

    def conversations(self) -> Iterator[Conversation]:
        """Every conversation, whole."""
        for number, rows in self._groups():
            yield conversation(self._ids[number], rows)

    def _groups(self) -> Iterator[tuple[int, list[Stored]]]:
        if self._database is None:
            yield from sorted(self._pending.items())
            return
        self._write_out()
        self._database.execute("CREATE INDEX part_of ON part (conversation)")
        current, rows = -1, list[Stored]()
        for number, blob in self._database.execute("SELECT conversation, blob FROM part ORDER BY conversation, at"):
            if number != current and rows:
                yield current, rows
                rows = []
            current = number
            rows += marshal.loads(blob)
        if rows:
            yield current, rows

    def _write_out(self) -> None:
        """Move what is pending to the database. Marshal is safe here: nobody else can write to the private folder."""
        try:
            database = self._database or self._create()
            parts = ((number, marshal.dumps(rows)) for number, rows in self._pending.items())
            with database:
                database.executemany("INSERT INTO part (conversation, blob) VALUES (?, ?)", parts)
        except (OSError, sqlite3.Error) as error:
            raise AuditorError(f"临时文件写不进去（{error}），请腾出空间，或用环境变量 TMPDIR 另指一处。") from error
        self._pending = {}
        self._weight = 0

    def _create(self) -> sqlite3.Connection:
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-")
        self._database = sqlite3.connect(Path(self._folder.name, "rows.db"))
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE part (at INTEGER PRIMARY KEY, conversation INTEGER, blob BLOB)")
        return self._database


def conversation(ident: str, stored: Sequence[Stored]) -> Conversation:
    """A conversation from its rows: by time if every row has one (equal times in file order), else as they came."""
    rows = [(file, line, Row(*row)) for file, line, row in stored]  # type: ignore[arg-type]
    if all(row.time for _, _, row in rows):
        # ISO texts of one zone sort as times do; the fraction only makes a longer one later.
        rows.sort(key=lambda item: item[2].time or "")
    messages = tuple(
        Message(
            _ROLES[row.role],
            row.text,
            datetime.fromisoformat(row.time) if row.time else None,
            row.sender,
            _KINDS[row.kind],
            Place(file, line),
        )
        for file, line, row in rows
    )
    return Conversation(
        ident,
        messages,
        agent=_agent([row for _, _, row in rows]),
        customer=_customer([row for _, _, row in rows]),
        shop=next((row.shop for _, _, row in rows if row.shop), None),
        platform=next((row.platform for _, _, row in rows if row.platform), None),
    )


def _agent(rows: Sequence[Row]) -> str | None:
    """The human agent who sent most messages (the first of equals); if none spoke, the one the rows name."""
    senders = Counter(row.sender for row in rows if row.role == Role.AGENT and row.sender)
    if senders:
        return max(senders, key=senders.__getitem__)
    return next((row.agent for row in rows if row.agent), None)


def _customer(rows: Sequence[Row]) -> str | None:
    named = next((row.customer for row in rows if row.customer), None)
    return named or next((row.sender for row in rows if row.role == Role.CUSTOMER and row.sender), None)
