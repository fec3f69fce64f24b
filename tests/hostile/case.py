"""One case: what is given to the program, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

HEAD = "session,time,role,agent,customer,text\n"
#: Five conversations of two agents, each answered after 8 seconds. Line 1 is the heading; these are lines 2 to 11.
ROWS = tuple(
    f"S{n},2026-11-16 09:0{n}:{second},{role},{agent},茶茶{n},{text}"
    for n, agent in enumerate(["小云", "小云", "小云", "阿泽", "阿泽"], 1)
    for second, role, text in (("00", "customer", "这件外套还有货吗"), ("08", "agent", "亲，您好，今天就能发出"))
)
GOOD = HEAD + "\n".join(ROWS) + "\n"
#: What every agent must not say; it is quoted in the report.
BANNED = "加我微信私下聊"


def rows(**changed: str) -> str:
    """The good log with rows of its own on some lines: ``rows(line3="…")``; an empty one is left out."""
    lines = [changed.get(f"line{at}", row) for at, row in enumerate(ROWS, 2)]
    return HEAD + "".join(f"{line}\n" for line in lines if line)


def said(*texts: str, role: str = "agent") -> str:
    """A log in which each text is one row's, quoted as CSV wants it."""
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    return HEAD + "".join(
        f"S{n},2026-11-16 09:00:{n % 60:02d},{role},小云,茶茶,{text}\n" for n, text in enumerate(quoted, 1)
    )


def named(*agents: str) -> str:
    """A log in which each agent says one thing, under names that are quoted as CSV wants it."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in agents]
    return HEAD + "".join(f"S{n},2026-11-16 09:00:00,agent,{name},茶茶,{BANNED}\n" for n, name in enumerate(quoted))


def timed(*times: str) -> str:
    """A log of one conversation, customer and agent in turn, at these times."""
    roles = ("customer", "agent")
    return HEAD + "".join(f"S1,{time},{roles[n % 2]},小云,茶茶,亲，您好，在的呢{n}\n" for n, time in enumerate(times))


@dataclass(frozen=True)
class Seen:
    """What came of a case: exit code, everything that was said, and the results (empty if none were written)."""

    code: int
    out: str
    err: str
    folder: Path
    run: dict[str, Any] = field(default_factory=dict)
    unread: tuple[tuple[str, str, str, str], ...] = ()
    agents: dict[str, Any] = field(default_factory=dict)
    findings: tuple[dict[str, Any], ...] = ()
    conversations: tuple[dict[str, Any], ...] = ()

    @property
    def told(self) -> str:
        """All that the user may read of what went wrong: the screen, what was left out, the reasons of rejects."""
        left_out = "\n".join(self.run.get("left_out", ()))
        return "\n".join([self.out, self.err, left_out, *(reason for _, _, reason, _ in self.unread)])

    @property
    def lost(self) -> tuple[int, ...]:
        """The lines of the rows that were rejected."""
        return tuple(int(line) for _, line, _, _ in self.unread if line)

    @property
    def waits(self) -> list[float | None]:
        """The first response of every conversation, in seconds."""
        return [talk["first_response_s"] for talk in self.conversations]

    @property
    def quotes(self) -> list[str]:
        """What every finding quotes."""
        return [finding["quote"] for finding in self.findings]


#: The bytes of the log, or what makes it (and whatever else there must be) in an empty folder.
Log: TypeAlias = str | bytes | Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """``log`` stands in the file ``name``; ``options`` follow ``auditor audit name -o out``.

    ``code``: exit code; ``rows``: rows audited (None: nothing is written); ``lost``: lines rejected; ``says``: words
    the user must be told; ``holds``: what else must be true of the results.
    """

    id: str
    what: str
    log: Log
    name: str = "log.csv"
    code: int = 0
    rows: int | None = 10
    lost: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    formats: str = "jsonl"
    holds: Callable[[Seen], object] | None = None

    @property
    def family(self) -> str:
        """ENC, CSV, …"""
        return self.id.partition("-")[0]


def rejected(ident: str, what: str, log: Log, *lost: int, says: str = "", rows: int = 9, **more: Any) -> Case:
    """A case in which these lines are rejected and the rest is audited."""
    return Case(ident, what, log, code=3, rows=rows, lost=lost, says=(says,) if says else (), **more)


def refused(ident: str, what: str, log: Log, *says: str, **more: Any) -> Case:
    """A case in which nothing is written, and the user is told why in one sentence."""
    return Case(ident, what, log, code=2, rows=None, says=says, **more)


def written(path: Path, seen_of: Callable[..., Seen], code: int, out: str, err: str, folder: Path) -> Seen:
    """The results that lie in a folder, read back."""
    import csv

    if not (path / "run.json").exists():
        return seen_of(code, out, err, folder)
    with (path / "unread.csv").open(encoding="utf-8-sig", newline="") as file:
        unread = tuple((row[0], row[1], row[2], row[3]) for row in list(csv.reader(file))[1:])
    run, agents = (json.loads((path / name).read_bytes()) for name in ("run.json", "agents.json"))
    findings, talks = (
        tuple(map(json.loads, (path / name).read_text(encoding="utf-8").split("\n")[:-1]))
        for name in ("findings.jsonl", "conversations.jsonl")
    )
    return seen_of(code, out, err, folder, run, unread, agents, findings, talks)
