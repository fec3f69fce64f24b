"""The terminal's view: each finding with its phrase, the words underlined in columns, and what to say instead."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

from auditor.errors import printable
from auditor.phrases.finding import Finding, Outcome
from auditor.rule import Severity

#: Characters of a phrase shown before and after the first words underlined.
_BEFORE, _AFTER = 24, 40
_MOST_STALE = 5
_COLOURS = {Severity.FATAL: "31;1", Severity.MAJOR: "31", Severity.MINOR: "33", Severity.INFO: "36"}
Mask = Callable[[str], str]


def columns(char: str) -> int:
    """Columns of a terminal that a character takes: two for wide ones, none for those that join the one before."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def lines(outcome: Outcome, mask: Mask, colour: bool) -> Iterator[str]:
    """The report, line by line. ``mask`` hides personal data; ``colour``: with terminal colours."""
    for finding in outcome.shown:
        yield from _finding(finding, mask, colour)
    yield from summary(outcome)


def _finding(finding: Finding, mask: Mask, colour: bool) -> Iterator[str]:
    card = finding.card
    trial = "（试运行，不计）" if card.trial else ""
    label = _paint(card.severity.label, _COLOURS.get(card.severity, ""), colour)
    yield f"{_place(finding)} {label} {card.code} {card.id} {printable(mask(finding.evidence))}{trial}"
    if finding.phrase is not None and finding.line is None:
        yield from _shown(finding, mask, colour)
    yield f"    {_advice(finding, mask)}"
    yield ""


def _advice(finding: Finding, mask: Mask) -> str:
    """The mended line if there is one, else what the rule advises."""
    if finding.mended is None:
        return finding.card.hint
    begin = finding.spans[0][0] if finding.spans else 0
    line = finding.mended.split("\n")[finding.text.count("\n", 0, begin)]
    return f"改成：{_clean(mask(line))}"


def _place(finding: Finding) -> str:
    origin = finding.origin
    if origin is None:
        return f"{printable(finding.file)}:"
    if origin.sheet is not None:
        return f"{printable(origin.file)} {printable(origin.sheet)}!{origin.cell}:{finding.start.column}:"
    return f"{printable(origin.file)}:{finding.start.line}:{finding.start.column}:"


def _shown(finding: Finding, mask: Mask, colour: bool) -> Iterator[str]:
    """The line of the phrase on which the words stand, cut if it is long, with marks under the words.

    Where something is masked, lengths change and the words are not underlined.
    """
    text = finding.text
    begin = finding.spans[0][0] if finding.spans else 0
    first = text.rfind("\n", 0, begin) + 1
    last = text.find("\n", begin)
    last = len(text) if last < 0 else last
    low, high = max(first, begin - _BEFORE), min(last, begin + _AFTER)
    shown = text[low:high]
    head, tail = "…" * (low > first), "…" * (high < last)
    if mask(text) != text:
        yield f"    {head}{_clean(mask(text[first:last]))}{tail}"
        return
    yield f"    {head}{_clean(shown)}{tail}"
    if finding.spans:
        marked = {at for start, end in finding.spans for at in range(start, end)}
        under = "".join(("^" if low + at in marked else " ") * columns(char) for at, char in enumerate(_clean(shown)))
        yield "    " + " " * sum(map(columns, head)) + _paint(under.rstrip(), "32", colour)


def _clean(text: str) -> str:
    """One character for one: nothing that could steer a terminal, and no tab."""
    return "".join(char if char.isprintable() or char in "\u3000\u200d" else "\ufffd" for char in text)


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text


def summary(outcome: Outcome) -> Iterator[str]:
    """What was checked and what came of it, in every case."""
    counted = Counter(finding.card.severity for finding in outcome.shown if not finding.card.trial)
    trial = sum(finding.card.trial for finding in outcome.shown)
    parts = [f"{severity.label} {counted[severity]}" for severity in Severity if counted[severity]]
    found = f"{sum(counted.values())} 处问题（{'、'.join(parts)}）" if parts else "没有发现问题"
    yield f"查了 {len(outcome.files)} 个文件、{outcome.phrases} 条话术：{found}"
    yield from _told(outcome, trial)


def _told(outcome: Outcome, trial: int) -> Iterator[str]:
    """What else there is to say: what was fixed, left alone, known, and could not be read."""
    if outcome.fixed:
        yield f"改好了 {outcome.fixed} 处"
    aside = [
        f"试运行的规则另有 {trial} 处" if trial else "",
        f"写明理由豁免的 {outcome.allowed} 处" if outcome.allowed else "",
        f"基线里已有的 {outcome.known} 处" if outcome.known else "",
        f"属于允许的说法 {outcome.exempt} 处" if outcome.exempt else "",
    ]
    if any(aside):
        yield f"没有计入：{'，'.join(part for part in aside if part)}"
    if outcome.stale:
        shown = "；".join(outcome.stale[:_MOST_STALE])
        more = f" 等 {len(outcome.stale)} 项" if len(outcome.stale) > _MOST_STALE else ""
        yield f"基线里有已经改掉的：{shown}{more}，请用 --write-baseline 更新基线"
    for note in outcome.notes:
        yield f"注意：{printable(note)}"
    if outcome.problems:
        yield f"有 {len(outcome.problems)} 处读不了："
        yield from (f"  {problem}" for problem in outcome.problems)
