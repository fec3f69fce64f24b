"""What a rule and a scoring scheme are, once their files have been read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.chat import Role
from auditor.checks.base import Check
from auditor.checks.conditions import Guards
from auditor.checks.hit import Judgement
from auditor.checks.talk import Talk
from auditor.errors import Place

#: The dimensions of a scorecard, the more personal first.
DIMENSIONS = ("违规红线", "服务态度", "业务流程", "响应时效", "话术规范")


class Severity(StrEnum):
    """How grave a finding is."""

    FATAL = "fatal"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"
    BONUS = "bonus"

    @property
    def label(self) -> str:
        """The word users see."""
        return {"fatal": "致命", "major": "严重", "minor": "一般", "info": "提示", "bonus": "加分"}[self.value]

    @property
    def rank(self) -> int:
        """0 = gravest."""
        return list(Severity).index(self)


class Status(StrEnum):
    """Whether a rule's findings are charged: live yes, trial shown only, off not run."""

    LIVE = "live"
    TRIAL = "trial"
    OFF = "off"

    @property
    def label(self) -> str:
        """The word users see."""
        return {"live": "启用", "trial": "试运行", "off": "停用"}[self.value]


@dataclass(frozen=True)
class Rule:
    """One rule, compiled. ``points`` and ``cap`` are points out of 100; ``scope`` is message, conversation or agent.

    ``charged_alone``: False for a slip of form (no farewell) that is only pointed out where nothing else is charged.
    """

    id: str
    code: str
    kind: str
    title: str
    dimension: str
    severity: Severity
    points: float
    scope: str
    cap: float
    status: Status
    roles: tuple[Role, ...]
    why: str
    advice: str
    source: str
    good: tuple[str, ...]
    bad: tuple[str, ...]
    check: Check
    guards: Guards
    place: Place
    charged_alone: bool = True

    @property
    def reminds(self) -> bool:
        """Are some findings of this rule only pointed out?"""
        return not self.charged_alone or bool(self.guards.charged_if)

    def judge(self, talk: Talk) -> Judgement:
        """Hold one conversation against this rule."""
        if talk.agent_messages < self.guards.min_agent_messages:
            return Judgement(None)
        reason = self.check.missing(talk)
        if reason is not None:
            return Judgement(reason)
        hits = [hit for hit in self.check.hits(talk) if self.guards.apply(talk, hit)]
        hits = [hit if self.guards.charges(talk, hit) else replace(hit, charged=False) for hit in hits]
        return Judgement(None, tuple((hit, self.guards.exemption(talk, hit)) for hit in hits))


@dataclass(frozen=True)
class Grade:
    """A grade bracket: scores from ``least`` points up."""

    name: str
    title: str
    least: float


@dataclass(frozen=True)
class Scheme:
    """The scoring scheme: full points of each dimension (they sum to 100), pass line, grades, best first."""

    weights: Mapping[str, float]
    pass_score: float
    bonus_cap: float
    grades: tuple[Grade, ...]

    def grade(self, score: float) -> Grade:
        """The bracket a score (0-100 points) falls into."""
        return next(grade for grade in self.grades if score >= grade.least)
