"""Workbooks read in a process of their own (.xls, .ods): every kind of cell, and no damage that takes us along."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factory_readers import HEADINGS, LOGS, read_bytes, read_paths, ten_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.readers import calamine, calamineworker
from auditor.readers.records import RefusedError

CELLS = [
    "在吗",
    7.0,
    1.5,
    True,
    datetime(2026, 11, 16, 9, 0, 5),
    date(2026, 11, 16),
    time(9, 3),
    timedelta(hours=30),
    None,
    "尾",
]


def _book(path: Path, rows: list[list[Any]], *more: str) -> Path:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in rows:
        workbook.active.append(row)
    for title in more:
        workbook.create_sheet(title)
    workbook.save(path)
    return path


def test_every_kind_of_cell_comes_through(tmp_path: Path) -> None:
    """The library reads .xlsx just as well, which is easier to write."""
    path = _book(tmp_path / "a.xlsx", [[None, None], [None, "x"], [None, *CELLS]], "空表")
    with calamine.opened(path) as sheets:
        assert [sheet.title for sheet in sheets] == ["Sheet", "空表"]
        for _ in range(2):  # rows come anew
            rows = [row.cells for row in sheets[0].rows()]
            assert [row for row in rows if any(row)] == [[None, "x", *[None] * 9], [None, *CELLS]]
        assert list(sheets[1].rows()) == []


def test_what_the_worker_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calamineworker, "_limit_memory", lambda: None)
    calamineworker.main(str(_book(tmp_path / "a.xlsx", [CELLS])))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"sheet": "Sheet"}
    assert lines[1][4:8] == [
        ["datetime", "2026-11-16T09:00:05"],
        ["date", "2026-11-16"],
        ["time", "09:03:00"],
        ["seconds", "108000.0"],
    ]


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calamineworker, "_limit_memory", lambda: None)
    monkeypatch.setattr(calamineworker, "MOST_CELLS", 1)
    with pytest.raises(MemoryError):
        calamineworker.main(str(_book(tmp_path / "a.xlsx", [list(HEADINGS), *ten_rows()])))


def test_a_worker_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise subprocess.TimeoutExpired(sys.executable, 600)

    monkeypatch.setattr(subprocess, "run", never)
    with pytest.raises(RefusedError, match="损坏"), calamine.opened(LOGS / "xls/day.xls"):
        pass


@pytest.mark.parametrize("name", ["xls/day.xls", "ods/day.ods"])
@settings(deadline=None, max_examples=12)
@given(places=st.lists(st.integers(0, 100_000), min_size=1, max_size=12), cut=st.booleans())
def test_no_damage_ends_in_an_accident(name: str, places: list[int], cut: bool) -> None:
    content = bytearray((LOGS / name).read_bytes())
    for place in places:
        content[place % len(content)] ^= 0xFF
    with tempfile.TemporaryDirectory() as folder:
        outcome = read_bytes(Path(folder), bytes(content[: places[0] % len(content)] if cut else content), "a.xls")
    assert outcome.texts or outcome.rejects


def test_a_workbook_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "-十一 月'\""
    folder.mkdir()
    shutil.copy(LOGS / "xls/day.xls", folder / "- a.xls")
    assert len(read_paths([folder / "- a.xls"]).texts) == 4
