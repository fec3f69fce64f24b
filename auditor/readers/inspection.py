"""What would be read from a file, and as what: for those who want to see before they audit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from auditor.chat import Conversation
from auditor.errors import AuditorError, Place, Problem
from auditor.readers import InputFacts, Ledger, Options, Reject, formats, read
from auditor.readers.containers import Part, Unpacker
from auditor.readers.records import Columns, RefusedError
from auditor.readers.source import Source

#: Names of formats with the scores of one file, best first.
Scores = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Inspection:
    """What reading a file, or every file in an archive, would give.

    ``scores``: by file name, of every format that the file may be of; ``inputs``: the account of each file's rows;
    ``first``: the first conversations of ``total``; ``rejects``: the first rows that would not be read.
    """

    scores: dict[str, Scores]
    inputs: tuple[InputFacts, ...]
    columns: tuple[tuple[str, Columns], ...]
    first: tuple[Conversation, ...]
    total: int
    rejects: tuple[Reject, ...]
    notes: tuple[Problem, ...]

    @property
    def rejected(self) -> int:
        """Rows that would not be read."""
        return sum(facts.rows_rejected for facts in self.inputs)


def inspect(path: Path, options: Options, most: int) -> Inspection:
    """Read one file as ``audit`` would; ``most``: conversations and rejects that are kept to be shown.

    Raises AuditorError if two formats fit it equally well and none was asked for.
    """
    scores = rank(path, options)
    rejects: list[Reject] = []
    ledger = Ledger(lambda reject: rejects.append(reject) if len(rejects) < most else None)
    conversations = read([path], options, ledger)
    first = tuple(islice(conversations, most))
    total = len(first) + sum(1 for _ in conversations)
    notes = (*ledger.file_problems, *ledger.notes)
    return Inspection(scores, tuple(ledger.inputs), tuple(ledger.columns), first, total, tuple(rejects), notes)


def rank(path: Path, options: Options) -> dict[str, Scores]:
    """Every format that a file, or each file in an archive, may be of; none for one that cannot be read.

    Raises AuditorError if two formats fit a file equally well and none was asked for.
    """
    with Unpacker(lambda _: None) as unpacker:
        return {part.name: _scores(part, options) for part in unpacker.parts(path)}


def _scores(part: Part, options: Options) -> Scores:
    if part.path is None:
        return ()
    try:
        source = Source.open(part.path, lambda _: None)
        found = [] if source.is_blank else formats.candidates(source, options)
    except (OSError, RefusedError):
        return ()  # whoever reads the file says why
    try:
        formats.recognise(source, options)
    except formats.TieError as tie:
        shares = [Problem(Place(part.name), form.name, f"得分 {score:.2f}") for form, score in found]
        raise AuditorError(f"「{part.name}」{tie.text}", shares) from tie
    except RefusedError:
        return ()
    return tuple((form.name, score) for form, score in found)
