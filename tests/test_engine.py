"""One pass: conversations stream, each is held against the rules of its profile, findings have names that last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from factory_rules import COLD, alone, load, rule, write
from test_ruleset_errors import MODEL_RULE

from auditor import ruleset
from auditor.chat import Conversation, Message, Role
from auditor.engine import Audited, audit
from auditor.errors import Place
from auditor.ruleexamples import dialogue
from auditor.ruleset import RuleSet

SLOW = {
    "id": "slow", "code": "T09", "kind": "reply-time", "words": None, "which": "first", "limit": 30,
    "good": ["客户@09:00:00: 在吗\n客服@09:00:05: 在"], "bad": ["客户@09:00:00: 在吗\n客服@09:01:00: 在"],
}  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    profile = (
        '[profile.jd]\naliases = ["京东"]\n[profile.jd.slow]\nlimit = 10\n[profile.jd.blunt-refusal]\nstatus = "off"\n'
    )
    return ruleset.load([write(tmp_path, alone(rule(), rule(**SLOW)) + profile)])


def one(talk: Conversation, rules: RuleSet, profile: str | None = None) -> Audited:
    [audited] = audit([talk], rules, profile)
    return audited


def test_conversations_stream(rules: RuleSet) -> None:
    """The next conversation is not asked for before the last one is done with."""
    asked: list[int] = []

    def log() -> Iterator[Conversation]:
        for number in range(3):
            asked.append(number)
            yield dialogue("客服: 不能退")

    for number, audited in enumerate(audit(log(), rules)):
        assert len(audited.findings) == 1
        assert asked == list(range(number + 1))


def test_the_platform_chooses_the_profile_unless_the_user_does(rules: RuleSet) -> None:
    talk = dialogue("客户@09:00:00: 能退吗\n客服@09:00:20: 不能退")
    names = {
        (None, None): ["blunt-refusal"],
        ("京东", None): ["slow"],
        (" JD ", None): ["slow"],
        ("京东", "house"): ["blunt-refusal"],
        ("别处", "jd"): ["slow"],
    }
    for (platform, profile), expected in names.items():
        found = one(replace(talk, platform=platform), rules, profile).findings
        assert [finding.rule.id for finding in found] == expected, (platform, profile)


def test_what_cannot_be_judged_is_said(rules: RuleSet) -> None:
    audited = one(dialogue("客户: 能退吗\n客服: 可以的"), rules)
    assert audited.not_evaluable == (("slow", "消息没有时间"),)
    assert audited.findings == ()


def test_the_waits_of_a_conversation(rules: RuleSet) -> None:
    audited = one(dialogue("客户@09:00:00: 在吗\n客服@09:00:20: 在\n客户@09:01:00: 好\n客服@09:03:00: 嗯"), rules)
    assert (audited.first_response, audited.longest_wait, audited.human_spoke) == (20.0, 120.0, True)
    silent = one(dialogue("客户: 在吗\n机器人: 在"), rules)
    assert (silent.first_response, silent.longest_wait, silent.human_spoke) == (None, None, False)
    assert one(dialogue("系统: 开始"), rules).first_response is None


def test_a_fingerprint_lasts_while_the_words_stay(rules: RuleSet) -> None:
    talk = Conversation("S1", (
        Message(Role.AGENT, "不能退，不能退", sender="小云", place=Place("a.csv", 2)),
        Message(Role.AGENT, "不能退，不能退", sender="小云"),
        Message(Role.AGENT, "不能退", sender="小雨"),
    ))  # fmt: skip
    marks = [finding.fingerprint for finding in one(talk, rules).findings]
    assert len(set(marks)) == 5
    assert all(len(mark) == 16 for mark in marks)
    moved = replace(talk, messages=(Message(Role.CUSTOMER, "在吗"), *(replace(m, place=None) for m in talk.messages)))
    assert [finding.fingerprint for finding in one(moved, rules).findings] == marks
    for other in (
        replace(talk, id="S2"),
        replace(talk, messages=tuple(replace(m, sender="乙") for m in talk.messages)),
    ):
        assert not set(marks) & {finding.fingerprint for finding in one(other, rules).findings}


def test_half_a_character_harms_nothing(rules: RuleSet) -> None:
    talk = Conversation("S\ud83d", (Message(Role.AGENT, "\ud83d不能退", sender="小\udc00"),))
    [finding] = one(talk, rules).findings
    assert finding.hit.span == (1, 4)


def test_a_model_is_asked_once_for_a_text(tmp_path: Path) -> None:
    asked: list[str] = []

    class Counting(type(COLD)):  # type: ignore[misc]
        def predict(self, text: str) -> object:
            asked.append(text)
            return super().predict(text)

    rules = load(tmp_path, rule(**MODEL_RULE), models=lambda _: Counting(COLD.known))
    asked.clear()
    talk = dialogue("客服: 你自己看说明\n客服: 你自己看说明\n客服: 您好呀亲亲")
    assert [finding.hit.message for finding in one(talk, rules).findings] == [0, 1]
    assert asked == ["你自己看说明", "您好呀亲亲"]
