"""What a rule set does before it goes live: words that can never fire, rules that fire too often, two sets compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields

from auditor.charging import Charge
from auditor.chat import Conversation, Kind
from auditor.checks.base import Check
from auditor.checks.required import Level
from auditor.engine import audit
from auditor.rule import Rule, Status
from auditor.ruleexamples import dialogue
from auditor.rulefields import as_written
from auditor.ruleset import RuleSet
from auditor.scoring import Tally, score_conversation
from auditor.text import Lexicon, fold

#: A rule that is charged in more than this share of conversations is worth a second look.
TOO_OFTEN = 0.3


@dataclass(frozen=True)
class WordReport:
    """Words of one rule: ``dead`` can never be charged, ``unused`` occur in no example and no log."""

    rule: Rule
    dead: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class FireReport:
    """How often a rule was charged or exempt, in how many of the conversations (share 0-1)."""

    rule: Rule
    charged: int
    exempt: int
    share: float


def check_words(rules: Sequence[Rule], logs: Iterable[Conversation] = ()) -> list[WordReport]:
    """Look for dead and unused words of every rule; ``logs`` count besides the rules' own examples."""
    real = {fold(m.text) for talk in logs for m in talk.messages if m.kind is Kind.TEXT}
    reports = []
    for rule in rules:
        texts = real | {fold(m.text) for example in (*rule.good, *rule.bad) for m in dialogue(example).messages}
        lexicons = list(_lexicons(rule.check))
        dead = [word for lexicon in lexicons for word in lexicon.phrases if _never(rule, word)]
        entries = [entry for lexicon in lexicons for entry in lexicon.entries if entry not in dead]
        unused = [as_written(entry) for entry in entries if _unseen(entry, texts)]
        if dead or unused:
            reports.append(WordReport(rule, tuple(dead), tuple(unused)))
    return reports


def _lexicons(check: Check) -> Iterator[Lexicon]:
    """The word lists that make a check fire or hold (not those that it leaves out)."""
    for item in fields(check):  # type: ignore[arg-type]  # every check is a dataclass
        value = getattr(check, item.name)
        if isinstance(value, Lexicon) and item.name in ("lexicon", "trigger", "expect", "words"):
            yield value
        elif isinstance(value, tuple):
            yield from (level.lexicon for level in value if isinstance(level, Level))


def _never(rule: Rule, word: str) -> bool:
    """Is a phrase always exempt, even standing alone?"""
    unless = rule.guards.unless
    return unless is not None and any(a <= 0 and b >= len(word) for a, b in unless.find(fold(word)))


def _unseen(entry: str, texts: Iterable[str]) -> bool:
    single = Lexicon([entry])
    return not any(single.seen(text) for text in texts)


def count_fires(logs: Iterable[Conversation], rules: RuleSet) -> tuple[int, list[FireReport]]:
    """Audit ``logs`` and count, rule by rule: (conversations, reports in the rules' order)."""
    charged, exempt, where = Counter[str](), Counter[str](), Counter[str]()
    total = 0
    for audited in audit(logs, rules):
        total += 1
        hit = {f.rule.id for f in audited.findings if f.exemption is None}
        where.update(hit)
        charged.update(f.rule.id for f in audited.findings if f.exemption is None)
        exempt.update(f.rule.id for f in audited.findings if f.exemption is not None)
    share = {rule: count / total for rule, count in where.items()} if total else {}
    reports = [FireReport(r, charged[r.id], exempt[r.id], share.get(r.id, 0.0)) for r in rules.rules]
    return total, reports


@dataclass
class Difference:
    """Two rule sets on the same logs: charges that come and go, points by rule, and every agent's two tallies."""

    conversations: int = 0
    come: list[Charge] = field(default_factory=list)
    gone: list[Charge] = field(default_factory=list)
    old: dict[str, Tally] = field(default_factory=dict)
    new: dict[str, Tally] = field(default_factory=dict)

    def score(self, agent: str) -> tuple[float | None, float | None]:
        """An agent's mean score (0-100 points) under the old and the new set; None where not judged."""
        old, new = self.old.get(agent), self.new.get(agent)
        return _mean(old), _mean(new)


def _mean(tally: Tally | None) -> float | None:
    return tally.score_sum / tally.conversations if tally and tally.conversations else None


def compare(logs: Iterable[Conversation], old: RuleSet, new: RuleSet, profile: str | None = None) -> Difference:
    """Audit every conversation with both rule sets and note what differs in what is charged."""
    result = Difference()
    for talk in logs:
        result.conversations += 1
        before = _charged(talk, old, profile, result.old)
        after = _charged(talk, new, profile, result.new)
        result.come += [charge for key, charge in after.items() if key not in before]
        result.gone += [charge for key, charge in before.items() if key not in after]
    return result


def _charged(talk: Conversation, rules: RuleSet, profile: str | None, tallies: dict[str, Tally]) -> dict[str, Charge]:
    """The charges of one conversation by fingerprint; its shares are added to the agents' tallies."""
    scored = score_conversation(next(audit([talk], rules, profile)), rules.scheme)
    for agent, share in scored.shares.items():
        own = [charge for charge in scored.charges if charge.finding.agent == agent]
        tallies.setdefault(agent, Tally()).add(share, own, rules.scheme)
    return {charge.finding.fingerprint: charge for charge in scored.charges if charge.charged}



def overdone(report: FireReport) -> bool:
    """Is a live rule charged so often that it is worth a second look?"""
    return report.rule.status is Status.LIVE and report.share > TOO_OFTEN
