"""千牛, copied from the client: a head (nick and time, on one line or two), the words below it, and crumbs between."""

from __future__ import annotations

import re

from auditor.chat import Role
from auditor.readers.content import is_words
from auditor.readers.heads import Grammar, Head, Mark, count_heads, read_heads
from auditor.readers.options import Options
from auditor.readers.records import Entries
from auditor.readers.roles import COLON, Cast
from auditor.readers.source import Source

_TIME = r"(?:19|20)\d\d-\d{1,2}-\d{1,2}\s+\d{1,2}:\d\d:\d\d"
#: The blank before the time may be missing: tb1232026-11-16 9:00:00 is tb123.
_ONE_LINE = re.compile(rf"(\S.{{0,100}}?)\s*({_TIME})", re.ASCII)
_BARE = re.compile(_TIME, re.ASCII)
_ARROW = re.compile(r"(.+?)\s*-->\s*(.+)")
_BRACKETS = re.compile(r"[\[【](.+)[\]】]")
#: What stands in sentences and in no nick.
_SENTENCE = re.compile(r"[，。！？：；、…,;|\t\"]|//")
_STATUS = frozenset({"已读", "未读", "发送中", "已送达", "发送失败"})
_FURNITURE = re.compile(r"没有更多内容了|[-—\s]*以上(?:是|为)历史消息[-—\s]*|[-—\s]*以下(?:是|为)最新消息[-—\s]*")


def _head(line: str, below: str) -> Head | None:
    """``nick time``, ``nicktime``, ``[nick] time``, ``a --> b time``, or the nick on a line of its own."""
    if line[-3:-2] == ":" and (found := _ONE_LINE.fullmatch(line)):
        return _named(found[1], found[2], 1)
    if below[:2] in {"19", "20"} and 0 < len(line) <= 60 and _BARE.fullmatch(below) and not _BARE.fullmatch(line):
        return _named(line.strip(), below, 2)
    return None


def _named(sender: str, time: str, lines: int) -> Head | None:
    if _SENTENCE.search(sender) or not sender:
        return None
    if arrow := _ARROW.fullmatch(sender):
        return Head(arrow[1], time, arrow[2], lines=lines)
    brackets = _BRACKETS.fullmatch(sender)
    return Head(brackets[1].strip() if brackets else sender, time, lines=lines)


def _mark(line: str) -> Mark | None:
    return Mark() if _FURNITURE.fullmatch(line.strip()) else None


def _without_status(lines: list[str], role: str) -> list[str]:
    """The body of what the shop sent without the 已读 or 未读 above or below it; if that is all, nothing was shown."""
    if _STATUS.isdisjoint(map(str.strip, lines)) or role not in {Role.AGENT.value, Role.ROBOT.value}:
        return lines
    filled = [at for at, line in enumerate(lines) if line.strip()]
    marks = {at for at in filled[:1] if lines[at].strip() in _STATUS}
    ends = True  # what stands below is the end of the message, or no words
    for at in reversed(filled):
        if ends and lines[at].strip() in _STATUS:
            marks.add(at)
        else:
            ends = not is_words(lines[at])
    return ["" if at in marks else line for at, line in enumerate(lines)]


def score(source: Source) -> float:
    """How sure it is that a text was copied from the 千牛 client."""
    heads = count_heads(source, _head)
    if len(heads) < 2 and not _head(*_first_two(source)):
        return 0.0
    accounts = any(COLON.fullmatch(head.sender) for head in heads)
    crumbs = sum(isinstance(line, str) and line.strip() in _STATUS for _, line in source.head_lines())
    forms = any(head.lines == 2 or head.receiver for head in heads)
    return 0.5 + 0.3 * accounts + 0.1 * (crumbs > 0) + 0.05 * forms


def _first_two(source: Source) -> tuple[str, str]:
    filled = (line.rstrip() for _, line in source.head_lines() if isinstance(line, str) and line.strip())
    return next(filled, ""), next(filled, "")


def read(source: Source, options: Options) -> Entries:
    """The messages of a chat copied from the 千牛 client."""
    cast = Cast(options.agents, COLON)
    return read_heads(source, Grammar(_head, _mark, cast, "taobao", body=_without_status))
