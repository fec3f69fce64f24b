"""Personal data and links in a text: phone, ID and bank card numbers (with their checksums), e-mail, address, URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from auditor.text import Span

_D = r"[ \-]?"
_MOBILE = re.compile(rf"(?<![\d.])(?:\+?86{_D})?(1[3-9]\d){_D}(\d{{4}}){_D}(\d{{4}})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[ \-]?(\d{7,8})(?!\d)")
_BIRTHDAY = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_CARD = re.compile(rf"(?<!\d)\d{{6}}{_D}{_BIRTHDAY}{_D}\d{{3}}[\dXx](?![\dA-Za-z])")
_BANK_CARD = re.compile(r"(?<!\d)([3-6]\d{3})((?:[ \-]?\d{4}){2,3}[ \-]?\d{1,4})(?!\d)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+"
    r"|(?<![A-Za-z0-9@.])[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*"
    r"\.(?:com|cn|net|org|top|shop|xyz|vip|cc|me|link|site|club|tk|ly)(?![A-Za-z0-9])(?:/[A-Za-z0-9\-._~/?#&=%]*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|市|区|县|镇|乡|街道|村)){1,5}[\u4e00-\u9fff]{0,8}?"
    r"(?:路|街|道|巷|弄|大道|胡同|小区|花园|村|苑|社区|大厦)[\u4e00-\u9fffA-Za-z0-9\-]{0,12}?"
    r"\d+(?:号|栋|幢|单元|室|楼|层|弄)[A-Za-z0-9\-]*(?:[\u4e00-\u9fff]{0,4}\d+(?:号|栋|幢|单元|室|楼|层))*"
)
_HOST = re.compile(r"(?:https?://)?([A-Za-z0-9\-.]+)", re.IGNORECASE)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

#: What can be looked for, with the word users see.
TITLES = {
    "mobile": "手机号",
    "landline": "座机号",
    "id-card": "身份证号",
    "bank-card": "银行卡号",
    "email": "邮箱",
    "url": "网址",
    "address": "详细地址",
}


#: Finds the spans of one kind of entity in a text.
Finder = Callable[[str], Iterator[Span]]


class Entity(NamedTuple):
    """A piece of personal data or a link: its kind (a key of TITLES) and its span."""

    kind: str
    span: Span


def find(text: str, kinds: Iterable[str]) -> list[Entity]:
    """All entities of these kinds in a text, in order. Longer numbers win: a card's digits are no phone number."""
    wanted = [kind for kind in _FINDERS if kind in frozenset(kinds)]
    if not wanted:
        return []
    taken: list[Entity] = []
    for kind in _FINDERS:
        for span in _FINDERS[kind](text):
            if not any(span[0] < e.span[1] and e.span[0] < span[1] for e in taken):
                taken.append(Entity(kind, span))
    return sorted((e for e in taken if e.kind in wanted), key=lambda e: e.span)


def host(url: str) -> str:
    """The host of a URL, lower-cased, without www."""
    match = _HOST.match(url)
    return match.group(1).lower().removeprefix("www.") if match else ""


def luhn(digits: str) -> bool:
    """Does a number pass the Luhn check that bank cards carry?"""
    doubled = [int(d) * 2 - 9 * (int(d) > 4) if at % 2 else int(d) for at, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def id_checksum(digits: str) -> bool:
    """Does an 18-character ID number end in its right check character (GB 11643)?"""
    total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17].upper()


def _plain(text: str) -> str:
    return re.sub(r"[ \-]", "", text)


def _id_cards(text: str) -> Iterator[Span]:
    return (m.span() for m in _ID_CARD.finditer(text) if id_checksum(_plain(m.group())))


def _bank_cards(text: str) -> Iterator[Span]:
    numbers = ((match.span(), _plain(match.group())) for match in _BANK_CARD.finditer(text))
    return (span for span, digits in numbers if 15 <= len(digits) <= 19 and luhn(digits))


def _spans(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.span() for match in pattern.finditer(text))


_FINDERS: dict[str, Finder] = {
    "email": _spans(_EMAIL),
    "url": _spans(_URL),
    "id-card": _id_cards,
    "bank-card": _bank_cards,
    "mobile": _spans(_MOBILE),
    "landline": _spans(_LANDLINE),
    "address": _spans(_ADDRESS),
}
