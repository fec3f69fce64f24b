"""What the reader tests share: read some bytes as a file, and see everything that became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.chat import Conversation, Message
from auditor.readers import Ledger, Options, Reject, read

LOGS = Path(__file__).parent / "logs"
HEADINGS = ("会话ID", "时间", "角色", "客服", "客户", "消息")


@dataclass(frozen=True)
class Outcome:
    """Everything that reading some files gave."""

    conversations: list[Conversation]
    ledger: Ledger
    rejects: list[Reject]

    @property
    def messages(self) -> list[Message]:
        return [message for conversation in self.conversations for message in conversation.messages]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    @property
    def times(self) -> list[str]:
        return [str(message.time) for message in self.messages]

    @property
    def rejected_lines(self) -> list[int | None]:
        return [reject.line for reject in self.rejects]

    @property
    def sentences(self) -> list[str]:
        return [problem.text for problem in self.ledger.file_problems]


def read_paths(paths: Sequence[Path], options: Options | None = None) -> Outcome:
    """Read files and hold the account of every one of them to its invariant."""
    rejects: list[Reject] = []
    ledger = Ledger(rejects.append)
    conversations = list(read(paths, options or Options(), ledger))
    for facts in ledger.inputs:
        accounted = facts.rows_audited + facts.rows_rejected + facts.rows_outside + facts.rows_merged
        assert facts.rows_in == accounted, facts
    assert sum(facts.rows_rejected for facts in ledger.inputs) == len(rejects) == sum(ledger.reasons.values())
    outcome = Outcome(conversations, ledger, rejects)
    assert sum(facts.rows_audited for facts in ledger.inputs) == len(outcome.messages)
    return outcome


def read_bytes(folder: Path, content: bytes, name: str = "log.csv", options: Options | None = None) -> Outcome:
    """Read one file with that content."""
    path = folder / name
    path.write_bytes(content)
    return read_paths([path], options)


def ten_rows() -> list[list[str]]:
    """Ten good rows of two conversations; row n stands in line n + 1 of a file with a heading."""
    return [
        [
            "S1" if n <= 6 else "S2",
            f"2026-11-16 09:00:{n:02d}",
            "客户" if n % 2 else "客服",
            "示例店:小云" if n <= 6 else "示例店:阿泽",
            "茶茶" if n <= 6 else "南风",
            f"第{n}句，颜色和尺码都合适",
        ]
        for n in range(1, 11)
    ]


def table(
    rows: Sequence[Sequence[object]], delimiter: str = ",", end: str = "\n", headings: Sequence[str] = HEADINGS
) -> str:
    """The text of a delimited file, quoted where it must be."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerows([headings, *rows])
    return out.getvalue()
