"""Tables of any container: which heading belongs to which export, and from cells to entries."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.readers.columns import COLUMNS, has_header, known_headings, layout, missing_columns, normal
from auditor.readers.exportmap import Choice, ExportMap
from auditor.readers.fields import number_text
from auditor.readers.interpret import Getter, Interpreter
from auditor.readers.options import Options
from auditor.readers.records import FIELDS, RULED, Columns, Entry, Note, Record, RefusedError, RowError, Spoilt, Values
from auditor.readers.roles import COLON

#: Title lines are looked past only so far.
HEADER_WITHIN = 20
_TIMES = frozenset(FIELDS.index(name) for name in ("time", "date"))
_NAMES = tuple(FIELDS.index(name) for name in ("conversation", "agent", "customer", "sender"))
_TITLES = {"conversation": "会话", "agent": "客服", "customer": "客户", "sender": "发送人"}
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,}")
#: A spreadsheet keeps fifteen digits of a number; whole numbers from here on have lost their last ones.
_LOSSY = 10**15


def fits(form: ExportMap | None, cells: Sequence[Any]) -> bool:
    """Whether these cells are a heading of that export; None stands for the canonical columns."""
    if form is None:
        return has_header(cells)
    if form.fallback and has_header(cells):
        return False
    found = {normal(cell) for cell in cells if isinstance(cell, str)}
    needs = form.needs or (form.fields["text"].every,)
    return all(any(normal(name) in found for name in choice) for choice in needs)


def likeness(form: ExportMap | None, cells: Sequence[Any]) -> int:
    """How many of these cells are headings of that export."""
    if form is None:
        return known_headings(cells)
    names = {normal(name) for choice in form.needs for name in choice}
    names |= {normal(name) for choice in form.fields.values() for name in choice.every}
    return sum(isinstance(cell, str) and normal(cell) in names for cell in cells)


@dataclass
class _Rounded:
    """Long ids that lost their last digits in one column."""

    line: int
    count: int = 0


@dataclass
class Table:
    """A table below its heading. ``width``: cells of a row; ``part``: the worksheet, where a file has several.

    ``sample``: some of its rows, to see whose accounts there are.
    """

    headings: Sequence[Any]
    line: int
    form: ExportMap | None
    options: Options
    part: str | None = None
    sample: Sequence[Sequence[Any]] = ()
    _rounded: dict[int, _Rounded] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Raises RefusedError if a needed column is missing or a field has two columns."""
        self.width = len(self.headings)
        self._layout = layout(self.headings, self.line) if self.form is None else None
        self._map = None if self.form is None else _MappedColumns(self, self.form)

    def columns(self) -> Columns:
        """What each column is read as."""
        fields = self._layout.fields if self._layout else self._map.fields if self._map else {}
        named = [(str(heading or "").strip(), fields.get(at)) for at, heading in enumerate(self.headings)]
        return Columns(self.line, named, self.part)

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether cells split at every delimiter look like a message of their own."""
        columns = self._layout or self._map
        return columns is not None and len(cells) == self.width and columns.is_row(cells)

    def entry(self, number: int, cells: list[Any], raw: Any) -> Entry:
        """The entry of one row of exactly ``width`` cells."""
        try:
            values = self._layout.values(cells) if self._layout else self._map.values(cells) if self._map else ()
            if any(map(_is_rounded, map(values.__getitem__, _NAMES))):
                values = self._without_rounded(number, values)
            return Record(number, _plain_values(values), raw, self.part)
        except RowError as error:
            return Spoilt(number, error.category, error.detail, raw, self.part)

    def _without_rounded(self, number: int, values: Values) -> Values:
        """Ids that have lost digits would throw customers and conversations together: they count as missing."""
        kept = list(values)
        for at in _NAMES:
            if _is_rounded(kept[at]):
                kept[at] = None
                self._rounded.setdefault(at, _Rounded(number)).count += 1
        return tuple(kept)

    def opening(self) -> Iterator[Entry]:
        """What is to be told before the rows: what each column is read as, and titles above the heading."""
        yield self.columns()
        if self._map is not None and self.form is not None and self.form.own:
            yield from (Note(self.line, text) for text in self._map.absent(self.form))
        if self.line > 1:
            yield Note(self.line, f"表头在第 {self.line} 行，它上面的行没有当作消息读。")

    def notes(self) -> Iterator[Note]:
        """What is to be told when the table is read: columns of ids that a spreadsheet has rounded."""
        for at, rounded in sorted(self._rounded.items()):
            yield Note(
                rounded.line,
                f"「{_TITLES[FIELDS[at]]}」列有 {rounded.count} 个编号被表格软件变成了 1.2E+18 这样的数，"
                "后几位已经丢了，没有拿来当编号用；请把这一列改成文本格式，重新导出。",
            )


class _MappedColumns:
    """The columns of a table by an export map; fields that the map does not name are found by their usual headings."""

    def __init__(self, table: Table, form: ExportMap) -> None:
        self._headings = headings = table.headings
        self._at: dict[str, int] = {}
        for at, heading in enumerate(headings):
            if isinstance(heading, str):
                self._at.setdefault(normal(heading), at)
        whole = replace(form, fields=self._all_fields(form, headings))
        if self._column(whole, "text") is None:
            raise RefusedError(missing_columns(list(form.fields["text"].paths[:1]) or ["消息"], headings), table.line)
        # A column that holds a field for some roles only is told of by what it always holds.
        ranked = sorted(whole.fields.items(), key=lambda item: not item[1].by_role)
        tested = (path for rule in form.rules for c in rule.conditions for path in (c.path, c.same_as) if path)
        self.fields = {self._at[normal(path)]: RULED for path in tested if normal(path) in self._at}
        self.fields |= {at: name for name, choice in ranked for at in self._places(choice)}
        agents = table.options.agents
        sure = bool(agents) or self._has_marked_accounts(whole, table.sample)
        self._interpreter = Interpreter(whole, self._resolve, agents, "customer" if sure else None)
        self._probe = next((g for name in ("time", "date") if (g := self._column(whole, name)) is not None), None)

    def _all_fields(self, form: ExportMap, headings: Sequence[Any]) -> Mapping[str, Choice]:
        claimed = {normal(path) for choice in form.fields.values() for path in choice.every}
        fields = dict(form.fields)
        for heading in headings:
            name = COLUMNS.get(normal(heading)) if isinstance(heading, str) else None
            if name is not None and name not in fields and normal(heading) not in claimed:
                fields[name] = Choice((heading,))
        return fields

    def _places(self, choice: Choice) -> list[int]:
        return [self._at[normal(path)] for path in choice.every if normal(path) in self._at]

    def absent(self, form: ExportMap) -> Iterator[str]:
        """What to tell of fields of a map for which the table has no column."""
        headings = {name: heading for heading in map(str, self._headings) if (name := heading.strip())}
        for name, choice in form.fields.items():
            if not self._places(choice):
                close = difflib.get_close_matches(choice.every[0], headings, 1, 0.5) if choice.every else []
                hint = f"，是不是「{close[0]}」？" if close else "，"
                yield f"列名对照表里 {name} 写的「{'、'.join(choice.every)}」不在表头里{hint}没有读这一项。"

    def _has_marked_accounts(self, form: ExportMap, sample: Sequence[Sequence[Any]]) -> bool:
        """Whether an account such as 店铺:子账号 speaks in these rows: then those without a mark are customers."""
        at = self._column(form, "sender")
        cells = [row[at] for row in sample if at is not None and at < len(row)]
        return any(isinstance(cell, str) and COLON.fullmatch(cell.strip()) for cell in cells)

    def _column(self, form: ExportMap, name: str) -> int | None:
        choice = form.fields.get(name)
        return next((self._at[normal(p)] for p in choice.paths if normal(p) in self._at), None) if choice else None

    def _resolve(self, path: str) -> Getter:
        at = self._at.get(normal(path))
        if at is None:
            return _nothing
        return lambda cells: cells[at]

    def values(self, cells: list[Any]) -> Values:
        """The values of a row. Raises RowError if the map rejects it."""
        return self._interpreter.values(cells)

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether a time stands where times stand."""
        return self._probe is not None and bool(re.match(r'"?\d+[-/年:.]?\d', cells[self._probe].strip()))


def _nothing(cells: Any) -> None:
    del cells


def _is_rounded(value: Any) -> bool:
    """Whether a cell that should be an id is a number whose last digits are lost."""
    if isinstance(value, str):
        return "+" in value and _ROUNDED.fullmatch(value.strip()) is not None
    return isinstance(value, (int, float)) and abs(value) >= _LOSSY and abs(value) != float("inf")


def _plain_values(values: Values) -> Values:
    if all(value is None or value.__class__ is str for value in values):
        return values
    return tuple([value if at in _TIMES else _plain(value) for at, value in enumerate(values)])


def _plain(value: Any) -> Any:
    """A cell as text: 12345.0 is the id 12345, TRUE is a word."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(value) if isinstance(value, (int, float)) else str(value)
