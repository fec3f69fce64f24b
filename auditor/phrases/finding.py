"""What the linter says of a library: findings with their places, and the outcome of a run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from auditor.checks.library import Collecting
from auditor.checks.required import Required
from auditor.checks.writing import Writing
from auditor.errors import Problem
from auditor.phrases.phrase import Allow, Origin, Phrase, Point
from auditor.rule import Rule, Severity, Status
from auditor.text import Span


@dataclass(frozen=True, slots=True)
class Card:
    """A rule as reports show it. ``say``: the advice can be sent as it stands; else it says what to do."""

    id: str
    code: str
    title: str
    severity: Severity
    why: str
    advice: str
    source: str
    trial: bool = False
    say: bool = True

    @classmethod
    def of(cls, rule: Rule) -> Card:
        """The card of a rule."""
        say = not isinstance(rule.check, (Collecting, Required, Writing))
        trial = rule.status is Status.TRIAL
        return cls(rule.id, rule.code, rule.title, rule.severity, rule.why, rule.advice, rule.source, trial, say)

    @property
    def hint(self) -> str:
        """The advice with what it is: something to say, or something to do."""
        return f"{'可以这样说' if self.say else '怎么改'}：{self.advice}"


#: What is said of leaves to break rules, by the linter itself.
_OWN: dict[str, Any] = {"severity": Severity.MINOR, "source": "P；话术库维护", "say": False}
USELESS_ALLOW = Card(
    "unused-allow", "L90", "豁免没有用上", why="这条话术已经不犯这条规则，豁免留着会放过以后的错。",
    advice="删掉这条豁免。", **_OWN,
)  # fmt: skip
BARE_ALLOW = Card(
    "allow-without-reason", "L91", "豁免没有写理由", why="没有理由的豁免没人敢删，也没人知道该不该留，所以不算数。",
    advice="在规则后面写上理由，例如：auditor: allow D01 平台要求的原话。", **_OWN,
)  # fmt: skip
UNKNOWN_ALLOW = Card(
    "unknown-allow", "L92", "豁免的规则不存在", why="规则名写错了，这条豁免不起作用。",
    advice="改成正确的规则 id 或编号，可用 auditor phrases rules 查。", **_OWN,
)  # fmt: skip
OWN_CARDS = (USELESS_ALLOW, BARE_ALLOW, UNKNOWN_ALLOW)


class State(StrEnum):
    """Against the baseline: new, or known and unchanged."""

    NEW = "new"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class Finding:
    """One thing that is wrong: the rule, the phrase (None: the library as a whole), the places in its text, evidence.

    ``allow`` is the leave that covers it; ``state`` is set against the baseline; ``mended`` is the phrase with this put
    right, where that can be done without asking. ``key`` names it across runs and moved
    lines: it rests on the rule, the phrase and the words, not on the line.
    """

    card: Card
    phrase: Phrase | None
    file: str
    spans: tuple[Span, ...]
    evidence: str
    allow: Allow | None = None
    state: State = State.NEW
    fingerprint: str = ""
    line: int | None = None
    mended: str | None = None

    @property
    def origin(self) -> Origin | None:
        """Where the phrase stands; None for the library as a whole."""
        return self.phrase.origin if self.phrase else None

    @property
    def text(self) -> str:
        """The phrase's text, '' for the library as a whole."""
        return self.phrase.text if self.phrase else ""

    @property
    def quote(self) -> str:
        """The words that are meant; the first line of the phrase if it is all of it."""
        if self.spans:
            return "…".join(self.text[slice(*span)] for span in self.spans)
        return self.text.strip().split("\n", 1)[0][:40]

    @property
    def start(self) -> Point:
        """Where the words begin in the file; line 1, column 1 for the library as a whole."""
        if self.line is not None or self.origin is None:
            return Point(self.line or 1, 1)
        return self.origin.at(self.spans[0][0] if self.spans else 0)

    @property
    def end(self) -> Point:
        """Just behind the last of the words; the end of the phrase if it is all of it."""
        if self.line is not None or self.origin is None:
            return Point(self.line or 1, 1)
        return self.origin.end(self.spans[0][1] if self.spans else len(self.text))

    @property
    def key(self) -> str:
        """What this finding is, wherever it stands."""
        return digest(self.card.id, self.text, *(self.text[slice(*span)] for span in self.spans))

    @property
    def counts(self) -> bool:
        """Does it count for the exit code: not on trial, not allowed, not in the baseline?"""
        return not self.card.trial and self.allow is None and self.state is State.NEW


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits that stand for these texts."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]


def stamp(findings: Iterable[Finding]) -> None:
    """Give every finding its fingerprint; the same again in one file is told apart by its number."""
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        place = (finding.file, finding.key)
        seen[place] += 1
        finding.fingerprint = digest(*place, str(seen[place]))


@dataclass
class Outcome:
    """What came of a run. ``files``: phrases checked by file; ``stale``: baseline entries that are no more, by file."""

    findings: list[Finding] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    exempt: int = 0
    cached: int = 0
    stale: list[str] = field(default_factory=list)
    fixed: int = 0

    @property
    def phrases(self) -> int:
        """How many phrases were checked."""
        return sum(self.files.values())

    @property
    def shown(self) -> list[Finding]:
        """Findings that are neither allowed nor in the baseline."""
        return [finding for finding in self.findings if finding.allow is None and finding.state is State.NEW]

    @property
    def allowed(self) -> int:
        """How many findings are allowed, with a reason."""
        return sum(finding.allow is not None for finding in self.findings)

    @property
    def known(self) -> int:
        """How many findings the baseline knows."""
        return sum(finding.allow is None and finding.state is State.UNCHANGED for finding in self.findings)

    @property
    def counts(self) -> Counter[Severity]:
        """How many findings count, by severity."""
        return Counter(finding.card.severity for finding in self.findings if finding.counts)

    def at_or_above(self, severity: Severity) -> int:
        """How many findings that count are as grave as this or graver."""
        return sum(count for found, count in self.counts.items() if found.rank <= severity.rank)


def by_place(findings: Sequence[Finding], order: Sequence[str]) -> list[Finding]:
    """Findings file by file in the order read, each file's by line and column, then by rule; the library's last."""
    rank = {file: number for number, file in enumerate(order)}
    last = len(rank)

    def place(finding: Finding) -> tuple[int, str, int, int, str]:
        sheet = (finding.origin.sheet or "") if finding.origin else "\uffff"
        return rank.get(finding.file, last), sheet, *finding.start, finding.card.id

    return sorted(findings, key=place)
