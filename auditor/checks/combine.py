"""Kind ``all``: other rules' hits together: all of some, any of some, none of some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk


@dataclass(frozen=True)
class Combine(Check):
    """Fires once for a conversation in which every rule of ``rules``, at least one of ``any``, none of ``none`` hits.

    Exempt hits of those rules do not count. The hit is the place of the first hit of the last rule named.
    """

    scope: Scope
    rules: tuple[str, ...]
    any: tuple[str, ...]
    none: tuple[str, ...]

    @property
    def others(self) -> tuple[str, ...]:
        """The rules this one rests on."""
        return (*self.rules, *self.any, *self.none)

    def missing(self, talk: Talk) -> str | None:
        """What one of the rules lacks, this one lacks."""
        return next((reason for name in self.others if (reason := talk.judged(name).missing)), None)

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """At most one hit."""
        found = {name: self._first(talk, name) for name in self.others}
        if any(found[name] is None for name in self.rules) or any(found[name] for name in self.none):
            return
        named = [name for name in (*self.rules, *self.any) if found[name] is not None]
        if self.any and not any(found[name] for name in self.any):
            return
        place = found[named[-1]] if named else None
        if place is not None:
            evidence = "；".join(hit.evidence for name in named if (hit := found[name]) is not None)
            yield Hit(place.message, place.span, evidence)

    @staticmethod
    def _first(talk: Talk, name: str) -> Hit | None:
        return next((hit for hit, exemption in talk.judged(name).hits if exemption is None), None)


def _build(scope: Scope, params: Mapping[str, Any]) -> Combine:
    return Combine(scope, params["rules"], params["any"], params["none"])


ALL = Kind(
    "all",
    "几条规则同时命中（或不命中）",
    (
        Param("rules", Type.TEXTS, default=()),
        Param("any", Type.TEXTS, default=()),
        Param("none", Type.TEXTS, default=()),
    ),
    _build,
)
