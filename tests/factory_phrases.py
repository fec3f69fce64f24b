"""Phrase libraries for tests, and the linter run as a command."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from auditor.cli import loading
from auditor.cli.app import main
from auditor.errors import Problem
from auditor.phrases.columns import Columns
from auditor.phrases.library import Reading, read
from auditor.phrases.phrase import Note, Phrase
from auditor.ruleset import RuleSet

#: The day of all tests.
TODAY = "2026-11-16"
DATA = Path(__file__).parent / "phrases"


class Shown(NamedTuple):
    """What a command showed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The standard output as JSON."""
        return dict(json.loads(self.out))

    @property
    def rules(self) -> list[str]:
        """The ids of all findings that count, in order."""
        return [finding["rule"] for finding in self.json["findings"] if finding["state"] == "new"]


Linter = Callable[..., Shown]


def phrases(path: Path, own: str | None = None) -> list[Phrase]:
    """The phrases of a file that reads without problems."""
    found = list(read(path, Reading(columns=Columns(own))))
    assert not [item for item in found if isinstance(item, Problem)]
    return [item for item in found if isinstance(item, Phrase)]


def problems(path: Path) -> list[str]:
    """What reading a file complains of."""
    return [str(item) for item in read(path, Reading()) if isinstance(item, Problem)]


def notes(path: Path) -> list[str]:
    """What reading a file remarks on."""
    return [item.text for item in read(path, Reading()) if isinstance(item, Note)]


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A file with this text, exactly."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def standing(path: Path, phrase: Phrase, encoding: str = "utf-8") -> list[str]:
    """The file's characters at the places where the phrase's characters are said to stand."""
    lines = path.read_bytes().decode(encoding).replace("\r\n", "\n").split("\n")
    found = []
    for index in range(len(phrase.text)):
        line, column = phrase.origin.at(index)
        found.append(lines[line - 1][column - 1 : column] or "\n")
    return found


_LOAD = loading.load_quickly


@cache
def _built_in(models: bool) -> RuleSet:
    return _LOAD((), (), None, models)


def _loaded(paths: Sequence[Path], dictionary: Sequence[str], models: str | None, with_models: bool) -> RuleSet:
    """The built-in rules are loaded once for all tests."""
    if paths or dictionary or models:
        return _LOAD(paths, dictionary, models, with_models)
    return _built_in(with_models)


def linter(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Linter:
    """``auditor phrases check`` in a folder, on the day of the tests."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AUDITOR_TODAY", TODAY)
    monkeypatch.setattr(loading, "load_quickly", _loaded)

    def run(*arguments: str) -> Shown:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["phrases", "check", *arguments])
        shown = capsys.readouterr()
        return Shown(int(stop.value.code or 0), shown.out, shown.err)

    return run


def csv_of(rows: Sequence[Sequence[str]], head: Sequence[str] = ("分组", "标题", "内容")) -> str:
    """A CSV text with these rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()
