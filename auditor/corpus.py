"""Labelled sentences for training a classifier: near-duplicates, and the fixed test split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.classifier import prepare
from auditor.errors import AuditorError, Place, Problem

MIN_ROWS_A_LABEL = 5
#: Texts that share this part of their character pairs (Jaccard) count as versions of one sentence.
NEAR_DUPLICATE = 0.6
#: One in so many groups of sentences is kept for testing.
TEST_SHARE = 5
#: Between several labels of one text.
AND = "+"
#: What the column ``split`` says of a row.
TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class Row:
    """One labelled text and where it was read.

    ``source`` says where the sentence comes from; ``side`` is TRAIN or TEST if the corpus says so, else empty.
    """

    text: str
    label: str
    note: str
    place: Place
    source: str = ""
    side: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the text, one or several."""
        return tuple(self.label.split(AND))


@dataclass(frozen=True)
class Corpus:
    """Distinct rows in file order, and how many rows were dropped as exact repetitions."""

    rows: tuple[Row, ...]
    repeated: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label in order of first appearance."""
        return tuple(dict.fromkeys(label for row in self.rows for label in row.labels))

    @property
    def sha256(self) -> str:
        """Identifies texts and labels in their order; notes and file layout do not count."""
        lines = "".join(f"{row.text}\t{row.label}\n" for row in self.rows)
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class Split:
    """The rows a model may learn from, each with the number of its group of near-duplicates, and the test rows."""

    train: tuple[Row, ...]
    groups: tuple[int, ...]
    test: tuple[Row, ...]


def split_corpus(corpus: Corpus) -> Split:
    """Split by what the corpus says of a row, else by a hash of the text, so that a row never changes sides.

    Versions of one sentence stay together: a group is tested if one of its rows is marked so; a group without marks
    goes where its alphabetically first text goes. Raises AuditorError if a label is left with fewer than 2 groups to
    learn from.
    """
    texts = [prepare(row.text) for row in corpus.rows]
    groups = near_duplicate_groups(texts)
    first: dict[int, str] = {}
    marks: defaultdict[int, set[str]] = defaultdict(set)
    for row, text, group in zip(corpus.rows, texts, groups, strict=True):
        first[group] = min(text, first.get(group, text))
        marks[group].add(row.side)
    tested = {
        group
        for group, text in first.items()
        if TEST in marks[group] or (TRAIN not in marks[group] and _hash(text) % TEST_SHARE == 0)
    }
    pairs = list(zip(corpus.rows, groups, strict=True))
    train = [(row, group) for row, group in pairs if group not in tested]
    problems = []
    for label in corpus.labels:
        if len({group for row, group in train if label in row.labels}) < 2:
            place = next(row.place for row in corpus.rows if label in row.labels)
            said = f"“{label}”的句子彼此太像，留出测试句后不够训练，请补充不同的写法。"
            problems.append(Problem(place, "label", said))
    if problems:
        raise AuditorError("语料不够训练，什么都没有写出：", problems)
    test = tuple(row for row, group in pairs if group in tested)
    return Split(tuple(row for row, _ in train), tuple(group for _, group in train), test)


def near_duplicate_groups(texts: Sequence[str]) -> list[int]:
    """Give texts that are versions of one sentence, directly or through others, the same group number.

    A group's number is the index of one of its texts. Texts of fewer than 2 characters are groups of their own.
    """
    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in texts]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    parent = list(range(len(texts)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for item, mine in enumerate(pairs):
        shared: Counter[int] = Counter()
        for pair in mine:
            shared.update(holders[pair])
            holders[pair].append(item)
        for other, common in shared.items():
            if common >= NEAR_DUPLICATE * (len(mine) + len(pairs[other]) - common):
                parent[root(item)] = root(other)
    return [root(item) for item in range(len(texts))]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
