"""HTML tables, which many a back office hands out under the name of .xls."""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser
from typing import NamedTuple

from auditor.readers.encoding import Encoding
from auditor.readers.exportmap import ExportMap
from auditor.readers.options import Options
from auditor.readers.records import Entries, RefusedError, Spoilt
from auditor.readers.source import BadLine, Source
from auditor.readers.tables import HEADER_WITHIN, Table, fits, likeness

#: A page is read as a whole, so it may be only so large, in bytes.
MAX_PAGE = 64 << 20
_HEAD = 1 << 18
BAD_WIDTH = "列数不对"


class _Row(NamedTuple):
    line: int
    cells: list[str]


def matches(source: Source, form: ExportMap | None = None) -> bool:
    """Whether the file is a page with a table under a heading of that export (None: with a role and a text column)."""
    return any(fits(form, row.cells) for row in _head(source, source.encoding))


def read(source: Source, options: Options, form: ExportMap | None = None) -> Entries:
    """The rows of the tables of a page. Raises RefusedError if it is too large or none has a usable heading."""
    if source.size > MAX_PAGE:
        raise RefusedError(f"网页表格超过了 {MAX_PAGE >> 20} MB，请用 Excel 打开后另存为 .xlsx。")
    lines, bad = [], []
    for number, line in source.lines(MAX_PAGE):
        if isinstance(line, BadLine):
            bad.append(Spoilt(number, line.category, line.detail, line.raw))
        lines.append("" if isinstance(line, BadLine) else line)
    yield from bad
    rows = _rows("\n".join(lines))
    at = next((at for at, row in enumerate(rows) if fits(form, row.cells)), None)
    if at is None:
        at = max(range(len(rows)), key=lambda n: likeness(form, rows[n].cells), default=None)
    if at is None:
        raise RefusedError("网页里没有表格，请检查是不是选错了文件。")
    header = rows[at]
    table = Table(header.cells, header.line, form, options, sample=[row.cells for row in rows[at + 1 :]])
    yield from table.opening()
    for row in rows[at + 1 :]:
        cells = row.cells[: table.width] if not any(row.cells[table.width :]) else row.cells
        if row.cells == header.cells or not any(cells):
            continue
        if len(cells) == table.width:
            yield table.entry(row.line, list(cells), cells)
        else:
            yield Spoilt(row.line, BAD_WIDTH, f"表头 {table.width} 列，这一行 {len(cells)} 列", cells)
    yield from table.notes()


@lru_cache(maxsize=2)  # every map of a table looks at the same rows
def _head(source: Source, encoding: Encoding) -> list[_Row]:
    if not source.opening.startswith("<"):
        return []
    text = source.head[encoding.skip :][:_HEAD].decode(encoding.codec, "replace")
    return _rows(text)[:HEADER_WITHIN]


def _rows(text: str) -> list[_Row]:
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return parser.rows


class _Tables(HTMLParser):
    """Collects the rows of all tables of a page; a line break in a cell stays one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[_Row] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row or a cell begins, or a line ends."""
        del attrs
        if tag == "tr":
            self._end_cell()
            self.rows.append(_Row(self.getpos()[0], []))
        elif tag in {"td", "th"}:
            self._end_cell()
            if self.rows:
                self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A cell ends, at the latest with its row."""
        if tag in {"td", "th", "tr", "table"}:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Text: line breaks of the source are mere blanks."""
        if self._cell is not None:
            self._cell.append(" ".join(data.split("\n")) if "\n" in data else data)

    def close(self) -> None:
        """The page ends, and with it an open cell."""
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.rows[-1].cells.append("".join(self._cell).replace("\xa0", " ").strip())
        self._cell = None
