"""Kind ``reply-time``: how long the customer waited for a human answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.kpis import Round


@dataclass(frozen=True)
class ReplyTime(Check):
    """Fires on a human reply that comes more than ``limit`` seconds after the question (robots do not answer).

    ``which``: the first round, each round, or only the longest. ``hours`` (minutes of the day) leaves out questions
    outside office hours; ``hours_by`` = "start" tests the conversation's start instead of the question.
    """

    which: str
    limit: float
    golden: float | None
    hours: tuple[int, int] | None
    hours_by: str

    def missing(self, talk: Talk) -> str | None:
        """Waits need times on both the question and the reply."""
        if any(item.reply is not None and item.wait is None for item in self._asked(talk)):
            return "消息没有时间"
        return None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The late replies, with the wait and the limit."""
        for item in self._asked(talk):
            if item.wait is not None and item.wait > self.limit:
                golden = f"，黄金时间 {self.golden:g} 秒" if self.golden else ""
                title = "首次人工响应" if self.which == "first" else "等待人工回复"
                yield Hit(item.reply, None, f"{title} {duration(item.wait)}（上限 {self.limit:g} 秒{golden}）")

    def _asked(self, talk: Talk) -> list[Round]:
        items = list(talk.rounds[:1] if self.which == "first" else talk.rounds)
        items = [item for item in items if self._open(talk.conversation.start, item.asked)]
        if self.which == "longest":
            timed = [item for item in items if item.wait is not None]
            return [max(timed, key=lambda item: item.wait or 0.0)] if timed else items[:1]
        return items

    def _open(self, start: datetime | None, asked: datetime | None) -> bool:
        """Was the shop open when it counts? Unknown times are judged by ``missing``."""
        moment = start if self.hours_by == "start" else asked
        if self.hours is None or moment is None:
            return True
        minute = moment.hour * 60 + moment.minute
        begin, end = self.hours
        return begin <= minute < end if begin < end else minute >= begin or minute < end


def duration(seconds: float) -> str:
    """Seconds as people say them: 45 秒, 2 分 14 秒, 1 小时 3 分."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} 秒"
    if whole < 3600:
        return f"{whole // 60} 分 {whole % 60} 秒" if whole % 60 else f"{whole // 60} 分"
    return f"{whole // 3600} 小时 {whole % 3600 // 60} 分"


def _build(scope: Scope, params: Mapping[str, Any]) -> ReplyTime:  # noqa: ARG001
    return ReplyTime(params["which"], params["limit"], params["golden"], params["hours"], params["hours_by"])


REPLY_TIME = Kind(
    "reply-time",
    "人工响应时长",
    (
        Param("which", Type.CHOICE, required=True, choices=("first", "each", "longest")),
        Param("limit", Type.NUMBER, required=True, low=1),
        Param("golden", Type.NUMBER, low=1),
        Param("hours", Type.HOURS),
        Param("hours_by", Type.CHOICE, default="question", choices=("question", "start")),
    ),
    _build,
)
