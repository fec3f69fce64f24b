"""Conditions of export maps: what a value of a message looks like, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Any


@dataclass(frozen=True)
class Condition:
    """``path`` (or ``@field``) holds a value that one of the patterns fits; ``negated``: that none of them fits.

    A pattern is a word, or has ``*`` and ``?`` as in file names; ``""`` fits a value that is missing or blank;
    ``same_as`` is a path whose value must be the same instead.
    """

    path: str
    words: frozenset[str]
    pattern: re.Pattern[str] | None
    negated: bool
    same_as: str | None = None

    def holds(self, value: Any, other: Any = None) -> bool:
        """Whether ``value`` (None: missing) meets the condition; ``other`` is what stands at ``same_as``."""
        text = as_text(value)
        if self.same_as is not None:
            fits = bool(text) and text == as_text(other)
        else:
            fits = text in self.words or (self.pattern is not None and self.pattern.fullmatch(text) is not None)
        return fits is not self.negated


def as_text(value: Any) -> str:
    """A value as conditions and word lists see it: ``true``, ``12``, ``""`` for what is missing or empty."""
    if value.__class__ is str:
        return str(value).strip()
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_conditions(data: Any) -> tuple[Condition, ...]:
    """Conditions from ``{path: pattern or list of patterns}``. Raises ValueError, in Chinese, for anything else."""
    if not isinstance(data, Mapping):
        raise ValueError("条件应写成 { 键 = \"样子\" }")
    return tuple(_condition(path, value) for path, value in data.items())


def _condition(path: str, value: Any) -> Condition:
    patterns = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(pattern, (str, int)) for pattern in patterns):
        raise ValueError(f"「{path}」的样子应是文字、数字或它们的列表")
    texts = [as_text(pattern) for pattern in patterns]
    if len(texts) == 1 and texts[0].startswith("="):
        return Condition(path, frozenset(), None, False, texts[0][1:])
    negated = texts[0].startswith("!")
    texts = [text.removeprefix("!") for text in texts]
    globs = [translate(text) for text in texts if "*" in text or "?" in text]
    words = frozenset(text for text in texts if "*" not in text and "?" not in text)
    return Condition(path, words, re.compile("|".join(globs)) if globs else None, negated)
