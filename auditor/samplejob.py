"""``auditor sample``: draws a sample from an audit's results, and holds people's scores against the machine's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditorError, Problem, reason
from auditor.readers import Ledger, Options, find_files, read
from auditor.readers.openbook import book_cells
from auditor.reports.masking import Names, mask, unmasked
from auditor.reports.records import Record, clock, message_records, shown_id
from auditor.reports.samplebook import write_sample_workbook
from auditor.reviews.sampleform import holds_sample, read_sample
from auditor.sampling import RANDOM, RISK, Agreement, Candidate, Human, Pick, agreement, draw, sizes

ALL = "all"
#: Problems that are told one by one.
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Results:
    """What an audit left in its folder: everybody's conversations, the logs it read, the pass line, the weights."""

    candidates: tuple[Candidate, ...]
    logs: tuple[str, ...]
    pass_score: float
    weights: Mapping[str, float]

    @property
    def by_agent(self) -> dict[str, int]:
        """Agent -> conversations, in a fixed order."""
        return dict(sorted(Counter(item.agent for item in self.candidates).items()))


def results(folder: Path) -> Results:
    """Read the results of an audit. Raises AuditorError if there are none, or they cannot be read."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        agents = json.loads((folder / "agents.json").read_text(encoding="utf-8"))
        lines = (folder / "conversations.jsonl").read_text(encoding="utf-8").split("\n")
        found = tuple(item for line in lines if line for item in _candidates(json.loads(line)))
        cards = list(agents.values())[:1]
        weights = {name: float(item["full"]) for card in cards for name, item in card["dimensions"].items()}
        logs = tuple(str(item["file"]) for item in run["inputs"])
        read_back = Results(found, logs, float(run["pass_score"]), weights)
    except OSError as error:
        told = f"{folder} 里没有质检结果（{reason(error)}），请先用 auditor audit 聊天记录 -o {folder}"
        raise AuditorError(told) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AuditorError(f"{folder} 里的质检结果读不了，请重新质检一次") from None
    if not found:
        raise AuditorError(f"{folder} 里没有可以复核的会话")
    return read_back


def _candidates(record: Record) -> list[Candidate]:
    """The agents' parts in one conversation, as the machine alone scored them."""
    shares: Mapping[str, Record] = record.get("machine", record)["agents"]
    return [
        Candidate(agent, record["conversation"], record["start"], record["messages"], share["score"], share["fatal"],
                  record["findings"])
        for agent, share in shares.items()
    ]  # fmt: skip


def sample(found: Results, per_agent: int | None, margin: float, seed: int) -> list[Pick]:
    """Draw the sample: ``per_agent`` of each, or as many as the ``margin`` (0-1) of the team's pass rate needs."""
    return draw(found.candidates, sizes(found.by_agent, per_agent, margin), seed)


def write(
    path: Path, picks: Sequence[Pick], found: Results, logs: Sequence[str], options: Options, masked: bool
) -> list[Pick]:
    """Write the review workbook; returns the picks whose conversation is not in the logs (any more).

    ``logs``: where the chats are now; empty: where the audit read them. Raises AuditorError if they are gone, or the
    workbook cannot be written.
    """
    transcripts = _transcripts(picks, _files(found, logs), options, masked)
    try:
        write_sample_workbook(path, picks, transcripts, found.weights)
    except OSError as error:
        raise AuditorError(f"抽检表 {path} 不能写（{reason(error)}），请换一个，用 -o 指定") from None
    return [pick for pick in picks if pick.mark not in transcripts]


def _files(found: Results, logs: Sequence[str]) -> list[Path]:
    if logs:
        return find_files(logs)
    gone = [name for name in found.logs if not Path(name).is_file()]
    if gone:
        raise AuditorError(f"找不到质检时的聊天记录 {'、'.join(gone[:3])}，请用 --logs 指明它们现在在哪里")
    return find_files(found.logs)


def _transcripts(
    picks: Sequence[Pick], files: Sequence[Path], options: Options, masked: bool
) -> dict[str, list[Record]]:
    """Mark of a pick -> the messages of its conversation, read from the logs once more."""
    wanted: dict[str, list[Pick]] = {}
    for pick in picks:
        wanted.setdefault(pick.candidate.conversation, []).append(pick)
    transcripts: dict[str, list[Record]] = {}
    names = Names()
    for said in read(files, options, Ledger()):
        talk = names.conversation(said) if masked else said
        for pick in wanted.get(shown_id(talk, mask)) or wanted.get(talk.id) or ():
            start, end, at = clock(talk.start), clock(talk.end), pick.candidate.start
            same = at == start or bool(at and start and end and start <= at <= end)
            if same and pick.candidate.agent in talk.agents:
                transcripts[pick.mark] = message_records(talk, mask if masked else unmasked)
    return transcripts


@dataclass(frozen=True)
class Comparison:
    """People's sample beside the machine: agreement by how it was drawn (RANDOM, RISK, ALL), every pair.

    ``blank``: rows without a score; ``strange``: rows of other results.
    """

    groups: Mapping[str, Agreement | None]
    pairs: tuple[tuple[Candidate, Human], ...]
    problems: tuple[Problem, ...]
    blank: int
    strange: int


def compare(found: Results, books: Sequence[Path]) -> Comparison:
    """Read filled-in workbooks back. Raises AuditorError if they hold no score of these results."""
    known = {item.mark(way): (item, way) for item in found.candidates for way in (RANDOM, RISK)}
    forms = [read_sample(str(path), book_cells(path, holds_sample)) for path in books]
    problems = tuple(problem for form in forms for problem in form.problems)
    said: dict[str, list[Human]] = {}
    for form in forms:
        for answer in form.answers:
            said.setdefault(answer.mark, []).append(answer)
    drawn: dict[str, list[tuple[Candidate, Human]]] = {RANDOM: [], RISK: []}
    for mark in sorted(said.keys() & known.keys()):
        candidate, way = known[mark]
        drawn[way].append((candidate, _together(mark, said[mark])))
    pairs = (*drawn[RANDOM], *drawn[RISK])
    if not pairs:
        raise AuditorError("抽检表里还没有填人工得分，或者不是这批结果的抽检表", problems[:MOST_PROBLEMS])
    groups = {way: agreement(items, found.pass_score) for way, items in (*drawn.items(), (ALL, pairs))}
    blank = sum(form.blank for form in forms)
    return Comparison(groups, pairs, problems, blank, len(said.keys() - known.keys()))


def _together(mark: str, answers: Sequence[Human]) -> Human:
    """What several people said of one conversation: their mean score, fatal if anybody says so."""
    told = [answer.fatal for answer in answers if answer.fatal is not None]
    return Human(mark, sum(answer.score for answer in answers) / len(answers), any(told) if told else None)
