"""Which column of a table, and which key of a record, is what: the text of a phrase, its title, group, code, leave."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FIELDS = ("text", "title", "group", "code", "allow")
_NOISE = re.compile(r"[\s*＊_\-]+|[(（\[【][^)）\]】]*[)）\]】]")


def normal(name: str) -> str:
    """A heading as headings are compared: without case, blanks, stars, and remarks in brackets."""
    return _NOISE.sub("", name).strip("\ufeff:：").lower()


@cache
def _known() -> Mapping[str, str]:
    table = tomllib.loads((Path(__file__).with_name("columns.toml")).read_text(encoding="utf-8"))
    return {normal(name): field for field, names in table.items() for name in names}


@dataclass(frozen=True)
class Columns:
    """The names of fields; ``own`` names the text's column where the usual ones do not."""

    own: str | None = None

    def field(self, name: str) -> str | None:
        """The field of a heading or key, None if it is none."""
        if self.own is not None and normal(name) == normal(self.own):
            return "text"
        field = _known().get(normal(name))
        return None if field == "text" and self.own is not None else field

    def layout(self, headings: Iterable[object]) -> dict[str, int] | None:
        """Field -> position of the first column of that field; None if no column holds the text."""
        found: dict[str, int] = {}
        for at, heading in enumerate(headings):
            field = self.field(heading) if isinstance(heading, str) else None
            if field is not None:
                found.setdefault(field, at)
        return found if "text" in found else None

    def wanted(self) -> str:
        """What a table must have, for the sentence that says so."""
        return f"「{self.own}」列" if self.own else "「内容」「话术」或「快捷短语」列"


def value(cells: Sequence[str], layout: Mapping[str, int], field: str) -> str:
    """The cell of a field, '' where the table has no such column."""
    at = layout.get(field)
    return cells[at].strip() if at is not None and at < len(cells) else ""
