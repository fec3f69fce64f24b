"""Kind ``model``: what a trained classifier says of a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import count_cjk


@dataclass(frozen=True)
class Model(Check):
    """Fires on a message to which model ``model`` gives the label ``label`` with a probability >= ``threshold``.

    All messages are asked in one batch; where a text may carry several labels, each is judged by itself.
    Messages of fewer than ``min_chars`` Han characters say too little to be judged by a model.
    """

    scope: Scope
    model: str
    label: str
    threshold: float
    min_chars: int

    def missing(self, talk: Talk) -> str | None:
        """A model that is not there cannot judge."""
        return None if self.model in talk.tools.models else f"模型 {self.model} 没有装载"

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit for the whole text of each such message, with probability and deciding pieces."""
        model = talk.tools.models[self.model]
        texts = {
            index: talk.messages[index].text
            for index in talk.texts(self.scope.roles, self.scope.window)
            if count_cjk(talk.messages[index].text) >= self.min_chars
        }
        column = model.labels.index(self.label)
        for (index, text), said in zip(texts.items(), talk.tools.predict_many(self.model, texts.values()), strict=True):
            probability = said.scores[column]
            if probability >= self.threshold:
                pieces = "、".join(f"「{piece}」" for piece, _ in model.explain(text, self.label))
                evidence = f"模型判为「{self.label}」，概率 {probability:.0%}，依据 {pieces or '整句'}"
                yield Hit(index, (0, len(text)), evidence)


def _build(scope: Scope, params: Mapping[str, Any]) -> Model:
    return Model(scope, params["model"], params["label"], params["threshold"], params["min_chars"])


MODEL = Kind(
    "model",
    "分类模型的判断",
    (
        Param("model", Type.TEXT, required=True),
        Param("label", Type.TEXT, required=True),
        Param("threshold", Type.NUMBER, required=True, low=0.3, high=1),
        Param("min_chars", Type.INTEGER, default=4, low=1),
    ),
    _build,
)
