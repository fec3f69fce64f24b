"""Hides personal data in a text: phone, ID card and bank card numbers, e-mail and street addresses."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"([A-Za-z0-9._%+-]{1,2})[A-Za-z0-9._%+-]*(@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})[ -]?\d{8}[ -]?\d{3}([\dXx])(?![\dA-Za-z])")
_BANK_CARD = re.compile(r"(?<!\d)(\d{4})(?:[ -]?\d){8,12}[ -]?(\d{3})(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[ -]\d{4,5}(\d{3})(?!\d)")
_HOUSE = re.compile(
    r"((?:[\u4e00-\u9fff]{2,8}(?:省|自治区|市|区|县|镇|乡|街道|村)){1,5}[\u4e00-\u9fff]{0,8}?(?:路|街|道|巷|弄|大道|胡同|小区|花园|村|苑|社区|大厦))"
    r"[\u4e00-\u9fffA-Za-z0-9-]{0,12}?\d+(?:号|栋|幢|单元|室|楼|层|弄)[\u4e00-\u9fffA-Za-z0-9-]{0,16}"
)


def mask(text: str) -> str:
    """The text with its personal data starred out; everything else, and what it says, stays."""
    if not any(char.isdigit() for char in text) and "@" not in text:
        return text
    text = _EMAIL.sub(r"\1***\2", text)
    text = _ID_CARD.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1-****\2", text)
    text = _BANK_CARD.sub(_card, text)
    return _HOUSE.sub(r"\1****", text)


def _card(match: re.Match[str]) -> str:
    """Star out a number only if it passes the Luhn check that bank cards carry: order numbers stay readable."""
    digits = [int(char) for char in match.group(0) if char.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) if at % 2 else d for at, d in enumerate(reversed(digits))]
    return f"{match.group(1)} **** **** {match.group(2)}" if sum(doubled) % 10 == 0 else match.group(0)


def unmasked(text: str) -> str:
    """The text as it is, for --no-mask."""
    return text
