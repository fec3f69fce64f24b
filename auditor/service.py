"""Service figures as each platform counts them: sums, counts and histograms of one preset, which merge exactly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from math import ceil

from auditor.chat import SPEECH, Conversation, Kind, Role
from auditor.kpis import Round, rounds
from auditor.presets import Preset

#: A customer's message of this kind wants no answer (KPI.md §4.3: at most 6 characters, no question mark).
_CLOSER = re.compile(
    r"(?:(?:好的?|好[滴哒吧呢啊]|行|可以|嗯+|恩+|哦+|噢|收到|知道了|明白了?|谢谢?[您你]?了?|多谢|感谢|辛苦了?|再见|拜拜?|ok|okay|没事了?|没有了|不用了|👌|👍|🙏)"
    r"[啊呀哦呢哈吧了的啦~～!！。.，, ]*)+",
    re.IGNORECASE,
)
LONGEST_CLOSER = 6
_ORDERED = re.compile(r"下单|拍下|待付款|未付款|提交订单")
_PAID = re.compile(r"已付款|付款成功|支付成功|已支付|完成付款|实付|买家付款|订单付款")


@dataclass
class Waits:
    """Waits in seconds: count, sum, longest, histogram by whole seconds (rounded up: ≤ a whole limit is exact)."""

    count: int = 0
    total: float = 0.0
    longest: float | None = None
    histogram: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Count one wait."""
        self.count += 1
        self.total += seconds
        self.longest = seconds if self.longest is None else max(self.longest, seconds)
        self.histogram[ceil(seconds)] += 1

    def merge(self, other: Waits) -> None:
        """Add another one's waits."""
        self.count += other.count
        self.total += other.total
        self.longest = max((v for v in (self.longest, other.longest) if v is not None), default=None)
        self.histogram.update(other.histogram)

    @property
    def mean(self) -> float | None:
        """Mean in seconds, None with no wait."""
        return self.total / self.count if self.count else None

    def within(self, limit: float) -> int:
        """How many waits are at most ``limit`` seconds."""
        return sum(count for seconds, count in self.histogram.items() if seconds <= limit)

    def percentile(self, share: float) -> float | None:
        """The smallest whole number of seconds that at least this share (0-1) of the waits does not exceed."""
        seen = 0
        for seconds in sorted(self.histogram):
            seen += self.histogram[seconds]
            if seen >= share * self.count:
                return float(seconds)
        return None


