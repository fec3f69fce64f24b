"""What is known of texts from earlier runs, so that only changed phrases are worked out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, reason
from auditor.phrases.finding import digest
from auditor.phrases.judge import Hit
from auditor.phrases.save import save

_VERSION = 1


class Cache:
    """Hits by text, in one JSON file. ``basis`` names everything else that they rest on (rules, versions, settings).

    A file of another basis, or one that is no cache, counts as empty and is written anew; texts that this run did not
    meet are dropped, so that the file does not grow. It holds fingerprints of texts and the rules they broke.
    """

    def __init__(self, path: Path, basis: str) -> None:
        self.path, self.basis = path, basis
        self._old: dict[str, Any] = self._read()
        self._met: dict[str, Any] = {}
        self._changed = False

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict) or data.get("version") != _VERSION or data.get("basis") != self.basis:
            return {}
        judged = data.get("judged")
        return judged if isinstance(judged, dict) else {}

    def get(self, text: str) -> tuple[Hit, ...] | None:
        """The hits of a text, None if they are not known."""
        key = digest(text)
        known = self._old.get(key)
        if known is None:
            return None
        try:
            hits = tuple(
                Hit(rule, tuple((int(a), int(b)) for a, b in spans), evidence, exemption)
                for rule, spans, evidence, exemption in known
            )
        except (TypeError, ValueError):
            return None
        self._met[key] = known
        return hits

    def put(self, text: str, hits: tuple[Hit, ...]) -> None:
        """Remember the hits of a text."""
        self._changed = True
        self._met[digest(text)] = [[hit.rule, hit.spans, hit.evidence, hit.exemption] for hit in hits]

    def save(self) -> None:
        """Write the cache if anything changed. Raises AuditorError if it cannot be written."""
        if not self._changed and len(self._met) == len(self._old):
            return
        data = {"version": _VERSION, "basis": self.basis, "judged": self._met}
        try:
            save(self.path, json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        except OSError as error:
            raise AuditorError(f"缓存 {self.path} 写不了（{reason(error)}），请换一个位置或去掉 --cache") from error
