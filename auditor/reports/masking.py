"""Hides personal data in a text: phone, ID card and bank card numbers, e-mail and street addresses."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from auditor.chat import Conversation, Role
from auditor.engine import Audited
from auditor.entities import digits, find
from auditor.text import fold

#: What is hidden, links aside.
_KINDS = ("id-card", "bank-card", "relay", "mobile", "landline", "email", "address")
#: What people are called who are not called by their names.
_CALLED = {Role.AGENT: "客服", Role.CUSTOMER: "客户", Role.ROBOT: "机器人", Role.SYSTEM: "系统"}
#: What is hidden in names and ids: a mobile number that stands apart, but for a few letters before it (tb138…). Other
#: digits are what platforms call things by, those in the ids of machines (hashes, UUIDs) above all.
_NUMBER = re.compile(
    r"(?<![0-9a-z])[a-z]{0,4}((?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?![0-9a-z])", re.IGNORECASE | re.ASCII
)
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


def mask_name(name: str) -> str:
    """A name of somebody or something (an agent, a shop, an id, a file) with its mobile numbers starred out."""
    pieces, at = [], 0
    for found in _NUMBER.finditer(digits(name)):
        pieces += [name[at : found.start(1)], _starred("mobile", name[slice(*found.span(1))])]
        at = found.end()
    return "".join((*pieces, name[at:]))


def unmasked(text: str) -> str:
    """The text as it is, for --no-mask."""
    return text


class Names:
    """Hides telephone numbers in what agents, shops and conversations are called; who was two stays two.

    A name that another one already hides behind gets a counter, in order of appearance: ``138****5678（2）``.
    """

    def __init__(self) -> None:
        self._of_people: dict[str, str] = {}
        self._used: Counter[str] = Counter()

    def audited(self, audited: Audited) -> Audited:
        """The same judgement under names that may be shown. Fingerprints rest on the true ones and stay."""
        before = audited.conversation
        talk = self.conversation(before)
        if talk is before:
            return audited
        findings = tuple(
            replace(finding, conversation=talk.id, agent=finding.agent and self._person(finding.agent))
            for finding in audited.findings
        )
        return replace(audited, conversation=talk, findings=findings)

    def conversation(self, talk: Conversation) -> Conversation:
        """The conversation under names that may be shown; itself if nothing is to be hidden."""
        people = {message.sender for message in talk.messages if message.role is not Role.CUSTOMER}
        if not any(map(_shows_number, filter(None, (talk.id, talk.agent, talk.shop, *people)))):
            return talk
        messages = tuple(
            replace(message, sender=self._person(message.sender))
            if message.sender and message.role is not Role.CUSTOMER
            else message
            for message in talk.messages
        )
        return replace(
            talk,
            id=self._told_apart(talk.id),
            messages=messages,
            agent=talk.agent and self._person(talk.agent),
            shop=talk.shop and self._person(talk.shop),
        )

    def _person(self, name: str) -> str:
        if name not in self._of_people and _shows_number(name):
            self._of_people[name] = self._told_apart(name)
        return self._of_people.get(name, name)

    def _told_apart(self, name: str) -> str:
        if not _shows_number(name):
            return name
        hidden = mask_name(name)
        self._used[hidden] += 1
        count = self._used[hidden]
        return hidden if count == 1 else f"{hidden}（{count}）"


class Disguise:
    """Makes conversations fit to be given away: who is who stays, what they are called does not.

    People, shops and conversations are numbered in order of appearance (客服1, 客户1, 店铺1, 会话1); in the texts these
    names are replaced and personal data is starred out. A name that is only spoken of cannot be known for one.
    """

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def __call__(self, talk: Conversation) -> Conversation:
        """The conversation under other names."""
        names = {name: self._name("客户", name) for name in (talk.customer,) if name}
        for message in talk.messages:
            if message.sender:
                names.setdefault(message.sender, self._name(_CALLED[message.role], message.sender))
        for kind, name in (("客服", talk.agent), ("店铺", talk.shop)):
            if name:
                names.setdefault(name, self._name(kind, name))
        spoken = [name for name in sorted(names, key=len, reverse=True) if len(name) > 1]
        pattern = re.compile("|".join(map(re.escape, spoken))) if spoken else None

        def hide(text: str) -> str:
            return mask(pattern.sub(lambda found: names[found[0]], text) if pattern else text)

        messages = tuple(
            replace(m, text=hide(m.text), sender=m.sender and names[m.sender], place=None) for m in talk.messages
        )
        return replace(
            talk,
            id=self._name("会话", talk.id),
            messages=messages,
            agent=talk.agent and names[talk.agent],
            customer=talk.customer and names[talk.customer],
            shop=talk.shop and names[talk.shop],
        )

    def _name(self, kind: str, name: str) -> str:
        given = self._given.get((kind, name))
        if given is None:
            self._counts[kind] += 1
            given = self._given[kind, name] = f"{kind}{self._counts[kind]}"
        return given


@lru_cache(maxsize=4096)  # agents and shops come back in every conversation
def _shows_number(name: str) -> bool:
    return _NUMBER.search(digits(name)) is not None


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
