"""Conversations for rows that name none: same shop, agent and customer, and no long pause (see ``PAUSE``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from auditor.readers.fields import Row

#: A longer silence begins a new conversation.
PAUSE = timedelta(minutes=30)
#: Platforms that close a conversation sooner, by their names in a log.
_PAUSES = {name: timedelta(minutes=10) for name in ("jd", "京东")}


def pause_of(platform: str | None) -> timedelta:
    """The silence after which that platform (by its name in a log, or a profile's name) begins a new conversation."""
    return _PAUSES.get((platform or "").strip().lower(), PAUSE)


#: Shop, agent, customer.
Names: TypeAlias = tuple[str | None, str | None, str | None]


@dataclass
class _Group:
    """The conversation now open for a shop, agent and customer; a name not yet known is None."""

    names: Names
    key: str
    first: datetime | None = None
    last: datetime | None = None
    day: str | None = None

    def takes(self, time: datetime | None, day: str | None, pause: timedelta) -> bool:
        """Whether a message of that time belongs here. Works for newest-first exports as well."""
        if time is None or self.first is None or self.last is None:
            return day is None or self.day is None or day == self.day
        return self.first - pause <= time <= self.last + pause

    def extend(self, time: datetime | None, day: str | None) -> None:
        """A message of that time has come in."""
        self.day = self.day or day
        if time is not None:
            self.first = min(self.first or time, time)
            self.last = max(self.last or time, time)


class Grouper:
    """Gives each row of one file the id of its conversation; ``stem`` begins the ids that have no customer's name.

    ``profile``: the platform that was asked for, whatever a row says. A row in which shop, agent or customer is blank
    goes on with the conversation before it, or with the last one of its customer, if nothing else speaks against it.
    Ids are the same in every run.
    """

    def __init__(self, stem: str, profile: str | None = None) -> None:
        self._stem = stem
        self._profile = profile
        self._open: dict[Names, _Group] = {}
        self._of_customer: dict[str, _Group] = {}
        self._latest: _Group | None = None
        self._used: dict[str, int] = {}

    def key(self, row: Row, day: str | None) -> str:
        """The id of the row's conversation."""
        names = (row.shop, row.agent, row.customer)
        time = datetime.fromisoformat(row.time) if row.time else None
        candidates = (self._open.get(names), self._latest, self._of_customer.get(row.customer or ""))
        pause = pause_of(self._profile or row.platform)
        group = next((g for g in candidates if g and _agree(names, g.names) and g.takes(time, day, pause)), None)
        if group is None:
            group = _Group(names, self._new_id(row.customer, day))
        elif group.names != names:
            shop, agent, customer = (mine or theirs for mine, theirs in zip(names, group.names, strict=True))
            group.names = (shop, agent, customer)
        group.extend(time, day)
        self._open[group.names] = self._latest = group
        if group.names[2]:
            self._of_customer[group.names[2]] = group
        return group.key

    def _new_id(self, customer: str | None, day: str | None) -> str:
        base = self._stem
        if customer is not None:
            base = f"{customer}@{day}" if day else customer
        count = self._used[base] = self._used.get(base, 0) + 1
        return f"{base}#{count}" if customer is None or count > 1 else base


def _agree(mine: Names, theirs: Names) -> bool:
    """Whether two sets of names may be of one conversation: where both know a name, it is the same."""
    return all(not a or not b or a == b for a, b in zip(mine, theirs, strict=True))
