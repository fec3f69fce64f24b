"""A trained text classifier as plain arrays: load it, predict, explain. No scikit-learn, no numpy, no pickle.

A model is a folder. Its ``model.bin`` is one magic line, one line of canonical JSON (the header) and a payload: the
vocabulary as UTF-8 lines, then little-endian float32 numbers: idf, weights (a row of labels for each n-gram) and
intercepts. Reading it runs nothing from the file, and the header's sha256 covers both the header and the payload.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, reason

MODEL_FILE = "model.bin"
MAGIC = b"auditor-model\n"
FORMAT = 2
MAX_MODEL_BYTES = 8 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
#: From this probability on a label is given where a text may carry several.
FLAGGED = 0.5

#: What :func:`prepare` puts in place of things whose own characters say nothing about attitude.
START, END, PLACEHOLDER, EMOJI, UNHAPPY = "⊢", "⊣", "□", "☺", "☹"

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord(START): " ", ord(END): " "}
_UNHAPPY = re.compile(
    r"[☹😠😡😤😒🙄😓😞😟😣😩😫😭😢🤬👎💔😑][\ufe0f\u200d]*"
    r"|\[(?:怒|发怒|生气|愤怒|撇嘴|白眼|流泪|大哭|抓狂|鄙视|敲打|衰|晕|弱|难过|委屈|快哭了)\]"
)
_EMOJI = re.compile(
    r"#e-[a-z](?:\[数字x\]|\d)*"  # platform emoji code, also as de-identification leaves it
    r"|/:[^\s/]{1,4}"
    r"|\[[一-鿿]{1,4}\]"
    r"|[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0f\u200d]*"
)
_NUMBER = re.compile(r"\[(?:数字|金额|日期|时间)x?\]|\d+(?:[.,:]\d+)*")
_PLACEHOLDER = re.compile(r"(?:https?://|www\.)[!-~]+|\[[一-鿿]{2,6}x\]|\[[a-z]+_\d+\]")
_SPACE = re.compile(r"\s+")
#: Not part of a piece that is shown as evidence.
_EDGES = START + END + " ,.!?;:~，。！？；：、…"


def prepare(text: str) -> str:
    """Return the text as the model sees it, in training and in prediction alike.

    Full-width ASCII and upper case are folded, emoji become one sign (those that show displeasure another), links and
    placeholders another, every number becomes 0, white space one space; a sign marks the start and the end, so that a
    whole reply of one word differs from the same word in a sentence. Offsets are not kept.
    """
    folded = text.translate(_FOLD).lower()
    folded = _EMOJI.sub(_mood_sign, folded)
    folded = _PLACEHOLDER.sub(PLACEHOLDER, _NUMBER.sub("0", folded))
    return START + _SPACE.sub(" ", folded).strip() + END


def _mood_sign(found: re.Match[str]) -> str:
    return UNHAPPY if _UNHAPPY.match(found[0]) else EMOJI


@dataclass(frozen=True)
class Prediction:
    """The likeliest label, its probability (0 to 1) and the probabilities of all labels, in the model's order.

    Where a text may carry several labels, the label is the neutral one (probability: that none holds as far as the
    likeliest tells) unless the likeliest reaches one half.
    """

    label: str
    probability: float
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Header:
    """What a model file says about itself; ``sha256`` identifies header and payload together.

    ``ngrams`` is the shortest and longest character n-gram. ``multi``: a text may carry several labels, each with a
    probability of its own; ``neutral`` (the label that is no fault) is then not among ``labels``. ``learner`` (training
    library and version) is kept for information only: nothing depends on it.
    """

    name: str
    labels: tuple[str, ...]
    ngrams: tuple[int, int]
    sublinear: bool
    grams: int
    vocabulary_bytes: int
    corpus_sha256: str
    command: str
    learner: str
    multi: bool = False
    neutral: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Model:
    """A logistic regression over TF-IDF weighted character n-grams: multinomial, or one for each label if ``multi``.

    ``weights`` holds ``len(labels)`` numbers for each n-gram, in vocabulary order.
    """

    header: Header
    vocabulary: Mapping[str, int]
    idf: array[float]
    weights: array[float]
    intercepts: array[float]

    @property
    def name(self) -> str:
        """The model's name, as rules and reports call it."""
        return self.header.name

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label the model can give, in the order of :attr:`Prediction.scores`."""
        return self.header.labels

    def predict(self, text: str) -> Prediction:
        """Classify one text; an empty text is classified by the labels' frequencies alone. Never raises."""
        totals = list(self.intercepts)
        weights, width = self.weights, len(totals)
        columns = range(width)
        for row, value in self._features(text).items():
            base = row * width
            for column in columns:
                totals[column] += value * weights[base + column]
        scores = tuple(map(_sigmoid, totals)) if self.header.multi else _softmax(totals)
        best = max(columns, key=scores.__getitem__)
        if self.header.multi and scores[best] < FLAGGED:
            return Prediction(self.header.neutral, 1 - scores[best], scores)
        return Prediction(self.labels[best], scores[best], scores)

    def predict_many(self, texts: Iterable[str]) -> list[Prediction]:
        """Classify a batch, every distinct text once; the answers are in the order of the texts."""
        known: dict[str, Prediction] = {}
        return [known.get(text) or known.setdefault(text, self.predict(text)) for text in texts]

    def given(self, prediction: Prediction) -> tuple[str, ...]:
        """Every label that a prediction gives: the likeliest, or all that reach one half where several may."""
        flagged = (label for label, score in zip(self.labels, prediction.scores, strict=True) if score >= FLAGGED)
        return (tuple(flagged) if self.header.multi else ()) or (prediction.label,)

    def explain(
        self, text: str, label: str, limit: int = 5, *, against: bool = False
    ) -> tuple[tuple[str, float], ...]:
        """Return up to ``limit`` pieces of the text that speak most for ``label``, each with what it adds to its score.

        With ``against``: those that speak most against it, each with what it takes from the score.

        A piece counts with all that it contains, so that whole words win over their characters; pieces that contain,
        or are contained in, a stronger one are left out. Raises KeyError for a label the model lacks.
        """
        if label not in self.labels:
            raise KeyError(label)
        width, column = len(self.labels), self.labels.index(label)
        features, grams = self._features(text), list(self.vocabulary)
        side = -1 if against else 1
        adds = {grams[row]: side * value * self.weights[row * width + column] for row, value in features.items()}
        worth = {gram.strip(_EDGES): sum(adds.get(part, 0.0) for part in _substrings(gram)) for gram in adds}
        ranked = sorted(((gram, added) for gram, added in worth.items() if gram and added > 0), key=_strongest)
        return tuple(islice(_distinct(ranked), limit))

    def _features(self, text: str) -> dict[int, float]:
        """Vocabulary row -> TF-IDF value of the text, normalised to length 1."""
        prepared, vocabulary, idf = prepare(text), self.vocabulary, self.idf
        counts: dict[int, int] = {}
        shortest, longest = self.header.ngrams
        for size in range(shortest, longest + 1):
            for start in range(len(prepared) - size + 1):
                row = vocabulary.get(prepared[start : start + size])
                if row is not None:
                    counts[row] = counts.get(row, 0) + 1
        if self.header.sublinear:
            values = {row: (1.0 + math.log(count)) * idf[row] for row, count in counts.items()}
        else:
            values = {row: count * idf[row] for row, count in counts.items()}
        length = math.sqrt(sum(value * value for value in values.values()))
        return {row: value / length for row, value in values.items()} if length else {}


