"""Sessions kept on disk between the audit and the workbooks, so that memory does not grow with the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import AuditorError
from auditor.reports.records import Session


class SessionStore:
    """A temporary database of sessions by agent, in the order they were added.

    Every method raises AuditorError if the disk does not take or give the data.
    """

    def __init__(self, path: Path) -> None:
        with _told():
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = OFF")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("CREATE TABLE session (number INTEGER PRIMARY KEY, body TEXT)")
            key = "PRIMARY KEY (agent, number)) WITHOUT ROWID"
            self._db.execute(f"CREATE TABLE served (agent TEXT, number INTEGER, {key}")
            self._db.execute("BEGIN")

    def add(self, session: Session, agents: Sequence[str]) -> None:
        """Keep a session for every agent who served in it."""
        body = json.dumps([session.conversation, session.findings, session.messages], ensure_ascii=True)
        with _told():
            number = self._db.execute("INSERT INTO session (body) VALUES (?)", (body,)).lastrowid
            self._db.executemany("INSERT INTO served VALUES (?, ?)", [(_key(agent), number) for agent in agents])

    def sessions(self, agent: str) -> Iterator[Session]:
        """The sessions of one agent."""
        query = "SELECT body FROM served JOIN session USING (number) WHERE agent = ? ORDER BY number"
        with _told():
            for (body,) in self._db.execute(query, (_key(agent),)):
                conversation, findings, messages = json.loads(body)
                yield Session(conversation, tuple(findings), tuple(messages))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _key(agent: str) -> str:
    """A name that sqlite can store whatever it holds (lone surrogates)."""
    return json.dumps(agent)


@contextmanager
def _told() -> Iterator[None]:
    """A failure of the database as a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        said = f"输出文件夹里的临时数据读写失败（{error}），没有写出结果，请检查磁盘的剩余空间"
        raise AuditorError(said) from None
