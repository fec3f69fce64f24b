"""Small logs and jobs for the end-to-end tests: two agents, a robot, a rejected row, a day outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from factory_readers import table
from factory_rules import alone, rule, write

from auditor import ruleset
from auditor.job import Job, Outcome, run
from auditor.readers import Options

ROWS = [
    ["S1", "2026-11-16 09:00:00", "客户", "小云", "茶茶", "这件能退吗，我电话 13812345678"],
    ["S1", "2026-11-16 09:00:20", "客服", "小云", "茶茶", "您好，这款不能退"],
    ["S1", "2026-11-16 09:01:00", "客户", "小云", "茶茶", "那怎么办"],
    ["S1", "2026-11-16 09:01:30", "客服", "小雨", "茶茶", "不能退就是不能退"],
    ["S2", "2026-11-16 10:00:00", "客户", "小雨", "南风", "在吗"],
    ["S2", "2026-11-16 10:00:05", "客服", "小雨", "南风", "在的亲，有什么可以帮您"],
    ["S3", "2026-11-16 11:00:00", "客户", "", "北风", "在吗"],
    ["S3", "2026-11-16 11:00:01", "机器人", "", "北风", "不能退，请联系人工"],
    ["S4", "2026-11-17 09:00:00", "客户", "小云", "东风", "谢谢"],
    ["S4", "2026-11-17 09:00:09", "客服", "小云", "东风", "不客气"],
]
#: The usual command.
AUDIT = ("audit", "聊天记录.csv", "--rules", "rules.toml", "--formats", "jsonl")
SPOILT = ["S9", "不是时间", "客服", "小云", "茶茶", "电话 13912345678 不能退"]
RULES = alone(
    rule(),
    rule(id="missing-greeting", code="T02", kind="required", dimension="业务流程", severity="minor", points=2, first=1,
         scope="conversation", words=None, level=[{"name": "问候", "words": ["您好", "亲"]}],
         good=["客服: 您好"], bad=["客服: 嗯"]),
    rule(id="slow", code="T03", kind="reply-time", dimension="响应时效", severity="minor", points=3, which="first",
         limit=60, words=None, good=["客户@09:00:00: 在吗\n客服@09:00:05: 在"],
         bad=["客户@09:00:00: 在吗\n客服@09:05:00: 在"]),
)  # fmt: skip


def log(folder: Path, rows: list[list[str]] | None = None, name: str = "聊天记录.csv") -> Path:
    """Write a log."""
    path = folder / name
    path.write_text(table(ROWS if rows is None else rows), encoding="utf-8")
    return path


def job(folder: Path, *files: Path, **more: Any) -> Job:
    """A job over these files, or over the usual log, into ``folder/out``."""
    fields: dict[str, Any] = {
        "files": files or (log(folder),),
        "target": folder / "out",
        "rules": ruleset.load([write(folder, RULES, "rules.toml")]),
        "options": Options(),
        "formats": frozenset({"jsonl"}),
    }
    return Job(**{**fields, **more})


def done(folder: Path, *files: Path, **more: Any) -> Outcome:
    """The outcome of such a job."""
    return run(job(folder, *files, **more))


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
