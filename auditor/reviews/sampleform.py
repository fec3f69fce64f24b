"""Reads the review workbook of a sample back: the scores people gave, whatever they sorted or saved with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.errors import Place, Problem
from auditor.reviews.cells import Row, cell_text, headed
from auditor.reviews.verdict import NO, YES
from auditor.sampling import Human

#: Headings of the sheet; the last three are read back with it.
SCORE, FATAL, TROUBLE, MARK = "人工得分", "有致命项", "主要问题", "抽检标识"
_MARK = re.compile(r"[0-9a-f]{16}")
_ANSWERS = {YES: True, NO: False, "": None}


@dataclass(frozen=True)
class SampleForm:
    """What one workbook holds: people's answers, what is wrong with it, rows without a score."""

    answers: tuple[Human, ...]
    problems: tuple[Problem, ...]
    blank: int


def read_sample(file: str, sheets: Iterable[tuple[str, Iterable[Row]]]) -> SampleForm:
    """The answers of a workbook's sheets (title, rows of cell values)."""
    answers: list[Human] = []
    problems: list[Problem] = []
    blank, found = 0, False
    for title, lines in sheets:
        rows = list(lines)
        columns = headed(rows, {SCORE, FATAL, MARK})
        if not {SCORE, MARK} <= columns.keys():
            continue
        found = True
        for number, row in enumerate(rows, 1):
            cells = {name: cell_text(row[at]) if at < len(row) else "" for name, at in columns.items()}
            if not _MARK.fullmatch(cells[MARK]):
                continue
            answer = _answer(cells)
            if isinstance(answer, str):
                problems.append(Problem(Place(file, number), title, answer))
            elif answer is None:
                blank += 1
            else:
                answers.append(answer)
    if not found:
        problems.append(Problem(Place(file), "", f"没有找到「{SCORE}」和「{MARK}」两列，这不是抽检表，或者列被删掉了"))
    return SampleForm(tuple(answers), tuple(problems), blank)


def holds_sample(head: Sequence[Row]) -> bool:
    """Are these the first rows of a list to review? The transcripts beside it need not be read to their end."""
    return headed(head, {SCORE, MARK}).keys() == {SCORE, MARK}


def _answer(cells: dict[str, str]) -> Human | str | None:
    """A row's answer, None if there is none yet, or what is wrong with it."""
    if cells.get(FATAL, "") not in _ANSWERS:
        return f"{FATAL}「{cells[FATAL]}」看不懂，请选“{YES}”或“{NO}”"
    if not cells[SCORE]:
        return None
    try:
        score = float(cells[SCORE])
    except ValueError:
        score = -1.0
    if not 0 <= score <= 100:
        return f"{SCORE}「{cells[SCORE]}」应为 0 到 100 的数字"
    return Human(cells[MARK], score, _ANSWERS[cells.get(FATAL, "")])
