"""Train a classifier from labelled sentences, the same bytes every time. scikit-learn is imported inside functions."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from auditor.classifier import Header, Model, prepare
from auditor.corpus import Corpus, Split, split_corpus
from auditor.errors import AuditorError
from auditor.evaluation import Evaluation, Threshold, choose_threshold, evaluate
from auditor.text import Tokenizer

FOLDS = 5
MIN_TEXTS_A_GRAM = 2
#: Keeps a model of six labels under 2 MB.
MAX_GRAMS = 40_000
#: Wanted of every threshold on the cross-validation folds: precision, and at most this share of neutral texts over
#: it. In real chats nearly every text is neutral, so precision on a corpus half full of faults is not enough.
PRECISION_GOAL = 0.9
FALSE_ALARM_LIMIT = 0.003
#: A simpler recipe is kept if its recall at the thresholds is at most so much under the best.
TOLERANCE = 0.01
MAX_ITERATIONS = 3_000


@dataclass(frozen=True)
class Recipe:
    """One way to learn: text units, their n-gram range, and the learner.

    ``strength`` is C of the logistic regression (larger: trusts the corpus more) or alpha of naive Bayes. Only
    character n-grams with logistic regression can be shipped; the others are there to be compared with.
    """

    units: str
    ngrams: tuple[int, int]
    learner: str
    strength: float
    balanced: bool

    @property
    def shippable(self) -> bool:
        """Whether :class:`auditor.classifier.Model` can hold it."""
        return self.units == "char" and self.learner == "logistic"


#: From simple to complex: among near-equals the first wins.
RECIPES = (
    Recipe("char", (1, 2), "logistic", 3.0, True),
    Recipe("char", (1, 2), "logistic", 10.0, True),
    Recipe("char", (1, 3), "logistic", 3.0, True),
    Recipe("char", (1, 3), "logistic", 10.0, True),
    Recipe("char", (1, 3), "logistic", 10.0, False),
    Recipe("char", (1, 3), "logistic", 30.0, True),
    Recipe("char", (1, 3), "logistic", 30.0, False),
    Recipe("char", (2, 4), "logistic", 10.0, True),
    Recipe("char", (1, 4), "logistic", 10.0, True),
    Recipe("word", (1, 2), "logistic", 10.0, True),
    Recipe("char", (1, 3), "bayes", 0.3, False),
)


@dataclass(frozen=True)
class Trial:
    """A recipe and how it did when every training row was judged by a model that had not seen it or its versions.

    ``thresholds`` holds one for each label but the neutral one, or None where no threshold is good enough.
    """

    recipe: Recipe
    evaluation: Evaluation
    thresholds: Mapping[str, Threshold | None]

    @property
    def usable_recall(self) -> float:
        """Mean recall of the labels at their thresholds: what is found without accusing the innocent."""
        return sum(found.recall if found else 0.0 for found in self.thresholds.values()) / len(self.thresholds)


@dataclass(frozen=True)
class Trained:
    """A model, the split it was learned on, all trials, the one chosen, and how the model did on the test rows."""

    model: Model
    split: Split
    trials: tuple[Trial, ...]
    chosen: Trial
    test: Evaluation


def train(
    corpus: Corpus, name: str, labels: Sequence[str], neutral: str, recipes: Sequence[Recipe] = RECIPES
) -> Trained:
    """Compare the recipes on the training rows, learn with the simplest that wins, measure on the test rows.

    ``labels`` fixes the order of the labels, ``neutral`` is the one that is no fault. Raises AuditorError if the
    corpus is too small to split or scikit-learn is not installed.
    """
    split = split_corpus(corpus)
    trials = tuple(_try(recipe, split, labels, neutral) for recipe in recipes)
    chosen = _simplest_winner(trials)
    model = _learn(chosen.recipe, split, labels, name, corpus.sha256)
    test = evaluate(labels, [row.label for row in split.test], [model.predict(row.text).label for row in split.test])
    return Trained(model, split, trials, chosen, test)


def fit(recipe: Recipe, texts: Sequence[str], labels: Sequence[str]) -> Any:
    """Return a fitted scikit-learn pipeline (vectorizer, learner) for texts and their labels.

    Raises AuditorError if scikit-learn is not installed.
    """
    with _one_thread():
        return _fit(recipe, texts, labels)


def _fit(recipe: Recipe, texts: Sequence[str], labels: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    analyse = _analyser(recipe)
    units: dict[str, Any] = {"analyzer": "char", "preprocessor": prepare} if recipe.units == "char" else {}
    if recipe.units == "word":
        units = {"tokenizer": _words, "preprocessor": prepare, "token_pattern": None}
    vectorizer = TfidfVectorizer(
        ngram_range=recipe.ngrams, sublinear_tf=True, vocabulary=_vocabulary(texts, analyse), **units
    )
    if recipe.learner == "bayes":
        return make_pipeline(vectorizer, MultinomialNB(alpha=recipe.strength)).fit(texts, labels)
    weight = "balanced" if recipe.balanced else None
    learner = LogisticRegression(C=recipe.strength, class_weight=weight, max_iter=MAX_ITERATIONS, tol=1e-6)
    return make_pipeline(vectorizer, learner).fit(texts, labels)


def to_model(pipeline: Any, recipe: Recipe, labels: Sequence[str], name: str, corpus_sha256: str) -> Model:
    """Copy a fitted pipeline of a shippable recipe into plain arrays, labels in the given order."""
    import sklearn

    vectorizer, learner = pipeline[0], pipeline[-1]
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(coefficients) == 1:  # two labels: one row z, probability sigmoid(z) = softmax(-z/2, z/2)
        coefficients = [-coefficients[0] / 2, coefficients[0] / 2]
        intercepts = [-intercepts[0] / 2, intercepts[0] / 2]
    known = list(learner.classes_)
    order = [known.index(label) for label in labels]
    weights = array("f")
    for row in zip(*(coefficients[at].tolist() for at in order), strict=True):
        weights.extend(row)
    vocabulary = {gram: int(row) for gram, row in vectorizer.vocabulary_.items()}
    header = Header(
        name=name,
        labels=tuple(labels),
        ngrams=recipe.ngrams,
        sublinear=True,
        grams=len(vocabulary),
        vocabulary_bytes=sum(len(gram.encode()) + 1 for gram in vocabulary),
        corpus_sha256=corpus_sha256,
        command=f"auditor model train corpus.csv -o {name}",
        learner=f"scikit-learn {sklearn.__version__}",
    )
    idf = array("f", vectorizer.idf_.tolist())
    return Model(header, vocabulary, idf, weights, array("f", [float(intercepts[at]) for at in order]))


def _learn(recipe: Recipe, split: Split, labels: Sequence[str], name: str, corpus_sha256: str) -> Model:
    pipeline = fit(recipe, [row.text for row in split.train], [row.label for row in split.train])
    return to_model(pipeline, recipe, labels, name, corpus_sha256)


def _try(recipe: Recipe, split: Split, labels: Sequence[str], neutral: str) -> Trial:
    truth, rows = [row.label for row in split.train], _judge_hidden(recipe, split, labels)
    given = [labels[max(range(len(labels)), key=row.__getitem__)] for row in rows]
    thresholds = {
        label: choose_threshold(label, neutral, truth, [row[at] for row in rows], PRECISION_GOAL, FALSE_ALARM_LIMIT)
        for at, label in enumerate(labels)
        if label != neutral
    }
    return Trial(recipe, evaluate(labels, truth, given), thresholds)


def _judge_hidden(recipe: Recipe, split: Split, labels: Sequence[str]) -> list[tuple[float, ...]]:
    """The labels' probabilities for every training row, each from a pipeline fitted on the other folds."""
    folds = assign_folds([row.label for row in split.train], split.groups)
    scores: dict[int, tuple[float, ...]] = {}
    for fold in range(FOLDS):
        seen = [row for row, mine in zip(split.train, folds, strict=True) if mine != fold]
        hidden = [at for at, mine in enumerate(folds) if mine == fold]
        if not hidden:
            continue
        pipeline = fit(recipe, [row.text for row in seen], [row.label for row in seen])
        known = list(pipeline.classes_)
        for at, row in zip(hidden, pipeline.predict_proba([split.train[at].text for at in hidden]), strict=True):
            scores[at] = tuple(float(row[known.index(label)]) if label in known else 0.0 for label in labels)
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


