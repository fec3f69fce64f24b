"""Response figures: what a round is, and sums and counts that merge exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kpis import Figures, Round, rounds
from auditor.ruleexamples import dialogue

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
    ("同一分钟", "客户@09:00: 在吗\n客服@09:00: 在", [(0, 1, 0.0, True)]),
    ("没有人说话", "系统: 会话开始", []),
]


@pytest.mark.parametrize(("why", "said", "expected"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_rounds(why: str, said: str, expected: list[tuple[int, int | None, float | None, bool]]) -> None:
    found = [(item.question, item.reply, item.wait, item.first) for item in rounds(dialogue(said))]
    assert found == expected, why


def figures(items: list[Round]) -> Figures:
    total = Figures()
    total.add(items)
    return total


def test_figures_by_hand() -> None:
    total = figures([
        Round(0, 1, 30.0, None, True), Round(0, 1, 31.0, None, True), Round(0, 1, 61.0, None, True),
        Round(2, 3, 180.0, None, False), Round(2, 3, 181.0, None, False),
        Round(2, 3, None, None, False), Round(4, None, None, None, False),
    ])  # fmt: skip
    assert (total.first_count, total.first_within_30, total.first_within_60) == (3, 1, 2)
    assert total.first_mean == pytest.approx(122 / 3)
    assert (total.round_count, total.round_mean, total.longest) == (5, 483 / 5, 181)
    assert (total.unanswered, total.without_time) == (1, 1)
    assert total.rate("first_within_30") == 1 / 3
    assert total.rate("round_within_180") == 4 / 5


def test_with_nothing_timed_there_is_no_mean_and_no_rate() -> None:
    total = figures([Round(0, 1, None, None, True), Round(2, None, None, None, False)])
    assert (total.first_mean, total.round_mean, total.longest) == (None, None, None)
    assert (total.rate("first_within_30"), total.rate("round_within_180")) == (None, None)


ROUNDS = st.lists(
    st.builds(
        lambda wait, answered, first: Round(0, 1 if answered else None, wait if answered else None, None, first),
        st.none() | st.integers(0, 900).map(float), st.booleans(), st.booleans(),
    )
)  # fmt: skip


@given(ROUNDS, ROUNDS)
def test_merging_is_adding(some: list[Round], more: list[Round]) -> None:
    merged, swapped = figures(some), figures(more)
    merged.merge(figures(more))
    swapped.merge(figures(some))
    assert merged == swapped == figures([*some, *more])
    alone = replace(merged)
    alone.merge(Figures())
    assert alone == merged
