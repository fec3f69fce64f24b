"""Hides personal data in a text: phone, ID card and bank card numbers, e-mail and street addresses."""

from __future__ import annotations

import re

from auditor.entities import digits, find
from auditor.text import fold

#: What is hidden, links aside.
_KINDS = ("id-card", "bank-card", "relay", "mobile", "landline", "email", "address")
#: Where the part of an address ends that may stay: everything up to the house.
_STREET = re.compile(r".*?(?:[路街道巷弄苑]|大道|胡同|小区|花园|社区|大厦|村)(?=[^路街道巷弄苑]*\d)", re.DOTALL)
_AREA = re.compile(r"[(（]?0\d{2,3}[)）]?")


def mask(text: str) -> str:
    """The text with its personal data starred out; everything else, and what it says, stays."""
    pieces, at = [], 0
    for kind, (start, end) in find(text, _KINDS, lenient=True):
        pieces += [text[at:start], _starred(kind, text[start:end])]
        at = end
    return "".join((*pieces, text[at:]))


def unmasked(text: str) -> str:
    """The text as it is, for --no-mask."""
    return text


def _starred(kind: str, value: str) -> str:
    """One piece of personal data with enough left of it to tell it from others."""
    if kind == "email":
        at = fold(value).index("@")
        return f"{value[: min(at, 2)]}***{value[at:]}"
    if kind == "address":
        street = _STREET.match(digits(value))
        return f"{value[: street.end()] if street else value[:6]}****"
    spelled = digits(value)
    if kind == "landline":
        area = _AREA.match(spelled)
        return f"{value[: area.end()] if area else ''}-****{value[-3:]}"
    number = [char for char, digit in zip(value, spelled, strict=True) if digit.isdigit() or digit == "x"]
    if kind == "id-card":
        return f"{''.join(number[:6])}********{number[-1]}"
    if kind == "bank-card":
        return f"{''.join(number[:4])} **** **** {''.join(number[-3:])}"
    number = _subscriber(number, spelled)
    return f"{''.join(number[:3])}****{''.join(number[7:11])}"


def _subscriber(number: list[str], spelled: str) -> list[str]:
    """The eleven digits of a mobile number, without country code and before any extension."""
    plain = "".join(char for char in spelled if char.isdigit())
    start = re.match(r"(?:86)?0?", plain)
    return number[start.end() :] if start else number