@dataclass
class Service:
    """All figures of one agent (or the team) under one preset. Rates and means are properties over sums and counts."""

    conversations: int = 0
    sessions: int = 0
    customer_messages: int = 0
    agent_messages: int = 0
    robot_messages: int = 0
    agent_characters: int = 0
    transfers: int = 0
    first: Waits = field(default_factory=Waits)
    waits: Waits = field(default_factory=Waits)
    capped_sum: float = 0.0
    capped_count: int = 0
    unanswered: int = 0
    #: Unanswered rounds in which the customer said nothing but 好的, 谢谢: left out of the fair rate.
    closers: int = 0
    without_time: int = 0
    off_hours: int = 0
    off_hours_answered: int = 0
    sessions_in_time: int = 0
    typing_seconds: float = 0.0
    typing_characters: int = 0
    handling: Waits = field(default_factory=Waits)
    inquiries: int = 0
    ordered: int = 0
    paid: int = 0
    #: Customers by day, True if any of their rounds was late or never answered.
    consumers: dict[tuple[str, date], bool] = field(default_factory=dict)
    hours: dict[int, Waits] = field(default_factory=dict)
    #: Conversations opening (+) and closing (-) by minute.
    busy: Counter[datetime] = field(default_factory=Counter)

    def add(self, conversation: Conversation, preset: Preset, agent: str | None = None) -> None:
        """Count a conversation: what ``agent`` did in it, or everybody (None)."""
        self.conversations += 1
        self._messages(conversation, agent)
        self._orders(conversation)
        for session in split(conversation, preset.gap):
            self._session(session, preset, agent)

    def _messages(self, conversation: Conversation, agent: str | None) -> None:
        mine = [
            m
            for m in conversation.messages
            if m.role is Role.AGENT and m.kind in SPEECH and agent in (None, conversation.speaker(m))
        ]
        self.agent_messages += len(mine)
        self.agent_characters += sum(len(m.text) for m in mine if m.kind is Kind.TEXT)
        for message in conversation.messages:
            self.customer_messages += message.role is Role.CUSTOMER and message.kind in SPEECH
            self.robot_messages += message.role is Role.ROBOT
            self.transfers += message.kind is Kind.TRANSFER

    def _orders(self, conversation: Conversation) -> None:
        notes = [m.text for m in conversation.messages if m.kind is Kind.ORDER]
        self.inquiries += any(m.role is Role.CUSTOMER for m in conversation.messages)
        self.ordered += any(_ORDERED.search(text) or _PAID.search(text) for text in notes)
        self.paid += any(_PAID.search(text) for text in notes)

    def _session(self, session: Conversation, preset: Preset, agent: str | None) -> None:
        items = list(rounds(session))
        start = session.start
        if preset.hours_by == "session" and start is not None and not preset.open(start):
            self.off_hours += len(items)
            self.off_hours_answered += sum(item.reply is not None for item in items)
            return
        counted = [item for item in items if self._inside(item, preset)]
        own = [item for item in counted if agent in (None, session.answering(item.reply))]
        for item in own:
            self._round(session, item, preset)
        if preset.transfer_keeps and agent is not None:
            for _ in range(_handed_over(session, counted, agent)):
                self._missed(preset)
        if own:
            self.sessions += 1
            self.sessions_in_time += _in_time(own, preset)
        self._times(session, agent)

    def _inside(self, item: Round, preset: Preset) -> bool:
        """Does the round count? Questions outside the hours are messages left (留言), counted apart."""
        if preset.hours_by == "session" or item.asked is None or preset.open(item.asked):
            return True
        self.off_hours += 1
        self.off_hours_answered += item.reply is not None
        return False

    def _round(self, session: Conversation, item: Round, preset: Preset) -> None:
        late = item.reply is None or (item.wait is not None and item.wait > preset.reply_limit)
        if session.customer and item.asked:
            key = (session.customer, item.asked.date())
            self.consumers[key] = self.consumers.get(key, False) or late
        if item.reply is None:
            self.closers += _closer(session, item)
            self._missed(preset)
            return
        if item.wait is None:
            self.without_time += 1
            return
        self.waits.add(item.wait)
        if item.first:
            self.first.add(item.wait)
        if item.asked:
            self.hours.setdefault(item.asked.hour, Waits()).add(item.wait)
        self.capped_sum += item.wait if preset.cap is None else min(item.wait, preset.cap)
        self.capped_count += 1
        self._typing(session, item)

    def _missed(self, preset: Preset) -> None:
        self.unanswered += 1
        if preset.cap is not None:
            self.capped_sum += preset.cap
            self.capped_count += 1

    def _typing(self, session: Conversation, item: Round) -> None:
        """Characters of the answering turn over the time from the question to the turn's last message."""
        turn = session.turns[session.turn_of[item.reply]] if item.reply is not None else None
        times = [time for i in turn.messages if (time := session.messages[i].time)] if turn else []
        if turn and times and item.asked and max(times) > item.asked:
            self.typing_seconds += (max(times) - item.asked).total_seconds()
            self.typing_characters += sum(len(session.messages[i].text) for i in turn.messages)

    def _times(self, session: Conversation, agent: str | None) -> None:
        times = [
            m.time
            for m in session.messages
            if m.time and (m.role is Role.CUSTOMER or agent in (None, session.speaker(m)))
        ]
        if len(times) > 1:
            self.handling.add((max(times) - min(times)).total_seconds())
        if times:
            self.busy[min(times).replace(second=0, microsecond=0)] += 1
            self.busy[max(times).replace(second=0, microsecond=0) + timedelta(minutes=1)] -= 1

    def merge(self, other: Service) -> None:
        """Add another agent's or partition's figures."""
        for item in fields(self):
            mine, more = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, Waits):
                mine.merge(more)
            elif isinstance(mine, Counter):
                mine.update(more)
            elif not isinstance(mine, dict):
                setattr(self, item.name, mine + more)
        for key, late in other.consumers.items():
            self.consumers[key] = self.consumers.get(key, False) or late
        for hour, waits in other.hours.items():
            self.hours.setdefault(hour, Waits()).merge(waits)

    @property
    def peak(self) -> int:
        """Most conversations open in the same minute."""
        now = most = 0
        for minute in sorted(self.busy):
            now += self.busy[minute]
            most = max(most, now)
        return most

    @property
    def mean(self) -> float | None:
        """Mean response in seconds under the preset's cap, None if nothing was timed."""
        return self.capped_sum / self.capped_count if self.capped_count else None

    def reply_rate(self, preset: Preset, fair: bool = False) -> float | None:
        """Share (0-1) in time, by the preset's unit; ``fair`` leaves out unanswered courtesy closers (rounds only)."""
        if preset.unit == "consumer":
            return _share(sum(not late for late in self.consumers.values()), len(self.consumers))
        if preset.unit.startswith("session"):
            return _share(self.sessions_in_time, self.sessions)
        whole = self.waits.count + self.unanswered - (self.closers if fair else 0)
        return _share(self.waits.within(preset.reply_limit), whole)

    def first_rate(self, preset: Preset) -> float | None:
        """Share (0-1) of sessions whose first human reply came within the preset's limit."""
        return _share(self.first.within(preset.first_limit), self.sessions)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _in_time(items: list[Round], preset: Preset) -> bool:
    """Is a session in time by the preset's unit: its mean wait, or every wait; an unanswered round never is."""
    waits = [item.wait for item in items]
    if any(item.reply is None for item in items) or any(wait is None for wait in waits):
        return False
    known = [wait for wait in waits if wait is not None]
    judged = max(known) if preset.unit == "session-all" else sum(known) / len(known)
    return judged <= preset.reply_limit


