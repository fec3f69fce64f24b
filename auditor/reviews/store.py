"""verdicts.jsonl: one verdict a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, Place, Problem, reason
from auditor.reviews.verdict import Ruling, State, Verdict

_TEXTS = ("fingerprint", "rule", "code", "title", "conversation", "reason", "reviewer", "file")
#: Names in the file where they differ from those of :class:`Verdict`.
_NAMES = {"reason": "appeal_reason", "ruling": "verdict"}
#: Problems that are told one by one.
_MOST_PROBLEMS = 20


def as_record(verdict: Verdict) -> dict[str, Any]:
    """One line of the file; ``verdict`` is null for an appeal without one."""
    values = {name: getattr(verdict, name) for name in Verdict.__dataclass_fields__}
    values["ruling"] = str(verdict.ruling) if verdict.ruling else None
    values["state"] = str(verdict.state)
    return {_NAMES.get(name, name): value for name, value in values.items()}


def load(paths: Sequence[Path]) -> list[Verdict]:
    """The verdicts of the files, in a fixed order, each once. Raises AuditorError naming every line that is none."""
    verdicts: list[Verdict] = []
    problems: list[Problem] = []
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            if not line.strip():
                continue
            try:
                verdicts.append(_verdict(json.loads(line)))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                what = "这一行不是复核结论，请用 auditor review import 重新生成"
                told = f"{what}（{type(error).__name__}: {str(error)[:60]}）"
                problems.append(Problem(Place(str(path), number), "", told))
    if problems:
        raise AuditorError("复核结论文件有错：", problems[:_MOST_PROBLEMS])
    return sorted(set(verdicts), key=lambda item: (item.order, as_line(item)))


def as_line(verdict: Verdict) -> str:
    """The verdict as a line of JSON, without the line break."""
    return json.dumps(as_record(verdict), ensure_ascii=False)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise AuditorError(f"复核结论文件 {path} 读不了（{reason(error)}），请检查路径") from None
    except UnicodeDecodeError:
        raise AuditorError(f"复核结论文件 {path} 不是 UTF-8，请用 auditor review import 重新生成") from None


def _verdict(record: dict[str, Any]) -> Verdict:
    texts = {name: record[_NAMES.get(name, name)] for name in _TEXTS}
    wrong = next((name for name, value in texts.items() if not isinstance(value, str)), None)
    if wrong or not texts["fingerprint"]:
        raise ValueError(wrong or "fingerprint")
    ruling = record["verdict"]
    return Verdict(
        **texts,
        time=record["time"],
        charged=float(record["charged"]),
        state=State(record["state"]),
        appeal=bool(record["appeal"]),
        ruling=None if ruling is None else Ruling(ruling),
    )
