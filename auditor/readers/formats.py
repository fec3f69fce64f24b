"""The one table of formats: how each is told from the others, and how it is read. A new format is a new line here."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from auditor.errors import AuditorError
from auditor.readers import delimited, jsonlines, sheets, transcript
from auditor.readers.options import Options
from auditor.readers.records import Entries, RefusedError
from auditor.readers.source import Source


@dataclass(frozen=True)
class Format:
    """One format: the name for --from, whether it is text (has an encoding), how it is recognised, how it is read.

    ``read`` yields a Record, Spoilt or Note at a time and raises RefusedError if the file cannot be read (any further).
    """

    name: str
    text: bool
    matches: Callable[[Source], bool]
    read: Callable[[Source, Options], Entries]


#: In the order in which they are tried; ``csv`` is also what a text of no known kind is taken for.
FORMATS = (
    Format("xlsx", False, sheets.matches, sheets.read),
    Format("json", True, jsonlines.matches_array, jsonlines.read_array),
    Format("jsonl", True, jsonlines.matches_lines, jsonlines.read_lines),
    Format("csv", True, delimited.matches, delimited.read),
    Format("transcript", True, transcript.matches, transcript.read),
)
_BY_NAME = {form.name: form for form in FORMATS}

#: First bytes of what is often taken for a log and is none.
_STRANGERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是加密的工作簿或旧式 .xls，请在 Excel 里去掉密码，另存为 .xlsx 再审。"),
    (b"PK\x03\x04", "这是压缩包，不是聊天记录，请先解压。"),
    (b"PK\x05\x06", "这是空的压缩包，不是聊天记录。"),
    (b"\x1f\x8b", "这是压缩文件（gzip），请先解压。"),
    (b"Rar!", "这是压缩包（rar），请先解压。"),
    (b"7z\xbc\xaf", "这是压缩包（7z），请先解压。"),
    (b"%PDF", "这是 PDF，不是聊天记录，请导出成 CSV 或 XLSX。"),
    (b"\x89PNG", "这是图片，不是聊天记录，请导出成 CSV 或 XLSX。"),
    (b"\xff\xd8\xff", "这是图片，不是聊天记录，请导出成 CSV 或 XLSX。"),
)


def by_name(name: str) -> Format:
    """The format of that name. Raises AuditorError, with the nearest name, if there is none."""
    form = _BY_NAME.get(name.strip().lower())
    if form is None:
        near = difflib.get_close_matches(name.strip().lower(), _BY_NAME, n=1)
        hint = f"，是不是「{near[0]}」" if near else ""
        raise AuditorError(f"不认识格式「{name}」{hint}；可用的有：{'、'.join(_BY_NAME)}。")
    return form


def recognise(source: Source, options: Options) -> Format:
    """The format of a file by its contents; decides ``source.encoding`` where it is a text. Raises RefusedError."""
    if options.format is not None:
        form = by_name(options.format)
        if form.text:
            _refuse_strangers(source)
            source.decide_encoding(options.encoding)
        return form
    if sheets.matches(source):
        return _BY_NAME["xlsx"]
    _refuse_strangers(source)
    source.decide_encoding(options.encoding)
    return next((form for form in FORMATS if form.text and form.matches(source)), _BY_NAME["csv"])


def _refuse_strangers(source: Source) -> None:
    for start, sentence in _STRANGERS:
        if source.head.startswith(start):
            raise RefusedError(sentence)
