"""Kinds ``duplicate`` and ``conflict``: phrases of one library held against each other.

Both are collectors first: phrases go in one at a time, in order, and what is found comes out at the end, so that a
library of any size is gone through once. As checks of a conversation (a rule's examples) every message is a phrase,
with its title in front in 【】.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.required import Level
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, fold, without_codes

_TITLE = re.compile(r"【([^【】]*)】(.*)", re.DOTALL)
#: Characters at either end that two phrases have in common if they are to be compared.
_EDGE = 8
#: Phrases with the same beginning or end that one is compared with: the nearest before it. Shops that write the same
#: sentence for each of thousands of goods would otherwise have every one compared with all others.
_MOST_COMPARED = 64
#: Characters that may stand in a run between what two phrases have in common.
_MOST_INSERTED = 6
#: What makes a phrase that has it another one: a negation, a number, a letter.
_TELLING = re.compile("[不没无未别非勿禁0-9a-z]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SAID_NUMBERS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"两": 2, "半": 12}
_UNITS = {"分钟": 1 / 60, "小时": 1, "钟头": 1, "天": 24, "日": 24, "周": 168, "星期": 168, "个月": 720, "年": 8760}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|[一两二三四五六七八九十]{1,3})\s*个?\s*(" + "|".join(_UNITS) + ")")


class Entry(NamedTuple):
    """One phrase as a collector sees it."""

    text: str
    title: str = ""
    group: str = ""


class Clash(NamedTuple):
    """A phrase that does not go with an earlier or commoner one: their numbers, where, and the sentence.

    ``said`` holds {other} where the other phrase is to be named.
    """

    number: int
    other: int
    span: Span | None
    said: str


class Collector(Protocol):
    """Takes the phrases of a library in order."""

    def add(self, entry: Entry) -> None:
        """The next phrase; they are numbered from 0."""

    def clashes(self) -> Iterator[Clash]:
        """What does not go together, when all phrases are in."""


class Collecting(Check):
    """A check of a whole library."""

    scope: Scope

    def collector(self) -> Collector:
        """A new, empty collector."""
        raise NotImplementedError

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit a clash."""
        numbers = talk.texts(self.scope.roles, self.scope.window)
        collector = self.collector()
        for number in numbers:
            titled = _TITLE.fullmatch(talk.messages[number].text)
            collector.add(Entry(titled[2], titled[1]) if titled else Entry(talk.messages[number].text))
        for clash in sorted(collector.clashes()):
            yield Hit(numbers[clash.number], None, clash.said.format(other=f"第 {clash.other + 1} 条"))


@lru_cache(256)
def core(text: str, soft: Lexicon | None = None) -> str:
    """The letters, digits and Han characters of a text, without words of ``soft`` (亲, 哦, 您…)."""
    folded = fold(without_codes(text) if "[" in text else text)
    found = soft.find(folded) if soft is not None else ()
    if found:
        starts, ends = [0, *(end for _, end in found)], [*(start for start, _ in found), len(folded)]
        folded = "".join(folded[start:end] for start, end in zip(starts, ends, strict=True))
    return "".join(filter(str.isalnum, folded))


@dataclass(frozen=True)
class Duplicate(Collecting):
    """Fires on a phrase that says what an earlier one says, in nearly the same words.

    Equal but for ``soft`` words and marks; or alike from ``similarity`` (0.5-1) on, where one only says a word or two
    more: no number or letter, no negation, no word of ``apart`` (colours, regions…), nothing that its title says and
    not the other's (a product). Where a word is replaced by another, two things are spoken of. Phrases of fewer than
    ``min_chars`` characters say too little to be compared.
    """

    scope: Scope
    similarity: float
    min_chars: int
    soft: Lexicon | None
    apart: Lexicon | None

    def collector(self) -> Collector:
        """A new collector of phrases that say the same."""
        return _Duplicates(self)


