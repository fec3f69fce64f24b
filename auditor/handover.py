"""Who handed a customer over to somebody else, and which question was still open then."""

from __future__ import annotations

import re

from auditor.chat import Conversation, Kind, Role
from auditor.kpis import Contact, Round

#: 客服小王将会话转给客服小李, 由 小王 转交给 小李, 小王转接给小李.
_NOTE = re.compile(
    r"\s*(?:由|从)?\s*(?:人工)?(?:客服|坐席)?\s*[「“\"]?(?P<who>[^\s「」“”\"，,。]{1,40}?)[」”\"]?\s*"
    r"(?:已)?(?:将|把)?(?:本次|该|此)?(?:会话|顾客|客户|买家)?\s*(?:转接|转交|转给|转至|转移|移交)"
)
#: Not handed over by an agent, or not handed over at all.
_NOBODY = re.compile(r"机器人|智能客服|小助手|服务助手|店小蜜|自动接待|发起转人工|失败|未成功|取消|拒绝|不在线")


def handed_over(contact: Contact) -> list[tuple[Round | None, str | None]]:
    """Every transfer by an agent: the round open then (None: no question stood open) and who handed over, if known."""
    talk = contact.conversation
    found = []
    for index, message in enumerate(talk.messages):
        if message.kind is Kind.TRANSFER and not _NOBODY.search(message.text):
            open_then = next((item for item in contact.rounds if _spans(item, index, len(talk.messages))), None)
            found.append((open_then, _who(talk, index)))
    return found


def _spans(item: Round, index: int, end: int) -> bool:
    return item.question < index < (end if item.reply is None else item.reply)


def _who(talk: Conversation, index: int) -> str | None:
    """The agent who hands over: the note's sender, the one it names first, or else who spoke last before it."""
    message = talk.messages[index]
    if message.role is Role.AGENT:
        return talk.speaker(message)
    named = _NOTE.match(message.text)
    if named:
        return _account(talk, named["who"])
    spoken = [talk.speaker(m) for m in talk.messages[:index] if m.role is Role.AGENT]
    return spoken[-1] if spoken else None


def _account(talk: Conversation, name: str) -> str:
    """A name in a note as the account it belongs to: 小王 may be 店铺:小王."""
    return next((agent for agent in talk.agents if agent.rpartition(":")[2] == name), name)
