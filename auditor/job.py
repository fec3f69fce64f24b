"""The main job, a straight line: paths -> conversations -> findings -> scores -> scorecards -> files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.chat import Conversation
from auditor.engine import Audited, audit
from auditor.errors import AuditorError, Problem
from auditor.history import TEAM, check
from auditor.kpis import Contact, contact
from auditor.readers import Ledger, Options, Reject, read
from auditor.recording import Recording
from auditor.reports.filenames import file_name, team_file_name
from auditor.reports.files import CsvFile, open_text, write_json, write_line
from auditor.reports.masking import Names, mask, mask_name, unmasked
from auditor.reports.records import agent_record, session
from auditor.reports.site import write_pages
from auditor.reports.staging import MANIFEST, Staging, is_result
from auditor.reports.store import SessionStore
from auditor.reports.tables import Input, RunFacts
from auditor.reports.trend import Trend
from auditor.rescoring import Rescoring
from auditor.reviews.verdict import Opinions
from auditor.rule import Severity
from auditor.ruleset import HOUSE, RuleSet
from auditor.scoring import NOTHING, Scorecard, Scored, Tally, score_conversation, scorecard
from auditor.service import taking_part

#: Agents named in one sentence on what was left out.
MOST_NAMES = 8


@dataclass(frozen=True)
class Job:
    """What to audit and where to write. ``formats``: xlsx, html, csv, jsonl (jsonl is always written)."""

    files: Sequence[Path]
    target: Path
    rules: RuleSet
    options: Options
    profile: str | None = None
    formats: frozenset[str] = frozenset({"xlsx", "jsonl"})
    masked: bool = True
    model_hashes: Mapping[str, str] = field(default_factory=dict)
    #: What reviewers said of findings (audit --verdicts); None: the machine's result is the result.
    opinions: Opinions | None = None
    #: The trend store that the run is entered into (audit --history).
    history: Path | None = None


@dataclass(frozen=True)
class Progress:
    """Callbacks for progress bars: bytes read, conversations audited, workbooks written (with their total)."""

    read: Callable[[int], None] = lambda _: None
    audited: Callable[[int], None] = lambda _: None
    book: Callable[[int, int], None] = lambda _done, _total: None


@dataclass(frozen=True)
class Outcome:
    """The result of a job: cards best first, the team's card, the account of the input, what was written."""

    cards: Sequence[Scorecard]
    team: Scorecard
    ledger: Ledger
    facts: RunFacts
    files: Sequence[str]
    standing_by_severity: Mapping[Severity, int]
    titles: Mapping[str, str]
    problems: Sequence[Problem]
    notes: Sequence[Problem]

    def at_or_above(self, severity: Severity) -> int:
        """Findings that stand (live, not exempt, not covered by another) and are at least this grave."""
        return sum(n for grave, n in self.standing_by_severity.items() if grave.rank <= severity.rank)


def run(job: Job, progress: Progress | None = None) -> Outcome:
    """Audit the files and write every result into ``job.target``, or nothing at all.

    Raises AuditorError if not one conversation could be read, or the target cannot be written.
    """
    _not_into_inputs(job)
    if job.history is not None:
        check(job.history)
    with Staging(job.target) as stage:
        desk = _Desk(job, stage.folder)
        with closing(desk):
            desk.audit(progress or Progress())
            outcome = desk.finish(progress or Progress())
            with desk.recording.merged() if desk.recording else nullcontext():
                stage.publish(outcome.files)
    return outcome


def _not_into_inputs(job: Job) -> None:
    """No input is ever overwritten by a result."""
    target = job.target.resolve()
    for file in job.files:
        if file.resolve() == target:
            raise AuditorError(f"输出文件夹 {job.target} 就是输入文件，请用 -o 换一个")
        if file.resolve().parent == target and is_result(file.name):
            raise AuditorError(f"输入文件 {file} 在输出文件夹里，会被结果覆盖，请用 -o 换一个文件夹")


