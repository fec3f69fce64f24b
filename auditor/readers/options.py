"""How the user wants the logs read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo

from auditor.readers.times import SHANGHAI

#: More than any log: a file so large is a mistake, or an attack.
LARGEST_FILE = 4 << 30


@dataclass(frozen=True)
class Options:
    """Reading options.

    ``encoding``: a codec name, None to decide by the bytes; ``zone``: the zone of times in the result and of
    times that carry none; ``format``: a name of the format table, None to decide by the contents; ``since`` and
    ``until``: first and last day that is audited (both included; messages without a date are always kept); ``agents``:
    accounts that are agents, whatever they look like; ``day``: the day that times without a date belong to, and the
    "today" of times such as 昨天 10:00; ``profile``: the platform that was asked for, which says how long a silence
    ends a conversation that has no id (None: the platform that the log names); ``most``: the largest file that is
    read, unpacked, in bytes.
    """

    encoding: str | None = None
    zone: tzinfo = SHANGHAI
    format: str | None = None
    since: date | None = None
    until: date | None = None
    agents: frozenset[str] = frozenset()
    day: date | None = None
    profile: str | None = None
    most: int = LARGEST_FILE
