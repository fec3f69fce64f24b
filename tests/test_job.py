"""The whole way: logs in, findings, scores and workbooks out; the same bytes each time, and every row accounted for."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import ROWS, RULES, SPOILT, contents, done, job, lines, log
from factory_rules import alone, rule, write
from openpyxl import load_workbook

from auditor import ruleset
from auditor.errors import AuditorError
from auditor.job import Progress, parse_day, run, severity_named
from auditor.readers import Options
from auditor.rule import Severity


def test_everything_that_is_written(tmp_path: Path) -> None:
    outcome = done(tmp_path, formats=frozenset({"xlsx", "jsonl", "csv"}))
    assert set(contents(tmp_path / "out")) == {
        "findings.jsonl", "conversations.jsonl", "agents.json", "run.json", "unread.csv", "agents.csv",
        "客服评分卡_小云_20261116_20261117.xlsx", "客服评分卡_小雨_20261116_20261116.xlsx",
        "团队汇总_20261116_20261117.xlsx",
    }  # fmt: skip
    assert sorted(outcome.files) == sorted(contents(tmp_path / "out"))
    for path in (tmp_path / "out").glob("*.xlsx"):
        assert load_workbook(path, read_only=True).sheetnames


def test_findings_name_who_said_what_where(tmp_path: Path) -> None:
    outcome = done(tmp_path)
    records = lines(tmp_path / "out" / "findings.jsonl")
    assert [(r["rule"], r["agent"], r["message"], r["quote"], r["charged"], r["line"]) for r in records] == [
        ("blunt-refusal", "小云", 1, "不能退", 5.0, 3),
        ("blunt-refusal", "小雨", 3, "不能退", 5.0, 5),
        ("blunt-refusal", "小雨", 3, "不能退", 0.0, 5),
        ("missing-greeting", "小云", 1, "不客气", 2.0, 11),
    ]
    assert list(records[0]) == [
        "rule", "code", "title", "dimension", "severity", "status", "points", "charged", "exemption", "covered_by",
        "conversation", "agent", "customer", "message", "time", "role", "span", "quote", "evidence", "advice", "source",
        "fingerprint", "file", "line",
    ]  # fmt: skip
    assert records[0]["time"] == "2026-11-16 09:00:20"
    assert records[0]["file"] == str(tmp_path / "聊天记录.csv")
    assert outcome.facts.conversations == 4


def test_each_agent_answers_for_their_own_words(tmp_path: Path) -> None:
    done(tmp_path)
    agents = json.loads((tmp_path / "out" / "agents.json").read_text(encoding="utf-8"))
    assert {name: (card["conversations"], card["messages"], card["score"]) for name, card in agents.items()} == {
        "小雨": (2, 2, 97.5), "小云": (2, 2, 96.5),
    }  # fmt: skip
    [first, *_] = lines(tmp_path / "out" / "conversations.jsonl")
    assert (first["conversation"], first["score"], first["first_response_s"], first["rounds"]) == ("S1", 90.0, 20.0, 2)
    assert {name: share["score"] for name, share in first["agents"].items()} == {"小云": 95.0, "小雨": 95.0}
    assert agents["小云"]["findings_by_rule"]["blunt-refusal"]["charged"] == 1
    assert agents["小雨"]["kpis"]["house"]["rounds"] == 2


def test_a_conversation_without_a_human_is_not_judged(tmp_path: Path) -> None:
    outcome = done(tmp_path)
    robot = next(r for r in lines(tmp_path / "out" / "conversations.jsonl") if r["conversation"] == "S3")
    assert (robot["score"], robot["findings"]) == (None, 0)
    assert robot["not_evaluable"] == [{"rule": "missing-greeting", "reason": "没有人工客服的文字消息"}]
    assert outcome.facts.not_judged == 1
    assert "1 个会话没有人工客服发言，不计分" in outcome.facts.left_out
    assert outcome.team.conversations == 3


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    path = log(tmp_path, [*ROWS[:4], SPOILT, *ROWS[4:]])
    outcome = done(tmp_path, path, options=Options(until=date(2026, 11, 16)))
    facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (facts["rows_in"], facts["rows_audited"], facts["rows_rejected"], facts["rows_outside"]) == (11, 8, 1, 2)
    assert facts["conversations"] == 3
    assert sum(facts["rejects_by_reason"].values()) == 1
    assert "2 行在 --since/--until 的日期之外，没有质检" in facts["left_out"]
    with (tmp_path / "out" / "unread.csv").open(encoding="utf-8-sig", newline="") as file:
        [heading, row] = list(csv.reader(file))
    assert heading == ["file", "line", "reason", "raw"]
    assert (row[0], row[1]) == (str(path), "6")
    assert "13912345678" not in row[3]
    assert "不能退" in row[3]
    assert outcome.ledger.rows_rejected == 1


def test_personal_data_leaves_only_when_asked_for(tmp_path: Path) -> None:
    phone = "13812345678"
    rows = [[c.replace("茶茶", "13812345678") for c in row] for row in ROWS]
    rows[1][5] = f"不能退，打 {phone} 找我"
    path = log(tmp_path, [*rows, [*SPOILT[:5], phone]])
    own = rule(words=["/不能退.*/"])
    rules = ruleset.load(
        [
            write(
                tmp_path,
                alone(
                    own,
                    rule(
                        id="wide",
                        code="T2",
                        words=["不能"],
                        unless=["/能退.*/"],
                        bad=["客服: 不能用"],
                        good=["客服: 好"],
                    ),
                ),
            )
        ]
    )
    done(tmp_path, path, rules=rules, formats=frozenset({"xlsx", "jsonl", "csv"}))
    for name, content in contents(tmp_path / "out").items():
        if name.endswith(".xlsx"):
            book = load_workbook(tmp_path / "out" / name, read_only=True)
            content = "\n".join(str(v) for sheet in book for row in sheet.values for v in row).encode()
        assert phone.encode() not in content, name
    assert b"138****5678" in contents(tmp_path / "out")["findings.jsonl"]
    done(tmp_path, path, rules=rules, masked=False)
    assert phone.encode() in contents(tmp_path / "out")["findings.jsonl"]


def test_ids_made_of_a_customer_s_number_are_masked(tmp_path: Path) -> None:
    rows = [["", *row[1:4], "13812345678", row[5]] for row in ROWS[:2]]
    done(tmp_path, log(tmp_path, rows))
    [record] = lines(tmp_path / "out" / "conversations.jsonl")
    assert record["conversation"].startswith("138****5678")
    assert b"13812345678" not in b"".join(contents(tmp_path / "out").values())


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    wanted = job(tmp_path, formats=frozenset({"xlsx", "jsonl", "csv"}))
    run(wanted)
    first = contents(tmp_path / "out")
    run(wanted)
    assert contents(tmp_path / "out") == first
    run(replace(wanted, target=tmp_path / "elsewhere"))
    assert contents(tmp_path / "elsewhere") == first


def test_files_of_an_earlier_run_are_taken_away(tmp_path: Path) -> None:
    done(tmp_path, formats=frozenset({"xlsx", "csv"}))
    (tmp_path / "out" / "备注.txt").write_text("x", encoding="utf-8")
    done(tmp_path, log(tmp_path, ROWS[4:6], "b.csv"))
    assert set(contents(tmp_path / "out")) == {
        "findings.jsonl", "conversations.jsonl", "agents.json", "run.json", "unread.csv", "备注.txt",
    }  # fmt: skip


def test_no_input_is_overwritten(tmp_path: Path) -> None:
    path = log(tmp_path)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    before = path.read_bytes()
    for target in (path, link):
        with pytest.raises(AuditorError, match="就是输入文件"):
            done(tmp_path, path, target=target)
    inside = tmp_path / "conversations.jsonl"
    inside.write_bytes(before)
    with pytest.raises(AuditorError, match="会被结果覆盖"):
        done(tmp_path, inside, target=tmp_path)
    assert path.read_bytes() == inside.read_bytes() == before


@pytest.mark.parametrize(("content", "said"), [
    (b"", "没有读到任何会话"),
    ("甲,乙\n1,2\n".encode(), "没有读到任何会话"),
    ("会话ID,时间,角色,客服,客户,消息\n".encode(), "没有读到任何会话"),
    ("会话ID,时间,角色,客服,客户,消息\nS1,坏,客服,小云,13812345678,好\n".encode(), "，1 行读不了，没有写出结果"),
])  # fmt: skip
def test_nothing_read_nothing_written(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(AuditorError) as refused:
        done(tmp_path, path)
    assert said in str(refused.value)
    assert "13812345678" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_broken_file_beside_a_good_one(tmp_path: Path) -> None:
    broken = tmp_path / "b.csv"
    broken.write_bytes(b"")
    outcome = done(tmp_path, log(tmp_path), broken)
    assert [str(problem).startswith(str(broken)) for problem in outcome.problems] == [True]
    facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [item["file"] for item in facts["inputs"]] == [str(tmp_path / "聊天记录.csv"), str(broken)]
    assert facts["rows_in"] == facts["rows_audited"] + facts["rows_rejected"]
    assert any(str(broken) in sentence for sentence in facts["left_out"])


@pytest.mark.parametrize("fault", ["write", "workbook", "fsync", "replace", "interrupt"])
def test_whatever_fails_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """At any step a full disk, or Ctrl-C, leaves the folder as it was."""
    from auditor import job as module
    from auditor.reports import staging, workbook

    error = KeyboardInterrupt() if fault == "interrupt" else OSError(28, "No space left on device")

    def fail(*_: object, **__: object) -> Any:
        raise error

    place, name = {
        "write": (module, "write_line"), "workbook": (workbook, "write_team_workbook"), "fsync": (staging.os, "fsync"),
        "replace": (staging.os, "replace"), "interrupt": (module, "write_json"),
    }[fault]  # fmt: skip
    wanted = job(tmp_path, formats=frozenset({"xlsx"}))
    before = set(os.listdir(tmp_path))
    monkeypatch.setattr(place, name, fail)
    with pytest.raises(type(error)):
        run(wanted)
    assert set(os.listdir(tmp_path)) == before


def test_progress_is_told(tmp_path: Path) -> None:
    read: list[int] = []
    judged: list[int] = []
    books: list[tuple[int, int]] = []
    wanted = job(tmp_path, formats=frozenset({"xlsx"}))
    run(wanted, Progress(read.append, judged.append, lambda done, of: books.append((done, of))))
    assert sum(read) == (tmp_path / "聊天记录.csv").stat().st_size
    assert sum(judged) == 4
    assert books == [(1, 3), (2, 3), (3, 3)]


def test_findings_by_gravity(tmp_path: Path) -> None:
    text = RULES + rule(
        id="note", code="T4", severity="info", points=0, words=["不客气"], good=["客服: 好"], bad=["客服: 不客气"]
    )
    outcome = done(tmp_path, rules=ruleset.load([write(tmp_path, text)]))
    assert [outcome.at_or_above(Severity(name)) for name in ("fatal", "major", "minor", "info")] == [0, 3, 4, 5]


def test_equal_scores_share_a_rank(tmp_path: Path) -> None:
    rows = [[f"S{agent}", f"2026-11-16 09:00:0{n}", "客服", agent, "客", text]
            for agent in "甲乙丙丁"
            for n, text in enumerate(("您好", "不能退" if agent == "乙" else "好"))]  # fmt: skip
    outcome = done(tmp_path, log(tmp_path, rows))
    assert [(card.agent, card.rank, card.of) for card in outcome.cards] == [
        ("丁", 1, 4),
        ("丙", 1, 4),
        ("甲", 1, 4),
        ("乙", 4, 4),
    ]


def test_logs_without_times(tmp_path: Path) -> None:
    outcome = done(tmp_path, log(tmp_path, [[r[0], "", *r[2:]] for r in ROWS]), formats=frozenset({"xlsx"}))
    assert "团队汇总.xlsx" in outcome.files
    assert outcome.facts.not_evaluable == {"missing-greeting": 1, "slow": 3}
    [first, *_] = lines(tmp_path / "out" / "conversations.jsonl")
    assert (first["start"], first["first_response_s"], first["longest_wait_s"], first["rounds"]) == (
        None,
        None,
        None,
        2,
    )


def test_odd_names_harm_no_file(tmp_path: Path) -> None:
    names = ["=1+1", "../../x", "con", "a/b", "a:b", "小\u202e云", "NULL", "x" * 300, "名\x1b[31m"]
    rows = [[f"S{n}", "2026-11-16 09:00:00", "客服", name, "客", "不能退"] for n, name in enumerate(names)]
    outcome = done(tmp_path, log(tmp_path, rows), formats=frozenset({"xlsx", "csv"}))
    assert len(outcome.cards) == len(names)
    assert len([name for name in contents(tmp_path / "out") if name.startswith("客服评分卡_")]) == len(names)
    assert set(os.listdir(tmp_path)) == {"out", "rules.toml", "聊天记录.csv"}


def test_options_as_text() -> None:
    assert parse_day(None) is None
    assert parse_day("2026-11-16") == date(2026, 11, 16)
    with pytest.raises(AuditorError, match="日期「昨天」应写成 2026-11-16 这样"):
        parse_day("昨天")
    assert severity_named("never") is None
    assert severity_named("major") is Severity.MAJOR
