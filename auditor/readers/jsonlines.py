"""JSON: one message or one conversation a line, or one array of either. Lines are cut at LF only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from auditor.readers.columns import COLUMNS, CONVERSATION_KEYS, MESSAGE_KEYS, normal
from auditor.readers.options import Options
from auditor.readers.records import FIELDS, Entries, Entry, Record, RefusedError, RowError, Spoilt
from auditor.readers.source import BadLine, Source

#: Longest line, in bytes: a conversation of a few hundred thousand messages.
MAX_JSON_LINE = 64 << 20
#: An array is read as a whole, so it may be only so large, in bytes.
MAX_ARRAY = 64 << 20
BAD_JSON = "JSON 写坏了"
AMBIGUOUS = "同一个键写了两次"


def matches_lines(source: Source) -> bool:
    """Whether the first character that is not blank opens an object."""
    return source.opening.startswith("{")


def matches_array(source: Source) -> bool:
    """Whether the first character that is not blank opens an array, or an object that is laid out over many lines."""
    return source.opening.startswith("[") or source.opening.partition("\n")[0].rstrip() == "{"


def read_lines(source: Source, options: Options) -> Entries:
    """The messages of JSON Lines; a spoilt line counts as one row."""
    del options
    for number, line in source.lines(MAX_JSON_LINE, lone_cr=False):
        if isinstance(line, BadLine):
            yield Spoilt(number, line.category, line.detail, line.raw)
        elif line.strip():
            yield from _entries(number, line)


def read_array(source: Source, options: Options) -> Entries:
    """The messages of a JSON array. Raises RefusedError if it is too large, or where it breaks off."""
    del options
    if source.size > MAX_ARRAY:
        raise RefusedError(f"整个文件是一个 JSON 数组，超过了 {MAX_ARRAY >> 20} MB，请改存成每行一条的 JSONL。")
    lines = []
    for number, line in source.lines(MAX_ARRAY, lone_cr=False):
        if isinstance(line, BadLine):
            raise RefusedError(f"第 {number} 行{line.category}，整个 JSON 数组读不了。", number)
        lines.append(line)
    text = "\n".join(lines)
    breaks = last = 0
    for own, (at, value, raw) in enumerate(_elements(text), 1):
        breaks, last = breaks + text.count("\n", last, at), at
        yield from _found(breaks + 1, own, value, raw)


def _elements(text: str) -> Iterator[tuple[int, Any, str]]:
    """(position, value, raw text) of each element; a text that is one object is its own only element."""
    at = _skip(text, 0)
    single = text.startswith("{", at)
    at = at if single else _skip(text, at + 1)
    while at < len(text) and text[at] != "]":
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (RowError, ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            what = f"{error.category}（{error.detail}）" if isinstance(error, RowError) else BAD_JSON
            raise RefusedError(f"第 {line} 行起 {what}，后面的内容读不了，请重新导出。", line) from error
        yield at, value, text[at:end]
        at = _skip(text, end)
        if single or text[at : at + 1] not in {",", "]"}:
            break
        at = _skip(text, at + 1) if text[at] == "," else at
    if (single and at < len(text)) or (not single and text[at : at + 1] != "]"):
        raise RefusedError("JSON 没有写完或后面多了内容，请重新导出。", text.count("\n", 0, at) + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n\ufeff":
        at += 1
    return at


def _entries(number: int, line: str) -> Iterator[Entry]:
    try:
        value = _DECODER.decode(line)
    except RowError as error:
        yield Spoilt(number, error.category, error.detail, line)
    except RecursionError:
        yield Spoilt(number, BAD_JSON, "嵌套太深", line)
    except json.JSONDecodeError as error:
        yield Spoilt(number, BAD_JSON, f"第 {error.colno} 个字符处", line)
    except ValueError:
        yield Spoilt(number, BAD_JSON, "数字太长", line)
    else:
        yield from _found(number, number, value, line)


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


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise RowError(AMBIGUOUS, f"「{twice[:40]}」")
    return found


def _constant(word: str) -> NoReturn:
    raise RowError(BAD_JSON, f"{word} 不是 JSON 的数")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
