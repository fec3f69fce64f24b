"""The team workbook's sheet 分时段: when customers write and how long they wait, by hour of the day and by agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from auditor.presets import HOUSE
from auditor.reports import charts, styles
from auditor.reports.card_tables import MATRIX_AGENTS, in_order
from auditor.reports.conditional import heat
from auditor.reports.grid import write_band, write_gap, write_text
from auditor.reports.sheet import Book, Layout, Put, Sheet
from auditor.scoring import Scorecard
from auditor.service import Service
from auditor.waits import Hour

TITLE = "分时段"
_NAME_WIDTH, _HOUR_WIDTH = 24.0, 6.4
_CHART_ROWS, _CHART_ROW_HEIGHT = 13, 19.0
#: Distances of the marks on the axis of waits, in seconds: the first that gives at most _MOST_MARKS.
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400)
_MOST_MARKS = 6
_COUNT = replace(styles.NUMERIC, number=styles.SPARSE, size=9)
_WAIT = replace(styles.NUMERIC, number=styles.SHORT_DURATION, size=9)
Value = Callable[[Hour], float | None]


def write_hours(book: Book, team: Scorecard, cards: Sequence[Scorecard]) -> None:
    """Write the sheet by the house's count, which all conversations have; nothing if the log has no times."""
    service = team.services.get(HOUSE, Service())
    hours = sorted(service.hours)
    if not hours:
        return
    hours = list(range(hours[0], hours[-1] + 1))
    widths = (_NAME_WIDTH, *(_HOUR_WIDTH,) * len(hours))
    sheet = book.sheet(TITLE, Layout(widths, landscape=True, frozen=1))
    rows = _team(sheet, service, hours)
    write_gap(sheet)
    _charts(sheet, service, hours, rows)
    shown = in_order(cards)[:MATRIX_AGENTS]
    for title, value, look, colour in _MATRICES:
        _matrix(sheet, title, shown, hours, value, (look, colour))
    write_gap(sheet)
    if len(cards) > MATRIX_AGENTS:
        write_text(sheet, f"只列排名前 {MATRIX_AGENTS} 位客服。", styles.NOTE)
    write_text(sheet, "小时按顾客发消息、提问的时间；颜色越深，消息越多或等得越久。等待只算店铺口径时段内的轮次，"
                      "时段外的是留言，见“指标”表。", replace(styles.NOTE, size=9))  # fmt: skip


_UNIT = "秒；1 分半以上写作 分:秒"
#: The team's rows: title, what is shown of an hour, whether it is a wait, colour of the heat.
_TEAM: tuple[tuple[str, Value, bool, str], ...] = (
    ("顾客消息（条）", lambda hour: float(hour.messages), False, styles.BLUE_HEAT),
    ("提问（轮）", lambda hour: float(hour.rounds), False, styles.BLUE_HEAT),
    ("首次响应均值", lambda hour: hour.first.mean, True, styles.HEAT_BAD),
    ("平均响应", lambda hour: hour.waits.mean, True, styles.HEAT_BAD),
    ("响应 90 分位", lambda hour: hour.waits.percentile(0.9), True, styles.HEAT_BAD),
    ("最长等待", lambda hour: hour.waits.longest, True, styles.HEAT_BAD),
    ("超过 3 分钟（轮）", lambda hour: float(hour.waits.count - hour.waits.within(180)), False, styles.HEAT_BAD),
    ("未回复（轮）", lambda hour: float(hour.unanswered), False, styles.HEAT_BAD),
)

#: The tables of hours by agent.
_MATRICES: tuple[tuple[str, Value, styles.Look, str], ...] = (
    ("各客服的顾客消息（条）", lambda hour: float(hour.messages), _COUNT, styles.BLUE_HEAT),
    (f"各客服的首次响应均值（{_UNIT}）", lambda hour: hour.first.mean, _WAIT, styles.HEAT_BAD),
    (f"各客服的平均响应（{_UNIT}）", lambda hour: hour.waits.mean, _WAIT, styles.HEAT_BAD),
)


