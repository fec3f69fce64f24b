"""Findings for machines: JSON, SARIF 2.1.0, GitHub annotations, GitLab code quality, JUnit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from auditor import __version__
from auditor.phrases.finding import Card, Finding, Outcome
from auditor.rule import Severity

Mask = Callable[[str], str]
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {Severity.FATAL: "error", Severity.MAJOR: "error", Severity.MINOR: "warning", Severity.INFO: "note"}
_GITHUB_LEVELS = {Severity.FATAL: "error", Severity.MAJOR: "error", Severity.MINOR: "warning", Severity.INFO: "notice"}
_GITLAB_LEVELS = {Severity.FATAL: "blocker", Severity.MAJOR: "major", Severity.MINOR: "minor", Severity.INFO: "info"}
#: GitHub's scale of 0 to 10; security tabs sort by it.
_RANKS = {Severity.FATAL: 95.0, Severity.MAJOR: 70.0, Severity.MINOR: 40.0, Severity.INFO: 10.0}


def message(finding: Finding, mask: Mask) -> str:
    """Title, evidence, and what to say or do instead."""
    trial = "（试运行）" if finding.card.trial else ""
    return f"{finding.card.title}{trial}：{mask(finding.evidence)}。{finding.card.hint}"


def as_json(outcome: Outcome, mask: Mask) -> Iterator[str]:
    """Everything, allowed and known findings too, each with its state; a finding a line."""
    counts = outcome.counts
    record = {
        "version": 1,
        "files": outcome.files,
        "phrases": outcome.phrases,
        "counts": {severity.value: counts[severity] for severity in _RANKS},
        "allowed": outcome.allowed,
        "baselined": outcome.known,
        "exempt": outcome.exempt,
        "cached": outcome.cached,
        "fixed": outcome.fixed,
        "stale_baseline": outcome.stale,
        "unread": [
            {"file": problem.place.file, "line": problem.place.line, "reason": problem.text}
            for problem in outcome.problems
        ],
        "notes": outcome.notes,
    }
    head = json.dumps(record, ensure_ascii=False, indent=2).removesuffix("\n}")
    yield f'{head},\n  "findings": '
    yield from _listed((_record(finding, mask) for finding in outcome.findings), "    ")
    yield "\n}\n"


def _listed(items: Iterable[dict[str, Any]], indent: str) -> Iterator[str]:
    """A JSON list with an item a line: as easy to read and to compare, and written many times faster than laid out."""
    before = "[\n"
    for item in items:
        yield f"{before}{indent}{json.dumps(item, ensure_ascii=False)}"
        before = ",\n"
    yield f"\n{indent[2:]}]" if before == ",\n" else "[]"


def _record(finding: Finding, mask: Mask) -> dict[str, Any]:
    origin, phrase = finding.origin, finding.phrase
    return {
        "rule": finding.card.id,
        "code": finding.card.code,
        "title": finding.card.title,
        "severity": finding.card.severity.value,
        "status": "trial" if finding.card.trial else "live",
        "state": "allowed" if finding.allow else finding.state.value,
        "reason": finding.allow.reason if finding.allow else None,
        "file": finding.file,
        "sheet": origin.sheet if origin else None,
        "cell": origin.cell if origin else None,
        "line": finding.start.line if origin else None,
        "column": finding.start.column if origin else None,
        "end_line": finding.end.line if origin else None,
        "end_column": finding.end.column if origin else None,
        "spans": [list(span) for span in finding.spans],
        "quote": mask(finding.quote),
        "phrase": {"title": phrase.title, "group": phrase.group, "code": phrase.code} if phrase else None,
        "evidence": mask(finding.evidence),
        "advice": finding.card.advice,
        "mended": mask(finding.mended) if finding.mended is not None else None,
        "fingerprint": finding.fingerprint,
    }


def uri(file: str) -> str:
    """A file as a relative URI if it lies in the working folder, else as a file URI; Chinese names are encoded."""
    path = Path(file)
    if path.is_absolute():
        inside = os.path.relpath(path)
        if inside.startswith(".."):
            return path.as_uri()
        path = Path(inside)
    return quote(path.as_posix().removeprefix("./"))


def as_sarif(outcome: Outcome, mask: Mask) -> Iterator[str]:
    """SARIF 2.1.0: columns count code points; known findings are ``unchanged``, allowed ones carry their reason."""
    cards = outcome.cards
    index = {card.id: number for number, card in enumerate(cards)}
    run = {
        "tool": {"driver": {
            "name": "auditor", "version": __version__, "semanticVersion": __version__, "language": "zh-CN",
            "rules": [_sarif_rule(card) for card in cards],
        }},
        "language": "zh-CN",
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": not outcome.problems,
            "toolExecutionNotifications": [
                {"level": "error", "message": {"text": str(problem)}} for problem in outcome.problems
            ],
        }],
        "artifacts": [{"location": {"uri": uri(file)}} for file in outcome.files],
        "properties": {"phrases": outcome.phrases, "staleBaseline": outcome.stale},
    }  # fmt: skip
    head = json.dumps(run, ensure_ascii=False, indent=2).removesuffix("\n}")
    yield f'{{"$schema": "{_SARIF_SCHEMA}", "version": "2.1.0", "runs": [{head},\n"results": '
    yield from _listed((_sarif_result(finding, index, mask) for finding in outcome.findings), "  ")
    yield "\n}]}\n"


def _sarif_rule(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "name": card.code,
        "shortDescription": {"text": card.title},
        "fullDescription": {"text": card.why},
        "help": {
            "text": f"{card.why}\n{card.hint}\n出处：{card.source}",
            "markdown": f"{card.why}\n\n**{card.hint}**\n\n出处：{card.source}",
        },
        "defaultConfiguration": {"level": "note" if card.trial else _SARIF_LEVELS[card.severity]},
        "properties": {"severity": card.severity.value, "tags": ["trial"] if card.trial else []},
    }


def _sarif_result(finding: Finding, index: dict[str, int], mask: Mask) -> dict[str, Any]:
    card = finding.card
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri(finding.file)}}}
    if finding.origin is not None:
        region = {
            "startLine": finding.start.line, "startColumn": finding.start.column,
            "endLine": finding.end.line, "endColumn": finding.end.column,
        }  # fmt: skip
        location["physicalLocation"]["region"] = region | {"snippet": {"text": mask(finding.quote)}}
        if finding.origin.sheet is not None:
            cell = f"{finding.origin.sheet}!{finding.origin.cell}"
            location["logicalLocations"] = [{"fullyQualifiedName": cell, "kind": "member"}]
    result: dict[str, Any] = {
        "ruleId": card.id,
        "ruleIndex": index[card.id],
        "level": "note" if card.trial else _SARIF_LEVELS[card.severity],
        "rank": _RANKS[card.severity],
        "message": {"text": message(finding, mask)},
        "locations": [location],
        "partialFingerprints": {"auditorPhrase/v1": finding.fingerprint},
        "baselineState": finding.state.value,
    }
    if finding.allow is not None:
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": finding.allow.reason}]
    elif finding.state.value == "unchanged":
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": "基线里已有"}]
    return result


def as_github(outcome: Outcome, mask: Mask) -> Iterator[str]:
    """Workflow commands that show as annotations; the last line says what was checked."""
    for finding in outcome.shown:
        level = "notice" if finding.card.trial else _GITHUB_LEVELS[finding.card.severity]
        place = {"file": finding.file, "line": str(finding.start.line), "endLine": str(finding.end.line)}
        if finding.start.line == finding.end.line:
            place |= {"col": str(finding.start.column), "endColumn": str(finding.end.column)}
        place["title"] = f"{finding.card.code} {finding.card.title}"
        fields = ",".join(f"{name}={_property(value)}" for name, value in place.items())
        yield f"::{level} {fields}::{_data(message(finding, mask))}\n"
    for problem in outcome.problems:
        line = f",line={problem.place.line}" if problem.place.line else ""
        yield f"::error file={_property(problem.place.file)}{line},title=读不了::{_data(problem.text)}\n"
    yield f"查了 {len(outcome.files)} 个文件、{outcome.phrases} 条话术，{len(outcome.shown)} 处问题\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_gitlab(outcome: Outcome, mask: Mask) -> Iterator[str]:
    """GitLab's code quality report."""
    yield from _listed(_gitlab(outcome, mask), "  ")
    yield "\n"


