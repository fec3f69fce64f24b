"""What every test gets: no colours, no settings of the machine, hypothesis without deadlines."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

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
