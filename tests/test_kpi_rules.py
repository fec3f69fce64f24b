"""The timing rules and the response figures count the same rounds, whatever the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.chat import Conversation, Message, Role
from auditor.engine import audit
from auditor.kpis import contact
from auditor.readers import Ledger, Options, parse_zone, read
from auditor.rulepresets import load_presets
from auditor.ruleset import RuleSet, load
from auditor.service import Service

NAMES = sorted(load_presets())
#: Timing rules of the catalogue that ask how many rounds took longer than their limit: rule -> seconds.
EACH = {"round-over-180s": 180, "round-over-600s-or-unanswered": 600}
FIRST = "slow-first-response"
REAL = Path(__file__).resolve().parents[2] / "shared" / "real" / "day-2026-11-16.csv"


@cache
def rules() -> RuleSet:
    """The shipped timing rules and presets."""
    shipped = Path(__file__).resolve().parents[1] / "rules"
    return load((Path(__file__).with_name("data") / "alone.toml", *(shipped / name for name in (
        "response.toml", "platforms.toml", "scoring.toml"))))  # fmt: skip


def slow_by_rules(talks: Sequence[Conversation], name: str) -> dict[str, int]:
    """Late replies found by each rule (questions that nobody answered left out)."""
    found = dict.fromkeys((*EACH, FIRST), 0)
    for audited in audit(talks, rules(), name):
        for finding in audited.findings:
            message = finding.hit.message
            late = message is not None and audited.conversation.messages[message].role is not Role.CUSTOMER
            if finding.rule.id in found and late:
                found[finding.rule.id] += 1
    return found


def slow_by_figures(talks: Sequence[Conversation], name: str) -> dict[str, int]:
    """Late rounds by the figures, courtesies left out as the rules do."""
    found = {}
    for rule, limit in EACH.items():
        preset, service = replace(rules().preset(name), reply_limit=limit), Service()
        for talk in talks:
            service.add(contact(talk, preset))
        courtesies = service.courtesies.count - service.courtesies.within(limit)
        found[rule] = service.late(preset) - courtesies
    service = Service()
    for talk in talks:
        service.add(contact(talk, rules().preset(name)))
    limit = 30 if name == "jd" else 60
    found[FIRST] = service.first.count - service.first.within(limit)
    return found


TEXTS = st.sampled_from(["这款还有货吗", "几号能发", "好的", "谢谢", "有的", "嗯嗯", "在么"])
SPEAKERS = st.sampled_from([Role.CUSTOMER, Role.CUSTOMER, Role.AGENT, Role.ROBOT])
PAUSES = st.one_of(st.sampled_from([1, 179, 180, 181, 599, 600, 601, 1800, 1801]), st.integers(0, 40_000))
LOGS = st.lists(st.lists(st.tuples(SPEAKERS, PAUSES, TEXTS), max_size=9), max_size=4)


@settings(max_examples=40)
@given(LOGS, st.sampled_from(NAMES))
def test_rules_and_figures_find_the_same_slow_rounds(log: list[list[tuple[Role, int, str]]], name: str) -> None:
    talks = []
    for number, said in enumerate(log):
        time, messages = datetime(2026, 11, 16, 7, 30), []
        for role, pause, text in said:
            time += timedelta(seconds=pause)
            messages.append(Message(role, text, time, "小例" if role is Role.AGENT else None))
        talks.append(Conversation(str(number), tuple(messages), "小例", "顾客"))
    assert slow_by_rules(talks, name) == slow_by_figures(talks, name)


def timed(*clocks: str) -> Conversation:
    """Customer and agent by turns, at these times."""
    messages = tuple(
        Message(Role.AGENT if at % 2 else Role.CUSTOMER, "有的" if at % 2 else "这款还有货吗",
                datetime.fromisoformat(f"2026-11-16 {clock}"), "小例" if at % 2 else None)
        for at, clock in enumerate(clocks)
    )  # fmt: skip
    return Conversation("x", messages, "小例", "顾客")


#: A slow round asked at this time counts on these platforms.
CLOCKS = [
    ("07:59:00", set()),
    ("08:30:00", {"house", "taobao", "tmall", "pdd", "douyin", "kuaishou"}),
    ("09:00:00", set(NAMES)),
    ("22:59:59", set(NAMES)),
    ("23:00:00", set()),
]


@pytest.mark.parametrize(("clock", "platforms"), CLOCKS)
def test_each_platforms_hours_hold_for_rules_and_figures(clock: str, platforms: set[str]) -> None:
    answered = (datetime.fromisoformat(f"2026-11-16 {clock}") + timedelta(seconds=200)).strftime("%H:%M:%S")
    talk = timed(clock, answered)
    assert {name for name in NAMES if slow_by_rules([talk], name)["round-over-180s"]} == platforms
    assert {name for name in NAMES if slow_by_figures([talk], name)["round-over-180s"]} == platforms


def test_jd_goes_by_the_start_of_the_session() -> None:
    early = timed("08:56:00", "08:56:20", "09:00:00", "09:04:00")
    assert slow_by_rules([early], "jd") == slow_by_figures([early], "jd") == dict.fromkeys((*EACH, FIRST), 0)
    assert slow_by_rules([early], "pdd")["round-over-180s"] == 1


@pytest.mark.skipif(not REAL.exists(), reason="the real day is not here")
@pytest.mark.parametrize("name", NAMES)
def test_on_a_real_day_rules_and_figures_agree(name: str) -> None:
    talks = list(read([REAL], Options(zone=parse_zone("Asia/Shanghai")), Ledger()))
    found = slow_by_rules(talks, name)
    assert found == slow_by_figures(talks, name)
    assert found["round-over-180s"] > 0
