"""The review workbook of a sample: what to judge and how, the conversations, and no word of what the machine said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.reports import styles
from auditor.reports.celltext import Segment, blocks
from auditor.reports.grid import fit, put, write_header, write_text
from auditor.reports.records import Record
from auditor.reports.sheet import Book, Layout, Link, Put, Sheet
from auditor.reports.tables import NO_TIME, NONE, ROLES, Column, said
from auditor.reviews.sampleform import FATAL, MARK, SCORE, TROUBLE
from auditor.reviews.verdict import NO, REVIEWER, YES
from auditor.sampling import Pick

LIST, TALK = "抽检表", "会话原文"
_COLUMNS = (
    Column("序号", 7, "number"),
    Column("客服", 26, "text"),
    Column("会话编号", 24),
    Column("开始时间", 20),
    Column("消息数", 9, "number"),
    Column("原文", 10, "link"),
    Column(SCORE, 11, "score"),
    Column(FATAL, 10),
    Column(TROUBLE, 44, "text"),
    Column(REVIEWER, 12),
    Column(MARK, 10, "note"),
)
_TALK_COLUMNS = (Column("时间", 21), Column("角色", 9), Column("发送人", 20), Column("内容", 92))
_ROW_LINES = 24
_HOW = (
    "逐个会话看“会话原文”，在黄色的格子里填：人工得分（0 到 100）、有没有致命项、主要问题、复核人。",
    "会话从 100 分起扣；有致命项（站外引流、辱骂、好评返现、泄露信息等红线）的，记 0 分。",
    "机器的结果不在这份表里，请不要先看评分卡，以免受影响。抽样里有随机抽的，也有特意挑的，表里不区分。",
    "可以排序、筛选、用 WPS 或 LibreOffice 另存，请保留“抽检标识”一列。",
)


def write_sample_workbook(
    path: Path, picks: Sequence[Pick], transcripts: Mapping[str, Sequence[Record]], weights: Mapping[str, float]
) -> None:
    """Write the workbook. ``transcripts``: mark of a pick -> its messages; ``weights``: dimension -> full points."""
    with Book("客服质检抽检表") as book:
        guide = book.sheet("怎么填", Layout((12.0,) * 8, one_page=True, tab=styles.NAVY))
        guide.append([Put("客服质检抽检表", styles.BANNER, 8)], 36)
        parts = "、".join(f"{name} {points:g} 分" for name, points in weights.items())
        for sentence in (*_HOW, f"各维度满分：{parts}。"):
            write_text(guide, sentence, replace(styles.PLAIN, size=11))
        widths = tuple(column.width for column in _COLUMNS)
        listed = book.sheet(LIST, Layout(widths, landscape=True, header=1, frozen=3))
        talk = book.sheet(TALK, Layout(tuple(c.width for c in _TALK_COLUMNS), landscape=True, header=1))
        write_header(talk, _TALK_COLUMNS)
        write_header(listed, _COLUMNS)
        for number, pick in enumerate(picks, 1):
            _row(listed, number, pick, _transcript(talk, number, pick, transcripts.get(pick.mark)))
        _finish(listed)
        book.save(path)


def _row(sheet: Sheet, number: int, pick: Pick, link: Link | None) -> None:
    item = pick.candidate
    values: tuple[Any, ...] = (number, item.agent, item.conversation, item.start or NO_TIME, item.messages)
    puts = [put(column, value) for column, value in zip(_COLUMNS, values, strict=False)]
    open_cell = replace(styles.BODY, fill="FFFDF0", locked=False)
    centred = replace(open_cell, align="center")
    puts.append(Put("看原文", styles.LINK, link=link) if link else Put("没有找到", styles.CENTER))
    puts += [Put(None, centred), Put(None, centred), Put(None, open_cell), Put(None, centred)]
    puts.append(Put(pick.mark, replace(styles.BODY, size=7, colour=styles.MUTED, wrap=False, shrink=True)))
    sheet.append(puts, fit(puts, sheet.layout.widths, 30))


def _transcript(sheet: Sheet, number: int, pick: Pick, messages: Sequence[Record] | None) -> Link | None:
    if messages is None:
        return None
    title = replace(styles.BODY, bold=True, colour=styles.NAVY, fill=styles.PALE, border="under", wrap=False)
    item = pick.candidate
    words = f"第 {number} 个　会话 {item.conversation}　客服 {item.agent}　{item.start or NO_TIME}"
    if sheet.rows > 1:
        sheet.append([], 10)
    row = sheet.append([Put(words, title), *(Put(None, title) for _ in _TALK_COLUMNS[1:])], 24)
    for message in messages:
        _message(sheet, message)
    return Link(sheet.place(row))


def _message(sheet: Sheet, message: Record) -> None:
    look = styles.role_look(message["role"])
    small = replace(look, align="center", size=9, indent=0)
    text = said(message)
    lead = [
        Put(message["time"] or NO_TIME, replace(small, wrap=False)),
        Put(ROLES.get(message["role"], message["role"]), small),
        Put(message["sender"] or NONE, small),
    ]
    for start, end in blocks(text, _TALK_COLUMNS[3].width, _ROW_LINES):
        puts = [*lead, Put((Segment(text[start:end]),), look)]
        sheet.append(puts, fit(puts, sheet.layout.widths))
        lead = [Put(None, look), Put("（续）", small), Put(None, look)]


def _finish(sheet: Sheet) -> None:
    """Filter, a list for 有致命项, numbers only for the score; everything else is locked, without a password."""
    from openpyxl.worksheet.datavalidation import DataValidation

    last = max(2, sheet.rows)
    sheet.raw.auto_filter.ref = f"A1:K{last}"
    sheet.raw.print_area = f"A1:J{last}"
    score = DataValidation(type="decimal", operator="between", formula1="0", formula2="100", allowBlank=True,
                           sqref=f"G2:G{last}", showErrorMessage=True, errorTitle="只能填数字",
                           error="请填 0 到 100 的数字。")  # fmt: skip
    fatal = DataValidation(type="list", formula1=f'"{YES},{NO}"', allowBlank=True, sqref=f"H2:H{last}",
                           showErrorMessage=True, errorTitle="只能从列表里选",
                           error=f"请选择：{YES}、{NO}。")  # fmt: skip
    for item in (score, fatal):
        sheet.raw.data_validations.append(item)
    lock = sheet.raw.protection
    lock.sheet = True
    lock.autoFilter = lock.formatColumns = lock.formatRows = lock.formatCells = lock.sort = False
