"""How a check kind describes itself to the rule loader: its parameters and how to build a check from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from auditor.chat import Role
from auditor.checks.base import Check
from auditor.checks.talk import Window


class Type(StrEnum):
    """Types of parameters in a rule table; the loader checks and converts them."""

    WORDS = "words"  # list of phrases, /patterns/ and @list names -> Lexicon
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"  # list of words of a closed set
    TEXTS = "texts"  # list of texts
    HOURS = "hours"  # "08:00-23:00" -> minutes of the day (start, end)
    ANSWERS = "answers"  # list of {asked, replies} -> tuple[Answer, ...]
    LEVELS = "levels"  # list of {name, words}, best first -> tuple[Level, ...]


@dataclass(frozen=True)
class Param:
    """One parameter of a kind. ``low``/``high`` bound numbers; ``choices`` lists the values of a CHOICE."""

    name: str
    type: Type
    required: bool = False
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What every kind gets besides its own parameters: whose messages, and which of them."""

    roles: frozenset[Role]
    window: Window


@dataclass(frozen=True)
class Kind:
    """A check kind: its name in rule files, a Chinese line of help, its parameters and its builder."""

    name: str
    help: str
    params: tuple[Param, ...]
    build: Callable[[Scope, Mapping[str, Any]], Check]
