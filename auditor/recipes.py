"""Ways to learn that are compared: text units and learner. scikit-learn is imported inside functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from auditor.classifier import prepare
from auditor.errors import AuditorError
from auditor.text import Tokenizer

MIN_TEXTS_A_GRAM = 2
MAX_GRAMS = 40_000
#: A model stays under 2 MB: so many bytes for its numbers (4 each) and its n-grams (about 12 each).
MODEL_BYTES = 1_900_000
MAX_ITERATIONS = 3_000
#: The linear SVM is calibrated on parts of a label's rows: with fewer of a label there is nothing to calibrate on.
MIN_ROWS_TO_CALIBRATE = 30


@dataclass(frozen=True)
class Recipe:
    """One way to learn: text units (``char``, ``word`` or ``both``), their n-gram range, and the learner.

    ``learner`` is ``logistic`` (logistic regression), ``svm`` (linear, calibrated by three folds), ``bayes``
    (complement naive Bayes) or ``sgd`` (log loss by stochastic gradient descent). ``strength`` is C of the first two
    (larger: trusts the corpus more), alpha of the others. Only character n-grams with logistic regression can be
    shipped; the others are there to be compared with.
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
    Recipe("char", (1, 2), "logistic", 10.0, False),
    Recipe("char", (1, 3), "logistic", 3.0, True),
    Recipe("char", (1, 3), "logistic", 10.0, False),
    Recipe("char", (1, 3), "logistic", 10.0, True),
    Recipe("char", (1, 3), "logistic", 30.0, False),
    Recipe("word", (1, 2), "logistic", 10.0, False),
    Recipe("both", (1, 3), "logistic", 10.0, False),
    Recipe("char", (1, 3), "bayes", 0.3, False),
    Recipe("char", (1, 3), "sgd", 1e-5, False),
    Recipe("char", (1, 3), "svm", 1.0, False),
)


def fit(
    recipe: Recipe,
    texts: Sequence[str],
    labels: Sequence[tuple[str, ...]],
    learned: Sequence[str],
    multi: bool = False,
    weights: Sequence[float] | None = None,
) -> Fitted:
    """Return a vectorizer and a learner fitted for texts and their labels, each text weighing ``weights``.

    With ``multi`` the learner is one of two sides for each label of ``learned``; else every text has one label. Raises
    AuditorError if scikit-learn is not installed.
    """
    with _one_thread():
        vectorizer = _vectorizer(recipe, texts, len(learned))
        matrix = vectorizer.fit_transform(texts)
        learner: Any = OneByOne(recipe, tuple(learned)) if multi else _learner(recipe, multi)
        learner.fit(matrix, labels if multi else [label for (label,) in labels], sample_weight=weights)
        return Fitted(vectorizer, learner)


@dataclass(frozen=True)
class Fitted:
    """A fitted vectorizer and the learner behind it."""

    vectorizer: Any
    learner: Any

    @property
    def classes_(self) -> list[str]:
        """The labels in the order of the probabilities."""
        return list(self.learner.classes_)

    def predict_proba(self, texts: Sequence[str]) -> Any:
        """A row of probabilities for each text."""
        with _one_thread():
            return self.learner.predict_proba(self.vectorizer.transform(texts))


class OneByOne:
    """One learner for each label; columns of the probabilities are the labels. A label never seen has probability 0."""

    def __init__(self, recipe: Recipe, labels: tuple[str, ...]) -> None:
        self.recipe, self.classes_ = recipe, labels
        self._learners: list[Any] = []

    def fit(self, matrix: Any, labels: Sequence[tuple[str, ...]], sample_weight: Sequence[float] | None = None) -> Any:
        """Fit every label against all texts without it."""
        for label in self.classes_:
            sides = [label in mine for mine in labels]
            one = _learner(self.recipe, True).fit(matrix, sides, sample_weight=sample_weight) if any(sides) else None
            self._learners.append(one)
        return self

    def predict_proba(self, matrix: Any) -> Any:
        """A row for each text, a column for each label."""
        import numpy

        nothing = numpy.zeros(matrix.shape[0])
        columns = [nothing if one is None else one.predict_proba(matrix)[:, 1] for one in self._learners]
        return numpy.column_stack(columns)

    @property
    def coef_(self) -> Any:
        """The weights, a row for each label; raises AttributeError for a learner that is not linear."""
        return [one.coef_[0] for one in self._learners]

    @property
    def intercept_(self) -> Any:
        """The intercepts, one for each label."""
        return [one.intercept_[0] for one in self._learners]


def _learner(recipe: Recipe, two_sided: bool) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    weight = "balanced" if recipe.balanced else None
    if recipe.learner == "bayes":
        return ComplementNB(alpha=recipe.strength)
    if recipe.learner == "sgd":
        return SGDClassifier(loss="log_loss", alpha=recipe.strength, random_state=0, class_weight=weight)
    if recipe.learner == "svm":
        return CalibratedClassifierCV(LinearSVC(C=recipe.strength, class_weight=weight, random_state=0), cv=3)
    solver = {"solver": "liblinear", "random_state": 0} if two_sided else {"tol": 1e-4}
    return LogisticRegression(C=recipe.strength, class_weight=weight, max_iter=MAX_ITERATIONS, **solver)


def _vectorizer(recipe: Recipe, texts: Sequence[str], labels: int) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vocabulary = _vocabulary(texts, lambda text: set(_units(recipe, text)), labels)
    if recipe.units == "char":
        return TfidfVectorizer(
            analyzer="char", preprocessor=prepare, ngram_range=recipe.ngrams, sublinear_tf=True, vocabulary=vocabulary
        )
    return TfidfVectorizer(analyzer=lambda text: _units(recipe, text), sublinear_tf=True, vocabulary=vocabulary)


def _vocabulary(texts: Sequence[str], analyse: Callable[[str], set[str]], labels: int) -> list[str]:
    """The n-grams found in at least MIN_TEXTS_A_GRAM texts, the commonest of them that fit into a model, sorted.

    Chosen here and not by scikit-learn, whose choice among equally common ones depends on the machine.
    """
    counts = Counter(gram for text in texts for gram in analyse(text))
    least = min(MIN_TEXTS_A_GRAM, max(counts.values()))
    common = [(-count, gram) for gram, count in counts.items() if count >= least]
    most = min(MAX_GRAMS, MODEL_BYTES // (4 * (labels + 1) + 12))
    return sorted(gram for _, gram in sorted(common)[:most])


def _units(recipe: Recipe, text: str) -> list[str]:
    """Every n-gram of a text; words are told from characters by the space behind them."""
    prepared = prepare(text)
    grams = [] if recipe.units == "word" else _grams(prepared, "", recipe.ngrams)
    if recipe.units != "char":
        grams += [f"{gram} " for gram in _grams(_words(prepared), " ", (1, 2))]
    return grams


def _grams(units: Sequence[str], glue: str, sizes: tuple[int, int]) -> list[str]:
    return [
        glue.join(units[at : at + size])
        for size in range(sizes[0], sizes[1] + 1)
        for at in range(len(units) - size + 1)
    ]


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
