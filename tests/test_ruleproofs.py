"""Examples of rules run once for the same rules, and again as soon as anything they rest on is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import ruleset
from auditor.cli.loading import load_rules
from auditor.errors import AuditorError
from auditor.rule import Rule

RULE = """
builtin = false

[[rule]]
id = "says-busy"
code = "X01"
kind = "phrase"
title = "说忙"
dimension = "服务态度"
severity = "minor"
points = 2
words = ["没空"]
why = "顾客会觉得被怠慢。"
advice = "抱歉让您久等了，我这就为您看。"
source = "店规"
good = ["客户: 在吗\\n客服: 在的"]
bad = ["客户: 在吗\\n客服: 没空"]
"""


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules whose examples were run, in order."""
    names: list[str] = []
    real = ruleset.failures

    def noted(rule: Rule, *rest: object) -> object:
        names.append(rule.id)
        return real(rule, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ruleset, "failures", noted)
    return names


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "我的规则.toml"
    path.write_text(RULE, encoding="utf-8")
    return path


def test_the_same_rules_are_tried_once(rules: Path, tried: list[str]) -> None:
    load_rules((rules,))
    assert tried == ["says-busy"]
    again, _ = load_rules((rules,))
    assert tried == ["says-busy"]
    assert [rule.id for rule in again.rules] == ["says-busy"]


@pytest.mark.parametrize("change", ["points = 3", 'words = ["没空", "在忙"]', 'why = "怠慢。"'])
def test_a_changed_rule_is_tried_again(change: str, rules: Path, tried: list[str]) -> None:
    load_rules((rules,))
    name = change.split(" ")[0]
    lines = [change if line.startswith(f"{name} ") else line for line in RULE.splitlines()]
    rules.write_text("\n".join(lines), encoding="utf-8")
    load_rules((rules,))
    assert tried == ["says-busy"] * 2


def test_other_words_of_the_tokenizer_are_another_set(rules: Path, tried: list[str]) -> None:
    load_rules((rules,))
    load_rules((rules,), ["轻氧杯"])
    assert tried == ["says-busy"] * 2


def test_rules_that_failed_are_tried_each_time(rules: Path, tried: list[str]) -> None:
    rules.write_text(RULE.replace("客服: 没空", "客服: 稍等"), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(AuditorError, match="例子有 1 处不符"):
            load_rules((rules,))
    assert tried == ["says-busy"] * 2


def test_afresh_and_without_a_folder_they_are_always_tried(
    rules: Path, tried: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_rules((rules,))
    load_rules((rules,), afresh=True)
    monkeypatch.setenv("AUDITOR_CACHE", "")
    load_rules((rules,))
    assert tried == ["says-busy"] * 3
