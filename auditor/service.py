"""Service figures as each platform counts them: sums, counts and histograms of one preset, which merge exactly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

from auditor.chat import SPEECH, Conversation, Kind, Role
from auditor.handover import handed_over
from auditor.kpis import Contact, Round
from auditor.presets import Preset, until_open
from auditor.waits import Hour, Waits, milliseconds, share

#: What the platform's notes of orders say: bought and paid, bought and not paid yet, or about an order of before.
_PAID = re.compile(r"付款|支付|已付")
_UNPAID = re.compile(r"(?:待|未|没有?|等待|催)(?:买家)?(?:付款|支付)|(?:付款|支付)超时|(?:订单|交易)已?(?:关闭|取消)")
_ORDERED = re.compile(r"下单(?!时间)|拍下|(?:提交|创建)(?:了|成功)?(?:一个)?(?:新)?订单|成团|拼单成功")
_EARLIER = re.compile(r"退款|退货|售后|发货|签收|物流|进行咨询")


@dataclass
class Judged:
    """Things judged as a whole (sessions, consumers): how many, and how many of them in time."""

    count: int = 0
    in_time: int = 0

    def add(self, late: bool) -> None:
        """Count one."""
        self.count += 1
        self.in_time += not late

    def merge(self, other: Judged) -> None:
        """Add another count."""
        self.count += other.count
        self.in_time += other.in_time


@dataclass
class Service:
    """All figures of one agent (or the team) under one preset; rates and means are worked out from sums and counts.

    A round without a time is in no rate: whether it was in time is not known.
    """

    conversations: int = 0
    sessions: int = 0
    customer_messages: int = 0
    agent_messages: int = 0
    robot_messages: int = 0
    agent_characters: int = 0
    #: Conversations handed to somebody else.
    transfers: int = 0
    #: First replies of sessions; how many sessions asked for one.
    first: Waits = field(default_factory=Waits)
    first_asked: int = 0
    #: All answered rounds, and those of them in which the customer said nothing but 好的, 谢谢.
    waits: Waits = field(default_factory=Waits)
    courtesies: Waits = field(default_factory=Waits)
    capped_ms: int = 0
    capped_count: int = 0
    unanswered: int = 0
    #: Unanswered rounds that were courtesies only.
    closers: int = 0
    without_time: int = 0
    backwards: int = 0
    robot_rounds: int = 0
    off_hours: int = 0
    off_hours_answered: int = 0
    #: Waits of answered off-hours rounds, counted from the opening.
    follow_up: Waits = field(default_factory=Waits)
    judged: Judged = field(default_factory=Judged)
    judged_fair: Judged = field(default_factory=Judged)
    typing_ms: int = 0
    typing_characters: int = 0
    handling: Waits = field(default_factory=Waits)
    inquiries: int = 0
    ordered: int = 0
    paid: int = 0
    #: Customers by day -> (late, late by the fair count or None if they only sent courtesies). Where the preset counts
    #: customers.
    consumers: dict[tuple[str, date], tuple[bool, bool | None]] = field(default_factory=dict)
    hours: dict[int, Hour] = field(default_factory=dict)
    #: Conversations opening (+) and closing (-) by minute.
    busy: Counter[datetime] = field(default_factory=Counter)

    def add(self, contact: Contact, agent: str | None = None) -> None:
        """Count a conversation: what ``agent`` did in it, or everybody (None)."""
        self.conversations += 1
        talk = contact.conversation
        self._messages(talk, agent)
        self._orders(talk)
        for span, items in contact.sessions:
            own = [item for item in items if agent in (None, talk.answering(item.reply))]
            self._session(contact, own)
            self._present(talk, span, own, agent)
        handed = handed_over(contact)
        self.transfers += sum(agent in (None, who) for _, who in handed)
        if contact.preset.transfer_keeps and agent is not None:
            for item, who in handed:
                if who == agent and item is not None and item.open and talk.answering(item.reply) != agent:
                    self._missed(contact.preset)

    def _messages(self, talk: Conversation, agent: str | None) -> None:
        for message in talk.messages:
            if message.kind not in SPEECH:
                continue
            if message.role is Role.AGENT and agent in (None, talk.speaker(message)):
                self.agent_messages += 1
                self.agent_characters += len(message.text) if message.kind is Kind.TEXT else 0
            self.robot_messages += message.role is Role.ROBOT

    def _orders(self, talk: Conversation) -> None:
        """Orders that the platform notes after the customer has asked something."""
        asked = next((at for at, m in enumerate(talk.messages) if m.role is Role.CUSTOMER and m.kind in SPEECH), None)
        if asked is None:
            return
        notes = [m.text for m in talk.messages[asked:] if m.kind is Kind.ORDER and m.role is Role.SYSTEM]
        notes = [text for text in notes if not _EARLIER.search(text)]
        paid = any(_PAID.search(text) and not _UNPAID.search(text) for text in notes)
        self.inquiries += 1
        self.ordered += paid or any(_ORDERED.search(text) or _UNPAID.search(text) for text in notes)
        self.paid += paid

    def _session(self, contact: Contact, own: Sequence[Round]) -> None:
        """Count this agent's rounds of one session."""
        messages = contact.conversation.messages
        for item in own:
            self.customer_messages += len(item.said)
            for index in item.said:
                time = messages[index].time
                if time is not None:
                    self._hour(time).messages += 1
        counted = [item for item in own if item.open and not item.robot]
        for item in own:
            if item.robot:
                self.robot_rounds += 1
            elif not item.open:
                self._left(item, contact.preset)
        for item in counted:
            self._round(contact, item)
        self.sessions += bool(counted)
        self._judge(contact, counted)

    def _hour(self, moment: datetime) -> Hour:
        hour = self.hours.get(moment.hour)
        if hour is None:
            hour = self.hours[moment.hour] = Hour()
        return hour

    def _left(self, item: Round, preset: Preset) -> None:
        """A question outside the hours (留言): was it followed up, and how long after the opening?"""
        self.off_hours += 1
        self.off_hours_answered += item.reply is not None
        if item.wait is not None and item.asked is not None:
            self.follow_up.add(max(0.0, item.wait - until_open(preset.hours, item.asked)))

    def _round(self, contact: Contact, item: Round) -> None:
        courtesy = contact.courtesy(item)
        hour = self._hour(item.asked) if item.asked else Hour()
        hour.rounds += 1
        timed = item.reply is None or item.wait is not None
        self.first_asked += item.first and timed
        if item.reply is None:
            hour.unanswered += 1
            self.closers += courtesy
            self._missed(contact.preset)
        elif item.wait is None:
            self.backwards += item.backwards
            self.without_time += not item.backwards
        else:
            self._answered(contact, item, item.wait, hour, courtesy)

    def _answered(self, contact: Contact, item: Round, wait: float, hour: Hour, courtesy: bool) -> None:
        for waits in (self.waits, hour.waits, *([self.courtesies] if courtesy else [])):
            waits.add(wait)
        if item.first:
            self.first.add(wait)
            hour.first.add(wait)
        cap = contact.preset.cap
        self.capped_ms += milliseconds(wait if cap is None else min(wait, cap))
        self.capped_count += 1
        self._typing(contact, item)

    def _missed(self, preset: Preset) -> None:
        self.unanswered += 1
        if preset.cap is not None:
            self.capped_ms += milliseconds(preset.cap)
            self.capped_count += 1

    def _typing(self, contact: Contact, item: Round) -> None:
        """Characters of the answering turn over the time from the question to the turn's last message."""
        talk = contact.conversation
        if item.reply is None or item.asked is None or item.reply not in talk.turn_of:
            return
        who, session = talk.answering(item.reply), contact.session_of(item.reply)
        turn = [talk.messages[i] for i in talk.turns[talk.turn_of[item.reply]].messages
                if i >= item.reply and contact.session_of(i) == session]
        mine = [m for m in turn if m.role is Role.AGENT and talk.speaker(m) == who and m.kind is Kind.TEXT and m.time]
        end = max((m.time for m in mine if m.time), default=item.asked)
        if end > item.asked:
            self.typing_ms += milliseconds((end - item.asked).total_seconds())
            self.typing_characters += sum(len(m.text) for m in mine)

    def _judge(self, contact: Contact, counted: Sequence[Round]) -> None:
        """The session, or its customer by day, as a whole: in time or late, strictly and without courtesies."""
        preset, talk = contact.preset, contact.conversation
        fair = [item for item in counted if not contact.courtesy(item)] if preset.unit != "round" else []
        if preset.unit.startswith("session"):
            for judged, items in ((self.judged, counted), (self.judged_fair, fair)):
                late = _late(items, preset)
                if late is not None:
                    judged.add(late)
        elif preset.unit == "consumer":
            for item in counted:
                late = _late([item], preset)
                if item.asked is not None and late is not None:
                    key = (talk.customer or talk.id, item.asked.date())
                    self._consumer(key, (late, late if item in fair else None))

    def _consumer(self, key: tuple[str, date], late: tuple[bool, bool | None]) -> None:
        strict, fair = self.consumers.get(key, (False, None))
        self.consumers[key] = (strict or late[0], _either(fair, late[1]))

    def _present(self, talk: Conversation, span: range, own: Sequence[Round], agent: str | None) -> None:
        """From the first question to the last message: how long the session took, and when it was open."""
        spoken = (talk.messages[i] for i in span if talk.messages[i].kind in SPEECH)
        if agent is None:
            times = [m.time for m in spoken if m.time and m.role in (Role.CUSTOMER, Role.AGENT)]
        else:
            times = [m.time for m in spoken if m.time and m.role is Role.AGENT and talk.speaker(m) == agent]
            times += [item.asked for item in own if item.asked and item.reply is not None]
        if len(times) > 1:
            self.handling.add((max(times) - min(times)).total_seconds())
        if times:
            self.busy[min(times).replace(second=0, microsecond=0)] += 1
            self.busy[max(times).replace(second=0, microsecond=0) + timedelta(minutes=1)] -= 1

    def merge(self, other: Service) -> None:
        """Add another agent's or partition's figures."""
        for item in fields(self):
            mine, more = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, (Waits, Judged)):
                mine.merge(more)
            elif isinstance(mine, Counter):
                mine.update(more)
            elif not isinstance(mine, dict):
                setattr(self, item.name, mine + more)
        for key, late in other.consumers.items():
            self._consumer(key, late)
        for hour, figures in other.hours.items():
            self.hours.setdefault(hour, Hour()).merge(figures)

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
        return self.capped_ms / self.capped_count / 1000 if self.capped_count else None

    @property
    def timed_rounds(self) -> int:
        """Rounds of which it is known whether they were in time: answered with a time, or not answered."""
        return self.waits.count + self.unanswered

    def within(self, limit: float) -> float | None:
        """Share (0-1) of all rounds answered within ``limit`` seconds; an unanswered one is not."""
        return share(self.waits.within(limit), self.timed_rounds)

    def late(self, preset: Preset) -> int:
        """Answered rounds that took longer than the preset's limit."""
        return self.waits.count - self.waits.within(preset.reply_limit)

    def reply_rate(self, preset: Preset, fair: bool = False) -> float | None:
        """Share (0-1) in time, by the preset's unit; ``fair`` leaves out rounds of nothing but courtesies."""
        return share(*self.in_time(preset, fair))

    def in_time(self, preset: Preset, fair: bool = False) -> tuple[int, int]:
        """How many rounds, customers or sessions (the preset's unit) were in time, and of how many."""
        if preset.unit == "consumer":
            late = [judged[fair] for judged in self.consumers.values()]
            return sum(item is False for item in late), sum(item is not None for item in late)
        if preset.unit.startswith("session"):
            judged = self.judged_fair if fair else self.judged
            return judged.in_time, judged.count
        good, whole = self.waits.within(preset.reply_limit), self.timed_rounds
        if fair:
            good -= self.courtesies.within(preset.reply_limit)
            whole -= self.courtesies.count + self.closers
        return good, whole

    def first_rate(self, preset: Preset) -> float | None:
        """Share (0-1) of sessions whose first human reply came within the preset's limit."""
        return share(self.first.within(preset.first_limit), self.first_asked)


def _late(items: Sequence[Round], preset: Preset) -> bool | None:
    """Are these rounds, taken together, late? An unanswered one always is; None if times are missing, or of nothing."""
    if any(item.reply is None for item in items):
        return True
    waits = [item.wait for item in items if item.wait is not None]
    if preset.unit != "session-mean" and any(wait > preset.reply_limit for wait in waits):
        return True
    if not waits or len(waits) < len(items):
        return None
    return preset.unit == "session-mean" and sum(waits) / len(waits) > preset.reply_limit


def _either(one: bool | None, other: bool | None) -> bool | None:
    known = [value for value in (one, other) if value is not None]
    return any(known) if known else None


def taking_part(contact: Contact) -> Iterator[str]:
    """The agents who have figures of their own: who spoke, and who handed the customer over without a word."""
    names = [*contact.conversation.agents, *(who for _, who in handed_over(contact) if who)]
    yield from dict.fromkeys(names)
