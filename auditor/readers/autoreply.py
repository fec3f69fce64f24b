"""Automatic replies that an export does not mark: the same words, right after the customer's, again and again.

Nothing is told from what is said. Someone who answers within two seconds, in conversation after conversation, in the
same words, and who never says them otherwise, is a program. Then those messages are the robot's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.chat import Kind, Role
from auditor.readers.assembly import in_order
from auditor.readers.fields import Row
from auditor.readers.spool import Stored

#: Longest time between the customer's message and an automatic reply.
WITHIN = timedelta(seconds=2)
#: Fewest conversations in which a text came so soon, and the least share of all those in which it was said.
LEAST_TALKS = 3
LEAST_SHARE = 0.8
#: Shortest text, in code points: 好的 or 在的亲 is what people type as well.
LEAST_LENGTH = 8
#: Texts that are counted at once; of more, the rarest are let go, so that memory stays flat.
MOST_SUSPECTS = 50_000
_SHOWN = 30
_EXAMPLES = 3
_ROLE, _TIME, _SENDER, _KIND, _AGENT, _CUSTOMER, _SHOP = map(
    Row._fields.index, ("role", "time", "sender", "kind", "agent", "customer", "shop")
)


@dataclass(frozen=True)
class Automatic:
    """One text that a program sends: how it begins, and in how many conversations it came at once."""

    text: str
    talks: int


def find(groups: Callable[[], Iterable[Sequence[Stored]]]) -> Mapping[bytes, Automatic]:
    """The automatic replies of the conversations that ``groups`` gives anew, by what ``_key`` makes of a row.

    A second run counts where else those texts were said; it is made only if there is something to count.
    """
    suspects = _suspects(groups())
    if not suspects:
        return {}
    said, at_once, texts = dict.fromkeys(suspects, 0), dict.fromkeys(suspects, 0), dict[bytes, str]()
    for rows in map(in_order, groups()):
        found = {_key(stored): _text(stored) for stored in rows if _is_answer(stored)}
        for key in found.keys() & suspects:
            said[key] += 1
            texts.setdefault(key, found[key][:_SHOWN])
        for key in {_key(rows[at]) for at in _at_once(rows)} & suspects:
            at_once[key] += 1
    sure = (key for key in suspects if at_once[key] >= max(LEAST_TALKS, LEAST_SHARE * said[key]))
    return {key: Automatic(texts[key], at_once[key]) for key in sure}


def _suspects(groups: Iterable[Sequence[Stored]]) -> set[bytes]:
    """Texts that came at once in several conversations. Of too many, the rarest are let go: some may be missed."""
    counts: dict[bytes, int] = {}
    lost = 0
    for rows in map(in_order, groups):
        for key in {_key(rows[at]) for at in _at_once(rows)}:
            counts[key] = counts.get(key, 0) + 1
        if len(counts) > MOST_SUSPECTS:
            counts = {key: count - 1 for key, count in counts.items() if count > 1}
            lost += 1
    return {key for key, count in counts.items() if count + lost >= LEAST_TALKS}


def _key(stored: Stored) -> bytes:
    """Which text of which shop (else of which account) a row is, in a few bytes; the customer's name is left out."""
    row, text = stored[2], _text(stored)
    account = row[_SHOP] or row[_SENDER] or row[_AGENT] or ""
    if customer := row[_CUSTOMER]:
        text = text.replace(customer, "\0")
    return hashlib.blake2b(f"{account}\0{text}".encode("utf-8", "replace"), digest_size=12).digest()


def marked(rows: Sequence[Stored], automatic: Mapping[bytes, Automatic]) -> list[Stored]:
    """The rows of a conversation in order, its automatic replies being the robot's."""
    found = in_order(rows)
    for at in [at for at in _at_once(found) if _key(found[at]) in automatic] if automatic else ():
        file, line, row = found[at]
        sender = None if row[_SENDER] == row[_AGENT] else row[_SENDER]
        found[at] = file, line, Row(*row)._replace(role=Role.ROBOT.value, sender=sender)
    return found


def sentence(automatic: Mapping[bytes, Automatic]) -> str:
    """What the user should know of them."""
    most = sorted(automatic.values(), key=lambda item: (-item.talks, item.text))
    shown = "、".join(f"「{item.text}」（{item.talks} 个会话）" for item in most[:_EXAMPLES])
    more = f" 等 {len(most)} 句" if len(most) > _EXAMPLES else ""
    return (
        f"客户说完 {WITHIN.seconds} 秒之内发出、多个会话里一字不差的话，当作自动回复，不算人工客服说的：{shown}{more}。"
    )


def _at_once(rows: Sequence[Stored]) -> Iterator[int]:
    """Places, in rows in order, of the texts that the shop's side sent within moments of the customer's last message.

    A conversation whose times are no times of sending (all the same, or by the minute) has none.
    """
    times = {row[_TIME] for _, _, row in rows}
    if None in times or len(times) < 2 or all(time is not None and time.endswith(":00") for time in times):
        return
    asked: datetime | None = None
    for at, stored in enumerate(rows):
        if stored[2][_ROLE] == Role.CUSTOMER.value:
            asked = datetime.fromisoformat(stored[2][_TIME] or "")
        elif asked is None or not _is_answer(stored):
            continue
        elif datetime.fromisoformat(stored[2][_TIME] or "") - asked <= WITHIN:
            yield at


def _is_answer(stored: Stored) -> bool:
    row = stored[2]
    is_text = row[_ROLE] == Role.AGENT.value and row[_KIND] == Kind.TEXT.value
    return is_text and len(_text(stored)) >= LEAST_LENGTH


def _text(stored: Stored) -> str:
    return stored[2][1].strip()
