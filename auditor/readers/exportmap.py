"""Export maps: one TOML file says where an export keeps what, so that a new exporter needs no code.

The keys of a map are explained in ``formats/README.md``, and ``mapfile`` reads them. Everything in a map is data:
paths, words, patterns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.readers.conditions import Condition


@dataclass(frozen=True)
class Choice:
    """Where a field is found: the first of ``paths`` with a value; ``by_role``: paths that hold for one role only."""

    paths: tuple[str, ...]
    by_role: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def every(self) -> tuple[str, ...]:
        """All its paths, whoever speaks."""
        return *self.paths, *(path for paths in self.by_role.values() for path in paths)


@dataclass(frozen=True)
class Rule:
    """What holds for messages that meet every condition: ``sets`` is a role, a kind, a text or a reason to reject."""

    conditions: tuple[Condition, ...]
    sets: Mapping[str, str]


@dataclass(frozen=True)
class ListOf:
    """A list beside the messages (of users, of members): the item whose ``key`` equals ``of`` is read as ``name``."""

    name: str
    at: str
    key: str
    of: str


@dataclass(frozen=True)
class ExportMap:
    """One export. Paths are keys joined by dots (JSON) or headings (table).

    ``needs``: each a choice of paths one of which a message has; ``looks``: what a message of this export looks
    like; ``messages``: where a JSON value keeps its messages, ``""`` if it is one itself; ``nearest``: a message
    without a conversation belongs to the nearest one that has it; ``whole``: a list of messages is one conversation;
    ``carry``: paths whose value holds for the messages after it as well, as a date above them does;
    ``fallback``: only for tables without the canonical columns; ``accounts``: where nothing says who speaks, accounts
    such as 店铺:子账号 are agents, and then the others customers; ``html``: texts are HTML; ``strip``: prefixes that
    accounts have; ``other_kind``: the kind of unknown type words; ``own``: the user wrote it, and is told of paths that
    lead nowhere.
    """

    name: str
    title: str
    kind: str
    needs: tuple[tuple[str, ...], ...]
    looks: tuple[Condition, ...]
    messages: tuple[str, ...]
    fields: Mapping[str, Choice]
    roles: Mapping[str, str]
    kinds: Mapping[str, str]
    rules: tuple[Rule, ...]
    lists: tuple[ListOf, ...]
    times: tuple[str, ...]
    strip: tuple[str, ...]
    carry: tuple[str, ...]
    platform: str | None
    shop: str | None
    other_kind: str | None
    html: bool
    nearest: bool
    whole: bool
    fallback: bool
    accounts: bool
    own: bool = False
