"""Kinds ``phrase`` and ``pattern``: words or expressions that must not be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, longest, squeeze


@dataclass(frozen=True)
class Phrase(Check):
    """Fires on every occurrence of the lexicon.

    ``whole_words`` wants both ends on a word boundary; ``evasion`` also looks at the squeezed text, so that
    加 薇.信 is found.
    """

    scope: Scope
    lexicon: Lexicon
    whole_words: bool
    evasion: bool

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The phrases themselves, so that their ends are word boundaries."""
        return self.lexicon.phrases if self.whole_words else ()

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit for each occurrence, longest match first."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            for start, end in self._spans(talk, index):
                words = talk.messages[index].text[start:end]
                yield Hit(index, (start, end), f"说了「{words}」")

    def _spans(self, talk: Talk, index: int) -> tuple[Span, ...]:
        spans = self.lexicon.find(talk.folded[index])
        if self.evasion:
            squeezed = squeeze(talk.messages[index].text)
            spans = longest([*spans, *(squeezed.span(*span) for span in self.lexicon.find(squeezed.text))])
        if not spans or not self.whole_words:
            return spans
        edges = {edge for span in talk.tools.tokenizer.spans(talk.folded[index]) for edge in span}
        return tuple(span for span in spans if span[0] in edges and span[1] in edges)


def _phrase(scope: Scope, params: Mapping[str, Any]) -> Phrase:
    return Phrase(scope, params["words"], params["whole_words"], params["evasion"])


def _pattern(scope: Scope, params: Mapping[str, Any]) -> Phrase:
    return Phrase(scope, params["patterns"], False, params["evasion"])


PHRASE = Kind(
    "phrase",
    "不该说的词句",
    (
        Param("words", Type.WORDS, required=True),
        Param("whole_words", Type.FLAG, default=False),
        Param("evasion", Type.FLAG, default=False),
    ),
    _phrase,
)
PATTERN = Kind(
    "pattern",
    "不该出现的写法（正则，线性时间）",
    (Param("patterns", Type.WORDS, required=True), Param("evasion", Type.FLAG, default=False)),
    _pattern,
)
