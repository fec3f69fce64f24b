"""Personal data and links in a text: phone, ID and bank card numbers (with their checksums), e-mail, address, URL.

Numbers are found as people write them to slip past a filter, too: with spaces, dots or emoji between the digits,
full-width, ringed (①) or spelled out (幺三八…).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import re2

from auditor.text import FILLERS, Pattern, Span, fold, plain

_DIGIT_WORDS = str.maketrans("零幺一壹二贰三叁四肆五伍六陆七柒八捌九玖", "01112233445566778899")
#: What may stand between two digits of one number; ``_APART`` is for digits that are written one by one.
_GAP = r"[ .\-]?"
_APART = rf"{FILLERS}{{0,3}}"
#: The extension of a number that the platform lends: 18412345678-1234, 转 0081, 分机 22.
_EXTENSION = r"(?:-|[,，]?\s*(?:转|分机号?|ext\.?)[:：]?)\s*\d{1,6}(?!\d)"
_MOBILE_DIGITS = rf"(?<![\d.])(?:\+?86{_GAP})?0?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"
_RELAY = re.compile(_MOBILE_DIGITS + _EXTENSION)
_MOBILE = re.compile(_MOBILE_DIGITS)
_SPACED_MOBILE = re.compile(rf"(?<!\d)(?<!\d[ .\-])1{_APART}[3-9](?:{_APART}\d){{9}}(?!{_APART}\d)")
_LANDLINE = re.compile(r"(?<!\d)(?<!\d[ -])[(（]?0\d{2,3}[)）]?[ -]?\d{3,4} ?\d{4}(?!\d)")
_EIGHTEEN = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{16}}{_GAP}[\dx](?![\da-z])")
_ID_CARD = re.compile(r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx]")
#: Where a bank card number may be: many digits with at most one sign between them.
_DIGITS = re.compile(rf"\d(?:{_GAP}\d){{14,}}")
_CARD_LENGTHS = range(19, 14, -1)
_CARD_WORDS = re.compile(r"卡|账号|账户|开户|银行")
# On RE2, because these can take more than linear time with backtracking.
_EMAIL: Pattern = re2.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HAN = r"[\x{4e00}-\x{9fff}]"
_ADDRESS: Pattern = re2.compile(
    rf"(?:{_HAN}{{2,8}}(?:省|自治区|市|区|县|镇|乡|街道|村)){{1,5}}{_HAN}{{0,8}}?"
    rf"(?:路|街|道|巷|弄|大道|胡同|小区|花园|村|苑|社区|大厦)(?:{_HAN}|[A-Za-z0-9-]){{0,12}}?"
    rf"[0-9]+(?:号|栋|幢|单元|室|楼|层|弄)(?:{_HAN}{{0,4}}[A-Za-z0-9-]+(?:号|栋|幢|单元|室|楼|层)?)*"
)
_NAMES = "com|cn|net|org|top|shop|xyz|vip|cc|me|link|site|club|tk|ly|io|info|store|online|wang|ltd|mobi"
_URL = re.compile(
    r"(?:h ?t ?t ?p ?s? ?[:：] ?/ ?/ ?|(?<![a-z])w ?w ?w ?[.。·点] ?)[a-z0-9\-._~:/?#@!$&'()*+,;=%。]+"
    rf"|(?<![a-z0-9@.\-])[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.(?:{_NAMES})(?![a-z0-9])(?:/[a-z0-9\-._~/?#&=%]*)?"
    r"|(?<![a-z0-9@.\-])(?=[0-9\-]*[a-z])[a-z0-9\-]++"
    rf" ?(?:[.。·] ?(?:com|cn|xyz)|[(（【]?(?:[点點]|(?<![a-z])dot)[)）】]? ?(?:{_NAMES}))(?![a-z0-9])"
)
_HOST = re.compile(r"(?:https?:/*)?([a-z0-9\-.]+)")
_SPELLED = "[零〇幺一壹二贰三叁四肆五伍六陆七柒八捌九玖]"
#: Most messages hold neither digits nor letters, in whatever form: nothing to be found.
_PROMISING = re.compile(
    rf"[0-9A-Za-z@\u2460-\u2468\u24b6-\u24e9\uff10-\uff5a\U0001d400-\U0001d7ff]|{_SPELLED}(?:{_APART}{_SPELLED}){{3}}"
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

#: What can be looked for, with the word users see.
TITLES = {
    "mobile": "手机号",
    "relay": "带分机的虚拟号",
    "landline": "座机号",
    "id-card": "身份证号",
    "bank-card": "银行卡号",
    "email": "邮箱",
    "url": "网址",
    "address": "详细地址",
}


class Views(NamedTuple):
    """A text in three forms of the same length: folded, with look-alikes replaced, with spelled-out digits replaced.

    ``lenient``: what only looks like a number of the kind counts too.
    """

    folded: str
    plain: str
    digits: str
    lenient: bool


#: Finds the spans of one kind of entity in a text.
Finder = Callable[[Views], Iterable[Span]]


class Entity(NamedTuple):
    """A piece of personal data or a link: its kind (a key of TITLES) and its span in code points."""

    kind: str
    span: Span


def find(text: str, kinds: Iterable[str], lenient: bool = False) -> list[Entity]:
    """All entities of these kinds in a text, in order. Longer numbers win: a card's digits are no phone number.

    An ID number must pass its check unless the text speaks of one, or the search is ``lenient``; a lenient search
    also looks inside links and addresses.
    """
    wanted = frozenset(kinds)
    if not wanted or not _PROMISING.search(text):
        return []
    views = Views(fold(text), plain(text), digits(text), lenient)
    taken: list[Entity] = []
    covered = bytearray(len(text))
    for kind, finder in _FINDERS.items():
        if lenient and kind not in wanted:
            continue
        for start, end in finder(views):
            if not any(covered[start:end]):
                taken.append(Entity(kind, (start, end)))
                covered[start:end] = b"\1" * (end - start)
    return sorted((e for e in taken if e.kind in wanted), key=lambda e: e.span)


def host(url: str) -> str:
    """The host of a URL, lower-cased, without www; disguises undone."""
    plainly = re.sub(r"[(（【]?(?:[。·点點]|(?<![a-z])dot(?![a-z.]))[)）】]?", ".", fold(url)).replace(" ", "")
    match = _HOST.match(plainly)
    return match.group(1).strip(".").removeprefix("www.") if match else ""


def digits(text: str) -> str:
    """The text in which every digit, spelled out or ringed, is an ASCII digit; same length."""
    return plain(text).translate(_DIGIT_WORDS)


def luhn(number: str) -> bool:
    """Does a number pass the Luhn check that bank cards carry?"""
    doubled = [int(d) * 2 - 9 * (int(d) > 4) if at % 2 else int(d) for at, d in enumerate(reversed(number))]
    return sum(doubled) % 10 == 0


def id_checksum(number: str) -> bool:
    """Does an 18-character ID number end in its right check character (GB 11643)?"""
    total = sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _id_cards(views: Views) -> Iterator[Span]:
    spelled = views.digits
    certain = views.lenient or "身份" in spelled or "证件" in spelled
    for match in _EIGHTEEN.finditer(spelled):
        number = re.sub(r"[ .\-]", "", match.group())
        if _ID_CARD.fullmatch(number) and (certain or id_checksum(number)):
            yield match.span()


def _bank_cards(views: Views) -> Iterator[Span]:
    """Numbers of a card's length that pass Luhn, or that the text calls a card: order numbers are left alone."""
    spelled = views.digits
    for run in _DIGITS.finditer(spelled):
        around = spelled[max(0, run.start() - 16) : run.start()] + spelled[run.end() : run.end() + 4]
        named = _CARD_WORDS.search(around) is not None
        places = [place for place in range(*run.span()) if spelled[place].isdigit()]
        if named and len(places) in _CARD_LENGTHS:
            yield run.span()
        else:
            yield from _numbers_that_check(spelled, places)


