"""What would be read from files, and as what: for those who want to see before they audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from auditor.chat import Conversation
from auditor.errors import AuditorError, Place, Problem
from auditor.readers import InputFacts, Ledger, Options, Reject, read
from auditor.readers.formats import Scores
from auditor.readers.records import Columns


@dataclass(frozen=True)
class Inspection:
    """What reading some files, and every file in an archive, would give.

    ``inputs``: the account of each file's rows; ``scores``: of each, which formats it may be of (none where the user
    named one); ``first``: the first conversations of ``total``; ``rejects``: the first rows that would not be read.
    """

    inputs: tuple[InputFacts, ...]
    scores: tuple[Scores, ...]
    columns: tuple[tuple[str, Columns], ...]
    first: tuple[Conversation, ...]
    total: int
    rejects: tuple[Reject, ...]
    notes: tuple[Problem, ...]

    @property
    def rejected(self) -> int:
        """Rows that would not be read."""
        return sum(facts.rows_rejected for facts in self.inputs)


def inspect(files: Sequence[Path], options: Options, most: int) -> Inspection:
    """Read files as ``audit`` would; ``most``: conversations and rejects that are kept to be shown.

    Raises AuditorError if there is one file only, and two formats fit it equally well.
    """
    rejects: list[Reject] = []
    ledger = Ledger(lambda reject: rejects.append(reject) if len(rejects) < most else None)
    conversations = read(files, options, ledger)
    first = tuple(islice(conversations, most))
    total = len(first) + sum(1 for _ in conversations)
    _refuse_tie(ledger)
    notes = (*ledger.file_problems, *ledger.notes)
    return Inspection(
        tuple(ledger.inputs), tuple(ledger.scores), tuple(ledger.columns), first, total, tuple(rejects), notes
    )


def _refuse_tie(ledger: Ledger) -> None:
    """Raises AuditorError if nothing was read because the format of the only file is not sure."""
    if len(ledger.inputs) != 1 or ledger.inputs[0].format or not ledger.scores[0]:
        return
    name = ledger.inputs[0].file
    shares = [Problem(Place(name), form, f"得分 {score:.2f}") for form, score in ledger.scores[0]]
    raise AuditorError(f"「{name}」{ledger.file_problems[0].text}", shares)
