"""Charts with readable Chinese labels; values are stored in the file too, so that previews can draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auditor.reports import styles
from auditor.reports.celltext import clean


@dataclass(frozen=True)
class Line:
    """One series: name, colour, the range its values are in and the values themselves (None: no value there)."""

    name: str
    colour: str
    area: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Names:
    """The categories: the range they are in and the names themselves."""

    area: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Area:
    """The cells that a chart covers: first and last column and row, 1-based."""

    columns: tuple[int, int]
    rows: tuple[int, int]


def radar(title: str, names: Names, lines: Sequence[Line], area: Area) -> Any:
    """A radar of shares (0-1)."""
    from openpyxl.chart import RadarChart
    from openpyxl.chart.axis import ChartLines
    from openpyxl.chart.legend import Legend

    chart = RadarChart()
    chart.style = 26
    _dress(chart, title, area)
    for at, line in enumerate(lines):
        series = _series(at, line, names, styles.PERCENT)
        series.graphicalProperties.line.solidFill = line.colour
        series.graphicalProperties.line.width = 28_000
        series.smooth = False
        chart.series.append(series)
    lowest = min((value for line in lines for value in line.values if value is not None), default=0.0)
    chart.y_axis.scaling.min = 0.5 if lowest >= 0.6 else 0
    chart.y_axis.scaling.max = 1
    chart.y_axis.majorUnit = 0.25
    chart.y_axis.number_format = "0%"
    chart.y_axis.majorGridlines = ChartLines(spPr=_line("D0D7DE"))
    _axis(chart.x_axis, 900)
    _axis(chart.y_axis, 700)
    chart.legend = Legend(legendPos="b", txPr=_text(900))
    return chart


def bars(title: str, names: Names, line: Line, number: str, area: Area) -> Any:
    """Horizontal bars, the first name on top, each with its value."""
    from openpyxl.chart import BarChart
    from openpyxl.chart.label import DataLabelList

    chart = BarChart()
    chart.type = "bar"
    chart.gapWidth = 55
    _dress(chart, title, area)
    series = _series(0, line, names, number)
    series.graphicalProperties.solidFill = line.colour
    series.graphicalProperties.line.noFill = True
    series.dLbls = DataLabelList()
    series.dLbls.showVal = True
    series.dLbls.numFmt = number
    for name in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(series.dLbls, name, False)
    series.dLbls.txPr = _text(900)
    chart.series.append(series)
    chart.legend = None
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.scaling.min = 0
    chart.y_axis.majorGridlines = None
    _axis(chart.x_axis, 900)
    _axis(chart.y_axis, 800)
    chart.y_axis.delete = True
    return chart


def lines(title: str, names: Names, series: Sequence[Line], area: Area) -> Any:
    """Scores (0-100 points) over time, with a mark at each value; the scale begins a little below the lowest."""
    chart = _line_chart(title, names, series, styles.SCORE, area)
    for drawn, line in zip(chart.series, series, strict=True):
        _mark(drawn, line.colour)
    lowest = min(value for line in series for value in line.values if value is not None)
    chart.y_axis.scaling.min = max(0, (int(lowest) - 5) // 10 * 10)
    chart.y_axis.scaling.max = 100
    chart.y_axis.number_format = "0"
    return chart


def curves(title: str, names: Names, series: Sequence[Line], number: str, step: float, area: Area) -> Any:
    """Lines from 0 up; a value of None leaves a gap. ``step``: between marks on the axis, in the values' unit."""
    chart = _line_chart(title, names, series, number, area)
    chart.y_axis.scaling.min = 0
    chart.y_axis.majorUnit = step
    _axis(chart.x_axis, 800)
    return chart


def columns(title: str, names: Names, line: Line, number: str, area: Area) -> Any:
    """Upright bars from 0 up, one for each name."""
    from openpyxl.chart import BarChart

    chart = BarChart()
    chart.type = "col"
    chart.gapWidth = 40
    _dress(chart, title, area)
    series = _series(0, line, names, number)
    series.graphicalProperties.solidFill = line.colour
    series.graphicalProperties.line.noFill = True
    chart.series.append(series)
    chart.legend = None
    chart.y_axis.scaling.min = 0
    _grid(chart, number)
    _axis(chart.x_axis, 800)
    return chart


