"""Delimited text -> records, with physical line numbers and with recovery: one spoilt record costs one line.

The rules are those of RFC 4180: a cell that begins with ``"`` ends at the next single ``"``, may hold delimiters and
line breaks, and doubles its own quotes. Elsewhere a quote is an ordinary character.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto

from auditor.readers.records import MAX_TEXT, Spoilt
from auditor.readers.source import BadLine, Line

#: A quote that is still open after so many lines was never meant to span them.
MAX_SPAN = 500
BAD_QUOTES = "引号没有成对"
BAD_WIDTH = "列数不对"


class _State(Enum):
    DONE = auto()
    OPEN = auto()
    BAD = auto()


class _Cells:
    """The cells of one record, fed one physical line at a time."""

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self.length = 0
        self._delimiter = delimiter
        self._open: list[str] | None = None

    def feed(self, line: str) -> _State:
        """Take one line. OPEN: a quoted cell goes on in the next line; BAD: a closing quote is not at a cell's end."""
        at, end = 0, len(line)
        while True:
            if self._open is None and not line.startswith('"', at):
                at = self._plain(line, at)
            else:
                at = self._quoted(line, at)
                if at < 0:
                    return _State.OPEN
                if at < end and not line.startswith(self._delimiter, at) and line[at:] != "\r":
                    return _State.BAD
            if at >= end or line[at:] == "\r":
                return _State.DONE
            at += 1

    def _plain(self, line: str, at: int) -> int:
        end = line.find(self._delimiter, at)
        if end < 0:
            self.cells.append(line[at:].removesuffix("\r"))
            return len(line)
        self.cells.append(line[at:end])
        return end

    def _quoted(self, line: str, at: int) -> int:
        """Read on in a quoted cell; the place after its closing quote, or -1 if the line ends first."""
        start = at + 1 if self._open is None else at
        parts = self._open or []
        close = line.find('"', start)
        while close >= 0 and line.startswith('"', close + 1):
            close = line.find('"', close + 2)
        self._open = None if close >= 0 else parts
        parts.append(line[start:] if close < 0 else line[start:close])
        if close < 0:
            self.length += len(parts[-1])
            return -1
        self.cells.append("\n".join(parts).replace('""', '"'))
        return close + 1


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line that is a record of its own, or None if it is not."""
    if '"' not in line:
        return line.removesuffix("\r").split(delimiter)
    record = _Cells(delimiter)
    return record.cells if record.feed(line) is _State.DONE else None


class Splitter:
    """Cuts numbered lines into records of ``width`` cells.

    ``is_row`` tells whether the cells of a line look like a record of their own; a quote that would swallow such
    a line is taken for one that was never closed. So is one that spans more than ``most_lines``.
    """

    def __init__(
        self,
        lines: Iterator[Line],
        delimiter: str,
        width: int,
        is_row: Callable[[Sequence[str]], bool],
        most_lines: int = MAX_SPAN,
    ) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._is_row = is_row
        self._most_lines = most_lines
        self._most_length = MAX_TEXT * max(1, most_lines // MAX_SPAN)
        self._again: deque[Line] = deque()

    def records(self) -> Iterator[tuple[int, list[str], str] | Spoilt]:
        """(line, cells, raw text) of each record, or what is wrong with it. Blank lines are no records."""
        delimiter, width = self._delimiter, self._width
        while (item := self._next()) is not None:
            number, text = item
            if isinstance(text, BadLine):
                yield Spoilt(number, text.category, text.detail, text.raw)
                continue
            if '"' in text:
                yield from self._quoted(number, text)
                continue
            if text.endswith("\r"):
                text = text[:-1]
            cells = text.split(delimiter)
            # Only a row that begins with a delimiter can be one of empty cells.
            if (len(cells) == width and text[0] != delimiter) or self._fit(cells):
                yield number, cells, text
            elif any(map(str.strip, cells)):
                yield self._wrong_width(number, cells, text)

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _fit(self, cells: list[str]) -> bool:
        """Whether the record has the right width; empty cells too many at its end are dropped."""
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        return len(cells) == self._width and any(map(str.strip, cells))

    def _wrong_width(self, number: int, cells: Sequence[str], text: str) -> Spoilt:
        return Spoilt(number, BAD_WIDTH, f"表头 {self._width} 列，这一行 {len(cells)} 列", text)

    def _quoted(self, number: int, first: str) -> Iterator[tuple[int, list[str], str] | Spoilt]:
        """One record with quotes. If it is spoilt, only its first line is lost: the others are read anew."""
        record = _Cells(self._delimiter)
        state = record.feed(first)
        taken: list[Line] = []
        while state is _State.OPEN:
            item = self._next() if len(taken) < self._most_lines and record.length <= self._most_length else None
            if item is None:
                break
            taken.append(item)
            if isinstance(item[1], BadLine) or self._is_row(item[1].split(self._delimiter)):
                break
            state = record.feed(item[1])
        if state is _State.DONE and self._fit(record.cells):
            yield number, record.cells, "\n".join([first, *(str(text) for _, text in taken)])
            return
        self._again.extendleft(reversed(taken))
        if state is _State.DONE:
            yield self._wrong_width(number, record.cells, first)
        else:
            detail = "双引号没有收尾" if state is _State.OPEN else "收尾的双引号后面应是分隔符"
            yield Spoilt(number, BAD_QUOTES, detail, first)
