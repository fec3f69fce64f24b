"""What a shop says is its own: placeholders that its tools fill in, phone numbers, accounts and domains."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.entities import digits, host
from auditor.phrases.judge import Hit
from auditor.text import fold

#: The rules that such lists speak of.
_PLACEHOLDER_RULES = frozenset({"placeholder-left"})
_CONTACT_RULES = frozenset({"unlisted-contact", "external-link", "off-platform-contact", "leaks-personal-data"})
_WRAPPING = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Shop:
    """Names of placeholders (昵称 for {昵称}), and contacts as people write them (400-820-8820, example.com)."""

    placeholders: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()

    def excuses(self, hit: Hit, text: str) -> bool:
        """Is everything that the hit points at on the shop's lists?"""
        if not hit.spans:
            return False
        words = [text[slice(*span)] for span in hit.spans]
        if hit.rule in _PLACEHOLDER_RULES and self.placeholders:
            names = {fold(name) for name in self.placeholders}
            return all(_WRAPPING.sub("", fold(word)) in names for word in words)
        if hit.rule in _CONTACT_RULES and self.contacts:
            return all(self._own(word) for word in words)
        return False

    def _own(self, word: str) -> bool:
        name = host(word)
        for contact in self.contacts:
            plain = _bare(contact)
            if plain and plain in _bare(word):
                return True
            domain = fold(contact).removeprefix("www.")
            if "." in domain and (name == domain or name.endswith(f".{domain}")):
                return True
        return False


def _bare(text: str) -> str:
    """The letters and digits of a contact, however they are written."""
    return "".join(filter(str.isalnum, digits(text)))
