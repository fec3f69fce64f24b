"""The figures on an agent's card: own, the team's, the target, reached or not, and the change if there is history."""

from __future__ import annotations

from dataclasses import replace

from auditor.presets import Preset
from auditor.reports import styles
from auditor.reports.grid import write_band, write_header
from auditor.reports.kpicells import figure_put
from auditor.reports.kpirecords import FIGURES
from auditor.reports.kpitables import Compared, change_text, compared, target_text
from auditor.reports.sheet import Put, Sheet
from auditor.reports.tables import NONE, Column
from auditor.scoring import Scorecard

_SMALL = replace(styles.CENTER, size=9.5, wrap=False, shrink=True)
_NOTE = replace(styles.BODY, size=9, colour=styles.MUTED, wrap=False, shrink=True)
_GOOD = replace(_SMALL, colour=styles.GREEN_INK)
_BAD = replace(_SMALL, colour=styles.RED_INK, fill=styles.RED_FILL, bold=True)


def write_figures(sheet: Sheet, card: Scorecard, team: Scorecard, preset: Preset) -> None:
    """Write the table over ten columns; without figures of the period before there is no column of changes."""
    write_band(sheet, f"响应与接待指标 · {preset.title}")
    before = card.before.figures.get(preset.name) if card.before is not None else None
    history = before is not None
    spans = (2, 1, 1, 1, 1, *((1,) if history else ()), 3 if history else 4)
    titles = ("指标", "本人", "团队", "目标", "达标", *(("较上期",) if history else ()), "说明")
    write_header(sheet, [Column(title) for title in titles], spans)
    for row in compared(card, team, preset, before):
        sheet.append(_row(row, history), 18)


def _row(row: Compared, history: bool) -> list[Put]:
    own = replace(styles.NUMERIC, size=9.5, shrink=True, bold=True)
    if row.reached is False:
        own = replace(own, colour=styles.RED_INK, fill=styles.RED_FILL)
    puts = [
        Put(FIGURES[row.name].title, replace(styles.LABEL, size=9.5, wrap=False), 2),
        figure_put(row.name, row.value, look=own),
        figure_put(row.name, row.team, look=replace(styles.NUMERIC, size=9.5, shrink=True)),
        Put(target_text(row.name, row.target), _SMALL),
        _verdict(row.reached),
    ]
    if history:
        puts.append(Put(change_text(row.name, row.change), _change_look(row)))
    return [*puts, Put(row.note, _NOTE, 3 if history else 4)]


def _verdict(reached: bool | None) -> Put:
    if reached is None:
        return Put(NONE, replace(_SMALL, colour=styles.MUTED))
    return Put("✓ 达到", _GOOD) if reached else Put("✗ 未达", _BAD)


def _change_look(row: Compared) -> styles.Look:
    better = FIGURES[row.name].more_is_better
    if not row.change or better is None:
        return _SMALL
    return replace(_SMALL, colour=styles.GREEN_INK if (row.change > 0) is better else styles.HIT)
