"""Dialogues typed out in manuals."""

from __future__ import annotations

from pathlib import Path

import pytest
from factory_readers import read_bytes, read_paths

from auditor.chat import Role

SEEDS = Path(__file__).resolve().parents[1] / "../shared/seeds"


def _dialogues(folder: Path, text: str) -> list[list[str]]:
    outcome = read_bytes(folder, text.encode(), "manual.txt")
    assert outcome.ledger.inputs[0].format == "transcript"
    return [[f"{m.role}:{m.text}" for m in c.messages] for c in outcome.conversations]


@pytest.mark.parametrize(
    ("customer", "agent"), [("G", "K"), ("Q", "K"), ("g", "k"), ("客户", "客服"), ("买家", "卖家"), ("顾客", "客服")]
)
@pytest.mark.parametrize("colon", [":", "：", " : "])
def test_speakers(tmp_path: Path, customer: str, agent: str, colon: str) -> None:
    text = f"{customer}{colon}有货吗\r\n\r\n  {agent}{colon}有的:现货\r\n"
    assert _dialogues(tmp_path, text) == [["customer:有货吗", "agent:有的:现货"]]


def test_a_message_goes_on_until_a_blank_line(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "Q:有货吗\n蓝色的\n\nK:\n有的\n\n旁白\nQ:好\n".encode())
    assert outcome.texts == ["有货吗\n蓝色的", "有的", "好"]
    assert [(r.line, r.reason, r.raw) for r in outcome.rejects] == [(7, "不是对话行", "旁白")]
    assert [m.place.line for m in outcome.messages if m.place] == [1, 4, 8]


@pytest.mark.parametrize(
    "between",
    ["对话2", "对话二：退款", "会话 3", "案例：多次议价", "-----", "======", "# 退款", "————", "\n退款的时候\n"],
)
def test_what_begins_a_new_conversation(tmp_path: Path, between: str) -> None:
    text = f"G:有货吗\nK:有的\n{between}\nG:能退吗\nK:能退\n"
    assert [len(d) for d in _dialogues(tmp_path, text)] == [2, 2]


@pytest.mark.parametrize("between", ["", "对话很愉快", "案子的事" * 12])
def test_what_does_not(tmp_path: Path, between: str) -> None:
    assert len(_dialogues(tmp_path, f"G:有货吗\nK:有的\n{between}\nG:能退吗\n")) == 1


def test_a_title_before_the_first_words_makes_no_empty_conversation(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "# 一\n---\n# 二\nG:在吗\nK:在的\n# 三\n".encode(), "manual.txt")
    assert [(c.id, len(c.messages)) for c in outcome.conversations] == [("manual#1", 2)]
    assert outcome.rejects == []


def test_a_mark_without_words_is_rejected(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "G:在吗\nK:\n\nG:人呢\n".encode())
    assert [(r.line, r.reason) for r in outcome.rejects] == [(2, "空消息：消息内容是空的")]


def test_a_bad_byte_costs_its_line(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "G:在吗\nK:在的\n".encode() + b"\xff\xff\n" + "G:好\nK:请讲\n".encode())
    assert outcome.rejected_lines == [3]
    assert outcome.texts == ["在吗", "在的", "好", "请讲"]


def test_one_line_that_looks_marked_is_prose(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "心得\n客服:这份工作要有耐心。\n".encode(), "essay.txt")
    assert "缺少「角色」、「消息」列" in outcome.sentences[0]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the shop manuals are not here")
def test_the_dialogues_of_a_real_manual() -> None:
    manual = next(SEEDS.glob("004_*.txt"))
    outcome = read_paths([manual])
    assert len(outcome.messages) == 29
    assert max(len(c.messages) for c in outcome.conversations) == 13
    assert {m.role for m in outcome.messages} == {Role.CUSTOMER, Role.AGENT}
    assert outcome.ledger.reasons.keys() == {"不是对话行"}
