"""Colours that follow the values: bars for shares, scales for scores, heat for counts."""

from __future__ import annotations

from typing import Any, Literal

from auditor.reports import styles

Stop = Literal["min", "max", "num", "percentile"]


def share_bar() -> Any:
    """A bar behind a share from 0 to 1."""
    from openpyxl.formatting.rule import DataBar, FormatObject, Rule

    ends = [FormatObject(type="num", val=value) for value in (0, 1)]
    return Rule(type="dataBar", dataBar=DataBar(cfvo=ends, color=styles.BAR, minLength=0, maxLength=100))


def good_scale() -> Any:
    """Red to green, for figures of which more is better."""
    return _scale(
        ("min", None, styles.SCALE_BAD), ("percentile", 50, styles.SCALE_MID), ("max", None, styles.SCALE_GOOD)
    )


def heat(colour: str, from_least: bool = False) -> Any:
    """White to a colour: for counts from 0, for waits from the least of them (none is ever near 0)."""
    start: tuple[Stop, int | None, str] = ("min", None, styles.WHITE) if from_least else ("num", 0, styles.WHITE)
    return _scale(start, ("max", None, colour))


def _scale(*stops: tuple[Stop, int | None, str]) -> Any:
    from openpyxl.formatting.rule import ColorScale, FormatObject, Rule
    from openpyxl.styles.colors import Color

    ends = [FormatObject(type=kind, val=value) for kind, value, _ in stops]
    return Rule(type="colorScale", colorScale=ColorScale(cfvo=ends, color=[Color(rgb=f"FF{c}") for *_, c in stops]))


def where(formula: str, fill: str, ink: str) -> Any:
    """A fill and an ink for the cells of which a formula (on the area's first cell) is true."""
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles import Font, PatternFill
    from openpyxl.styles.differential import DifferentialStyle

    look = DifferentialStyle(font=Font(color=ink, bold=True), fill=PatternFill(bgColor=fill))
    return Rule(type="expression", dxf=look, formula=[formula])
