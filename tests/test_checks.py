"""Every check kind against dialogues that a QA lead can read: what is hit, with which words, and what is excused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from factory_rules import COLD, REFUSAL, load, rule
from hypothesis import given
from hypothesis import strategies as st

from auditor.chat import Conversation, Message, Role
from auditor.checks import KINDS
from auditor.checks.talk import Talk, Tools
from auditor.engine import audit
from auditor.errors import AuditorError
from auditor.rule import Rule
from auditor.rulebuild import build_rule
from auditor.ruleexamples import dialogue
from auditor.rulefields import Source
from auditor.text import Tokenizer

DIALOGUES = Path(__file__).parent / "dialogues"


def build(fields: dict[str, Any]) -> Rule:
    """A rule with these fields; whatever is wrong with them fails the test."""
    source = Source("test.toml", {}, lambda name: (name,))
    table = {**{key: value for key, value in REFUSAL.items() if key != "words"}, **fields}
    built = build_rule(source, ("rule", 0), table)
    assert not source.problems
    assert built is not None
    return built


def cases() -> list[Any]:
    """Every case of every file of dialogues."""
    found = []
    for path in sorted(DIALOGUES.glob("*.toml")):
        for check in tomllib.loads(path.read_text(encoding="utf-8"))["check"]:
            for case in check["case"]:
                name = f"{path.stem}-{check['name']}-{case['why']}"
                found.append(pytest.param(check["rule"], case, id=name.encode("unicode_escape").decode()))
    return found


@pytest.mark.parametrize(("fields", "case"), cases())
def test_dialogue(fields: dict[str, Any], case: dict[str, Any]) -> None:
    checked = build(fields)
    talk = Talk(dialogue(case["said"]), Tools(Tokenizer(checked.check.vocabulary), {"tone": COLD}))
    judged = checked.judge(talk)
    assert judged.missing == case.get("missing")
    expected = case.get("hits", [])
    shown = []
    for (hit, exemption), wanted in zip(judged.hits, expected, strict=False):
        seen: dict[str, Any] = {}
        if hit.message is not None:
            seen["message"] = hit.message + 1
        if "words" in wanted and hit.message is not None and hit.span is not None:
            seen["words"] = talk.messages[hit.message].text[slice(*hit.span)]
        if "evidence" in wanted:
            seen["evidence"] = hit.evidence
        if exemption is not None:
            seen["exempt"] = wanted["exempt"] if wanted.get("exempt", "\0") in exemption else exemption
        shown.append(seen)
    assert shown == expected
    assert len(judged.hits) == len(expected), judged.hits


def test_every_kind_has_dialogues() -> None:
    covered = {param.values[0]["kind"] for param in cases()}
    assert covered | {"all"} == set(KINDS)


OTHERS = (
    rule(id="refusal", code="T1"),
    rule(id="told-off", code="T2", words=["自己看"], unless=["您自己看中"], bad=["客服: 自己看"]),
    rule(id="sorry", code="T3", words=["抱歉"], status="off", good=["客服: 好"], bad=["客服: 抱歉"]),
)


@pytest.mark.parametrize(("fields", "said", "hit"), [
    ({"rules": ["refusal", "told-off"]}, "客服: 不能退\n客户: 哦\n客服: 自己看", (2, "说了「不能退」；说了「自己看」")),
    ({"rules": ["refusal", "told-off"]}, "客服: 不能退\n客服: 您自己看中的", None),
    ({"any": ["told-off", "refusal"]}, "客服: 不能退", (0, "说了「不能退」")),
    ({"any": ["told-off", "refusal"]}, "客服: 好", None),
    ({"rules": ["refusal"], "none": ["sorry"]}, "客服: 抱歉，不能退", None),
    ({"rules": ["refusal"], "none": ["sorry"]}, "客服: 不能退", (0, "说了「不能退」")),
    ({"none": ["sorry"]}, "客服: 好", None),
])  # fmt: skip
def test_a_rule_may_rest_on_others(
    tmp_path: Path, fields: dict[str, Any], said: str, hit: tuple[int, str] | None
) -> None:
    both = rule(id="both", code="T4", kind="all", words=None, status="trial", good=["客户: 好"], bad=None, **fields)
    text = both.replace("[[rule]]\n", '[[rule]]\nbad = ["客服: 自己看，不能退"]\n')
    if "none" in fields and len(fields) == 1:
        text = text.replace('status = "trial"', 'status = "off"')
    rules = load(tmp_path, *OTHERS, text)
    talk = Talk(dialogue(said), rules.tools, rules.every)
    hits = rules.every["both"].judge(talk).hits
    assert [(found.message, found.evidence) for found, _ in hits] == ([] if hit is None else [hit])


@pytest.mark.parametrize(("said", "hits"), [
    ("客服: 自己看\n客户: 哦\n客服: 没货", [(0, "说了「自己看」", False), (2, "说了「没货」", False)]),
    ("客服: 没货，自己看", [(0, "说了「没货」", False)]),
    ("客服: 没货的话自己看\n客服: 您自己看中", [(0, "说了「没货」", True)]),
], ids=["in the order of the messages", "once a message", "exempt hits stand and are not charged anew"])  # fmt: skip
def test_what_other_rules_say_may_count_too(tmp_path: Path, said: str, hits: list[tuple[int, str, bool]]) -> None:
    wide = rule(id="wide", code="T4", words=["没货"], also=["told-off"], unless=["没货的话"], bad=["客服: 自己看"])
    rules = load(tmp_path, *OTHERS, wide)
    judged = rules.every["wide"].judge(Talk(dialogue(said), rules.tools, rules.every))
    assert [(hit.message, hit.evidence, reason is not None) for hit, reason in judged.hits] == hits


@pytest.mark.parametrize(("also", "said"), [
    (["nobody"], "没有规则「nobody」"),
    (["both"], "「both」也是组合规则，不能再组合"),
])  # fmt: skip
def test_a_rule_rests_only_on_rules_that_stand_alone(tmp_path: Path, also: list[str], said: str) -> None:
    both = rule(id="both", code="T5", kind="all", words=None, any=["refusal"], bad=["客服: 不能退"])
    with pytest.raises(AuditorError, match=said):
        load(tmp_path, *OTHERS, both, rule(id="wide", code="T4", also=also))


@given(
    st.lists(st.tuples(st.sampled_from(list(Role)), st.text(alphabet="不能退好的亲 ，抱歉12", max_size=8)), max_size=12)
)
def test_whatever_is_said_every_kind_can_judge_it(lines: list[tuple[Role, str]]) -> None:
    talk = Conversation("会话", tuple(Message(role, text) for role, text in lines))
    for parameters in cases():
        checked = build(parameters.values[0])
        for hit, _ in checked.judge(Talk(talk, TOOLS)).hits:
            assert hit.evidence
            assert hit.message is None or 0 <= hit.message < len(lines)
            assert hit.span is None or (hit.message is not None and hit.span[1] <= len(lines[hit.message][1]))


TOOLS = Tools(Tokenizer(), {"tone": COLD})


def test_findings_keep_the_order_of_the_rules_and_name_who_answers(tmp_path: Path) -> None:
    rules = load(tmp_path, *OTHERS)
    talk = Conversation("会话", (
        Message(Role.AGENT, "自己看，不能退", sender="小云"), Message(Role.AGENT, "不能退"),
    ), agent="小雨")  # fmt: skip
    [audited] = audit([talk], rules)
    assert [(f.rule.id, f.hit.message, f.agent) for f in audited.findings] == [
        ("refusal", 0, "小云"), ("refusal", 1, "小雨"), ("told-off", 0, "小云"),
    ]  # fmt: skip
