"""The team workbook's sheets of service figures: one for each preset, agents as rows, targets above them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from auditor.presets import Preset
from auditor.reports import styles
from auditor.reports.card_tables import in_order
from auditor.reports.conditional import where
from auditor.reports.grid import write_gap, write_row
from auditor.reports.kpicells import figure_put
from auditor.reports.kpirecords import FIGURES, service_record
from auditor.reports.kpitables import (
    Figures,
    missed_targets,
    preset_name,
    preset_sentences,
    presets_used,
    shown_groups,
)
from auditor.reports.sheet import Book, Layout, Put, Sheet
from auditor.scoring import Scorecard

_NAME_WIDTH, _MISSED_WIDTH, _FIGURE_WIDTH = 23.0, 30.0, 11.0
#: Rows that stay on screen: title, groups, headings, targets.
_HEADER = 4
_COLUMNS_A_PAGE = 10
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
#: Longest name of a sheet that Excel takes.
_LONGEST_TITLE = 31


def write_kpi_sheets(
    book: Book, team: Scorecard, cards: Sequence[Scorecard], presets: Mapping[str, Preset]
) -> None:
    """Write a sheet for every preset that counted somebody."""
    for preset in presets_used(team, presets):
        _write(book, preset, team, [card for card in in_order(cards) if preset.name in card.services])


def sheet_title(preset: Preset) -> str:
    """The name on the tab: 指标·淘宝."""
    return _FORBIDDEN.sub("_", f"指标·{preset_name(preset)}")[:_LONGEST_TITLE]


def _write(book: Book, preset: Preset, team: Scorecard, cards: Sequence[Scorecard]) -> None:
    records = [service_record(card.services[preset.name], preset) for card in (team, *cards)]
    groups, absent = shown_groups(records)
    names = [name for _, members in groups for name in members]
    widths = (_NAME_WIDTH, _MISSED_WIDTH, *(_FIGURE_WIDTH,) * len(names))
    sheet = book.sheet(sheet_title(preset), Layout(widths, landscape=True, header=_HEADER, frozen=2))
    _head(sheet, preset, groups)
    for at, (card, record) in enumerate(zip((team, *cards), records, strict=True)):
        _row(sheet, card.agent, record, names, preset, total=at == 0)
    _colour(sheet, names)
    sheet.raw.page_setup.fitToWidth = max(1, ceil(len(names) / _COLUMNS_A_PAGE))
    sheet.raw.print_title_cols = "A:B"
    _notes(sheet, preset, absent)


def _head(sheet: Sheet, preset: Preset, groups: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    width = len(sheet.layout.widths)
    sheet.append([Put(f"{preset.title}（资料日期 {preset.as_of or '未写'}）", styles.BAND, width)], 24)
    sheet.append([Put(None, styles.LABEL, 2), *(Put(title, styles.LABEL, len(names)) for title, names in groups)], 20)
    titles = [FIGURES[name].title for _, names in groups for name in names]
    write_row(sheet, [Put(title, replace(styles.HEADER, size=9.5)) for title in ("客服", "未达到的目标", *titles)], 34)
    goal = replace(styles.NUMERIC, colour=styles.NAVY, italic=True, fill=styles.MIST)
    label = replace(styles.BODY, colour=styles.NAVY, italic=True, fill=styles.MIST, wrap=False)
    puts = [Put("目标", label), Put("改目标，下面的颜色跟着变", replace(label, size=8.5, shrink=True))]
    for _, names in groups:
        puts += [figure_put(name, preset.targets.get(name), look=goal) for name in names]
    sheet.append(puts, 20)


def _row(sheet: Sheet, agent: str, record: Figures, names: Sequence[str], preset: Preset, total: bool) -> None:
    fill = styles.PALE if total else None
    text = replace(styles.BODY, bold=total, fill=fill, wrap=not total)
    number = replace(styles.NUMERIC, bold=total, fill=fill)
    missed = missed_targets(record, preset)
    verdict = replace(text, size=9, colour=styles.RED_INK if missed != "无" else styles.GREEN_INK)
    puts = [Put(agent, text), Put(missed, verdict), *(figure_put(name, record[name], look=number) for name in names)]
    write_row(sheet, puts, 22 if total else 20)


def _colour(sheet: Sheet, names: Sequence[str]) -> None:
    """Red where a figure misses the target that stands above it, whatever somebody types there."""
    from openpyxl.utils import get_column_letter

    first, last = _HEADER + 1, sheet.rows
    for at, name in enumerate(names, 3):
        better = FIGURES[name].more_is_better
        if better is not None:
            column = get_column_letter(at)
            cell, target = f"{column}{first}", f"{column}${_HEADER}"
            missed = f"AND(ISNUMBER({cell}),ISNUMBER({target}),{cell}{'<' if better else '>'}{target})"
            area = f"{column}{first}:{column}{last}"
            sheet.raw.conditional_formatting.add(area, where(missed, styles.RED_FILL, styles.RED_INK))


def _notes(sheet: Sheet, preset: Preset, absent: Sequence[str]) -> None:
    """How the figures are counted, below them; beside the columns that every page repeats, so that it is there once."""
    said = list(preset_sentences(preset))
    if absent:
        said.append(f"日志里没有相应的数据、没有列出：{'、'.join(absent)}。")
    span = min(len(sheet.layout.widths) - 2, _COLUMNS_A_PAGE)
    write_gap(sheet)
    for sentence in said:
        write_row(sheet, [Put(None, styles.PLAIN, 2), Put(sentence, replace(styles.NOTE, size=9), span)], 16)