def _line_chart(title: str, names: Names, series: Sequence[Line], number: str, area: Area) -> Any:
    from openpyxl.chart import LineChart
    from openpyxl.chart.legend import Legend

    chart = LineChart()
    _dress(chart, title, area)
    for at, line in enumerate(series):
        drawn = _series(at, line, names, number)
        drawn.graphicalProperties.line.solidFill = line.colour
        drawn.graphicalProperties.line.width = 28_000
        drawn.smooth = False
        chart.series.append(drawn)
    chart.legend = Legend(legendPos="b", txPr=_text(900))
    _grid(chart, number)
    return chart


def _mark(drawn: Any, colour: str) -> None:
    from openpyxl.chart.marker import Marker

    drawn.marker = Marker(symbol="circle", size=6)
    drawn.marker.graphicalProperties.solidFill = colour
    drawn.marker.graphicalProperties.line.solidFill = colour


def _grid(chart: Any, number: str) -> None:
    """Axes of a chart with names below and values at the left."""
    from openpyxl.chart.axis import ChartLines

    chart.y_axis.number_format = number
    chart.y_axis.majorGridlines = ChartLines(spPr=_line("E3E8EE"))
    _axis(chart.x_axis, 900)
    _axis(chart.y_axis, 800)


def _dress(chart: Any, title: str, area: Area) -> None:
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.chart.title import Title

    chart.title = Title(tx=_rich_title(title), overlay=False)
    chart.anchor = _anchor(area)
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(ln=_line(styles.LINE).ln)


def _anchor(area: Area) -> Any:
    """Tied to cells at both ends, so that it fits its place whatever width a program gives the columns."""
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor

    start = AnchorMarker(col=area.columns[0] - 1, row=area.rows[0] - 1)
    end = AnchorMarker(col=area.columns[1], row=area.rows[1])
    return TwoCellAnchor(editAs="twoCell", _from=start, to=end)


def _series(at: int, line: Line, names: Names, number: str) -> Any:
    from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
    from openpyxl.chart.series import Series, SeriesLabel
    from openpyxl.chart.shapes import GraphicalProperties

    values = NumData(number, len(line.values), [
        NumVal(at, None, f"{value:.6g}") for at, value in enumerate(line.values) if value is not None
    ])
    texts = StrData(len(names.values), [StrVal(i, clean(name)) for i, name in enumerate(names.values)])
    series = Series(idx=at, order=at, tx=SeriesLabel(v=line.name))
    series.val = NumDataSource(NumRef(line.area, values))
    series.cat = AxDataSource(strRef=StrRef(names.area, texts))
    series.spPr = GraphicalProperties()
    return series


def _axis(axis: Any, size: int) -> None:
    axis.delete = False
    axis.title = None
    axis.majorTickMark = "none"
    axis.txPr = _text(size)
    axis.graphicalProperties = _line("BFBFBF")


def _line(colour: str) -> Any:
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(ln=LineProperties(solidFill=colour, w=9525))


def _character(size: int, bold: bool = False) -> Any:
    from openpyxl.drawing.text import CharacterProperties, Font

    return CharacterProperties(
        sz=size, b=bold, solidFill=styles.INK, latin=Font(typeface=styles.FONT), ea=Font(typeface=styles.FONT)
    )


def _text(size: int) -> Any:
    from openpyxl.chart.text import RichText
    from openpyxl.drawing.text import Paragraph, ParagraphProperties

    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=_character(size)), endParaRPr=_character(size))])


def _rich_title(title: str) -> Any:
    from openpyxl.chart.text import RichText, Text
    from openpyxl.drawing.text import Paragraph, ParagraphProperties, RegularTextRun

    look = _character(1100, bold=True)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=title)])
    return Text(rich=RichText(p=[paragraph]))
