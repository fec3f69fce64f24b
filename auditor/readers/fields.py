"""The values of one record -> one row of a conversation, with every value checked. The texts are never rewritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from auditor.chat import Kind, Role
from auditor.readers.columns import AUTO, KINDS, ROLES, TOTALS, normal
from auditor.readers.records import MAX_TEXT, RowError, Values
from auditor.readers.roles import is_robot, shop_of
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

_AUTO_MARKS = ("[自动回复]", "【自动回复】")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\ufeff]+")


#: Names in which nothing can be seen: blanks, joiners, fillers.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0]*"
)


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


#: A row without its class.
RowValues: TypeAlias = tuple[str, str, str | None, str | None, str, str | None, str | None, str | None, str | None]


class Parsed(NamedTuple):
    """A row, the conversation it names (None: none named) and the day it was sent on, as ISO text (None: not known).

    ``coarse``: its time has no seconds.
    """

    row: Row
    conversation: str | None
    day: str | None
    coarse: bool = False


class _Frame(NamedTuple):
    """What a row says besides its time and text. ``named`` is the sender that the row itself names."""

    conversation: str | None
    role: str
    kind: str
    sender: str | None
    named: str | None
    agent: str | None
    customer: str | None
    shop: str | None
    platform: str | None


def parse(values: Values, zone: tzinfo, today: date | None = None) -> Parsed:
    """Check the values of one record (in the order of FIELDS). Raises RowError if the row cannot be audited.

    ``today``: see parse_moment().
    """
    ident, when, day, role_word, agent, customer, text, *others = values
    try:
        frame = _frame(ident, role_word, agent, customer, *others)
    except TypeError:  # a list or an object, which JSON may hold: it cannot be remembered
        frame = _frame.__wrapped__(ident, role_word, agent, customer, *others)
    except RowError as error:
        if error.category == BAD_ROLE and any(map(_is_total, (ident, when, agent))):
            raise RowError(TOTAL, "这是合计，不是消息") from error
        raise
    text = _text(text)
    if frame.kind == _TEXT and not text.strip():
        raise RowError(EMPTY, "消息内容是空的")
    moment = parse_moment(when, day, zone, today)
    conversation, role, kind, sender, named, agent, customer, shop, platform = frame
    if role == _AGENT and text.lstrip().startswith(_AUTO_MARKS):
        role, sender = _ROBOT, named
    row = Row(role, text, moment.time, sender, kind, agent, customer, shop, platform)
    return Parsed(row, conversation, moment.day, moment.coarse)


@lru_cache(maxsize=4096, typed=True)  # one row of a conversation is framed like the next
def _frame(
    ident: Any,
    role_word: Any,
    agent: Any,
    customer: Any,
    shop: Any,
    platform: Any,
    kind_word: Any,
    sender: Any,
    auto: Any,
) -> _Frame:
    role = _role(role_word)
    kind = _word(kind_word, KINDS, BAD_KIND) or _TEXT
    agent_name, customer_name, named = _name(agent), _name(customer), _name(sender)
    automatic = _word(auto, AUTO, BAD_AUTO) == "yes"
    if role == _AGENT and (automatic or is_robot(named or agent_name or "")):
        role = _ROBOT
    by = {_AGENT: named or agent_name, _CUSTOMER: customer_name or named}.get(role, named)
    shop_name = _name(shop) or shop_of(agent_name or "")
    return _Frame(_name(ident), role, kind, by, named, agent_name, customer_name, shop_name, _name(platform))


def _role(word: Any) -> str:
    meaning = ROLES.get(normal(word)) if isinstance(word, str) else None
    if meaning is not None:
        return meaning
    if word is None or not str(word).strip():
        raise RowError(BAD_ROLE, "角色是空的")
    raise RowError(BAD_ROLE, f"「{str(word).strip()[:40]}」")


def _is_total(cell: Any) -> bool:
    """Whether the first cells of a row without a known role give it away as a sum."""
    return isinstance(cell, str) and normal(cell).rstrip(":：") in TOTALS


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


def _clean_name(value: str) -> str | None:
    if not value.isprintable():
        value = _CONTROL.sub("", _SURROGATE.sub("\ufffd", value))
    return None if _INVISIBLE.fullmatch(value) else value.strip()


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
