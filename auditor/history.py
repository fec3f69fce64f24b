"""The trend store: what every conversation scored, in one sqlite file that grows from run to run.

It keeps no chat text and no customer: a digest for each conversation, the agent, the day, points by dimension, charges
by rule, sums of waits and messages. A conversation that is audited again replaces its earlier self, so the same day can
be run twice, in parts, or by two processes at once.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from auditor.charging import Charge
from auditor.errors import AuditorError, reason
from auditor.kpis import Contact
from auditor.rule import Rule
from auditor.scoring import Before, Scored, Share
from auditor.service import Service, taking_part
from auditor.sums import Sums, headline_figures, sums_of

#: Marks our files; sqlite keeps it in the header ("aud1").
_APPLICATION = 0x61756431
_VERSION = 1
#: Seconds to wait for another process that is writing.
_PATIENCE = 120
#: Stands for the whole team in the column ``agent``; no agent's name is empty.
TEAM = ""
WEEK, MONTH = "week", "month"
#: A day's period: the Monday of its week, or its month.
_PERIODS = {WEEK: "date(day, 'weekday 0', '-6 days')", MONTH: "substr(day, 1, 7)"}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS {to}part (
    talk INTEGER, agent TEXT, day TEXT, score REAL, passed INTEGER, fatal INTEGER, bonus REAL, rules TEXT,
    PRIMARY KEY (talk, agent)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {to}lost (
    talk INTEGER, agent TEXT, dimension TEXT, points REAL, PRIMARY KEY (talk, agent, dimension)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {to}hit (
    talk INTEGER, agent TEXT, rule TEXT, hits INTEGER, charged INTEGER, points REAL,
    PRIMARY KEY (talk, agent, rule)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {to}rule (
    id TEXT PRIMARY KEY, code TEXT, title TEXT, dimension TEXT, severity TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {to}service (
    talk INTEGER, agent TEXT, day TEXT, preset TEXT, {sums}, PRIMARY KEY (talk, agent)) WITHOUT ROWID;
""".replace("{sums}", ", ".join(f"{name} INTEGER" for name in Sums._fields))
#: Tables by conversation, and the one that says which conversations a draft has of it. Histories of before have no
#: service figures.
_TABLES = {"part": "part", "lost": "part", "hit": "part", "service": "service"}


@dataclass(frozen=True)
class Point:
    """One agent's (or the team's) period: its first day or month as text, conversations, mean score, pass rate.

    ``rule_sets``: how many different rule sets the conversations were judged by.
    """

    agent: str
    period: str
    conversations: int
    score: float
    pass_rate: float
    fatal: int
    rule_sets: int


@dataclass(frozen=True)
class RulePoint:
    """How often a rule was charged to an agent in a period, and the points that it took."""

    agent: str
    rule: str
    period: str
    charged: int
    points: float


@dataclass(frozen=True)
class RuleName:
    """A rule as the store remembers it, whether or not it still exists."""

    id: str
    code: str
    title: str
    dimension: str
    severity: str


