"""Names of the workbooks: readable, allowed on every system, never the same twice."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

#: Longest file name in characters; with four bytes each it still fits every file system.
LONGEST = 80

# What Windows forbids, what links to a workbook stumble over, and everything invisible.
_BAD = re.compile(
    r'[\\/:*?"<>|#%\[\]\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff'
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def safe(text: str, longest: int = LONGEST) -> str:
    """A text as part of a file name: 「店:可可」 becomes 「店_可可」; never empty, a reserved name or a dotted end."""
    name = _BAD.sub("_", text).strip("_. ")[:longest].strip("_. ")
    return f"_{name}" if _RESERVED.fullmatch(name.split(".")[0]) else name or "未命名"


def file_name(agent: str, start: datetime | None, end: datetime | None, taken: set[str] | None = None) -> str:
    """``客服评分卡_<客服>_<from>_<to>.xlsx``, without days when the log has no times.

    ``taken`` holds the case-folded names given out so far; the new one is added to it. A name that is taken gets a
    short hash of the agent's real name.
    """
    tail = f"{_days(start, end)}.xlsx"
    room = LONGEST - len("客服评分卡_") - len(tail)
    name = f"客服评分卡_{safe(agent, room)}{tail}"
    used = taken if taken is not None else set()
    salt = 0
    while name.casefold() in used:
        digest = hashlib.sha256(f"{agent}\0{salt}".encode("utf-8", "surrogatepass")).hexdigest()[:6]
        name = f"客服评分卡_{safe(agent, room - 7)}_{digest}{tail}"
        salt += 1
    used.add(name.casefold())
    return name


def team_file_name(start: datetime | None, end: datetime | None) -> str:
    """``团队汇总_<from>_<to>.xlsx``, without days when the log has no times."""
    return f"团队汇总{_days(start, end)}.xlsx"


def _days(start: datetime | None, end: datetime | None) -> str:
    return f"_{start:%Y%m%d}_{end:%Y%m%d}" if start and end else ""
