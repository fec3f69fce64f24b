"""How good a classifier is: confusion matrix, precision, recall, F1, calibration, thresholds with few false alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

#: A threshold is trusted only if it rests on so many texts at least.
MIN_FLAGGED = 5
#: From one half up, only the likeliest label can reach its threshold.
THRESHOLDS = tuple(hundredth / 100 for hundredth in range(50, 100))
#: Bins of a calibration curve, each a tenth of the probabilities.
BINS = 10

#: The labels of one text.
Labels = Collection[str]


@dataclass(frozen=True)
class LabelScore:
    """Figures of one label, each between 0 and 1; None where nothing was there to divide by."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Evaluation:
    """``counts`` holds (right, given, true) of each label; ``exact`` counts the texts whose labels are all right.

    ``confusion[i][j]`` counts the texts of label i that were given label j; None where a text may carry several.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, int, int], ...]
    exact: int
    total: int
    confusion: tuple[tuple[int, ...], ...] | None

    @property
    def accuracy(self) -> float | None:
        """Share of texts given exactly their own labels."""
        return share(self.exact, self.total)

    @property
    def macro_f1(self) -> float | None:
        """Plain mean of the labels' F1, over labels that occur in the texts."""
        scores = [self.score(label) for label in self.labels]
        values = [score.f1 or 0.0 for score in scores if score.support]
        return sum(values) / len(values) if values else None

    def score(self, label: str) -> LabelScore:
        """Precision, recall, F1 and number of texts of one label."""
        hits, given, support = self.counts[self.labels.index(label)]
        return LabelScore(share(hits, given), share(hits, support), share(2 * hits, given + support), support)


@dataclass(frozen=True)
class Threshold:
    """A probability from which on a label is given, and what that gives.

    ``false_alarms`` is the share of neutral texts that reach it.
    """

    probability: float
    precision: float
    recall: float
    false_alarms: float


@dataclass(frozen=True)
class Bin:
    """One step of a calibration curve: so many judgements, their mean probability, the share of them that is true."""

    count: int
    predicted: float
    observed: float


def evaluate(labels: Sequence[str], truth: Sequence[Labels], given: Sequence[Labels]) -> Evaluation:
    """Count true against given labels; both lists are in the same order of texts, each text with one label or more."""
    pairs = [(set(true), set(guess)) for true, guess in zip(truth, given, strict=True)]
    counts = tuple(
        (
            sum(label in true and label in guess for true, guess in pairs),
            sum(label in guess for _, guess in pairs),
            sum(label in true for true, _ in pairs),
        )
        for label in labels
    )
    exact = sum(true == guess for true, guess in pairs)
    single = all(len(true) == len(guess) == 1 for true, guess in pairs)
    return Evaluation(tuple(labels), counts, exact, len(pairs), _confusion(labels, pairs) if single else None)


def _confusion(labels: Sequence[str], pairs: Sequence[tuple[set[str], set[str]]]) -> tuple[tuple[int, ...], ...]:
    at = {label: index for index, label in enumerate(labels)}
    counts = [[0] * len(labels) for _ in labels]
    for (true,), (guess,) in pairs:
        counts[at[true]][at[guess]] += 1
    return tuple(map(tuple, counts))


def at_threshold(
    label: str, neutral: str, truth: Sequence[Labels], scores: Sequence[float], probability: float
) -> Threshold | None:
    """What flagging every text whose score for ``label`` reaches ``probability`` gives; None if that flags nothing."""
    flagged = [true for true, score in zip(truth, scores, strict=True) if score >= probability]
    if not flagged:
        return None
    hits = sum(label in true for true in flagged)
    recall = share(hits, sum(label in true for true in truth))
    alarms = share(sum(neutral in true for true in flagged), sum(neutral in true for true in truth))
    return Threshold(probability, hits / len(flagged), recall or 0.0, alarms or 0.0)


def choose_threshold(
    label: str, neutral: str, truth: Sequence[Labels], scores: Sequence[float], precision: float, false_alarms: float
) -> Threshold | None:
    """The lowest of THRESHOLDS with at least that precision and at most that share of false alarms, or None."""
    for probability in THRESHOLDS:
        flagged = sum(score >= probability for score in scores)
        found = at_threshold(label, neutral, truth, scores, probability)
        if flagged >= MIN_FLAGGED and found and found.precision >= precision and found.false_alarms <= false_alarms:
            return found
    return None


def calibration(truths: Sequence[bool], scores: Sequence[float]) -> tuple[Bin | None, ...]:
    """BINS steps of probability and what became true in each; None for a step without judgements."""
    steps: list[list[tuple[bool, float]]] = [[] for _ in range(BINS)]
    for true, score in zip(truths, scores, strict=True):
        steps[min(int(score * BINS), BINS - 1)].append((true, score))
    return tuple(
        Bin(len(step), sum(score for _, score in step) / len(step), sum(true for true, _ in step) / len(step))
        if step
        else None
        for step in steps
    )


def calibration_error(curve: Sequence[Bin | None]) -> float:
    """Mean distance between predicted and observed, each step counted by its judgements; 0 without any."""
    total = sum(step.count for step in curve if step)
    return sum(step.count * abs(step.predicted - step.observed) for step in curve if step) / max(total, 1)


def share(part: int, whole: int) -> float | None:
    """Part of a whole, None if there is nothing to divide by."""
    return part / whole if whole else None
