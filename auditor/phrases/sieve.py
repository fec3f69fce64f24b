"""Which rules may say something of which phrases: many phrases are searched at once, so that few are judged one by one.

A sieve may let through what no rule hits, and never holds back what one does: a pattern that matches in a phrase also
matches in the joined text at that place, or is overlapped by a match that began before it and touches the phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import re2

from auditor.text import FILLERS, Lexicon, Pattern, fold
from auditor.text import plain as as_written

#: What squeezing a text takes out.
_FILLERS = re.compile(f"{FILLERS}+")
#: Memory that RE2 may use for one rule's patterns, in bytes; what does not fit is cut in two.
_MEMORY = 64 << 20


class Joined:
    """Texts joined by line breaks, searched as one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = "\n".join(texts)
        self._starts = _starts(map(len, texts))
        self.encoded = self.text.encode("utf-8", "replace")
        self._encoded_starts = _starts(len(text.encode("utf-8", "replace")) for text in texts)

    def touched(self, start: int, end: int, encoded: bool = False) -> range:
        """The numbers of the texts that a span (of characters, or of encoded bytes) touches."""
        starts = self._encoded_starts if encoded else self._starts
        return range(bisect_right(starts, start) - 1, bisect_right(starts, max(start, end - 1)))


def _starts(lengths: Iterator[int] | map[int]) -> list[int]:
    starts, at = [], 0
    for length in lengths:
        starts.append(at)
        at += length + 1
    return starts


@dataclass(frozen=True)
class Mesh:
    """The words of one rule, ready to be looked for in joined texts; ``evasion``: in squeezed texts as well."""

    lexicon: Lexicon
    evasion: bool = False

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        return tuple(_compiled(self.lexicon.sources))

    def caught(self, texts: Joined) -> set[int]:
        """The numbers of the texts in which the lexicon may match."""
        found: set[int] = set()
        if self.lexicon.automaton is not None:
            for _, start, end in self.lexicon.automaton.find_matches_as_indexes(texts.text, overlapping=True):
                found.update(texts.touched(start, end))
        for pattern in self._patterns:
            for match in pattern.finditer(texts.encoded):  # type: ignore[arg-type]  # bytes in, bytes out
                found.update(texts.touched(*match.span(), encoded=True))
        return found


def _compiled(sources: Sequence[str]) -> Iterator[Pattern]:
    """The patterns as one, in which ^ and $ match at every text's ends; as several where one would be too large."""
    if not sources:
        return
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    try:
        yield re2.compile("(?m)" + "|".join(f"(?:{source})" for source in sources), options)
    except re2.error:
        if len(sources) == 1:
            raise
        middle = len(sources) // 2
        yield from _compiled(sources[:middle])
        yield from _compiled(sources[middle:])


class Sieve:
    """The meshes of all rules that look for words, by rule id."""

    def __init__(self, meshes: dict[str, tuple[Mesh, ...]]) -> None:
        self.meshes = meshes
        self._evades = any(mesh.evasion for held in meshes.values() for mesh in held)

    def sift(self, texts: Sequence[str]) -> list[set[str]]:
        """For each text the ids of the rules whose words may be in it."""
        passed: list[set[str]] = [set() for _ in texts]
        plain = Joined([fold(text) for text in texts])
        squeezed = Joined([_FILLERS.sub("", as_written(text)) for text in texts]) if self._evades else plain
        for rule, meshes in self.meshes.items():
            for mesh in meshes:
                caught = mesh.caught(plain)
                if mesh.evasion:
                    caught |= mesh.caught(squeezed)
                for number in caught:
                    passed[number].add(rule)
        return passed
