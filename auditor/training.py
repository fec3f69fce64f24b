"""Train a classifier from labelled sentences, the same bytes every time. scikit-learn is imported inside functions."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.classifier import FLAGGED, Header, Model
from auditor.corpus import Corpus, Row, Split, split_corpus
from auditor.errors import AuditorError
from auditor.evaluation import Evaluation, Labels, Threshold, choose_threshold, evaluate
from auditor.recipes import MIN_ROWS_TO_CALIBRATE, RECIPES, Fitted, Recipe, fit
from auditor.weakdata import Weak

FOLDS = 5
#: Wanted of every threshold on the cross-validation folds: precision, and at most this share of neutral texts over
#: it. In real chats nearly every text is neutral, so precision on a corpus half full of faults is not enough.
PRECISION_GOAL = 0.9
FALSE_ALARM_LIMIT = 0.003
#: A simpler recipe is kept if its recall at the thresholds is at most so much under the best.
TOLERANCE = 0.01


@dataclass(frozen=True)
class Task:
    """What is to be learned: the labels in order, the one that is no fault, and whether a text may carry several.

    With ``multi`` the neutral label is what is left when no other holds.
    """

    name: str
    labels: tuple[str, ...]
    neutral: str
    multi: bool = False

    @property
    def learned(self) -> tuple[str, ...]:
        """The labels that the model itself holds."""
        return tuple(label for label in self.labels if not (self.multi and label == self.neutral))

    def given(self, scores: Sequence[float]) -> tuple[str, ...]:
        """The labels that probabilities (in the order of ``learned``) amount to."""
        if not self.multi:
            return (self.learned[max(range(len(scores)), key=scores.__getitem__)],)
        flagged = (label for label, score in zip(self.learned, scores, strict=True) if score >= FLAGGED)
        return tuple(flagged) or (self.neutral,)


@dataclass(frozen=True)
class Trial:
    """A recipe and how it did when every training row was judged by a model that had not seen it or its versions.

    ``scores`` are those judgements, in the order of the training rows and of :attr:`Task.learned`. ``thresholds`` holds
    one for each label but the neutral one, or None where no threshold is good enough.
    """

    recipe: Recipe
    evaluation: Evaluation
    thresholds: Mapping[str, Threshold | None]
    scores: tuple[tuple[float, ...], ...]

    @property
    def usable_recall(self) -> float:
        """Mean recall of the labels at their thresholds: what is found without accusing the innocent."""
        return sum(found.recall if found else 0.0 for found in self.thresholds.values()) / len(self.thresholds)


@dataclass(frozen=True)
class Trained:
    """A model, the split it was learned on, all trials, the one chosen, and how the model did on the test rows."""

    task: Task
    model: Model
    split: Split
    trials: tuple[Trial, ...]
    chosen: Trial
    test: Evaluation
    weak: Weak | None


def train(corpus: Corpus, task: Task, recipes: Sequence[Recipe] = RECIPES, weak: Weak | None = None) -> Trained:
    """Compare the recipes on the training rows, learn with the simplest that wins, measure on the test rows.

    ``weak`` are additional texts that are learned from but never judged. Raises AuditorError if the corpus is too small
    to split, a text has several labels where it may have one only, or scikit-learn is not installed.
    """
    if not task.multi and any(len(row.labels) > 1 for row in corpus.rows):
        raise AuditorError("语料里有一句话写了几个标签：请在 about.toml 里写 multi = true，或每句只留一个标签。")
    split = split_corpus(corpus)
    rarest = min(Counter(label for row in split.train for label in row.labels).values())
    able = [recipe for recipe in recipes if recipe.learner != "svm" or rarest >= MIN_ROWS_TO_CALIBRATE]
    trials = tuple(_try(recipe, split, task, weak) for recipe in able)
    chosen = _simplest_winner(trials)
    fitted = _learn(chosen.recipe, split.train, task, weak)
    model = to_model(fitted, chosen.recipe, task, corpus.sha256, weak)
    given = [model.given(said) for said in model.predict_many(row.text for row in split.test)]
    test = evaluate(task.labels, [row.labels for row in split.test], given)
    return Trained(task, model, split, trials, chosen, test, weak)


def to_model(fitted: Fitted, recipe: Recipe, task: Task, corpus_sha256: str, weak: Weak | None = None) -> Model:
    """Copy a fitted pipeline of a shippable recipe into plain arrays, labels in the task's order."""
    import sklearn

    vectorizer, learner = fitted.vectorizer, fitted.learner
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(coefficients) == 1 and not task.multi:  # two labels: one row z, sigmoid(z) = softmax(-z/2, z/2)
        coefficients = [-coefficients[0] / 2, coefficients[0] / 2]
        intercepts = [-intercepts[0] / 2, intercepts[0] / 2]
    known = list(learner.classes_)
    order = [known.index(label) for label in task.learned]
    weights = array("f")
    for row in zip(*(coefficients[at].tolist() for at in order), strict=True):
        weights.extend(row)
    vocabulary = {gram: int(row) for gram, row in vectorizer.vocabulary_.items()}
    header = Header(
        name=task.name,
        labels=task.learned,
        ngrams=recipe.ngrams,
        sublinear=True,
        grams=len(vocabulary),
        vocabulary_bytes=sum(len(gram.encode()) + 1 for gram in vocabulary),
        corpus_sha256=corpus_sha256,
        command=f"auditor model train corpus.csv -o {task.name}",
        learner=", ".join([f"scikit-learn {sklearn.__version__}", *([weak.origin] if weak else [])]),
        multi=task.multi,
        neutral=task.neutral,
    )
    idf = array("f", vectorizer.idf_.tolist())
    return Model(header, vocabulary, idf, weights, array("f", [float(intercepts[at]) for at in order]))


