"""The sample logs under ``logs/``: what comes of each stands beside it in ``expected.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from factory_readers import LOGS, read_paths


def _cases(folder: str) -> list[Any]:
    with (LOGS / folder / "expected.toml").open("rb") as file:
        return [pytest.param(case, id=case["name"]) for case in tomllib.load(file)["file"]]


@pytest.mark.parametrize("case", _cases("canonical"))
def test_canonical_sample(case: dict[str, Any]) -> None:
    outcome = read_paths([LOGS / "canonical" / case["name"]])
    facts = outcome.ledger.inputs[0]
    assert (facts.format, facts.encoding or "") == (case["format"], case["encoding"])
    assert [c.id for c in outcome.conversations] == case["conversations"]
    assert [c.agent or "" for c in outcome.conversations] == case["agents"]
    assert [len(c.messages) for c in outcome.conversations] == case["messages"]
    assert facts.rows_rejected == case.get("rejected", 0)
    assert outcome.ledger.file_problems == []


@pytest.mark.parametrize("case", _cases("broken"))
def test_broken_sample(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(LOGS / "broken")
    outcome = read_paths([Path(case["name"])])
    assert outcome.ledger.inputs[0].rows_audited == case["audited"]
    assert [str(problem) for problem in outcome.ledger.file_problems] == case.get("problems", [])
    if "rejects" in case:
        assert [f"{r.line}: {r.reason}" for r in outcome.rejects] == case["rejects"]
    assert outcome.rejects, "a broken file never looks clean"


@pytest.mark.parametrize("folder", ["canonical", "broken"])
def test_every_sample_has_its_expectation(folder: str) -> None:
    names = {path.name for path in (LOGS / folder).iterdir()} - {"expected.toml"}
    assert names == {case.values[0]["name"] for case in _cases(folder)}
