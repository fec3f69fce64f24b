"""The run of the linter, a straight line: files -> phrases -> hits -> findings, then the library as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from auditor.checks.expired import Expired
from auditor.checks.library import Collecting
from auditor.checks.required import Required
from auditor.errors import Place, Problem
from auditor.phrases.cache import Cache
from auditor.phrases.finding import (
    BARE_ALLOW,
    OWN_CARDS,
    UNKNOWN_ALLOW,
    USELESS_ALLOW,
    Card,
    Finding,
    Outcome,
    by_place,
    stamp,
)
from auditor.phrases.judge import PROFILE, Hit, Judge, judgeable
from auditor.phrases.library import Reading, read
from auditor.phrases.mending import mended, mends
from auditor.phrases.phrase import Allow, Note, Phrase
from auditor.phrases.shop import Shop
from auditor.phrases.whole import Whole
from auditor.readers.files import display_name
from auditor.rule import Rule, Status
from auditor.rulefields import did_you_mean
from auditor.ruleset import RuleSet

#: Phrases that are searched together.
_BATCH = 512
#: Distinct texts whose hits are remembered.
_REMEMBERED = 5_000


@dataclass(frozen=True)
class Job:
    """What is asked: files, rules, and which of the rules (ids or codes; none selected: all). ``trial``: rules on trial
    too."""

    files: Sequence[Path]
    rules: RuleSet
    today: date
    reading: Reading = field(default_factory=Reading)
    shop: Shop = field(default_factory=Shop)
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    trial: bool = False
    cache: Cache | None = None

    def wants(self, card: Card) -> bool:
        """Is the rule among those asked for?"""
        names = {card.id, card.code}
        return (not self.select or bool(names & self.select)) and not names & self.ignore

    @property
    def active(self) -> list[Rule]:
        """The rules of libraries, those on trial only if asked for."""
        rules = self.rules.profiles[PROFILE]
        return [rule for rule in rules if rule.status is Status.LIVE or (self.trial and rule.status is Status.TRIAL)]


def usable(rules: RuleSet) -> list[Rule]:
    """The rules that libraries are held against, live or on trial, in file order."""
    found = [rule for rule in rules.profiles[PROFILE] if rule.status is not Status.OFF]
    every = {**rules.every, **{rule.id: rule for rule in found}}
    return [rule for rule in found if judgeable(rule, every) or isinstance(rule.check, (Collecting, Required))]


def unknown_rules(job: Job) -> list[str]:
    """What --select and --ignore name and no rule is called, each with the likely right word."""
    cards = [*map(Card.of, usable(job.rules)), *OWN_CARDS]
    known = {name for card in cards for name in (card.id, card.code)}
    return [f"{name}{did_you_mean(name, known)}" for name in sorted((job.select | job.ignore) - known)]


def check(job: Job, tick: Callable[[int], None] = lambda _: None) -> Outcome:
    """Check every phrase of every file, then the library as a whole. ``tick`` is told of bytes read."""
    run = _Run(job)
    for path in job.files:
        batch: list[Phrase] = []
        for phrase in run.phrases(path, tick):
            batch.append(phrase)
            if len(batch) == _BATCH:
                run.judge(batch)
                batch = []
        run.judge(batch)
    return run.finish()


class _Run:
    """One run: what it has found so far."""

    def __init__(self, job: Job) -> None:
        self.job = job
        active = job.active
        lasting = [rule for rule in active if not isinstance(rule.check, Expired)]
        passing = [rule for rule in active if isinstance(rule.check, Expired)]
        self.lasting, self.passing = (Judge(job.rules, rules, job.today) for rules in (lasting, passing))
        self.whole = Whole(active, job.rules.tools)
        judged = [*self.lasting.rules, *self.passing.rules, *self.whole.rules]
        self.cards = {rule.id: Card.of(rule) for rule in judged}
        self.menders = {rule.id: rule for rule in active if mends(rule)}
        self.names = {name: card.id for card in self.cards.values() for name in (card.id, card.code)}
        self.outcome = Outcome(cards=[*self.cards.values(), *OWN_CARDS])
        self.remembered: dict[str, tuple[Hit, ...]] = {}
        self.allows: list[tuple[Phrase, Allow, set[str]]] = []

    def phrases(self, path: Path, tick: Callable[[int], None]) -> Iterator[Phrase]:
        """The phrases of a file; problems and notes go to the outcome."""
        before = self.outcome.phrases + len(self.outcome.problems)
        for found in read(path, self.job.reading, tick):
            if isinstance(found, Problem):
                self.outcome.problems.append(found)
            elif isinstance(found, Note):
                self.outcome.notes.append(found.text)
            else:
                file = found.origin.file
                self.outcome.files[file] = self.outcome.files.get(file, 0) + 1
                yield found
        if self.outcome.phrases + len(self.outcome.problems) == before:
            name = display_name(path)
            self.outcome.problems.append(Problem(Place(name), "", "里面没有一条话术，请检查是不是选错了文件"))

    def judge(self, phrases: Sequence[Phrase]) -> None:
        """Hold phrases against the rules, and take them into the library as a whole."""
        hits = self._hits([phrase.text for phrase in phrases])
        for phrase in phrases:
            self.whole.add(phrase)
            for hit in hits[phrase.text]:
                self._found(phrase, hit)
            if phrase.allows:
                self._note_allows(phrase)

    def _hits(self, texts: Sequence[str]) -> dict[str, tuple[Hit, ...]]:
        """The hits of every distinct text: remembered, from the cache, or worked out now."""
        distinct = list(dict.fromkeys(texts))
        cache = self.job.cache
        known = {text: self.remembered[text] for text in distinct if text in self.remembered}
        if cache is not None:
            for text in distinct:
                if text not in known and (hits := cache.get(text)) is not None:
                    known[text] = hits
                    self.outcome.cached += 1
        new = [text for text in distinct if text not in known]
        for text, judged in zip(new, self.lasting.judge(new), strict=True) if new else ():
            known[text] = judged
            if cache is not None:
                cache.put(text, judged)
        if len(self.remembered) > _REMEMBERED:
            self.remembered.clear()
        self.remembered.update(known)
        passing = self.passing.judge(distinct) if self.passing.rules else [()] * len(distinct)
        return {text: known[text] + today for text, today in zip(distinct, passing, strict=True)}

    def _found(self, phrase: Phrase, hit: Hit) -> None:
        card = self.cards[hit.rule]
        if not self.job.wants(card):
            return
        if hit.exemption is not None or self.job.shop.excuses(hit, phrase.text):
            self.outcome.exempt += 1
            return
        finding = Finding(card, phrase, phrase.origin.file, hit.spans, hit.evidence)
        if hit.rule in self.menders:
            better = mended(phrase.text, [self.menders[hit.rule]])
            finding.mended = better if better != phrase.text else None
        finding.allow = self._allow(phrase, card)
        self.outcome.findings.append(finding)

    def _allow(self, phrase: Phrase, card: Card) -> Allow | None:
        """The leave of the phrase that covers this rule; one without a reason covers nothing."""
        for allow in phrase.allows:
            if allow.reason and card.id in {self.names.get(name) for name in allow.rules}:
                return allow
        return None

    def _note_allows(self, phrase: Phrase) -> None:
        for allow in phrase.allows:
            self.allows.append((phrase, allow, {self.names.get(name, "") for name in allow.rules} - {""}))

    def finish(self) -> Outcome:
        """Look at the library as a whole, at leaves that nobody needed, and put all in order."""
        for clash in self.whole.clashes():
            card = self.cards[clash.rule]
            if self.job.wants(card):
                phrase = clash.phrase
                file = phrase.origin.file if phrase else next(iter(self.outcome.files), "")
                finding = Finding(card, phrase, file, clash.spans, clash.evidence)
                finding.allow = self._allow(phrase, card) if phrase else None
                self.outcome.findings.append(finding)
        self._judge_allows()
        self.outcome.findings = by_place(self.outcome.findings, list(self.outcome.files))
        stamp(self.outcome.findings)
        if self.job.cache is not None:
            self.job.cache.save()
        return self.outcome

    def _judge_allows(self) -> None:
        """A leave that names no rule, gives no reason or covered nothing is a finding itself."""
        used = {(id(f.phrase), f.card.id) for f in self.outcome.findings if f.allow is not None}
        for phrase, allow, rules in self.allows:
            unknown = [name for name in allow.rules if name not in self.names]
            if unknown or not allow.rules:
                self._say(UNKNOWN_ALLOW, phrase, allow, f"没有规则「{'、'.join(unknown) or allow.reason}」"
                          f"{did_you_mean(unknown[0], self.names) if unknown else ''}")  # fmt: skip
            if not allow.reason:
                self._say(BARE_ALLOW, phrase, allow, f"豁免了 {'、'.join(allow.rules)}，没有写理由，不算数")
                continue
            asked = {rule for rule in rules if self.job.wants(self.cards[rule])}
            idle = sorted(rule for rule in asked if (id(phrase), rule) not in used)
            if idle:
                self._say(USELESS_ALLOW, phrase, allow, f"这条话术没有犯 {'、'.join(idle)}，豁免可以删掉")

    def _say(self, card: Card, phrase: Phrase, allow: Allow, evidence: str) -> None:
        if self.job.wants(card):
            self.outcome.findings.append(Finding(card, phrase, phrase.origin.file, (), evidence, line=allow.line))


