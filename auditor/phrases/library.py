"""A library file -> its phrases: which kind of file it is (by content, the name only decides where both would do)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from auditor.errors import Place, Problem, reason
from auditor.phrases import books, jsontext, plain, tabular, tomltext
from auditor.phrases.columns import Columns
from auditor.phrases.phrase import Found
from auditor.readers.containers import Unpacker
from auditor.readers.encoding import by_mark
from auditor.readers.files import STDIN
from auditor.readers.records import RefusedError
from auditor.readers.source import Source

_TABLES = frozenset({".csv", ".tsv", ".tab"})
_MARKDOWN = frozenset({".md", ".markdown"})
_JSON = frozenset({".json", ".jsonl", ".ndjson"})


@dataclass(frozen=True)
class Reading:
    """How libraries are read: encoding (None: by the bytes), names of columns, what the standard input is called."""

    encoding: str | None = None
    columns: Columns = field(default_factory=Columns)
    stdin_name: str | None = None


def read(path: Path, reading: Reading, tick: Callable[[int], None] = lambda _: None) -> Iterator[Found]:
    """Everything in one file; what cannot be read comes as a Problem. ``tick`` is told of bytes read."""
    with Unpacker(tick) as unpacker:
        for part in unpacker.parts(path):
            name = reading.stdin_name or part.name if str(path) == STDIN else part.name
            if part.path is None:
                yield Problem(Place(name), "", part.refusal or part.note)
                continue
            try:
                yield from _content(Source.open(part.path, tick if part.reading else lambda _: None), name, reading)
            except RefusedError as refusal:
                yield Problem(Place(name, refusal.line), "", refusal.text)
            except OSError as error:
                yield Problem(Place(name), "", f"读文件时出错（{reason(error)}），请检查文件权限和磁盘")


def _content(source: Source, name: str, reading: Reading) -> Iterator[Found]:
    if source.is_blank:
        raise RefusedError("文件是空的，没有话术可查，请检查是不是选错了文件")
    if books.is_book(source):
        return books.read(source, name, reading.columns)
    if b"\0" in source.head[:4096] and by_mark(source.head) is None:
        raise RefusedError("这不是文字文件，请导出成 CSV、XLSX 或 TXT 再查")
    source.decide_encoding(reading.encoding)
    return _text(source, name, reading)


def _text(source: Source, name: str, reading: Reading) -> Iterator[Found]:
    suffix = PurePath(name).suffix.lower()
    if suffix == ".toml":
        return tomltext.read(source, name, reading.columns)
    if suffix in _MARKDOWN:
        return plain.read_markdown(source, name, reading.columns)
    if suffix in _JSON or (suffix not in _TABLES and jsontext.is_json(source.opening)):
        return jsontext.read(source, name, reading.columns)
    head = tabular.header(source, reading.columns)
    if head is not None:
        return tabular.read(source, name, head)
    if suffix in _TABLES:
        wanted = reading.columns.wanted()
        raise RefusedError(f"表头里没有{wanted}，请补上列名，或用 --column 指明内容是哪一列")
    return plain.read_lines(source, name)
