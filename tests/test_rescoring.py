"""Verdicts change scores: the machine's result and the final one stand side by side in everything that is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import contents, done, lines
from factory_reviews import fill
from factory_rules import alone, rule, write
from openpyxl import load_workbook

from auditor import ruleset
from auditor.cli.app import main
from auditor.reviews.store import load
from auditor.reviews.verdict import opinions

CARD = "客服评分卡_小云_20261116_20261117.xlsx"
BOTH = frozenset({"xlsx", "jsonl"})


@pytest.fixture
def reviewed(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Audits, has 小云's workbook reviewed, imports the verdicts and audits again; gives what agents.json says."""

    def again(rulings: dict[str, str], **more: Any) -> dict[str, Any]:
        done(tmp_path, formats=BOTH, **more)
        shutil.copytree(tmp_path / "out", tmp_path / "before", dirs_exist_ok=True)
        fill(tmp_path / "out" / CARD, tmp_path / "复核.xlsx", rulings, "张三", "顾客先问的")
        with pytest.raises(SystemExit):
            main(["review", "import", str(tmp_path / "复核.xlsx"), "-o", str(tmp_path / "verdicts.jsonl")])
        said = opinions(load([tmp_path / "verdicts.jsonl"]))
        done(tmp_path, formats=BOTH, opinions=said, **more)
        agents: dict[str, Any] = json.loads((tmp_path / "out" / "agents.json").read_text(encoding="utf-8"))
        return agents

    return again


