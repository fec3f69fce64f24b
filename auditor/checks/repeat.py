"""Kind ``repeat``: the same sentence sent again with nothing new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, without_codes

#: What ends a sentence in a chat: spaces stand for line breaks there.
_SENTENCE = re.compile(r"[^\s。!?;~…]+")


class Sentence(NamedTuple):
    """A sentence of a message: its span, its letters, digits and Han characters, and how often it may be said."""

    span: Span
    core: str
    allowed: int


class Spoken(NamedTuple):
    """A message as it is compared: its place in the conversation, its sentences and their cores."""

    number: int
    sentences: tuple[Sentence, ...]
    cores: frozenset[str]


#: Address and particles around a sentence: 嗯嗯亲您…呢 says what … says.
_FRILLS = "亲嗯您你呢哦哈啊呀哒滴嘛吧了哟噢恩好的那请"
#: Only so many sentences of a message, none longer than this many characters, are compared letter by letter; the
#: others are the same if they are equal. It keeps a conversation of any length in linear time.
MOST_SENTENCES = 40
LONGEST = 400


@dataclass(frozen=True)
class Repeat(Check):
    """Fires on a message that repeats a sentence of the role's last ``within`` messages and says little besides.

    A sentence of fewer than ``min_chars`` letters, digits and Han characters is too short to judge. Two
    sentences are alike from ``similarity`` (0-1) on, address and particles at either end aside, if they name
    the same numbers. A message with ``new_chars`` or more characters in other sentences does say something new.
    Sentences of little but ``twice`` words (greetings, closings) may be said two times. ``only``: nothing but
    sentences with these words is looked at. ``gap``: a second sending within so many seconds is a double send,
    not a repeat.
    """

    scope: Scope
    similarity: float
    within: int
    min_chars: int
    new_chars: int
    twice: Lexicon | None
    only: Lexicon | None
    gap: float

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit a message, on the repeated sentence."""
        spoken = [self._spoken(talk, index) for index in talk.texts(self.scope.roles, self.scope.window)]
        for at, message in enumerate(spoken):
            found = self._repeated(message.sentences, spoken[max(0, at - self.within) : at])
            if found is not None:
                sentence, earlier = found
                if self._double_sent(talk, earlier, message.number):
                    continue
                yield Hit(message.number, sentence.span, f"与第 {earlier + 1} 条内容相同，没有新的信息")

    def _spoken(self, talk: Talk, index: int) -> Spoken:
        result = []
        for match in _SENTENCE.finditer(talk.folded[index]):
            text = without_codes(match.group())
            if self.only is not None and not self.only.seen(text):
                continue
            result.append(Sentence(match.span(), _core(text), 2 if self._polite(text) else 1))
        return Spoken(index, tuple(result), frozenset(sentence.core for sentence in result))

    def _double_sent(self, talk: Talk, earlier: int, later: int) -> bool:
        first, second = talk.messages[earlier].time, talk.messages[later].time
        return bool(self.gap and first and second and (second - first).total_seconds() <= self.gap)

    def _polite(self, text: str) -> bool:
        """Is there hardly more in the sentence than words of ``twice``?"""
        found = self.twice.find(text) if self.twice is not None else ()
        rest = text
        for start, end in reversed(found):
            rest = rest[:start] + rest[end:]
        return bool(found) and len(_core(rest)) < self.min_chars

    def _repeated(self, sentences: tuple[Sentence, ...], earlier: list[Spoken]) -> tuple[Sentence, int] | None:
        """The longest repeated sentence and the message that said it last, unless the message says something new."""
        best: tuple[Sentence, int] | None = None
        new = 0
        for sentence in sentences:
            sources = [other.number for other in earlier if self._says(other, sentence.core)]
            if not sources:
                new += len(sentence.core)
            elif len(sources) >= sentence.allowed and len(sentence.core) >= self.min_chars:
                best = max(best or (sentence, sources[-1]), (sentence, sources[-1]), key=lambda pair: len(pair[0].core))
            if new >= self.new_chars:
                return None
        return best

    def _says(self, other: Spoken, core: str) -> bool:
        return core in other.cores or any(self._alike(core, said.core) for said in other.sentences[:MOST_SENTENCES])

    def _alike(self, one: str, other: str) -> bool:
        one, other = one.strip(_FRILLS), other.strip(_FRILLS)
        if self.similarity < 1 and one == other:
            return len(one) >= self.min_chars
        if _digits(one) != _digits(other):
            return False
        shorter, longer = sorted((len(one), len(other)))
        if self.similarity >= 1 or longer > LONGEST or 2 * shorter < self.similarity * (shorter + longer):
            return False
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        return matcher.quick_ratio() >= self.similarity and matcher.ratio() >= self.similarity


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _core(text: str) -> str:
    """The letters, digits and Han characters of a text."""
    return "".join(filter(str.isalnum, text))


def _build(scope: Scope, params: Mapping[str, Any]) -> Repeat:
    return Repeat(
        scope,
        params["similarity"],
        params["within"],
        params["min_chars"],
        params["new_chars"],
        params["twice"],
        params["only"],
        params["gap"],
    )


REPEAT = Kind(
    "repeat",
    "重复发送相同内容",
    (
        Param("similarity", Type.NUMBER, default=1.0, low=0.5, high=1),
        Param("within", Type.INTEGER, default=20, low=1),
        Param("min_chars", Type.INTEGER, default=4, low=1),
        Param("new_chars", Type.INTEGER, default=6, low=1),
        Param("twice", Type.WORDS),
        Param("only", Type.WORDS),
        Param("gap", Type.NUMBER, default=0, low=0),
    ),
    _build,
)
