"""Which rules may say something of a phrase: all words of all rules are looked for at once, and few rules asked.

Patterns go into one RE2 filter, which looks for the literal pieces that each of them needs before it tries any; plain
phrases go into one automaton. A sieve never holds back a rule whose words are in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import ahocorasick_rs
import re2

from auditor.text import FILLERS, Lexicon, fold
from auditor.text import plain as as_written

#: Memory that RE2 may use for the automaton of one pattern, in bytes.
_MEMORY = 1 << 20
#: What squeezing a text takes out.
_FILLERS = re.compile(f"{FILLERS}+")


@dataclass(frozen=True)
class Mesh:
    """The words of one rule; ``evasion``: they are looked for in the squeezed text as well."""

    lexicon: Lexicon
    evasion: bool = False


class Sieve:
    """The meshes of all rules that look for words, by rule id; nothing is compiled until a text is looked at."""

    def __init__(self, meshes: Mapping[str, Sequence[Mesh]]) -> None:
        self.meshes = meshes
        self._evading = any(mesh.evasion for held in meshes.values() for mesh in held)

    @cached_property
    def _net(self) -> _Net:
        return _Net(self.meshes)

    def sift(self, text: str) -> set[str]:
        """The ids of the rules whose words are in the text, or, where rules undo evasions, in the squeezed text."""
        folded = fold(text)
        return self._net.caught(f"{folded}\n{_FILLERS.sub('', as_written(text))}" if self._evading else folded)


class _Net:
    """All words of some rules, ready to be looked for. ^ and $ match at every line's ends: two texts can be one."""

    def __init__(self, meshes: Mapping[str, Sequence[Mesh]]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _MEMORY
        self._patterns, self._rules = re2.Filter(), list[str]()
        owners: dict[str, set[str]] = {}
        for rule, held in meshes.items():
            for mesh in held:
                for source in mesh.lexicon.sources:
                    self._patterns.Add(f"(?m){source}", options)
                    self._rules.append(rule)
                for phrase in mesh.lexicon.phrases:
                    owners.setdefault(fold(phrase), set()).add(rule)
        if self._rules:
            self._patterns.Compile()
        self._automaton = ahocorasick_rs.AhoCorasick(list(owners)) if owners else None
        self._owners = list(owners.values())

    def caught(self, text: str) -> set[str]:
        """The rules that have a word in this folded text."""
        found = {self._rules[at] for at in self._patterns.Match(text) or ()} if self._rules else set[str]()
        if self._automaton is not None:
            for at, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
                found |= self._owners[at]
        return found
