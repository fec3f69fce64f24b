"""JSON and JSON Lines: records with a text key, lists of texts, or title -> text; every escape keeps its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import Place, Problem
from auditor.phrases.allow import allows
from auditor.phrases.columns import Columns
from auditor.phrases.phrase import Allow, Found, Note, Phrase, Trace
from auditor.phrases.plain import bad_line
from auditor.readers.jsonvalues import MAX_ARRAY
from auditor.readers.records import RefusedError
from auditor.readers.source import BadLine, Source

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")


def is_json(opening: str) -> bool:
    """Does a text that opens so look like JSON (and not like a phrase that begins with a bracket)?"""
    return re.match(r'[\[{]\s*(?:["\[{\]}]|$)', opening) is not None


def read(source: Source, name: str, columns: Columns) -> Iterator[Found]:
    """The phrases of a JSON file. Raises RefusedError if the whole of it is no JSON."""
    lines = []
    for number, line in source.lines(MAX_ARRAY, lone_cr=False):
        if isinstance(line, BadLine):
            yield bad_line(name, number, line)
        lines.append("" if isinstance(line, BadLine) else line)
    if _one_a_line(lines):
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield from _value(line, name, number, columns)
        return
    text = "\n".join(lines)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        where = getattr(error, "lineno", None)
        raise RefusedError(f"JSON 写坏了（第 {where or 1} 行附近），请检查逗号、引号和括号", where) from error
    yield from _Reader(text, name, 1, columns).read()


def _one_a_line(lines: Sequence[str]) -> bool:
    """Is each line a value of its own? A file of a single line is either."""
    filled = [line for line in lines if line.strip()]
    return len(filled) > 1 and all(_whole(line) for line in filled[:2])


def _whole(line: str) -> bool:
    try:
        return isinstance(json.loads(line), (dict, str))
    except (ValueError, RecursionError):
        return False


def _value(line: str, name: str, number: int, columns: Columns) -> Iterator[Found]:
    try:
        json.loads(line)
    except (ValueError, RecursionError) as error:
        column = getattr(error, "colno", 1)
        yield Problem(Place(name, number), "", f"JSON 写坏了（第 {column} 个字符处），这一行没有查")
        return
    yield from _Reader(line, name, number, columns).read()


@dataclass
class _Frame:
    """An object or array that is open: its texts by field, and what its strings were."""

    array: bool
    key: str = ""
    texts: list[tuple[str, Trace, int]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    known: bool = False
    expects_key: bool = True


class _Reader:
    """Walks the tokens of a text that json has accepted, keeping the place of every string."""

    def __init__(self, text: str, name: str, line: int, columns: Columns) -> None:
        self.text, self.name, self.columns = text, name, columns
        self._line, self._begins = line, 0
        self._frames: list[_Frame] = []

    def read(self) -> Iterator[Found]:
        for match in _TOKEN.finditer(self.text):
            token = match[0]
            if token in "{[":
                self._open(token == "[")
            elif token in "}]":
                yield from self._close()
            elif token == ",":
                self._frames[-1].expects_key = True
            elif token == ":":
                self._frames[-1].expects_key = False
            elif token.startswith('"'):
                yield from self._string(token, match.start())
        if not self._frames and self.text.strip() and self.text.lstrip()[0] not in '{["':
            yield Note(f"{self.name}：里面没有话术")

    def _open(self, array: bool) -> None:
        key = self._frames[-1].key if self._frames else ""
        self._frames.append(_Frame(array, key))

    def _string(self, token: str, at: int) -> Iterator[Found]:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and not frame.array and frame.expects_key:
            frame.key = json.loads(token)
            return
        line, column = self._place(at)
        trace = Trace()
        _take(trace, token[1:-1], line, column + 1)
        if frame is None or frame.array:
            owner = self._frames[-2] if len(self._frames) > 1 else None
            key = frame.key if frame else ""
            named = key if owner is not None and self.columns.field(key) not in ("text", None) else ""
            if owner is not None and self.columns.field(key) == "allow":
                owner.said["allow"] = f"{owner.said.get('allow', '')}\n{trace.text}"
            elif trace.text.strip():
                title = "" if self.columns.field(key) == "text" or named else key
                yield self._phrase(trace, line, {"title": title})
            return
        name = self.columns.field(frame.key)
        if name in ("title", "group", "code", "allow"):
            frame.said[name], frame.known = trace.text.strip(), True
        else:
            frame.known = frame.known or name == "text"
            frame.texts.append((frame.key, trace, line))

    def _close(self) -> Iterator[Found]:
        """An object is one record if it has a key that we know; else every one of its texts is a phrase by its key."""
        frame = self._frames.pop()
        for key, trace, line in frame.texts:
            if not trace.text.strip():
                continue
            if self.columns.field(key) == "text":
                yield self._phrase(trace, line, frame.said)
            elif not frame.known:
                yield self._phrase(trace, line, {"title": key, "group": frame.key})

    def _phrase(self, trace: Trace, line: int, said: dict[str, Any]) -> Phrase:
        given: tuple[Allow, ...] = allows(said.get("allow", ""), line)
        origin = trace.origin(self.name, line, 1)
        return Phrase(trace.text, origin, said.get("title", ""), said.get("group", ""), said.get("code", ""), given)

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column of a position; asked for in order only."""
        breaks = self.text.count("\n", self._begins, at)
        if breaks:
            self._line += breaks
            self._begins = self.text.rindex("\n", self._begins, at) + 1
        return self._line, at - self._begins + 1


def _take(trace: Trace, written: str, line: int, column: int) -> None:
    """Put the inside of a JSON string into the trace: every escape is marked."""
    at = 0
    for match in _ESCAPE.finditer(written):
        trace.take(written[at : match.start()], line, column + at)
        trace.put(json.loads(f'"{match[0]}"'), line, column + match.start(), len(match[0]))
        at = match.end()
    trace.take(written[at:], line, column + at)
