"""Scores follow from findings by arithmetic that anybody can check: golden tables, and laws that hold for any case."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from factory_reports import rule
from hypothesis import given
from hypothesis import strategies as st

from auditor.charging import Charge
from auditor.chat import Conversation, Message, Role
from auditor.checks.base import Hit
from auditor.engine import Audited, Finding
from auditor.kpis import contact, rounds
from auditor.rule import Grade, Rule, Scheme, Severity, Status
from auditor.scoring import Scorecard, Scored, Tally, score_conversation, scorecard

WEIGHTS = {"违规红线": 20.0, "服务态度": 30.0, "业务流程": 20.0, "响应时效": 20.0, "话术规范": 10.0}
GRADES = (Grade("A", "优秀", 90), Grade("B", "良好", 80), Grade("D", "待改进", 0))
SCHEME = Scheme(WEIGHTS, 90.0, 5.0, GRADES)
GOLDEN = tomllib.loads((Path(__file__).parent / "scoring.toml").read_text(encoding="utf-8"))
_FINDING = re.compile(r"([a-z-]+)(?:@(\d+)(?::(\d+)-(\d+))?)?(?:/([^!]+))?(!)?")


def _rule(name: str, fields: dict[str, Any]) -> Rule:
    given = {key: value for key, value in fields.items() if key not in ("dimension", "severity", "points")}
    more: dict[str, Any] = {"status": Status(given.pop("status", "live")), **given, "id": name}
    return rule(name[:3], name, fields["dimension"], Severity(fields["severity"]), float(fields["points"]), **more)


RULES = {name: _rule(name, fields) for name, fields in GOLDEN["rules"].items()}
DIMENSION_OF = {name: item.dimension for name, item in RULES.items()}
TALK = Conversation(
    "会话",
    (*[Message(Role.AGENT, "一二三四五六七八九十", sender="小云")] * 8, Message(Role.AGENT, "好", sender="小雨")),
    agent="小云",
)


def finding(text: str, number: int = 0) -> Finding:
    """``refusal@2:0-3/小雨!`` as a finding."""
    match = _FINDING.fullmatch(text)
    assert match is not None, text
    name, message, start, end, agent, exempt = match.groups()
    span = (int(start), int(end)) if start else None
    hit = Hit(int(message) if message else None, span, name)
    return Finding(RULES[name], TALK.id, agent or "小云", hit, "豁免" if exempt else None, f"{number:016d}")


def scored(findings: list[Finding], talk: Conversation = TALK) -> Scored:
    return score_conversation(Audited(talk, tuple(findings), (), tuple(rounds(talk))), SCHEME)


@pytest.mark.parametrize("case", GOLDEN["case"], ids=[str(number) for number in range(len(GOLDEN["case"]))])
def test_golden_case(case: dict[str, Any]) -> None:
    result = scored([finding(text, number) for number, text in enumerate(case["findings"])])
    assert [charge.charged for charge in result.charges] == case["charged"], case["why"]
    covered = case.get("covered", [""] * len(case["charged"]))
    assert [charge.covered_by or "" for charge in result.charges] == covered, case["why"]
    assert result.score == case["score"], case["why"]
    assert result.fatal is case.get("fatal", False)
    for agent, score in case.get("shares", {"小云": case["score"]}).items():
        assert result.shares[agent].score == score, case["why"]


def test_what_costs_nothing_is_written_as_zero_without_a_sign() -> None:
    over = scored([finding("praise@1:0-2"), finding("praise@2:0-2"), finding("praise@3:0-2")])
    assert [str(charge.charged) for charge in over.charges] == ["-3.0", "-3.0", "0.0"]


@pytest.mark.parametrize(("text", "stands"), [
    ("refusal@1:0-3", True), ("refusal@1:0-3!", False), ("trial@1:0-3", False), ("late-often@1", True),
    ("note@1:0-2", True),
])  # fmt: skip
def test_what_stands_against_somebody(text: str, stands: bool) -> None:
    assert scored([finding(text)]).charges[0].stands is stands
    assert Charge(finding(text), 0.0, "rude").stands is False


def test_with_no_human_there_is_nobody_to_judge() -> None:
    robot = Conversation("机器人", (Message(Role.CUSTOMER, "在吗"), Message(Role.ROBOT, "您好")), agent="小云")
    result = scored([finding("refusal")], robot)
    assert (result.score, result.shares) == (None, {})


FINDINGS = st.builds(
    lambda name, message, start, length, agent, exempt: (
        f"{name}@{message}"
        + (f":{start}-{start + length}" if length else "")
        + ("/小雨" if agent else "")
        + ("!" if exempt else "")
    ),
    st.sampled_from(sorted(RULES)),
    st.integers(0, 7),
    st.integers(0, 8),
    st.integers(0, 4),
    st.booleans(),
    st.booleans(),
)
MANY = st.lists(FINDINGS, max_size=14)


def numbered(texts: list[str]) -> list[Finding]:
    return [finding(text, number) for number, text in enumerate(texts)]


@given(MANY)
def test_laws_of_one_conversation(texts: list[str]) -> None:
    result = scored(numbered(texts))
    assert result.score is not None
    assert 0 <= result.score <= 100
    assert result.fatal is any(c.finding.rule.id == "off-site" and c.charged > 0 for c in result.charges)
    for share in (result.whole, *result.shares.values()):
        assert 0 <= share.score <= 100
        assert 0 <= share.bonus <= SCHEME.bonus_cap
        assert share.fatal or all(0 <= lost <= WEIGHTS[name] for name, lost in share.lost.items())
        assert share.fatal or share.score == pytest.approx(min(100, 100 - sum(share.lost.values()) + share.bonus))
    spent: dict[tuple[str, str | None], float] = {}
    for charge in result.charges:
        rule, agent = charge.finding.rule, charge.finding.agent
        assert abs(charge.charged) <= rule.points
        assert charge.charged == 0 or charge.stands
        assert (charge.charged < 0) is (rule.severity is Severity.BONUS and charge.charged != 0)
        spent[rule.id, agent] = spent.get((rule.id, agent), 0) + abs(charge.charged)
    for (name, _), points in spent.items():
        assert points <= RULES[name].cap or RULES[name].severity is Severity.FATAL


@given(MANY)
def test_no_piece_of_text_is_charged_twice(texts: list[str]) -> None:
    charged = [c.finding for c in scored(numbered(texts)).charges if c.charged > 0]
    for at, one in enumerate(charged):
        for other in charged[at + 1 :]:
            a, b = one.hit, other.hit
            if a.message == b.message and a.span and b.span and one.rule is not other.rule:
                assert a.span[1] <= b.span[0] or b.span[1] <= a.span[0]


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_findings_changes_nothing(texts: list[str], chance: Any) -> None:
    findings = numbered(texts)
    before = {c.finding.fingerprint: (c.charged, c.covered_by) for c in scored(findings).charges}
    chance.shuffle(findings)
    after = scored(findings)
    assert {c.finding.fingerprint: (c.charged, c.covered_by) for c in after.charges} == before
    assert after.score == scored(numbered(texts)).score


@given(MANY, st.sampled_from([name for name, item in RULES.items() if item.severity is not Severity.BONUS]))
def test_a_finding_on_text_of_its_own_never_raises_the_score(texts: list[str], name: str) -> None:
    before = scored(numbered(texts)).score
    after = scored([*numbered(texts), finding(f"{name}@8:0-1", 99)]).score
    assert before is not None
    assert after is not None
    assert after <= before


@given(MANY, FINDINGS)
def test_a_bonus_never_lowers_the_score(texts: list[str], place: str) -> None:
    bonus = place.replace(place.split("@")[0], "praise", 1).rstrip("!")
    before, after = scored(numbered(texts)).score, scored([*numbered(texts), finding(bonus, 99)]).score
    assert before is not None
    assert after is not None
    assert after >= before


def tally_of(results: list[Scored], agent: str = "小云") -> Tally:
    tally = Tally()
    for result in results:
        tally.add(result.shares[agent], [c for c in result.charges if c.finding.agent == agent], SCHEME)
        talk = result.audited.conversation
        tally.served(talk, agent, [contact(talk)])
    return tally


def timed(number: int, wait: int) -> Conversation:
    start = datetime(2026, 11, 1 + number, 9)
    asked, answered = (
        Message(Role.CUSTOMER, "在吗", start),
        Message(Role.AGENT, "在", start.replace(minute=wait), "小云"),
    )
    return replace(TALK, messages=(asked, answered, *TALK.messages[1:]))


DAYS = st.lists(st.tuples(MANY, st.integers(0, 9)), max_size=6)


@given(DAYS, st.integers(0, 6))
def test_merged_tallies_are_one_tally(days: list[tuple[list[str], int]], cut: int) -> None:
    results = [scored(numbered(texts), timed(number, wait)) for number, (texts, wait) in enumerate(days)]
    whole, first, second = tally_of(results), tally_of(results[:cut]), tally_of(results[cut:])
    other_way = tally_of(results[cut:])
    other_way.merge(tally_of(results[:cut]))
    first.merge(second)
    assert first == whole
    assert scorecard("小云", None, other_way, SCHEME, DIMENSION_OF) == scorecard(
        "小云", None, whole, SCHEME, DIMENSION_OF
    )


@given(DAYS)
def test_laws_of_a_scorecard(days: list[tuple[list[str], int]]) -> None:
    results = [scored(numbered(texts), timed(number, wait)) for number, (texts, wait) in enumerate(days)]
    card = scorecard("小云", "店", tally_of(results), SCHEME, DIMENSION_OF)
    assert card.conversations == len(days)
    if not days:
        assert (card.score, card.score_low, card.pass_rate, card.grade, card.bonus) == (None, None, None, None, 0)
        assert all(row.score == row.full for row in card.dimensions)
        return
    assert card.score is not None
    assert 0 <= card.score <= 100
    assert card.grade is not None
    assert card.score >= card.grade.least
    assert card.pass_rate == sum(r.shares["小云"].score >= 90 for r in results) / len(results)
    assert (card.score_low is None) is (len(days) < 2)
    if card.score_low is not None and card.score_high is not None:
        assert 0 <= card.score_low <= card.score <= card.score_high <= 100
    assert all(-1e-9 <= row.score <= row.full for row in card.dimensions)
    assert card.figures.waits.count == len(days)


def card_of(*conversations: list[str]) -> Scorecard:
    tally = tally_of([scored(numbered(texts)) for texts in conversations])
    tally.settle()
    return scorecard("小云", "店", tally, SCHEME, DIMENSION_OF)


def test_a_scorecard_by_hand() -> None:
    card = card_of(
        ["refusal@1:0-3", "slow@2"], [], ["off-site@1:0-2"], ["trial@1:0-3", "rude@1:0-2!", "cold@2:0-2", "rude@2:0-4"]
    )
    assert card.score == (92 + 100 + 0 + 92) / 4
    assert card.pass_rate == 3 / 4
    assert card.fatal == 1
    assert card.grade == Grade("D", "待改进", 0)
    # Mean of 92, 100, 0, 92; standard deviation 47.4 of a sample of 4; 1.96 x 47.4 / 2.
    assert card.score_low == pytest.approx(71 - 46.53, abs=0.01)
    assert card.score_high == 100
    by_name = {row.name: row for row in card.dimensions}
    assert by_name["服务态度"].score == 30 - (5 + 0 + 30 + 8) / 4
    assert by_name["服务态度"].charged == 2
    assert by_name["响应时效"].score == 20 - (3 + 20) / 4
    rude = card.rules["rude"]
    assert (rude.hits, rude.charged, rude.exempt, rude.covered, rude.points, rude.conversations) == (2, 1, 1, 0, 8, 1)
    assert (card.rules["cold"].covered, card.rules["trial"].trial, card.rules["trial"].charged) == (1, 1, 0)


def test_a_rule_for_the_agent_is_charged_once_whatever_the_number_of_conversations() -> None:
    assert card_of(["late-often@1"], ["late-often@2", "late-often@3"], []).score == 90
    assert card_of(["late-often@1!"], []).score == 100
    assert card_of(["late-often@1"] * 3, ["off-site@1:0-1"]).score == 40


def test_a_rule_for_the_agent_costs_the_most_that_any_profile_says() -> None:
    dear = replace(finding("late-often@1"), rule=replace(RULES["late-often"], points=15))
    for order in ([dear, finding("late-often@2")], [finding("late-often@2"), dear]):
        tallies = [tally_of([scored([one])]) for one in order]
        tallies[0].merge(tallies[1])
        assert tallies[0].once == {"late-often": 15}
        assert tally_of([scored(order)]).once == {"late-often": 15}


def test_the_team_counts_all_agents_messages() -> None:
    team, one = Tally(), Tally()
    team.served(TALK, None)
    one.served(TALK, "小雨")
    assert (team.messages, one.messages, one.start) == (9, 1, None)
