"""The same conversation in several files: its parts come together, and what is there twice counts once.

A log names a conversation by an id that is sure within its file only: another file may use it for other people. So
every file has its own conversations at first; those of different files that are one are then found by what they say
of themselves. A row that stands in two files (the same export in another encoding or saved as a workbook, exports of
overlapping days) is kept once; two equal rows of one file are two, for people do repeat themselves.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeAlias

from auditor.chat import Role
from auditor.readers.assembly import oldest_first
from auditor.readers.fields import Row
from auditor.readers.grouping import pause_of
from auditor.readers.spool import Spool, Stored

_ROLE, _TIME, _SENDER, _AGENT, _CUSTOMER, _SHOP, _PLATFORM = map(
    Row._fields.index, ("role", "time", "sender", "agent", "customer", "shop", "platform")
)
#: A conversation of unnamed people goes on after a night, not after a day.
_NIGHT = timedelta(hours=12)
_MINUTE = len("2026-11-16T09:00")
_SECOND = len("2026-11-16T09:00:00")

#: What makes two rows the same: time, role, sender, kind, text.
_Same: TypeAlias = tuple[str | None, str, str | None, str, str]


class Talks:
    """The conversations of all files: which file each is in, and the id it is shown under.

    ``named``: whether the log itself gives that id. Numbers rise in order of first appearance.
    """

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.files = array("l")
        self.named = bytearray()
        self._exact: dict[int, bool] = {}
        self._numbers: dict[str, int] = {}
        self._file = 0

    def number(self, file: int, key: str, shown: str, named: bool) -> int:
        """The number of the conversation that has that key in its file; files come one after the other."""
        if file != self._file:
            self._file, self._numbers = file, {}
        number = self._numbers.setdefault(key, len(self.shown))
        if number == len(self.shown):
            self.shown.append(shown)
            self.files.append(file)
            self.named.append(named)
        return number

    def saw(self, file: int, time: str | None) -> None:
        """A row of that file has that time."""
        if time is not None and not self._exact.get(file, False):
            self._exact[file] = time[_MINUTE:] != ":00"

    def by_the_minute(self, number: int) -> bool:
        """Whether the times in a conversation's file have no seconds (Excel loses them when it saves a CSV anew)."""
        return not self._exact.get(self.files[number], True)

    def __len__(self) -> int:
        return len(self.shown)


@dataclass(frozen=True)
class Merged:
    """What belongs together: number of a conversation -> numbers of its other parts, in order.

    ``dropped``: how many rows of a file (first) stand in another one (second) as well; ``apart``: by file, how many
    ids of it mean other people in an earlier file, and the first such id.
    """

    parts: Mapping[int, Sequence[int]] = field(default_factory=dict)
    dropped: Mapping[tuple[int, int], int] = field(default_factory=dict)
    apart: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    _others: Collection[int] = frozenset()

    def groups(self, spool: Spool, talks: Talks) -> Iterator[tuple[int, list[Stored]]]:
        """Every conversation, whole, with the number of its first part."""
        for number, rows in spool.groups():
            if number in self.parts:
                numbers = (number, *self.parts[number])
                coarse = any(map(talks.by_the_minute, numbers))
                yield number, united([rows, *map(spool.rows, numbers[1:])], coarse)[0]
            elif number not in self._others:
                yield number, rows


def merge(spool: Spool, talks: Talks, profile: str | None) -> Merged:
    """Find the conversations that stand in several files. ``profile``: see Options."""
    if len(set(talks.files)) < 2:
        return Merged()
    merger = _Merger(spool, talks, profile)
    for numbers in _meetings(spool, talks):
        merger.resolve(numbers)
    others = frozenset(number for rest in merger.parts.values() for number in rest)
    return Merged(merger.parts, merger.dropped, merger.apart, others)


def _meetings(spool: Spool, talks: Talks) -> Iterator[list[int]]:
    """Numbers of conversations of several files that may be one, in order.

    They share an id (that they are shown under, for what was converted goes by it), a customer or their first row.
    """
    ids, others = (array("Q", bytes(8 * len(talks))) for _ in range(2))
    for number, rows in spool.groups():
        ids[number] = _digest(f"id\0{talks.shown[number]}")
        others[number] = ids[number] if talks.named[number] else _digest(_people(rows))
    meeting = array("l", range(len(talks)))
    for keys in (ids, others):
        for _, found in groupby(sorted(range(len(talks)), key=keys.__getitem__), key=keys.__getitem__):
            first, *rest = found
            for number in rest:
                _join(meeting, first, number)
    tops = [_top(meeting, number) for number in range(len(talks))]
    for _, found in groupby(sorted(range(len(talks)), key=tops.__getitem__), key=tops.__getitem__):
        numbers = list(found)
        if len({talks.files[number] for number in numbers}) > 1:
            yield numbers


def _top(meeting: array[int], number: int) -> int:
    """The number that stands for all that meet with this one."""
    while meeting[number] != number:
        meeting[number] = meeting[meeting[number]]
        number = meeting[number]
    return number


def _join(meeting: array[int], one: int, other: int) -> None:
    low, high = sorted((_top(meeting, one), _top(meeting, other)))
    meeting[high] = low


def _people(rows: Sequence[Stored]) -> str:
    """By what conversations without an id meet."""
    customer = next((row[_CUSTOMER] for _, _, row in rows if row[_CUSTOMER]), None)
    return f"customer\0{customer}" if customer else f"row\0{_same(rows[0])}"


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


