"""The values of one record -> one row of a conversation, with every value checked. The texts are never rewritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.chat import Kind, Role
from auditor.readers.columns import AUTO, KINDS, ROLES, TOTALS, normal
from auditor.readers.records import MAX_TEXT, RowError, Values
from auditor.readers.source import TOO_LONG
from auditor.readers.times import parse_moment

EMPTY = "空消息"
TOTAL = "合计行"
BAD_ROLE = "角色不认识"
BAD_KIND = "消息类型不认识"
BAD_AUTO = "自动回复标记不认识"
BAD_TYPE = "值的类型不对"

# Plain strings: a member of an enum costs a look-up at every row.
_AGENT, _CUSTOMER, _ROBOT, _TEXT = Role.AGENT.value, Role.CUSTOMER.value, Role.ROBOT.value, Kind.TEXT.value
#: Roles as they are mostly written, so that few need to be brought into normal form.
_ROLE_WORDS = {**ROLES, **{word.upper(): role for word, role in ROLES.items()}}

_AUTO_MARKS = ("[自动回复]", "【自动回复】")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\ufeff]+")


class Row(NamedTuple):
    """One message, ready to be put away: plain values only. ``time`` is ISO 8601 text without offset, or None."""

    role: str
    text: str
    time: str | None
    sender: str | None
    kind: str
    agent: str | None
    customer: str | None
    shop: str | None
    platform: str | None


class Parsed(NamedTuple):
    """A row, the conversation it names (None: none named) and the day it was sent on, as ISO text (None: not known)."""

    row: Row
    conversation: str | None
    day: str | None


def parse(values: Values, zone: tzinfo) -> Parsed:
    """Check the values of one record (in the order of FIELDS). Raises RowError if the row cannot be audited."""
    ident, when, day, role_word, agent_name, customer_name, text, shop, platform, kind_word, sender_name, auto = values
    role = _ROLE_WORDS.get(role_word) if role_word.__class__ is str else None
    if role is None:
        role = _role(role_word, (ident, when, agent_name))
    kind = _TEXT if kind_word is None else _word(kind_word, KINDS, BAD_KIND) or _TEXT
    text = _text(text)
    if kind == _TEXT and not text.strip():
        raise RowError(EMPTY, "消息内容是空的")
    moment = parse_moment(when, day, zone)
    agent, customer = _name(agent_name), _name(customer_name)
    if role == _AGENT and _is_automatic(auto, text):
        role = _ROBOT
    sender = None if sender_name is None else _name(sender_name)
    row = Row(
        role,
        text,
        moment.time,
        _sender(role, sender, agent, customer),
        kind,
        agent,
        customer,
        (None if shop is None else _name(shop)) or _shop_of(agent),
        None if platform is None else _name(platform),
    )
    return Parsed(row, _name(ident), moment.day)


def _shop_of(agent: str | None) -> str | None:
    """The shop in an account name such as 店铺:子账号."""
    return agent.partition(":")[0] or None if agent is not None and ":" in agent else None


def _is_automatic(auto: Any, text: str) -> bool:
    return text.lstrip().startswith(_AUTO_MARKS) or (auto is not None and _word(auto, AUTO, BAD_AUTO) == "yes")


def _sender(role: str, sender: str | None, agent: str | None, customer: str | None) -> str | None:
    """Who sent it: the sender or customer that the row names, else its agent. A robot goes by no agent's name."""
    if role == _AGENT:
        return sender or agent
    if role == _CUSTOMER:
        return customer or sender
    return sender


def _role(word: Any, heads: tuple[Any, ...]) -> str:
    """The role; without a known one the row may be a total, which the first cells (``heads``) give away."""
    meaning = ROLES.get(normal(word)) if isinstance(word, str) else None
    if meaning is not None:
        return meaning
    if any(isinstance(cell, str) and normal(cell).rstrip(":：") in TOTALS for cell in heads):
        raise RowError(TOTAL, "这是合计，不是消息")
    if word is None or not str(word).strip():
        raise RowError(BAD_ROLE, "角色是空的")
    raise RowError(BAD_ROLE, f"「{str(word).strip()[:40]}」")


def _word(value: Any, words: Mapping[str, str], category: str) -> str | None:
    """What a word from a closed list means; None for a blank. Raises RowError for any other word."""
    if value is None or value == "":
        return None
    if not isinstance(value, (str, int)):
        raise RowError(BAD_TYPE, f"「{str(value)[:40]}」不是文字")
    meaning = words.get(normal(str(value)))
    if meaning is None and str(value).strip():
        raise RowError(category, f"「{str(value).strip()[:40]}」")
    return meaning


def _name(value: Any) -> str | None:
    """A name or number of somebody or something, trimmed; None if blank. Raises RowError for what cannot be one."""
    if value is None:
        return None
    if isinstance(value, str):
        return _clean_name(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowError(BAD_TYPE, f"「{str(value)[:40]}」不是名称")
    return number_text(value)


def number_text(value: int | float) -> str:
    """A number as an identifier is written: whole numbers without a decimal point. Raises RowError if it is endless."""
    try:
        return str(int(value)) if value == int(value) else repr(value)
    except (ValueError, OverflowError) as error:
        raise RowError(BAD_TYPE, "数字太大或不是数字") from error


@lru_cache(maxsize=65536)
def _clean_name(value: str) -> str | None:
    if not value.isprintable():
        value = _CONTROL.sub("", _SURROGATE.sub("\ufffd", value))
    return value.strip() or None


def _text(value: Any) -> str:
    """The text as it stands, but for what no output can hold: NUL goes, half a surrogate pair becomes U+FFFD."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(BAD_TYPE, f"消息不是文字，而是「{str(value)[:40]}」")
    if len(value) > MAX_TEXT:
        raise RowError(TOO_LONG, f"消息有 {len(value)} 个字，最多读 {MAX_TEXT} 个字")
    if _UNSAFE.search(value):
        return _SURROGATE.sub("\ufffd", value.replace("\0", ""))
    return value
