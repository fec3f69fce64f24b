"""Every case of tests/hostile gives its right outcome, end to end through the command line."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from hostile import delimited, encodings, jsonl, names, people, personal, rulefiles, texts, times, workbooks
from hostile.case import Case, Seen, written

from auditor.cli import loading
from auditor.cli.app import main

FAMILIES = (encodings, delimited, jsonl, workbooks, times, people, names, texts, personal, rulefiles)
CASES: tuple[Case, ...] = sum((module.CASES for module in FAMILIES), ())


@pytest.fixture(scope="module")
def loaded() -> Any:
    """The house rules are loaded once for all cases; rules and models of a case's own are loaded for it."""
    load, once = loading.load_rules, functools.cache(loading.load_rules)
    return lambda paths, words, models: load(paths, words, models) if paths or models else once(paths, words, models)


def outcome(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> Seen:
    """What the program makes of a case."""
    if callable(case.log):
        case.log(folder)
    else:
        content = case.log.encode() if isinstance(case.log, str) else case.log
        (folder / case.name).write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        main(["audit", *case.name.split("|"), "-o", "out", "--formats", case.formats, *case.options])
    shown = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return written(folder / "out", Seen, stop.value.code, shown.out, shown.err, folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], loaded: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "load_rules", loaded)
    seen = outcome(case, tmp_path, capsys)
    assert "Traceback" not in seen.err
    assert seen.code == case.code, seen.told
    assert seen.run.get("rows_audited") == case.rows, seen.told
    assert seen.lost == case.lost, seen.told
    for word in case.says:
        assert word in seen.told
    if case.rows is None:
        assert not (tmp_path / "out").exists()
    else:
        run = seen.run
        assert run["rows_in"] == sum(run[f"rows_{end}"] for end in ("audited", "rejected", "outside", "merged"))
    if case.holds is not None:
        assert case.holds(seen), seen
