"""Kind ``length``: messages that are too long, have too many lines or odd marks, and bursts of messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from auditor.chat import Turn
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import without_codes

#: Marks in a row, perhaps with spaces between; an ellipsis (…… or ...) is none of them, nor are the waves of a face
#: such as ~O(∩_∩)O~.
MARKS = re.compile(r"[!?](?: *[!?])+|[。、,](?: *[。、,])+|(?<!/)~~+(?![oO]\()")
#: Full-width letters and digits, as the message was typed (folding would hide them).
WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")


@dataclass(frozen=True)
class Length(Check):
    """Fires on a message that is too long, on one with odd marks, and on a turn of too many messages.

    ``lines``: lines allowed; ``chars``: code points allowed in one line; ``burst``: text messages allowed in a turn
    on one day (the hit is the first one too many). ``marks``: punctuation marks allowed in a row; ``wide``:
    full-width letters and digits allowed in a message. A limit that is None is not held.
    """

    scope: Scope
    lines: int | None
    chars: int | None
    burst: int | None
    marks: int | None
    wide: int | None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The messages that are too long or oddly written, in order, then the bursts, in order."""
        wanted = dict.fromkeys(talk.texts(self.scope.roles, self.scope.window))
        for index in wanted:
            evidence = self._too_long(talk.messages[index].text)
            if evidence:
                yield Hit(index, None, evidence)
            yield from self._odd_marks(talk, index)
        if self.burst is not None:
            for turn in talk.turns:
                for texts in _days(talk, turn, wanted):
                    if len(texts) > self.burst:
                        yield Hit(texts[self.burst], None, f"连发 {len(texts)} 条（上限 {self.burst} 条）")

    def _too_long(self, text: str) -> str | None:
        lines = [line for line in text.splitlines() if line.strip()]
        if self.lines is not None and len(lines) > self.lines:
            return f"共 {len(lines)} 行（上限 {self.lines} 行）"
        longest = max(map(len, lines), default=0)
        if self.chars is not None and longest > self.chars:
            return f"一段 {longest} 个字（上限 {self.chars} 个字）"
        return None

    def _odd_marks(self, talk: Talk, index: int) -> Iterator[Hit]:
        """At most one hit for marks in a row and one for full-width letters and digits."""
        text = talk.messages[index].text
        if self.marks is not None:
            for match in MARKS.finditer(talk.folded[index]):
                if len(match.group().replace(" ", "")) > self.marks and _outside_codes(text, match.start()):
                    yield Hit(index, match.span(), f"标点连用「{text[slice(*match.span())]}」")
                    break
        if self.wide is not None:
            found = list(WIDE.finditer(text))
            if sum(len(match.group()) for match in found) > self.wide:
                yield Hit(index, found[0].span(), f"全角字母或数字「{found[0].group()}」")


def _outside_codes(text: str, at: int) -> bool:
    """Does the character at ``at`` survive when emoji codes are taken out?"""
    return len(without_codes(text[: at + 1])) > len(without_codes(text[:at]))


def _days(talk: Talk, turn: Turn, wanted: Mapping[int, None]) -> list[list[int]]:
    """The turn's wanted messages by day; a message without a time goes with the one before."""
    runs: list[list[int]] = []
    today: date | None = None
    for index in turn.messages:
        time = talk.messages[index].time
        day = time.date() if time else today
        if not runs or day != today:
            runs.append([])
        today = day
        if index in wanted:
            runs[-1].append(index)
    return runs


def _build(scope: Scope, params: Mapping[str, Any]) -> Length:
    return Length(scope, params["lines"], params["chars"], params["burst"], params["marks"], params["wide"])


LENGTH = Kind(
    "length",
    "消息过长、行数过多、连发过多，标点连用或全角字母数字",
    (
        Param("lines", Type.INTEGER, low=1),
        Param("chars", Type.INTEGER, low=1),
        Param("burst", Type.INTEGER, low=1),
        Param("marks", Type.INTEGER, low=1),
        Param("wide", Type.INTEGER, low=0),
    ),
    _build,
)