def _team(sheet: Sheet, service: Service, hours: Sequence[int]) -> dict[str, int]:
    """Write the team's figures by hour; returns the row of each, and of the hours themselves."""
    write_band(sheet, f"全团队分时段（等待：{_UNIT}）")
    rows = {"小时": _hours(sheet, hours)}
    for title, value, timed, colour in _TEAM:
        look = _WAIT if timed else _COUNT
        rows[title] = _line(sheet, title, [value(service.hours.get(hour, Hour())) for hour in hours], look)
        _heat(sheet, (rows[title], rows[title]), hours, colour, timed)
    return rows


def _hours(sheet: Sheet, hours: Sequence[int]) -> int:
    head = replace(styles.HEADER, size=9, wrap=False)
    return sheet.append([Put("小时", head), *(Put(f"{hour}点", head) for hour in hours)], 20)


def _line(sheet: Sheet, title: str, values: Sequence[float | None], look: styles.Look) -> int:
    """One row of figures; waits are stored as days, Excel's measure of time."""
    timed = look is _WAIT
    puts = [Put(title, replace(styles.BODY, size=9.5, wrap=False, shrink=True))]
    for value in values:
        stored = None if value is None else styles.days(value) if timed else round(value)
        puts.append(Put(stored, look))
    return sheet.append(puts, 18)


def _heat(sheet: Sheet, rows: tuple[int, int], hours: Sequence[int], colour: str, timed: bool) -> None:
    from openpyxl.utils import get_column_letter

    area = f"B{rows[0]}:{get_column_letter(len(hours) + 1)}{rows[1]}"
    sheet.raw.conditional_formatting.add(area, heat(colour, from_least=timed))


def _matrix(
    sheet: Sheet, title: str, cards: Sequence[Scorecard], hours: Sequence[int], value: Value,
    dress: tuple[styles.Look, str],
) -> None:  # fmt: skip
    """Agents as rows, hours as columns, one figure with its heat."""
    if not cards:
        return
    look, colour = dress
    write_gap(sheet)
    write_band(sheet, title)
    first = _hours(sheet, hours) + 1
    for card in cards:
        own = card.services.get(HOUSE, Service()).hours
        _line(sheet, card.agent, [value(own.get(hour, Hour())) for hour in hours], look)
    _heat(sheet, (first, sheet.rows), hours, colour, look is _WAIT)


def _charts(sheet: Sheet, service: Service, hours: Sequence[int], rows: dict[str, int]) -> None:
    """How many customers write, and how long they wait, by hour."""
    top, width = sheet.rows + 1, len(sheet.layout.widths)
    for _ in range(_CHART_ROWS):
        sheet.append([Put(None, styles.PLAIN, width)], _CHART_ROW_HEIGHT)
    middle = 1 + max(1, (width - 4) // 2)
    left, right = (charts.Area(span, (top, sheet.rows)) for span in ((1, middle), (middle + 1, width)))
    found = [service.hours.get(hour, Hour()) for hour in hours]
    names = charts.Names(_area(sheet, rows["小时"]), tuple(f"{hour}点" for hour in hours))

    def line(title: str, colour: str, values: Sequence[float | None]) -> charts.Line:
        return charts.Line(title.split("（")[0], colour, _area(sheet, rows[title]), tuple(values))

    messages = line("顾客消息（条）", styles.BLUE, [float(hour.messages) for hour in found])
    sheet.raw.add_chart(charts.columns("顾客消息（条）", names, messages, styles.NUMBER, left))
    waits = (
        ("首次响应均值", styles.BLUE, [hour.first.mean for hour in found]),
        ("平均响应", styles.ORANGE, [hour.waits.mean for hour in found]),
        ("响应 90 分位", styles.MUTED, [hour.waits.percentile(0.9) for hour in found]),
    )
    longest = max((value for *_, values in waits for value in values if value is not None), default=0.0)
    lines = [line(title, colour, [None if v is None else styles.days(v) for v in values])
             for title, colour, values in waits]  # fmt: skip
    step = next((step for step in _STEPS if longest <= step * _MOST_MARKS), _STEPS[-1])
    number = styles.SECONDS_AXIS if step < 60 else styles.MINUTES_AXIS
    sheet.raw.add_chart(charts.curves("顾客等待", names, lines, number, styles.days(step), right))


def _area(sheet: Sheet, row: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"'{sheet.title}'!$B${row}:${get_column_letter(len(sheet.layout.widths))}${row}"