def _learn(recipe: Recipe, rows: Sequence[Row], task: Task, weak: Weak | None) -> Fitted:
    """A recipe fitted on rows of the corpus and the weak texts."""
    texts, labels = [row.text for row in rows], [tuple(row.labels) for row in rows]
    weights = [1.0] * len(rows)
    if weak:
        texts += weak.texts
        labels += [(label,) for label in weak.labels]
        weights += [weak.weight] * len(weak.texts)
    return fit(recipe, texts, labels, task.learned, task.multi, weights)


def _try(recipe: Recipe, split: Split, task: Task, weak: Weak | None) -> Trial:
    truth: list[Labels] = [row.labels for row in split.train]
    rows = _judge_hidden(recipe, split, task, weak)
    thresholds = {
        label: choose_threshold(
            label, task.neutral, truth, [row[at] for row in rows], PRECISION_GOAL, FALSE_ALARM_LIMIT
        )
        for at, label in enumerate(task.learned)
        if label != task.neutral
    }
    evaluation = evaluate(task.labels, truth, [task.given(row) for row in rows])
    return Trial(recipe, evaluation, thresholds, tuple(rows))


def _judge_hidden(recipe: Recipe, split: Split, task: Task, weak: Weak | None) -> list[tuple[float, ...]]:
    """The labels' probabilities for every training row, each from a pipeline fitted on the other folds."""
    folds = assign_folds([row.label for row in split.train], split.groups)
    scores: dict[int, tuple[float, ...]] = {}
    for fold in range(FOLDS):
        seen = [row for row, mine in zip(split.train, folds, strict=True) if mine != fold]
        hidden = [at for at, mine in enumerate(folds) if mine == fold]
        if not hidden:
            continue
        fitted = _learn(recipe, seen, task, weak)
        known = fitted.classes_
        for at, row in zip(hidden, fitted.predict_proba([split.train[at].text for at in hidden]), strict=True):
            scores[at] = tuple(float(row[known.index(label)]) if label in known else 0.0 for label in task.learned)
    return [scores[at] for at in range(len(split.train))]


def assign_folds(labels: Sequence[str], groups: Sequence[int]) -> list[int]:
    """Deal whole groups out to FOLDS folds, label by label, so that each fold has about the same mix."""
    label_of = dict(zip(reversed(groups), reversed(labels), strict=True))
    dealt: Counter[str] = Counter()
    fold_of: dict[int, int] = {}
    for group in dict.fromkeys(groups):
        fold_of[group] = dealt[label_of[group]] % FOLDS
        dealt[label_of[group]] += 1
    return [fold_of[group] for group in groups]


def _simplest_winner(trials: Sequence[Trial]) -> Trial:
    """The first recipe about as good as the best, by recall at the thresholds; by macro F1 if none has thresholds."""
    able = [trial for trial in trials if trial.recipe.shippable]
    merits = [trial.usable_recall for trial in able]
    if not any(merits):
        merits = [trial.evaluation.macro_f1 or 0.0 for trial in able]
    return next(trial for trial, merit in zip(able, merits, strict=True) if merit >= max(merits) - TOLERANCE)
