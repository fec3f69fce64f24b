"""A baseline: what was wrong when it was written counts no more; it is told by file, rule and words, not by line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, Place, Problem, reason
from auditor.phrases.finding import Finding, Outcome, State
from auditor.phrases.save import save

_VERSION = 1
_SHAPE = "应是 auditor phrases check --write-baseline 写的文件"


@dataclass(frozen=True)
class Entry:
    """How often a rule was broken by the same words in one file; ``quote`` is for people to read."""

    file: str
    rule: str
    key: str
    quote: str
    count: int


@dataclass(frozen=True)
class Baseline:
    """The entries of a baseline file."""

    entries: tuple[Entry, ...] = field(default=())

    def apply(self, outcome: Outcome) -> None:
        """Set every finding's state, and note entries of the files just read that are no more."""
        left = Counter({(entry.file, entry.rule, entry.key): entry.count for entry in self.entries})
        for finding in outcome.findings:
            key = (finding.file, finding.card.id, finding.key)
            if finding.allow is None and left[key] > 0:
                left[key] -= 1
                finding.state = State.UNCHANGED
        outcome.stale = [
            f"{entry.file} {entry.rule}「{entry.quote}」{left[entry.file, entry.rule, entry.key]} 处"
            for entry in self.entries
            if entry.file in outcome.files and left[entry.file, entry.rule, entry.key] > 0
        ]


def read(path: Path) -> Baseline:
    """Read a baseline. Raises AuditorError with every entry that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise AuditorError(f"找不到基线文件 {path}，先用 --write-baseline {path} 写一份") from None
    except OSError as error:
        raise AuditorError(f"基线文件 {path} 打不开（{reason(error)}），请检查权限") from None
    except (ValueError, RecursionError):
        raise AuditorError(f"基线文件 {path} 不是 JSON，{_SHAPE}") from None
    if not isinstance(data, dict) or data.get("version") != _VERSION or not isinstance(data.get("findings"), list):
        raise AuditorError(f"基线文件 {path} 的写法不对，{_SHAPE}")
    problems = []
    entries = []
    for number, item in enumerate(data["findings"], 1):
        entry = _entry(item)
        if entry is None:
            problems.append(Problem(Place(str(path)), f"findings[{number}]", "这一项不完整，请重新写一份基线"))
        else:
            entries.append(entry)
    if problems:
        raise AuditorError(f"基线文件 {path} 有 {len(problems)} 处不对：", problems)
    return Baseline(tuple(entries))


def _entry(item: Any) -> Entry | None:
    if not isinstance(item, dict):
        return None
    texts = [item.get(name) for name in ("file", "rule", "key", "quote")]
    count = item.get("count")
    if not all(isinstance(text, str) for text in texts) or isinstance(count, bool) or not isinstance(count, int):
        return None
    file, rule, key, quote = (str(text) for text in texts)
    return Entry(file, rule, key, quote, count) if count > 0 else None


def write(path: Path, findings: Iterable[Finding], mask: Callable[[str], str]) -> int:
    """Write a baseline of all findings that count now or were known before; returns how many there are."""
    counts: Counter[tuple[str, str, str]] = Counter()
    quotes: dict[tuple[str, str, str], str] = {}
    for finding in findings:
        if finding.allow is None and not finding.card.trial:
            key = (finding.file, finding.card.id, finding.key)
            counts[key] += 1
            quotes.setdefault(key, mask(finding.quote))
    entries = [
        {"file": file, "rule": rule, "key": key, "quote": quotes[file, rule, key], "count": counts[file, rule, key]}
        for file, rule, key in sorted(counts)
    ]
    text = json.dumps({"version": _VERSION, "findings": entries}, ensure_ascii=False, indent=1) + "\n"
    try:
        save(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise AuditorError(f"基线 {path} 写不了（{reason(error)}），请换一个位置") from error
    return sum(counts.values())