class _Desk:
    """Where one job's results pile up: open files, tallies, the session store."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder = job, folder
        self.mask = mask if job.masked else unmasked
        self.unread = CsvFile(folder / "unread.csv", ("file", "line", "reason", "raw"))
        self.names = Names() if job.masked else None
        self.ledger = Ledger(self._reject, self.mask, mask_name if job.masked else unmasked)
        self.findings = open_text(folder / "findings.jsonl")
        self.conversations = open_text(folder / "conversations.jsonl")
        self.store = SessionStore(folder / "sessions.db")
        self.tallies: dict[str, Tally] = {}
        self.shops: dict[str, str | None] = {}
        #: What agents were asked in conversations in which they did not say a word.
        self.silent: dict[str, Tally] = {}
        self.team = Tally()
        self.counts: Counter[str] = Counter()
        self.not_evaluable: Counter[str] = Counter()
        self.by_severity: Counter[Severity] = Counter()
        self.profiles: Counter[str] = Counter()
        active = [rule for rules in job.rules.profiles.values() for rule in rules]
        self.dimension_of = {rule.id: rule.dimension for rule in active}
        self.titles = {rule.id: rule.title for rule in active}
        said, scheme = job.opinions, job.rules.scheme
        self.rescoring = Rescoring(said, scheme, self.dimension_of) if said is not None else None
        digest, kept = job.rules.digest, job.history
        self.recording = Recording(kept, folder, digest, scheme.pass_score) if kept is not None else None

    def close(self) -> None:
        """Let go of every open file."""
        for item in (self.unread, self.findings, self.conversations, self.store, self.recording):
            if item is not None:
                item.close()

    def _reject(self, reject: Reject) -> None:
        self.unread.row((reject.file, reject.line, self.mask(reject.reason), reject.raw))

    def audit(self, progress: Progress) -> None:
        """Read, judge and score every conversation, one at a time."""
        job = self.job
        talks = read(job.files, job.options, self.ledger, progress.read)
        for audited in audit(talks, job.rules, job.profile):
            self._take(audited)
            progress.audited(1)
        if not self.counts["conversations"]:
            problems = self._masked(self.ledger.file_problems)
            raise AuditorError(self.ledger.nothing_read("没有写出结果"), problems)

    def _take(self, audited: Audited) -> None:
        audited = self.names.audited(audited) if self.names else audited
        talk, rescoring = audited.conversation, self.rescoring
        scored = score_conversation(audited, self.job.rules.scheme, rescoring.overturned if rescoring else NOTHING)
        contacts = self._contacts(talk)
        records = session(scored, self.mask, keep_messages=bool(scored.charges), contacts=contacts[-1:])
        if rescoring is not None:
            records = rescoring.beside_machine(records, audited)
        write_line(self.conversations, records.conversation)
        for record in records.findings:
            write_line(self.findings, record)
        self.store.add(records, talk.agents)
        if self.recording is not None:
            self.recording.add(scored, contacts[-1])
        self._count(scored, contacts)

    def _count(self, scored: Scored, contacts: Sequence[Contact]) -> None:
        talk, scheme = scored.audited.conversation, self.job.rules.scheme
        self.counts["conversations"] += 1
        self.profiles[self.job.profile or self.job.rules.profile_of(talk.platform)] += 1
        self.counts["not_judged"] += scored.score is None
        self.counts["findings"] += len(scored.charges)
        self.counts["charged"] += sum(charge.charged > 0 for charge in scored.charges)
        self.counts["exempt"] += sum(charge.finding.exemption is not None for charge in scored.charges)
        self.not_evaluable.update(rule for rule, _ in scored.audited.not_evaluable)
        self.by_severity.update(charge.finding.rule.severity for charge in scored.charges if charge.stands)
        for agent, share in scored.shares.items():
            tally = self.tallies.setdefault(agent, Tally())
            own = [charge for charge in scored.charges if charge.finding.agent == agent]
            tally.add(share, own, scheme)
            self.shops.setdefault(agent, talk.shop)
        for agent in taking_part(contacts[0]):
            known = self.tallies if agent in scored.shares else self.silent
            known.setdefault(agent, Tally()).served(talk, agent, contacts)
        self._count_team(scored, contacts)

    def _count_team(self, scored: Scored, contacts: Sequence[Contact]) -> None:
        self.team.served(scored.audited.conversation, None, contacts)
        if scored.score is not None:
            self.team.add(scored.whole, scored.charges, self.job.rules.scheme)

    def _contacts(self, talk: Conversation) -> list[Contact]:
        """The conversation as the house counts it, and as its platform does if that has a way of its own."""
        rules = self.job.rules
        name = self.job.profile or rules.profile_of(talk.platform)
        own = [rules.preset(name)] if name != HOUSE and name in rules.presets else []
        return [contact(talk, preset) for preset in (rules.preset(HOUSE), *own)]

    def finish(self, progress: Progress) -> Outcome:
        """Make the cards and write what rests on the whole run."""
        self.unread.close()
        self.findings.close()
        self.conversations.close()
        self._hear()
        for tally in self.tallies.values():
            tally.settle()
        self.team.settled(self.tallies.values())
        cards = self._cards()
        team = self._card("团队", None, self.team)
        if self.rescoring is not None:
            self.rescoring.settle()
            cards = [self.rescoring.beside(card) for card in cards]
            team = self.rescoring.team_beside(team)
        if self.recording is not None:
            self.recording.done()
            cards, team = self.recording.beside(cards, team)
        facts = self._facts()
        files = ["findings.jsonl", "conversations.jsonl", "agents.json", "unread.csv", MANIFEST]
        presets = self.job.rules.presets
        write_json(self.folder / "agents.json", {card.agent: agent_record(card, presets) for card in cards})
        if "csv" in self.job.formats:
            files += self._tables(cards)
        if self.job.formats & {"xlsx", "html"}:
            files += self._reports(cards, team, facts, progress)
        write_json(self.folder / MANIFEST, self._run_record(facts, files))
        problems, notes = self._masked(self.ledger.file_problems), self._masked(self.ledger.notes)
        return Outcome(cards, team, self.ledger, facts, files, self.by_severity, self.titles, problems, notes)

    def _hear(self) -> None:
        """Add what agents left unanswered where they said nothing; who never said a word gets no card."""
        for agent in [agent for agent in self.silent if agent in self.tallies]:
            self.tallies[agent].merge(self.silent.pop(agent))

    def _masked(self, problems: Sequence[Problem]) -> list[Problem]:
        return [replace(problem, text=self.mask(problem.text)) for problem in problems]

    def _card(self, agent: str, shop: str | None, tally: Tally) -> Scorecard:
        return scorecard(agent, shop, tally, self.job.rules.scheme, self.dimension_of)

    def _cards(self) -> list[Scorecard]:
        """All agents' cards, best first, equal scores sharing a rank."""
        cards = [self._card(agent, self.shops[agent], tally) for agent, tally in self.tallies.items()]
        cards.sort(key=lambda card: (-(card.score or 0.0), card.agent))
        ranks: dict[float | None, int] = {}
        for rank, card in enumerate(cards, 1):
            ranks.setdefault(card.score, rank)
        return [replace(card, rank=ranks[card.score], of=len(cards)) for card in cards]

    def _facts(self) -> RunFacts:
        inputs = [
            Input(f.file, f.format, f.encoding or "", f.rows_in, f.rows_audited, f.rows_rejected, f.rows_set_aside)
            for f in self.ledger.inputs
        ]
        return RunFacts(
            profile=self.job.profile or self._profiles_used(),
            rules_hash=self.job.rules.digest,
            version=__version__,
            conversations=self.counts["conversations"],
            pass_score=self.job.rules.scheme.pass_score,
            model_hashes=self.job.model_hashes,
            inputs=inputs,
            not_evaluable=dict(sorted(self.not_evaluable.items())),
            rejects_by_reason=dict(sorted(self.ledger.reasons.items())),
            left_out=self._left_out(),
            not_judged=self.counts["not_judged"],
            presets=self.job.rules.presets,
        )

    def _profiles_used(self) -> str:
        """The profile of the run; with several platforms in the log, each with its conversations: tmall 40、jd 12."""
        used = self.profiles.most_common()
        return used[0][0] if len(used) == 1 else "、".join(f"{name} {count}" for name, count in used) or HOUSE

    def _left_out(self) -> tuple[str, ...]:
        """Sentences on everything that was not audited or not judged."""
        outside = sum(facts.rows_outside for facts in self.ledger.inputs)
        said = [self.mask(str(problem)) for problem in (*self.ledger.file_problems, *self.ledger.notes)]
        if outside:
            said.append(f"{outside} 行在 --since/--until 的日期之外，没有质检")
        if self.rescoring is not None:
            said += self.rescoring.sentences()
        if self.recording is not None:
            said += self.recording.sentences()
        if self.silent:
            names = "、".join(sorted(self.silent)[:MOST_NAMES])
            said.append(f"{len(self.silent)} 位客服一句话也没有说过，没有评分卡：{self.mask(names)}")
        if self.counts["not_judged"]:
            said.append(f"{self.counts['not_judged']} 个会话没有人工客服发言，不计分")
        return tuple(said)

    def _tables(self, cards: Sequence[Scorecard]) -> list[str]:
        """agents.csv: one row an agent."""
        path = self.folder / "agents.csv"
        columns = ("客服", "会话数", "得分", "合格率", "等级", "致命会话数", "扣分次数", "首次响应均值（秒）")
        with closing(CsvFile(path, columns)) as table:
            for card in cards:
                record = agent_record(card, self.job.rules.presets)
                hits = sum(tally.charged for tally in card.rules.values())
                table.row(
                    (card.agent, card.conversations, record["score"], record["pass_rate"], record["grade"],
                     card.fatal, hits, record["kpis"]["house"]["first_response_mean_s"])
                )
        return [path.name]

    def _reports(
        self, cards: Sequence[Scorecard], team: Scorecard, facts: RunFacts, progress: Progress
    ) -> list[str]:
        """Workbooks and pages: one of each for every agent and for the team, under the same names."""
        from auditor.reports.workbook import write_agent_workbook, write_team_workbook

        taken: set[str] = set()
        names = {card.agent: file_name(card.agent, card.start, card.end, taken) for card in cards}
        summary = team_file_name(team.start, team.end)
        rules = self.job.rules.profiles.get(facts.profile, self.job.rules.rules)
        wanted = self.job.formats & {"xlsx", "html"}
        steps = count(1)

        def wrote() -> None:
            progress.book(next(steps), len(wanted) * (len(cards) + 1))

        files: list[str] = []
        if "xlsx" in wanted:
            for card in cards:
                path, sessions = self.folder / names[card.agent], self.store.sessions(card.agent)
                write_agent_workbook(path, card, team, sessions, rules, facts, trend=self._trend(card.agent))
                wrote()
            write_team_workbook(self.folder / summary, team, cards, rules, facts, names, self._trend(TEAM))
            wrote()
            files += [*names.values(), summary]
        if "html" in wanted:
            read = self.store.sessions
            files += write_pages(self.folder, cards, team, read, rules, facts, names, summary, wrote)
        return files

    def _trend(self, agent: str) -> Trend | None:
        return self.recording.trend(agent) if self.recording is not None else None

    def _run_record(self, facts: RunFacts, files: Sequence[str]) -> dict[str, Any]:
        verdicts = {} if self.rescoring is None else {"verdicts": self.rescoring.run_record()}
        return {
            "version": __version__,
            "profile": facts.profile,
            "rules_hash": facts.rules_hash,
            "model_hashes": dict(facts.model_hashes),
            "inputs": [dict(vars(item)) for item in self.ledger.inputs],
            "rows_in": sum(item.rows_in for item in self.ledger.inputs),
            "rows_audited": sum(item.rows_audited for item in self.ledger.inputs),
            "rows_rejected": sum(item.rows_rejected for item in self.ledger.inputs),
            "rows_outside": sum(item.rows_outside for item in self.ledger.inputs),
            "rows_merged": self.ledger.rows_merged,
            "rejects_by_reason": dict(facts.rejects_by_reason),
            "conversations": facts.conversations,
            "conversations_not_judged": facts.not_judged,
            "pass_score": facts.pass_score,
            "findings": self.counts["findings"],
            "charged": self.counts["charged"],
            "exempt": self.counts["exempt"],
            "not_evaluable": dict(facts.not_evaluable),
            "left_out": list(facts.left_out),
            "files": sorted(files),
            **verdicts,
        }


def severity_named(name: str) -> Severity | None:
    """The severity of --fail-on; None for ``never``."""
    return None if name == "never" else Severity(name)


def parse_day(text: str | None) -> date | None:
    """A day given as 2026-11-16; raises AuditorError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AuditorError(f"日期「{text}」应写成 2026-11-16 这样") from None

