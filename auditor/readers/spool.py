"""Rows in, whole conversations out, in flat memory: what does not fit is kept in a private temporary database."""

from __future__ import annotations

import marshal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from auditor.chat import Conversation, Kind, Message, Role
from auditor.errors import AuditorError, Place
from auditor.readers.fields import Row, RowValues

#: Code points (and a little for each row) held in memory before they are written out.
_BUDGET = 24_000_000
_ROW_COST = 400

_ROLES = {role.value: role for role in Role}
_KINDS = {kind.value: kind for kind in Kind}

_TIME, _AGENT, _CUSTOMER, _SHOP, _PLATFORM = map(Row._fields.index, ("time", "agent", "customer", "shop", "platform"))

#: File, line and row; the row is a plain tuple once it has been on disk.
Stored: TypeAlias = tuple[str, int, RowValues]


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
        self._pending.setdefault(number, []).append((file, line, row))
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
        """Move what is pending to the database."""
        try:
            database = self._database or self._create()
            parts = ((number, _packed(rows)) for number, rows in self._pending.items())
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


def _packed(rows: Sequence[Stored]) -> bytes:
    """Rows as bytes. Marshal is safe to read back here: nobody else can write to the private folder."""
    return marshal.dumps([(file, line, tuple(row)) for file, line, row in rows])


def conversation(ident: str, rows: list[Stored]) -> Conversation:
    """A conversation from its rows: by time if every row has one (equal times in file order), else as they came."""
    if all(row[_TIME] for _, _, row in rows):
        # ISO texts of one zone sort as times do; a fraction only makes a text longer, and so later.
        rows = sorted(_oldest_first(rows), key=lambda stored: stored[2][_TIME] or "")
    messages: list[Message] = []
    for file, line, (role, text, time, sender, kind, *_) in rows:
        when = datetime.fromisoformat(time) if time else None
        messages.append(Message(_ROLES[role], text, when, sender, _KINDS[kind], Place(file, line)))
    return Conversation(
        ident,
        tuple(messages),
        agent=_most_frequent(messages, Role.AGENT) or _first(rows, _AGENT),
        customer=_first(rows, _CUSTOMER) or _most_frequent(messages, Role.CUSTOMER),
        shop=_first(rows, _SHOP),
        platform=_first(rows, _PLATFORM),
    )


def _oldest_first(rows: list[Stored]) -> list[Stored]:
    """Rows of a newest-first export turned round, so that those of one second come in the order they were said in."""
    times = [row[_TIME] or "" for _, _, row in rows]
    newest_first = times[0] > times[-1] and all(one >= next_one for one, next_one in pairwise(times))
    return rows[::-1] if newest_first else rows


def _most_frequent(messages: Sequence[Message], role: Role) -> str | None:
    """Who of that role sent most messages, the first of equals; None if nobody did or no sender is known."""
    senders = Counter(message.sender for message in messages if message.role is role and message.sender)
    return max(senders, key=senders.__getitem__, default=None)


def _first(rows: Sequence[Stored], field: int) -> str | None:
    """The first value that a field has in these rows."""
    return next((row[field] for _, _, row in rows if row[field]), None)
