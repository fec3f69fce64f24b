"""What is safe to mend in a phrase: half-width marks, full-width letters, marks in a row, blanks, 你 → 您."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from auditor.checks.density import Density
from auditor.checks.length import Length
from auditor.checks.writing import Writing
from auditor.rule import Rule
from auditor.text import Span, fold

#: The rule whose 你 are put right; other rules that count words leave the choice of a better one to people.
_PLAIN_YOU = "plain-you"
_FULL = dict(zip(",.!?;:()", "，。！？；：（）", strict=True))
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_MARKS = re.compile(r"([!！])[!！]{2,}|([?？])[?？]{2,}|(。)。{2,}|([~～])[~～]{2,}|([,，])[,，]+|(、)、+")


class Edit(NamedTuple):
    """A replacement in a phrase's text."""

    start: int
    end: int
    text: str


def edits(text: str, rules: Sequence[Rule]) -> list[Edit]:
    """What the rules would have changed in a text, in order, none touching another."""
    found: list[Edit] = []
    for rule in rules:
        check = rule.check
        if isinstance(check, Writing):
            found += [Edit(a, b, _written(check.finds, text, (a, b))) for a, b in check.spans(text)]
        elif isinstance(check, Length) and check.marks is not None:
            found += [Edit(*m.span(), next(filter(None, m.groups()))) for m in _MARKS.finditer(text)]
        if isinstance(check, Length) and check.wide is not None:
            found += [Edit(*match.span(), _narrow(match[0])) for match in _WIDE.finditer(text)]
        if isinstance(check, Density) and rule.id == _PLAIN_YOU:
            found += [Edit(a, b, "您") for a, b in check.units(fold(text)) if text[a:b] == "你"]
    return _apart([edit for edit in found if edit.text != text[edit.start : edit.end]])


def _written(finds: str, text: str, span: Span) -> str:
    """What should stand in a place that a check of kind ``writing`` points at; the same where that is not certain."""
    words = text[slice(*span)]
    if finds == "half-width":
        return _FULL[words]
    if finds == "mixed-you":
        return "您"
    if finds == "blanks":
        beside = text[max(0, span[0] - 1) : span[0]] + text[span[1] : span[1] + 1]
        return "" if re.search(r"[，。！？；：、）」』】》（「『【《]", beside) or span[0] == 0 else " "
    return words


def _narrow(words: str) -> str:
    return "".join(chr(ord(char) - 0xFEE0) for char in words)


def _apart(found: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(set(found)):
        if not kept or kept[-1].end <= edit.start:
            kept.append(edit)
    return kept


def mended(text: str, rules: Sequence[Rule]) -> str:
    """A text with everything mended that is safe to mend."""
    return replaced(text, edits(text, rules))


def replaced(text: str, changes: Sequence[Edit]) -> str:
    """The text with the changes made; they are in order and touch no other."""
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def mends(rule: Rule) -> bool:
    """Is there anything that this rule could have mended?"""
    return isinstance(rule.check, (Writing, Length)) or rule.id == _PLAIN_YOU
