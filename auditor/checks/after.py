"""Kind ``after``: one side says or does something, and what should follow does not (or what should not, does)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from auditor.chat import Kind as MessageKind
from auditor.chat import Role
from auditor.checks.base import Check, Hit
from auditor.checks.event import TITLES
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.required import Level
from auditor.checks.substance import substance
from auditor.checks.talk import Talk, Window
from auditor.durations import allowed_in, duration
from auditor.text import Lexicon, Span


class Trigger(NamedTuple):
    """Where it starts: the message, the words or None for an event, and what to call it."""

    message: int
    span: Span | None
    name: str


@dataclass(frozen=True)
class After(Check):
    """Fires on a trigger that is not followed as it should be.

    The trigger is ``trigger`` words said by the rule's roles (the first of each turn), or a platform event of
    ``events``; or two different ``mild`` words in such a turn and the same side's turn before it, of which one says
    little by itself. The follow-up is what the roles ``by`` say in the rest of the trigger's own turn and in their next
    ``turns`` turns, or in their next ``messages`` messages; with ``seconds`` (or ``promised``: the time named in the
    trigger) only what comes in time. It must hold ``expect``, and every one of ``step``; it must not hold ``forbid``;
    it must not be more than ``at_most`` messages before the customer speaks again.
    ``empty``: a follow-up message with nothing but these words does not count; with ``bare`` a trigger message that
    says something besides them is no trigger. ``same_sender``: only what the trigger's own sender says on the same
    day. ``gap``: what comes within so many seconds of the trigger is a double send and does not count.
    ``same_words``: only ``forbid`` words that are the trigger's own. ``unless_sent``: not if the trigger's side sends
    such a message (a picture) anywhere. ``place``: the hit is on the ``trigger``, or the ``reply`` with ``forbid``.
    ``answered``: a trigger followed by nothing is another rule's matter. ``open_end``: a trigger whose time had not
    run out when the conversation ends still counts (else the rule cannot be judged there).
    """

    scope: Scope
    trigger: Lexicon | None
    mild: Lexicon | None
    events: tuple[str, ...]
    expect: Lexicon | None
    steps: tuple[Level, ...]
    forbid: Lexicon | None
    by: frozenset[Role]
    turns: int
    count: int | None
    seconds: float | None
    promised: bool
    at_most: int | None
    answered: bool
    open_end: bool
    empty: Lexicon | None
    bare: bool
    same_sender: bool
    gap: float
    at_reply: bool
    same_words: bool
    unless_sent: tuple[str, ...]

    @property
    def _timed(self) -> bool:
        return self.seconds is not None or self.promised

    def missing(self, talk: Talk) -> str | None:
        """Limits in seconds need times, and a log that goes on until they have passed (unless a hit is certain)."""
        if not self._timed or any(True for _ in self.hits(talk)):
            return None
        return next((reason for trigger in self._triggers(talk) if (reason := self._undecided(talk, trigger))), None)

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The triggers that were not followed as they should, in order; a step lacking again is not named again."""
        lacking: set[str] = set()
        for trigger in self._triggers(talk):
            if self._timed and self._undecided(talk, trigger):
                continue
            if self.forbid is not None:
                yield from self._forbidden(talk, trigger)
                continue
            for evidence, step in self._complaints(talk, trigger):
                if step is None or step not in lacking:
                    yield Hit(trigger.message, trigger.span, evidence, step)
                if step is not None:
                    lacking.add(step)

    def _undecided(self, talk: Talk, trigger: Trigger) -> str | None:
        """Why a trigger with a time limit cannot be judged (Chinese)."""
        limit, start, end = self._limit(talk, trigger), talk.messages[trigger.message].time, talk.conversation.end
        if limit is None:
            return None
        if start is None or end is None:
            return "消息没有时间"
        if self.open_end or (end - start).total_seconds() >= limit or self._met(talk, trigger, limit):
            return None
        return "记录在时限之前就结束了"

    def _triggers(self, talk: Talk) -> Iterator[Trigger]:
        if any(m.role in self.scope.roles and str(m.kind) in self.unless_sent for m in talk.messages):
            return
        done: set[int] = set()
        for index in self._candidates(talk):
            turn = talk.conversation.turn_of.get(index, -1 - index)
            span = self._span(talk, index) or self._mild_span(talk, index)
            if span is None or turn in done or (self.bare and self._says_more(talk, index)):
                continue
            done.add(turn)
            if self.trigger is None:
                yield Trigger(index, None, TITLES[str(talk.messages[index].kind)])
            else:
                yield Trigger(index, span, talk.messages[index].text[slice(*span)])

    def _candidates(self, talk: Talk) -> Sequence[int]:
        if not self.events:
            return talk.texts(self.scope.roles, self.scope.window)
        messages = enumerate(talk.messages)
        return [i for i, m in messages if m.role in self.scope.roles and str(m.kind) in self.events]

    def _span(self, talk: Talk, index: int) -> Span | None:
        if self.trigger is None:
            return (0, 0)
        return next(iter(self.trigger.find(talk.folded[index])), None)

    def _mild_span(self, talk: Talk, index: int) -> Span | None:
        """The first ``mild`` words of a message, if its turn up to it and the one before hold two different ones."""
        own = self.mild.find(talk.folded[index]) if self.mild is not None else ()
        if self.mild is None or not own:
            return None
        near = talk.near(index, frozenset((talk.messages[index].role,)), 1, 0, True)
        texts = [talk.folded[i] for turn in near for i in turn.messages if i <= index]
        said = {text[slice(*span)] for text in texts for span in self.mild.find(text)}
        return own[0] if len(said) > 1 else None

    def _says_more(self, talk: Talk, index: int) -> bool:
        """Does the trigger message say something besides the trigger and ``empty`` words?"""
        text = talk.folded[index]
        for start, end in reversed(self.trigger.find(text) if self.trigger else ()):
            text = f"{text[:start]}\n{text[end:]}"
        return self.empty is not None and substance(text, self.empty) > 0

    def _limit(self, talk: Talk, trigger: Trigger) -> float | None:
        """Seconds allowed after this trigger (until a clock time that it names), None if it names no time."""
        if not self.promised:
            return self.seconds
        message, words = talk.folded[trigger.message], talk.folded[trigger.message][slice(*trigger.span or (0, 0))]
        start = talk.messages[trigger.message].time
        named = allowed_in(words, start)
        return allowed_in(message, start) if named is None else named

    def _complaints(self, talk: Talk, trigger: Trigger) -> Iterator[tuple[str, str | None]]:
        """What is wrong with the follow-up, and the step that it lacks if it is one of the steps: one for each step."""
        limit = self._limit(talk, trigger)
        if self.promised and limit is None:
            return
        if self.at_most is not None:
            more = len(self._until_customer(talk, trigger))
            if more > self.at_most:
                yield f"「{trigger.name}」之后又发了 {more} 条", None
            return
        if self.answered and not self._follow(talk, trigger, None):
            return
        follow = self._follow(talk, trigger, limit)
        texts = [talk.folded[index] for index in follow]
        if self.expect is not None and not any(self.expect.seen(text) for text in texts):
            yield self._nothing(trigger, limit, len(follow)), None
            return
        for step in self.steps:
            if not any(step.lexicon.seen(text) for text in texts):
                yield f"「{trigger.name}」之后缺少：{step.name}", step.name

    def _forbidden(self, talk: Talk, trigger: Trigger) -> Iterator[Hit]:
        """The first follow-up that says what must not be said."""
        for index in self._follow(talk, trigger, self._limit(talk, trigger)):
            text = talk.folded[index]
            spans = self.forbid.find(text) if self.forbid is not None else ()
            if self.same_words and trigger.span:
                words = _core(talk.folded[trigger.message][slice(*trigger.span)])
                spans = tuple(span for span in spans if _core(text[slice(*span)]) == words)
            if spans:
                evidence = f"先说「{trigger.name}」，后来又说「{talk.messages[index].text}」"
                yield Hit(index, spans[0], evidence) if self.at_reply else Hit(trigger.message, trigger.span, evidence)
                return

    def _nothing(self, trigger: Trigger, limit: float | None, count: int) -> str:
        time = f"{duration(limit)}内" if limit is not None else "接下来"
        return f"「{trigger.name}」之后，{time}的 {count} 条回复里没有应有的内容"

    def _met(self, talk: Talk, trigger: Trigger, limit: float) -> bool:
        texts = (talk.folded[index] for index in self._follow(talk, trigger, limit))
        return self.expect is None or any(self.expect.seen(text) for text in texts)

    def _follow(self, talk: Talk, trigger: Trigger, limit: float | None) -> list[int]:
        """Indices of the follow-up's text messages."""
        texts = talk.texts(self.by, Window())
        begin, end = bisect_right(texts, trigger.message), len(texts)
        if self.count is None and not self._timed:
            reach = talk.near(trigger.message, self.by, 0, self.turns, True)
            end = bisect_right(texts, reach[-1].messages[-1]) if reach else begin
        counted = (texts[at] for at in range(begin, end) if self._counts(talk, trigger, texts[at]))
        own = list(islice(counted, self.count))
        start = talk.messages[trigger.message].time
        if limit is None or start is None:
            return own
        return [i for i in own if _in_time(talk.messages[i].time, start, limit)]

    def _counts(self, talk: Talk, trigger: Trigger, index: int) -> bool:
        """May this message be a follow-up at all?"""
        if self.empty is not None and substance(talk.folded[index], self.empty) == 0:
            return False
        first, later = talk.messages[trigger.message], talk.messages[index]
        apart = (later.time - first.time).total_seconds() if first.time and later.time else None
        if self.same_sender and (first.sender != later.sender or _new_day(first.time, later.time)):
            return False
        return apart is None or not self.gap or apart > self.gap

    def _until_customer(self, talk: Talk, trigger: Trigger) -> list[int]:
        following = []
        for index in range(trigger.message + 1, len(talk.messages)):
            message = talk.messages[index]
            if message.role is Role.CUSTOMER:
                break
            if message.role in self.by and message.kind is MessageKind.TEXT:
                following.append(index)
        return following


