"""Writes a plain table into a sheet: the look of each kind of column, row heights, empty tables said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auditor.reports import styles
from auditor.reports.celltext import plain
from auditor.reports.sheet import Link, Put, Sheet, Value
from auditor.reports.styles import Look
from auditor.reports.tables import NONE, SEVERITIES, Column, Table

_KINDS: dict[str, Look] = {
    "text": styles.BODY,
    "label": styles.CENTER,
    "note": replace(styles.BODY, size=8.5, colour=styles.MUTED),
    "lost": replace(styles.NUMERIC, number=styles.LOST),
    "plain": replace(styles.CENTER, wrap=False),
    "number": styles.NUMERIC,
    "bad": styles.NUMERIC,
    "sparse": replace(styles.NUMERIC, number=styles.SPARSE),
    "score": replace(styles.NUMERIC, number=styles.SCORE),
    "percent": replace(styles.NUMERIC, number=styles.PERCENT),
    "bar": replace(styles.NUMERIC, number=styles.PERCENT),
    "gap": replace(styles.NUMERIC, number=styles.GAP),
    "seconds": replace(styles.NUMERIC, number=styles.DURATION),
    "time": replace(styles.CENTER, number=styles.DATE_TIME, wrap=False),
}


def kind_look(kind: str, value: object = None) -> Look:
    """The look of a value of a kind; gaps and bad counts are coloured by what they say."""
    if kind == "severity":
        return styles.severity_look(str(value))
    if kind == "link":
        return styles.LINK if value else styles.CENTER
    look = _KINDS[kind]
    if kind == "bad" and value:
        return replace(styles.WARNING, align="center", number=styles.NUMBER)
    if kind == "gap" and isinstance(value, (int, float)) and value:
        return replace(look, colour=styles.GREEN_INK if value > 0 else styles.HIT)
    return look


def put(column: Column, value: Any, span: int = 1, total: bool = False) -> Put:
    """One cell of a table. A link's value is (text, file name)."""
    look = kind_look(column.kind, value)
    if total:
        look = replace(look, bold=True, fill=styles.PALE)
    if column.kind == "link" and value:
        return Put(value[0], look, span, Link(value[1], file=True))
    if column.kind == "severity":
        return Put(SEVERITIES.get(value, NONE), look, span)
    if value is None:
        return Put(NONE if column.kind != "text" else "", replace(look, colour=styles.MUTED, number="General"), span)
    return Put(_stored(column.kind, value), look, span)


def _stored(kind: str, value: Value) -> Value:
    """A value as its cell holds it: seconds become days, Excel's measure of time."""
    return styles.days(value) if kind == "seconds" and isinstance(value, (int, float)) else value


def fit(puts: Sequence[Put], widths: Sequence[float], least: float = 20.0) -> float:
    """Height in points that a row needs for its wrapped texts."""
    height, at = least, 0
    for item in puts:
        width = sum(widths[at : at + item.span]) - 1.5 * item.look.indent
        at += item.span
        text = plain(item.value) if isinstance(item.value, tuple) else item.value
        if isinstance(text, str) and item.look.wrap:
            lines = styles.line_count(text, width, item.look.size)
            height = max(height, styles.row_height(lines, item.look.size, least))
    return height


def write_row(sheet: Sheet, puts: Sequence[Put], least: float = 20.0) -> int:
    """Write a row as high as its texts need."""
    return sheet.append(puts, fit(puts, sheet.layout.widths, least))


def write_header(sheet: Sheet, columns: Sequence[Column], spans: Sequence[int] = ()) -> int:
    """Write the headings of a table."""
    puts = [Put(c.name, styles.HEADER, span) for c, span in zip(columns, spans or [1] * len(columns), strict=True)]
    return write_row(sheet, puts, 22)


def write_band(sheet: Sheet, text: str, height: float = 22) -> int:
    """Write a section's title over the whole width."""
    return sheet.append([Put(text, styles.BAND, len(sheet.layout.widths))], height)


def write_text(sheet: Sheet, text: str, look: Look = styles.PLAIN) -> int:
    """Write a sentence over the whole width."""
    return write_row(sheet, [Put(text, look, len(sheet.layout.widths))], 17)


def write_gap(sheet: Sheet, height: float = 9) -> int:
    """Leave a little room."""
    return sheet.append([], height)


def write_table(sheet: Sheet, table: Table, spans: Sequence[int] = (), titled: bool = True) -> tuple[int, int]:
    """Write a table; returns its first and last data row (the same row saying 无 when it is empty)."""
    spans = spans or [1] * len(table.columns)
    if titled:
        width = sum(spans)
        sheet.append([Put(table.title, styles.BAND, width)], 22)
    write_header(sheet, table.columns, spans)
    first = sheet.rows + 1
    for row in table.rows:
        write_row(sheet, [put(c, value, span) for c, value, span in zip(table.columns, row, spans, strict=True)])
    if not table.rows:
        write_row(sheet, [Put("无", replace(styles.CENTER, colour=styles.MUTED), sum(spans))])
    return first, sheet.rows


def tile_rows(sheet: Sheet, tiles: Sequence[tuple[str, Value, str, str]], span: int, size: float) -> None:
    """Write figures side by side: label, value in large type, a line of context. Items: label, value, note, kind."""
    number = {"score": styles.SCORE, "percent": styles.PERCENT, "seconds": styles.DURATION, "number": styles.NUMBER}
    values = []
    for _, value, _, kind in tiles:
        look = replace(styles.TILE_VALUE, size=size, number=number.get(kind, "General"))
        if isinstance(value, str) and len(value) > 4 and "/" not in value:
            look = replace(look, size=min(size, 12), colour=styles.MUTED)
        values.append(Put(_stored(kind, value), look, span))
    sheet.append([Put(label, styles.TILE_LABEL, span) for label, *_ in tiles], 19)
    sheet.append(values, size * 1.75)
    sheet.append([Put(note, styles.TILE_NOTE, span) for _, _, note, _ in tiles], 17)
