"""Excel workbooks (.xlsx): every worksheet with a heading is read, hidden rows too, formulas by their stored value."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from auditor.readers.columns import Layout, has_header, known_headings, layout
from auditor.readers.delimited import HEADER_WITHIN
from auditor.readers.fields import number_text
from auditor.readers.options import Options
from auditor.readers.records import FIELDS, Entries, Entry, Note, Record, RefusedError, RowError, Spoilt
from auditor.readers.source import Source

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_MAGIC = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLE = b"\xd0\xcf\x11\xe0"
#: So many blank rows in a run are the end of a sheet, whatever stands in its last row.
BLANK_RUN = 1_000
#: Unpacked size, in bytes, and how many times larger than packed a part may be.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
_SMALL_PART = 1 << 20
_DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("ascii", "utf-16-le", "utf-16-be"))
_DAMAGED = "工作簿损坏了，请用 Excel 打开后另存为新的 .xlsx。"
CELL_ERROR = "单元格是错误值"
_TIMES = frozenset(FIELDS.index(name) for name in ("time", "date"))


def matches(source: Source) -> bool:
    """Whether the file is a zip archive that holds a workbook, is a cut-off one, or is an encrypted workbook."""
    if source.head.startswith(_OLE):
        return True
    if not source.head.startswith(_MAGIC):
        return False
    try:
        with zipfile.ZipFile(source.path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # An archive without its end: if it began as a workbook, say that it is damaged, not that it is no workbook.
        return b"xl/" in source.head or b"[Content_Types].xml" in source.head


def read(source: Source, options: Options) -> Entries:
    """The rows of every worksheet with a heading. Raises RefusedError if the workbook cannot be opened or has none."""
    del options
    if not source.head.startswith((_OLE, _MAGIC)):
        raise RefusedError("这不是 .xlsx 工作簿，请检查 --from 是不是选错了。")
    if source.head.startswith(_OLE):
        raise RefusedError(_ole_sentence(source))
    with source.path.open("rb") as file:
        _check_archive(file)
        file.seek(0)
        try:
            yield from _rows_of(file)
        except RefusedError:
            raise
        except Exception as error:  # openpyxl raises whatever a broken part makes it stumble over
            raise RefusedError(_DAMAGED) from error


def _ole_sentence(source: Source) -> str:
    with source.path.open("rb") as file:
        encrypted = any(_ENCRYPTED in chunk for chunk in iter(lambda: file.read(1 << 20), b""))
    if encrypted:
        return "这个工作簿加了密码，请在 Excel 里去掉密码后再审。"
    return "这是旧式 .xls 工作簿，请在 Excel 里另存为 .xlsx。"


def _check_archive(file: BinaryIO) -> None:
    """Refuse bombs, encrypted parts, document types and damaged parts before any of them is parsed."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise RefusedError("这个工作簿加了密码，请去掉密码后再审。")
            _check_sizes(parts)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(archive, part)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise RefusedError(_DAMAGED) from error


def _check_sizes(parts: Sequence[zipfile.ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise RefusedError(f"工作簿展开后超过 {MAX_UNPACKED >> 30} GB，请拆成几个文件。")
    for part in parts:
        if part.file_size > _SMALL_PART and part.file_size > MAX_RATIO * part.compress_size:
            raise RefusedError("工作簿的压缩率高得不正常，可能是恶意文件，没有读取。")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end (which checks its checksum) and look for a document type, the root of XML bombs."""
    tail = b""
    with archive.open(part) as file:
        while chunk := file.read(1 << 18):
            block = tail + chunk
            if any(mark in block for mark in _DOCTYPES):
                raise RefusedError("工作簿里有 DOCTYPE 声明，正常的 Excel 文件不会有，可能是恶意文件，没有读取。")
            tail = block[-32:]


def _rows_of(file: BinaryIO) -> Iterator[Entry]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which are not read
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        yield from _sheets_of(workbook)
    finally:
        workbook.close()


def _sheets_of(workbook: Workbook) -> Iterator[Entry]:
    sheets = workbook.worksheets
    headless: dict[str, _Header] = {}
    for sheet in sheets:
        sheet.reset_dimensions()
        header = _find_header(sheet)
        if has_header(header.cells):
            yield from _messages(sheet, header, sheet.title if len(sheets) > 1 else None)
        elif header.cells:
            headless[sheet.title] = header
    if len(headless) == len(sheets):
        likely = max(headless.values(), key=lambda header: known_headings(header.cells))
        layout(likely.cells, likely.row)  # raises: it names what is missing
    for title in headless:
        yield Note(None, f"工作表「{title}」没有表头（至少要有角色和消息两列），没有读它。")


@dataclass(frozen=True)
class _Header:
    row: int
    cells: list[Any]


def _find_header(sheet: Any) -> _Header:
    """The first heading with the needed columns, else the row that is most like one; no cells in a blank sheet."""
    rows = [[cell.value for cell in row] for row in islice(_rows(sheet), HEADER_WITHIN)]
    filled = [_Header(number, row) for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    usable = (header for header in filled if has_header(header.cells))
    likely = max(filled, key=lambda header: known_headings(header.cells), default=_Header(0, []))
    return next(usable, likely)


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, without openpyxl's warnings: what it warns of comes as an error cell, which is rejected."""
    rows = iter(sheet.iter_rows())
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


def _messages(sheet: Any, header: _Header, part: str | None) -> Iterator[Entry]:
    columns = layout(header.cells, header.row)
    if header.row > 1:
        yield Note(header.row, f"表头在第 {header.row} 行，它上面的行没有当作消息读。")
    blank = 0
    for number, row in enumerate(islice(_rows(sheet), header.row, None), header.row + 1):
        cells = [cell.value for cell in row[: columns.width]]
        if all(value is None or value == "" for value in cells):
            blank += 1
            if blank > BLANK_RUN:
                yield Note(number, f"第 {number - BLANK_RUN} 行起连续 {BLANK_RUN} 行是空的，再往后没有读。")
                return
            continue
        blank = 0
        yield _entry(number, row[: columns.width], cells, columns, part)


def _entry(number: int, row: Sequence[Any], cells: list[Any], columns: Layout, part: str | None) -> Entry:
    broken = next((cell.value for cell in row if cell.data_type == "e"), None)
    if broken is not None:
        return Spoilt(number, CELL_ERROR, f"「{broken}」", cells, part)
    values = columns.values([*cells, *[None] * (columns.width - len(cells))])
    try:
        plain = tuple([value if at in _TIMES else _plain(value) for at, value in enumerate(values)])
    except RowError as error:
        return Spoilt(number, error.category, error.detail, cells, part)
    return Record(number, plain, cells, part)


def _plain(value: Any) -> Any:
    """A cell as text: 12345.0 is the id 12345, TRUE is a word."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(value) if isinstance(value, (int, float)) else str(value)
