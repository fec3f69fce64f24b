"""Kind ``reply-time``: how long the customer waited for a human answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.chat import Role
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk, Window
from auditor.durations import duration
from auditor.kpis import Round
from auditor.presets import until_open, within_hours
from auditor.text import Lexicon


@dataclass(frozen=True)
class ReplyTime(Check):
    """Fires on a human reply that comes more than ``limit`` seconds after the question (robots do not answer).

    ``which``: the first round, each round, only the longest, or ``off-hours``: questions outside ``hours``, whose
    clock starts when the shop next opens. The others leave out what is asked outside the hours. Rounds, sessions and
    hours are those of the conversation's preset, as the response figures have them; ``hours`` (minutes of the day) and
    ``hours_by`` = "start" (the conversation's start is tested, not the question) are for a rule with its own.
    ``unanswered``: rounds that nobody answered are ignored, fire also, or alone fire. ``leave_out``: questions that
    want no answer (好的).
    ``at_limit``: a wait of exactly ``limit`` is late too. ``closed``: words of a note that the session is over; with
    it an unanswered question fires only if such a note follows or the log goes on until the limit has passed.
    ``robot_only``: only conversations in which a robot spoke and no human did. ``settled``: not if the customer's
    last turn says one of these. ``expect``: words (an apology) that make a late reply good if the agent says them in
    it or in the messages after it, ``expect_messages`` of them in all.
    """

    scope: Scope
    which: str
    limit: float
    golden: float | None
    hours: tuple[int, int] | None
    hours_by: str
    unanswered: str
    leave_out: Lexicon | None
    at_limit: bool
    closed: Lexicon | None
    robot_only: bool
    settled: Lexicon | None
    expect: Lexicon | None
    expect_messages: int

    def missing(self, talk: Talk) -> str | None:
        """Waits need times on both the question and the reply."""
        if self.unanswered == "only":
            return None
        untimed = [item for item in self._asked(talk) if item.reply is not None and item.wait is None]
        if untimed:
            return "消息的时间先后颠倒" if all(item.backwards for item in untimed) else "消息没有时间"
        if self.which == "off-hours" and any(item.asked is None for item in talk.rounds):
            return "消息没有时间"
        return self._undecided(talk)

    def _undecided(self, talk: Talk) -> str | None:
        """What keeps an unanswered question from being judged, if nothing else fires."""
        if self.closed is None or self.unanswered == "ignore" or any(True for _ in self.hits(talk)):
            return None
        open_ends = [item for item in self._asked(talk) if item.reply is None]
        if any(item.asked is None for item in open_ends):
            return "消息没有时间"
        return "记录在时限之前就结束了" if open_ends else None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The late replies, with the wait and the limit; the questions that nobody answered."""
        for item in self._asked(talk):
            if item.reply is None:
                if self.unanswered != "ignore" and self._stands(talk, item):
                    yield Hit(item.question, None, "这个问题没有人工回复")
            elif item.wait is not None and self.unanswered != "only":
                wait = item.wait - self._closed(talk, item)
                late = wait > self.limit or (self.at_limit and wait == self.limit)
                if late and not self._made_good(talk, item.reply):
                    yield Hit(item.reply, None, self._evidence(wait))

    def _made_good(self, talk: Talk, reply: int) -> bool:
        """Does the agent say the expected words in the late reply or soon after it?"""
        if self.expect is None:
            return False
        own = [i for i in talk.texts((Role.AGENT,), Window()) if i >= reply]
        return any(self.expect.seen(talk.folded[i]) for i in own[: self.expect_messages])

    def _evidence(self, wait: float) -> str:
        golden = f"，黄金时间 {self.golden:g} 秒" if self.golden else ""
        title = {"first": "首次人工响应", "off-hours": "开门后留言等待"}.get(self.which, "等待人工回复")
        lacking = f"，之后 {self.expect_messages} 条里没有应说的话" if self.expect is not None else ""
        return f"{title} {duration(wait)}（上限 {duration(self.limit)}{golden}）{lacking}"

    def _stands(self, talk: Talk, item: Round) -> bool:
        """Is it certain that no answer to this unanswered question came in time?"""
        if self.closed is None:
            return True
        if item.asked is None or talk.conversation.end is None:
            return False
        later = range(item.question + 1, len(talk.messages))
        if any(talk.messages[i].role is Role.SYSTEM and self.closed.seen(talk.folded[i]) for i in later):
            return True
        return (talk.conversation.end - item.asked).total_seconds() - self._closed(talk, item) > self.limit

    def _asked(self, talk: Talk) -> list[Round]:
        if (self.robot_only and not _only_robots(talk)) or self._settled(talk):
            return []
        items = [item for item in talk.rounds if (item.first or self.which != "first") and self._received(item)]
        items = [item for item in items if self._counts(talk, item)]
        if self.which == "longest":
            timed = [item for item in items if item.wait is not None]
            return [max(timed, key=lambda item: item.wait or 0.0)] if timed else items[:1]
        return items

    def _counts(self, talk: Talk, item: Round) -> bool:
        if self.leave_out is not None and self._closer(talk, item):
            return False
        return self._open(talk, item) != (self.which == "off-hours")

    def _received(self, item: Round) -> bool:
        """What a platform leaves to robots alone is late for nobody; a rule on robots looks at it all the same."""
        return self.robot_only or not item.robot

    def _settled(self, talk: Talk) -> bool:
        """Does the customer's last turn say that all is well?"""
        if self.settled is None:
            return False
        spoken = talk.runs(frozenset((Role.CUSTOMER,)))
        return bool(spoken) and self.settled.seen(talk.turn_text(spoken[-1]))

    def _closer(self, talk: Talk, item: Round) -> bool:
        """Does the customer say nothing but what wants no answer until the reply?"""
        end = item.reply if item.reply is not None else len(talk.messages)
        said = [i for i in range(item.question, end) if talk.messages[i].role is Role.CUSTOMER]
        return all(self.leave_out is not None and self.leave_out.seen(talk.folded[i]) for i in said)

    def _open(self, talk: Talk, item: Round) -> bool:
        """Is the round inside the hours, the rule's own or those of the preset?"""
        if self.hours is None:
            return item.open
        moment = talk.conversation.start if self.hours_by == "start" else item.asked
        return moment is None or within_hours(self.hours, moment)

    def _closed(self, talk: Talk, item: Round) -> float:
        """Seconds from an off-hours question until the shop opens; 0 for the other kinds of round."""
        if self.which != "off-hours" or item.asked is None:
            return 0.0
        return until_open(self.hours or talk.preset.hours, item.asked)


def _only_robots(talk: Talk) -> bool:
    """Did a robot speak, and no human agent?"""
    speakers = {turn.role for turn in talk.turns}
    return Role.ROBOT in speakers and Role.AGENT not in speakers


def _build(scope: Scope, params: Mapping[str, Any]) -> ReplyTime:
    return ReplyTime(
        scope,
        params["which"],
        params["limit"],
        params["golden"],
        params["hours"],
        params["hours_by"],
        params["unanswered"],
        params["leave_out"],
        params["at_limit"],
        params["closed"],
        params["robot_only"],
        params["settled"],
        params["expect"],
        params["expect_messages"],
    )


REPLY_TIME = Kind(
    "reply-time",
    "人工响应时长",
    (
        Param("which", Type.CHOICE, required=True, choices=("first", "each", "longest", "off-hours")),
        Param("limit", Type.NUMBER, required=True, low=1),
        Param("golden", Type.NUMBER, low=1),
        Param("hours", Type.HOURS),
        Param("hours_by", Type.CHOICE, default="question", choices=("question", "start")),
        Param("unanswered", Type.CHOICE, default="ignore", choices=("ignore", "also", "only")),
        Param("leave_out", Type.WORDS),
        Param("at_limit", Type.FLAG, default=False),
        Param("closed", Type.WORDS),
        Param("robot_only", Type.FLAG, default=False),
        Param("settled", Type.WORDS),
        Param("expect", Type.WORDS),
        Param("expect_messages", Type.INTEGER, default=5, low=1),
    ),
    _build,
)
