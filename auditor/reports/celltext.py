"""Text for cells: made safe for every spreadsheet, cut into plain and highlighted pieces, shortened, measured."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.reports.styles import text_width

#: Most UTF-16 units of a cell that Excel takes.
CELL_UNITS = 32_767

_CUT = "…（内容过长，已截断）"
INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Segment:
    """A piece of text in a cell; ``hot`` pieces are red and bold."""

    text: str
    hot: bool = False


Segments = tuple[Segment, ...]


def clean(text: str) -> str:
    """Text that every spreadsheet opens: no control or bidi characters, lone surrogates, escapes, or excess length."""
    text = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _ESCAPE.sub("_x005F_", FORBIDDEN.sub("\ufffd", text))
    return shorten(text, CELL_UNITS)


def shorten(text: str, units: int) -> str:
    """Cut clean text to that many UTF-16 units, saying so, never through the middle of a character."""
    if len(text) * 2 <= units:
        return text
    raw = text.encode("utf-16-le")
    if len(raw) <= units * 2:
        return text
    room = max(0, units - len(_CUT))
    return raw[: room * 2].decode("utf-16-le", "ignore") + _CUT[:units]


def clean_segments(segments: Segments) -> Segments:
    """The pieces made safe one by one, so that what is highlighted stays true, within the length of one cell."""
    left = CELL_UNITS
    result = []
    for segment in segments:
        text = shorten(clean(segment.text), left)
        left -= len(text.encode("utf-16-le")) // 2
        if text:
            result.append(Segment(text, segment.hot))
    return tuple(result)


def highlight(text: str, spans: Iterable[tuple[int, int]], start: int = 0, end: int | None = None) -> Segments:
    """Cut ``text[start:end]`` into plain and hot pieces; ``spans`` are [start, end) in ``text`` and may overlap."""
    last = len(text) if end is None else end
    pieces: list[Segment] = []
    at = start
    for first, stop in sorted(spans):
        first, stop = max(first, at), min(stop, last)
        if first < stop:
            pieces += [Segment(text[at:first]), Segment(text[first:stop], True)]
            at = stop
    pieces.append(Segment(text[at:last]))
    return tuple(piece for piece in pieces if piece.text)


def excerpt(text: str, span: tuple[int, int] | None, around: int) -> Segments:
    """The highlighted span with at most ``around`` characters on either side; the start of the text without a span."""
    if span is None:
        return (Segment(text if len(text) <= 2 * around else text[: 2 * around] + "…"),)
    start, end = max(0, span[0] - around), min(len(text), span[1] + around)
    pieces = list(highlight(text, [span], start, end))
    if start:
        pieces.insert(0, Segment("…"))
    if end < len(text):
        pieces.append(Segment("…"))
    return tuple(pieces)


def find_span(text: str, span: list[int] | None, quote: str) -> tuple[int, int] | None:
    """Where the quote stands in a text: at ``span``, or near it if masking moved it; None if it is not there."""
    if span is None or not quote:
        return None
    starts = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]
    nearest = min(starts, key=lambda start: abs(start - span[0]), default=None)
    return None if nearest is None else (nearest, nearest + len(quote))


def plain(segments: Segments) -> str:
    """The text of all pieces."""
    return "".join(segment.text for segment in segments)


def blocks(text: str, width: float, lines: int) -> list[tuple[int, int]]:
    """Cut a text into [start, end) blocks of at most ``lines`` lines when wrapped ``width`` column units wide."""
    room = max(2.0, width - 1.5)
    result: list[tuple[int, int]] = []
    start, used, line = 0, 1, 0.0
    for at, character in enumerate(text):
        wide = text_width(character)
        if character == "\n" or line + wide > room:
            used, line = used + 1, 0.0
        if character != "\n":
            line += wide
        if used > lines:
            result.append((start, at))
            start, used = at, 1
    return [*result, (start, len(text))]
