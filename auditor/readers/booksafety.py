"""Workbooks from anywhere: which kind a file is, and what is refused before any of it is parsed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from auditor.readers.records import RefusedError
from auditor.readers.sheet import DAMAGED
from auditor.readers.source import Source

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
#: Unpacked size, in bytes, and how many times larger than packed a part may be.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
_SMALL_PART = 1 << 20
_DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("ascii", "utf-16-le", "utf-16-be"))


def is_xlsx(source: Source) -> bool:
    """Whether the file is a zip archive that holds a workbook of Excel, or is a cut-off one."""
    return holds_xlsx(source.path, source.head)


def holds_xlsx(path: Path, head: bytes) -> bool:
    """The same of a file of which only the first bytes are known."""
    if not head.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # An archive without its end: if it began as a workbook, say that it is damaged, not that it is no workbook.
        return b"xl/" in head or b"[Content_Types].xml" in head


def is_ods(source: Source) -> bool:
    """Whether the file is a workbook of LibreOffice, which says so at its very beginning."""
    return holds_ods(source.head)


def holds_ods(head: bytes) -> bool:
    """The same of a file of which only the first bytes are known."""
    return head.startswith(ZIP) and _ODS_TYPE in head[:128]


def ole_sentence(source: Source) -> str | None:
    """Why a file of old Excel cannot be read, if it has a password; else None."""
    with source.path.open("rb") as file:
        encrypted = any(_ENCRYPTED in chunk for chunk in iter(lambda: file.read(1 << 20), b""))
    return "这个工作簿加了密码，请在 Excel 里去掉密码后再审。" if encrypted else None


def check_archive(file: BinaryIO) -> None:
    """Raises RefusedError for bombs, encrypted parts, document types and damaged parts."""
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
        raise RefusedError(DAMAGED) from error


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
