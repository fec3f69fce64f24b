"""Small rule files and rule sets for the tests of the core: none of them rests on the shipped rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor import ruleset
from auditor.ruleset import RuleSet

#: A rule with every required field; tests replace what they are about.
REFUSAL: dict[str, Any] = {
    "id": "blunt-refusal",
    "code": "T01",
    "kind": "phrase",
    "title": "生硬拒绝",
    "dimension": "服务态度",
    "severity": "major",
    "points": 5,
    "words": ["不能退"],
    "why": "一口回绝，顾客会觉得没有商量。",
    "advice": "这款不支持七天无理由，我帮您申请换货可以吗？",
    "source": "店铺手册",
    "good": ["客户: 能退吗\n客服: 我帮您申请换货可以吗"],
    "bad": ["客户: 能退吗\n客服: 不能退"],
}


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value)


def rule(**changes: Any) -> str:
    """The text of one [[rule]] table: REFUSAL with changes; None takes a field away."""
    fields = {**REFUSAL, **changes}
    return "[[rule]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in fields.items() if value is not None)


def alone(*rules: str) -> str:
    """A rule file that keeps the shipped rules out."""
    return "builtin = false\n\n" + "\n".join(rules)


def write(folder: Path, text: str, name: str = "own.toml") -> Path:
    """Write a rule file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, *rules: str, models: ruleset.ModelLoader | None = None) -> RuleSet:
    """A rule set of only these rules."""
    return ruleset.load([write(folder, alone(*rules))], models)


@dataclass(frozen=True)
class Said:
    """What a fake model says of a text."""

    label: str
    probability: float

    @property
    def scores(self) -> tuple[float, float]:
        """The probabilities of 礼貌 and 冷淡."""
        rest = 1 - self.probability
        return (rest, self.probability) if self.label == "冷淡" else (self.probability, rest)


@dataclass(frozen=True)
class FakeModel:
    """A model that knows a few words by heart: the first word found decides."""

    known: Mapping[str, Said]
    labels: tuple[str, ...] = ("礼貌", "冷淡")

    def predict(self, text: str) -> Said:
        return next((said for word, said in self.known.items() if word in text), Said("礼貌", 0.9))

    def predict_many(self, texts: Iterable[str]) -> list[Said]:
        return [self.predict(text) for text in texts]

    def explain(self, text: str, label: str) -> tuple[tuple[str, float], ...]:
        return tuple(
            (word, said.probability) for word, said in self.known.items() if word in text and said.label == label
        )


COLD = FakeModel({"自己看": Said("冷淡", 0.8), "随便": Said("冷淡", 0.55)})
