"""A thin writer of workbooks over openpyxl: streamed rows, shared styles, clean text, the same bytes every time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from auditor.reports import styles
from auditor.reports.celltext import Segments, clean, clean_segments, plain
from auditor.reports.styles import Look

#: Most rows of a sheet that Excel takes.
EXCEL_ROWS = 1_048_576

_FIXED_TIME = datetime(2000, 1, 1)


Value = str | int | float | datetime | Segments | None


@dataclass(frozen=True)
class Link:
    """Where a click leads: a place in this workbook (``'表'!A5``) or, if ``file``, a file beside it."""

    target: str
    file: bool = False


@dataclass(frozen=True)
class Put:
    """One cell to write, ``span`` columns wide (merged)."""

    value: Value = None
    look: Look = styles.BODY
    span: int = 1
    link: Link | None = None


@dataclass(frozen=True)
class Layout:
    """Columns and page of a sheet: ``header`` rows stay on screen and repeat in print, ``frozen`` columns stay too."""

    widths: tuple[float, ...]
    landscape: bool = False
    header: int = 0
    frozen: int = 0
    one_page: bool = False
    tab: str = styles.BLUE


class _FixedZip(ZipFile):
    """A zip file whose entries carry no time and no trace of the system that wrote them."""

    def _entry(self, name: str) -> ZipInfo:
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED
        info.create_system = 0
        return info

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add an entry from memory."""
        super().writestr(self._entry(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add an entry from a file, in blocks."""
        big = os.path.getsize(filename) > 1 << 31
        with open(filename, "rb") as source, self.open(self._entry(arcname), "w", force_zip64=big) as target:
            shutil.copyfileobj(source, target)


class Book:
    """A workbook being written, in a ``with`` block: whatever happens, nothing temporary stays behind.

    ``max_rows`` is the most rows a sheet takes before it goes on in another.
    """

    def __init__(self, title: str, max_rows: int = EXCEL_ROWS) -> None:
        from openpyxl import Workbook

        self.max_rows = max_rows
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "auditor"
        self._book.properties.title = clean(title)
        self._book.properties.created = self._book.properties.modified = _FIXED_TIME
        self._looks: dict[Look, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Remove the temporary files that openpyxl keeps for sheets that were not saved."""
        for raw in cast(list[Any], self._book.worksheets):
            try:
                if not raw.closed:
                    raw.close()
            except Exception:
                # A sheet that the disk did not take cannot be closed either; the error that counts is on its way.
                if kind is None:
                    raise
            if os.path.exists(raw._writer.out):
                raw._writer.cleanup()

    def sheet(self, title: str, layout: Layout, after: Sheet | None = None) -> Sheet:
        """Open a sheet at the end, or right after another one."""
        index = self._book.worksheets.index(after.raw) + 1 if after else None
        return Sheet(self, self._book.create_sheet(title, index), layout)

    def cell(self, raw: Any, put: Put) -> Any:
        """The openpyxl cell of one value; text is always text, whatever it looks like."""
        from openpyxl.cell.cell import Cell
        from openpyxl.worksheet.hyperlink import Hyperlink

        cell = Cell(raw, 1, 1, style_array=self._style(raw, put.look))
        if isinstance(put.value, (str, tuple)):
            cell.value = clean(put.value) if isinstance(put.value, str) else _rich(put.value, put.look)
            cell.data_type = "s"
        elif put.value is not None:
            cell.value = put.value
        if put.link and put.link.file:
            cell.hyperlink = Hyperlink(ref="A1", target=put.link.target)
        elif put.link:
            cell.hyperlink = Hyperlink(ref="A1", location=put.link.target)
        return cell

    def _style(self, raw: Any, look: Look) -> Any:
        if look not in self._looks:
            self._looks[look] = _style_array(raw, look)
        return self._looks[look]

    def save(self, path: Path) -> None:
        """Write the file: first beside its place, then moved there, so that no half file is ever seen."""
        from openpyxl.writer.excel import ExcelWriter

        beside = path.with_name(f".{path.name}.part")
        try:
            with _FixedZip(beside, "w", ZIP_DEFLATED) as archive:
                ExcelWriter(self._book, archive).write_data()
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


class Sheet:
    """A sheet that rows are appended to, top to bottom."""

    def __init__(self, book: Book, raw: Any, layout: Layout) -> None:
        self.book = book
        self.raw = raw
        self.layout = layout
        self.rows = 0
        # openpyxl keeps merged areas in a set, whose order changes from run to run.
        raw.merged_cells = []
        _set_page(raw, layout)

    @property
    def title(self) -> str:
        """The name on the tab."""
        return str(self.raw.title)

    def append(self, puts: Sequence[Put], height: float | None = None) -> int:
        """Write one row, ``height`` points high, and return its 1-based number."""
        self.rows += 1
        cells: list[Any] = []
        for put in puts:
            if put.span > 1:
                self._merge(len(cells) + 1, put.span)
            cells.append(self.book.cell(self.raw, put))
            cells.extend(self.book.cell(self.raw, Put(None, put.look)) for _ in range(put.span - 1))
        if height is not None:
            self.raw.row_dimensions[self.rows].height = height
        self.raw.append(cells)
        self.raw.row_dimensions.pop(self.rows, None)
        return self.rows

    def place(self, row: int, column: str = "A") -> str:
        """The address of a cell of this sheet, for links."""
        return f"'{self.title}'!{column}{row}"

    def _merge(self, first: int, span: int) -> None:
        from openpyxl.utils import get_column_letter

        area = f"{get_column_letter(first)}{self.rows}:{get_column_letter(first + span - 1)}{self.rows}"
        self.raw.merged_cells.append(area)


class Rolling:
    """A long list that goes on in a second sheet when one is full; each says where the list goes on."""

    def __init__(
        self,
        book: Book,
        title: str,
        layout: Layout,
        header: Callable[[Sheet], object],
        finish: Callable[[Sheet], object],
    ) -> None:
        self._book, self._title, self._layout = book, title, layout
        self._header, self._finish = header, finish
        self._parts = [book.sheet(title, layout)]
        header(self._parts[0])

    @property
    def sheet(self) -> Sheet:
        """The sheet that the next row goes to."""
        return self._parts[-1]

    def append(self, puts: Sequence[Put], height: float | None = None) -> tuple[Sheet, int]:
        """Write one row; returns the sheet and the row it went to."""
        if self.sheet.rows >= self._book.max_rows - 1:
            self._turn()
        sheet = self.sheet
        return sheet, sheet.append(puts, height)

    def _turn(self) -> None:
        old = self.sheet
        new = self._book.sheet(f"{self._title}({len(self._parts) + 1})", self._layout, after=old)
        self._finish(old)
        old.append([Put(f"本表已写满，后续内容见工作表“{new.title}”。", replace(styles.WARNING, wrap=False))])
        self._parts.append(new)
        self._header(new)

    def close(self) -> None:
        """Finish the last sheet (filters, drop-downs)."""
        self._finish(self.sheet)


def _rich(segments: Segments, look: Look) -> Any:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.styles.colors import Color

    pieces = clean_segments(segments)
    if not any(piece.hot for piece in pieces):
        return plain(pieces)
    hot = InlineFont(rFont=styles.FONT, sz=look.size, b=True, color=Color(rgb=f"FF{styles.HIT}"))
    return CellRichText([TextBlock(hot, piece.text) if piece.hot else piece.text for piece in pieces])


def _style_array(raw: Any, look: Look) -> Any:
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    cell: Any = Cell(raw, 1, 1)
    cell.font = Font(
        name=styles.FONT,
        size=look.size,
        bold=look.bold,
        italic=look.italic,
        underline="single" if look.underline else None,
        color=look.colour,
    )
    if look.fill:
        cell.fill = PatternFill("solid", fgColor=look.fill)
    cell.border = _border(look.border)
    cell.alignment = Alignment(
        look.align, look.vertical, wrap_text=look.wrap, shrink_to_fit=look.shrink, indent=look.indent
    )
    cell.number_format = look.number
    cell.protection = Protection(locked=look.locked)
    return cell._style


def _border(kind: str) -> Any:
    from openpyxl.styles import Border, Side

    line, none = Side("thin", color=styles.LINE), Side()
    sides = {
        "grid": (line, line, line, line),
        "top": (line, line, line, none),
        "sides": (line, line, none, none),
        "bottom": (line, line, none, line),
        "chat": (none, none, none, Side("hair", color=styles.LINE)),
    }.get(kind, (none, none, none, none))
    left, right, top, bottom = sides
    return Border(left=left, right=right, top=top, bottom=bottom)


def _set_page(raw: Any, layout: Layout) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for at, width in enumerate(layout.widths, 1):
        raw.column_dimensions[get_column_letter(at)].width = width
    raw.sheet_properties.tabColor = layout.tab
    raw.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    raw.sheet_view.showGridLines = False
    raw.page_setup.paperSize = 9
    raw.page_setup.orientation = "landscape" if layout.landscape else "portrait"
    raw.page_setup.fitToWidth = 1
    raw.page_setup.fitToHeight = 1 if layout.one_page else 0
    raw.print_options.horizontalCentered = True
    margins = raw.page_margins
    margins.left = margins.right = 0.45
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.65, 0.3, 0.3
    raw.oddFooter.center.text = "第 &P 页 共 &N 页"
    raw.oddFooter.right.text = "机密·仅供内部考核"
    raw.oddFooter.center.size = raw.oddFooter.right.size = 8
    if layout.header or layout.frozen:
        raw.freeze_panes = f"{get_column_letter(layout.frozen + 1)}{layout.header + 1}"
    if layout.header:
        raw.print_title_rows = f"1:{layout.header}"
