"""What a worksheet is to the reader of workbooks, whichever library opens it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

DAMAGED = "工作簿损坏了，请用 Excel 打开后另存为新的 .xlsx。"


class Row(NamedTuple):
    """The cells of a row, and the place of the first that is an error value (None: there is none)."""

    cells: list[Any]
    error: int | None = None


class Sheet(Protocol):
    """A worksheet: its name, and its rows from the first one on."""

    @property
    def title(self) -> str: ...

    def rows(self) -> Iterator[Row]:
        """Every row anew, blank ones too; cells are text, numbers, booleans, times or None."""
        ...
