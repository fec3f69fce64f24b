"""CSV, TSV and their kin: a phrase a row under a heading, with the place of every character of a quoted cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from auditor.errors import Place, Problem
from auditor.phrases.allow import allows
from auditor.phrases.columns import Columns, value
from auditor.phrases.phrase import Found, Note, Phrase, Trace
from auditor.readers.records import Spoilt
from auditor.readers.source import BadLine, Source
from auditor.readers.splitter import Splitter, cells_of

_DELIMITERS = (",", "\t", ";", "|")
#: Title lines are looked past only so far.
_HEADER_WITHIN = 20


class Header(NamedTuple):
    """The heading of a table: its line, what cuts its cells, the cells, and the position of each field."""

    line: int
    delimiter: str
    cells: Sequence[str]
    layout: dict[str, int]


def header(source: Source, columns: Columns) -> Header | None:
    """The first line that is a heading with a column of texts, if there is one."""
    for number, line in islice(source.head_lines(), _HEADER_WITHIN):
        if isinstance(line, BadLine):
            continue
        for delimiter in _DELIMITERS:
            cells = cells_of(line, delimiter)
            layout = columns.layout(cells) if cells is not None and (len(cells) > 1 or delimiter == ",") else None
            if cells is not None and layout is not None:
                return Header(number, delimiter, cells, layout)
    return None


def read(source: Source, name: str, head: Header) -> Iterator[Found]:
    """The phrases of the rows below the heading; a spoilt row comes as a Problem."""
    rows = Splitter(islice(source.lines(), head.line, None), head.delimiter, len(head.cells), _never)
    empty = 0
    for row in rows.records():
        if isinstance(row, Spoilt):
            yield Problem(Place(name, row.line), "", f"{row.category}（{row.detail}），这一行没有查")
            continue
        line, cells, raw = row
        trace = _cell(raw, head.layout["text"], line, head.delimiter)
        if not trace.text.strip():
            empty += 1
            continue
        yield Phrase(
            trace.text,
            trace.origin(name, line, 1),
            value(cells, head.layout, "title"),
            value(cells, head.layout, "group"),
            value(cells, head.layout, "code"),
            allows(value(cells, head.layout, "allow"), line),
        )
    if empty:
        yield Note(f"{name}：有 {empty} 行没有内容，没有查")


def _never(cells: Sequence[str]) -> bool:
    """No row of a library looks so much like a row that a quote before it cannot have been meant."""
    del cells
    return False


def _cell(raw: str, wanted: int, line: int, delimiter: str) -> Trace:
    """The text of one cell of a record that the splitter has accepted; its doubled quotes and line breaks are marked.

    A CR before a line break belongs to the file's line ends and not to the text.
    """
    trace = Trace()
    if '"' not in raw:
        cells = raw.split(delimiter)
        trace.take(cells[wanted], line, 1 + sum(map(len, cells[:wanted])) + wanted)
        return trace
    at, column, number = 0, 1, 0
    while number <= wanted and at <= len(raw):
        quoted = raw.startswith('"', at)
        begin, line_begins = at, at - column + 1
        end = _quoted_end(raw, at) if quoted else _plain_end(raw, at, delimiter)
        if number == wanted:
            _take(trace, raw[begin + quoted : end - quoted], line, begin + quoted - line_begins + 1, quoted)
        breaks = raw.count("\n", begin, end)
        if breaks:
            line += breaks
            line_begins = raw.rindex("\n", begin, end) + 1
        at = end + 1
        column, number = at - line_begins + 1, number + 1
    return trace


def _quoted_end(raw: str, at: int) -> int:
    """The place behind the quote that closes the cell beginning at ``at``."""
    close = raw.index('"', at + 1)
    while raw.startswith('"', close + 1):
        close = raw.index('"', close + 2)
    return close + 1


def _plain_end(raw: str, at: int, delimiter: str) -> int:
    end = raw.find(delimiter, at)
    return len(raw) if end < 0 else end


def _take(trace: Trace, written: str, line: int, column: int, quoted: bool) -> None:
    """Put a cell into the trace, piece by piece: what stands between doubled quotes and line breaks."""
    for number, text in enumerate(written.split("\n")):
        if number:
            trace.put("\n", line, column, 0)
            line, column = line + 1, 1
        text = text.removesuffix("\r")
        pieces = text.split('""') if quoted else [text]
        for at, piece in enumerate(pieces):
            if at:
                trace.put('"', line, column, 2)
                column += 2
            trace.take(piece, line, column)
            column += len(piece)
