"""Hides personal data in a text: phone, ID card and bank card numbers, e-mail and street addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from auditor.text import Pattern, fold

#: Users type spaces, hyphens and dots into numbers.
_GAP = r"[ .-]?"
_ID_CARD = re.compile(
    rf"(?<!\d)([1-8]\d{{5}}){_GAP}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}([\dx])(?!\d)"
)
#: Where a bank card number may be: many digits with at most one sign between them.
_DIGITS = re.compile(rf"\d(?:{_GAP}\d){{14,}}")
CARD_LENGTHS = range(19, 14, -1)
#: With the extension of a number that the platform lends: 18412345678-1234, 转 0081, 分机 22.
_MOBILE = re.compile(
    rf"(?<!\d)(?:\+?86{_GAP})?0?(1[3-9]\d){_GAP}\d{{4}}{_GAP}(\d{{4}})(?!\d)"
    r"((?:-|[,，]?\s*(?:转|分机号?|ext\.?)[:：]?)\s*\d{1,6}(?!\d))?"
)
_LANDLINE = re.compile(r"(?<!\d)([(（]?0\d{2,3}[)）]?)[ -]?\d{4,5}(\d{3})(?!\d)")
# On RE2, because these two can take more than linear time with backtracking.
_EMAIL = re2.compile(r"([A-Za-z0-9._%+-]{1,2})[A-Za-z0-9._%+-]*(@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_HAN = r"[\x{4e00}-\x{9fff}]"
_HOUSE = re2.compile(
    rf"((?:{_HAN}{{2,8}}(?:省|自治区|市|区|县|镇|乡|街道|村)){{1,5}}"
    rf"{_HAN}{{0,8}}?(?:路|街|道|巷|弄|大道|胡同|小区|花园|村|苑|社区|大厦))"
    rf"(?:{_HAN}|[A-Za-z0-9-]){{0,12}}?[0-9]+(?:号|栋|幢|单元|室|楼|层|弄)(?:{_HAN}|[A-Za-z0-9-]){{0,16}}"
)


def mask(text: str) -> str:
    """The text with its personal data starred out; everything else, and what it says, stays."""
    if not any(char.isdigit() for char in text) and "@" not in fold(text):
        return text
    text = _replaced(_EMAIL, "{1}***{2}", text)
    text = _replaced(_ID_CARD, "{1}********{2}", text)
    text = _cards(text)
    text = _replaced(_MOBILE, "{1}****{2}", text)
    text = _replaced(_LANDLINE, "{1}-****{2}", text)
    return _replaced(_HOUSE, "{1}****", text)


def unmasked(text: str) -> str:
    """The text as it is, for --no-mask."""
    return text


def _replaced(pattern: Pattern, form: str, text: str) -> str:
    """The text with every match (on folded text) written anew; ``{1}`` in the form is group 1 as the text has it."""
    pieces, at = [], 0
    for match in pattern.finditer(fold(text)):
        groups = [text[slice(*match.span(number))] for number in range(1 + (match.lastindex or 0))]
        pieces += [text[at : match.start()], form.format(*groups)]
        at = match.end()
    return "".join((*pieces, text[at:]))


def _cards(text: str) -> str:
    """The text without bank card numbers: order numbers stay readable, for they fail the check that cards carry."""
    pieces, at = [], 0
    for run in _DIGITS.finditer(fold(text)):
        places = [place for place in range(*run.span()) if text[place].isdecimal()]
        for first, last in _numbers_that_check(text, places):
            pieces += [text[at:first], f"{text[first : first + 4]} **** **** {text[last - 2 : last + 1]}"]
            at = last + 1
    return "".join((*pieces, text[at:]))


def _numbers_that_check(text: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """First and last position of each number among these digits that is a card's."""
    begin = 0
    while begin < len(places):
        whole = begin == 0 or places[begin] > places[begin - 1] + 1
        for length in CARD_LENGTHS if whole else ():
            end = begin + length
            ends = end == len(places) or (end < len(places) and places[end] > places[end - 1] + 1)
            if ends and _is_card([int(text[place]) for place in places[begin:end]]):
                yield places[begin], places[end - 1]
                begin = end - 1
                break
        begin += 1


def _is_card(digits: list[int]) -> bool:
    """Bank cards begin with 3 to 6 and pass the Luhn check."""
    doubled = [d * 2 - 9 * (d > 4) if at % 2 else d for at, d in enumerate(reversed(digits))]
    return digits[0] in range(3, 7) and sum(doubled) % 10 == 0
