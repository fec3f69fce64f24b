"""Reads the sheet 扣分明细 back, whatever became of it: sorted, filtered, columns moved or renamed, saved elsewhere.

A sheet is known by its fingerprints, a column by its heading or, where that was changed, by what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.errors import Place, Problem
from auditor.reviews.cells import Row, cell_text, headed
from auditor.reviews.verdict import (
    APPEAL,
    FINGERPRINT,
    NO,
    REASON,
    REVIEWER,
    RULE_ID,
    RULING,
    YES,
    Ruling,
    State,
    Verdict,
)

_MARK = re.compile(r"[0-9a-f]{16}")
_NAMES = re.compile(r"[、，,;；/]")
_RULINGS = {str(ruling): ruling for ruling in Ruling}
#: How the column 处理 begins, and the points that the machine had taken, in a workbook that was scored anew.
_STATES = {"试运行": State.TRIAL, "豁免": State.EXEMPT}
_TAKEN = re.compile(r"机器原([扣加]) ([\d.]+) 分")

#: The columns that are read. 规则, 处理 and the others are written by the workbook and only told on.
_HEADINGS = {APPEAL, REASON, RULING, REVIEWER, FINGERPRINT, RULE_ID, "会话编号", "时间", "规则", "扣分", "处理"}

@dataclass(frozen=True)
class Form:
    """What one workbook holds: verdicts, what is wrong with it, rows with a fingerprint, rows nobody wrote in."""

    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]
    rows: int
    blank: int


def read_form(file: str, sheets: Iterable[tuple[str, Iterable[Row]]], mask: Callable[[str], str]) -> Form:
    """The verdicts of a workbook's sheets (title, rows of cell values). ``mask`` hides personal data in the reasons.

    Reviewers who left 复核人 blank are named by the file.
    """
    reading = _Reading(file, mask)
    for title, rows in sheets:
        reading.sheet(title, list(rows))
    if not reading.found:
        told = f"没有找到「{FINGERPRINT}」一列，读不出复核结果；请用评分卡工作簿里的“扣分明细”填写，保留这一列"
        reading.problems.append(Problem(Place(file), "", told))
    return Form(tuple(reading.verdicts), tuple(reading.problems), reading.rows, reading.blank)


def holds_findings(head: Sequence[Row]) -> bool:
    """Are these the first rows of a list of findings? A workbook's long transcripts need not be read to their end."""
    texts = {cell_text(value) for row in head for value in row if isinstance(value, str)}
    return bool(texts & {FINGERPRINT, RULING}) or any(_MARK.fullmatch(text) for text in texts)


class _Reading:
    """One workbook being read."""

    def __init__(self, file: str, mask: Callable[[str], str]) -> None:
        self.file, self.mask = file, mask
        self.verdicts: list[Verdict] = []
        self.problems: list[Problem] = []
        self.rows = self.blank = 0
        self.found = False

    def sheet(self, title: str, rows: Sequence[Row]) -> None:
        """Read one sheet, if it is a list of findings."""
        columns = _columns(rows)
        if FINGERPRINT not in columns:
            return
        self.found = True
        if RULING not in columns:
            told = f"工作表「{title}」里没有「{RULING}」一列，请把这一列的标题改回来"
            self.problems.append(Problem(Place(self.file), title, told))
            return
        for number, row in enumerate(rows, 1):
            cells = {name: row[at] if at < len(row) else None for name, at in columns.items()}
            self._row(title, number, cells)

    def _row(self, sheet: str, number: int, cells: dict[str, Any]) -> None:
        texts = {name: cell_text(value) for name, value in cells.items()}
        mark, word, appeal = (texts.get(name, "") for name in (FINGERPRINT, RULING, APPEAL))
        if not _MARK.fullmatch(mark):
            if word in _RULINGS:
                self._wrong(sheet, number, FINGERPRINT, f"指纹「{mark or '空'}」不对，不知道「{word}」说的是哪一处")
            return
        self.rows += 1
        if word and word not in _RULINGS:
            self._wrong(sheet, number, RULING, f"「{word}」不是复核结果，请从 {'、'.join(_RULINGS)} 里选")
            return
        if appeal not in ("", YES, NO):
            self._wrong(sheet, number, APPEAL, f"「{appeal}」看不懂，请选“{YES}”或“{NO}”")
            return
        if not word and appeal != YES:
            self.blank += 1
            return
        self._verdicts(texts, cells)

    def _verdicts(self, texts: dict[str, str], cells: dict[str, Any]) -> None:
        code, _, title = str(cells.get("规则") or "").partition(" ")
        handling = texts.get("处理", "")
        time = cells.get("时间")
        names = [name.strip() for name in _NAMES.split(texts.get(REVIEWER, "")) if name.strip()]
        for name in names or [self.file]:
            self.verdicts.append(Verdict(
                fingerprint=texts[FINGERPRINT],
                rule=texts.get(RULE_ID) or code,
                code=code,
                title=title,
                conversation=str(cells.get("会话编号") or ""),
                time=time.isoformat(sep=" ", timespec="seconds") if isinstance(time, datetime) else None,
                charged=_charged(cells.get("扣分"), handling),
                state=next((s for word, s in _STATES.items() if handling.startswith(word)), State.LIVE),
                appeal=texts.get(APPEAL) == YES,
                reason=self.mask(str(cells.get(REASON) or "").strip()),
                ruling=_RULINGS.get(texts[RULING]),
                reviewer=name,
                file=self.file,
            ))

    def _wrong(self, sheet: str, row: int, field: str, text: str) -> None:
        self.problems.append(Problem(Place(self.file, row), f"{sheet} {field}", text))


def _columns(rows: Sequence[Row]) -> dict[str, int]:
    """Where each column stands: by the heading row, the fingerprints and verdicts by content if a heading is gone."""
    columns = headed(rows, _HEADINGS)
    for name, fits in ((FINGERPRINT, _MARK.fullmatch), (RULING, _RULINGS.get)):
        if name not in columns:
            at = _column_of(rows, fits)
            if at is not None:
                columns[name] = at
    return columns


def _column_of(rows: Sequence[Row], fits: Callable[[str], Any]) -> int | None:
    """The column with the most cells of a kind."""
    counts: dict[int, int] = {}
    for row in rows:
        for at, value in enumerate(row):
            if isinstance(value, str) and fits(cell_text(value)):
                counts[at] = counts.get(at, 0) + 1
    return max(counts, key=lambda at: (counts[at], -at), default=None)


def _charged(value: Any, handling: str) -> float:
    """Points that the machine took: the sheet shows them with a minus, or tells of them if a verdict took them back."""
    taken = _TAKEN.search(handling)
    if taken:
        return float(taken[2]) if taken[1] == "扣" else -float(taken[2])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return 0.0 - value if number else 0.0
