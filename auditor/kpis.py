"""Rounds: question -> valid reply, the one definition that response figures and timing rules rest on (KPI.md §4.3)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from auditor.chat import SPEECH, Conversation, Kind, Message, Role
from auditor.presets import USUAL, Preset
from auditor.text import fold

_BRACKET = re.compile(r"\s*[\[【(（「]([^\]】)）」]{1,20})[\]】)）」]")


@dataclass(frozen=True)
class Round:
    """First unanswered customer message -> first valid reply. Robots do not stop the clock.

    ``question`` and ``reply`` are message indices, ``said`` the customer's messages in between; ``reply`` is None if
    nobody answered. ``wait`` is in seconds, None if unanswered, if either message has no time, or if the clock runs
    ``backwards`` between them. ``first``: the first round of its session. ``open``: asked in the counted hours.
    ``robot``: received by a robot alone, in a way that the platform leaves out.
    """

    question: int
    reply: int | None
    wait: float | None
    asked: datetime | None
    first: bool
    said: tuple[int, ...] = ()
    open: bool = True
    robot: bool = False
    backwards: bool = False


@dataclass(frozen=True)
class Contact:
    """A conversation cut into sessions and rounds by a preset. ``starts``: where each session's messages begin."""

    conversation: Conversation
    preset: Preset
    rounds: tuple[Round, ...]
    starts: tuple[int, ...]

    def session_of(self, message: int) -> int:
        """The number of the session that a message belongs to, from 0."""
        return max(0, bisect_right(self.starts, message) - 1)

    @cached_property
    def sessions(self) -> list[tuple[range, list[Round]]]:
        """Each session's messages and rounds, in order."""
        ends = (*self.starts[1:], len(self.conversation.messages))
        found: list[tuple[range, list[Round]]] = [
            (range(start, end), []) for start, end in zip(self.starts, ends, strict=True)
        ]
        for item in self.rounds:
            found[self.session_of(item.question)][1].append(item)
        return found

    def courtesy(self, item: Round) -> bool:
        """Did the customer say nothing but what wants no answer (好的, 谢谢)?"""
        return _courtesies([self.conversation.messages[index] for index in item.said], self.preset)


def rounds(conversation: Conversation, preset: Preset = USUAL) -> tuple[Round, ...]:
    """The rounds of one conversation in order; repeated questions before the reply stay one round."""
    return contact(conversation, preset).rounds


def contact(conversation: Conversation, preset: Preset = USUAL) -> Contact:
    """Cut a conversation into rounds and sessions by a preset.

    A session ends where nobody speaks for more than ``preset.gap`` seconds and no question stands open, or nothing but
    a courtesy (好的): what is said hours later does not answer it. Where the session itself is counted, a customer who
    comes back then begins a new one too, and the open question stays unanswered.
    """
    walk = _Walk(conversation, preset)
    for index, message in enumerate(conversation.messages):
        if message.kind in SPEECH and message.role is not Role.SYSTEM:
            walk.take(index, message)
    walk.end()
    found = Contact(conversation, preset, tuple(walk.rounds), tuple(walk.starts))
    return replace(found, rounds=tuple(_placed(found)))


class _Walk:
    """The state while walking through a conversation's messages in order."""

    def __init__(self, conversation: Conversation, preset: Preset) -> None:
        self.messages, self.preset = conversation.messages, preset
        self.rounds: list[Round] = []
        self.starts: list[int] = [0]
        self.said: list[int] = []
        self.first = True
        self.last: datetime | None = None

    def take(self, index: int, message: Message) -> None:
        """Go on with the next thing that somebody said."""
        asks = message.role is Role.CUSTOMER
        if self._idle(message) and ((asks and self.preset.by_session) or self._nothing_open()):
            self.end()
            self.starts.append(index)
            self.first = True
        self.last = message.time or self.last
        if asks:
            self.said.append(index)
        elif self.said and _answers(message, self.preset):
            self._close(index)

    def _idle(self, message: Message) -> bool:
        if self.last is None or message.time is None:
            return False
        return (message.time - self.last).total_seconds() > self.preset.gap

    def _nothing_open(self) -> bool:
        return _courtesies([self.messages[index] for index in self.said], self.preset) if self.said else True

    def end(self) -> None:
        """Leave an open question unanswered."""
        if self.said:
            self._close(None)

    def _close(self, reply: int | None) -> None:
        asked = self.messages[self.said[0]].time
        answered = self.messages[reply].time if reply is not None else None
        wait = (answered - asked).total_seconds() if asked and answered else None
        backwards = wait is not None and wait < 0
        said = tuple(self.said)
        known = None if backwards else wait
        self.rounds.append(Round(said[0], reply, known, asked, self.first, said, backwards=backwards))
        self.said, self.first = [], False


def _placed(found: Contact) -> list[Round]:
    """The rounds with what only their whole session tells: counted hours by its start, received by a robot alone."""
    preset, messages = found.preset, found.conversation.messages
    placed = []
    for span, items in found.sessions:
        robot = _robot_alone([messages[i] for i in span], preset)
        start = min((time for i in span if (time := messages[i].time)), default=None)
        for item in items:
            tested = start if preset.hours_by == "session" else item.asked
            counts = tested is None or preset.open(tested)
            placed.append(replace(item, open=counts, robot=robot) if robot or not counts else item)
    return placed


def _answers(message: Message, preset: Preset) -> bool:
    """Does a message stop the clock: a human's, or an assisting robot's where that is valid?"""
    if message.role is Role.AGENT:
        return True
    return preset.assist_counts and message.role is Role.ROBOT and _marked(message, preset.assist_marks)


def _courtesies(said: Sequence[Message], preset: Preset) -> bool:
    """Are a customer's messages nothing but what wants no answer?"""
    closers = preset.closers
    return closers is not None and all(m.kind is Kind.TEXT and closers.seen(fold(m.text)) for m in said)


def _robot_alone(session: Sequence[Message], preset: Preset) -> bool:
    if not preset.reception_marks or any(_answers(m, preset) for m in session if m.kind in SPEECH):
        return False
    return any(m.role is Role.ROBOT and _marked(m, preset.reception_marks) for m in session)


def _marked(message: Message, marks: Sequence[str]) -> bool:
    """Does the sender's name, or the bracket that opens the text, hold one of the marks?"""
    bracket = _BRACKET.match(message.text)
    where = (message.sender or "", bracket[1] if bracket else "")
    return any(mark in text for mark in marks for text in where)
