"""Typed-out dialogues, as service manuals print them: ``G:`` or ``Q:`` the customer, ``K:`` the agent, no times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.readers.options import Options
from auditor.readers.records import FIELDS, Entries, Record, Spoilt
from auditor.readers.source import BadLine, Source

NO_DIALOGUE = "不是对话行"
#: A single marked line may be prose that happens to begin so; two are a dialogue.
_LEAST_LINES = 2

_SPEAKERS = "|".join(("[GKQgkq]", "客户", "顾客", "买家", "用户", "客服", "人工客服", "卖家", "商家", "机器人", "系统"))
_SPEECH = re.compile(rf"\s*({_SPEAKERS})\s*[:：]\s*(.*)", re.DOTALL)
_NUMERAL = "[0-9０-９一二三四五六七八九十]"
_BOUNDARY = re.compile(
    rf"\s*(?:#{{1,6}}\s.*|[-=*_—─]{{3,}}|(?:对话|会话|示例|例)\s*{_NUMERAL}+\s*[:：、.．]?.{{0,30}}|案例.{{0,30}})\s*"
)


def matches(source: Source) -> bool:
    """Whether at least two lines of the first block begin with a speaker."""
    marked = (1 for _, line in source.head_lines() if isinstance(line, str) and _SPEECH.fullmatch(line))
    return sum(marked) >= _LEAST_LINES


@dataclass
class _Speech:
    """A message that may still go on in the next line."""

    line: int
    role: str
    parts: list[str]
    conversation: int

    def record(self) -> Record:
        """The finished message."""
        found = {"role": self.role, "text": "\n".join(self.parts).strip()}
        values = tuple([found.get(name) for name in FIELDS])
        return Record(self.line, values, f"{self.role}:{self.parts[0]}", own=self.conversation)


@dataclass
class _Reading:
    """Where we are in the file: the open message, the number of the conversation, whether it has begun."""

    speech: _Speech | None = None
    conversation: int = 1
    begun: bool = field(default=False)

    def close(self) -> Iterator[Record]:
        """The open message, if there is one."""
        if self.speech is not None:
            yield self.speech.record()
        self.speech = None

    def next_conversation(self) -> None:
        """What follows belongs to another conversation."""
        self.conversation += self.begun
        self.begun = False


def read(source: Source, options: Options) -> Entries:
    """The messages of a transcript. An unmarked line right below a message belongs to it; other prose is no message."""
    del options
    now = _Reading()
    for number, line in source.lines():
        if isinstance(line, BadLine):
            yield from now.close()
            yield Spoilt(number, line.category, line.detail, line.raw)
            continue
        line = line.removesuffix("\r")
        if found := _SPEECH.fullmatch(line):
            yield from now.close()
            now.speech = _Speech(number, found[1], [found[2]], now.conversation)
            now.begun = True
        elif not line.strip():
            yield from now.close()
        elif _BOUNDARY.fullmatch(line):
            yield from now.close()
            now.next_conversation()
        elif now.speech is not None:
            now.speech.parts.append(line)
        else:
            now.next_conversation()
            yield Spoilt(number, NO_DIALOGUE, "", line)
    yield from now.close()
