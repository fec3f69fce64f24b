"""Kind ``entity``: phone, ID and bank card numbers, e-mail, addresses and links that should not be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.chat import Kind as MessageKind
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.entities import TITLES, digits, find, host
from auditor.text import Lexicon

_FILES = (MessageKind.IMAGE, MessageKind.FILE)


@dataclass(frozen=True)
class EntityCheck(Check):
    """Fires on every entity of ``entities`` (keys of TITLES), and on ``words`` that come to the same.

    ``files`` are words in what comes with a picture or a file (its name, or what was read in it) that betray it.
    ``hosts`` are domains whose links are allowed, with all below them. ``known``: what the customer said first is
    only repeated, not leaked.
    """

    scope: Scope
    entities: tuple[str, ...]
    hosts: tuple[str, ...]
    known: bool
    words: Lexicon | None = None
    files: Lexicon | None = None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit an entity, naming its kind but not its value, and one an occurrence of ``words``."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            for start, end in self.words.find(talk.folded[index]) if self.words else ():
                yield Hit(index, (start, end), f"说了「{talk.messages[index].text[start:end]}」")
            for kind, (start, end) in find(talk.messages[index].text, self.entities):
                value = talk.messages[index].text[start:end]
                if self._allowed(kind, value) or (self.known and self._said_before(talk, index, value)):
                    continue
                yield Hit(index, (start, end), f"出现了{TITLES[kind]}")
        yield from self._sent(talk)

    def _sent(self, talk: Talk) -> Iterator[Hit]:
        """One hit a picture or file with one of ``files`` in its text."""
        if self.files is None:
            return
        for index, message in enumerate(talk.messages):
            if message.kind in _FILES and message.role in self.scope.roles:
                for span in self.files.find(talk.folded[index])[:1]:
                    yield Hit(index, span, f"发送了「{message.text}」")

    def _allowed(self, kind: str, value: str) -> bool:
        name = host(value)
        return kind == "url" and any(name == domain or name.endswith(f".{domain}") for domain in self.hosts)

    def _said_before(self, talk: Talk, index: int, value: str) -> bool:
        number = _bare(value)
        return any(number in _bare(m.text) for m in talk.messages[:index] if m.role not in self.scope.roles)


def _bare(text: str) -> str:
    """Letters and digits only, however the digits are written."""
    return "".join(filter(str.isalnum, digits(text)))


def _build(scope: Scope, params: Mapping[str, Any]) -> EntityCheck:
    hosts = tuple(name.lower().removeprefix("www.") for name in params["hosts"])
    return EntityCheck(scope, params["entities"], hosts, params["known"], params["words"], params["files"])


ENTITY = Kind(
    "entity",
    "电话、证件号、银行卡、地址、网址等",
    (
        Param("entities", Type.CHOICES, required=True, choices=tuple(TITLES)),
        Param("hosts", Type.TEXTS, default=()),
        Param("known", Type.FLAG, default=True),
        Param("words", Type.WORDS),
        Param("files", Type.WORDS),
    ),
    _build,
)
