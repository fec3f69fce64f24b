"""How good a classifier is: confusion matrix, precision, recall, F1, and thresholds with few false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: A threshold is trusted only if it rests on so many texts at least.
MIN_FLAGGED = 5
#: From one half up, only the likeliest label can reach its threshold.
THRESHOLDS = tuple(hundredth / 100 for hundredth in range(50, 100))


@dataclass(frozen=True)
class LabelScore:
    """Figures of one label, each between 0 and 1; None where nothing was there to divide by."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Evaluation:
    """``confusion[i][j]`` counts the texts of label i that were given label j."""

    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """Number of texts judged."""
        return sum(map(sum, self.confusion))

    @property
    def accuracy(self) -> float | None:
        """Share of texts given their own label."""
        return _share(sum(row[at] for at, row in enumerate(self.confusion)), self.total)

    @property
    def macro_f1(self) -> float | None:
        """Plain mean of the labels' F1, over labels that occur in the texts."""
        scores = [self.score(label) for label in self.labels]
        values = [score.f1 or 0.0 for score in scores if score.support]
        return sum(values) / len(values) if values else None

    def score(self, label: str) -> LabelScore:
        """Precision, recall, F1 and number of texts of one label."""
        at = self.labels.index(label)
        hits, support = self.confusion[at][at], sum(self.confusion[at])
        given = sum(row[at] for row in self.confusion)
        return LabelScore(_share(hits, given), _share(hits, support), _share(2 * hits, given + support), support)


@dataclass(frozen=True)
class Threshold:
    """A probability from which on a label is given, and what that gives.

    ``false_alarms`` is the share of neutral texts that reach it.
    """

    probability: float
    precision: float
    recall: float
    false_alarms: float


def evaluate(labels: Sequence[str], truth: Sequence[str], given: Sequence[str]) -> Evaluation:
    """Count true against given labels; both lists are in the same order of texts."""
    at = {label: index for index, label in enumerate(labels)}
    counts = [[0] * len(labels) for _ in labels]
    for true, guess in zip(truth, given, strict=True):
        counts[at[true]][at[guess]] += 1
    return Evaluation(tuple(labels), tuple(map(tuple, counts)))


def at_threshold(
    label: str, neutral: str, truth: Sequence[str], scores: Sequence[float], probability: float
) -> Threshold | None:
    """What flagging every text whose score for ``label`` reaches ``probability`` gives; None if that flags nothing."""
    flagged = [true for true, score in zip(truth, scores, strict=True) if score >= probability]
    if not flagged:
        return None
    hits = flagged.count(label)
    recall, alarms = _share(hits, truth.count(label)), _share(flagged.count(neutral), truth.count(neutral))
    return Threshold(probability, hits / len(flagged), recall or 0.0, alarms or 0.0)


def choose_threshold(
    label: str, neutral: str, truth: Sequence[str], scores: Sequence[float], precision: float, false_alarms: float
) -> Threshold | None:
    """The lowest of THRESHOLDS with at least that precision and at most that share of false alarms, or None."""
    for probability in THRESHOLDS:
        flagged = sum(score >= probability for score in scores)
        found = at_threshold(label, neutral, truth, scores, probability)
        if flagged >= MIN_FLAGGED and found and found.precision >= precision and found.false_alarms <= false_alarms:
            return found
    return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
