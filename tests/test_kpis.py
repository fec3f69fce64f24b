"""Rounds and sessions: the one definition that response figures and timing rules rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.chat import Conversation, Kind, Message, Role
from auditor.kpis import contact, rounds
from auditor.presets import USUAL, Preset, until_open, within_hours
from auditor.ruleexamples import dialogue
from auditor.text import Lexicon

#: Question, reply, wait in seconds, first of its session.
CASES = [
    ("机器人不停表", "客户@09:00:00: 在吗\n机器人@09:00:01: 您好\n客服@09:02:00: 在", [(0, 2, 120.0, True)]),
    ("连问几句是一轮", "客户@09:00:00: 在吗\n客户@09:00:30: 人呢\n客服@09:01:00: 在", [(0, 2, 60.0, True)]),
    ("连答几句是一轮", "客户@09:00:00: 在吗\n客服@09:00:10: 在\n客服@09:05:00: 请讲", [(0, 1, 10.0, True)]),
    (
        "第二轮不是首次",
        "客户@09:00:00: 在\n客服@09:00:10: 在\n客户@09:01:00: 好\n客服@09:01:05: 嗯",
        [(0, 1, 10.0, True), (2, 3, 5.0, False)],
    ),
    (
        "最后没有人答",
        "客户@09:00:00: 在\n客服@09:00:10: 在\n客户@09:01:00: 有货吗\n机器人@09:01:01: 有",
        [(0, 1, 10.0, True), (2, None, None, False)],
    ),
    ("从来没有人答", "客户@09:00:00: 在吗", [(0, None, None, True)]),
    ("没有时间", "客户: 在吗\n客服@09:00:10: 在", [(0, 1, None, True)]),
    (
        "图片是提问也是回答，订单和撤回不是",
        "系统[订单]@08:59:00: 下单\n客户[图片]@09:00:00: 1.jpg\n客服[撤回]@09:00:05: 撤回\n客服[卡片]@09:00:20: 卡",
        [(1, 3, 20.0, True)],
    ),
    ("客服先开口", "客服@09:00:00: 您好\n客户@09:00:10: 好\n客服@09:00:11: 嗯", [(1, 2, 1.0, True)]),
    ("同一秒", "客户@09:00: 在吗\n客服@09:00: 在", [(0, 1, 0.0, True)]),
    ("没有人说话", "系统: 会话开始", []),
    (
        "隔了半小时以上再开口，又是一次首次响应",
        "客户@09:00:00: 在\n客服@09:00:10: 在\n客户@09:30:11: 在吗\n客服@09:30:20: 在",
        [(0, 1, 10.0, True), (2, 3, 9.0, True)],
    ),
    (
        "正好半小时不另算",
        "客户@09:00:00: 在\n客服@09:00:10: 在\n客户@09:30:10: 在吗\n客服@09:30:20: 在",
        [(0, 1, 10.0, True), (2, 3, 10.0, False)],
    ),
    ("一直没人答，再问还是那一轮", "客户@09:00:00: 在\n客户@10:00:00: 人呢\n客服@10:00:10: 在", [(0, 2, 3610.0, True)]),
    ("隔很久才答也是这一轮的回答", "客户@09:00:00: 在\n客服@11:00:00: 在", [(0, 1, 7200.0, True)]),
    (
        "跟进不是新会话里的回答",
        "客户@09:00:00: 在\n客服@09:00:10: 在\n客服@12:00:00: 亲，考虑好了吗\n客户@12:01:00: 要\n客服@12:01:05: 好",
        [(0, 1, 10.0, True), (3, 4, 5.0, True)],
    ),
]


@pytest.mark.parametrize(("why", "said", "expected"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_rounds(why: str, said: str, expected: list[tuple[int, int | None, float | None, bool]]) -> None:
    found = [(item.question, item.reply, item.wait, item.first) for item in rounds(dialogue(said))]
    assert found == expected, why


THANKS = replace(USUAL, closers=Lexicon(["好的"]))


@pytest.mark.parametrize(("later", "waits"), [
    ("客服@09:31:01: 亲，明天有活动", [10.0, None]),
    ("客服@09:31:00: 亲，明天有活动", [10.0, 1800.0]),
    ("客户@12:00:00: 有白色吗\n客服@12:00:09: 有", [10.0, None, 9.0]),
    ("客户@09:05:00: 有白色吗\n客服@09:05:09: 有", [10.0, 249.0]),
])  # fmt: skip
def test_what_is_said_much_later_does_not_answer_a_courtesy(later: str, waits: list[float | None]) -> None:
    talk = dialogue(f"客户@09:00:00: 在吗\n客服@09:00:10: 在\n客户@09:01:00: 好的\n{later}")
    assert [item.wait for item in rounds(talk, THANKS)] == waits


BY_SESSION = replace(USUAL, hours_by="session", gap=600.0)


def test_where_sessions_count_a_new_contact_leaves_the_old_question_unanswered() -> None:
    talk = dialogue("客户@09:00:00: 在\n客户@09:10:01: 人呢\n客服@09:10:20: 在")
    assert [(item.reply, item.wait, item.first) for item in rounds(talk, BY_SESSION)] == [
        (None, None, True), (2, 19.0, True),
    ]  # fmt: skip
    one_second_sooner = dialogue("客户@09:00:00: 在\n客户@09:10:00: 人呢\n客服@09:10:20: 在")
    assert [item.wait for item in rounds(one_second_sooner, BY_SESSION)] == [620.0]


def test_a_late_reply_belongs_to_the_session_of_its_question() -> None:
    found = contact(dialogue("客户@09:00:00: 在\n客服@09:20:00: 在\n客户@09:21:00: 有货吗"), BY_SESSION)
    assert found.starts == (0,)
    assert [item.wait for item in found.rounds] == [1200.0, None]


@pytest.mark.parametrize(("clock", "counts"), [
    ("07:59:59", False), ("08:00:00", True), ("22:59:59", True), ("23:00:00", False), ("02:00:00", False),
])  # fmt: skip
def test_the_question_decides_whether_a_round_counts(clock: str, counts: bool) -> None:
    (item,) = rounds(dialogue(f"客户@{clock}: 在吗\n客服@23:59:00: 在"))
    assert item.open is counts


@pytest.mark.parametrize(("start", "counts"), [("07:59:59", False), ("08:00:00", True), ("22:59:50", True)])
def test_or_the_start_of_the_session_does(start: str, counts: bool) -> None:
    talk = dialogue(f"客户@{start}: 在吗\n客服@23:01:00: 在\n客户@23:02:00: 有货吗\n客服@23:02:30: 有")
    assert {item.open for item in rounds(talk, replace(BY_SESSION, gap=60_000.0))} == {counts}


NIGHT = replace(USUAL, hours=(20 * 60, 2 * 60))


@pytest.mark.parametrize(("clock", "counts"), [
    ("19:59:59", False), ("20:00:00", True), ("23:59:59", True), ("00:00:00", True), ("01:59:59", True),
    ("02:00:00", False),
])  # fmt: skip
def test_hours_may_run_over_midnight(clock: str, counts: bool) -> None:
    assert NIGHT.open(datetime.fromisoformat(f"2026-11-16 {clock}")) is counts


def test_a_round_may_run_over_midnight() -> None:
    asked, answered = datetime(2026, 11, 16, 23, 59, 50), datetime(2026, 11, 17, 0, 0, 20)
    talk = Conversation("x", (Message(Role.CUSTOMER, "在吗", asked), Message(Role.AGENT, "在", answered, "小例")))
    (item,) = rounds(talk, NIGHT)
    assert (item.wait, item.open) == (30.0, True)


@pytest.mark.parametrize(("clock", "seconds"), [
    ("07:59:00", 60.0), ("08:00:00", 0.0), ("22:00:00", 0.0), ("23:00:00", 9 * 3600.0), ("00:00:00", 8 * 3600.0),
])  # fmt: skip
def test_time_until_the_shop_opens(clock: str, seconds: float) -> None:
    assert until_open((480, 1380), datetime.fromisoformat(f"2026-11-16 {clock}")) == seconds


def test_a_clock_that_runs_backwards_gives_no_wait() -> None:
    (item,) = rounds(dialogue("客户@09:00:10: 在吗\n客服@09:00:00: 在"))
    assert (item.wait, item.backwards) == (None, True)


ASSIST: list[tuple[str, str | None, bool]] = [
    ("[智能辅助]这款有货", None, True), ("【智能辅助】这款有货", "小例", True), ("这款有货", "店:智能辅助", True),
    ("[自动回复]您好", None, False), ("您好，我是智能辅助", None, False), ("这款有货", "店:服务助手", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sender", "valid"), ASSIST)
def test_an_assisting_robot_answers_where_the_platform_says_so(text: str, sender: str | None, valid: bool) -> None:
    asked = Message(Role.CUSTOMER, "有货吗", datetime(2026, 11, 16, 9))
    robot = Message(Role.ROBOT, text, datetime(2026, 11, 16, 9, 0, 5), sender)
    talk = Conversation("x", (asked, robot), "小例")
    assert [item.wait for item in rounds(talk, replace(USUAL, assist_counts=True))] == [5.0 if valid else None]
    assert [item.wait for item in rounds(talk)] == [None]


def test_what_a_robot_received_alone_is_marked_where_the_platform_leaves_it_out() -> None:
    asked, later = datetime(2026, 11, 16, 9), datetime(2026, 11, 16, 9, 1)
    robot = Message(Role.ROBOT, "48 小时内发出", asked, "店小蜜")
    talk = Conversation("x", (Message(Role.CUSTOMER, "几号发", asked), robot), "小例")
    human = replace(talk, messages=(*talk.messages, Message(Role.AGENT, "今天发", later, "小例")))
    preset = replace(USUAL, reception_marks=("店小蜜",))
    assert [item.robot for item in rounds(talk, preset)] == [True]
    assert [item.robot for item in rounds(human, preset)] == [False]
    assert [item.robot for item in rounds(talk)] == [False]


PEOPLE = st.sampled_from([Role.CUSTOMER, Role.AGENT, Role.ROBOT, Role.SYSTEM])
SAID = st.lists(st.tuples(PEOPLE, st.integers(0, 2000), st.sampled_from([Kind.TEXT, Kind.IMAGE, Kind.TRANSFER])),
                max_size=12)  # fmt: skip
PRESETS = st.sampled_from([USUAL, BY_SESSION, NIGHT, replace(USUAL, unit="session-mean", gap=300.0)])


def talk_of(said: list[tuple[Role, int, Kind]]) -> Conversation:
    """A conversation whose messages come so many seconds after one another."""
    time, messages = datetime(2026, 11, 16, 7), []
    for role, pause, kind in said:
        time += timedelta(seconds=pause)
        messages.append(Message(role, "话", time, "小例" if role is Role.AGENT else None, kind))
    return Conversation("x", tuple(messages), "小例", "顾客")


@given(SAID, st.tuples(PEOPLE, st.integers(0, 90_000), st.just(Kind.TEXT)), PRESETS)
def test_a_later_message_never_changes_earlier_rounds(
    said: list[tuple[Role, int, Kind]], later: tuple[Role, int, Kind], preset: Preset
) -> None:
    before, after = rounds(talk_of(said), preset), rounds(talk_of([*said, later]), preset)
    closed = [item for item in before if item.reply is not None]
    assert [item for item in after if item in closed] == closed
    assert len(after) in (len(before), len(before) + 1)


@given(SAID, PRESETS)
def test_every_customer_message_is_in_one_round(said: list[tuple[Role, int, Kind]], preset: Preset) -> None:
    talk = talk_of(said)
    found = contact(talk, preset)
    asked = [i for i, m in enumerate(talk.messages) if m.role is Role.CUSTOMER and m.kind is not Kind.TRANSFER]
    assert [index for item in found.rounds for index in item.said] == asked
    assert sum(item.first for item in found.rounds) <= len(found.starts)
    assert [i for span, _ in found.sessions for i in span] == list(range(len(talk.messages)))


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 86_399))
def test_hours_and_their_opening_agree(begin: int, end: int, second: int) -> None:
    moment = datetime(2026, 11, 16) + timedelta(seconds=second)
    wait = until_open((begin, end), moment)
    if begin != end:
        assert within_hours((begin, end), moment + timedelta(seconds=wait))
        assert (wait == 0) is within_hours((begin, end), moment)