@dataclass
class Draft:
    """A run's share of the history, collected in a private file until the run is done."""

    path: Path
    rules_hash: str
    pass_score: float
    without_day: int = 0
    _named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        with _told(self.path):
            self._db = sqlite3.connect(self.path, isolation_level=None)
            fast = f"PRAGMA application_id = {_APPLICATION}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            self._db.executescript(fast + _SCHEMA.format(to=""))
            self._db.execute("BEGIN")

    def add(self, scored: Scored, served: Contact | None = None) -> None:
        """Take one conversation; without a time it belongs to no day, and without a human agent nobody is scored.

        ``served``: the conversation as the preset of its platform counts it.
        """
        talk = scored.audited.conversation
        if talk.start is None:
            self.without_day += scored.score is not None
            return
        key = _digest("\x1f".join((talk.shop or "", talk.id, talk.start.isoformat())))
        day = talk.start.date().isoformat()
        with _told(self.path):
            if served is not None:
                self._service(key, day, served)
            if scored.score is None:
                return
            self._part(key, TEAM, day, scored.whole, scored.charges)
            for agent, share in scored.shares.items():
                own = [charge for charge in scored.charges if charge.finding.agent == agent]
                self._part(key, agent, day, share, own)

    def _service(self, key: int, day: str, served: Contact) -> None:
        """What each agent did in the conversation; who said nothing left questions unanswered."""
        marks = ", ".join("?" * (4 + len(Sums._fields)))
        for agent in taking_part(served):
            service = Service()
            service.add(served, agent)
            row = (key, _stored(agent), day, served.preset.name, *sums_of(service, served.preset))
            self._db.execute(f"INSERT OR REPLACE INTO service VALUES ({marks})", row)

    def _part(self, key: int, agent: str, day: str, share: Share, charges: Sequence[Charge]) -> None:
        name = _stored(agent)
        passed = share.score >= self.pass_score
        row = (key, name, day, share.score, passed, share.fatal, share.bonus, short_hash(self.rules_hash))
        self._db.execute("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        lost = [(key, name, dimension, points) for dimension, points in share.lost.items() if points]
        self._db.executemany("INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)", lost)
        by_rule: dict[str, list[Charge]] = {}
        for charge in charges:
            by_rule.setdefault(charge.finding.rule.id, []).append(charge)
            self._name(charge.finding.rule)
        self._db.executemany("INSERT OR REPLACE INTO hit VALUES (?, ?, ?, ?, ?, ?)", [
            (key, name, rule, len(own), sum(c.charged != 0 for c in own), sum(c.charged for c in own))
            for rule, own in by_rule.items()
        ])  # fmt: skip

    def _name(self, rule: Rule) -> None:
        if rule.id not in self._named:
            self._named.add(rule.id)
            row = (rule.id, rule.code, rule.title, rule.dimension, str(rule.severity))
            self._db.execute("INSERT OR REPLACE INTO rule VALUES (?, ?, ?, ?, ?)", row)

    def done(self) -> None:
        """No more conversations: what was taken can be read by others."""
        with _told(self.path):
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def check(path: Path) -> None:
    """Raise AuditorError if the file is there and is no history, or cannot be made."""
    with _told(path):
        if path.is_dir():
            raise AuditorError(f"历史文件 {path} 是一个文件夹，请写成文件名，例如 历史.db")
        if not path.parent.is_dir():
            raise AuditorError(f"历史文件 {path} 所在的文件夹不存在，请先建好")
        if path.exists() and path.stat().st_size:
            _open(path).close()


@contextmanager
def merged(path: Path, draft: Path) -> Iterator[None]:
    """Enter a run's draft into the history when the block succeeds; not a row of it otherwise.

    Others who write at the same time wait. Raises AuditorError if the file is no history or stays busy.
    """
    db: sqlite3.Connection | None = None
    try:
        with _told(path):
            db = _open(path)
            _enter(db, draft)
        yield
        with _told(path):
            db.execute("COMMIT")
    finally:
        if db is not None:
            db.close()


def _enter(db: sqlite3.Connection, draft: Path) -> None:
    """Put the draft's conversations in the place of their earlier selves, in a transaction that is left open."""
    db.execute("ATTACH ? AS draft", (str(draft),))
    db.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA.format(to="main.").split(";"):
        db.execute(statement)
    for table, of in _TABLES.items():
        db.execute(f"DELETE FROM main.{table} WHERE talk IN (SELECT talk FROM draft.{of})")
        db.execute(f"INSERT INTO main.{table} SELECT * FROM draft.{table}")
    db.execute("INSERT OR REPLACE INTO main.rule SELECT * FROM draft.rule")
    db.execute(f"PRAGMA main.application_id = {_APPLICATION}")
    db.execute(f"PRAGMA main.user_version = {_VERSION}")


def _open(path: Path) -> sqlite3.Connection:
    """The history, or a new one; whatever else it is is refused."""
    db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    if tables and application != _APPLICATION:
        db.close()
        raise AuditorError(f"{path} 是别的程序的数据库，不是质检历史，请换一个文件名")
    if version > _VERSION:
        db.close()
        raise AuditorError(f"历史文件 {path} 是更新版本的 auditor 写的，请升级后再用")
    return db


class Timeline:
    """Reads a history, with a run's draft laid over it if there is one: what the history will say after the run."""

    def __init__(self, history: Path, draft: Path | None = None) -> None:
        self._path = history
        with _told(history):
            self._db = sqlite3.connect(":memory:", isolation_level=None)
            sources = []
            if draft is not None:
                self._db.execute("ATTACH ? AS draft", (str(draft),))
                sources.append("draft")
            if history.exists() and history.stat().st_size:
                _open(history).close()
                self._db.execute("ATTACH ? AS history", (str(history),))
                sources.append("history")
            self._views(sources)

    def _views(self, sources: Sequence[str]) -> None:
        if not sources:
            self._db.executescript(_SCHEMA.format(to=""))
            return
        for table in (*_TABLES, "rule"):
            holding = [source for source in sources if self._has(source, table)]
            if not holding:
                self._db.execute(_schema_of(table))
                continue
            over = ""
            if len(holding) == 2:
                key, of = ("talk", _TABLES[table]) if table != "rule" else ("id", "rule")
                over = f" UNION ALL SELECT * FROM history.{table} WHERE {key} NOT IN (SELECT {key} FROM draft.{of})"
            self._db.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM {holding[0]}.{table}{over}")

    def _has(self, source: str, table: str) -> bool:
        query = f"SELECT count(*) FROM {source}.sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self._db.execute(query, (table,)).fetchone()[0])

    def __enter__(self) -> Timeline:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def points(self, unit: str, agent: str | None = None) -> list[Point]:
        """The periods of one agent (None: of everybody and the team), by agent and time. ``unit``: week or month."""
        period = _PERIODS[unit]
        where, values = ("WHERE agent = ?", (_stored(agent),)) if agent is not None else ("", ())
        query = (
            f"SELECT agent, {period} AS period, count(*), sum(score), sum(passed), sum(fatal), count(DISTINCT rules)"
            f" FROM part {where} GROUP BY agent, period ORDER BY agent, period"
        )
        with _told(self._path):
            rows = self._db.execute(query, values).fetchall()
        return [
            Point(name, when, count, total / count, passed / count, fatal, sets)
            for name, when, count, total, passed, fatal, sets in rows
        ]

    def rule_points(self, unit: str, agent: str | None = None) -> list[RulePoint]:
        """How often each rule was charged (bonuses too) by agent and period; None: everybody and the team."""
        period = _PERIODS[unit]
        where, values = ("AND agent = ?", (_stored(agent),)) if agent is not None else ("", ())
        query = (
            f"SELECT agent, rule, {period} AS period, sum(charged), sum(points)"
            f" FROM hit JOIN part USING (talk, agent) WHERE charged {where}"
            " GROUP BY agent, rule, period ORDER BY agent, rule, period"
        )
        with _told(self._path):
            rows = self._db.execute(query, values).fetchall()
        return [RulePoint(name, rule, when, charged, points) for name, rule, when, charged, points in rows]

    def rules(self) -> dict[str, RuleName]:
        """Every rule that ever fired, by id."""
        with _told(self._path):
            rows = self._db.execute("SELECT id, code, title, dimension, severity FROM rule ORDER BY id").fetchall()
        return {row[0]: RuleName(*row) for row in rows}

    def days(self) -> tuple[date, date] | None:
        """The first and the last day with a conversation, None if there is none."""
        with _told(self._path):
            first, last = self._db.execute("SELECT min(day), max(day) FROM part").fetchone()
        return (date.fromisoformat(first), date.fromisoformat(last)) if first else None

    def last_day(self, agent: str, since: date, before: date) -> date | None:
        """The last day from ``since`` on and before ``before`` on which an agent (TEAM: anybody) had conversations."""
        query = "SELECT max(day) FROM part WHERE agent = ? AND day >= ? AND day < ?"
        with _told(self._path):
            (day,) = self._db.execute(query, (_stored(agent), since.isoformat(), before.isoformat())).fetchone()
        return date.fromisoformat(day) if day else None

    def before(self, agent: str, start: date, end: date) -> Before | None:
        """An agent's (TEAM: the team's) figures from ``start`` to ``end``, both included; None if there are none."""
        days = (_stored(agent), start.isoformat(), end.isoformat())
        where = "WHERE agent = ? AND day BETWEEN ? AND ?"
        with _told(self._path):
            count, total = self._db.execute(f"SELECT count(*), sum(score) FROM part {where}", days).fetchone()
            if not count:
                return None
            query = f"SELECT dimension, sum(points) FROM lost JOIN part USING (talk, agent) {where} GROUP BY dimension"
            lost = self._db.execute(query, days).fetchall()
            sets = self._db.execute(f"SELECT DISTINCT rules FROM part {where} ORDER BY rules", days).fetchall()
            figures = self._figures(days)
        means = {dimension: points / count for dimension, points in lost}
        return Before(start, end, count, total / count, means, tuple(name for (name,) in sets), figures)

    def _figures(self, days: tuple[str, str, str]) -> dict[str, dict[str, float | int | str | None]]:
        """Headline service figures of an agent's days, by preset."""
        sums = ", ".join(f"{'max' if name == 'longest_ms' else 'sum'}({name})" for name in Sums._fields)
        query = (
            f"SELECT preset, {sums} FROM service WHERE agent = ? AND day BETWEEN ? AND ?"
            " GROUP BY preset ORDER BY preset"
        )
        return {preset: headline_figures(Sums(*row)) for preset, *row in self._db.execute(query, days)}


def _schema_of(table: str) -> str:
    """The statement that makes one table."""
    return next(part for part in _SCHEMA.format(to="temp.").split(";") if f"EXISTS temp.{table} (" in part)


def _digest(text: str) -> int:
    """64 bits of a text's hash, as sqlite's integers hold them: a fraction of the room that letters take."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def short_hash(rules_hash: str) -> str:
    """A rule set's hash as the history keeps it: enough to tell rule sets apart."""
    return rules_hash[:12]


def _stored(agent: str) -> str:
    """A name as sqlite can hold it: lone surrogates are written as escapes."""
    return agent.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A failure of the database as a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        busy = "locked" in str(error) or "busy" in str(error)
        why = "一直被别的程序占用，请稍后再试" if busy else f"读写失败（{error}），请检查路径、权限和磁盘的剩余空间"
        raise AuditorError(f"历史文件 {path} {why}") from None
    except sqlite3.DatabaseError:
        raise AuditorError(f"{path} 不是质检历史（或者损坏了），请换一个文件名") from None
    except OSError as error:
        raise AuditorError(f"历史文件 {path} 读写失败（{reason(error)}）") from None
