"""CSV, TSV and their kin: one message a row under a heading row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from auditor.readers.columns import has_header, known_headings, layout
from auditor.readers.options import Options
from auditor.readers.records import Entries, Note, Record, RefusedError, Spoilt
from auditor.readers.source import BadLine, Source
from auditor.readers.splitter import Splitter, cells_of

DELIMITERS = (",", "\t", ";", "|")
#: Title lines are looked past only so far.
HEADER_WITHIN = 20


@dataclass(frozen=True)
class _Header:
    line: int
    delimiter: str
    cells: list[str]


def matches(source: Source) -> bool:
    """Whether one of the first lines is a heading with a role and a text column."""
    header = _find_header(source)
    return header is not None and has_header(header.cells)


def read(source: Source, options: Options) -> Entries:
    """The rows of a delimited file. Raises RefusedError if it has no usable heading."""
    del options
    header = _find_header(source)
    if header is None:
        raise RefusedError("文件里没有一行能读的文字，请检查是不是选错了文件。")
    columns = layout(header.cells, header.line)
    if header.line > 1:
        yield Note(header.line, f"表头在第 {header.line} 行，它上面的行没有当作消息读。")
    lines = islice(source.lines(), header.line, None)
    for found in Splitter(lines, header.delimiter, columns.width, columns.is_row).records():
        if isinstance(found, Spoilt):
            yield found
        else:
            number, cells, raw = found
            yield Record(number, columns.values(cells), raw)


def _find_header(source: Source) -> _Header | None:
    """The first heading with the needed columns, else the row that is most like one; None in a file of blank lines."""
    best: _Header | None = None
    score = -1
    for number, line in islice(source.head_lines(), HEADER_WITHIN):
        if isinstance(line, BadLine):
            continue
        for delimiter in DELIMITERS:
            cells = cells_of(line, delimiter)
            if cells is None or not any(map(str.strip, cells)):
                continue
            if has_header(cells):
                return _Header(number, delimiter, cells)
            known = known_headings(cells)
            if known > score:
                best, score = _Header(number, delimiter, cells), known
    return best
