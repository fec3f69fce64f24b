"""Whom to review by hand: how many conversations, which ones, and how well the machine agrees with the people.

A sample is drawn agent by agent. Some are random and speak for all conversations, the others are the riskiest of the
rest. Which is which, and what the machine said, is not shown to the reviewers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from auditor.reviews.agreement import Z95, kappa

RANDOM, RISK = "random", "risk"
#: Share of each agent's sample that is drawn at random, where its size is given.
RANDOM_SHARE = 0.5
#: Risky ones beside the random ones, where the random ones are counted by formula.
RISK_TO_RANDOM = 0.25


@dataclass(frozen=True)
class Candidate:
    """One agent's part in one conversation, as the audit wrote it. ``score`` in points, ``hits`` of any kind."""

    agent: str
    conversation: str
    start: str | None
    messages: int
    score: float
    fatal: bool
    hits: int

    def mark(self, way: str) -> str:
        """An id that tells the conversation, the agent and how it was drawn, and shows none of them."""
        key = "\x1f".join(("sample", self.agent, self.conversation, self.start or "", way))
        return _digest(key)[:16]


@dataclass(frozen=True)
class Pick:
    """A candidate of the sample and how it was drawn: RANDOM or RISK."""

    candidate: Candidate
    way: str

    @property
    def mark(self) -> str:
        """The id in the review workbook."""
        return self.candidate.mark(self.way)


def needed(population: int, margin: float) -> int:
    """Sample size for a share known to ± ``margin`` (0-1) at 95 %: Cochran's formula, worst case p = 0.5.

    With the correction for a finite population, so never more than there is.
    """
    if population <= 0:
        return 0
    endless = Z95**2 * 0.25 / margin**2
    return min(population, ceil(endless / (1 + (endless - 1) / population)))


def margin_of(sample: int, population: int) -> float:
    """How close (0-1, 95 %) a share is known from a random sample: the same formula the other way round."""
    if not sample or population <= 1:
        return 0.0 if sample else 1.0
    return min(1.0, Z95 * sqrt(0.25 / sample * (population - sample) / (population - 1)))


@dataclass(frozen=True)
class Size:
    """How many of an agent's conversations: drawn at random, and the riskiest of the rest."""

    random: int
    risk: int


def sizes(strata: Mapping[str, int], per_agent: int | None, margin: float) -> dict[str, Size]:
    """The sample size of each agent, given how many conversations each has.

    ``per_agent``: so many of each, half of them random. None: as many random ones as the team's ``margin`` needs, in
    proportion and at least one of each agent, and a quarter as many risky ones. Nobody gives more than there are.
    """
    if per_agent is not None:
        return {agent: _split(min(per_agent, count)) for agent, count in strata.items()}
    random = _in_proportion(strata, needed(sum(strata.values()), margin))
    return {agent: Size(n, min(strata[agent] - n, ceil(n * RISK_TO_RANDOM))) for agent, n in random.items()}


def _split(count: int) -> Size:
    random = ceil(count * RANDOM_SHARE)
    return Size(random, count - random)


def _in_proportion(strata: Mapping[str, int], total: int) -> dict[str, int]:
    """Shares of a total by largest remainders; everybody gets at least one."""
    exact = {agent: total * count / sum(strata.values()) for agent, count in strata.items()}
    given = {agent: max(1, int(value)) for agent, value in exact.items()}
    left = total - sum(given.values())
    for agent in sorted(strata, key=lambda agent: (int(exact[agent]) - exact[agent], agent)):
        if left > 0 and given[agent] < strata[agent]:
            given[agent], left = given[agent] + 1, left - 1
    return given


def draw(candidates: Sequence[Candidate], counts: Mapping[str, Size], seed: int) -> list[Pick]:
    """The sample, agent by agent, random and risky ones mixed. The same candidates and seed give the same sample.

    Risky: fatal ones first, then the lowest scores, then the most hits.
    """
    picks: list[Pick] = []
    for agent, size in sorted(counts.items()):
        own = sorted((c for c in candidates if c.agent == agent), key=lambda c: _lot(c, seed))
        random = own[: size.random]
        rest = sorted(own[size.random :], key=lambda c: (not c.fatal, c.score, -c.hits, _lot(c, seed)))
        mixed = [Pick(c, RANDOM) for c in random] + [Pick(c, RISK) for c in rest[: size.risk]]
        picks += sorted(mixed, key=lambda pick: _lot(pick.candidate, seed + 1))
    return picks


def _lot(candidate: Candidate, seed: int) -> str:
    return _digest(f"{seed}\x1f{candidate.mark('')}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Human:
    """What people said of one conversation of the sample: mean score in points, any fatal finding (None: not said)."""

    mark: str
    score: float
    fatal: bool | None


@dataclass(frozen=True)
class Agreement:
    """The machine held against people over ``count`` conversations.

    ``bias`` is machine minus people in points with its 95 % interval; ``apart`` the mean distance; ``within_10`` the
    share at most 10 points apart; ``passed_same`` the share with the same answer to pass or not, with its kappa;
    ``fatal`` counts (machine, people) answers where people gave one, with its kappa.
    """

    count: int
    machine: float
    people: float
    bias: float
    bias_low: float
    bias_high: float
    apart: float
    within_10: float
    passed_same: float
    passed_kappa: float | None
    fatal: Mapping[tuple[bool, bool], int]
    fatal_kappa: float | None


def agreement(pairs: Sequence[tuple[Candidate, Human]], pass_score: float) -> Agreement | None:
    """Compare scores; None without a single pair."""
    n = len(pairs)
    if not n:
        return None
    gaps = [candidate.score - human.score for candidate, human in pairs]
    bias = sum(gaps) / n
    spread = sqrt(sum((gap - bias) ** 2 for gap in gaps) / (n - 1)) if n > 1 else 0.0
    half = Z95 * spread / sqrt(n)
    passed = [(c.score >= pass_score, h.score >= pass_score) for c, h in pairs]
    fatal = [(c.fatal, h.fatal) for c, h in pairs if h.fatal is not None]
    return Agreement(
        count=n,
        machine=sum(c.score for c, _ in pairs) / n,
        people=sum(h.score for _, h in pairs) / n,
        bias=bias,
        bias_low=bias - half,
        bias_high=bias + half,
        apart=sum(map(abs, gaps)) / n,
        within_10=sum(abs(gap) <= 10 for gap in gaps) / n,
        passed_same=sum(one == other for one, other in passed) / n,
        passed_kappa=kappa(passed),
        fatal={answers: fatal.count(answers) for answers in sorted(set(fatal), reverse=True)},
        fatal_kappa=kappa(fatal),
    )
