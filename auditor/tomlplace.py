"""The line of every key of a TOML text. tomllib keeps no places; this scans a text that tomllib has accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

Path = tuple[str | int, ...]

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.)?""")


def places(text: str) -> dict[Path, int]:
    """1-based line of every table header and every key, by path: ``("rule", 2, "words")``.

    Keys inside inline tables and array elements are not listed: ask for the longest known prefix (:func:`line_of`).
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class Places(Mapping[Path, int]):
    """The places of a text, worked out when one is first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> dict[Path, int]:
        return places(self._text)

    def __getitem__(self, path: Path) -> int:
        return self._found[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def line_of(found: Mapping[Path, int], path: Path) -> int | None:
    """The line of a path, or of the closest enclosing key that has one."""
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return None


class _Scanner:
    """Walks the statements of a TOML document, keeping the current table's path."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.table: Path = ()
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._counted = (0, 1)  # a position and its line

    def scan(self) -> dict[Path, int]:
        while self._skip_blank():
            if self.text.startswith("[[", self.at):
                self._header(array=True)
            elif self.text[self.at] == "[":
                self._header(array=False)
            else:
                self._pair()
        return self.found

    def _skip_blank(self) -> bool:
        """Move to the next statement; False at the end of the text."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "#":
                self._to_line_end()
            elif char in " \t\r\n\ufeff":
                self.at += 1
            else:
                return True
        return False

    def _to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _line(self) -> int:
        at, line = self._counted
        self._counted = (self.at, line + self.text.count("\n", at, self.at))
        return self._counted[1]

    def _key(self) -> Path:
        """A dotted key at the current position."""
        parts: list[str] = []
        while match := _KEY.match(self.text, self.at):
            self.at = match.end()
            basic, literal, bare, dot = match.groups()
            parts.append(next(part for part in (basic, literal, bare) if part is not None))
            if not dot:
                break
        return tuple(parts)

    def _header(self, array: bool) -> None:
        line = self._line()
        self.at += 2 if array else 1
        path = self._resolve(self._key())
        if array:
            index = self.counts.get(path, -1) + 1
            self.counts[path] = index
            self.found.setdefault(path, line)
            path = (*path, index)
        self.found[path] = line
        self.table = path
        self._to_line_end()

    def _resolve(self, key: Path) -> Path:
        """A header's path with the current index of every array of tables on the way (not of its last part)."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path])
        return (*path, *key[-1:])

    def _pair(self) -> None:
        line = self._line()
        key = self._key()
        self.found[(*self.table, *key)] = line
        equals = self.text.find("=", self.at)
        self.at = len(self.text) if equals < 0 else equals + 1
        self._skip_value()

    def _skip_value(self) -> None:
        depth = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "\"'":
                self._skip_string(char)
                continue
            if char == "#":
                self._to_line_end()
                continue
            if char == "\n" and depth == 0:
                return
            depth += (char in "[{") - (char in "]}")
            self.at += 1

    def _skip_string(self, quote: str) -> None:
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        while self.at < len(self.text) and not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(mark)
        while len(mark) == 3 and self.text.startswith(quote, self.at):
            self.at += 1  # a multi-line string may end in up to two more quotes
