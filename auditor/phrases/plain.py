"""Plain text, a phrase a line, and Markdown: the rows of tables and the items of lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.errors import Place, Problem
from auditor.phrases.allow import DIRECTIVE, directive
from auditor.phrases.columns import Columns
from auditor.phrases.phrase import Allow, Found, Note, Phrase, Trace
from auditor.readers.source import BadLine, Line, Source

_COMMENT = re.compile(r"\s*#\s*auditor:")
_TRAILING = re.compile(r"\s*(?:#|<!--)\s*auditor:.*$")
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|\d{1,3}[.)、])\s+(?P<text>.*\S)")
_TITLED = re.compile(r"\*\*(?P<title>[^*]+?)[:：]?\*\*\s*[:：]?\s*")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*\s*")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
_ESCAPE = re.compile(r"\\([\\|*_`\[\]#-])|<br\s*/?>")


def bad_line(name: str, number: int, line: BadLine) -> Problem:
    """What is said of a line that cannot be read."""
    return Problem(Place(name, number), "", f"{line.category}（{line.detail}），这一行没有查")


def read_lines(source: Source, name: str) -> Iterator[Found]:
    """A phrase a line; a comment line ``# auditor: allow …`` belongs to the next phrase, one at a line's end to it."""
    pending: tuple[Allow, ...] = ()
    for number, line in source.lines():
        if isinstance(line, BadLine):
            yield bad_line(name, number, line)
            continue
        if _COMMENT.match(line):
            pending += directive(line, number)
            continue
        text = line.rstrip("\r")
        own = _TRAILING.search(text) if "auditor:" in text else None
        if own:
            pending += directive(own[0], number)
            text = text[: own.start()]
        column = 1 + (text.startswith("\ufeff"))
        text = text[column - 1 :]
        if text.strip():
            trace = Trace()
            trace.take(text, number, column)
            yield Phrase(text, trace.origin(name, number, column), allows=pending)
            pending = ()


@dataclass
class _Table:
    """A Markdown table being read: the position of each field, or None if no column holds the text."""

    layout: dict[str, int] | None
    line: int
    rows: int = 0


def read_markdown(source: Source, name: str, columns: Columns) -> Iterator[Found]:
    """The rows of tables with a text column, and the items of lists; the nearest heading above is their group."""
    yield from _Markdown(name, columns).read(list(source.lines()))


class _Markdown:
    """Reads a Markdown text; other prose is documentation and is not checked."""

    def __init__(self, name: str, columns: Columns) -> None:
        self.name, self.columns = name, columns
        self.group = ""
        self.pending: tuple[Allow, ...] = ()
        self.table: _Table | None = None
        self.item: tuple[Trace, str, int, int] | None = None

    def read(self, lines: list[Line]) -> Iterator[Found]:
        fenced = False
        for at, (number, line) in enumerate(lines):
            if isinstance(line, BadLine):
                yield bad_line(self.name, number, line)
                continue
            text = line.rstrip("\r")
            if _FENCE.match(text):
                fenced = not fenced
            if fenced:
                continue
            following = lines[at + 1][1] if at + 1 < len(lines) else ""
            yield from self._line(number, text, following if isinstance(following, str) else "")
        yield from self._close()

    def _line(self, number: int, text: str, following: str) -> Iterator[Found]:
        own: tuple[Allow, ...] = ()
        if "auditor:" in text and (found := DIRECTIVE.search(text)):
            own, text = directive(found[0], number), _TRAILING.sub("", text)
            if not text.strip() or _ITEM.fullmatch(text):
                yield from self._close(keep_table=True)
            self.pending += own
            if not text.strip():
                return
        if text.lstrip().startswith("|") and self.item is None:
            yield from self._row(number, text, following)
            return
        item, heading = _ITEM.fullmatch(text), _HEADING.fullmatch(text)
        if item is None and self.item is not None and text.startswith((" ", "\t")) and text.strip():
            trace = self.item[0]
            trace.break_line()
            _take(trace, text.strip(), number, len(text) - len(text.lstrip()) + 1)
            return
        yield from self._close()
        if heading:
            self.group = heading[1]
        elif item:
            self._open(number, item)

    def _open(self, number: int, item: re.Match[str]) -> None:
        written, column = item["text"], item.start("text") + 1
        titled = _TITLED.match(written)
        start = titled.end() if titled else 0
        trace = Trace()
        _take(trace, written[start:], number, column + start)
        self.item = trace, titled["title"] if titled else "", number, column

    def _close(self, keep_table: bool = False) -> Iterator[Found]:
        """Hand over the list item that is open, and say of a table what could not be read in it."""
        if self.item is not None:
            trace, title, line, column = self.item
            if trace.text.strip():
                yield Phrase(trace.text, trace.origin(self.name, line, column), title, self.group, "", self.pending)
                self.pending = ()
        self.item = None
        if keep_table:
            return
        if self.table is not None and self.table.layout is None and self.table.rows:
            yield Note(f"{self.name}:{self.table.line}：这张表没有{self.columns.wanted()}，没有查")
        self.table = None

    def _row(self, number: int, text: str, following: str) -> Iterator[Found]:
        cells = _cells(text)
        if self.table is None:
            if not _RULE.fullmatch(following):
                return
            self.table = _Table(self.columns.layout([cell for cell, _ in cells]), number)
            return
        if _RULE.fullmatch(text):
            return
        self.table.rows += 1
        layout = self.table.layout
        if layout is None or layout["text"] >= len(cells):
            return
        written, column = cells[layout["text"]]
        trace = Trace()
        _take(trace, written, number, column)
        if not trace.text.strip():
            return
        said = {field: cells[at][0] if at < len(cells) else "" for field, at in layout.items()}
        given = self.pending + (directive(f"auditor: allow {said['allow']}", number) if said.get("allow") else ())
        yield Phrase(trace.text, trace.origin(self.name, number, column), said.get("title", ""),
                     said.get("group", "") or self.group, said.get("code", ""), given)  # fmt: skip
        self.pending = ()


def _cells(text: str) -> list[tuple[str, int]]:
    """The cells of a table row without the blanks around them, each with its column."""
    cells, start, at = [], text.index("|") + 1, text.index("|") + 1
    while at <= len(text):
        if at == len(text) or text[at] == "|":
            cell = text[start:at]
            if at < len(text) or cell.strip():
                cells.append((cell.strip(), start + len(cell) - len(cell.lstrip()) + 1))
            start = at + 1
        at += 2 if text[at : at + 1] == "\\" else 1
    return cells


def _take(trace: Trace, written: str, line: int, column: int) -> None:
    """Put Markdown into the trace: escapes and <br> are marked."""
    at = 0
    for match in _ESCAPE.finditer(written):
        trace.take(written[at : match.start()], line, column + at)
        trace.put(match[1] or "\n", line, column + match.start(), len(match[0]))
        at = match.end()
    trace.take(written[at:], line, column + at)
