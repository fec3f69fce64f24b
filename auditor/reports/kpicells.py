"""How a service figure looks in a cell: its number format by unit, times as Excel measures them."""

from __future__ import annotations

from dataclasses import replace

from auditor.reports import styles
from auditor.reports.kpirecords import FIGURES, Figure
from auditor.reports.sheet import Put
from auditor.reports.styles import Look
from auditor.reports.tables import NONE

_FORMATS = {"秒": styles.DURATION, "%": styles.PERCENT, "": styles.RATIO, "字/分": '#,##0.0" 字/分"'}


def figure_put(name: str, value: Figure, span: int = 1, look: Look = styles.NUMERIC) -> Put:
    """One figure as a number with its unit; what is not known is a quiet dash or says why."""
    if value is None or isinstance(value, str):
        return Put(value or NONE, replace(look, colour=styles.MUTED), span)
    unit = FIGURES[name].unit
    stored = styles.days(value) if unit == "秒" else value
    return Put(stored, replace(look, number=_FORMATS.get(unit, f'#,##0" {unit}"')), span)
