"""Kind ``event``: what the platform notes beside the words: recalls, transfers, orders, notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.chat import SPEECH, Role
from auditor.chat import Kind as MessageKind
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon

TITLES = {
    "text": "提示",
    "image": "图片",
    "card": "卡片",
    "order": "订单消息",
    "file": "文件",
    "recall": "撤回",
    "transfer": "转接",
    "event": "平台提示",
}


@dataclass(frozen=True)
class Event(Check):
    """Fires on messages of the kinds ``events`` (whose text holds ``words``, if given), from the ``at_least``-th on.

    ``text`` means a note of the role system. A transfer needs no ``words``; any other note without a text (somebody
    joined, in Amazon's transcripts) does not hold them.
    ``leave_out``: notes that hold these do not count. ``by_human``: not while only a robot has spoken to the
    customer, unless the note holds words of ``named``. ``unanswered``: only while a customer's message stands
    without a human answer. ``mended_within``: not if the agent's next text follows within so many seconds (a recall
    that is corrected); without times such a hit stands only if no text follows.
    """

    scope: Scope
    events: tuple[str, ...]
    words: Lexicon | None
    leave_out: Lexicon | None
    at_least: int
    unanswered: bool
    by_human: bool
    named: Lexicon | None
    mended_within: float | None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit, on the event that makes the count full (each event if ``at_least`` is 1)."""
        found = [index for index in range(len(talk.messages)) if self._is_one(talk, index)]
        for index in found[self.at_least - 1 :]:
            title = TITLES[str(talk.messages[index].kind)]
            evidence = f"第 {self.at_least} 次{title}" if self.at_least > 1 else f"发生了{title}"
            yield Hit(index, None, evidence)
            if self.at_least > 1:
                return

    def _is_one(self, talk: Talk, index: int) -> bool:
        message = talk.messages[index]
        if message.role not in self.scope.roles or str(message.kind) not in self.events:
            return False
        if message.kind is MessageKind.TEXT and message.role is not Role.SYSTEM:
            return False
        if not self._says_so(message.kind, talk.folded[index]):
            return False
        if self.unanswered and not _waiting(talk, index):
            return False
        if self.by_human and self._by_robot(talk, index):
            return False
        return self.mended_within is None or not self._mended(talk, index, self.mended_within)

    def _says_so(self, kind: MessageKind, text: str) -> bool:
        """Does the note's text fit?"""
        if self.leave_out is not None and self.leave_out.seen(text):
            return False
        return self.words is None or kind is MessageKind.TRANSFER or self.words.seen(text)

    def _by_robot(self, talk: Talk, index: int) -> bool:
        """Has a robot spoken before this note and no human, with the note naming no agent who hands over?"""
        speakers = {message.role for message in talk.messages[:index] if message.kind in SPEECH}
        if Role.ROBOT not in speakers or Role.AGENT in speakers:
            return False
        return self.named is None or not self.named.seen(talk.folded[index])

    def _mended(self, talk: Talk, index: int, within: float) -> bool:
        message = talk.messages[index]
        later = (m for m in talk.messages[index + 1 :] if m.role is Role.AGENT and m.kind is MessageKind.TEXT)
        follow = next(later, None)
        if follow is None:
            return False
        if message.time is None or follow.time is None:
            return True
        return (follow.time - message.time).total_seconds() <= within


def _waiting(talk: Talk, index: int) -> bool:
    """Has a customer spoken before this message with no human agent answering since?"""
    for message in reversed(talk.messages[:index]):
        if message.role is Role.AGENT:
            return False
        if message.role is Role.CUSTOMER:
            return True
    return False


def _build(scope: Scope, params: Mapping[str, Any]) -> Event:
    return Event(
        scope,
        params["events"],
        params["words"],
        params["leave_out"],
        params["at_least"],
        params["unanswered"],
        params["by_human"],
        params["named"],
        params["mended_within"],
    )


EVENT = Kind(
    "event",
    "平台记下的事：撤回、转接、订单、提示",
    (
        Param("events", Type.CHOICES, required=True, choices=tuple(TITLES)),
        Param("words", Type.WORDS),
        Param("leave_out", Type.WORDS),
        Param("at_least", Type.INTEGER, default=1, low=1),
        Param("unanswered", Type.FLAG, default=False),
        Param("by_human", Type.FLAG, default=False),
        Param("named", Type.WORDS),
        Param("mended_within", Type.NUMBER, low=0),
    ),
    _build,
)