def _sigmoid(total: float) -> float:
    """1 / (1 + e^-total), without overflow on either side."""
    power = math.exp(-abs(total))
    return 1 / (1 + power) if total >= 0 else power / (1 + power)


def _softmax(totals: list[float]) -> tuple[float, ...]:
    top = max(totals)
    powers = [math.exp(total - top) for total in totals]
    whole = sum(powers)
    return tuple(power / whole for power in powers)


def _substrings(gram: str) -> set[str]:
    ends = range(1, len(gram) + 1)
    return {gram[start:end] for end in ends for start in range(end)}


def _strongest(piece: tuple[str, float]) -> tuple[float, str]:
    return -piece[1], piece[0]


def _distinct(ranked: Iterable[tuple[str, float]]) -> Iterable[tuple[str, float]]:
    """Drop pieces that contain, or are contained in, one already given."""
    given: list[str] = []
    for gram, added in ranked:
        if not any(gram in other or other in gram for other in given):
            given.append(gram)
            yield gram, added


def dump_model(model: Model) -> bytes:
    """Return the content of ``model.bin`` for a model; the same model always gives the same bytes."""
    payload = "".join(f"{gram}\n" for gram in model.vocabulary).encode()
    head = _header_fields(model.header) | {"vocabulary_bytes": len(payload)}
    for numbers in (model.idf, model.weights, model.intercepts):
        payload += _little_endian(numbers).tobytes()
    head["sha256"] = _digest(head, payload)
    return MAGIC + _canonical(head) + b"\n" + payload


