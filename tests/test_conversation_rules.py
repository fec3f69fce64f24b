"""What the shipped rules take from whole conversations: one charge for one thing left undone, steps, slips of form."""

from __future__ import annotations

import pytest

from auditor.cli.loading import load_rules
from auditor.engine import audit_one
from auditor.ruleexamples import dialogue
from auditor.ruleset import HOUSE, RuleSet
from auditor.scoring import Scored, score_conversation


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    """The built-in rules and models."""
    rules, _ = load_rules(())
    return rules


def judged(rules: RuleSet, said: str) -> Scored:
    """A dialogue, its turns parted by slashes, held against the house profile and scored."""
    talk = dialogue(said.replace(" / ", "\n"))
    return score_conversation(audit_one(talk, rules.profiles[HOUSE], rules), rules.scheme)


def taken(result: Scored) -> dict[str, float]:
    """Rule -> points taken."""
    points: dict[str, float] = {}
    for charge in result.charges:
        if charge.charged:
            points[charge.finding.rule.id] = points.get(charge.finding.rule.id, 0.0) + charge.charged
    return points


def test_a_last_question_left_alone_is_charged_once(shipped: RuleSet) -> None:
    result = judged(shipped, "客户: 有货吗 / 客服: 亲，有的，欢迎下单 / 客户: 好的 / 客户: 那运费谁出呢")
    found = {c.finding.rule.id: c.covered_by for c in result.charges if not c.finding.exemption}
    assert taken(result) == {"question-unanswered": 10}
    assert found["customer-has-last-word"] == "question-unanswered"


def test_a_question_met_by_a_closing_is_charged_once(shipped: RuleSet) -> None:
    result = judged(shipped, "客户: 质保多久呢 / 客服: 请问还有其他可以帮到您的吗 / 客户: 没了 / 客服: 感谢支持，再见")
    found = {c.finding.rule.id: c.covered_by for c in result.charges if not c.finding.exemption}
    assert taken(result)["question-unanswered"] == 10
    assert found["closes-before-solved"] == "question-unanswered"


def test_two_different_things_left_undone_are_charged_apart(shipped: RuleSet) -> None:
    result = judged(shipped, "客户: 运费谁出 / 客服: 亲，欢迎光临 / 客户: 好吧 / 客服: 好的呢 / 客户: 我要改地址")
    assert taken(result) == {"question-unanswered": 10, "customer-has-last-word": 3}


def test_a_slip_of_form_alone_is_only_pointed_out(shipped: RuleSet) -> None:
    result = judged(shipped, "客户: 有货吗 / 客服: 有货的 / 客户: 好，知道了 / 客服: 嗯嗯，马上安排哦")
    found = {c.finding.rule.id for c in result.charges if c.reminder}
    assert {"missing-greeting", "missing-farewell"} <= found
    assert (taken(result), result.score) == ({}, 100)


def test_a_slip_of_form_counts_beside_another_fault(shipped: RuleSet) -> None:
    result = judged(shipped, "客户: 运费谁出 / 客服: 质量很好的 / 客户: 好吧 / 客服: 嗯嗯，马上安排哦")
    assert taken(result) == {"question-unanswered": 10, "missing-greeting": 3, "missing-farewell": 3}
    assert result.score == 84


@pytest.mark.parametrize(("last", "points"), [("好吧，谢谢", 3), ("那几天能到", 0)])
def test_no_farewell_takes_points_only_if_the_customer_closed_the_talk(
    shipped: RuleSet, last: str, points: float
) -> None:
    result = judged(shipped, f"客户: 运费谁出 / 客服: 亲，质量很好的 / 客户: {last} / 客服: 三天左右哦")
    found = [c for c in result.charges if c.finding.rule.id == "missing-farewell"]
    assert [(c.reminder, c.stands) for c in found] == [(not points, bool(points))]
    assert taken(result).get("missing-farewell", 0) == points


@pytest.mark.parametrize(
    ("replies", "points"),
    [
        ("客服: 您好 / 客服: 您点一下申请退款", 10),
        ("客服: 非常抱歉，让您失望了 / 客服: 您点一下申请退款", 5),
        ("客服: 非常抱歉，这就给您补发一个 / 客服: 今天寄出，单号稍后发您", 0),
    ],
)
def test_each_missing_step_after_a_complaint_is_charged(shipped: RuleSet, replies: str, points: float) -> None:
    result = judged(shipped, f"客户: 收到的杯子碎了 / {replies}")
    assert taken(result).get("after-sales-step-missing", 0) == points
