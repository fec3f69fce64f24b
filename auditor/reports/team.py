"""The team's workbook, 团队汇总: overview, ranking, rules by agent, rule statistics, figures, data quality, method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

from auditor.history import TEAM
from auditor.reports import styles
from auditor.reports.card_tables import MATRIX_AGENTS, matrix_table, ranking_table
from auditor.reports.conditional import good_scale, heat
from auditor.reports.grid import write_table
from auditor.reports.hoursheet import write_hours
from auditor.reports.kpisheets import write_kpi_sheets
from auditor.reports.method import METHOD_LAYOUT, METHOD_TITLE, write_method, write_quality
from auditor.reports.overview import LAYOUT, TITLE, write_overview
from auditor.reports.reviewsheet import write_team_review
from auditor.reports.sheet import Book, Layout, Put, Sheet
from auditor.reports.tables import RuleLike, RunFacts, Table, inputs_table, period, ranked, rule_stats_table
from auditor.reports.trend import Trend
from auditor.reports.trendbook import write_trend
from auditor.scoring import Scorecard

#: Columns of the matrix that are readable on one printed page.
_COLUMNS_A_PAGE = 16


def write_team_workbook(
    path: Path,
    team: Scorecard,
    cards: Sequence[Scorecard],
    rules: Sequence[RuleLike],
    run: RunFacts,
    files: Mapping[str, str],
    trend: Trend | None = None,
) -> None:
    """Write the team's workbook. ``files`` maps an agent to the name of its workbook in the same folder."""
    with Book(f"团队汇总 {period(team.start, team.end)}") as book:
        overview = book.sheet(TITLE, LAYOUT)
        ranking, ranking_first = _ranking(book, cards, rules, files)
        _matrix(book, team, cards, rules)
        stats, stats_first = _stats(book, team, rules)
        write_kpi_sheets(book, team, cards, run.presets)
        write_hours(book, team, cards)
        write_team_review(book, team, cards)
        if trend is not None:
            write_trend(book, trend, TEAM)
        quality = book.sheet("数据质量", Layout(tuple(c.width for c in inputs_table(run).columns), landscape=True))
        write_quality(quality, rules, run, ((1,) * 7, (1, 1), (1, 1, 1)))
        write_method(book.sheet(METHOD_TITLE, METHOD_LAYOUT), rules, team.rules, run)
        places = {"ranking": (ranking.title, ranking_first), "rules": (stats.title, stats_first)}
        write_overview(overview, team, cards, rules, run, places)
        book.save(path)


def _ranking(
    book: Book, cards: Sequence[Scorecard], rules: Sequence[RuleLike], files: Mapping[str, str]
) -> tuple[Sheet, int]:
    table = ranking_table(cards, rules, files)
    sheet = book.sheet("排名", _listing(table, frozen=2))
    first, last = write_table(sheet, table, titled=False)
    sheet.raw.auto_filter.ref = f"A1:O{last}"
    for column in ("D", "G", "J", "K"):
        sheet.raw.conditional_formatting.add(f"{column}{first}:{column}{last}", good_scale())
    return sheet, first


def _matrix(book: Book, team: Scorecard, cards: Sequence[Scorecard], rules: Sequence[RuleLike]) -> None:
    from openpyxl.utils import get_column_letter

    table = matrix_table(team, cards, rules)
    sheet = book.sheet("规则×客服", _listing(table, frozen=2))
    first, last = write_table(sheet, table, titled=False)
    sheet.raw.page_setup.fitToWidth = max(1, ceil(len(table.columns) / _COLUMNS_A_PAGE))
    sheet.raw.print_title_cols = "A:B"
    lost = sum(tally.points >= 0 for _, tally in ranked(team.rules) if tally.charged)
    right = get_column_letter(len(table.columns))
    for top, bottom, colour in ((first, first + lost - 1, styles.HEAT_BAD), (first + lost, last, styles.HEAT_GOOD)):
        if table.rows and cards and top <= bottom:
            sheet.raw.conditional_formatting.add(f"C{top}:{right}{bottom}", heat(colour))
    if len(cards) > MATRIX_AGENTS:
        note = f"本表只列排名前 {MATRIX_AGENTS} 位客服，其余 {len(cards) - MATRIX_AGENTS} 位见各自的评分卡。"
        sheet.append([Put(note, replace(styles.WARNING, wrap=False))], 22)


def _stats(book: Book, team: Scorecard, rules: Sequence[RuleLike]) -> tuple[Sheet, int]:
    table = rule_stats_table(team.rules, team.conversations, rules)
    sheet = book.sheet("规则统计", _listing(table, frozen=2))
    first, last = write_table(sheet, table, titled=False)
    sheet.raw.auto_filter.ref = f"A1:M{last}"
    return sheet, first


def _listing(table: Table, frozen: int) -> Layout:
    return Layout(tuple(c.width for c in table.columns), landscape=True, header=1, frozen=frozen)
