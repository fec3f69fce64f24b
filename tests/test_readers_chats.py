"""Text exports of chat tools: what each sample is taken for, and that every line of it is accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.chat import Role
from auditor.cli.app import main
from auditor.errors import AuditorError
from auditor.readers import Ledger, Options, read
from auditor.readers.agents import load_agents

LOGS = Path(__file__).parent / "logs"
AGENTS = frozenset({"好物旗舰店", "小云", "阿泽", "好物小云"})

#: file, rows, audited, conversations, agents, with --agents and --date
SAMPLES = [
    ("chitu/chinese-headings.csv", 4, 4, 3, {"好物旗舰店:小云", "好物旗舰店:阿泽"}),
    ("chitu/full-text.csv", 8, 6, 4, {"好物旗舰店:小云", "好物旗舰店:阿泽"}),
    ("jd-text/record.txt", 12, 10, 2, {"好物自营--小黛"}),
    ("qianniu/arrow.txt", 5, 5, 2, {"好物旗舰店:小云"}),
    ("qianniu/brackets.txt", 3, 3, 1, {"好物旗舰店:小云"}),
    ("qianniu/main-account.txt", 3, 3, 1, {"好物旗舰店"}),
    ("qianniu/one-line.txt", 13, 13, 1, {"好物旗舰店:小云"}),
    ("qianniu/two-lines.txt", 4, 4, 1, {"好物旗舰店:小云"}),
    ("qianniu-web/page.txt", 8, 8, 2, {"好物旗舰店:小云"}),
]


def read_sample(name: str, options: Options) -> tuple[Ledger, list[str], set[str]]:
    ledger = Ledger()
    talks = list(read([LOGS / name], options, ledger))
    spoke = {talk.speaker(m) for talk in talks for m in talk.messages if m.role is Role.AGENT}
    return ledger, [talk.id for talk in talks], spoke


@pytest.mark.parametrize(("name", "rows", "audited", "talks", "agents"), SAMPLES, ids=[row[0] for row in SAMPLES])
def test_a_sample_is_taken_for_what_it_is(name: str, rows: int, audited: int, talks: int, agents: set[str]) -> None:
    ledger, ids, spoke = read_sample(name, Options())
    facts = ledger.inputs[0]
    assert facts.format == name.split("/")[0]
    assert (facts.rows_in, facts.rows_audited, len(ids)) == (rows, audited, talks)
    assert facts.rows_in == facts.rows_audited + facts.rows_rejected + facts.rows_outside
    assert agents <= spoke


@pytest.mark.parametrize("path", sorted(LOGS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_row_of_any_sample_vanishes(path: Path) -> None:
    for options in (Options(), Options(agents=AGENTS, day=date(2026, 11, 16))):
        ledger = Ledger()
        kept = sum(len(talk.messages) for talk in read([path], options, ledger))
        facts = ledger.inputs[0]
        assert facts.rows_in == facts.rows_audited + facts.rows_rejected + facts.rows_outside
        assert kept == facts.rows_audited


def test_who_is_an_agent_is_never_guessed_from_what_is_said() -> None:
    without, ids, _ = read_sample("wechat/chat.txt", Options())
    assert ids == []
    assert without.rows_rejected == without.inputs[0].rows_in
    assert any("--agents" in str(problem) or "客服" in str(problem) for problem in without.reasons)


def test_a_list_of_agents_is_read_from_text_and_tables(tmp_path: Path) -> None:
    text = tmp_path / "names.txt"
    text.write_text("# 售后组\n小云\n阿泽\n", encoding="utf-8")
    table = tmp_path / "names.csv"
    table.write_text("工号,客服账号\n1,小云\n2,阿泽\n", encoding="utf-8")
    assert load_agents(text) == load_agents(table) == {"小云", "阿泽"}


@pytest.mark.parametrize(("content", "said"), [(b"# \n", "一个账号也没有"), (None, "打不开")])
def test_a_list_that_cannot_be_used(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AuditorError, match=said):
        load_agents(path)


def test_the_command_takes_agents_and_a_date(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("好物旗舰店:小云\n", encoding="utf-8")
    sample = LOGS / "qianniu-web" / "no-date.txt"
    with pytest.raises(SystemExit) as stop:
        main(["audit", str(sample), "-o", str(tmp_path / "out"), "--formats", "jsonl", "--quiet",
              "--agents", str(names), "--date", "2026-11-16"])  # fmt: skip
    assert stop.value.code in (0, 3)
    assert (tmp_path / "out" / "run.json").exists()
