"""The workbook of lines worth labelling, a drop-down beside each; filled in, it goes to ``auditor model train``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.reports import styles
from auditor.reports.grid import write_header, write_row, write_text
from auditor.reports.sheet import Book, Layout, Put, Sheet
from auditor.reports.tables import Column

TITLE, GUIDE = "待标注", "怎么标"
_COLUMNS = (
    Column("文本"), Column("标签"), Column("备注"), Column("上一句"), Column("模型判断"), Column("概率"),
    Column("为什么选它"), Column("次数"), Column("会话"),
)  # fmt: skip
_WIDTHS = (44, 14, 16, 30, 12, 8, 16, 8, 22)
_OPEN = replace(styles.CENTER, locked=False, fill="FFFBE6")
_CHANCE = replace(styles.NUMERIC, number="0%")


@dataclass(frozen=True)
class Suggested:
    """One line to label, masked: what the model says with which probability (0-1), and how often the text occurs."""

    text: str
    before: str
    label: str
    probability: float
    reason: str
    count: int
    conversation: str


def write_suggestions(path: Path, model: str, labels: Sequence[str], unsure: str, lines: Sequence[Suggested]) -> None:
    """Write the workbook; ``labels`` and ``unsure`` are what the drop-down offers."""
    with Book(f"待标注语句 {model}") as book:
        sheet = book.sheet(TITLE, Layout(_WIDTHS, landscape=True, header=1, frozen=1))
        write_header(sheet, _COLUMNS)
        for line in lines:
            write_row(sheet, _puts(line))
        _finish(sheet, [*labels, unsure])
        _guide(book.sheet(GUIDE, Layout((110,))), model, labels, unsure)
        book.save(path)


def _puts(line: Suggested) -> list[Put]:
    muted = replace(styles.BODY, colour=styles.MUTED)
    return [
        Put(line.text, styles.BODY), Put("", _OPEN), Put("", replace(_OPEN, align="left")), Put(line.before, muted),
        Put(line.label, styles.CENTER), Put(line.probability, _CHANCE), Put(line.reason, styles.CENTER),
        Put(line.count, styles.NUMERIC), Put(line.conversation, replace(muted, size=8.5)),
    ]  # fmt: skip


def _finish(sheet: Sheet, choices: Sequence[str]) -> None:
    last = max(2, sheet.rows)
    sheet.raw.auto_filter.ref = f"A1:I{last}"
    sheet.raw.data_validations.append(_choice(choices, f"B2:B{last}"))


def _choice(values: Sequence[str], area: str) -> Any:
    """A drop-down that warns of, but takes, other words: a text may carry several labels, joined by +."""
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(
        type="list",
        formula1=f'"{",".join(values)}"',
        allowBlank=True,
        sqref=area,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle="不在列表里",
        error=f"列表里有：{'、'.join(values)}。确实要这样写吗？",
        showInputMessage=True,
        promptTitle="怎么填",
        prompt="从列表里选；空着的行不会用来训练。",
    )


def _guide(sheet: Sheet, model: str, labels: Sequence[str], unsure: str) -> None:
    write_text(sheet, f"这些话由模型 {model} 挑出来，人标过以后对它帮助最大。")
    write_text(sheet, "请只填“标签”一列，能说明理由就写在“备注”。")
    write_text(sheet, f"可选的标签：{'、'.join(labels)}。看了上一句仍说不清的选“{unsure}”，训练时不用。")
    write_text(sheet, "一句话确实同时属于两类时，用加号连起来写，例如“甲+乙”（只有一句话可有几个标签的模型才收）。")
    write_text(sheet, "“模型判断”只供参考，不要照抄：标的是这句话本身，不是模型说得对不对。")
    write_text(sheet, "填好后运行：auditor model train 模型文件夹/corpus.csv 本工作簿.xlsx -o 我的模型")
    write_text(sheet, "手机号、地址等已遮盖；模型把数字都当作同一个记号，不影响训练。")
