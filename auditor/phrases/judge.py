"""One phrase against the rules of a single message, by the rule engine: every phrase is a conversation of one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from auditor.chat import Conversation, Message, Role
from auditor.checks.base import Check
from auditor.checks.combine import Combine
from auditor.checks.density import Density
from auditor.checks.entity import EntityCheck
from auditor.checks.expired import Expired
from auditor.checks.length import MARKS, WIDE, Length
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


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule says of a phrase: the places (of the phrase's text), the evidence, why it is exempt (None: not)."""

    rule: str
    spans: tuple[Span, ...]
    evidence: str
    exemption: str | None


def single(rule: Rule) -> bool:
    """Can the rule be held against a single phrase? It judges agents and asks for nothing else."""
    fits = isinstance(rule.check, _SINGLE) and rule.severity is not Severity.BONUS and Role.AGENT in rule.roles
    return fits and not rule.guards.when and rule.status is not Status.OFF


def judgeable(rule: Rule, every: Mapping[str, Rule]) -> bool:
    """The same, for a rule that may rest on others: all it demands must be judgeable, and one of its choices."""
    check = rule.check
    if not single(rule) or not isinstance(check, Combine):
        return single(rule)

    def fits(name: str) -> bool:
        other = every[name]
        return isinstance(other.check, _SINGLE) and not other.guards.when

    return all(map(fits, check.rules)) and (not check.any or any(map(fits, check.any)))


class _Pairs(Tokenizer):
    """Cuts a text into characters, 不 with the one behind it: enough to name 不能, and no dictionary is loaded."""

    def _tokens(self, text: str) -> tuple[str, ...]:
        return tuple(_PAIR.findall(text))


class Judge:
    """Holds phrases against rules. ``today``: the day on which they are sent, for dates and campaigns."""

    def __init__(self, rules: RuleSet, active: Sequence[Rule], today: date) -> None:
        self._every = {**rules.every, **{rule.id: rule for rule in active}}
        self.rules = [rule for rule in active if judgeable(rule, self._every)]
        self._tools = rules.tools
        self._naming = Tools(_Pairs(), rules.tools.models)
        self._noon = datetime.combine(today, time(12))
        self._kinds = tuple(dict.fromkeys(
            kind for rule in self.rules for kind in getattr(rule.check, "entities", ()) if kind in TITLES
        ))  # fmt: skip
        self._free = [rule for rule in self.rules if isinstance(rule.check, (Writing, Length, Model, EntityCheck))]
        self._sieve = Sieve({rule.id: meshes for rule in self.rules if (meshes := tuple(self._meshes(rule.check)))})

    def judge(self, texts: Sequence[str]) -> list[tuple[Hit, ...]]:
        """The hits of every text, in the order of the rules."""
        return [tuple(self._one(text)) for text in texts]

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

    def _one(self, text: str) -> Iterator[Hit]:
        numbers = bool(find(text, self._kinds))
        due = self._sieve.sift(text) | {rule.id for rule in self._free if _may(rule.check, text, numbers)}
        if not due:
            return
        conversation = Conversation("话术", (Message(Role.AGENT, text, self._noon, "话术"),), "话术")
        talk = Talk(conversation, self._tools, self._every)
        for rule in self.rules:
            if rule.id not in due:
                continue
            check = rule.check
            named = Talk(conversation, self._naming, self._every) if isinstance(check, Density) else talk
            for hit, exemption in named.judged(rule.id).hits:
                spans = check.units(fold(text)) if isinstance(check, Density) else ((hit.span,) if hit.span else ())
                yield Hit(rule.id, spans, hit.evidence, exemption)


def _may(check: Check, text: str, numbers: bool) -> bool:
    """May a check that no word has called still have something to say of the text?"""
    if isinstance(check, Writing):
        return bool(check.spans(text))
    if isinstance(check, Length):
        return _may_be_long(check, text)
    return isinstance(check, Model) or (numbers and isinstance(check, EntityCheck))


def _may_be_long(check: Length, text: str) -> bool:
    """Is the text longer than the shortest limit, or oddly marked?"""
    if check.lines is not None and text.count("\n") >= check.lines:
        return True
    if check.chars is not None and len(text) > check.chars:
        return True
    if check.wide is not None and WIDE.search(text):
        return True
    return check.marks is not None and MARKS.search(fold(text)) is not None
