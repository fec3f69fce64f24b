"""What every test gets: no colours, no settings of the machine, no deadlines, and the shipped rules made once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from auditor.cli import loading
from auditor.ruleset import RuleSet

# A slow machine is no failure, and a run is repeatable.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One folder for what is remembered of rule files, away from the user's own."""
    return str(tmp_path_factory.getbasetemp() / "proofs")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, proofs: str) -> None:
    """Options set in the environment of whoever runs the tests must not change what they see."""
    for name in [name for name in os.environ if name.startswith("AUDITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("AUDITOR_CACHE", proofs)


_LOADED: dict[tuple[str, ...], tuple[RuleSet, dict[str, str]]] = {}
_load_rules = loading.load_rules


def _load_shipped_once(
    paths: Sequence[Path], dictionary: Iterable[str] = (), models: str | None = None, afresh: bool = False
) -> tuple[RuleSet, dict[str, str]]:
    words = tuple(dictionary)
    if paths or models or afresh:
        return _load_rules(paths, words, models, afresh)
    key = (str(loading.built_in()), *words)
    if key not in _LOADED:
        _LOADED[key] = _load_rules(paths, words, models, afresh)
    rules, hashes = _LOADED[key]
    return rules, dict(hashes)


@pytest.fixture(autouse=True)
def shipped_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped rules do not change while tests run: a rule set is made of them once, not for every command."""
    monkeypatch.setattr(loading, "load_rules", _load_shipped_once)
