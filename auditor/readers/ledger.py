"""The account of every row: what came in, what was audited, what was refused and why. Nothing is lost in silence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from auditor.errors import Place, Problem
from auditor.readers.records import Columns, Raw

#: How much of a refused record is shown, in code points, and how much of it is looked at for personal data.
RAW_LENGTH = 200
_LOOKED_AT = 1_000
_COARSE = (
    "有 {count} 条消息的时间只到分钟，没有秒（CSV 用 Excel 另存过就会这样），秒按 0 算：响应时长前后可能差一分钟，"
    "请改用导出时的原文件。"
)


@dataclass(frozen=True)
class Reject:
    """One row that was not audited: file, 1-based line (None: the whole file), reason, the start of the row."""

    file: str
    line: int | None
    reason: str
    raw: str


@dataclass(frozen=True)
class InputFacts:
    """One input file. ``rows_in == rows_audited + rows_rejected + rows_outside + rows_merged``, always.

    ``rows_outside`` are good rows outside --since/--until; ``rows_merged`` stand in another file as well and count
    there. ``encoding`` is None where the format has none (xlsx).
    """

    file: str
    format: str
    encoding: str | None
    rows_in: int
    rows_audited: int
    rows_rejected: int
    rows_outside: int
    sha256: str
    rows_merged: int = 0

    @property
    def rows_set_aside(self) -> int:
        """Good rows that are not audited here: outside the dates, or in another file as well."""
        return self.rows_outside + self.rows_merged


class Ledger:
    """Filled while reading.

    ``inputs``: facts of each file in the order read; ``file_problems``: files that could not be read (or not to
    the end); ``notes``: what the user should know although no row was lost; ``reasons``: rejects by category.
    ``columns``: what the columns of tables were read as, with the file (and worksheet); ``scores``: for each of the
    ``inputs``, which formats it may be of and how surely. Rejects themselves go to
    ``on_reject`` one by one, so that a spoilt file of any size costs no memory. ``hide`` takes personal data out of
    what is shown of a row, before it is cut to its length, ``hide_name`` out of the names of files.
    """

    def __init__(
        self,
        on_reject: Callable[[Reject], None] | None = None,
        hide: Callable[[str], str] = lambda text: text,
        hide_name: Callable[[str], str] = lambda name: name,
    ) -> None:
        self.hide = hide
        self.hide_name = hide_name
        self.inputs: list[InputFacts] = []
        self.file_problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.columns: list[tuple[str, Columns]] = []
        self.scores: list[tuple[tuple[str, float], ...]] = []
        self.reasons: Counter[str] = Counter()
        self._on_reject = on_reject

    @property
    def rows_rejected(self) -> int:
        """Rejected rows of all files read so far."""
        return sum(facts.rows_rejected for facts in self.inputs)

    @property
    def rows_merged(self) -> int:
        """Rows of all files that stand in another file as well."""
        return sum(facts.rows_merged for facts in self.inputs)

    def nothing_read(self, result: str = "") -> str:
        """Why there is no conversation at all, ``result``, and what to do; ends in a colon if problems follow."""
        outside = sum(facts.rows_outside for facts in self.inputs)
        said = ["没有读到任何会话"]
        if self.rows_rejected:
            said.append(f"{self.rows_rejected} 行读不了")
        if outside:
            said.append(f"{outside} 行在 --since、--until 的日期之外")
        hint = "请检查文件和列名" if self.file_problems or not outside else "请检查日期"
        return f"{'，'.join([*said, *([result] if result else [])])}。{hint}{'：' if self.file_problems else '。'}"

    def merge(self, file: int, count: int, other: int) -> None:
        """So many rows of a file were dropped, for they stand in the other; both by their place in ``inputs``."""
        facts = self.inputs[file]
        self.inputs[file] = replace(
            facts, rows_audited=facts.rows_audited - count, rows_merged=facts.rows_merged + count
        )
        text = f"有 {count} 行和「{self.inputs[other].file}」重复（同一会话、同一时间、同一人说的同一句话），只算一次。"
        self.note(facts.file, None, text)

    def note(self, file: str, line: int | None, text: str) -> None:
        """Something to tell of a file that costs no row."""
        self.notes.append(Problem(Place(file, line), "", text))

    def reject(self, reject: Reject, category: str) -> None:
        """Count one rejected row and hand it on."""
        self.reasons[category] += 1
        if self._on_reject is not None:
            self._on_reject(reject)


class Tally:
    """The running account of one file; ``close`` turns it into facts."""

    def __init__(self, ledger: Ledger, file: str) -> None:
        self.file = ledger.hide_name(file)
        self.format = ""
        self.encoding: str | None = None
        self.scores: tuple[tuple[str, float], ...] = ()
        self.sha256 = ""
        self.rows_in = 0
        self.audited = 0
        self.rejected = 0
        self.outside = 0
        self.merged = 0
        self.timeless = 0
        self.coarse = 0
        self.undated = 0
        self._ledger = ledger

    def reject(self, line: int, category: str, detail: str, raw: Raw, part: str | None = None) -> None:
        """One row of this file is not audited."""
        self.rejected += 1
        reason = f"{category}：{detail}" if detail else category
        shown_raw = shown(raw, self._ledger.hide)
        self._ledger.reject(Reject(place_name(self.file, part), line, reason, shown_raw), category)

    def refuse(self, text: str, line: int | None = None) -> None:
        """The file, or the rest of it, cannot be read: a problem, and one rejected row so that it never looks clean."""
        self.rows_in += 1
        self.rejected += 1
        self._ledger.file_problems.append(Problem(Place(self.file, line), "", text))
        self._ledger.reject(Reject(self.file, line, text, ""), "整个文件读不了")

    def repeat(self, earlier: int) -> None:
        """This file is byte for byte the one at that place of ``inputs``: its rows count there, what is wrong too."""
        facts = self._ledger.inputs[earlier]
        self.format, self.encoding, self.scores = facts.format, facts.encoding, self._ledger.scores[earlier]
        self.rows_in, self.outside = facts.rows_in, facts.rows_outside
        self.merged = facts.rows_in - facts.rows_outside
        self.note(None, f"和「{facts.file}」内容完全相同，没有再读，{self.merged} 行只算一次。")

    def note(self, line: int | None, text: str) -> None:
        """Something to tell that costs no row."""
        self._ledger.note(self.file, line, text)

    def map(self, columns: Columns) -> None:
        """What the columns of a table of this file are read as."""
        self._ledger.columns.append((place_name(self.file, columns.part), columns))

    def close(self) -> None:
        """Hand the facts of this file to the ledger; rows whose time is missing or lacks its seconds are told of."""
        if 0 < self.timeless < self.audited:
            self.note(None, f"有 {self.timeless} 条消息没有时间，照样审，但它们所在的会话算不出响应时长。")
        if self.coarse:
            self.note(None, _COARSE.format(count=self.coarse))
        self._ledger.scores.append(self.scores)
        self._ledger.inputs.append(
            InputFacts(
                self.file,
                self.format,
                self.encoding,
                self.rows_in,
                self.audited,
                self.rejected,
                self.outside,
                self.sha256,
                self.merged,
            )
        )


def place_name(file: str, part: str | None) -> str:
    """A file's name, with the worksheet where the file has several."""
    return file if part is None else f"{file}[{part}]"


def shown(raw: Raw, hide: Callable[[str], str] = lambda text: text) -> str:
    """The first ``RAW_LENGTH`` code points of a raw record, on one line and fit to be written as UTF-8.

    ``hide`` sees the record as it is, and more of it than is shown: half a number would not be known for one.
    """
    text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)
    start = hide(text[:_LOOKED_AT])[:RAW_LENGTH].encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\u3000" else ascii(c)[1:-1] for c in start)[:RAW_LENGTH]
