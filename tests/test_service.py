"""Service figures by platform: one log with four known answers, boundaries, transfers, merging."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.chat import Conversation, Kind, Message, Role
from auditor.kpis import contact
from auditor.presets import Preset
from auditor.reports.kpirecords import contact_record, hour_records, service_record
from auditor.ruleexamples import dialogue
from auditor.rulepresets import load_presets
from auditor.service import Service, taking_part
from auditor.waits import Waits

#: Own wording of the log that four platforms count differently: customer, time, who, agent, text.
LOG = """
甲 07:59:30 客户 - 人在么
甲 08:00:10 客服 一号 来了您请讲
乙 10:10:15 客户 - 这款还有么
乙 10:15:20 客户 - 人呢
乙 10:18:10 客服 一号 还有的
乙 10:18:30 客户 - 几号寄
乙 10:19:00 客服 一号 今日寄
丙 11:00:00 客户 - 能减多少
丙 11:00:01 机器人 一号 您好稍候
丙 11:00:25 客服 一号 两百减二十
丙 11:01:00 客户 - 好的谢谢
丁 12:00:00 客户 - 包裹到哪了
丁 12:00:02 机器人 一号 请稍候
戊 22:59:50 客户 - 想退掉
戊 23:02:00 客服 二号 您好我看一下
己 14:00:00 客户 - 穿几码
己 14:00:20 客服 二号 中码
己 14:08:00 客户 - 什么色好
己 14:08:40 客服 二号 黑的
庚 15:00:00 客户 - 穿几码
庚 15:00:20 客服 二号 中码
庚 15:20:00 客户 - 什么色好
庚 15:20:40 客服 二号 黑的
"""
ROLES = {"客户": Role.CUSTOMER, "客服": Role.AGENT, "机器人": Role.ROBOT}


def talks() -> list[Conversation]:
    messages: dict[str, list[Message]] = {}
    for line in LOG.strip().splitlines():
        customer, clock, who, agent, text = line.split()
        time = datetime.fromisoformat(f"2026-11-16 {clock}")
        sender = agent if who == "客服" else None
        messages.setdefault(customer, []).append(Message(ROLES[who], text, time, sender))
    return [Conversation(name, tuple(said), customer=name) for name, said in messages.items()]


TALKS = talks()
PRESETS = load_presets()
HOUSE, TAOBAO = PRESETS["house"], PRESETS["taobao"]


def count(talks: list[Conversation], preset: Preset, agent: str | None = None) -> Service:
    """The figures of some conversations: everybody's, or one agent's of those that the agent took part in."""
    service = Service()
    for talk in talks:
        cut = contact(talk, preset)
        if agent is None or agent in taking_part(cut):
            service.add(cut, agent)
    return service


def counted(name: str, agent: str | None = None) -> Service:
    return count(TALKS, PRESETS[name], agent)


@pytest.mark.parametrize("name", ["taobao", "tmall"])
def test_taobao_counts_rounds_and_caps_the_mean(name: str) -> None:
    service = counted(name)
    assert service.timed_rounds == 10
    assert service.waits.within(180) == 7
    assert service.reply_rate(PRESETS[name]) == pytest.approx(0.7)
    assert service.mean == 198.0


def test_jd_counts_first_answers_of_sessions() -> None:
    service = counted("jd")
    assert service.sessions == service.first_asked == 7
    assert sorted(service.first.histogram.elements()) == [20, 20, 25, 40, 130, 475]
    assert service.first_rate(PRESETS["jd"]) == 3 / 7
    assert (service.off_hours, service.off_hours_answered) == (1, 1)


@pytest.mark.parametrize("name", ["pdd", "kuaishou"])
def test_pdd_counts_consumers(name: str) -> None:
    service = counted(name)
    assert len(service.consumers) == 6
    assert {customer for (customer, _), (late, _) in service.consumers.items() if late} == {"乙", "丙", "丁"}
    assert service.reply_rate(PRESETS[name]) == 0.5
    assert service.reply_rate(PRESETS[name], fair=True) == 4 / 6


@pytest.mark.parametrize("unit", ["session-mean", "session-all"])
def test_douyin_counts_sessions_under_both_wordings(unit: str) -> None:
    preset = replace(PRESETS["douyin"], unit=unit)
    service = count(TALKS, preset)
    assert (service.judged.in_time, service.judged.count) == (4, 7)
    assert service.reply_rate(preset) == 4 / 7
    assert service.reply_rate(preset, fair=True) == 5 / 7


def test_the_two_wordings_of_douyin_differ() -> None:
    talk = dialogue("客户@09:00:00: 在\n客服@09:05:00: 在\n客户@09:06:00: 有货吗\n客服@09:06:10: 有")
    mean, all_of_them = (replace(PRESETS["douyin"], unit=unit) for unit in ("session-mean", "session-all"))
    assert count([talk], mean).reply_rate(mean) == 1
    assert count([talk], all_of_them).reply_rate(all_of_them) == 0


def test_the_house_counts_its_hours_and_courtesies_apart() -> None:
    service = counted("house")
    assert (service.timed_rounds, service.unanswered, service.closers, service.off_hours) == (10, 2, 1, 1)
    assert service.reply_rate(HOUSE) == 7 / 10
    assert service.reply_rate(HOUSE, fair=True) == 7 / 9
    assert service.late(HOUSE) == 1
    assert service.robot_messages == 2


#: The whole golden log by hand: presets by what a manager reads first.
GOLDEN = {
    "house": (6, 7, 10, 0.7, 0.7778, 97.5, 475.0),
    "taobao": (6, 7, 10, 0.7, 0.7778, 198.0, 475.0),
    "tmall": (6, 7, 10, 0.7, 0.7778, 198.0, 475.0),
    "jd": (7, 7, 10, 0.7, 0.7778, 97.5, 475.0),
    "pdd": (6, 7, 10, 0.5, 0.6667, 97.5, 475.0),
    "douyin": (7, 7, 10, 0.5714, 0.7143, 97.5, 475.0),
    "kuaishou": (6, 7, 10, 0.5, 0.6667, 97.5, 475.0),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_log_to_the_digit(name: str) -> None:
    service = counted(name)
    record = service_record(service, PRESETS[name])
    keys = ("reply_rate", "reply_rate_fair", "response_mean_s", "longest_wait_s")
    found = (record["sessions"], service.waits.within(180), service.timed_rounds, *(record[key] for key in keys))
    assert found == GOLDEN[name]


@pytest.mark.parametrize("limit", [30, 60, 180, 600])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_limit_itself_is_in_time(limit: int, off: int) -> None:
    asked = datetime(2026, 11, 16, 10)
    answer = Message(Role.AGENT, "在", asked + timedelta(seconds=limit + off), "一号")
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么", asked), answer), customer="甲")
    for preset in PRESETS.values():
        preset = replace(preset, first_limit=limit, reply_limit=limit)
        service = count([talk], preset)
        assert service.reply_rate(preset) == service.first_rate(preset) == (off <= 0)
        assert service.late(preset) == (off > 0)
        assert service.within(limit) == (off <= 0)


@pytest.mark.parametrize(("wait", "mean"), [(599, 599.0), (600, 600.0), (601, 600.0), (None, 600.0)])
def test_taobao_caps_a_round_at_600_seconds(wait: int | None, mean: float) -> None:
    asked = datetime(2026, 11, 16, 10)
    answer = [Message(Role.AGENT, "在", asked + timedelta(seconds=wait), "一号")] if wait is not None else []
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么", asked), *answer), customer="甲")
    assert count([talk], TAOBAO).mean == mean
    assert count([talk], HOUSE).mean == (None if wait is None else wait)


TRANSFERS = [
    ("一号", Role.AGENT, "转给二号"), (None, Role.SYSTEM, "客服一号将会话转给客服二号"),
    (None, Role.SYSTEM, "由 一号 转交给 二号"), (None, Role.SYSTEM, "一号转接给二号"),
]  # fmt: skip


@pytest.mark.parametrize(("sender", "role", "note"), TRANSFERS)
def test_a_transfer_before_the_reply_stays_with_the_old_agent(sender: str | None, role: Role, note: str) -> None:
    start = datetime(2026, 11, 16, 10)
    talk = Conversation("x", (
        Message(Role.CUSTOMER, "在么", start),
        Message(role, note, start.replace(second=20), sender, Kind.TRANSFER),
        Message(Role.AGENT, "您好", start.replace(second=50), "二号"),
    ), customer="甲")  # fmt: skip
    assert set(taking_part(contact(talk, TAOBAO))) == {"一号", "二号"}
    old, new, team = (count([talk], TAOBAO, agent) for agent in ("一号", "二号", None))
    assert (old.unanswered, old.mean, old.transfers) == (1, 600.0, 1)
    assert (new.waits.count, new.mean, new.transfers) == (1, 50.0, 0)
    assert (team.unanswered, team.waits.count, team.transfers) == (0, 1, 1)
    assert count([talk], PRESETS["pdd"], "一号").unanswered == 0


def test_a_transfer_after_the_reply_costs_nobody_a_round() -> None:
    talk = Conversation("x", (
        Message(Role.CUSTOMER, "在么"), Message(Role.AGENT, "您好，为您转接", None, "一号"),
        Message(Role.SYSTEM, "", None, None, Kind.TRANSFER), Message(Role.AGENT, "您好", None, "二号"),
    ))  # fmt: skip
    assert [count([talk], TAOBAO, agent).unanswered for agent in ("一号", "二号", None)] == [0, 0, 0]
    assert [count([talk], TAOBAO, agent).transfers for agent in ("一号", "二号", None)] == [1, 0, 1]


@pytest.mark.parametrize("note", ["机器人转接到人工客服", "用户发起转人工", "转接失败，对方不在线"])
def test_what_nobody_handed_over_is_no_transfer(note: str) -> None:
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么"), Message(Role.SYSTEM, note, kind=Kind.TRANSFER)), "一号")
    assert count([talk], TAOBAO).transfers == 0


def test_questions_outside_the_hours_are_messages_left() -> None:
    night = Conversation("x", (
        Message(Role.CUSTOMER, "在么", datetime(2026, 11, 16, 23, 30)),
        Message(Role.AGENT, "在", datetime(2026, 11, 17, 8, 20), "一号"),
    ))  # fmt: skip
    at_once = replace(night, messages=(night.messages[0], replace(night.messages[1], time=night.messages[0].time)))
    never = replace(night, messages=night.messages[:1])
    service = count([night, at_once, never], PRESETS["pdd"])
    assert (service.off_hours, service.off_hours_answered, service.timed_rounds) == (3, 2, 0)
    assert sorted(service.follow_up.histogram.elements()) == [0, 1200]


def test_missing_times_are_counted_not_guessed() -> None:
    untimed = Conversation("x", (Message(Role.CUSTOMER, "在么"), Message(Role.AGENT, "在", None, "一号")))
    for preset in PRESETS.values():
        record = service_record(count([untimed], preset), preset)
        assert record["rounds_without_time"] == 1
        missing = ("response_mean_s", "first_response_mean_s", "first_rate", "reply_rate", "reply_rate_fair",
                   "rounds_within_180s_rate", "longest_wait_s", "handling_mean_s", "typing_per_minute",
                   "peak_conversations")  # fmt: skip
        assert {record[name] for name in missing} == {None}
        assert record["answer_ratio"] == 1


def test_a_clock_that_runs_backwards_is_counted_apart() -> None:
    service = count([dialogue("客户@09:00:10: 在吗\n客服@09:00:00: 在")], HOUSE)
    assert (service.backwards, service.without_time, service.waits.count, service.reply_rate(HOUSE)) == (1, 0, 0, None)


def test_what_a_robot_received_alone_is_in_neither_part_of_taobaos_rate() -> None:
    asked = datetime(2026, 11, 16, 10)
    robot = Message(Role.ROBOT, "48 小时内发出", asked, "店小蜜")
    talk = Conversation("x", (Message(Role.CUSTOMER, "几号发", asked), robot), "一号", "甲")
    service = count([talk], TAOBAO)
    assert (service.robot_rounds, service.timed_rounds, service.reply_rate(TAOBAO)) == (1, 0, None)
    bot = replace(talk, messages=(talk.messages[0], replace(robot, sender="智能客服")))
    assert count([bot], PRESETS["kuaishou"]).reply_rate(PRESETS["kuaishou"]) is None
    assert count([talk], PRESETS["pdd"]).reply_rate(PRESETS["pdd"]) == 0


def test_an_assisting_robots_reply_is_valid_on_taobao_only() -> None:
    asked = datetime(2026, 11, 16, 10)
    robot = Message(Role.ROBOT, "[智能辅助]今天发出", asked + timedelta(seconds=8))
    talk = Conversation("x", (Message(Role.CUSTOMER, "几号发", asked), robot), "一号", "甲")
    rates = {name: count([talk], preset).reply_rate(preset) for name, preset in PRESETS.items()}
    assert rates == {"house": 0, "taobao": 1, "tmall": 1, "jd": 0, "pdd": 0, "douyin": 0, "kuaishou": 0}
    assert count([talk], TAOBAO).first.mean == 8


ORDERS = [
    (["买家已下单"], (1, 0)), (["买家已付款"], (1, 1)), (["买家已下单", "买家已付款"], (1, 1)),
    (["订单待付款，下单时间 10:00"], (1, 0)), (["您选择了一个订单进行咨询"], (0, 0)), ([], (0, 0)),
    (["买家已拍下并付款，订单号 1，金额 79.90 元"], (1, 1)), (["买家已拍下，等待付款"], (1, 0)),
    (["支付超时，交易关闭"], (1, 0)),
    (["买家申请退款，已付 20 元"], (0, 0)), (["拼单成功，已支付"], (1, 1)), (["订单已发货，付款时间 10:00"], (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("notes", "expected"), ORDERS)
def test_orders_that_follow_an_inquiry(notes: list[str], expected: tuple[int, int]) -> None:
    events = tuple(Message(Role.SYSTEM, note, None, None, Kind.ORDER) for note in notes)
    service = count([Conversation("x", (Message(Role.CUSTOMER, "想买"), *events))], HOUSE)
    assert (service.inquiries, service.ordered, service.paid) == (1, *expected)
    before = count([Conversation("x", (*events, Message(Role.CUSTOMER, "想退")))], HOUSE)
    assert (before.ordered, before.paid) == (0, 0)


def test_conversion_is_orders_times_payments() -> None:
    def bought(*notes: str) -> Conversation:
        events = (Message(Role.SYSTEM, note, None, None, Kind.ORDER) for note in notes)
        return Conversation("x", (Message(Role.CUSTOMER, "想买"), *events))

    talks = [bought("买家已下单", "买家已付款"), bought("买家已下单"), bought(), bought()]
    record = service_record(count(talks, HOUSE), HOUSE)
    assert (record["ordered_rate"], record["paid_rate"], record["conversion_rate"]) == (0.5, 0.5, 0.25)
    assert service_record(count([bought()], HOUSE), HOUSE)["conversion_rate"] is None


def test_typing_is_measured_while_answering() -> None:
    said = "客户@09:00:00: 怎么洗\n客服@09:00:20: 您好\n客服@09:00:30: 冷水手洗就行\n客户@09:05:00: 好"
    service = count([dialogue(said)], HOUSE)
    assert (service.typing_characters, service.typing_ms) == (8, 30_000)
    assert service_record(service, HOUSE)["typing_per_minute"] == 16


def test_time_of_handling_and_the_most_at_once() -> None:
    one = dialogue("客户@09:00:00: 在\n客服@09:00:10: 在\n客户@09:10:00: 好\n客服@09:10:30: 嗯")
    other = dialogue("客户@09:10:40: 在\n客服@09:12:00: 在")
    apart = dialogue("客户@09:12:59: 在\n客服@09:13:00: 在")
    service = count([one, other, apart], HOUSE)
    assert sorted(service.handling.histogram.elements()) == [1, 80, 630]
    assert service.peak == 2
    assert count([one, other, apart], HOUSE, "小例").peak == 2


def test_every_figure_by_hour() -> None:
    said = "客户@09:59:50: 在\n客服@10:00:20: 在\n客户@10:01:00: 多少钱\n客服@10:05:00: 十元\n客户@10:06:00: 好贵"
    hours = hour_records(count([dialogue(said)], HOUSE))
    assert list(hours) == ["09", "10"]
    assert hours["09"]["first_response_mean_s"] == hours["09"]["response_mean_s"] == 30
    assert hours["10"] == {
        "customer_messages": 2, "rounds_asked": 2, "unanswered_rounds": 1, "first_response_mean_s": None,
        "response_mean_s": 240, "response_p90_s": 240, "longest_wait_s": 240, "rounds_over_180s": 1,
    }  # fmt: skip


def test_agents_share_the_teams_messages_and_rounds_between_them() -> None:
    for name, preset in PRESETS.items():
        team, agents = counted(name), [counted(name, agent) for agent in ("一号", "二号")]
        nobody = sum(len(item.said) for talk in TALKS if not talk.agents for item in contact(talk, preset).rounds)
        assert sum(one.customer_messages for one in agents) + nobody == team.customer_messages
        assert sum(one.agent_messages for one in agents) == team.agent_messages
        assert sum(one.waits.count for one in agents) == team.waits.count


def test_conversations_add_up_to_the_team() -> None:
    names = ("rounds", "wait_sum_s", "late_rounds", "unanswered_rounds", "customer_messages", "agent_characters")
    for preset in PRESETS.values():
        lines = [contact_record(contact(talk, preset)) for talk in TALKS]
        sums = [sum(line[name] for line in lines) for name in names]  # type: ignore[misc]
        team = count(TALKS, preset)
        assert sums == [team.waits.count, team.waits.total_ms / 1000, team.late(preset), team.unanswered,
                        team.customer_messages, team.agent_characters]  # fmt: skip


@given(st.permutations(range(len(TALKS))), st.integers(0, len(TALKS)), st.sampled_from(sorted(PRESETS)))
def test_partial_figures_merge_exactly(order: list[int], cut: int, name: str) -> None:
    parts = [Service(), Service()]
    for at, number in enumerate(order):
        parts[at < cut].add(contact(TALKS[number], PRESETS[name]))
    parts[0].merge(parts[1])
    assert parts[0] == counted(name)


CLOCK = st.lists(st.tuples(st.booleans(), st.floats(0, 2000, allow_nan=False)), max_size=8)


@given(st.lists(CLOCK, max_size=5), st.integers(0, 5), st.sampled_from(sorted(PRESETS)))
def test_merging_any_conversations_in_any_order_is_exact(
    clocks: list[list[tuple[bool, float]]], cut: int, name: str
) -> None:
    talks = []
    for number, clock in enumerate(clocks):
        time, messages = datetime(2026, 11, 16, 7), []
        for asks, pause in clock:
            time += timedelta(seconds=pause)
            messages.append(Message(Role.CUSTOMER if asks else Role.AGENT, "话", time, None if asks else "一号"))
        talks.append(Conversation(str(number), tuple(messages), "一号", "甲"))
    first, second = count(talks[:cut], PRESETS[name]), count(talks[cut:], PRESETS[name])
    second.merge(first)
    assert second == count(talks, PRESETS[name])


@given(st.lists(st.floats(0, 10_000), min_size=1))
def test_percentiles_lie_between_the_waits(values: list[float]) -> None:
    waits = Waits()
    for value in values:
        waits.add(value)
    middle = waits.percentile(0.5)
    assert middle is not None
    assert min(values) <= middle <= max(values) + 1
    assert waits.within(10_000) == len(values)


def test_percentiles_by_hand() -> None:
    waits = Waits()
    for value in [*range(1, 20), 1000]:
        waits.add(value)
    assert [waits.percentile(part) for part in (0.5, 0.9, 0.95, 1)] == [10, 18, 19, 1000]
    assert Waits().percentile(0.5) is None


@pytest.mark.parametrize(("text", "closer"), [
    ("好的", True), ("谢谢您了", True), ("嗯嗯~", True), ("👌", True), ("OK", True), ("好的谢谢", True),
    ("好的，那运费呢", False), ("谢谢，什么时候发", False), ("行不行", False), ("在吗", False), ("？", False),
])  # fmt: skip
def test_courtesy_closers(text: str, closer: bool) -> None:
    cut = contact(Conversation("x", (Message(Role.CUSTOMER, text),)), HOUSE)
    assert [cut.courtesy(item) for item in cut.rounds] == [closer]


def test_a_picture_is_no_courtesy() -> None:
    picture = Message(Role.CUSTOMER, "[图片]", kind=Kind.IMAGE)
    cut = contact(Conversation("x", (Message(Role.CUSTOMER, "好的"), picture)), HOUSE)
    assert [cut.courtesy(item) for item in cut.rounds] == [False]
