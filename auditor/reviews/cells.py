"""Cells of sheets that people have worked on."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

#: Rows above a list that may stand there: titles, notes.
HEADER_WITHIN = 30

Row = Sequence[Any]


def cell_text(value: Any) -> str:
    """A cell's text without the spaces and width variants that programs and hands put there."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip().strip("\u200b\ufeff'")


def headed(rows: Sequence[Row], headings: Collection[str]) -> dict[str, int]:
    """Heading -> column of the row near the top that holds most of these headings; empty if none does."""
    columns: dict[str, int] = {}
    for row in rows[:HEADER_WITHIN]:
        named = {cell_text(value): at for at, value in reversed(list(enumerate(row)))}
        known = {name: at for name, at in named.items() if name in headings}
        if len(known) > len(columns):
            columns = known
    return columns
