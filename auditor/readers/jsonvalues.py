"""The values of a JSON file one by one with their lines: JSON Lines, an array, or objects laid out over many lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from auditor.readers.records import RefusedError, RowError, Spoilt
from auditor.readers.source import BadLine, Source

#: Longest line, in bytes: a conversation of a few hundred thousand messages.
MAX_JSON_LINE = 64 << 20
#: An array is read as a whole, so it may be only so large, in bytes.
MAX_ARRAY = 64 << 20
BAD_JSON = "JSON 写坏了"
AMBIGUOUS = "同一个键写了两次"
_BLANKS = " \t\r\n\ufeff"
#: Values, and characters of one that breaks off, looked at to tell what a file is.
_HEAD_VALUES = 200
_HEAD_LENGTH = 1 << 17


class Value(NamedTuple):
    """One decoded value: its 1-based line, its number in the file, what it is, and its text.

    ``lines``: of its messages, where the text does not show them.
    """

    line: int
    own: int
    value: Any
    raw: str
    lines: tuple[int, ...] = ()


def laid_out(opening: str) -> bool:
    """Whether a text that opens so is one array, or objects over many lines, rather than a value a line."""
    if opening.startswith("["):
        return True
    first, _, rest = opening.partition("\n")
    if not first.startswith("{"):
        return False
    if rest.lstrip(_BLANKS).startswith("{"):
        # Where another object may follow inside a list, this one goes on; else every line has one of its own.
        return first.rstrip().endswith(("[", ":", ",")) and not _complete(first)
    return first.rstrip() == "{" or (bool(rest.strip()) and not _complete(first))


def _complete(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def values(source: Source) -> Iterator[Value | Spoilt]:
    """The values of a file in whichever form it has. Raises RefusedError where it cannot be read any further."""
    return array_values(source) if laid_out(source.opening) else line_values(source)


def line_values(source: Source) -> Iterator[Value | Spoilt]:
    """The values of JSON Lines; a spoilt line comes as such."""
    for number, line in source.lines(MAX_JSON_LINE, lone_cr=False):
        if isinstance(line, BadLine):
            yield Spoilt(number, line.category, line.detail, line.raw)
        elif line.strip(_BLANKS):
            yield _decoded(number, line)


def _decoded(number: int, line: str) -> Value | Spoilt:
    try:
        return Value(number, number, _DECODER.decode(line.strip(_BLANKS)), line)
    except RowError as error:
        return Spoilt(number, error.category, error.detail, line)
    except RecursionError:
        return Spoilt(number, BAD_JSON, "嵌套太深", line)
    except json.JSONDecodeError as error:
        return Spoilt(number, BAD_JSON, f"第 {error.colno} 个字符处", line)
    except ValueError:
        return Spoilt(number, BAD_JSON, "数字太长", line)


def array_values(source: Source) -> Iterator[Value]:
    """The elements of an array, or objects in a row. Raises RefusedError if it is too large or breaks off."""
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
        yield Value(breaks + 1, own, value, raw)


def _elements(text: str) -> Iterator[tuple[int, Any, str]]:
    """(position, value, raw text) of each element of an array, or of each of the objects that a text consists of."""
    at = _skip(text, 0)
    objects = text.startswith("{", at)
    at = at if objects else _skip(text, at + 1)
    while at < len(text) and text[at] != "]":
        value, end = _element(text, at)
        yield at, value, text[at:end]
        at = _skip(text, end)
        if objects and text.startswith("{", at):
            continue
        if objects or text[at : at + 1] not in {",", "]"}:
            break
        at = _skip(text, at + 1) if text[at] == "," else at
    if (objects and at < len(text)) or (not objects and text[at : at + 1] != "]"):
        raise RefusedError("JSON 没有写完或后面多了内容，请重新导出。", text.count("\n", 0, at) + 1)


def _element(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (RowError, ValueError, RecursionError) as error:
        line = text.count("\n", 0, at) + 1
        what = f"{error.category}（{error.detail}）" if isinstance(error, RowError) else BAD_JSON
        raise RefusedError(f"第 {line} 行起 {what}，后面的内容读不了，请重新导出。", line) from error


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def head_values(text: str) -> list[Any]:
    """The first values of a JSON text that may break off anywhere; nothing if it is no JSON."""
    text = text.lstrip(_BLANKS)
    if not text.startswith(("{", "[")):
        return []
    if not laid_out(text):
        lines = text.split("\n")[:_HEAD_VALUES]
        return [value for line in lines for value in _whole_or_mended(line) if value is not None]
    found = _whole_or_mended(text)
    return found[0][:_HEAD_VALUES] if found and isinstance(found[0], list) else found


def _whole_or_mended(text: str) -> list[Any]:
    """The value at the start of the text, its open ends closed where it breaks off; none if it is no JSON."""
    text = text.strip(_BLANKS)
    if not text:
        return []
    for mend in (str, _mended):
        try:
            return [json.JSONDecoder().raw_decode(mend(text))[0]]
        except (ValueError, RecursionError):
            continue
    return []


def _mended(text: str) -> str:
    """A text that breaks off, cut after its last whole item and with its brackets closed."""
    text, closers = text[:_HEAD_LENGTH], list[str]()
    kept, tail, at = 0, "", 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = _string_end(text, at)
        elif char in "{[":
            closers.append("}" if char == "{" else "]")
        elif char in "}]" and closers:
            closers.pop()
        elif char == ",":
            kept, tail = at, "".join(reversed(closers))
        at += 1
    return text[:kept] + tail


def _string_end(text: str, at: int) -> int:
    """The place of the quote that ends the string beginning at ``at``, or the end of the text."""
    at += 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at


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
