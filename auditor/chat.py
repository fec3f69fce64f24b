"""The conversation as every part of the auditor sees it: roles, messages, turns. No input or output here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from auditor.errors import Place


class Role(StrEnum):
    """Who speaks. A robot or an automatic reply is never the human agent."""

    CUSTOMER = "customer"
    AGENT = "agent"
    ROBOT = "robot"
    SYSTEM = "system"


class Kind(StrEnum):
    """What a message is. Only TEXT is judged by its words; MISSING is content the export does not show."""

    TEXT = "text"
    IMAGE = "image"
    CARD = "card"
    ORDER = "order"
    FILE = "file"
    RECALL = "recall"
    TRANSFER = "transfer"
    EVENT = "event"
    MISSING = "missing"


#: The agent who answers for human messages that carry no name.
UNNAMED = "未署名客服"

#: Kinds that are something a person sent, as opposed to something the platform noted.
SPEECH = frozenset({Kind.TEXT, Kind.IMAGE, Kind.CARD, Kind.FILE, Kind.MISSING})


@dataclass(frozen=True)
class Message:
    """One message: exactly the text of the log, and a wall-clock time (Asia/Shanghai unless told) or None."""

    role: Role
    text: str
    time: datetime | None = None
    sender: str | None = None
    kind: Kind = Kind.TEXT
    place: Place | None = None


@dataclass(frozen=True)
class Turn:
    """A run of messages of one role with no other speaker between: ``messages`` are indices, in order."""

    role: Role
    messages: tuple[int, ...]


@dataclass(frozen=True)
class Conversation:
    """One conversation. ``agent`` is the human agent answering for it (None if nobody did)."""

    id: str
    messages: tuple[Message, ...]
    agent: str | None = None
    customer: str | None = None
    shop: str | None = None
    platform: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Speech grouped by speaker's role; platform notes (orders, transfers, recalls) do not break a turn."""
        runs: list[tuple[Role, list[int]]] = []
        for index, message in enumerate(self.messages):
            if message.role is Role.SYSTEM or message.kind not in SPEECH:
                continue
            if runs and runs[-1][0] is message.role:
                runs[-1][1].append(index)
            else:
                runs.append((message.role, [index]))
        return tuple(Turn(role, tuple(indices)) for role, indices in runs)

    @cached_property
    def turn_of(self) -> Mapping[int, int]:
        """Message index -> index of its turn; messages outside every turn are absent."""
        return {message: at for at, turn in enumerate(self.turns) for message in turn.messages}

    @cached_property
    def agents(self) -> tuple[str, ...]:
        """Human agents who spoke, in order of their first message; else the conversation's own agent, if any."""
        spoke = dict.fromkeys(self.speaker(m) for m in self.messages if m.role is Role.AGENT)
        return tuple(spoke) or ((self.agent,) if self.agent else ())

    def speaker(self, message: Message) -> str:
        """Who sent a human agent's message: its sender, else the conversation's agent, else UNNAMED."""
        return message.sender or self.agent or UNNAMED

    @cached_property
    def start(self) -> datetime | None:
        """Earliest time in the conversation, or None if no message carries one."""
        return min((m.time for m in self.messages if m.time), default=None)

    @cached_property
    def end(self) -> datetime | None:
        """Latest time in the conversation, or None if no message carries one."""
        return max((m.time for m in self.messages if m.time), default=None)

    def answering(self, message: int | None) -> str | None:
        """The agent who answers for a message: its sender if a human agent sent it, else the conversation's.

        None only if the conversation names no agent and no human spoke.
        """
        if message is not None and self.messages[message].role is Role.AGENT:
            return self.speaker(self.messages[message])
        spoke = any(m.role is Role.AGENT for m in self.messages)
        return self.agent or (self.agents[0] if spoke else None)
