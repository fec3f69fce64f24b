"""Reading one TOML table field by field, collecting every problem with its place instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from typing import Any

from auditor.errors import Place, Problem
from auditor.text import Lexicon, LexiconError
from auditor.tomlplace import Path, line_of

#: Resolves "@name" to the entries of words/name.txt; raises KeyError for an unknown list.
WordLists = Callable[[str], Sequence[str]]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """「，是不是想写「x」」 or an empty string."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"，是不是想写「{close[0]}」？" if close else ""


@dataclass
class Source:
    """One rule file: its name, the lines of its keys, the word lists it can name, and the problems found in it."""

    file: str
    lines: dict[Path, int]
    word_lists: WordLists
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Where a key stands."""
        return Place(self.file, line_of(self.lines, path))

    def wrong(self, path: Path, name: str, text: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.place(path), name, text))


class Fields:
    """A table whose fields are taken one by one; :meth:`done` complains about what nobody asked for."""

    def __init__(self, source: Source, path: Path, table: Mapping[str, Any], label: str) -> None:
        self.source, self.path, self.table, self.label = source, path, table, label
        self.asked: set[str] = set()

    def wrong(self, name: str, text: str) -> None:
        """Note a problem with one field."""
        self.source.wrong((*self.path, name), f"{self.label}.{name}" if name else self.label, text)

    def take(self, name: str, required: bool = False) -> Any:
        """The raw value, or None; a missing required field is a problem."""
        self.asked.add(name)
        if name not in self.table and required:
            self.wrong(name, "缺少这一项")
        return self.table.get(name)

    def text(self, name: str, required: bool = False, default: str = "") -> str:
        """A non-empty text."""
        value = self.take(name, required)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(name, "应为非空的文字")
            return default
        return value

    def choice(self, name: str, choices: Sequence[str], required: bool = False, default: str = "") -> str:
        """One of a closed set of words."""
        value = self.take(name, required)
        if value is None:
            return default
        if value not in choices:
            hint = did_you_mean(value, choices) if isinstance(value, str) else ""
            self.wrong(name, f"「{value}」不在可选值 {'、'.join(choices)} 之内{hint}")
            return default
        return str(value)

    def number(self, name: str, required: bool = False, default: Any = None, low: float | None = None,
               high: float | None = None, whole: bool = False) -> Any:
        """A finite number (``whole``: an integer) within bounds."""
        value = self.take(name, required)
        if value is None:
            return default
        kind = "整数" if whole else "数字"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not isfinite(value):
            self.wrong(name, f"应为{kind}，现在是 {value!r}")
            return default
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"不小于 {low:g}" if high is None else f"{low or 0:g} 到 {high:g} 之间"
            self.wrong(name, f"应为{bounds}的{kind}，现在是 {value}")
            return default
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, f"应为 true 或 false，现在是 {value!r}")
            return default
        return value

    def texts(self, name: str, required: bool = False) -> tuple[str, ...]:
        """A non-empty list of non-empty texts."""
        value = self.take(name, required)
        if value is None:
            return ()
        if isinstance(value, str):
            self.wrong(name, f"应为列表，写成 [{value!r}]")
            return ()
        if not isinstance(value, list) or not value:
            self.wrong(name, "应为非空的列表")
            return ()
        bad = [item for item in value if not isinstance(item, str) or not item.strip()]
        if bad:
            self.wrong(name, f"列表里有不是文字或为空的项：{bad[0]!r}")
            return ()
        return tuple(value)

    def words(self, name: str, required: bool = False, more: Sequence[str] = ()) -> Lexicon | None:
        """A word list: phrases, /patterns/ and @names of lists in words/."""
        entries = [*self.texts(name, required and not more), *more]
        if not entries:
            return None
        flat: list[str] = []
        for entry in entries:
            flat += self._list(name, entry[1:]) if entry.startswith("@") else [entry]
        if len(set(flat)) < len(flat) and len(set(entries)) < len(entries):
            twice = next(entry for entry in entries if entries.count(entry) > 1)
            self.wrong(name, f"「{twice}」写了两遍，删掉一个")
        try:
            return Lexicon(flat) if flat else None
        except LexiconError as error:
            self.wrong(name, str(error))
            return None

    def _list(self, name: str, listed: str) -> Sequence[str]:
        try:
            return self.source.word_lists(listed)
        except KeyError as error:
            known = error.args[1] if len(error.args) > 1 else ()
            self.wrong(name, f"没有词表 words/{listed}.txt{did_you_mean(listed, known)}")
            return ()

    def tables(self, name: str) -> list[Fields]:
        """A list of sub-tables."""
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(name, "应为表的列表，如 [{words = [\"…\"]}]")
            return []
        return [
            Fields(self.source, (*self.path, name, at), item, f"{self.label}.{name}[{at + 1}]")
            for at, item in enumerate(value)
        ]

    def done(self) -> None:
        """Complain about every key that nobody asked for."""
        for name in self.table:
            if name not in self.asked:
                self.wrong(name, f"不认识这一项{did_you_mean(name, self.asked)}")
