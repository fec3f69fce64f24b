"""Colours, fonts, number formats and measures of the workbooks: the only place that knows how they look."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from functools import cache

FONT = "微软雅黑"

INK = "262626"
MUTED = "7F7F7F"
NAVY = "1F4E79"
BLUE = "2E75B6"
PALE = "DDEBF7"
BAR = "9DC3E6"
MIST = "F5F7FA"
LINE = "BFC9D4"
WHITE = "FFFFFF"
ORANGE = "ED7D31"
HIT = "C00000"
RED_FILL, RED_INK = "FFC7CE", "9C0006"
AMBER_FILL, AMBER_INK = "FFEB9C", "7F6000"
GREEN_FILL, GREEN_INK = "C6EFCE", "006100"
GREY_FILL = "EDEDED"
HEAT_BAD, HEAT_GOOD = "F8696B", "63BE7B"
#: Heat of what is neither good nor bad.
BLUE_HEAT = "8DB4E2"
SCALE_BAD, SCALE_MID, SCALE_GOOD = "F8A5A7", "FFF2B3", "A9D8B8"

NUMBER = "#,##0"
SCORE = "#,##0.0"
PERCENT = "0.0%"
#: Lengths of time, as days (Excel's own measure): 27.8 秒, 72 秒, 3 分 20 秒.
DURATION = '[<0.000693866]s.0" 秒";[<0.00104745][s]" 秒";[m]" 分 "s" 秒"'
#: The same in narrow cells whose heading tells the unit: 28, 3:20.
SHORT_DURATION = '[<0.00104745][s];[m]:ss'
#: The same on an axis whose marks are less than a minute apart, or whole minutes.
SECONDS_AXIS, MINUTES_AXIS = '[<0.00104745][s]" 秒";[m]" 分 "s" 秒"', '[m]" 分"'
SECONDS_A_DAY = 86_400
RATIO = "0.00"
# "0.##" would show 5 as "5." in Excel, so numbers that may have decimals are General.
POINTS = "+General;-General;0"
PLAIN_NUMBER = "General"
#: Points lost; a bonus is points won back.
LOST = 'General;"加 "General;0'
#: Difference from the team: the sign is a word-like arrow as well as a colour.
GAP = '"▲ "0.0%;"▼ "0.0%;"持平"'
DATE_TIME = "yyyy-mm-dd hh:mm:ss"
#: Counts in a matrix: a zero is a quiet dot.
SPARSE = '#,##0;-#,##0;"·"'

#: Excel does not show a row higher than this (points).
MAX_HEIGHT = 409.0


@dataclass(frozen=True)
class Look:
    """How a cell looks. ``border`` is grid, none or under; ``align`` left, center or right; sizes in points."""

    size: float = 10
    bold: bool = False
    italic: bool = False
    underline: bool = False
    colour: str = INK
    fill: str | None = None
    border: str = "grid"
    align: str = "left"
    vertical: str = "center"
    wrap: bool = True
    shrink: bool = False
    indent: int = 0
    number: str = "General"
    locked: bool = True


BODY = Look(indent=1)
CENTER = Look(align="center")
NUMERIC = Look(align="center", number=NUMBER, wrap=False)
HEADER = Look(bold=True, colour=WHITE, fill=NAVY, align="center")
LABEL = Look(bold=True, colour=NAVY, fill=PALE, align="center")
BAND = Look(size=11, bold=True, colour=WHITE, fill=NAVY, border="none", indent=1, wrap=False)
BANNER = Look(size=18, bold=True, colour=WHITE, fill=NAVY, border="none", align="center", wrap=False)
CAPTION = Look(size=9, colour=MUTED, border="none", align="center", wrap=False)
NOTE = Look(size=8.5, indent=1, colour=MUTED, border="none", vertical="top")
PLAIN = Look(border="none", indent=1)
WARNING = Look(bold=True, colour=RED_INK, fill=RED_FILL, indent=1)
LINK = Look(colour="0563C1", underline=True, align="center")
TILE_LABEL = Look(size=9, colour=MUTED, fill=MIST, align="center", border="top", wrap=False)
TILE_VALUE = Look(size=20, bold=True, colour=NAVY, fill=MIST, align="center", border="sides", wrap=False)
TILE_NOTE = Look(size=8.5, indent=1, colour=MUTED, fill=MIST, align="center", border="bottom", wrap=False, shrink=True)

_SEVERITY = {
    "fatal": (RED_FILL, RED_INK),
    "major": (AMBER_FILL, AMBER_INK),
    "bonus": (GREEN_FILL, GREEN_INK),
}


def days(seconds: float) -> float:
    """Seconds as Excel stores a length of time."""
    return seconds / SECONDS_A_DAY


@cache
def severity_look(severity: str) -> Look:
    """The look of a severity's label; ordinary and informing ones are not coloured."""
    fill, ink = _SEVERITY.get(severity, (None, INK))
    return replace(CENTER, fill=fill, colour=ink, bold=severity in _SEVERITY)


@cache
def role_look(role: str) -> Look:
    """The look of a message in the transcript, by who speaks."""
    if role == "agent":
        return replace(BODY, fill="E8F1FA", border="chat")
    if role == "customer":
        return replace(BODY, border="chat")
    if role == "robot":
        return replace(BODY, fill=GREY_FILL, colour="595959", border="chat")
    return replace(BODY, fill="FAFAFA", colour=MUTED, italic=True, border="chat")


def text_width(text: str) -> float:
    """Width of one line in column units of 10-point type: wide and ambiguous characters count two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WFA" else 1.1 for c in text)


def line_count(text: str, width: float, size: float = 10) -> int:
    """Lines that a text takes when wrapped in a column ``width`` units wide."""
    room = max(2.0, (width - 1) * 10 / size)
    return sum(max(1, math.ceil(text_width(line) / room)) for line in text.split("\n"))


def row_height(lines: int, size: float = 10, least: float = 20.0) -> float:
    """Height in points of a row with that many lines of type ``size``, at most what Excel can show."""
    return min(MAX_HEIGHT, max(least, lines * size * 1.5 + 5))
