"""Automatic replies that no column marks: the same words at once, in conversation after conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from factory_readers import Outcome, read_bytes, table

from auditor.chat import Role
from auditor.readers import autoreply

WELCOME = "欢迎光临好物旗舰店，客服正在赶来，请先留下订单号"


def log(delays: list[int], text: str = WELCOME, agent: str = "好物店:小云", first: int = 1) -> list[list[str]]:
    """One conversation for each delay: the customer asks, ``text`` comes so many seconds later, then a person."""
    rows = []
    for number, delay in enumerate(delays, first):
        talk, customer = f"S{number}", f"买家{number}"
        rows += [
            [talk, f"2026-11-16 09:{number:02d}:05", "客户", agent, customer, "在吗"],
            [talk, f"2026-11-16 09:{number:02d}:{5 + delay:02d}", "客服", agent, customer, text],
            [talk, f"2026-11-16 09:{number:02d}:50", "客服", agent, customer, f"第{number}位您好，请讲"],
        ]
    return rows


def read(folder: Path, rows: list[list[str]]) -> Outcome:
    return read_bytes(folder, table(rows).encode())


def robots(outcome: Outcome) -> list[str]:
    return [message.text for message in outcome.messages if message.role is Role.ROBOT]


def test_the_same_words_at_once_in_three_conversations_are_the_robots(tmp_path: Path) -> None:
    outcome = read(tmp_path, log([0, 1, 2]))
    assert robots(outcome) == [WELCOME] * 3
    assert {m.sender for m in outcome.messages if m.role is Role.ROBOT} == {None}, "the agent did not send it"
    assert {talk.agent for talk in outcome.conversations} == {"好物店:小云"}
    (note,) = outcome.ledger.notes
    assert "当作自动回复" in note.text
    assert f"「{WELCOME}」（3 个会话）" in note.text


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (log([1, 1]), "two conversations are chance"),
        (log([1, 1, 3]), "the third came later"),
        (log([1, 1, 1], text="在的亲"), "people type three characters as well"),
        (log([1, 1, 1, 9, 9]), "the agent sends it by hand as well"),
        (log([1, 1], first=1) + log([1, 1], agent="别家店:小云", first=3), "two shops"),
        ([[*row[:5], row[5] if row[5] != WELCOME else f"{row[0]}{WELCOME}"] for row in log([1, 1, 1])], "other words"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_automatic_reply(rows: list[list[str]], why: str, tmp_path: Path) -> None:
    outcome = read(tmp_path, rows)
    assert robots(outcome) == [], why
    assert outcome.ledger.notes == []


def test_the_customers_name_in_it_makes_no_difference(tmp_path: Path) -> None:
    rows = [[*row[:5], row[5] if row[5] != WELCOME else f"{row[4]}，{WELCOME}"] for row in log([1, 1, 1])]
    assert robots(read(tmp_path, rows)) == [f"买家{n}，{WELCOME}" for n in (1, 2, 3)]


def test_times_by_the_minute_tell_nothing(tmp_path: Path) -> None:
    rows = [[talk, f"{time[:17]}00", *rest] for talk, time, *rest in log([0, 0, 0, 0])]
    assert robots(read(tmp_path, rows)) == []


def test_one_time_for_a_whole_conversation_tells_nothing(tmp_path: Path) -> None:
    rows = [[talk, f"{time[:17]}07", *rest] for talk, time, *rest in log([0, 0, 0, 0])]
    assert robots(read(tmp_path, rows)) == []


def test_the_second_of_two_automatic_messages_is_found_too(tmp_path: Path) -> None:
    menu = "1 查物流 2 退换货 3 人工客服，请回复数字"
    rows = log([1, 1, 1])
    rows += [[talk, time, role, *names, menu] for talk, time, role, *names, text in rows if text == WELCOME]
    assert sorted(robots(read(tmp_path, rows))) == sorted([WELCOME, menu] * 3)


def test_sent_by_hand_once_it_is_still_the_agents_there(tmp_path: Path) -> None:
    outcome = read(tmp_path, log([1, 1, 1, 1, 30]))
    by = [message.role for message in outcome.messages if message.text == WELCOME]
    assert by == [Role.ROBOT] * 4 + [Role.AGENT]


def test_newest_first_logs_are_understood(tmp_path: Path) -> None:
    assert robots(read(tmp_path, log([1, 1, 1])[::-1])) == [WELCOME] * 3


def test_of_too_many_suspects_the_rarest_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoreply, "MOST_SUSPECTS", 4)
    others = [row for n in range(20, 40) for row in log([1], text=f"第 {n} 种说法，只说一次", first=n)]
    assert robots(read(tmp_path, log([1] * 19) + others)) == [WELCOME] * 19
