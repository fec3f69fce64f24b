"""The list of agent accounts (``--agents``): a text with one account a line, or a table with a column of agents."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import AuditorError, Place, Problem, reason
from auditor.readers.columns import COLUMNS, normal
from auditor.readers.delimited import DELIMITERS
from auditor.readers.files import display_name
from auditor.readers.records import RefusedError
from auditor.readers.source import BadLine, Source
from auditor.readers.splitter import cells_of

_HEADINGS = frozenset(map(normal, ("账号", "帐号", "账户", "客服列表", "客服账号列表", "account", "nick", "昵称")))


def load_agents(path: Path) -> frozenset[str]:
    """The accounts in the file. Lines that begin with ``#`` are comments. Raises AuditorError if there is none."""
    name = display_name(path)
    try:
        source = Source.open(path, lambda _: None)
        source.decide_encoding(None)
        rows = list(source.lines())
    except OSError as error:
        raise AuditorError(f"客服账号名单「{name}」打不开（{reason(error)}），请检查 --agents。") from error
    except RefusedError as refusal:
        raise AuditorError(f"客服账号名单「{name}」读不了：{refusal.text}") from refusal
    bad = [Problem(Place(name, number), "", line.detail) for number, line in rows if isinstance(line, BadLine)]
    if bad:
        raise AuditorError(f"客服账号名单「{name}」里有读不了的行，请另存为 UTF-8 文本。", bad)
    accounts = _accounts([line for _, line in rows if isinstance(line, str)])
    if not accounts:
        raise AuditorError(f"客服账号名单「{name}」里一个账号也没有，请每行写一个账号。")
    return accounts


def _accounts(lines: list[str]) -> frozenset[str]:
    kept = [line.strip("\r\ufeff ") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    delimiter = next((mark for mark in DELIMITERS if kept and mark in kept[0]), ",")
    rows = [cells_of(line, delimiter) or [line] for line in kept]
    at = _column(rows[0]) if rows else None
    if at is None:
        return frozenset(row[0].strip() for row in rows if row[0].strip())
    return frozenset(row[at].strip() for row in rows[1:] if at < len(row) and row[at].strip())


def _column(headings: list[str]) -> int | None:
    """Which column holds the accounts; None if the first line is no heading."""
    words = [normal(heading) for heading in headings]
    named = [at for at, word in enumerate(words) if word in _HEADINGS or COLUMNS.get(word) == "agent"]
    return named[0] if named else None
