"""Kind ``density``: words that are fine now and then but not this often."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, a_not_a, count_cjk, overlaps


@dataclass(frozen=True)
class Density(Check):
    """Fires once for a conversation with at least ``min_count`` units and more than ``limit`` of them.

    By ``per`` the limit counts units per 100 Han characters, or is a share (0-1) of the messages, or of all ``against``
    words (你 against 您 and 亲). Units inside ``leave_out`` or an A-不-A question do not count.
    """

    scope: Scope
    lexicon: Lexicon
    leave_out: Lexicon | None
    against: Lexicon | None
    per: str
    limit: float
    min_count: int

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The phrases counted, so that they are named whole in the evidence."""
        return self.lexicon.phrases

    def missing(self, talk: Talk) -> str | None:
        """Without a message there is no rate."""
        return None if talk.texts(self.scope.roles, self.scope.window) else "没有可统计的文字消息"

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """At most one hit, on the conversation, naming the units counted."""
        indices = talk.texts(self.scope.roles, self.scope.window)
        units = {index: self.units(talk.folded[index]) for index in indices}
        count = sum(map(len, units.values()))
        if count < self.min_count:
            return
        rate, unit = self._rate(talk, units)
        if rate > self.limit:
            words = Counter(word for index, spans in units.items() if spans for word in self._names(talk, index, spans))
            named = "、".join(f"{word}×{n}" for word, n in words.most_common(8))
            yield Hit(None, None, f"共 {count} 处（{named}），{unit}，上限 {self.limit:g}")

    def units(self, text: str) -> tuple[Span, ...]:
        """The units counted in a folded text."""
        spans = self.lexicon.find(text)
        if not spans:
            return ()
        out = [*a_not_a(text), *(self.leave_out.find(text) if self.leave_out else ())]
        return tuple(span for span in spans if not any(overlaps(span, other) for other in out))

    def _rate(self, talk: Talk, units: Mapping[int, tuple[Span, ...]]) -> tuple[float, str]:
        if self.per == "message":
            share = sum(map(bool, units.values())) / len(units)
            return share, f"占消息的 {share:.0%}"
        count = sum(map(len, units.values()))
        if self.per == "words":
            others = sum(len(self.against.find(talk.folded[index])) for index in units) if self.against else 0
            return count / (count + others), f"占 {count / (count + others):.0%}"
        characters = sum(count_cjk(talk.folded[index]) for index in units)
        rate = 100 * count / max(1, characters)
        return rate, f"每百字 {rate:.1f} 处"

    def _names(self, talk: Talk, index: int, units: tuple[Span, ...]) -> Iterator[str]:
        """The words that jieba sees around units: 不 in 不能 is named 不能."""
        text = talk.folded[index]
        words = talk.tools.tokenizer.spans(text)
        starts = [start for start, _ in words]
        for unit in units:
            word = words[bisect_right(starts, unit[0]) - 1]
            start, end = word if unit[1] <= word[1] else unit
            yield text[start:end]


def _build(scope: Scope, params: Mapping[str, Any]) -> Density:
    return Density(
        scope,
        params["words"],
        params["leave_out"],
        params["against"],
        params["per"],
        params["limit"],
        params["min_count"],
    )


DENSITY = Kind(
    "density",
    "用得过多的词（每百字或占消息的比例）",
    (
        Param("words", Type.WORDS, required=True),
        Param("leave_out", Type.WORDS),
        Param("against", Type.WORDS),
        Param("per", Type.CHOICE, default="100chars", choices=("100chars", "message", "words")),
        Param("limit", Type.NUMBER, required=True, low=0),
        Param("min_count", Type.INTEGER, default=1, low=1),
    ),
    _build,
)
