"""Service figures by platform: one log with four known answers, boundaries, transfers, merging."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.chat import Conversation, Kind, Message, Role
from auditor.cli.loading import load_rules
from auditor.cli.main import main
from auditor.presets import Preset
from auditor.reports.kpirecords import reached, service_record, shown
from auditor.service import Service, Waits, is_closer, split

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
PRESETS = load_rules(())[0].presets


def counted(name: str, agent: str | None = None) -> Service:
    service = Service()
    for talk in TALKS:
        if agent is None or agent in talk.agents:
            service.add(talk, PRESETS[name], agent)
    return service


@pytest.mark.parametrize("name", ["taobao", "tmall"])
def test_taobao_counts_rounds_and_caps_the_mean(name: str) -> None:
    service = counted(name)
    assert service.waits.count + service.unanswered == 10
    assert service.waits.within(180) == 7
    assert service.reply_rate(PRESETS[name]) == pytest.approx(0.7)
    assert service.mean == pytest.approx(198.0)


def test_jd_counts_first_answers_of_sessions() -> None:
    service = counted("jd")
    assert service.sessions == 7
    assert sorted(service.first.histogram.elements()) == [20, 20, 25, 40, 130, 475]
    assert service.first_rate(PRESETS["jd"]) == pytest.approx(3 / 7)


@pytest.mark.parametrize("name", ["pdd", "kuaishou"])
def test_pdd_counts_consumers(name: str) -> None:
    service = counted(name)
    assert len(service.consumers) == 6
    assert {customer for (customer, _), late in service.consumers.items() if late} == {"乙", "丙", "丁"}
    assert service.reply_rate(PRESETS[name]) == pytest.approx(0.5)


@pytest.mark.parametrize("unit", ["session-mean", "session-all"])
def test_douyin_counts_sessions_under_both_wordings(unit: str) -> None:
    service = Service()
    preset = replace(PRESETS["douyin"], unit=unit)
    for talk in TALKS:
        service.add(talk, preset)
    assert (service.sessions_in_time, service.sessions) == (4, 7)


def test_the_house_counts_every_round_and_courtesies_apart() -> None:
    service, house = counted("house"), PRESETS["house"]
    assert service.unanswered == 2
    assert service.closers == 1
    assert service.reply_rate(house) == pytest.approx(8 / 11)
    assert service.reply_rate(house, fair=True) == pytest.approx(8 / 10)
    assert service.robot_messages == 2


@pytest.mark.parametrize(("wait", "late"), [(179, False), (180, False), (181, True)])
def test_the_limit_itself_is_in_time(wait: int, late: bool) -> None:
    start = datetime(2026, 11, 16, 10)
    answer = Message(Role.AGENT, "在", start.replace(minute=wait // 60, second=wait % 60), "一号")
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么", start), answer), customer="甲")
    service = Service()
    service.add(talk, PRESETS["taobao"])
    assert service.reply_rate(PRESETS["taobao"]) == (0 if late else 1)


def test_a_transfer_before_the_reply_stays_with_the_old_agent() -> None:
    start = datetime(2026, 11, 16, 10)
    talk = Conversation("x", (
        Message(Role.CUSTOMER, "在么", start),
        Message(Role.AGENT, "转给二号", start.replace(second=20), "一号", Kind.TRANSFER),
        Message(Role.AGENT, "您好", start.replace(second=50), "二号"),
    ), customer="甲")  # fmt: skip
    old, new = Service(), Service()
    old.add(talk, PRESETS["taobao"], "一号")
    new.add(talk, PRESETS["taobao"], "二号")
    assert (old.unanswered, old.mean) == (1, 600.0)
    assert (new.waits.count, new.mean) == (1, 50.0)


def test_questions_outside_the_hours_are_messages_left() -> None:
    start = datetime(2026, 11, 16, 23, 30)
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么", start), Message(Role.AGENT, "在", start, "一号")))
    service = Service()
    service.add(talk, PRESETS["pdd"])
    assert (service.off_hours, service.off_hours_answered, service.waits.count) == (1, 1, 0)


def test_missing_times_are_counted_not_guessed() -> None:
    talk = Conversation("x", (Message(Role.CUSTOMER, "在么"), Message(Role.AGENT, "在", None, "一号")))
    service = Service()
    service.add(talk, PRESETS["house"])
    assert service.without_time == 1
    record = service_record(service, PRESETS["house"])
    assert record["response_mean_s"] is None
    assert record["rounds_without_time"] == 1


def test_orders_give_the_conversion() -> None:
    talk = Conversation("x", (
        Message(Role.CUSTOMER, "想买"), Message(Role.SYSTEM, "买家已下单", None, None, Kind.ORDER),
        Message(Role.SYSTEM, "买家已付款", None, None, Kind.ORDER),
    ))  # fmt: skip
    service = Service()
    service.add(talk, PRESETS["house"])
    service.add(Conversation("y", (Message(Role.CUSTOMER, "看看"),)), PRESETS["house"])
    record = service_record(service, PRESETS["house"])
    assert (record["ordered_rate"], record["paid_rate"], record["conversion_rate"]) == (0.5, 1.0, 0.5)


@given(st.permutations(range(len(TALKS))), st.integers(0, len(TALKS)))
def test_partial_figures_merge_exactly(order: list[int], cut: int) -> None:
    parts = [Service(), Service()]
    for at, number in enumerate(order):
        parts[at < cut].add(TALKS[number], PRESETS["taobao"])
    parts[0].merge(parts[1])
    assert service_record(parts[0], PRESETS["taobao"]) == service_record(counted("taobao"), PRESETS["taobao"])


@given(st.lists(st.floats(0, 10_000), min_size=1))
def test_percentiles_lie_between_the_waits(values: list[float]) -> None:
    waits = Waits()
    for value in values:
        waits.add(value)
    middle = waits.percentile(0.5)
    assert middle is not None
    assert min(values) <= middle <= max(values) + 1
    assert waits.within(10_000) == len(values)


@pytest.mark.parametrize(("text", "closer"), [
    ("好的", True), ("谢谢您了", True), ("嗯嗯~", True), ("👌", True), ("OK", True),
    ("好的，那运费呢", False), ("谢谢，什么时候发", False), ("行不行", False),
])  # fmt: skip
def test_courtesy_closers(text: str, closer: bool) -> None:
    assert is_closer(text) is closer


def test_a_pause_cuts_a_session() -> None:
    assert [len(part.messages) for part in split(TALKS[-1], 600)] == [2, 2]
    assert [len(part.messages) for part in split(TALKS[-1], 1800)] == [4]


def test_figures_are_shown_with_their_unit() -> None:
    assert shown("first_response_mean_s", 27.84) == "27.8 秒"
    assert shown("reply_rate", 0.923) == "92.3%"
    assert shown("rounds", 12) == "12 轮"
    assert shown("reply_rate", None) == "—"
    assert reached("reply_rate", 0.9, 0.9) is True
    assert reached("response_mean_s", 31, 30) is False
    assert reached("response_mean_s", None, 30) is None


@pytest.mark.parametrize("form", ["text", "csv", "json"])
def test_the_command_prints_every_agent(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for talk in TALKS:
            messages = [
                {"role": str(m.role), "text": m.text, "time": str(m.time), "sender": m.sender} for m in talk.messages
            ]
            agent = talk.agents[0] if talk.agents else None
            record = {"conversation": talk.id, "customer": talk.customer, "agent": agent, "messages": messages}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    with pytest.raises(SystemExit) as stop:
        main(["kpi", str(path), "--profile", "taobao", "--format", form])
    assert not stop.value.code
    told = capsys.readouterr().out
    assert all(name in told for name in ("一号", "二号"))
    if form == "json":
        assert json.loads(told)["team"]["reply_rate"] == 0.7
    if form == "text":
        assert "70.0%*" in told
    if form == "csv":
        assert told.splitlines()[0].startswith("客服,口径,接待会话（个）")


def test_a_preset_that_makes_no_sense_is_told(tmp_path: Path) -> None:
    from auditor.errors import AuditorError

    path = tmp_path / "mine.toml"
    path.write_text('[preset.mine]\ntitle = "我的"\nas_of = "2026"\nsource = "我"\nunti = "round"\nunit = "rounds"\n'
                    'targets = {reply_rat = 0.9}\n', encoding="utf-8")
    with pytest.raises(AuditorError) as refused:
        load_rules((path,))
    told = str(refused.value)
    assert "preset.mine.unti: 不认识这一项，是不是想写「unit」" in told
    assert "preset.mine.unit: 「rounds」不在可选值" in told
    assert "preset.mine.targets.reply_rat: 不认识这一项" in told


def test_own_preset_replaces_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = '[preset.house]\ntitle = "本店"\nas_of = "2026"\nsource = "店规"\nreply_limit = 60\n'
    path.write_text(text, encoding="utf-8")
    preset = load_rules((path,))[0].preset("house")
    assert isinstance(preset, Preset)
    assert (preset.title, preset.reply_limit, preset.hours) == ("本店", 60, (480, 1380))
