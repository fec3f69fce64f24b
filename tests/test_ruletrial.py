"""auditor rules new, test and diff: templates that load, words that cannot fire, what a change does to past logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.checks import KINDS
from auditor.cli.app import main
from auditor.cli.loading import load_rules
from auditor.ruleexamples import dialogue
from auditor.ruleset import load
from auditor.ruletemplate import template
from auditor.ruletrial import TOO_OFTEN, check_words, compare, count_fires, overdone

RULE = """
[[rule]]
id = "{id}"
code = "Z{code}"
kind = "phrase"
title = "试验"
dimension = "话术规范"
severity = "minor"
points = {points}
words = {words}
unless = {unless}
why = "试验"
advice = "好的，马上为您处理。"
source = "试验"
good = ["客户: 在吗\\n客服: 您好"]
bad = ["客户: 在吗\\n客服: {bad}"]
"""


def rule_file(
    folder: Path, name: str, words: list[str], bad: str, points: int = 5, unless: str = '["不存在的话"]'
) -> Path:
    path = folder / f"{name}.toml"
    listed = json.dumps(words, ensure_ascii=False)
    text = RULE.format(id="trial-rule", code="9", points=points, words=listed, unless=unless, bad=bad)
    path.write_text("builtin = false\n" + text, encoding="utf-8")
    return path


LOG = [
    "客户: 在吗\n客服: 自己看\n客户: 哦\n客服: 随便你",
    "客户: 有货吗\n客服: 有的",
    "客户: 多大\n客服: 随便你",
]


def write_log(folder: Path) -> Path:
    path = folder / "log.jsonl"
    lines = []
    for number, text in enumerate(LOG):
        messages = [{"role": str(m.role), "text": m.text} for m in dialogue(text).messages]
        record = {"conversation": f"会话{number}", "agent": "甲", "messages": messages}
        lines.append(json.dumps(record, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_template_that_loads(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(template(kind), encoding="utf-8")
    rules, _ = load_rules((path,))
    assert f"my-{kind}-rule" in rules.every


def test_new_does_not_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "mine.toml"
    assert run(["rules", "new", "phrase", "-o", str(target)]) == 0
    before = target.read_bytes()
    assert run(["rules", "new", "pattern", "-o", str(target)]) == 2
    assert target.read_bytes() == before
    assert "已经存在" in capsys.readouterr().err


def test_new_suggests_the_kind_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "phrse"]) == 2
    assert "是不是想写「phrase」" in capsys.readouterr().err


def test_dead_and_unused_words_are_named(tmp_path: Path) -> None:
    path = rule_file(tmp_path, "a", ["自己看", "随便你", "没办法"], "自己看", unless='["没办法"]')
    reports = check_words(load((path,)).rules)
    assert [(r.dead, r.unused) for r in reports] == [(("没办法",), ("随便你",))]


def test_an_unused_pattern_is_named_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "own.txt").write_text("看\n查\n", encoding="utf-8")
    path = rule_file(tmp_path, "a", ["自己看", "/随便{@own}/"], "自己看")
    assert [r.unused for r in check_words(load((path,)).rules)] == [("/随便{@own}/",)]


def test_a_word_seen_in_the_logs_is_used(tmp_path: Path) -> None:
    path = rule_file(tmp_path, "a", ["自己看", "随便你"], "自己看")
    assert check_words(load((path,)).rules, [dialogue(text) for text in LOG]) == []


def test_fires_are_counted_by_conversation(tmp_path: Path) -> None:
    rules = load((rule_file(tmp_path, "a", ["自己看", "随便你"], "自己看"),))
    total, reports = count_fires([dialogue(text) for text in LOG], rules)
    assert total == 3
    assert [(r.charged, r.exempt, round(r.share, 2)) for r in reports] == [(3, 0, 0.67)]
    assert reports[0].share > TOO_OFTEN
    assert overdone(reports[0])


def test_compare_shows_what_comes_and_goes_and_how_scores_move(tmp_path: Path) -> None:
    old = load((rule_file(tmp_path, "old", ["自己看"], "自己看"),))
    new = load((rule_file(tmp_path, "new", ["随便你"], "随便你", points=10),))
    result = compare([dialogue(text) for text in LOG], old, new)
    assert result.conversations == 3
    assert [c.finding.hit.evidence for c in result.come] == ["说了「随便你」", "说了「随便你」"]
    assert [c.finding.hit.evidence for c in result.gone] == ["说了「自己看」"]
    before, after = result.score("小例")
    assert before == pytest.approx((95 + 100 + 100) / 3)
    assert after == pytest.approx((90 + 100 + 90) / 3)


def test_the_same_rules_differ_in_nothing(tmp_path: Path) -> None:
    rules = load((rule_file(tmp_path, "a", ["自己看"], "自己看"),))
    result = compare([dialogue(text) for text in LOG], rules, rules)
    assert (result.come, result.gone) == ([], [])


def test_diff_and_test_commands_print_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = rule_file(tmp_path, "old", ["自己看"], "自己看")
    new = rule_file(tmp_path, "new", ["自己看", "随便你"], "自己看")
    log = write_log(tmp_path)
    assert run(["rules", "diff", str(old), str(new), str(log)]) == 0
    told = capsys.readouterr().out
    assert "3 个会话：新增扣分 2 处，取消扣分 0 处。" in told
    assert "甲  98.33 → 95.00  -3.33" in told
    assert run(["rules", "test", str(new), "--logs", str(log)]) == 0
    told = capsys.readouterr().out
    assert "1 条规则、2 个例子，全部通过。" in told
    assert "占会话 66.7%" in told
    assert "请看看是不是太宽" in told


def run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return int(stop.value.code or 0)
