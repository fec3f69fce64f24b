"""Text exports as the tests write them: the same talk in every grammar that a platform or tool has for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.chat import Conversation, Kind


@dataclass(frozen=True)
class Said:
    """One message: who (customer, agent or robot), when, and the lines of what was said."""

    role: str
    time: datetime
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


#: One customer's chat: the nick and the messages.
Talk = tuple[str, Sequence[Said]]


@dataclass(frozen=True)
class Grammar:
    """How an export writes talks, what it calls those who speak, and which accounts ``--agents`` must list for it."""

    write: Callable[[Sequence[Talk], Grammar], str]
    agent: str = "好物旗舰店:小云"
    robot: str = "好物旗舰店:服务助手"
    listed: frozenset[str] = frozenset()

    def sender(self, customer: str, said: Said) -> str:
        return {"customer": customer, "agent": self.agent, "robot": self.robot}[said.role]


def _heads(form: str) -> Callable[[Sequence[Talk], Grammar], str]:
    def write(talks: Sequence[Talk], grammar: Grammar) -> str:
        return "".join(
            form.format(sender=grammar.sender(customer, said), time=said.time, text=said.text)
            for customer, messages in talks
            for said in messages
        )

    return write


def _page(customer: str, messages: Sequence[Said], grammar: Grammar) -> str:
    lines, day = [], ""
    for said in messages:
        if f"{said.time:%Y-%m-%d}" != day:
            day = f"{said.time:%Y-%m-%d}"
            lines.append(day)
        lines += [f"{said.time:%H:%M:%S}", *said.lines, grammar.sender(customer, said), ""]
    return "\n".join(lines)


def _web(talks: Sequence[Talk], grammar: Grammar) -> str:
    return "".join(_page(*talk, grammar) + "\n" for talk in talks) + "没有更多内容了\n"


def _chitu(talks: Sequence[Talk], grammar: Grammar) -> str:
    out = io.StringIO()
    rows = [(name, f"{said[0].time:%Y-%m-%d}", _page(name, said, grammar)) for name, said in talks]
    csv.writer(out, lineterminator="\n").writerows([("buyer", "chat_date", "chat_text"), *rows])
    return out.getvalue()


def _jd(talks: Sequence[Talk], grammar: Grammar) -> str:
    inside = _heads("{sender}  {time:%Y-%m-%d %H:%M:%S}\n{text}\n")
    bar = "*" * 17
    return "".join(f"/{bar}以下为一通会话{bar}/\n{inside([talk], grammar)}\n/{bar}会话结束{bar}/\n\n" for talk in talks)


def _qq(talks: Sequence[Talk], grammar: Grammar) -> str:
    inside, rule = _heads("{time:%Y-%m-%d %H:%M:%S} {sender}\n{text}\n\n"), "=" * 64
    blocks = (
        f"{rule}\n消息分组:客户\n{rule}\n消息对象:{talk[0]}\n{rule}\n\n{inside([talk], grammar)}" for talk in talks
    )
    return "消息记录（此消息记录为文本格式，不支持重新导入）\n\n" + "".join(blocks)


GRAMMARS = {
    "qianniu": Grammar(_heads("{sender} {time:%Y-%m-%d %H:%M:%S}\n{text}\n")),
    "qianniu without the blank": Grammar(_heads("{sender}{time:%Y-%m-%d %H:%M:%S}\r\n{text}\r\n\r\n")),
    "qianniu on two lines": Grammar(_heads("{sender}\n{time:%Y-%m-%d %H:%M:%S}\n{text}\n\n")),
    "qianniu in brackets": Grammar(_heads("[{sender}] {time:%Y-%m-%d %H:%M:%S}\n{text}\n")),
    "qianniu-web": Grammar(_web),
    "chitu": Grammar(_chitu),
    "jd-text": Grammar(_jd, "好物自营--小黛", "jimi_vender_10203"),
    "qq": Grammar(_qq, "小云(87654321)", "客服机器人"),
    "wechat": Grammar(
        _heads("{sender} ({time:%Y-%m-%d %H:%M:%S}):{text}\n"), "小云", "客服机器人", frozenset({"小云"})
    ),
}


def carried(conversations: Sequence[Conversation]) -> list[object]:
    """What every grammar carries: the customer, and of each message its role, time and words."""
    assert all(message.kind is Kind.TEXT for talk in conversations for message in talk.messages)
    return [(talk.customer, [(m.role.value, m.time, m.text) for m in talk.messages]) for talk in conversations]