def load_model(folder: Path) -> Model:
    """Read the model in a folder.

    Raises AuditorError, with one Chinese sentence that names the file and what to do, if it is missing, empty, cut,
    damaged, foreign, made by a newer auditor, or holds numbers that are not finite.
    """
    path = folder / MODEL_FILE
    content = _read(path)
    if not content.startswith(MAGIC):
        raise AuditorError(
            f"{path} 不是 auditor 的模型文件（pickle、joblib、npz 一律不读）：请用 auditor model train 从语料重新训练。"
        )
    line, newline, payload = content[len(MAGIC) :].partition(b"\n")
    head = _parse_header(line) if newline else None
    if head is None:
        raise _damaged(path)
    if head.get("format") != FORMAT:
        if isinstance(head.get("format"), int) and head["format"] > FORMAT:
            raise AuditorError(f"{path} 由更新版本的 auditor 生成：请升级 auditor，或用当前版本重新训练。")
        if isinstance(head.get("format"), int) and head["format"] > 0:
            raise AuditorError(f"{path} 是旧格式的模型：请用 auditor model train 从它旁边的 corpus.csv 重新训练。")
        raise _damaged(path)
    if _canonical(head) != line or head.get("sha256") != _digest(head, payload):
        raise _damaged(path)
    return _unpack(path, head, payload)


def _read(path: Path) -> bytes:
    """The file's bytes, refusing at once what cannot be a model: no file, a pipe, nothing in it, far too much."""
    try:
        if not path.exists():
            raise AuditorError(f"找不到模型文件 {path}：请检查文件夹，或用 auditor model train 从语料训练一个。")
        if not path.is_file():
            raise AuditorError(f"{path} 不是普通文件：请指向 auditor model train 生成的模型文件夹。")
        size = path.stat().st_size
        if size == 0:
            raise AuditorError(f"模型文件 {path} 是空的：请用 auditor model train 重新训练。")
        if size > MAX_MODEL_BYTES:
            raise AuditorError(f"{path} 有 {size / 1e6:.0f} MB，不像模型文件：请用 auditor model train 重新训练。")
        return path.read_bytes()
    except OSError as error:
        raise AuditorError(f"读不了模型文件 {path}（{reason(error)}）：请检查路径和权限。") from error


def _parse_header(line: bytes) -> dict[str, Any] | None:
    """The header as a dict, or None if it is no JSON object."""
    if len(line) > MAX_HEADER_BYTES:
        return None
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) else None


def _unpack(path: Path, head: Mapping[str, Any], payload: bytes) -> Model:
    """Build the model from a header and payload whose checksum is right; sizes and numbers are still checked."""
    try:
        header = Header(
            name=str(head["name"]),
            labels=tuple(str(label) for label in head["labels"]),
            ngrams=(int(head["ngrams"][0]), int(head["ngrams"][1])),
            sublinear=bool(head["sublinear"]),
            grams=int(head["grams"]),
            vocabulary_bytes=int(head["vocabulary_bytes"]),
            corpus_sha256=str(head["corpus_sha256"]),
            command=str(head["command"]),
            learner=str(head["learner"]),
            multi=head["multi"] is True,
            neutral=str(head["neutral"]),
            sha256=str(head["sha256"]),
        )
        grams = payload[: header.vocabulary_bytes].decode().split("\n")[:-1]
        numbers = array("f", payload[header.vocabulary_bytes :])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _damaged(path) from error
    vocabulary = {gram: row for row, gram in enumerate(grams)}
    count, width = header.grams, len(header.labels)
    fewest = 1 if header.multi else 2
    if not (len(grams) == len(vocabulary) == count and width >= fewest and len(numbers) == count * (width + 1) + width):
        raise _damaged(path)
    numbers = _little_endian(numbers)
    if not math.isfinite(sum(numbers)):  # one NaN or infinity is enough to spoil the sum
        raise AuditorError(f"模型文件 {path} 的权重含有 NaN 或无穷大：请检查语料后用 auditor model train 重新训练。")
    weights_end = count * (width + 1)
    return Model(header, vocabulary, numbers[:count], numbers[count:weights_end], numbers[weights_end:])


def _damaged(path: Path) -> AuditorError:
    return AuditorError(f"模型文件 {path} 已损坏或不完整：请重新拷贝，或用 auditor model train 重新训练。")


def _header_fields(header: Header) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": header.name,
        "labels": list(header.labels),
        "ngrams": list(header.ngrams),
        "sublinear": header.sublinear,
        "normalisation": "l2",
        "grams": header.grams,
        "vocabulary_bytes": header.vocabulary_bytes,
        "corpus_sha256": header.corpus_sha256,
        "command": header.command,
        "learner": header.learner,
        "multi": header.multi,
        "neutral": header.neutral,
    }


def _digest(head: Mapping[str, Any], payload: bytes) -> str:
    """The sha256 of the header without its own sha256, a line feed, and the payload."""
    bare = {key: value for key, value in head.items() if key != "sha256"}
    return hashlib.sha256(_canonical(bare) + b"\n" + payload).hexdigest()


def _canonical(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _little_endian(numbers: array[float]) -> array[float]:
    """Swap the bytes of a copy on a big-endian machine; a no-op elsewhere."""
    if sys.byteorder == "little":
        return numbers
    swapped = array("f", numbers)
    swapped.byteswap()
    return swapped
