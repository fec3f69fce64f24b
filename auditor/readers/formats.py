"""The one table of formats: how each is told from the others, and how it is read. A new format is a new line here."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

from auditor.errors import AuditorError
from auditor.readers import (
    booksafety,
    chattext,
    delimited,
    htmltable,
    jdtext,
    jsonexports,
    jsonlines,
    qianniu,
    qianniuweb,
    sheets,
    tablefiles,
    transcript,
)
from auditor.readers.exportmap import ExportMap
from auditor.readers.mapfile import built_in, load_own
from auditor.readers.options import Options
from auditor.readers.records import Entries, RefusedError
from auditor.readers.source import Source


@dataclass(frozen=True)
class Format:
    """One format: the name for --from, whether it is text (has an encoding), how it is recognised, how it is read.

    ``text`` is None for a table that may be text or a workbook.
    ``score``: how sure it is that a file is of this format, 0 (it is not) to 1. Whoever knows a platform's own marks
    gives more than ``GENERIC``. ``read`` yields a Record, Spoilt or Note at a time and raises RefusedError if the file
    cannot be read (any further).
    """

    name: str
    text: bool | None
    score: Callable[[Source], float]
    read: Callable[[Source, Options], Entries]


#: Names of formats with the scores of one file, best first.
Scores: TypeAlias = tuple[tuple[str, float], ...]

#: The score of a file that has the shape of a format, without a mark of who wrote it.
GENERIC = 0.5
#: Scores nearer to each other than this are a tie.
TIE = 0.05


def _shape(matches: Callable[[Source], bool], score: float = GENERIC) -> Callable[[Source], float]:
    """The score of a format that is told by its shape alone."""
    return lambda source: score if matches(source) else 0.0


def _mapped(form: ExportMap) -> Format:
    """The format that an export map describes."""
    if form.kind == "json":
        return Format(form.name, True, partial(jsonexports.score, form), partial(jsonexports.read, form))
    return Format(form.name, None, partial(tablefiles.score, form), partial(tablefiles.read, form))


@cache  # it is asked for at every file
def _own(path: str) -> Format:
    return _mapped(load_own(Path(path)))


#: ``csv`` is also what a text of no known kind is taken for. An object laid out over many lines may be either JSON
#: format, hence the head start of the array.
FORMATS = (
    Format("xlsx", False, _shape(booksafety.is_xlsx), sheets.read),
    Format("xls", False, _shape(sheets.is_old), sheets.read),
    Format("ods", False, _shape(booksafety.is_ods), sheets.read),
    Format("json", True, _shape(jsonlines.matches_array, 0.6), jsonlines.read_array),
    Format("jsonl", True, _shape(jsonlines.matches_lines), jsonlines.read_lines),
    Format("csv", True, _shape(delimited.matches), delimited.read),
    Format("html", True, _shape(htmltable.matches, 0.6), htmltable.read),
    Format("transcript", True, _shape(transcript.matches, 0.4), transcript.read),
    Format("qianniu", True, qianniu.score, qianniu.read),
    Format("qianniu-web", True, qianniuweb.score_web, qianniuweb.read_web),
    Format("chitu", True, qianniuweb.score_table, qianniuweb.read_table),
    Format("jd-text", True, jdtext.score, jdtext.read),
    Format("qq", True, chattext.score_qq, chattext.read_qq),
    Format("wechat", True, chattext.score_wechat, chattext.read_wechat),
    *map(_mapped, built_in()),
)
_BY_NAME = {form.name: form for form in FORMATS}

#: First bytes of what is often taken for a log and is none.
_STRANGERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是加密的工作簿或旧式 .xls，请在 Excel 里去掉密码，另存为 .xlsx 再审。"),
    (b"Rar!", "这是压缩包（rar），请先解压。"),
    (b"7z\xbc\xaf", "这是压缩包（7z），请先解压。"),
    (b"BZh", "这是压缩文件（bz2），请先解压。"),
    (b"\xfd7zXZ", "这是压缩文件（xz），请先解压。"),
    (b"%PDF", "这是 PDF，不是聊天记录，请导出成 CSV 或 XLSX。"),
    (b"\x89PNG", "这是图片，不是聊天记录，请导出成 CSV 或 XLSX。"),
    (b"\xff\xd8\xff", "这是图片，不是聊天记录，请导出成 CSV 或 XLSX。"),
)


def by_name(name: str) -> Format:
    """The format of that name, or of the map in that TOML file.

    Raises AuditorError, with the nearest name, if there is none, and for a map that is wrong.
    """
    if name.strip().lower().endswith(".toml"):
        return _own(name.strip())
    form = _BY_NAME.get(name.strip().lower())
    if form is None:
        near = difflib.get_close_matches(name.strip().lower(), _BY_NAME, n=1)
        hint = f"，是不是「{near[0]}」" if near else ""
        raise AuditorError(f"不认识格式「{name}」{hint}；可用的有：{'、'.join(_BY_NAME)}。")
    return form


def recognise(source: Source, options: Options) -> tuple[Format, Scores]:
    """The format of a file by its contents, and what others it may be of (nothing, if ``options`` name the format).

    Decides ``source.encoding`` where it is a text. Raises RefusedError, and TieError if two formats fit equally well.
    """
    if options.format is not None:
        form = by_name(options.format)
        if form.text or (form.text is None and not sheets.is_book(source)):
            _refuse_strangers(source)
            source.decide_encoding(options.encoding)
        return form, ()
    scores = candidates(source, options)
    shown = tuple((form.name, score) for form, score in scores)
    if not scores and source.opening.startswith("<?xml"):
        raise RefusedError("这是 XML，但不是认得的聊天记录，请导出成 CSV、XLSX 或 JSON。")
    if not scores:
        return _BY_NAME["csv"], shown
    (best, top), *others = scores
    equals = [best.name, *(form.name for form, score in others if score > top - TIE)]
    if len(equals) > 1:
        raise TieError(equals, shown)
    return best, shown


def candidates(source: Source, options: Options) -> list[tuple[Format, float]]:
    """Every format the file may be of with its score, best first; ``source.encoding`` is decided for texts.

    Raises RefusedError for what is no log at all, or a text of no known encoding.
    """
    book = sheets.is_book(source)
    if not book:
        _refuse_strangers(source)
        source.decide_encoding(options.encoding)
    found = [(form, form.score(source)) for form in FORMATS if form.text is not book]
    return sorted(((form, score) for form, score in found if score > 0), key=lambda pair: -pair[1])


class TieError(RefusedError):
    """Several formats fit a file equally well: the user has to say which one it is."""

    def __init__(self, names: list[str], scores: Scores) -> None:
        super().__init__(f"看不出是哪种格式，{'、'.join(names)} 都像；请用 --from 指明，例如 --from {names[0]}。")
        self.scores = scores


def _refuse_strangers(source: Source) -> None:
    for start, sentence in _STRANGERS:
        if source.head.startswith(start):
            raise RefusedError(sentence)