def _vocabulary(texts: Sequence[str], analyse: Callable[[str], set[str]]) -> list[str]:
    """The n-grams found in at least MIN_TEXTS_A_GRAM texts, the commonest MAX_GRAMS of them, sorted.

    Chosen here and not by scikit-learn, whose choice among equally common ones depends on the machine.
    """
    counts = Counter(gram for text in texts for gram in analyse(text))
    least = min(MIN_TEXTS_A_GRAM, max(counts.values()))
    common = [(-count, gram) for gram, count in counts.items() if count >= least]
    return sorted(gram for _, gram in sorted(common)[:MAX_GRAMS])


def _analyser(recipe: Recipe) -> Callable[[str], set[str]]:
    shortest, longest = recipe.ngrams

    def analyse(text: str) -> set[str]:
        units: Sequence[str] = prepare(text) if recipe.units == "char" else _words(prepare(text))
        glue = "" if recipe.units == "char" else " "
        sizes = range(shortest, longest + 1)
        return {glue.join(units[at : at + size]) for size in sizes for at in range(len(units) - size + 1)}

    return analyse


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer()


def _words(text: str) -> list[str]:
    return [word for word in _tokenizer().tokens(text) if not word.isspace()]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one fixed order: several threads would change the last digits, and so the bytes."""
    try:
        import sklearn  # noqa: F401
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise AuditorError("训练需要 scikit-learn：请先运行 pip install scikit-learn。") from error
    with threadpool_limits(1):
        yield
