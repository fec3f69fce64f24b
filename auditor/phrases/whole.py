"""The library as a whole: phrases against each other, and what no phrase says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.chat import Conversation, Message, Role
from auditor.checks.library import Collecting, Collector, Entry
from auditor.checks.required import Required
from auditor.checks.talk import Talk, Tools
from auditor.phrases.phrase import Phrase
from auditor.rule import Rule
from auditor.text import Span


class Disagreement(NamedTuple):
    """What a rule says of the library: the phrase meant (None: the library lacks one), the places, the evidence."""

    rule: str
    phrase: Phrase | None
    spans: tuple[Span, ...]
    evidence: str


class Whole:
    """Takes the phrases of a library in order and says at the end what does not fit together."""

    def __init__(self, rules: Sequence[Rule], tools: Tools) -> None:
        self.rules = [rule for rule in rules if isinstance(rule.check, (Collecting, Required))]
        self._tools = tools
        self._collectors: dict[str, Collector] = {
            rule.id: rule.check.collector() for rule in self.rules if isinstance(rule.check, Collecting)
        }
        self._wanting = {rule.id: rule for rule in self.rules if isinstance(rule.check, Required)}
        self._phrases: list[Phrase] = []

    def add(self, phrase: Phrase) -> None:
        """The next phrase of the library."""
        self._phrases.append(phrase)
        entry = Entry(phrase.text, phrase.title, phrase.group)
        for collector in self._collectors.values():
            collector.add(entry)
        if self._wanting:
            talk = Talk(Conversation("话术", (Message(Role.AGENT, phrase.text),), "话术"), self._tools)
            met = [name for name, rule in self._wanting.items() if next(iter(rule.check.hits(talk)), None) is None]
            for name in met:
                del self._wanting[name]

    def clashes(self) -> Iterator[Disagreement]:
        """What does not fit together, rule by rule."""
        for name, collector in self._collectors.items():
            for clash in collector.clashes():
                phrase, other = self._phrases[clash.number], self._phrases[clash.other]
                spans = (clash.span,) if clash.span else ()
                yield Disagreement(name, phrase, spans, clash.said.format(other=other.origin))
        for name, rule in self._wanting.items():
            if len(self._phrases) >= max(1, rule.guards.min_agent_messages):
                yield Disagreement(name, None, (), f"{len(self._phrases)} 条话术里一条也没有，{rule.why}")