class _Chains:
    """Numbers by a key that many share: the last number of each key, and for every number the one before it.

    Keys are kept as hashes of 64 bits: a library of any size fits, and two keys that fall together cost a comparison.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._before = array("q")

    def add(self, key: str) -> list[int]:
        """The last numbers that had this key before, the first one first; the next number gets it too."""
        number, at = len(self._before), self._last.get(hash(key), -1)
        self._before.append(at)
        self._last[hash(key)] = number
        found: list[int] = []
        while at >= 0 and len(found) < _MOST_COMPARED:
            found.append(at)
            at = self._before[at]
        return found[::-1]

    def skip(self) -> None:
        """The next number has no key."""
        self._before.append(-1)


class _Duplicates:
    def __init__(self, check: Duplicate) -> None:
        self.check = check
        self.cores: list[str] = []
        self.titles: list[str] = []
        self.first: dict[str, int] = {}
        self.heads, self.tails = _Chains(), _Chains()
        self.found: list[Clash] = []

    def add(self, entry: Entry) -> None:
        number, text = len(self.cores), core(entry.text, self.check.soft)
        self.titles.append(entry.title)
        if len(text) >= self.check.min_chars and text in self.first:
            self.cores.append("")
            self.found.append(Clash(number, self.first[text], None, "和 {other} 说的是同一句话，留一条就够"))
        elif len(text) >= self.check.min_chars:
            self.cores.append(text)
            self.first[text] = number
            self._alike(number, text)
            return
        else:
            self.cores.append("")
        self.heads.skip()
        self.tails.skip()

    def _alike(self, number: int, text: str) -> None:
        """Compare with the phrases that begin or end in the same words."""
        ratio = self.check.similarity / (2 - self.check.similarity)
        shortest, longest = len(text) * ratio, len(text) / ratio
        for other in dict.fromkeys((*self.heads.add(text[:_EDGE]), *self.tails.add(text[-_EDGE:]))):
            share = self._share(other, number) if shortest <= len(self.cores[other]) <= longest else 0.0
            if share and self.check.similarity < 1:
                self.found.append(Clash(number, other, None, f"和 {{other}} 有 {share:.0%} 相同，核对后留一条就够"))
                break

    def _share(self, one: int, other: int) -> float:
        """How alike two phrases of nearly the same length are, 0 if they differ in what tells phrases apart."""
        if len(self.cores[one]) > len(self.cores[other]):
            one, other = other, one
        shorter, longer = self.cores[one], self.cores[other]
        share = 2 * len(shorter) / (len(shorter) + len(longer))
        more = _inserted(shorter, longer)
        if more is None or any(self._tells_apart(longer, begin, end, one, other) for begin, end in more):
            return 0.0
        return share

    def _tells_apart(self, longer: str, begin: int, end: int, one: int, other: int) -> bool:
        """Does what the longer phrase says more make it another phrase?"""
        piece = longer[begin:end]
        if _TELLING.search(piece):
            return True
        if piece in self.titles[other] and piece not in self.titles[one]:
            return True
        spans = self.check.apart.find(longer) if self.check.apart is not None else ()
        return any(a < end and begin < b for a, b in spans)

    def clashes(self) -> Iterator[Clash]:
        yield from self.found


def _inserted(shorter: str, longer: str) -> list[Span] | None:
    """What must be taken out of the longer text to get the shorter one; None if that is not all the difference."""
    pieces: list[Span] = []
    at = 0
    for char in shorter:
        found = longer.find(char, at, at + _MOST_INSERTED + 1)
        if found < 0:
            return None
        if found > at:
            pieces.append((at, found))
        at = found + 1
    return [*pieces, (at, len(longer))] if at < len(longer) else pieces


@dataclass(frozen=True)
class Conflict(Collecting):
    """Fires on phrases that contradict each other: two answers under one title, or two values of one term.

    ``level``: terms (发货时间); its words are what states them, and their value is the quantity said (48小时, 两天) or
    what follows ： in the level's name (退货运费：店铺承担). Phrases are compared if the same words of ``apart`` (预售,
    新疆, 定制…) stand in their group, title and text: rows split by scene do not contradict. The rarer value is
    the one reported. A title that more than ``most_answers`` phrases bear names a group, not a question.
    """

    scope: Scope
    terms: tuple[Level, ...]
    apart: Lexicon | None
    soft: Lexicon | None
    titles: bool
    most_answers: int

    def collector(self) -> Collector:
        """A new collector of answers and terms."""
        return _Conflicts(self)


class _Statement(NamedTuple):
    number: int
    span: Span
    words: str


class _Conflicts:
    def __init__(self, check: Conflict) -> None:
        self.check = check
        self.count = 0
        #: Title, group and scene (hashed) -> numbers and hashed answers in turn.
        self.answers: dict[int, list[int]] = {}
        self.values: dict[tuple[str, ...], dict[str, list[_Statement]]] = {}
        entries = dict.fromkeys(entry for term in check.terms for entry in term.lexicon.entries)
        self.any_term = Lexicon(tuple(entries), trusted=True) if entries else None

    def add(self, entry: Entry) -> None:
        number = self.count
        self.count += 1
        scene = self._scene(entry)
        title = fold(entry.title).strip()
        if self.check.titles and title:
            key = hash((title, fold(entry.group).strip(), *scene))
            self.answers.setdefault(key, []).extend((number, hash(core(entry.text, self.check.soft))))
        folded = fold(entry.text)
        for term in self.check.terms if self.any_term is not None and self.any_term.seen(folded) else ():
            name, _, fixed = fold(term.name).partition(":")
            for span in term.lexicon.find(folded):
                value = fixed or quantity(folded[slice(*span)])
                if value:
                    words = entry.text[slice(*span)]
                    statements = self.values.setdefault((name, *scene), {})
                    statements.setdefault(value, []).append(_Statement(number, span, words))

    def _scene(self, entry: Entry) -> tuple[str, ...]:
        if self.check.apart is None:
            return ()
        text = fold(f"{entry.group}\n{entry.title}\n{entry.text}")
        return tuple(sorted({text[slice(*span)] for span in self.check.apart.find(text)}))

    def clashes(self) -> Iterator[Clash]:
        yield from self._titles()
        for (name, *_), values in self.values.items():
            if len(values) > 1:
                yield from self._term(name, values)

    def _titles(self) -> Iterator[Clash]:
        for answers in self.answers.values():
            pairs = zip(answers[::2], answers[1::2], strict=True)
            different = {text: number for number, text in reversed(list(pairs))}
            if not 1 < len(different) <= self.check.most_answers:
                continue
            first = min(different.values())
            for number in sorted(different.values())[1:]:
                yield Clash(number, first, None, "和 {other} 标题相同，答复不同，客服不知道该发哪一条")

    def _term(self, name: str, values: Mapping[str, list[_Statement]]) -> Iterator[Clash]:
        """Everything that does not say the commonest value; of two equally common ones the first stands."""
        usual = max(values, key=lambda value: (len(values[value]), -values[value][0].number))
        example = values[usual][0]
        for value, statements in values.items():
            for said in statements if value != usual else ():
                if any(other.number == said.number for other in values[usual]):
                    continue
                counted = f"{len(values[usual])} 条这样写，{len(statements)} 条写「{said.words}」"
                words = f"{name}写「{said.words}」，{{other}} 写「{example.words}」（{counted}），请统一"
                yield Clash(said.number, example.number, said.span, words)


def quantity(text: str) -> str | None:
    """The quantity that a folded text says, in hours or bare: 两天 and 48小时 are both 48h; None if there is none."""
    match = _QUANTITY.search(text)
    if match is not None:
        return f"{_value(match[1]) * _UNITS[match[2]]:g}h"
    if re.search("当[天日]|今天", text):
        return "0h"
    if re.search("次日|隔天|明天|第二天", text):
        return "24h"
    number = _NUMBER.search(text)
    return f"{float(number[0]):g}" if number else None


def _value(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    tens, ten, ones = text.rpartition("十")
    if ten:
        return _SAID_NUMBERS.get(tens, 1) * 10 + _SAID_NUMBERS.get(ones, 0)
    return float(_SAID_NUMBERS.get(text[-1], 0))


def _duplicate(scope: Scope, params: Mapping[str, Any]) -> Duplicate:
    return Duplicate(scope, params["similarity"], params["min_chars"], params["soft"], params["apart"])


def _conflict(scope: Scope, params: Mapping[str, Any]) -> Conflict:
    return Conflict(
        scope, params["level"], params["apart"], params["soft"], params["titles"], params["most_answers"]
    )


DUPLICATE = Kind(
    "duplicate",
    "话术库里几乎相同的话术",
    (
        Param("similarity", Type.NUMBER, default=0.9, low=0.5, high=1),
        Param("min_chars", Type.INTEGER, default=6, low=1),
        Param("soft", Type.WORDS),
        Param("apart", Type.WORDS),
    ),
    _duplicate,
)
CONFLICT = Kind(
    "conflict",
    "话术库里互相矛盾的话术",
    (
        Param("level", Type.LEVELS, default=()),
        Param("apart", Type.WORDS),
        Param("soft", Type.WORDS),
        Param("titles", Type.FLAG, default=True),
        Param("most_answers", Type.INTEGER, default=3, low=2),
    ),
    _conflict,
)
