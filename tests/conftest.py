"""What every test gets: no colours, no settings of the machine, hypothesis without deadlines."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A slow machine is no failure, and a run is repeatable.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options set in the environment of whoever runs the tests must not change what they see."""
    for name in [name for name in os.environ if name.startswith("AUDITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
