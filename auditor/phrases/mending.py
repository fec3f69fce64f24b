"""What is safe to mend in a phrase: half-width marks, full-width letters, marks in a row, blanks, 你 → 您."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from auditor.checks.density import Density
from auditor.checks.length import Length
from auditor.checks.writing import Writing
from auditor.rule import Rule
from auditor.text import Span, fold

#: The rule whose 你 are put right; other rules that count words leave the choice of a better one to people.
_PLAIN_YOU = "plain-you"
#: Putting one thing right may bring another to light, such as a mark behind a blank; more passes than these none needs.
_MOST_PASSES = 5
_FULL = dict(zip(",.!?;:()", "，。！？；：（）", strict=True))
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
#: Marks in a row, perhaps with blanks between, of which one is enough; two exclamation or question marks may stand.
_MARKS = re.compile(
    r"([!！])(?:[ \u3000]*[!！]){2,}|([?？])(?:[ \u3000]*[?？]){2,}"
    r"|(。)(?:[ \u3000]*。){2,}|([~～])(?:[ \u3000]*[~～]){2,}|([,，])(?:[ \u3000]*[,，])+|(、)(?:[ \u3000]*、)+"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
#: Marks that want no blank beside them, half-width ones that are mended as well.
_MARK = re.compile("[，。！？；：、）」』】》（「『【《,!?;:.]")


class Edit(NamedTuple):
    """A replacement in a phrase's text."""

    start: int
    end: int
    text: str


def _edits(text: str, rules: Sequence[Rule]) -> list[Edit]:
    """What the rules would have changed in a text at once, in order, none touching another."""
    found: list[Edit] = []
    for rule in rules:
        check = rule.check
        if isinstance(check, Writing):
            found += [Edit(a, b, _written(check.finds, text, (a, b))) for a, b in check.spans(text)]
        elif isinstance(check, Length) and check.marks is not None:
            found += [Edit(*match.span(), _one_mark(match)) for match in _MARKS.finditer(text)]
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
        return "" if _MARK.search(beside) or span[0] == 0 else " "
    return words


def _one_mark(match: re.Match[str]) -> str:
    """The mark that is left of several, full-width if one of them is or a Chinese character stands before them."""
    mark: str = next(filter(None, match.groups()))
    wide = any(char in _FULL.values() for char in match[0]) or _HAN.match(match.string, max(0, match.start() - 1))
    return _FULL.get(mark, mark) if wide else mark


def _narrow(words: str) -> str:
    return "".join(chr(ord(char) - 0xFEE0) for char in words)


def _apart(found: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(set(found), key=lambda edit: (edit.start, -edit.end)):
        if not kept or kept[-1].end <= edit.start:
            kept.append(edit)
    return kept


def mended(text: str, rules: Sequence[Rule]) -> str:
    """A text with everything mended that is safe to mend; mending it again changes nothing."""
    for _ in range(_MOST_PASSES):
        changes = _edits(text, rules)
        if not changes:
            break
        text = replaced(text, changes)
    return text


def edits(text: str, rules: Sequence[Rule]) -> list[Edit]:
    """The places that change when a text is mended, in order, none touching another."""
    after = mended(text, rules)
    if after == text:
        return []
    codes = SequenceMatcher(None, text, after, autojunk=False).get_opcodes()
    return [Edit(begin, end, after[start:stop]) for kind, begin, end, start, stop in codes if kind != "equal"]


def replaced(text: str, changes: Sequence[Edit]) -> str:
    """The text with the changes made; they are in order and touch no other."""
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def mends(rule: Rule) -> bool:
    """Is there anything that this rule could have mended?"""
    return isinstance(rule.check, (Writing, Length)) or rule.id == _PLAIN_YOU