def _gitlab(outcome: Outcome, mask: Mask) -> Iterator[dict[str, Any]]:
    for finding in outcome.shown:
        yield {
            "description": message(finding, mask),
            "check_name": finding.card.id,
            "fingerprint": finding.fingerprint,
            "severity": "info" if finding.card.trial else _GITLAB_LEVELS[finding.card.severity],
            "location": {"path": finding.file.removeprefix("./"),
                         "lines": {"begin": finding.start.line, "end": finding.end.line}},
        }  # fmt: skip
    for number, problem in enumerate(outcome.problems):
        yield {
            "description": f"读不了：{problem.text}", "check_name": "unreadable",
            "fingerprint": f"unreadable-{number}-{problem.place.file}", "severity": "blocker",
            "location": {"path": problem.place.file, "lines": {"begin": problem.place.line or 1}},
        }  # fmt: skip


def as_junit(outcome: Outcome, mask: Mask) -> Iterator[str]:
    """One test suite a file: a failed test for each finding, an error for what could not be read, else one passed."""
    shown = outcome.shown
    failing = [finding for finding in shown if not finding.card.trial]
    names = list(dict.fromkeys([*outcome.files, *(problem.place.file for problem in outcome.problems)]))
    total = max(len(failing) + len(outcome.problems), 1)
    counts = f'tests="{total}" failures="{len(failing)}" errors="{len(outcome.problems)}"'
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="auditor phrases" {counts}>\n'
    for name in names:
        for line in _suite(name, outcome, [finding for finding in failing if finding.file == name], mask):
            yield f"{line}\n"
    yield "</testsuites>\n"


