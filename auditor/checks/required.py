"""Kind ``required``: something that must be said, at one of several levels, such as a greeting or a farewell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon


@dataclass(frozen=True)
class Level:
    """A named way of meeting the demand, e.g. 问候 or 主动询问."""

    name: str
    lexicon: Lexicon


@dataclass(frozen=True)
class Required(Check):
    """Fires once if none of the levels down to ``accept`` is found in the window.

    The hit is the first message of the window, or the last for a ``last`` window: where it should have been said.
    """

    scope: Scope
    levels: tuple[Level, ...]
    accept: str

    def missing(self, talk: Talk) -> str | None:
        """With no message of these roles there is nothing to hold against anybody."""
        return None if talk.texts(self.scope.roles, self.scope.window) else "没有人工客服的文字消息"

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """At most one hit, saying which level was reached."""
        window = talk.texts(self.scope.roles, self.scope.window)
        texts = [talk.folded[index] for index in window]
        reached = next((level for level in self.levels if any(level.lexicon.seen(text) for text in texts)), None)
        names = [level.name for level in self.levels]
        if reached is not None and names.index(reached.name) <= names.index(self.accept):
            return
        where = window[-1] if self.scope.window.last else window[0]
        got = f"只有「{reached.name}」" if reached else "都没有"
        yield Hit(where, None, f"应有{'、'.join(names[: names.index(self.accept) + 1])}之一，{got}")


def _build(scope: Scope, params: Mapping[str, Any]) -> Required:
    levels: tuple[Level, ...] = params["level"]
    return Required(scope, levels, params["accept"] or levels[-1].name)


REQUIRED = Kind(
    "required",
    "必须说到的内容（首、末或任意几句）",
    (Param("level", Type.LEVELS, required=True), Param("accept", Type.TEXT)),
    _build,
)
