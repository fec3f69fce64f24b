"""Kind ``length``: messages that are too long or have too many lines, and bursts of messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk


@dataclass(frozen=True)
class Length(Check):
    """Fires on a message over ``lines`` lines or with a line over ``chars`` code points, and on a turn of more
    than ``burst`` text messages (the hit is the first one too many).
    """

    scope: Scope
    lines: int | None
    chars: int | None
    burst: int | None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The messages that are too long, in order, then the bursts, in order."""
        wanted = dict.fromkeys(talk.texts(self.scope.roles, self.scope.window))
        for index in wanted:
            evidence = self._too_long(talk.messages[index].text)
            if evidence:
                yield Hit(index, None, evidence)
        if self.burst is not None:
            for turn in talk.turns:
                texts = [index for index in turn.messages if index in wanted]
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


def _build(scope: Scope, params: Mapping[str, Any]) -> Length:
    return Length(scope, params["lines"], params["chars"], params["burst"])


LENGTH = Kind(
    "length",
    "消息过长、行数过多或连发过多",
    (
        Param("lines", Type.INTEGER, low=1),
        Param("chars", Type.INTEGER, low=1),
        Param("burst", Type.INTEGER, low=1),
    ),
    _build,
)
