"""Reading one TOML table field by field, collecting every problem with its place instead of stopping at the first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from typing import Any

import re2

from auditor.errors import Place, Problem
from auditor.text import Lexicon, LexiconError
from auditor.tomlplace import Path, line_of

#: Resolves "@name" to the entries of words/name.txt; raises KeyError for an unknown list (with the known ones) and
#: ValueError, with a Chinese sentence, for one that cannot be read.
WordLists = Callable[[str], Sequence[str]]
#: No number in a rule file means anything beyond this.
MOST = 1e9
#: How much of a wrong value is shown, in code points.
SHOWN = 60
#: A slot in a pattern: {@channel} stands for any entry of words/channel.txt.
_SLOT = re.compile(r"\{@([a-z0-9-]+)\}")


class FilledPattern(str):
    """A pattern whose slots are filled; ``written`` is how the rule file has it."""

    __slots__ = ("written",)
    written: str


def as_written(entry: str) -> str:
    """An entry of a lexicon as its rule file or word list has it."""
    return entry.written if isinstance(entry, FilledPattern) else entry


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """「，是不是想写「x」」 or an empty string."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"，是不是想写「{close[0]}」？" if close else ""


def _endless(value: float) -> bool:
    """Infinite or not a number. An integer of any size is neither (and may be too long for isfinite)."""
    return isinstance(value, float) and not isfinite(value)


def _shown(value: object) -> str:
    """A wrong value as a rule file might write it, cut if it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > MOST:
        return f"{value.bit_length() * 3 // 10} 位左右的数"
    if isinstance(value, (list, dict)):
        return "一个列表" if isinstance(value, list) else "一个表"
    return _clipped(f'"{value}"' if isinstance(value, str) else str(value))


def _is_pattern(entry: str) -> bool:
    return len(entry) > 1 and entry[0] == entry[-1] == "/"


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@dataclass
class Source:
    """One rule file: its name, the lines of its keys, the word lists it can name, and the problems found in it.

    ``trusted``: these very files have been loaded before and had none: word lists need no second look.
    """

    file: str
    lines: Mapping[Path, int]
    word_lists: WordLists
    problems: list[Problem] = field(default_factory=list)
    trusted: bool = False

    def place(self, path: Path) -> Place:
        """Where a key stands; only the file of files that have no problems to tell of."""
        if self.trusted:
            return Place(self.file)
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
            shown = value if isinstance(value, str) else _shown(value)
            self.wrong(name, f"「{shown}」不在可选值 {'、'.join(choices)} 之内{hint}")
            return default
        return str(value)

    def number(self, name: str, required: bool = False, default: Any = None, low: float | None = None,
               high: float | None = None, whole: bool = False) -> Any:
        """A finite number (``whole``: an integer) within bounds; none in a rule file is below 0."""
        value = self.take(name, required)
        if value is None:
            return default
        number = not isinstance(value, bool) and isinstance(value, int if whole else (int, float))
        if not number or _endless(value) or not (low or 0) <= value <= (MOST if high is None else high):
            bounds = f"不小于 {low or 0:g} " if high is None else f" {low or 0:g} 到 {high:g} 之间"
            self.wrong(name, f"应为{bounds}的{'整数' if whole else '数字'}，现在是 {_shown(value)}")
            return default
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, f"应为 true 或 false，现在是 {_shown(value)}")
            return default
        return value

    def texts(self, name: str, required: bool = False) -> tuple[str, ...]:
        """A non-empty list of non-empty texts."""
        value = self.take(name, required)
        if value is None:
            return ()
        if isinstance(value, str):
            self.wrong(name, f"应为列表，写成 [\"{_clipped(value)}\"]")
            return ()
        if not isinstance(value, list) or not value:
            self.wrong(name, "应为非空的列表")
            return ()
        bad = [item for item in value if not isinstance(item, str) or not item.strip()]
        if bad:
            self.wrong(name, f"列表里有不是文字或为空的项：{_shown(bad[0])}")
            return ()
        return tuple(value)

    def words(
        self, name: str, required: bool = False, more: Sequence[str] = (), patterns: bool = False
    ) -> Lexicon | None:
        """A word list: phrases, /patterns/ and @names of lists in words/; ``patterns``: the slashes may be left out.

        In a pattern ``{@name}`` stands for any one entry of words/name.txt.
        """
        entries = [*self.texts(name, required and not more), *more]
        if not entries:
            return None
        flat: list[str] = []
        for entry in entries:
            bare = patterns and not _is_pattern(entry)
            flat += self._list(name, entry[1:]) if entry.startswith("@") else [f"/{entry}/" if bare else entry]
        twice = [entry for entry, count in Counter(entries).items() if count > 1]
        if twice:
            self.wrong(name, f"「{_clipped(twice[0])}」写了两遍，删掉一个")
        spaced = [entry for entry in flat if entry != entry.strip()]
        if spaced:
            self.wrong(name, f"「{_clipped(spaced[0])}」两头有空格，聊天里很少这样写，请删掉空格")
        flat = [self._fill(name, entry) if _is_pattern(entry) and _SLOT.search(entry) else entry for entry in flat]
        try:
            return Lexicon(flat, self.source.trusted) if flat else None
        except LexiconError as error:
            self.wrong(name, str(error))
            return None

    def _fill(self, name: str, pattern: str) -> FilledPattern:
        filled = FilledPattern(self._filled(name, pattern))
        filled.written = pattern
        return filled

    def _filled(self, name: str, pattern: str, inside: tuple[str, ...] = ()) -> str:
        """A pattern with its slots filled; ``inside``: the lists being filled in, which must not name each other."""

        def alternatives(match: re.Match[str]) -> str:
            listed = match.group(1)
            if listed in inside:
                self.wrong(name, f"词表 words/{listed}.txt 里又用到了它自己")
                return ""
            said = [entry[1:-1] if _is_pattern(entry) else re2.escape(entry) for entry in self._list(name, listed)]
            return "(?:" + "|".join(self._filled(name, entry, (*inside, listed)) for entry in said) + ")"

        return _SLOT.sub(alternatives, pattern)

    def _list(self, name: str, listed: str) -> Sequence[str]:
        try:
            entries = self.source.word_lists(listed)
        except KeyError as error:
            known = error.args[1] if len(error.args) > 1 else ()
            self.wrong(name, f"没有词表 words/{listed}.txt{did_you_mean(listed, known)}")
            return ()
        except ValueError as error:
            self.wrong(name, f"词表 words/{listed}.txt {error}")
            return ()
        if not entries:
            self.wrong(name, f"词表 words/{listed}.txt 是空的")
        return entries

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
