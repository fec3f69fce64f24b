"""One phrase against the rules of a single message, by the rule engine: every phrase is a conversation of one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from auditor.chat import Conversation, Message, Role
from auditor.checks.base import Check
from auditor.checks.combine import Combine
from auditor.checks.density import Density
from auditor.checks.entity import EntityCheck
from auditor.checks.expired import Expired
from auditor.checks.length import Length
from auditor.checks.model import Model
from auditor.checks.phrase import Phrase as Words
from auditor.checks.talk import Talk, Tools
from auditor.checks.writing import Writing
from auditor.entities import TITLES, find
from auditor.phrases.sieve import Mesh, Sieve
from auditor.rule import Rule, Severity, Status
from auditor.ruleset import RuleSet
from auditor.text import Span, Tokenizer, fold

#: The profile whose rules are held against phrases.
PROFILE = "library"
_SINGLE = (Words, Density, EntityCheck, Expired, Length, Model, Writing, Combine)
_PAIR = re.compile(r"[不没无]\w|.", re.DOTALL)


@dataclass(frozen=True)
class Hit:
    """What a rule says of a phrase: the places (of the phrase's text), the evidence, why it is exempt (None: not)."""

    rule: str
    spans: tuple[Span, ...]
    evidence: str
    exemption: str | None


def single(rule: Rule) -> bool:
    """Can the rule be held against a single phrase? It judges the agent's messages and asks for nothing around them."""
    fits = isinstance(rule.check, _SINGLE) and rule.severity is not Severity.BONUS and Role.AGENT in rule.roles
    return fits and not rule.guards.when and rule.status is not Status.OFF


class _Pairs(Tokenizer):
    """Cuts a text into characters, 不 with the one behind it: enough to name 不能, and no dictionary is loaded."""

    def _tokens(self, text: str) -> tuple[str, ...]:
        return tuple(_PAIR.findall(text))


class Judge:
    """Holds phrases against rules. ``today``: the day on which they are sent, for dates and campaigns."""

    def __init__(self, rules: RuleSet, active: Iterable[Rule], today: date) -> None:
        self.rules = [rule for rule in active if single(rule)]
        self._every = {**rules.every, **{rule.id: rule for rule in self.rules}}
        self._tools = rules.tools
        self._naming = Tools(_Pairs(), rules.tools.models)
        self._noon = datetime.combine(today, time(12))
        self._kinds = tuple(dict.fromkeys(
            kind for rule in self.rules for kind in getattr(rule.check, "entities", ()) if kind in TITLES
        ))  # fmt: skip
        self._sieve = Sieve({rule.id: meshes for rule in self.rules if (meshes := tuple(self._meshes(rule.check)))})

    def judge(self, texts: Sequence[str]) -> list[tuple[Hit, ...]]:
        """The hits of every text, in the order of the rules."""
        return [tuple(self._one(text, passed)) for text, passed in zip(texts, self._sieve.sift(texts), strict=True)]

    def _meshes(self, check: Check) -> Iterator[Mesh]:
        """What must be in a text for the check to fire; nothing if it has to look at every text itself."""
        if isinstance(check, Words):
            yield Mesh(check.lexicon, check.evasion)
        elif isinstance(check, Density):
            yield Mesh(check.lexicon)
        elif isinstance(check, EntityCheck) and check.words is not None:
            yield Mesh(check.words)
        elif isinstance(check, Expired):
            yield Mesh(check.words)
            if check.now is not None:
                yield Mesh(check.now)
        elif isinstance(check, Combine):
            for name in (*check.rules, *check.any):
                rule = self._every[name]
                if not rule.guards.when:
                    yield from self._meshes(rule.check)

    def _one(self, text: str, passed: set[str]) -> Iterator[Hit]:
        message = Message(Role.AGENT, text, self._noon, "话术")
        conversation = Conversation("话术", (message,), "话术")
        talk = Talk(conversation, self._tools, self._every)
        naming = Talk(conversation, self._naming, self._every)
        numbers = bool(find(text, self._kinds))
        for rule in self.rules:
            check = rule.check
            counts = isinstance(check, Density)
            if rule.id in self._sieve.meshes and rule.id not in passed and not (numbers and _finds_numbers(check)):
                continue
            judged = (naming if counts else talk).judged(rule.id)
            for hit, exemption in judged.hits:
                spans = check.units(fold(text)) if isinstance(check, Density) else ((hit.span,) if hit.span else ())
                yield Hit(rule.id, spans, hit.evidence, exemption)


def _finds_numbers(check: Check) -> bool:
    return isinstance(check, EntityCheck)


