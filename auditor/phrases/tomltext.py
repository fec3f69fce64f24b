"""TOML libraries: ``[[phrase]]`` tables with a text key, lists of texts, or title = text; escapes keep their places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.errors import Place, Problem
from auditor.phrases.allow import allows, directive
from auditor.phrases.columns import Columns
from auditor.phrases.phrase import Allow, Found, Phrase, Trace
from auditor.phrases.plain import bad_line
from auditor.readers.records import RefusedError
from auditor.readers.source import BadLine, Source

_STRING = re.compile(r"'''|\"\"\"|'|\"")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[ \t]*\n\s*|\\.")
_COMMENT = re.compile(r"[ \t]*#[^\n]*")
_NAMES = ("title", "group", "code")


def read(source: Source, name: str, columns: Columns) -> Iterator[Found]:
    """The phrases of a TOML file. Raises RefusedError if it is no TOML."""
    lines = []
    for number, line in source.lines(lone_cr=False):
        if isinstance(line, BadLine):
            yield bad_line(name, number, line)
        lines.append("" if isinstance(line, BadLine) else line.rstrip("\r"))
    text = "\n".join(lines).removeprefix("\ufeff")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        where = int(found[1]) if found else None
        said = f"TOML 写坏了{f'（第 {where} 行）' if where else ''}，引号、等号和括号要用英文的，中文键名要加引号"
        raise RefusedError(said, where) from error
    yield from _Walk(text, name, columns).table(data, "")


class _Walk:
    """Walks the tables of a document in the order in which they are written, finding each string where it stands."""

    def __init__(self, text: str, name: str, columns: Columns) -> None:
        self.text, self.name, self.columns = text, name, columns
        self.at = 0

    def table(self, data: Mapping[str, Any], group: str) -> Iterator[Found]:
        """The phrases of a table and of those in it. tomllib keeps the order in which keys are written."""
        fields = {key: self.columns.field(key) for key in data}
        record = any(fields[key] is not None for key, value in data.items() if isinstance(value, str))
        said = {field: str(data[key]) for key, field in fields.items() if field in _NAMES}
        said["group"] = said.get("group") or group
        given = self._allows(data, fields)
        for key, value in data.items():
            if isinstance(value, str) and (fields[key] == "text" or not record):
                yield from self._phrase(key, value, {"title": key, **said} if not record else said, given)
            elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
                if fields[key] != "allow":
                    title = said.get("title") or ("" if fields[key] else key)
                    for item in value:
                        yield from self._phrase(None, item, {**said, "title": title}, given)
            elif isinstance(value, dict):
                yield from self.table(value, key)
            elif isinstance(value, list):
                for item in value:
                    yield from self.table(item, group) if isinstance(item, dict) else ()

    def _allows(self, data: Mapping[str, Any], fields: Mapping[str, str | None]) -> tuple[Allow, ...]:
        line = self.text.count("\n", 0, self.at) + 1
        found: list[Allow] = []
        for key, value in data.items():
            if fields[key] == "allow":
                for item in value if isinstance(value, list) else [value]:
                    found += allows(str(item), line)
        return tuple(found)

    def _phrase(
        self, key: str | None, value: str, said: Mapping[str, str], given: tuple[Allow, ...]
    ) -> Iterator[Found]:
        place = self._find(key, value)
        if place is None:
            yield Problem(Place(self.name), key or "", "找不到这条话术写在哪里，没有查，请写成 [[phrase]] 表")
            return
        trace, start, line = place
        if value.strip():
            above, beside = self.text.rfind("\n", 0, start), self.text.find("\n", self.at)
            behind = _COMMENT.match(self.text, self.at, beside if beside > 0 else len(self.text))
            comments = [self._comment_above(above), behind]
            own = tuple(allow for comment in comments if comment for allow in directive(comment[0], line))
            yield Phrase(value, trace.origin(self.name, line, 1), said.get("title", ""), said.get("group", ""),
                         said.get("code", ""), given + own)  # fmt: skip

    def _comment_above(self, end: int) -> re.Match[str] | None:
        """The comment on the line above, if that line is nothing else."""
        if end < 0:
            return None
        begin = self.text.rfind("\n", 0, end) + 1
        return _COMMENT.fullmatch(self.text, begin, end)

    def _find(self, key: str | None, value: str) -> tuple[Trace, int, int] | None:
        """The next string with this value, behind its key if it has one; the walk goes on behind it."""
        at = self.at
        if key is not None:
            name = re.escape(key)
            wanted = re.compile(rf"(?m)(?:^|[{{,.])[ \t]*(?:{name}|\"{name}\"|'{name}')[ \t]*=")
            while (match := wanted.search(self.text, at)) is not None:
                string = _STRING.match(self.text, _skip_blanks(self.text, match.end()))
                found = self._string(string) if string else None
                if found is not None and found[0].text == value:
                    return self._took(found, match.end())
                at = match.end()
            return None
        while (string := _STRING.search(self.text, at)) is not None:
            found = self._string(string)
            if found is not None and found[0].text == value:
                return self._took(found, string.start())
            at = found[1] if found is not None else string.end()
        return None

    def _took(self, found: tuple[Trace, int], start: int) -> tuple[Trace, int, int]:
        trace, self.at = found
        return trace, start, self.text.count("\n", 0, start) + 1

    def _string(self, opening: re.Match[str]) -> tuple[Trace, int] | None:
        """The string that opens here, with the place behind it."""
        quote, start = opening[0], opening.end()
        end = start
        while end < len(self.text) and not self.text.startswith(quote, end):
            end += 2 if quote[0] == '"' and self.text[end] == "\\" else 1
        while len(quote) == 3 and self.text.startswith(quote, end + 1):
            end += 1  # up to two more quotes belong to the string
        if end >= len(self.text):
            return None
        if len(quote) == 3 and self.text.startswith("\n", start):
            start += 1
        trace = Trace()
        self._take(trace, start, end, quote[0] == '"')
        return trace, end + len(quote)

    def _take(self, trace: Trace, start: int, end: int, escapes: bool) -> None:
        pieces = _ESCAPE.finditer(self.text, start, end) if escapes else iter(())
        at = start
        for match in pieces:
            self._plain(trace, at, match.start())
            escape = match[0]
            if "\n" not in escape:
                line, column = self._place(match.start())
                trace.put(tomllib.loads(f'x = "{escape}"')["x"], line, column, len(escape))
            at = match.end()
        self._plain(trace, at, end)

    def _plain(self, trace: Trace, start: int, end: int) -> None:
        for piece in self.text[start:end].splitlines(keepends=True):
            line, column = self._place(start)
            trace.take(piece, line, column)
            start += len(piece)

    def _place(self, at: int) -> tuple[int, int]:
        return self.text.count("\n", 0, at) + 1, at - (self.text.rfind("\n", 0, at) + 1) + 1


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at
