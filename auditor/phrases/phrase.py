"""What a phrase of a library is, and where each of its characters stands in the file it came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from auditor.errors import Problem


class Mark(NamedTuple):
    """From index ``at`` of a phrase on, its characters stand at this line, from this column on (code points from 1)."""

    at: int
    line: int
    column: int


class Point(NamedTuple):
    """A place in a file: line and column, both from 1; the column counts code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Allow:
    """Leave to break rules (ids or codes), with its reason; ``line`` is where it is written, None in a worksheet."""

    rules: tuple[str, ...]
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a phrase stands. In a worksheet a line is a row, a column counts the characters of the cell."""

    file: str
    marks: tuple[Mark, ...]
    sheet: str | None = None
    cell: str | None = None

    @property
    def line(self) -> int:
        """The line on which the phrase begins."""
        return self.marks[0].line

    def at(self, index: int) -> Point:
        """The place of the phrase's character at ``index``."""
        mark = self.marks[bisect_right(self.marks, index, key=lambda mark: mark.at) - 1]
        return Point(mark.line, mark.column + index - mark.at)

    def end(self, index: int) -> Point:
        """The place just behind the character before ``index``, on that character's line."""
        last = self.at(max(0, index - 1))
        return Point(last.line, last.column + (index > 0))

    def unbroken(self, start: int, end: int) -> bool:
        """Do the characters of this span stand side by side in the file, as they are?"""
        return not any(start < mark.at < end for mark in self.marks)

    def __str__(self) -> str:
        if self.sheet is not None:
            return f"{self.file} {self.sheet}!{self.cell}"
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One quick reply, exactly as the library writes it, with its title, group and code ('' where there is none)."""

    text: str
    origin: Origin
    title: str = ""
    group: str = ""
    code: str = ""
    allows: tuple[Allow, ...] = ()


class Note(NamedTuple):
    """Something about a library that the user should know and that is no failure."""

    text: str


#: What reading a library gives: phrases, what could not be read, and notes.
Found: TypeAlias = Phrase | Problem | Note


@dataclass
class Trace:
    """Builds a phrase's text piece by piece together with its marks."""

    parts: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    length: int = 0
    _next: Point | None = None
    _broken: bool = False

    def take(self, piece: str, line: int, column: int) -> None:
        """Append a piece whose characters stand side by side from that place on."""
        if not piece:
            return
        if self._broken or self._next != (line, column):
            self.marks.append(Mark(self.length, line, column))
        self.parts.append(piece)
        self.length += len(piece)
        self._next, self._broken = Point(line, column + len(piece)), False

    def put(self, piece: str, line: int, column: int, width: int) -> None:
        """Append what is written with ``width`` characters from that place on (an escape, a doubled quote)."""
        self.marks.append(Mark(self.length, line, column))
        self.parts.append(piece)
        self.length += len(piece)
        self._next, self._broken = Point(line, column + width), True

    def break_line(self) -> None:
        """Append a line break that stands where the text so far ends."""
        if self._next is not None:
            self.put("\n", *self._next, 0)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    def origin(self, file: str, line: int, column: int) -> Origin:
        """The origin; ``line`` and ``column`` say where an empty text stands."""
        return Origin(file, tuple(self.marks) or (Mark(0, line, column),))
