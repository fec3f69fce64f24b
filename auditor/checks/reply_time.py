"""Kind ``reply-time``: how long the customer waited for a human answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditor.chat import Role
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.durations import duration
from auditor.kpis import Round
from auditor.text import Lexicon


@dataclass(frozen=True)
class ReplyTime(Check):
    """Fires on a human reply that comes more than ``limit`` seconds after the question (robots do not answer).

    ``which``: the first round, each round, only the longest, or ``off-hours``: questions outside ``hours``, whose
    clock starts when the shop next opens. For the others ``hours`` (minutes of the day) leaves out questions outside
    office hours; ``hours_by`` = "start" tests the conversation's start instead of the question. ``unanswered``: rounds
    that nobody answered are ignored, fire also, or alone fire. ``leave_out``: questions that want no answer (好的).
    """

    scope: Scope
    which: str
    limit: float
    golden: float | None
    hours: tuple[int, int] | None
    hours_by: str
    unanswered: str
    leave_out: Lexicon | None

    def missing(self, talk: Talk) -> str | None:
        """Waits need times on both the question and the reply."""
        if self.unanswered == "only":
            return None
        if any(item.reply is not None and item.wait is None for item in self._asked(talk)):
            return "消息没有时间"
        if self.which == "off-hours" and any(item.asked is None for item in talk.rounds):
            return "消息没有时间"
        return None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The late replies, with the wait and the limit; the questions that nobody answered."""
        for item in self._asked(talk):
            if item.reply is None:
                if self.unanswered != "ignore":
                    yield Hit(item.question, None, "这个问题没有人工回复")
            elif item.wait is not None and self.unanswered != "only":
                wait = item.wait - self._closed(item)
                if wait > self.limit:
                    yield Hit(item.reply, None, self._evidence(wait))

    def _evidence(self, wait: float) -> str:
        golden = f"，黄金时间 {self.golden:g} 秒" if self.golden else ""
        title = {"first": "首次人工响应", "off-hours": "开门后留言等待"}.get(self.which, "等待人工回复")
        return f"{title} {duration(wait)}（上限 {duration(self.limit)}{golden}）"

    def _asked(self, talk: Talk) -> list[Round]:
        items = list(talk.rounds[:1] if self.which == "first" else talk.rounds)
        items = [item for item in items if self._counts(talk, item)]
        if self.which == "longest":
            timed = [item for item in items if item.wait is not None]
            return [max(timed, key=lambda item: item.wait or 0.0)] if timed else items[:1]
        return items

    def _counts(self, talk: Talk, item: Round) -> bool:
        if self.leave_out is not None and self._closer(talk, item):
            return False
        moment = talk.conversation.start if self.hours_by == "start" else item.asked
        if self.hours is None or moment is None:
            return self.which != "off-hours"
        return self._open(moment) != (self.which == "off-hours")

    def _closer(self, talk: Talk, item: Round) -> bool:
        """Does the customer say nothing but what wants no answer until the reply?"""
        end = item.reply if item.reply is not None else len(talk.messages)
        said = [i for i in range(item.question, end) if talk.messages[i].role is Role.CUSTOMER]
        return all(self.leave_out is not None and self.leave_out.seen(talk.folded[i]) for i in said)

    def _open(self, moment: datetime) -> bool:
        minute = moment.hour * 60 + moment.minute
        begin, end = self.hours or (0, 24 * 60)
        return begin <= minute < end if begin < end else minute >= begin or minute < end

    def _closed(self, item: Round) -> float:
        """Seconds from an off-hours question until the shop opens; 0 for the other kinds of round."""
        if self.which != "off-hours" or self.hours is None or item.asked is None:
            return 0.0
        opening = item.asked.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=self.hours[0])
        if opening < item.asked:
            opening += timedelta(days=1)
        return (opening - item.asked).total_seconds()


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
    ),
    _build,
)
