"""The recipes for pipelines work as they are written: pre-commit, the GitHub action, the GitLab template."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from factory_phrases import DATA, write

ROOT = Path(__file__).resolve().parents[1]


def recipe(name: str) -> Any:
    """A recipe of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop's repository: a good library and a bad one, and ``auditor`` where the recipes look for it."""
    (tmp_path / "话术库").mkdir()
    (tmp_path / "话术库" / "话术.csv").write_bytes((DATA / "话术.csv").read_bytes())
    write(tmp_path, "好 话术.txt", "您好，欢迎光临\n")
    tool = tmp_path / "runner" / "auditor" / "bin" / "auditor"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m auditor "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    return tmp_path


def bash(script: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a step as the runners do."""
    path = f"{folder / 'runner' / 'auditor' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "RUNNER_TEMP": str(folder / "runner"), "PATH": path, "AUDITOR_TODAY": "2026-11-16"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env={**environment, **settings}, capture_output=True, text=True,
                          encoding="utf-8", check=False)  # fmt: skip


def step(**inputs: str) -> tuple[str, dict[str, str]]:
    """The checking step of the action and its environment, with these inputs and the defaults of the others."""
    action = recipe("action.yml")
    given = {name: inputs.get(name.replace("-", "_"), str(said.get("default", "")))
             for name, said in action["inputs"].items()}  # fmt: skip
    _, check = action["runs"]["steps"]
    environment = {}
    for name, value in check["env"].items():
        (wanted,) = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value).groups()  # type: ignore[union-attr]
        environment[name] = given[wanted]
    return check["run"], environment


def test_the_action_annotates_and_fails(shop: Path) -> None:
    arguments = "--ignore D14,E07 --contact 400-820-8820"
    script, settings = step(files="话术库/\n好 话术.txt\n", sarif="out.sarif", args=arguments)
    done = bash(script, shop, **settings)
    assert done.returncode == 1, done.stderr
    assert "::error file=话术库/话术.csv,line=4," in done.stdout
    assert "D14" not in done.stdout
    assert "查了 2 个文件、13 条话术" in done.stdout
    assert json.loads((shop / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_the_action_passes_a_good_library_and_one_with_a_baseline(shop: Path) -> None:
    script, settings = step(files="好 话术.txt")
    assert bash(script, shop, **settings).returncode == 0
    bash("auditor phrases check 话术库/ --write-baseline 基线.json", shop)
    script, settings = step(files="话术库/", baseline="基线.json", fail_on="info")
    done = bash(script, shop, **settings)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_fails_if_something_cannot_be_read(shop: Path) -> None:
    write(shop / "话术库", "坏.csv", "甲,乙\n1,2\n")
    script, settings = step(files="话术库/坏.csv", fail_on="never")
    assert bash(script, shop, **settings).returncode == 3


def test_the_gitlab_template_writes_the_report_it_declares(shop: Path) -> None:
    template = recipe("docs/gitlab-phrases.yml")
    job = template["auditor-phrases"]
    (script,) = job["script"]
    done = bash(script, shop, **{**template["variables"], "PHRASES_FILES": "话术库/"})
    assert done.returncode == 1
    report = job["artifacts"]["reports"]["codequality"]
    assert json.loads((shop / report).read_text(encoding="utf-8"))[0]["location"]["path"] == "话术库/话术.csv"
    assert job["artifacts"]["when"] == "always"


@pytest.mark.parametrize(("name", "wanted"), [
    ("话术.csv", True), ("话术库/售前.md", True), ("售前话术2026.xlsx", True), ("config/phrases.toml", True),
    ("快捷短语/京麦.json", True), ("聊天记录.csv", False), ("话术.py", False), ("src/phrase.csv", False),
])  # fmt: skip
def test_pre_commit_picks_libraries(name: str, wanted: bool) -> None:
    for hook in recipe(".pre-commit-hooks.yaml"):
        assert bool(re.search(hook["files"], name)) is wanted
        assert hook["language"] == "python"
        assert hook["require_serial"] is True


def test_the_hooks_run_as_they_are_written(shop: Path) -> None:
    check, mend = recipe(".pre-commit-hooks.yaml")
    file = shlex.quote("话术库/话术.csv")
    assert bash(f"{check['entry']} {file}", shop).returncode == 1
    before = (shop / "话术库" / "话术.csv").read_bytes()
    assert bash(f"{mend['entry']} {file}", shop).returncode == 1
    assert (shop / "话术库" / "话术.csv").read_bytes() != before
