"""What the verdicts say of each rule, and of the reviewers themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from auditor.reviews.agreement import kappa, wilson
from auditor.reviews.verdict import Opinion, Ruling, State, Verdict, opinions

#: Precision that a rule needs to charge points, and the fewest verdicts that say anything of it.
LEAST_PRECISION = 0.8
LEAST_VERDICTS = 5

TO_TRIAL, TO_LIVE, WATCH, FINE, FEW = "改为试运行", "可以转正式", "再抽查一些", "可靠", "样本太少"


@dataclass(frozen=True)
class RuleStats:
    """One rule: findings ruled on (disputed ones left out), of them upheld, called wrong, lost on appeal.

    ``charged``: of those ruled on, the ones that had taken points. ``pending``: appeals without a verdict.
    ``precision`` is the share upheld with its 95 % Wilson interval ``low``-``high``; None with no verdict.
    """

    rule: str
    code: str
    title: str
    trial: bool
    charged: int
    upheld: int
    errors: int
    appeals: int
    disputed: int
    pending: int

    @property
    def ruled(self) -> int:
        """Findings with a verdict."""
        return self.upheld + self.errors + self.appeals

    @property
    def overturned(self) -> int:
        """Findings that fell, for whatever reason."""
        return self.errors + self.appeals

    @property
    def precision(self) -> float | None:
        """Share of the findings ruled on that were upheld."""
        return self.upheld / self.ruled if self.ruled else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the precision."""
        return wilson(self.upheld, self.ruled)

    def advice(self, least: float = LEAST_PRECISION) -> str:
        """What to do with the rule: its precision should be at least ``least`` (0-1) for it to charge points."""
        low, high = self.interval
        if self.ruled < LEAST_VERDICTS:
            return FEW
        if self.trial:
            return TO_LIVE if low >= least else WATCH
        share = self.upheld / self.ruled
        if high < least or (share < least and self.ruled >= 2 * LEAST_VERDICTS):
            return TO_TRIAL
        return FINE if low >= least else WATCH


@dataclass(frozen=True)
class Pair:
    """Two reviewers and the findings that both ruled on; ``kappa`` None where it is not defined."""

    one: str
    other: str
    both: int
    same: int
    kappa: float | None


@dataclass(frozen=True)
class ReviewStats:
    """Everything ``review stats`` shows: rules, those most often overturned first, and pairs of reviewers."""

    rules: tuple[RuleStats, ...]
    pairs: tuple[Pair, ...]
    findings: int
    exempt: int


def review_stats(verdicts: Sequence[Verdict]) -> ReviewStats:
    """Count verdicts. Exempt findings say nothing of precision: they are counted in ``exempt`` and left out."""
    said = opinions(verdicts).by_fingerprint
    first: dict[str, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda item: item.order):
        first.setdefault(verdict.fingerprint, verdict)
    telling = {mark: verdict for mark, verdict in first.items() if verdict.state is not State.EXEMPT}
    groups: dict[str, list[tuple[Verdict, Opinion]]] = {}
    for mark, verdict in telling.items():
        groups.setdefault(verdict.rule, []).append((verdict, said[mark]))
    rules = [_rule_stats(rule, items) for rule, items in groups.items()]
    rules.sort(key=lambda item: (-item.overturned, -item.ruled, item.code, item.rule))
    return ReviewStats(tuple(rules), tuple(_pairs(verdicts)), len(first), len(first) - len(telling))


def _rule_stats(rule: str, items: Sequence[tuple[Verdict, Opinion]]) -> RuleStats:
    rulings = [opinion.ruling for _, opinion in items]
    sample = items[0][0]
    return RuleStats(
        rule=rule,
        code=sample.code,
        title=sample.title,
        trial=all(verdict.state is State.TRIAL for verdict, _ in items),
        charged=sum(verdict.charged != 0 and opinion.ruling is not None for verdict, opinion in items),
        upheld=rulings.count(Ruling.UPHELD),
        errors=rulings.count(Ruling.ERROR),
        appeals=rulings.count(Ruling.APPEAL),
        disputed=sum(opinion.disputed for _, opinion in items),
        pending=sum(opinion.appeal and not opinion.rulings for _, opinion in items),
    )


def _pairs(verdicts: Iterable[Verdict]) -> list[Pair]:
    """Every two reviewers who ruled on the same findings. Who ruled both ways on one finding is left out of it."""
    said: dict[str, dict[str, set[bool]]] = {}
    for verdict in verdicts:
        if verdict.ruling is not None:
            by_mark = said.setdefault(verdict.reviewer, {})
            by_mark.setdefault(verdict.fingerprint, set()).add(verdict.ruling.overturns)
    pairs = []
    for one, other in combinations(sorted(said), 2):
        common = sorted(said[one].keys() & said[other].keys())
        answers = [(said[one][mark], said[other][mark]) for mark in common]
        clear = [(min(a), min(b)) for a, b in answers if len(a) == len(b) == 1]
        if clear:
            pairs.append(Pair(one, other, len(clear), sum(a == b for a, b in clear), kappa(clear)))
    return pairs
