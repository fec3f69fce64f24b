"""Kinds ``phrase`` and ``pattern``: words or expressions that must not be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from auditor.chat import Role
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, joined, longest, squeeze, without_codes

_CUSTOMER = frozenset({Role.CUSTOMER})


@dataclass(frozen=True)
class Answer:
    """``replies`` that may not answer a customer's turn in which one of ``asked`` occurs."""

    asked: Lexicon
    replies: Lexicon


@dataclass(frozen=True)
class Phrase(Check):
    """Fires on every occurrence of the lexicon.

    ``whole_words`` wants both ends on a word boundary; ``evasion`` also looks at the squeezed text, so that
    加 薇.信 is found. ``alone``: only if the turn says next to nothing else, at most so many letters, digits and
    Han characters not counting words of ``besides``. ``at_least``: once, on the message that is the so-manieth with
    a match (among the role's last ``among`` messages, if given). ``answers``: what may not be said in answer to certain
    questions: 绝对的 is a promise only after 明天能到吗. ``also``: rules whose hits count as this rule's own where it
    has none, such as what a model says of wordings that no list holds; their exempt hits do not count.
    """

    scope: Scope
    lexicon: Lexicon
    whole_words: bool = False
    evasion: bool = False
    alone: int | None = None
    besides: Lexicon | None = None
    at_least: int = 1
    among: int | None = None
    answers: tuple[Answer, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """The rules named in ``also``."""
        return self.also

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The phrases themselves, so that their ends are word boundaries."""
        return self.lexicon.phrases if self.whole_words else ()

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit for each occurrence (matches that share characters are one), and one where only ``also`` has any."""
        own = list(self._own(talk))
        told = {hit.message for hit in own}
        others = (hit for name in self.also for hit, exemption in talk.judged(name).hits if exemption is None)
        added = {hit.message: hit for hit in others if hit.message not in told}
        yield from sorted([*own, *added.values()], key=lambda hit: hit.message or 0)

    def _own(self, talk: Talk) -> Iterator[Hit]:
        spoken = talk.texts(self.scope.roles, self.scope.window)
        found = [(at, index, self._spans(talk, index)) for at, index in enumerate(spoken)]
        found = [(at, index, spans) for at, index, spans in found if spans and not self._says_more(talk, index)]
        if self.at_least == 1:
            for _, index, spans in found:
                yield from (Hit(index, span, f"说了「{_words(talk, index, span)}」") for span in spans)
            yield from self._answered(talk, spoken)
            return
        for number in range(self.at_least - 1, len(found)):
            first, (at, index, spans) = found[number - self.at_least + 1][0], found[number]
            if self.among is None or at - first < self.among:
                words = _words(talk, index, spans[0])
                yield Hit(index, spans[0], f"第 {number + 1} 次说「{words}」（{self.at_least} 次起算）")
                return

    def _answered(self, talk: Talk, spoken: Iterable[int]) -> Iterator[Hit]:
        """One hit a message that answers what the customer just asked in a way it may not."""
        for index in spoken if self.answers else ():
            found = (self._answer(talk, index, answer) for answer in self.answers)
            yield from [hit for hit in found if hit is not None][:1]

    def _answer(self, talk: Talk, index: int, answer: Answer) -> Hit | None:
        for span in answer.replies.find(talk.folded[index])[:1]:
            said = "\n".join(talk.turn_text(turn) for turn in talk.near(index, _CUSTOMER, 1, 0, same=False))
            for start, end in answer.asked.find(said)[:1]:
                return Hit(index, span, f"对「{said[start:end]}」答了「{_words(talk, index, span)}」")
        return None

    def _says_more(self, talk: Talk, index: int) -> bool:
        return self.alone is not None and self._rest(talk, index) > self.alone

    def _spans(self, talk: Talk, index: int) -> tuple[Span, ...]:
        spans = self.lexicon.find(talk.folded[index])
        if self.evasion:
            squeezed = squeeze(talk.messages[index].text)
            spans = longest([*spans, *(squeezed.span(*span) for span in self.lexicon.find(squeezed.text))])
        if not spans or not self.whole_words:
            return joined(spans)
        edges = {edge for span in talk.tools.tokenizer.spans(talk.folded[index]) for edge in span}
        return joined(span for span in spans if span[0] in edges and span[1] in edges)

    def _rest(self, talk: Talk, index: int) -> int:
        """How much the turn says besides the phrase and ``besides``, in letters, digits and Han characters."""
        text = without_codes(talk.turn_text(talk.turns[talk.conversation.turn_of[index]]))
        for lexicon in (self.lexicon, self.besides):
            for start, end in reversed(lexicon.find(text) if lexicon else ()):
                text = text[:start] + "\n" + text[end:]
        return sum(map(str.isalnum, text))


def _words(talk: Talk, index: int, span: Span) -> str:
    return talk.messages[index].text[slice(*span)]


def _build(scope: Scope, params: Mapping[str, Any], lexicon: str) -> Phrase:
    return Phrase(
        scope,
        params[lexicon],
        params.get("whole_words", False),
        params["evasion"],
        params["alone"],
        params["besides"],
        params["at_least"],
        params["among"],
        params["answers"],
        params["also"],
    )


_COMMON = (
    Param("evasion", Type.FLAG, default=False),
    Param("alone", Type.INTEGER, low=0),
    Param("besides", Type.WORDS),
    Param("at_least", Type.INTEGER, default=1, low=1),
    Param("among", Type.INTEGER, low=1),
    Param("answers", Type.ANSWERS, default=()),
    Param("also", Type.TEXTS, default=()),
)
PHRASE = Kind(
    "phrase",
    "不该说的词句",
    (Param("words", Type.WORDS, required=True), Param("whole_words", Type.FLAG, default=False), *_COMMON),
    partial(_build, lexicon="words"),
)
PATTERN = Kind(
    "pattern",
    "不该出现的写法（正则，线性时间）",
    (Param("patterns", Type.WORDS, required=True), *_COMMON),
    partial(_build, lexicon="patterns"),
)