@dataclass
class _Part:
    """A conversation of one file: its id if the log gives one, who is in it, and when."""

    number: int
    file: int
    ident: str | None
    rows: Sequence[Stored]
    customers: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    shops: set[str] = field(default_factory=set)
    times: tuple[datetime, datetime] | None = None
    platform: str | None = None

    def __post_init__(self) -> None:
        times: list[str | None] = []
        for _, _, row in self.rows:
            customer = row[_CUSTOMER] or (row[_SENDER] if row[_ROLE] == Role.CUSTOMER.value else None)
            agent = row[_AGENT] or (row[_SENDER] if row[_ROLE] == Role.AGENT.value else None)
            for names, name in ((self.customers, customer), (self.agents, agent), (self.shops, row[_SHOP])):
                if name:
                    names.add(name)
            times.append(row[_TIME])
            self.platform = self.platform or row[_PLATFORM]
        known = [time for time in times if time]
        if len(known) == len(times):
            self.times = datetime.fromisoformat(min(known)), datetime.fromisoformat(max(known))

    @property
    def same_rows(self) -> set[_Same]:
        """Its rows, as they are compared with those of others."""
        return set(map(_same, self.rows))

    def same_people(self, other: _Part) -> bool:
        """Whether nothing speaks against it: a shop or customer that both know is the same.

        Where the customer is not known, agent and time must do: tables number their conversations 1, 2, 3 every day.
        """
        if _differ(self.shops, other.shops) or _differ(self.customers, other.customers):
            return False
        if self.customers and other.customers:
            return True
        return not _differ(self.agents, other.agents) and self._near(other, _NIGHT) is not False

    def same_talk(self, other: _Part, pause: timedelta) -> bool:
        """Whether two conversations that share no id are one: the same people at the same time, or word for word."""
        if _differ(self.shops, other.shops) or _differ(self.agents, other.agents):
            return False
        near = self._near(other, pause)
        return list(map(_same, self.rows)) == list(map(_same, other.rows)) if near is None else near

    def _near(self, other: _Part, pause: timedelta) -> bool | None:
        """Whether there is no longer pause between the two; None if one of them has no times."""
        if self.times is None or other.times is None:
            return None
        return self.times[0] - pause <= other.times[1] and other.times[0] - pause <= self.times[1]


def _differ(mine: set[str], theirs: set[str]) -> bool:
    return bool(mine and theirs) and mine.isdisjoint(theirs)


class _Merger:
    """Decides, meeting by meeting, which conversations are one."""

    def __init__(self, spool: Spool, talks: Talks, profile: str | None) -> None:
        self.parts: dict[int, list[int]] = {}
        self.dropped: Counter[tuple[int, int]] = Counter()
        self.apart: dict[int, tuple[int, str]] = {}
        self._spool, self._talks, self._profile = spool, talks, profile

    def resolve(self, numbers: Sequence[int]) -> None:
        """Put those of these conversations together that are one."""
        wholes: list[list[_Part]] = []
        for number in numbers:
            ident = self._talks.shown[number] if self._talks.named[number] else None
            part = _Part(number, self._talks.files[number], ident, self._spool.rows(number))
            whole = next((whole for whole in wholes if self._joins(part, whole)), None)
            if whole is not None:
                whole.append(part)
                continue
            if ident is not None and any(other.ident == ident for whole in wholes for other in whole):
                count, shown = self.apart.get(part.file, (0, ident))
                self.apart[part.file] = count + 1, shown
            wholes.append([part])
        for whole in wholes:
            if len(whole) > 1:
                self._settle(whole)

    def _joins(self, part: _Part, whole: Sequence[_Part]) -> bool:
        named = [other for other in whole if other.ident is not None]
        if part.ident is not None and named:
            return all(part.ident == other.ident and part.same_people(other) for other in named)
        pause = pause_of(self._profile or part.platform)
        return any(
            part.file != other.file
            and part.same_talk(other, pause)
            # An id and none: only what was converted is sure to be the same.
            and (part.ident == other.ident or bool(part.same_rows & other.same_rows))
            for other in whole
        )

    def _settle(self, whole: Sequence[_Part]) -> None:
        first, *rest = whole
        self.parts[first.number] = [part.number for part in rest]
        coarse = any(self._talks.by_the_minute(part.number) for part in whole)
        for part, dropped in zip(whole, united([part.rows for part in whole], coarse)[1], strict=True):
            if dropped:
                other = next(one.file for one in whole if one.file != part.file)
                self.dropped[part.file, other] += dropped


def united(parts: Sequence[Sequence[Stored]], coarse: bool) -> tuple[list[Stored], list[int]]:
    """The rows of the parts of a conversation, each once, and how many of each part were there already.

    A row that one part has three times and another twice is kept three times. ``coarse``: compare by the minute.
    """
    kept, dropped = list[Stored](), list[int]()
    counts: Counter[_Same] = Counter()
    for rows in parts:
        own: Counter[_Same] = Counter()
        before = len(kept)
        for stored in oldest_first(rows) if all(row[_TIME] for _, _, row in rows) else rows:
            same = _same(stored, coarse)
            own[same] += 1
            if own[same] > counts[same]:
                kept.append(stored)
        counts |= own
        dropped.append(len(rows) - (len(kept) - before))
    return kept, dropped


def _same(stored: Stored, coarse: bool = False) -> _Same:
    role, text, time, sender, kind, *_ = stored[2]
    # What a workbook does to a text: other line ends, no blanks around it; to a time: no fractions of a second.
    return time[: _MINUTE if coarse else _SECOND] if time else None, role, sender, kind, "".join(text.split())

