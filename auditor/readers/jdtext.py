"""京东, chat records as text: heads (account, two blanks, time) between lines that say where a conversation begins."""

from __future__ import annotations

import re

from auditor.readers.heads import Grammar, Head, Mark, count_heads, read_heads
from auditor.readers.options import Options
from auditor.readers.records import Entries
from auditor.readers.roles import DASHES, Cast, is_robot
from auditor.readers.source import Source

_HEAD = re.compile(r"\s*(\S.{0,100}?)\s+((?:19|20)\d\d-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d\d:\d\d)", re.ASCII)
_SENTENCE = re.compile(r"[，。！？：；、…,;|\t\"]|//")
_BEGINS = re.compile(r"[/*=\-\s]*以下为一通会话[/*=\-\s]*")
_ENDS = re.compile(r"[/*=\-\s]*会话结束(?:[_\s]*(?:结束)?时间\s*[:：].*?)?[/*=\-\s]*")


def _head(line: str, below: str) -> Head | None:
    del below
    found = _HEAD.fullmatch(line) if line[-3:-2] == ":" else None
    return Head(found[1], found[2]) if found and not _SENTENCE.search(found[1]) else None


def _mark(line: str) -> Mark | None:
    """``/****以下为一通会话****/`` begins a conversation; ``/****会话结束****/`` ends it and so begins nothing."""
    if "会话" not in line:
        return None
    if _BEGINS.fullmatch(line):
        return Mark(parts=True)
    return Mark() if _ENDS.fullmatch(line) else None


def score(source: Source) -> float:
    """How sure it is that a text is a chat record of 京东."""
    heads = count_heads(source, _head)
    marked = any(isinstance(line, str) and _BEGINS.fullmatch(line) for _, line in source.head_lines())
    if len(heads) < (1 if marked else 2):
        return 0.4 if marked else 0.0
    jimi = any(is_robot(head.sender) and ":" not in head.sender for head in heads)
    dashes = any(DASHES.fullmatch(head.sender) and "-->" not in head.sender for head in heads)
    return min(0.95, 0.5 + 0.45 * marked + 0.2 * jimi + 0.2 * dashes)


def read(source: Source, options: Options) -> Entries:
    """The messages of a 京东 chat record."""
    return read_heads(source, Grammar(_head, _mark, Cast(options.agents, DASHES), "jd"))