def _new_day(first: datetime | None, later: datetime | None) -> bool:
    return first is not None and later is not None and first.date() != later.date()


def _in_time(time: datetime | None, start: datetime, limit: float) -> bool:
    return time is not None and (time - start).total_seconds() <= limit


def _core(text: str) -> str:
    """The letters, digits and Han characters of a text."""
    return "".join(filter(str.isalnum, text))


def _build(scope: Scope, params: Mapping[str, Any]) -> After:
    return After(
        scope,
        params["trigger"],
        params["mild"],
        params["events"],
        params["expect"],
        params["step"],
        params["forbid"],
        frozenset(Role(name) for name in params["by"]),
        params["turns"],
        params["messages"],
        params["seconds"],
        params["promised"],
        params["at_most"],
        params["answered"],
        params["open_end"],
        params["empty"],
        params["bare"],
        params["same_sender"],
        params["gap"],
        params["place"] == "reply",
        params["same_words"],
        params["unless_sent"],
    )


AFTER = Kind(
    "after",
    "说了某话或发生某事之后应有（或不该有）的回应",
    (
        Param("trigger", Type.WORDS),
        Param("mild", Type.WORDS),
        Param("events", Type.CHOICES, default=(), choices=tuple(TITLES)),
        Param("expect", Type.WORDS),
        Param("step", Type.LEVELS, default=()),
        Param("forbid", Type.WORDS),
        Param("by", Type.CHOICES, default=("agent",), choices=tuple(Role)),
        Param("turns", Type.INTEGER, default=2, low=1),
        Param("messages", Type.INTEGER, low=1),
        Param("seconds", Type.NUMBER, low=1),
        Param("promised", Type.FLAG, default=False),
        Param("at_most", Type.INTEGER, low=0),
        Param("answered", Type.FLAG, default=True),
        Param("open_end", Type.FLAG, default=True),
        Param("empty", Type.WORDS),
        Param("bare", Type.FLAG, default=False),
        Param("same_sender", Type.FLAG, default=False),
        Param("gap", Type.NUMBER, default=0, low=0),
        Param("place", Type.CHOICE, default="trigger", choices=("trigger", "reply")),
        Param("same_words", Type.FLAG, default=False),
        Param("unless_sent", Type.CHOICES, default=(), choices=tuple(TITLES)),
    ),
    _build,
)
