"""Canonical JSON: one message or one conversation a line, or one array of either. Lines are cut at LF only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from auditor.readers.columns import COLUMNS, CONVERSATION_KEYS, MESSAGE_KEYS, normal
from auditor.readers.jsonvalues import AMBIGUOUS, BAD_JSON, Value, array_values, laid_out, line_values
from auditor.readers.options import Options
from auditor.readers.records import FIELDS, Entries, Entry, Record, RowError, Spoilt
from auditor.readers.source import Source


def matches_lines(source: Source) -> bool:
    """Whether the first character that is not blank opens an object."""
    return source.opening.startswith("{")


def matches_array(source: Source) -> bool:
    """Whether the first character that is not blank opens an array, or an object that is laid out over many lines."""
    return laid_out(source.opening)


def read_lines(source: Source, options: Options) -> Entries:
    """The messages of JSON Lines; a spoilt line counts as one row."""
    del options
    yield from _entries(line_values(source))


def read_array(source: Source, options: Options) -> Entries:
    """The messages of a JSON array. Raises RefusedError if it is too large, or where it breaks off."""
    del options
    yield from _entries(array_values(source))


def _entries(found: Iterator[Value | Spoilt]) -> Iterator[Entry]:
    for item in found:
        if isinstance(item, Spoilt):
            yield item
        else:
            yield from _found(item.line, item.own, item.value, item.raw)


def _found(number: int, own: int, value: Any, raw: str) -> Iterator[Entry]:
    """The entries of one decoded value, the ``own``-th of its file: a message, or a conversation with its messages."""
    if not isinstance(value, dict):
        yield Spoilt(number, BAD_JSON, "不是一个对象（{…}）", raw)
        return
    key = next((key for key in value if normal_key(key) in MESSAGE_KEYS and isinstance(value[key], list)), None)
    try:
        if key is None:
            yield Record(number, _values(_fields(value, COLUMNS)), raw)
            return
        common = _fields({k: v for k, v in value.items() if k != key}, CONVERSATION_KEYS)
    except RowError as error:
        yield Spoilt(number, error.category, error.detail, raw)
        return
    yield from _messages(number, own, common, value[key])
    if not value[key]:
        yield Spoilt(number, "空会话", "会话里没有消息", raw)


def _messages(number: int, own: int, common: Mapping[str, Any], messages: Sequence[Any]) -> Iterator[Entry]:
    for at, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            yield Spoilt(number, BAD_JSON, f"第 {at} 条消息不是一个对象（{{…}}）", str(message))
            continue
        try:
            known = {field: value for field, value in _fields(message, COLUMNS).items() if value is not None}
            yield Record(number, _values({**common, **known}), message, own=own)
        except RowError as error:
            yield Spoilt(number, error.category, f"第 {at} 条消息，{error.detail}", message)


def _fields(value: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """Canonical field -> value; keys we do not know are left out. Raises RowError if a field has two keys."""
    found: dict[str, Any] = {}
    for key, content in value.items():
        field = keys.get(normal_key(key))
        if field is None:
            continue
        if field in found:
            raise RowError(AMBIGUOUS, f"「{key[:40]}」和另一个键是同一个意思")
        found[field] = content
    return found


def _values(found: Mapping[str, Any]) -> tuple[Any, ...]:
    missing = [title for field, title in (("role", "role（角色）"), ("text", "text（消息）")) if field not in found]
    if missing and not (missing == ["text（消息）"] and found.get("kind")):
        raise RowError("缺少字段", "、".join(missing))
    return tuple([found.get(field) for field in FIELDS])


@lru_cache(maxsize=4096)
def normal_key(key: str) -> str:
    """A key as columns are compared; remembered, for every line has the same ones."""
    return normal(key)
