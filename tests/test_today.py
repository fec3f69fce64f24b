"""The day that stands for today where a log has no times: ``--today``, or AUDITOR_TODAY."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from factory_rules import alone, rule, write

from auditor.checks.expired import TODAY
from auditor.cli import main

DATED = {
    "id": "past-campaign", "code": "T12", "kind": "expired", "words": ["截止"],
    "good": ["客户@10:00: 活动呢\n客服@10:01: 活动截止11月20日"],
    "bad": ["客户@10:00: 活动呢\n客服@10:01: 活动截止10月31日"],
}  # fmt: skip
LOG = "会话ID,角色,客服,消息\n一,客户,小云,活动到哪天\n一,客服,小云,活动截止11月20日哦\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(TODAY, raising=False)
    write(tmp_path, alone(rule(**DATED)), "rules.toml")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    return tmp_path


def run(*options: str) -> int:
    """Audit the log; the exit code."""
    with pytest.raises(SystemExit) as stop:
        main(["audit", "log.csv", "--rules", "rules.toml", "--formats", "jsonl", "-o", "out", "--quiet", *options])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def charged(folder: Path) -> list[str]:
    """The rules that took points."""
    lines = (folder / "out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    return [finding["rule"] for finding in map(json.loads, lines) if finding["charged"]]


def test_without_times_and_without_today_nothing_is_guessed(folder: Path) -> None:
    assert run() == 0
    assert charged(folder) == []
    [talk] = (folder / "out" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    assert "消息没有时间" in talk


@pytest.mark.parametrize(("day", "rules"), [("2026-11-20", []), ("2026-11-21", ["past-campaign"])])
def test_today_as_an_option(folder: Path, day: str, rules: list[str]) -> None:
    assert run("--today", day) == 0
    assert charged(folder) == rules
    assert TODAY not in os.environ


def test_the_option_goes_before_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TODAY, "2026-11-21")
    assert run() == 0
    assert charged(folder) == ["past-campaign"]
    assert run("--today", "2026-11-20") == 0
    assert charged(folder) == []
    assert os.environ[TODAY] == "2026-11-21"


def test_today_that_is_no_day(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--today", "11月20日") == 2
    assert "--today（或环境变量 AUDITOR_TODAY）的「11月20日」不是日期，应写成 2026-11-16" in capsys.readouterr().err
    assert not (folder / "out").exists()