def test_an_overturned_finding_costs_nothing_and_both_results_stay(
    reviewed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    agents = reviewed({"T01": "误判", "T02": "成立"})
    assert (agents["小云"]["score"], agents["小云"]["machine"]["score"]) == (99.0, 96.5)
    assert (agents["小雨"]["score"], agents["小雨"]["machine"]["score"]) == (97.5, 97.5)
    tally = agents["小云"]["findings_by_rule"]["blunt-refusal"]
    assert (tally["hits"], tally["charged"], tally["overturned"]) == (1, 0, 1)
    found = {(f["rule"], f["agent"]): f for f in lines(tmp_path / "out" / "findings.jsonl")}
    fallen, upheld = found["blunt-refusal", "小云"], found["missing-greeting", "小云"]
    assert (fallen["charged"], fallen["machine_charged"], fallen["verdict"]) == (0.0, 5.0, "误判")
    assert fallen["reviewers"] == [{"name": "张三", "verdict": "误判"}]
    assert (upheld["charged"], upheld["machine_charged"], upheld["verdict"]) == (2.0, 2.0, "成立")
    talk = lines(tmp_path / "out" / "conversations.jsonl")[0]
    assert (talk["score"], talk["machine"]["score"], talk["overturned"]) == (95.0, 90.0, 1)
    run = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert run["verdicts"] == {"matched": 2, "unmatched": 0, "disputed": 0, "pending_appeals": 0,
                               "rulings": {"成立": 1, "误判": 1, "申诉成立": 0}}  # fmt: skip
    assert "按复核结论重新计分：对上 2 处（成立 1，误判 1，申诉成立 0）" in run["left_out"]


def test_the_workbook_shows_both_results_and_can_be_reviewed_on(
    reviewed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    reviewed({"T01": "误判", "T02": "成立"})
    book = load_workbook(tmp_path / "out" / CARD)
    assert book.sheetnames == ["评分卡", "扣分明细", "会话列表", "会话原文", "复核对照", "规则与口径"]
    assert "机器 96.5 · 95% 区间 " in "".join(str(c.value) for row in book["评分卡"].iter_rows() for c in row)
    rows = {row[4]: row for row in book["扣分明细"].iter_rows(min_row=2, values_only=True)}
    assert rows["T01 生硬拒绝"][10:15] == ("复核：误判，不扣分（机器原扣 5 分）", "是", "顾客先问的", "误判", "张三")
    assert rows["T01 生硬拒绝"][6] == 0
    comparison = [row[:4] for row in book["复核对照"].iter_rows(min_row=3, max_row=3, values_only=True)]
    assert comparison == [("综合得分", None, "96.5", "99.0")]
    first = load([tmp_path / "verdicts.jsonl"])
    with pytest.raises(SystemExit):
        main(["review", "import", str(tmp_path / "out"), "-o", str(tmp_path / "again.jsonl")])
    again = load([tmp_path / "again.jsonl"])
    assert [(v.fingerprint, v.ruling, v.charged, v.reviewer) for v in again] == [
        (v.fingerprint, v.ruling, v.charged, v.reviewer) for v in first
    ]


def test_what_an_overturned_finding_had_covered_counts_again(
    reviewed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    milder = rule(id="plain-no", code="T09", title="直说不", points=2, severity="minor", words=["不能退"])
    rules = ruleset.load([write(tmp_path, alone(rule(), milder), "two.toml")])
    agents = reviewed({"T01": "申诉成立"}, rules=rules)
    assert agents["小云"]["findings_by_rule"]["blunt-refusal"]["charged"] == 0
    assert agents["小云"]["findings_by_rule"]["plain-no"]["charged"] == 1
    assert (agents["小云"]["machine"]["score"], agents["小云"]["score"]) == (97.5, 99.0)


def test_a_conversation_zeroed_by_mistake_is_restored(reviewed: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    fatal = rule(severity="fatal", points=100, dimension="违规红线", cap=100)
    agents = reviewed({"T01": "误判"}, rules=ruleset.load([write(tmp_path, alone(fatal), "fatal.toml")]))
    assert (agents["小云"]["fatal"], agents["小云"]["machine"]["fatal"]) == (0, 1)
    assert (agents["小云"]["score"], agents["小云"]["machine"]["score"]) == (100.0, 50.0)


def test_a_rule_charged_once_per_agent_falls_too(reviewed: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    once = rule(scope="agent", points=8)
    agents = reviewed({"T01": "误判"}, rules=ruleset.load([write(tmp_path, alone(once), "once.toml")]))
    assert (agents["小云"]["score"], agents["小云"]["machine"]["score"]) == (100.0, 92.0)
    assert agents["小雨"]["score"] == 92.0


def test_without_verdicts_nothing_changes(tmp_path: Path) -> None:
    done(tmp_path)
    plain = contents(tmp_path / "out")
    done(tmp_path, opinions=opinions([]))
    changed = contents(tmp_path / "out")
    assert plain.keys() == changed.keys()
    first, second = ([json.loads(line) for line in files["findings.jsonl"].decode().split("\n")[:-1]]
                     for files in (plain, changed))  # fmt: skip
    assert [f["charged"] for f in first] == [f["charged"] for f in second]
    assert all(f["machine_charged"] == f["charged"] for f in second)


def test_verdicts_on_other_logs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done(tmp_path, formats=BOTH)
    fill(tmp_path / "out" / CARD, tmp_path / "a.xlsx", {"T01": "误判"}, "张三")
    fill(tmp_path / "out" / CARD, tmp_path / "b.xlsx", {"T01": "成立"}, "李四")
    with pytest.raises(SystemExit) as stop:
        main(["review", "import", *(str(tmp_path / name) for name in ("a.xlsx", "b.xlsx")),
              "-o", str(tmp_path / "verdicts.jsonl")])  # fmt: skip
    assert stop.value.code == 1
    assert "有分歧：会话 S1 2026-11-16 09:00:20 T01 生硬拒绝：张三 误判，李四 成立" in capsys.readouterr().out
    said = opinions(load([tmp_path / "verdicts.jsonl"]))
    outcome = done(tmp_path, opinions=said)
    assert "1 处复核人意见不一，暂按机器结果计分，请商定后重新导入" in outcome.facts.left_out
    other = tmp_path / "other.csv"
    other.write_text("会话ID,角色,消息,客服\nS7,客户,在吗,小云\nS7,客服,您好,小云\n", encoding="utf-8")
    assert "复核结论里有 1 处在这批记录里找不到，没有用上" in done(tmp_path, other, opinions=said).facts.left_out


def test_commands_say_what_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done(tmp_path, formats=BOTH)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "复核").mkdir()
    fill(tmp_path / "out" / CARD, tmp_path / "复核" / "a.xlsx", {"T01": "误判"}, "张三", "顾客电话 13812345678")
    (tmp_path / "复核" / "坏的.xlsx").write_bytes(b"PK")

    def call(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        shown = capsys.readouterr()
        return stop.value.code, shown.out, shown.err

    code, out, err = call("review", "import", "复核")
    assert code == 3
    assert "读了 2 个工作簿：命中 2 处，没有填写的 1 处。" in out
    assert "复核结果 1 条（成立 0，误判 1，申诉成立 0），复核人：张三。" in out
    assert "没有读：复核/坏的.xlsx: 不是工作簿" in err
    assert "138****5678" in (tmp_path / "verdicts.jsonl").read_text(encoding="utf-8")
    code, out, _ = call("review", "stats", "verdicts.jsonl")
    assert code == 0
    assert "T01" in out
    assert "样本太少" in out
    code, out, _ = call("review", "stats", "verdicts.jsonl", "--format", "json")
    assert json.loads(out)["rules"][0]["precision_high"] == 0.7935
    assert call("review", "import", "没有的.xlsx")[0] == 2
    assert call("audit", "聊天记录.csv", "--verdicts", "没有的.jsonl")[0] == 2
