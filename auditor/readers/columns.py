"""Which column is which: headings -> canonical fields. The words themselves are data, in ``columns.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from auditor.readers.records import FIELDS, RefusedError, Values

_BLANKS = re.compile(r"[\s_\-\ufeff]+")
_TITLES = {"role": "角色", "text": "消息"}
#: Headings shown in an error message; a page of 10,000 columns must not fill the screen.
_SHOWN = 20


def normal(heading: str) -> str:
    """A heading or word without what makes no difference: case, spaces, ``_``, ``-``, byte order mark."""
    return _BLANKS.sub("", heading).casefold()


def _lookup(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for meaning, words in table.items():
        for word in words:
            if found.setdefault(normal(word), meaning) != meaning:
                raise ValueError(f"columns.toml: {word!r} stands for both {found[normal(word)]} and {meaning}")
    return found


def _load() -> dict[str, Any]:
    with (Path(__file__).parent / "columns.toml").open("rb") as file:
        return tomllib.load(file)


_DATA = _load()
#: Normal heading -> canonical field.
COLUMNS: Mapping[str, str] = _lookup(_DATA["columns"])
#: Normal key of a JSON conversation -> canonical field, or ``messages``.
CONVERSATION_KEYS: Mapping[str, str] = {**COLUMNS, **_lookup(_DATA["json"])}
#: Normal keys that hold the list of messages of a JSON conversation.
MESSAGE_KEYS = frozenset(normal(word) for word in _DATA["json"]["messages"])
#: Normal word -> value of auditor.chat.Role.
ROLES: Mapping[str, str] = _lookup(_DATA["roles"])
#: Normal word -> value of auditor.chat.Kind.
KINDS: Mapping[str, str] = _lookup(_DATA["kinds"])
#: Normal word -> "yes" or "no".
AUTO: Mapping[str, str] = _lookup(_DATA["auto"])
TOTALS = frozenset(normal(word) for word in _DATA["totals"]["words"])


@dataclass(frozen=True)
class Layout:
    """Where each field stands in a row of ``width`` cells; a position of ``width`` means: no such column."""

    width: int
    positions: tuple[int, ...]

    @property
    def fields(self) -> dict[int, str]:
        """Position -> field."""
        return {at: name for name, at in zip(FIELDS, self.positions, strict=True) if at < self.width}

    @cached_property
    def _pick(self) -> Callable[[Sequence[Any]], Values]:
        return itemgetter(*self.positions)

    def values(self, cells: list[Any]) -> Values:
        """The cells of a row (exactly ``width``) in the order of ``FIELDS``, None where there is no column."""
        return self._pick([*cells, None])

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether cells split at every delimiter look like a message of their own (right width, a known role)."""
        return len(cells) == self.width and normal(cells[self.positions[_ROLE]]).strip('"') in ROLES


_ROLE = FIELDS.index("role")


def has_header(cells: Iterable[Any]) -> bool:
    """Whether these cells are a heading: a role column and a text column are among them."""
    fields = {COLUMNS.get(normal(cell)) for cell in cells if isinstance(cell, str)}
    return {"role", "text"} <= fields


def known_headings(cells: Iterable[Any]) -> int:
    """How many of these cells are headings we know."""
    return sum(isinstance(cell, str) and normal(cell) in COLUMNS for cell in cells)


def layout(headings: Sequence[Any], line: int) -> Layout:
    """The layout of a heading row. Raises RefusedError if a needed column is missing or a field has two columns."""
    positions: dict[str, int] = {}
    for at, heading in enumerate(headings):
        field = COLUMNS.get(normal(heading)) if isinstance(heading, str) else None
        if field is None:
            continue
        if field in positions:
            first, second = headings[positions[field]], heading
            both = f"「{first.strip()}」和「{second.strip()}」"
            raise RefusedError(f"{both}两列是同一个意思，分不清该读哪一列，请删掉或改名其中一列。", line)
        positions[field] = at
    missing = [title for field, title in _TITLES.items() if field not in positions]
    if missing:
        raise RefusedError(missing_columns(missing, headings), line)
    width = len(headings)
    return Layout(width, tuple(positions.get(field, width) for field in FIELDS))


def missing_columns(missing: Sequence[str], headings: Sequence[Any]) -> str:
    """The sentence for a file without needed columns, naming those it has."""
    names = [str(heading).strip()[:30] for heading in headings if heading is not None and str(heading).strip()]
    found = "、".join(names[:_SHOWN]) + (f" 等 {len(names)} 列" if len(names) > _SHOWN else "")
    lacking = "、".join(f"「{title}」" for title in missing)
    return f"缺少{lacking}列，找到的列是：{found or '（空）'}；请在表头里补上这些列名，或用 --from 指明导出格式。"
