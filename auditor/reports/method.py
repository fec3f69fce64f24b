"""The sheet 规则与口径 of every workbook: the rules, how scores come about, versions, what could not be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.reports import styles
from auditor.reports.grid import put, write_band, write_gap, write_header, write_row, write_table, write_text
from auditor.reports.sheet import Layout, Sheet
from auditor.reports.tables import (
    RuleLike,
    RunFacts,
    Table,
    inputs_table,
    method_sentences,
    not_evaluable_table,
    rejects_table,
    rules_table,
    run_table,
)
from auditor.scoring import RuleTally

METHOD_TITLE = "规则与口径"
METHOD_LAYOUT = Layout(tuple(c.width for c in rules_table((), {}).columns), landscape=True, tab="A5A5A5")

#: Columns of this sheet that the columns of the other tables take.
_RUN_SPANS = (3, 9)
_INPUT_SPANS = (3, 2, 1, 1, 1, 1, 2)
_COUNT_SPANS = (4, 2)
_SHARE_SPANS = (4, 2, 2)


def write_method(sheet: Sheet, rules: Sequence[RuleLike], tallies: Mapping[str, RuleTally], run: RunFacts) -> int:
    """Write the sheet; returns the row of the first rule."""
    write_band(sheet, "计分口径")
    for sentence in method_sentences(run):
        write_text(sheet, f"· {sentence}")
    write_gap(sheet)
    write_table(sheet, run_table(run), _RUN_SPANS)
    write_gap(sheet)
    first, _ = _rules(sheet, rules_table(rules, tallies))
    write_gap(sheet)
    write_quality(sheet, rules, run, (_INPUT_SPANS, _COUNT_SPANS, _SHARE_SPANS))
    return first


def _rules(sheet: Sheet, table: Table) -> tuple[int, int]:
    write_band(sheet, table.title)
    write_header(sheet, table.columns)
    first = sheet.rows + 1
    for row in table.rows:
        write_row(sheet, [put(column, value) for column, value in zip(table.columns, row, strict=True)])
    return first, sheet.rows


def write_quality(
    sheet: Sheet, rules: Sequence[RuleLike], run: RunFacts, spans: tuple[Sequence[int], Sequence[int], Sequence[int]]
) -> None:
    """Inputs, rows that could not be read, rules that could not be judged, and what was left out."""
    inputs, counts, shares = spans
    write_table(sheet, inputs_table(run), inputs)
    write_gap(sheet)
    write_table(sheet, rejects_table(run), counts)
    write_gap(sheet)
    write_table(sheet, not_evaluable_table(run, rules), shares)
    write_gap(sheet)
    write_band(sheet, "没有包含在内的内容")
    for sentence in run.left_out or ("无",):
        write_text(sheet, f"· {sentence}", styles.PLAIN)
