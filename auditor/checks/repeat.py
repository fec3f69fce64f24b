"""Kind ``repeat``: the same sentence sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, without_codes


@dataclass(frozen=True)
class Repeat(Check):
    """Fires on a text that is alike (``similarity`` 0-1) to one of the role's last ``within`` messages.

    Texts of fewer than ``min_chars`` letters, digits and Han characters are too short to judge. ``leave_out`` words
    are cut away before comparing, so that a polite opening does not make two answers alike.
    """

    scope: Scope
    similarity: float
    within: int
    min_chars: int
    leave_out: Lexicon | None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The later text of each alike pair, once."""
        spoken = [(index, self._core(talk, index)) for index in talk.texts(self.scope.roles, self.scope.window)]
        for at, (index, core) in enumerate(spoken):
            if len(core) < self.min_chars:
                continue
            for earlier, other in reversed(spoken[max(0, at - self.within) : at]):
                if len(other) >= self.min_chars and self._alike(core, other):
                    text = talk.messages[index].text
                    yield Hit(index, (0, len(text)), f"与第 {earlier + 1} 条内容相同，没有新的信息")
                    break

    def _core(self, talk: Talk, index: int) -> str:
        text = without_codes(talk.folded[index])
        for start, end in reversed(self.leave_out.find(text) if self.leave_out else ()):
            text = text[:start] + text[end:]
        return "".join(char for char in text if char.isalnum())

    def _alike(self, one: str, other: str) -> bool:
        if one == other:
            return True
        if self.similarity >= 1:
            return False
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        return matcher.quick_ratio() >= self.similarity and matcher.ratio() >= self.similarity


def _build(scope: Scope, params: Mapping[str, Any]) -> Repeat:
    return Repeat(scope, params["similarity"], params["within"], params["min_chars"], params["leave_out"])


REPEAT = Kind(
    "repeat",
    "重复发送相同内容",
    (
        Param("similarity", Type.NUMBER, default=1.0, low=0.5, high=1),
        Param("within", Type.INTEGER, default=20, low=1),
        Param("min_chars", Type.INTEGER, default=4, low=1),
        Param("leave_out", Type.WORDS),
    ),
    _build,
)
