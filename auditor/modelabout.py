"""about.toml: what only people can say of a model, and what it is to be taught."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.corpus import AND, Corpus
from auditor.errors import AuditorError, Place, Problem
from auditor.training import Task
from auditor.weakdata import Reviews

ABOUT_FILE = "about.toml"
NEUTRAL = "正常"
_TEXTS = ("name", "title", "purpose", "neutral", "reads", "data", "abstract")
#: Whose messages a model reads, as about.toml and rules say it.
READERS = ("agent", "customer")
_LISTS = ("limits", "external")


@dataclass(frozen=True)
class About:
    """What only people can say of a model; every text may be empty.

    ``labels`` maps each label, in its order, to its definition; ``neutral`` is the label that is no fault;
    ``external`` are figures measured elsewhere, one sentence each; ``multi``: a text may carry several labels;
    ``reviews``: learn from shop reviews as well; ``reads``: whose messages it is for, one of READERS.
    """

    name: str
    title: str
    purpose: str
    neutral: str
    reads: str
    data: str
    abstract: str
    labels: Mapping[str, str]
    limits: tuple[str, ...]
    external: tuple[str, ...]
    multi: bool = False
    reviews: Reviews | None = None

    @property
    def task(self) -> Task:
        """What is to be learned."""
        return Task(self.name, tuple(self.labels), self.neutral, self.multi)


def read_about(path: Path | None, name: str, corpus: Corpus) -> About:
    """Read about.toml, or do without: then ``name`` is the title and the labels keep the order of the corpus.

    Raises AuditorError, with all problems, if the file is no TOML, has an unknown key or a value of the wrong type, or
    its labels are not those of the corpus.
    """
    table = load_about(path) if path else {}
    place = Place(str(path))
    problems = [Problem(place, key, _wrong(key)) for key, value in table.items() if not _fits(key, value)]
    defined = {} if problems else {item["name"]: item["meaning"] for item in table.get("label", [])}
    if defined and not problems:
        for label in sorted(set(defined) ^ set(corpus.labels)):
            said = "语料里没有这个标签" if label in defined else "这里没有这个标签的定义，语料里却有"
            problems.append(Problem(place, f"label“{label}”", f"{said}，请让两处一致。"))
    if not problems and "reviews" in table:
        sides = {table["reviews"][side] for side in ("positive", "negative")}
        problems += [Problem(place, "reviews", f"没有标签“{side}”。") for side in sorted(sides - set(corpus.labels))]
    if problems:
        raise AuditorError("模型说明文件有问题，什么都没有写出：", problems)
    texts = {key: str(table.get(key, "")).strip() for key in _TEXTS}
    texts["name"] = texts["name"] or name
    texts["neutral"] = texts["neutral"] or NEUTRAL
    texts["reads"] = texts["reads"] or READERS[0]
    labels = defined or dict.fromkeys(sorted(corpus.labels, key=lambda label: label != texts["neutral"]), "")
    limits, external = (tuple(table.get(key, ())) for key in _LISTS)
    multi = bool(table.get("multi", any(AND in row.label for row in corpus.rows)))
    return About(**texts, labels=labels, limits=limits, external=external, multi=multi, reviews=_reviews(table))


def _reviews(table: Mapping[str, Any]) -> Reviews | None:
    asked = table.get("reviews")
    if asked is None:
        return None
    return Reviews({side: asked[side] for side in ("positive", "negative")}, asked["rows"], float(asked["weight"]))


def load_about(path: Path) -> dict[str, Any]:
    """The content of about.toml, unchecked. Raises AuditorError if it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AuditorError(f"读不了模型说明文件 {path}（{error}）：请改好，或删掉它。") from error


def _fits(key: str, value: object) -> bool:
    if key == "reads":
        return value in READERS
    if key in _TEXTS:
        return isinstance(value, str)
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key == "label":
        return isinstance(value, list) and all(map(_is_definition, value))
    if key == "multi":
        return isinstance(value, bool)
    return key == "reviews" and _asks_reviews(value)


def _asks_reviews(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"positive", "negative", "rows", "weight"}:
        return False
    named = isinstance(value["positive"], str) and isinstance(value["negative"], str)
    rows, weight = value["rows"], value["weight"]
    return named and isinstance(rows, int) and rows > 0 and isinstance(weight, (int, float)) and 0 < weight <= 1


def _is_definition(item: object) -> bool:
    fields = {"name", "meaning"}
    return isinstance(item, dict) and set(item) == fields and all(isinstance(text, str) for text in item.values())


def _wrong(key: str) -> str:
    if key == "reads":
        return f"应是其中一个：{'、'.join(READERS)}。"
    if key in _TEXTS:
        return "应是一段文字。"
    if key in _LISTS:
        return "应是一组文字。"
    if key == "label":
        return "每个 [[label]] 应只有 name 和 meaning 两段文字。"
    if key == "multi":
        return "应为 true 或 false。"
    if key == "reviews":
        return "应有 positive、negative（各是一个标签）、rows（各取多少条）和 weight（0 到 1）。"
    return f"没有这个字段，可用的是：{'、'.join((*_TEXTS, *_LISTS, 'label', 'multi', 'reviews'))}。"