def _closer(session: Conversation, item: Round) -> bool:
    said = [m for m in session.messages[item.question :] if m.role is Role.CUSTOMER and m.kind in SPEECH]
    return all(m.kind is Kind.TEXT and is_closer(m.text) for m in said)


def is_closer(text: str) -> bool:
    """Is a customer's text a courtesy that wants no answer: 好的, 谢谢, ok…?"""
    words = text.strip()
    return len(words) <= LONGEST_CLOSER and _CLOSER.fullmatch(words) is not None


def _handed_over(session: Conversation, items: list[Round], agent: str) -> int:
    """Rounds that ``agent`` handed over before replying, answered (or not) by somebody else."""
    count = 0
    for item in items:
        end = item.reply if item.reply is not None else len(session.messages)
        moved = [m for m in session.messages[item.question : end] if m.kind is Kind.TRANSFER]
        count += any(m.sender == agent for m in moved) and session.answering(item.reply) != agent
    return count


def split(conversation: Conversation, gap: float) -> Iterator[Conversation]:
    """The conversation cut where nothing was sent for more than ``gap`` seconds; uncut without times."""
    begin = 0
    last: datetime | None = None
    for index, message in enumerate(conversation.messages):
        if message.time is None:
            continue
        if last is not None and (message.time - last).total_seconds() > gap:
            yield replace(conversation, messages=conversation.messages[begin:index])
            begin = index
        last = message.time
    yield replace(conversation, messages=conversation.messages[begin:]) if begin else conversation