def _suite(name: str, outcome: Outcome, findings: list[Finding], mask: Mask) -> Iterator[str]:
    problems = [problem for problem in outcome.problems if problem.place.file == name]
    tests = max(len(findings) + len(problems), 1)
    yield (f"  <testsuite name={quoteattr(_xml(name))} tests=\"{tests}\" failures=\"{len(findings)}\""
           f' errors="{len(problems)}">')  # fmt: skip
    yield f'    <properties><property name="phrases" value="{outcome.files.get(name, 0)}"/></properties>'
    for finding in findings:
        start = finding.start
        case = f"{finding.card.code} {finding.card.id} {start.line}:{start.column}"
        said = message(finding, mask)
        yield f"    <testcase classname={quoteattr(_xml(name))} name={quoteattr(case)} line=\"{start.line}\">"
        yield f"      <failure type={quoteattr(finding.card.severity.value)} message={quoteattr(_xml(said))}>"
        yield f"{escape(_xml(mask(finding.quote)))}</failure>"
        yield "    </testcase>"
    for problem in problems:
        yield f'    <testcase classname={quoteattr(_xml(name))} name="读取 {problem.place.line or 1}">'
        yield f"      <error type=\"unreadable\" message={quoteattr(_xml(problem.text))}/>"
        yield "    </testcase>"
    if not findings and not problems:
        yield f'    <testcase classname={quoteattr(_xml(name))} name="{outcome.files.get(name, 0)} 条话术"/>'
    yield "  </testsuite>"


def _xml(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(char if char in "\t\n\r" or char.isprintable() else "\ufffd" for char in text)


#: Each gives its report piece by piece.
WRITERS: dict[str, Callable[[Outcome, Mask], Iterator[str]]] = {
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "gitlab": as_gitlab,
    "junit": as_junit,
}
