"""Chats as QQ's message manager (time first) and WechatExporter (all on one line) write them."""

from __future__ import annotations

import re

from auditor.readers.heads import Grammar, Head, Mark, count_heads, no_mark, read_heads
from auditor.readers.options import Options
from auditor.readers.records import Entries
from auditor.readers.roles import Cast
from auditor.readers.source import Source

_TIME = r"(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2} (?:上午|下午)?\s?\d{1,2}:\d\d:\d\d(?: ?[AaPp][Mm])?"
_QQ_HEAD = re.compile(rf"({_TIME}) (\S.{{0,100}})", re.ASCII)
_QQ_ACCOUNT = re.compile(r"(?:【[^】]*】)?(.*?)\s*(?:[(（](\d{4,12})[)）]|<([^<>\s]+@[^<>\s]+)>)", re.ASCII)
_QQ_TITLE = re.compile(r"消息记录[(（]此消息记录为文本格式.*")
_QQ_GROUP = re.compile(r"消息分组\s*[:：].*")
_QQ_PARTNER = re.compile(r"消息对象\s*[:：]\s*(.*)")
_RULE = re.compile(r"={10,}")
_WECHAT_HEAD = re.compile(rf"(\S.{{0,60}}?) ?\(({_TIME})\)\s?[:：](.*)", re.ASCII | re.DOTALL)


def _qq_head(line: str, below: str) -> Head | None:
    del below
    if line[:2] not in {"19", "20"}:
        return None
    found = _QQ_HEAD.fullmatch(line)
    return Head(_qq_nick(found[2]), found[1]) if found else None


def _qq_nick(account: str) -> str:
    """The account without the title that a group gave it; the number stays, for nicks are not unique."""
    return re.sub(r"^【[^】]*】(?=.)", "", account.strip())


def _qq_names(account: str) -> tuple[str, ...]:
    """Nick, number or mail address, and both as they stand."""
    found = _QQ_ACCOUNT.fullmatch(account)
    return tuple(name for name in (account, *(found.groups() if found else ())) if name)


def _qq_mark(line: str) -> Mark | None:
    if line[:1] == "=" and _RULE.fullmatch(line):
        return Mark()
    if line[:2] != "消息":
        return None
    if partner := _QQ_PARTNER.fullmatch(line):
        return Mark(customer=partner[1].strip())
    return Mark() if _QQ_TITLE.fullmatch(line) or _QQ_GROUP.fullmatch(line) else None


def score_qq(source: Source) -> float:
    """How sure it is that a text comes from QQ's message manager."""
    heads = count_heads(source, _qq_head)
    titled = any(isinstance(line, str) and _QQ_TITLE.fullmatch(line.strip()) for _, line in source.head_lines())
    if not heads or (len(heads) < 2 and not titled):
        return 0.0
    numbered = sum(_QQ_ACCOUNT.fullmatch(head.sender) is not None for head in heads)
    return 0.5 + 0.3 * titled + 0.15 * (2 * numbered >= len(heads))


def read_qq(source: Source, options: Options) -> Entries:
    """The messages of a QQ text export: the partner named in its header is the customer, unless agents are listed."""
    return read_heads(source, Grammar(_qq_head, _qq_mark, Cast(options.agents, names=_qq_names), sorted=True))


def _wechat_head(line: str, below: str) -> Head | None:
    del below
    found = _WECHAT_HEAD.fullmatch(line) if "(" in line else None
    return Head(found[1], found[2], first=found[3]) if found else None


def score_wechat(source: Source) -> float:
    """How sure it is that a text was written by WechatExporter."""
    return 0.8 if len(count_heads(source, _wechat_head)) > 1 else 0.0


def read_wechat(source: Source, options: Options) -> Entries:
    """The messages of a WechatExporter text; only listed agents are told from customers."""
    return read_heads(source, Grammar(_wechat_head, no_mark, Cast(options.agents), sorted=True))
