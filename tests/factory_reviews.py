"""Reviewers' work on scorecards: drop-downs filled in, rows sorted, columns moved, files saved by other programs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

SHEET = "扣分明细"
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def headings(sheet: Any) -> dict[str, int]:
    """Heading -> 1-based column."""
    return {cell.value: cell.column for cell in sheet[1]}


def fill(book: Path, target: Path, rulings: Mapping[str, str], reviewer: str = "", appeal: str = "") -> Path:
    """Save a copy of a workbook in which findings are ruled on. ``rulings``: code of the rule -> verdict.

    With ``appeal`` the agent has appealed against each of them for that reason.
    """
    opened = load_workbook(book, rich_text=True)
    sheet = opened[SHEET]
    at = headings(sheet)
    left = set(rulings)
    for row in range(2, sheet.max_row + 1):
        code = str(sheet.cell(row, at["规则"]).value).split(" ")[0]
        if code in rulings:
            left.discard(code)
            sheet.cell(row, at["复核结果"]).value = rulings[code] or None
            sheet.cell(row, at["复核人"]).value = reviewer or None
            if appeal:
                sheet.cell(row, at["申诉"]).value, sheet.cell(row, at["申诉理由"]).value = "是", appeal
    assert not left, f"no finding of {left}"
    opened.save(target)
    return target


def rearranged(book: Path, target: Path) -> Path:
    """What a busy reviewer does: rows turned round, columns moved, a title above, colours, filters, another name."""
    opened = load_workbook(book)
    sheet = opened[SHEET]
    rows = [[copy(cell.value) for cell in row] for row in sheet.iter_rows()]
    order = list(range(len(rows[0])))[::-1]
    fresh = opened.create_sheet("王姐看过", 0)
    fresh.append(["十一月第三周复核，请张三再看一遍"])
    fresh.append([])
    for row in [rows[0], *rows[:0:-1]]:
        fresh.append([row[at] for at in order])
    for number in range(4, fresh.max_row + 1, 2):
        fresh.row_dimensions[number].hidden = True
    opened.remove(sheet)
    opened.save(target)
    return target


def renamed_headings(book: Path, target: Path) -> Path:
    """The headings of verdict and fingerprint rewritten by hand."""
    opened = load_workbook(book)
    sheet = opened[SHEET]
    at = headings(sheet)
    sheet.cell(1, at["复核结果"]).value, sheet.cell(1, at["指纹"]).value = "结论（王）", "编码"
    opened.save(target)
    return target


def resaved(book: Path, folder: Path, suffix: str) -> Path:
    """The workbook saved by LibreOffice in another format."""
    profile = (folder / "profile").resolve().as_uri()
    command = [str(SOFFICE), f"-env:UserInstallation={profile}", "--headless", "--convert-to", suffix,
               "--outdir", str(folder / suffix), str(book)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / suffix / f"{book.stem}.{suffix}"


def score(sample: Path, points: float = 90) -> None:
    """Give every conversation of a review workbook the same score, and no fatal finding."""
    opened = load_workbook(sample)
    sheet = opened["抽检表"]
    at = headings(sheet)
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, at["人工得分"]).value, sheet.cell(row, at["有致命项"]).value = points, "否"
    opened.save(sample)
