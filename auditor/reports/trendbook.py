"""The sheet 趋势 of the workbooks, and the workbook of ``auditor trend``."""

from __future__ import annotations

from pathlib import Path

from auditor.history import MONTH, TEAM, WEEK, Timeline
from auditor.reports import charts, styles
from auditor.reports.conditional import good_scale
from auditor.reports.grid import write_gap, write_table, write_text
from auditor.reports.sheet import Book, Layout, Put, Sheet
from auditor.reports.tables import Table
from auditor.reports.trend import (
    MOST_PERIODS,
    UNITS,
    Trend,
    agent_rules_table,
    agents_matrix,
    periods_table,
    rules_matrix,
    short_period,
    trend_of,
)

TITLE = "趋势"
_LAYOUT = Layout((30, 10, *(10,) * MOST_PERIODS), landscape=True)
#: Columns of the sheet that the columns of the tables take: periods need a wide note, matrices a wide rule.
_PERIOD_SPANS = (1, 1, 1, 1, 1, 1, 1, 4)
_REMARK = (
    "历史里同一会话只记最近一次质检的结果；换过规则的时期前后不完全可比；会话少的时期起伏大，请结合会话数看。"
)
_CHART_ROWS, _CHART_ROW_HEIGHT = 12, 18.0


def write_trend(book: Book, trend: Trend, own_name: str = "本人") -> None:
    """Write the sheet of one agent, or of the team: weeks with a chart, months, rules by week."""
    sheet = book.sheet(TITLE, _LAYOUT)
    team = own_name == TEAM
    for unit in UNITS:
        table = periods_table(unit, trend.own[unit], trend.team[unit])
        first, last = write_table(sheet, table, _PERIOD_SPANS)
        write_gap(sheet)
        if unit == WEEK and len(table.rows) > 1:
            _chart(sheet, trend, (first, last), None if team else own_name)
            write_gap(sheet)
    for unit in UNITS:
        table = rules_matrix(unit, trend.rules[unit], trend.names)
        write_table(sheet, table)
        write_gap(sheet)
    write_text(sheet, _REMARK, styles.NOTE)
    sheet.raw.print_area = f"A1:N{sheet.rows}"


def _chart(sheet: Sheet, trend: Trend, rows: tuple[int, int], own: str | None) -> None:
    """The scores of the shown weeks: the agent's and the team's."""
    top = sheet.rows + 1
    for _ in range(_CHART_ROWS):
        sheet.append([Put(None, styles.PLAIN)], _CHART_ROW_HEIGHT)
    shown = trend.own[WEEK][-MOST_PERIODS:]
    theirs = {point.period: point.score for point in trend.team[WEEK]}
    names = charts.Names(_area(sheet, "A", rows), tuple(short_period(WEEK, point.period) for point in shown))
    mine = charts.Line(own or "团队", styles.BLUE, _area(sheet, "C", rows), tuple(p.score for p in shown))
    lines = [mine]
    if own:
        values = tuple(theirs.get(point.period, 0.0) for point in shown)
        lines.append(charts.Line("团队", styles.ORANGE, _area(sheet, "E", rows), values))
    sheet.raw.add_chart(charts.lines("每周得分", names, lines, charts.Area((1, 11), (top, sheet.rows))))


def _area(sheet: Sheet, column: str, rows: tuple[int, int]) -> str:
    return f"'{sheet.title}'!${column}${rows[0]}:${column}${rows[1]}"


def write_trend_workbook(path: Path, timeline: Timeline) -> None:
    """Write the whole history's latest weeks and months: the team, agents, rules, and agents by rule."""
    with Book("质检趋势") as book:
        write_trend(book, trend_of(timeline, TEAM), TEAM)
        names = timeline.rules()
        for unit in (WEEK, MONTH):
            points = timeline.points(unit)
            table = agents_matrix(unit, points)
            sheet = _list(book, f"客服·{UNITS[unit]}", table, 2)
            area = f"C2:{_letter(max(3, len(table.columns)))}{sheet.rows}"
            sheet.raw.conditional_formatting.add(area, good_scale())
        for unit in (WEEK, MONTH):
            _list(book, f"客服×规则·{UNITS[unit]}", agent_rules_table(unit, timeline.rule_points(unit), names), 2)
        book.save(path)


def _list(book: Book, title: str, table: Table, frozen: int) -> Sheet:
    sheet = book.sheet(title, Layout(tuple(c.width for c in table.columns), landscape=True, header=1, frozen=frozen))
    _, last = write_table(sheet, table, titled=False)
    sheet.raw.auto_filter.ref = f"A1:{_letter(len(table.columns))}{last}"
    return sheet


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)
