"""What a reviewer says of a finding, in the words of the workbook's drop-downs: there is no second vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

YES, NO = "是", "否"
#: Headings of the columns that people fill in, and of those that tell findings and rules apart.
APPEAL, REASON, RULING, REVIEWER = "申诉", "申诉理由", "复核结果", "复核人"
FINGERPRINT, RULE_ID = "指纹", "规则标识"
#: Between the names of several reviewers in one cell.
AND = "、"


class Ruling(StrEnum):
    """The three verdicts (DESIGN §7). The last two overturn a finding: the machine erred, or the agent was heard."""

    UPHELD = "成立"
    ERROR = "误判"
    APPEAL = "申诉成立"

    @property
    def overturns(self) -> bool:
        """Does the finding fall?"""
        return self is not Ruling.UPHELD


class State(StrEnum):
    """How a finding stood before review: of a live rule, of one on trial, or exempt."""

    LIVE = "live"
    TRIAL = "trial"
    EXEMPT = "exempt"


@dataclass(frozen=True)
class Verdict:
    """One reviewer's verdict on one finding, or an appeal that nobody has ruled on yet (``ruling`` None).

    ``charged`` are the points that the machine took (negative for a bonus); ``state`` says how the finding stood.
    ``time`` is a wall clock as text or None; ``file`` is the workbook it was read from.
    """

    fingerprint: str
    rule: str
    code: str
    title: str
    conversation: str
    time: str | None
    charged: float
    state: State
    appeal: bool
    reason: str
    ruling: Ruling | None
    reviewer: str
    file: str

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Sorting key: the same verdicts always stand in the same order, whatever order the workbooks came in."""
        return self.rule, self.fingerprint, self.reviewer, self.ruling or ""


@dataclass(frozen=True)
class Opinion:
    """What all reviewers say of one finding: (reviewer, ruling) in the order of names; appeal and its reasons."""

    rulings: tuple[tuple[str, Ruling], ...]
    appeal: bool
    reason: str

    @property
    def disputed(self) -> bool:
        """Do some uphold it and others not?"""
        return len({ruling.overturns for _, ruling in self.rulings}) > 1

    @property
    def ruling(self) -> Ruling | None:
        """The verdict, None while nobody has ruled or reviewers disagree: then the machine's result stands."""
        return None if self.disputed or not self.rulings else self.rulings[0][1]

    @property
    def reviewers(self) -> str:
        """Who ruled: ``张三、李四``."""
        return AND.join(dict.fromkeys(name for name, _ in self.rulings))


@dataclass(frozen=True)
class Opinions:
    """All opinions by fingerprint."""

    by_fingerprint: Mapping[str, Opinion]

    @cached_property
    def overturned(self) -> dict[str, str]:
        """The findings that fall, and by which verdict."""
        ruled = ((mark, opinion.ruling) for mark, opinion in self.by_fingerprint.items())
        return {mark: str(ruling) for mark, ruling in ruled if ruling is not None and ruling.overturns}

    @property
    def disputed(self) -> list[str]:
        """Fingerprints on which reviewers disagree."""
        return [mark for mark, opinion in self.by_fingerprint.items() if opinion.disputed]


def opinions(verdicts: Iterable[Verdict]) -> Opinions:
    """Put together what was said of each finding."""
    grouped: dict[str, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda item: item.order):
        grouped.setdefault(verdict.fingerprint, []).append(verdict)
    return Opinions({mark: _opinion(said) for mark, said in grouped.items()})


def _opinion(said: Iterable[Verdict]) -> Opinion:
    said = list(said)
    rulings = dict.fromkeys((v.reviewer, v.ruling) for v in said if v.ruling is not None)
    reasons = dict.fromkeys(v.reason for v in said if v.reason)
    return Opinion(tuple(rulings), any(v.appeal for v in said), "；".join(reasons))