def _numbers_that_check(text: str, places: list[int]) -> Iterator[Span]:
    """Each number among these digits that has a card's length, begins like one and passes Luhn."""
    begin = 0
    while begin < len(places):
        whole = begin == 0 or places[begin] > places[begin - 1] + 1
        for length in _CARD_LENGTHS if whole and text[places[begin]] in "34569" else ():
            end = begin + length
            ends = end == len(places) or (end < len(places) and places[end] > places[end - 1] + 1)
            if ends and luhn("".join(text[place] for place in places[begin:end])):
                yield places[begin], places[end - 1] + 1
                begin = end - 1
                break
        begin += 1


def _mobiles(views: Views) -> Iterator[Span]:
    found = [match.span() for match in _MOBILE.finditer(views.plain)]
    yield from found
    for match in _SPACED_MOBILE.finditer(views.digits):
        groups = [len(group) for group in re.split(r"\D+", match.group())]
        typed = match.group() == views.folded[slice(*match.span())] and not re.search(r"[^\d\s.\-·_]", match.group())
        if match.span() not in found and (not typed or _like_a_number(groups)):
            yield match.span()


def _like_a_number(groups: list[int]) -> bool:
    """Eleven digits in groups: nearly one by one, or a few of which the first is no size or price (3 or more)."""
    return groups.count(1) >= 8 or (len(groups) <= 5 and groups[0] >= 3 and groups != [3, 3, 3, 2])


def _spans(pattern: Pattern) -> Finder:
    return lambda views: (match.span() for match in pattern.finditer(views.plain))


_FINDERS: dict[str, Finder] = {
    "email": _spans(_EMAIL),
    "url": _spans(_URL),
    "id-card": _id_cards,
    "bank-card": _bank_cards,
    "relay": _spans(_RELAY),
    "mobile": _mobiles,
    "landline": _spans(_LANDLINE),
    "address": _spans(_ADDRESS),
}
