"""Paths in JSON: to one value of a message, and to the messages of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

#: Steps from a value to its messages: a key, and whether a list stands there.
Route: TypeAlias = tuple[tuple[str, bool], ...]

_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


def route(text: str) -> Route:
    """The steps of ``data.tickets[].dialogue[]``; none for ``""``."""
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in text.split(".") if step)


def value_at(value: Any, path: str) -> Any:
    """What stands at ``a.b.0``, or None."""
    return _at(value, path.split("."))


def taker(path: str) -> Callable[[Any], Any]:
    """The same for many values."""
    steps = path.split(".")
    if len(steps) == 1 and not path.isdecimal():
        return lambda value: value.get(path) if value.__class__ is dict else None
    return lambda value: _at(value, steps)


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def item_starts(text: str, path: Route) -> Iterator[int]:
    """Where in the text of an object each of the items begins that ``path`` leads to. ``text`` is sound JSON."""
    yield from _starts(text, _skip(text, 0), path)


def _starts(text: str, at: int, path: Route) -> Iterator[int]:
    if not path:
        yield at
        return
    if text[at] != "{":
        return
    (key, many), *rest = path
    place = next((place for name, place in _members(text, at) if name == key), None)
    if place is None:
        return
    for item in _items(text, place) if many else (place,):
        yield from _starts(text, item, tuple(rest))


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """(key, place of the value) of each member of the object at ``at``."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        place = _skip(text, _skip(text, end) + 1)
        yield key, place
        at = _after(text, place)


def _items(text: str, at: int) -> Iterator[int]:
    """The place of each element of the list at ``at``."""
    if text[at] != "[":
        return
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _after(text, at)


def _after(text: str, at: int) -> int:
    """The place after the value at ``at`` and the comma that may follow it."""
    at = _skip(text, _DECODER.raw_decode(text, at)[1])
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at
