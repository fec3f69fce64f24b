"""The rows of a conversation in their order, and the conversation that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from auditor.chat import Conversation, Kind, Message, Role
from auditor.errors import Place
from auditor.readers.fields import Row
from auditor.readers.spool import Stored

_ROLES = {role.value: role for role in Role}
_KINDS = {kind.value: kind for kind in Kind}
_TIME, _AGENT, _CUSTOMER, _SHOP, _PLATFORM = map(Row._fields.index, ("time", "agent", "customer", "shop", "platform"))


def in_order(rows: Sequence[Stored]) -> list[Stored]:
    """Rows by time if every one has one (equal times in file order), else as they came."""
    if not all(row[_TIME] for _, _, row in rows):
        return list(rows)
    # ISO texts of one zone sort as times do; a fraction only makes a text longer, and so later.
    return sorted(oldest_first(rows), key=lambda stored: stored[2][_TIME] or "")


def oldest_first(rows: Sequence[Stored]) -> Sequence[Stored]:
    """Rows of a newest-first export turned round, so that those of one second come in the order they were said in."""
    times = [row[_TIME] or "" for _, _, row in rows]
    newest_first = bool(times) and times[0] > times[-1] and all(one >= next_one for one, next_one in pairwise(times))
    return rows[::-1] if newest_first else rows


def conversation(ident: str, rows: Sequence[Stored]) -> Conversation:
    """A conversation from its rows in order."""
    messages: list[Message] = []
    for file, line, (role, text, time, sender, kind, *_) in rows:
        when = datetime.fromisoformat(time) if time else None
        messages.append(Message(_ROLES[role], text, when, sender, _KINDS[kind], Place(file, line)))
    return Conversation(
        ident,
        tuple(messages),
        agent=_most_frequent(messages, Role.AGENT) or _first(rows, _AGENT),
        customer=_first(rows, _CUSTOMER) or _most_frequent(messages, Role.CUSTOMER),
        shop=_first(rows, _SHOP),
        platform=_first(rows, _PLATFORM),
    )


def _most_frequent(messages: Sequence[Message], role: Role) -> str | None:
    """Who of that role sent most messages, the first of equals; None if nobody did or no sender is known."""
    senders = Counter(message.sender for message in messages if message.role is role and message.sender)
    return max(senders, key=senders.__getitem__, default=None)


def _first(rows: Sequence[Stored], field: int) -> str | None:
    """The first value that a field has in these rows."""
    return next((row[field] for _, _, row in rows if row[field]), None)
