"""What the format modules hand over: one message record, one spoilt record, or the refusal of a whole file."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

#: Canonical fields, in the order in which every format hands over its values.
FIELDS = (
    "conversation",
    "time",
    "date",
    "role",
    "agent",
    "customer",
    "text",
    "shop",
    "platform",
    "kind",
    "sender",
    "auto",
)

#: The longest message that is read, in code points; a longer one is not something that a person typed.
MAX_TEXT = 200_000

Values: TypeAlias = tuple[Any, ...]
Raw: TypeAlias = str | Sequence[Any] | Mapping[str, Any]


class Record(NamedTuple):
    """One message as found: 1-based line (or row), values in the order of ``FIELDS``, and the raw record.

    ``part`` names a place inside the file that has lines of its own (a worksheet), else it is None. ``own`` tells
    apart the conversations of a file whose layout shows them but gives them no id (a transcript).
    """

    line: int
    values: Values
    raw: Raw
    part: str | None = None
    own: int | None = None


class Spoilt(NamedTuple):
    """One record that cannot be read: 1-based line, a short category, the particulars and the raw record."""

    line: int
    category: str
    detail: str
    raw: Raw
    part: str | None = None


class Note(NamedTuple):
    """Something that the user should know and that costs no row (title lines left out, a sheet without messages)."""

    line: int | None
    text: str


#: What a column is read as that only the rules of its export map look at.
RULED = "rules"


class Columns(NamedTuple):
    """What the columns of a table are read as: its heading's line, (heading, field, RULED or None) of each column."""

    line: int
    meanings: Sequence[tuple[str, str | None]]
    part: str | None = None


Entry: TypeAlias = Record | Spoilt | Note | Columns
Entries: TypeAlias = Generator[Entry, None, None]


class RowError(Exception):
    """One record is refused: ``category`` is counted, ``detail`` says what was found."""

    def __init__(self, category: str, detail: str = "") -> None:
        super().__init__(category, detail)
        self.category = category
        self.detail = detail


class RefusedError(Exception):
    """A whole file cannot be read: one Chinese sentence, and the line if there is one."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.line = line
