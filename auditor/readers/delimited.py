"""CSV, TSV and their kin: one message a row under a heading row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from auditor.readers.encoding import Encoding
from auditor.readers.exportmap import ExportMap
from auditor.readers.options import Options
from auditor.readers.records import Entries, RefusedError, Spoilt
from auditor.readers.source import BadLine, Source
from auditor.readers.splitter import Splitter, cells_of
from auditor.readers.tables import HEADER_WITHIN, Table, fits, likeness

DELIMITERS = (",", "\t", ";", "|")


class _Header(NamedTuple):
    line: int
    delimiter: str
    cells: list[str]


def matches(source: Source, form: ExportMap | None = None) -> bool:
    """Whether one of the first lines is a heading of that export (None: with a role and a text column)."""
    header = _find_header(source, form)
    return header is not None and fits(form, header.cells)


def read(source: Source, options: Options, form: ExportMap | None = None) -> Entries:
    """The rows of a delimited file. Raises RefusedError if it has no usable heading."""
    header = _find_header(source, form)
    if header is None:
        raise RefusedError("文件里没有一行能读的文字，请检查是不是选错了文件。")
    sample = [row.cells for row in _head(source, source.encoding) if row.delimiter == header.delimiter]
    table = Table(header.cells, header.line, form, options, sample=sample)
    yield from table.opening()
    lines = islice(source.lines(), header.line, None)
    for found in Splitter(lines, header.delimiter, table.width, table.is_row).records():
        yield found if isinstance(found, Spoilt) else table.entry(*found)
    yield from table.notes()


def _find_header(source: Source, form: ExportMap | None) -> _Header | None:
    """The first heading with the needed columns, else the row that is most like one; None in a file of blank lines."""
    best: _Header | None = None
    score = -1
    for header in _head(source, source.encoding):
        if fits(form, header.cells):
            return header
        known = likeness(form, header.cells)
        if known > score:
            best, score = header, known
    return best


@lru_cache(maxsize=2)  # every map of a table looks at the same lines
def _head(source: Source, encoding: Encoding) -> list[_Header]:
    """The first lines that may be headings, cut at each of the delimiters."""
    del encoding
    return list(_possible_headers(source))


def _possible_headers(source: Source) -> Iterator[_Header]:
    for number, line in islice(source.head_lines(), HEADER_WITHIN):
        if isinstance(line, BadLine):
            continue
        for delimiter in DELIMITERS:
            cells = cells_of(line, delimiter)
            if cells is not None and any(map(str.strip, cells)):
                yield _Header(number, delimiter, cells)
