"""Labelled sentences that people bring to ``auditor model train`` besides CSV: workbooks, and verdicts of reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.corpus import Row
from auditor.errors import AuditorError, Place, Problem, reason

#: What stands in the label column of a row that the labeller could not decide.
UNSURE = "拿不准"
#: Verdicts by which the machine was wrong.
OVERTURNED = ("误判", "申诉成立")
UPHELD = "成立"


@dataclass
class Taken:
    """Rows of other files than CSV, and how many lines were left out: without a label, or not about this model."""

    rows: list[Row] = field(default_factory=list)
    unlabelled: int = 0
    other: int = 0


def take(paths: Sequence[Path], findings: Path | None, labels: Mapping[str, str], neutral: str) -> Taken:
    """Read workbooks (.xlsx) and verdicts (.jsonl).

    ``labels`` gives the label that each rule of this model looks for; ``findings`` is the findings.jsonl of the audit
    that was reviewed, which holds the words. Raises AuditorError for what cannot be read.
    """
    taken = Taken()
    for path in paths:
        if path.suffix.lower() == ".xlsx":
            _take_book(path, taken)
        else:
            _take_verdicts(path, findings, labels, neutral, taken)
    return taken


def _take_book(path: Path, taken: Taken) -> None:
    from auditor.corpusfile import COLUMNS, rows_of

    problems: list[Problem] = []
    for title, records in _sheets(path):
        heading = next(records, None)
        if heading is None or not any(cell.strip().lower() in COLUMNS["text"] for cell in heading[1]):
            continue
        at = next((n for n, cell in enumerate(heading[1]) if cell.strip().lower() in COLUMNS["label"]), None)
        kept = [heading]
        for line, cells in records:
            label = cells[at].strip() if at is not None and at < len(cells) else ""
            if at is None or label not in ("", UNSURE):
                kept.append((line, cells))
            elif any(cell.strip() for cell in cells):
                taken.unlabelled += 1
        rows = rows_of(iter(kept), f"{path}（{title}）", problems)
        taken.rows += [Row(r.text, r.label, r.note, r.place, r.source or "标注", r.side) for r in rows]
    if problems:
        raise AuditorError("标注工作簿有错，什么都没有写出：", problems)


def _sheets(path: Path) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    from auditor.readers import excel
    from auditor.readers.booksafety import check_archive
    from auditor.readers.records import RefusedError

    try:
        with path.open("rb") as file:
            check_archive(file)
        with excel.opened(path) as sheets:
            for sheet in sheets:
                rows = ((n, ["" if c is None else str(c) for c in row.cells]) for n, row in enumerate(sheet.rows(), 1))
                yield sheet.title, rows
    except OSError as error:
        raise AuditorError(f"读不了标注工作簿 {path}（{reason(error)}），请检查路径和权限") from error
    except RefusedError as error:
        raise AuditorError(f"读不了标注工作簿 {path}：{error}") from error
    except (ValueError, KeyError, TypeError) as error:  # whatever a broken part makes the library stumble over
        raise AuditorError(f"读不了标注工作簿 {path}：请用 Excel 打开后另存为新的 .xlsx") from error


def _take_verdicts(
    path: Path, findings: Path | None, labels: Mapping[str, str], neutral: str, taken: Taken
) -> None:
    """A finding that was upheld teaches its rule's label, one that fell teaches the neutral one."""
    if findings is None:
        raise AuditorError(f"{path} 里没有原话：请用 --findings 指明那次质检的 findings.jsonl")
    quotes = {str(record.get("fingerprint")): record for _, record in _lines(findings)}
    for line, verdict in _lines(path):
        found = quotes.get(str(verdict.get("fingerprint")))
        label = labels.get(str(verdict.get("rule")))
        ruling = verdict.get("verdict")
        if found is None or label is None or not found.get("quote") or ruling not in (UPHELD, *OVERTURNED):
            taken.other += 1
            continue
        taught = label if ruling == UPHELD else neutral
        taken.rows.append(Row(str(found["quote"]), taught, str(ruling), Place(str(path), line), "复核"))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = reason(error) if isinstance(error, OSError) else "不是 UTF-8 编码"
        raise AuditorError(f"读不了 {path}（{said}），请检查路径") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            problem = Problem(Place(str(path), number), "", "这一行不是 JSON。")
            raise AuditorError("这不是复核结论或质检结果：", [problem])
        yield number, record
