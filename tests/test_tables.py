"""Plain tables: the numbers and words before any file format."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import factory_reports as make
import pytest

from auditor.reports.card_tables import (
    band,
    dimension_table,
    kpi_tiles,
    matrix_table,
    problems,
    ranking_table,
    score_tiles,
    short_name,
)
from auditor.reports.tables import (
    by_id,
    inputs_table,
    method_sentences,
    not_evaluable_table,
    outcome,
    period,
    rejects_table,
    rule_stats_table,
    rules_table,
    run_table,
    said,
)
from auditor.service import Service
from auditor.waits import Waits

ANNE, BOB = "店:可可", "店:小桃"
RESULTS = [*make.day(ANNE, 24, 1), *make.day(BOB, 36, 2)]
TEAM, CARDS = make.cards(RESULTS)


def finding(**more: Any) -> dict[str, Any]:
    """A charged finding of 生硬拒绝."""
    fields = {"rule": "rule-a07", "exemption": None, "status": "live", "covered_by": None, "charged": 5.0}
    return {**fields, "severity": "major", **more}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "已扣分"),
        ({"charged": -2.0, "severity": "bonus"}, "已加分"),
        ({"charged": 0.0, "exemption": "顾客原话"}, "豁免：顾客原话"),
        ({"charged": 0.0, "status": "trial"}, "试运行，不扣分"),
        ({"charged": 0.0, "covered_by": "rule-e01"}, "已并入 E01 引导站外联系"),
        ({"charged": 0.0, "covered_by": "gone"}, "已并入 gone"),
        ({"charged": 0.0}, "已到扣分上限，不再扣分"),
        ({"charged": 0.0, "severity": "bonus"}, "已到加分上限"),
        ({"charged": 0.0, "severity": "info"}, "仅提示，不扣分"),
    ],
)
def test_every_outcome_has_words(more: dict[str, Any], words: str) -> None:
    assert outcome(finding(**more), by_id(make.RULES)) == words


def test_a_rule_charged_once_per_agent_says_so() -> None:
    once = replace(make.REFUSAL, scope="agent")
    assert outcome(finding(charged=0.0), {once.id: once}) == "整期只扣一次，共 5 分"


def test_a_slip_of_form_with_nothing_else_charged_says_so() -> None:
    form = replace(make.REFUSAL, charged_alone=False)
    assert outcome(finding(charged=0.0), {form.id: form}) == "只提醒，不扣分"


@pytest.mark.parametrize("card", [*CARDS, TEAM], ids=lambda card: card.agent)
def test_dimensions_and_bonus_add_up_to_the_score(card: make.Scorecard) -> None:
    *parts, total = dimension_table(card, TEAM).rows
    assert sum(row[2] for row in parts) == pytest.approx(total[2])
    assert sum(row[7] or 0 for row in parts) == pytest.approx(total[7])
    for row in parts:
        if row[1] is not None:
            assert row[1] - row[7] / card.conversations == pytest.approx(row[2])


def test_points_charged_once_per_agent_are_a_row_of_their_own() -> None:
    card = replace(CARDS[0], score=(CARDS[0].score or 0) - 3)
    *parts, total = dimension_table(card, TEAM).rows
    assert parts[-1][0] == "整期只扣一次的规则"
    assert parts[-1][2] == pytest.approx(-3)
    assert sum(row[2] for row in parts) == pytest.approx(total[2])


def test_a_card_with_nobody_to_judge_has_no_score() -> None:
    empty, _ = make.cards([])
    *_, total = dimension_table(empty, empty).rows
    assert total[2] is None
    tiles = {tile.label: tile.value for tile in score_tiles(empty, empty, 90)}
    assert tiles == {"综合得分": "不评分", "等级": "—", "团队排名": "—", "合格率": "—", "致命项": 0}


def test_the_band_is_left_out_when_there_are_too_few_conversations() -> None:
    assert band(replace(CARDS[0], score_low=None, score_high=None)) == "会话太少，不给区间"
    assert band(replace(CARDS[0], score_low=84.14, score_high=88.86)) == "95% 区间 84.1–88.9"


def waits(*seconds: float) -> Waits:
    found = Waits()
    for wait in seconds:
        found.add(wait)
    return found


def test_figures_carry_units_and_samples() -> None:
    mine = Service(first=waits(10, 20, 25, 45), waits=waits(*[20] * 8, 40, 200), unanswered=1)
    team = Service(first=waits(30), waits=waits(*[50] * 9), unanswered=1)
    tiles = {tile.label: (tile.value, tile.note, tile.kind) for tile in kpi_tiles(mine, team)}
    assert tiles == {
        "首次响应均值": (25.0, "4 次 · 团队 30 秒", "seconds"),
        "30 秒内应答率": (0.75, "60 秒内 100.0%", "percent"),
        "平均响应时长": (40.0, "10 轮 · 团队 50 秒", "seconds"),
        "3 分钟内响应率": (9 / 11, "11 轮 · 团队 90.0%", "percent"),
        "最长等待": ("3 分 20 秒", "未回复 1 轮", "text"),
    }


def test_without_times_figures_say_so_and_keep_the_unanswered_count() -> None:
    tiles = kpi_tiles(Service(unanswered=2, without_time=5), Service())
    assert {tile.value for tile in tiles} == {"无时间数据"}
    assert tiles[-1].note == "未回复 2 轮"


def test_problems_are_the_rules_that_cost_most() -> None:
    found = problems(TEAM, make.RULES, 3)
    assert [item.points for item in found] == sorted((item.points for item in found), reverse=True)
    assert len(found) == 3
    assert make.PRAISE not in [item.rule for item in found]


def test_ranking_and_matrix_name_everybody() -> None:
    ranking = ranking_table(CARDS[::-1], make.RULES, {ANNE: "可可.xlsx"})
    assert [row[0] for row in ranking.rows] == [1, 2]
    assert {row[1]: row[13] for row in ranking.rows} == {ANNE: ("打开", "可可.xlsx"), BOB: None}
    matrix = matrix_table(TEAM, CARDS, make.RULES)
    assert {column.name for column in matrix.columns[2:]} == {"可可", "小桃"}
    assert all(row[1] == sum(row[2:]) for row in matrix.rows)


@pytest.mark.parametrize(
    ("agent", "short"),
    [("示例旗舰店:可可", "可可"), ("店：小桃", "小桃"), ("店:", "店:"), ("English Name 001", "English Nam…")],
)
def test_charts_use_short_names(agent: str, short: str) -> None:
    assert short_name(agent) == short


def test_every_row_has_a_value_for_every_column() -> None:
    run = make.run_facts()
    for table in (
        rules_table(make.RULES, TEAM.rules),
        rule_stats_table(TEAM.rules, TEAM.conversations, make.RULES),
        run_table(run),
        inputs_table(run),
        rejects_table(run),
        not_evaluable_table(run, make.RULES),
        dimension_table(TEAM, TEAM),
        ranking_table(CARDS, make.RULES, {}),
        matrix_table(TEAM, CARDS, make.RULES),
    ):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_rules_that_cost_most_come_first_and_all_are_there() -> None:
    rows = rules_table(make.RULES, TEAM.rules).rows
    assert {row[0] for row in rows} == {rule.code for rule in make.RULES}
    assert rows[0][0] == "E01"
    fatal = next(row for row in rows if row[0] == "E01")
    assert fatal[3:6] == ("fatal", "整场 0 分", "—")


def test_a_rule_that_left_the_set_keeps_its_row() -> None:
    rows = rule_stats_table(TEAM.rules, TEAM.conversations, make.RULES[1:]).rows
    assert "rule-a07" in [row[1] for row in rows]


def test_data_quality_is_sorted_by_weight() -> None:
    run = make.run_facts(rejects_by_reason={"空行": 1, "没有角色": 4}, not_evaluable={"rule-b01": 64, "gone": 1})
    assert rejects_table(run).rows == (("没有角色", 4), ("空行", 1))
    assert not_evaluable_table(run, make.RULES).rows[0] == ("B01 首次响应超过 30 秒", 64, 0.5)


def test_the_method_names_the_pass_line() -> None:
    assert any("不低于 85 分" in sentence for sentence in method_sentences(make.run_facts(pass_score=85.0)))


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (None, None, "日志里没有时间"),
        (datetime(2026, 11, 16, 9), datetime(2026, 11, 16, 18), "2026-11-16"),
        (datetime(2026, 11, 16), datetime(2026, 11, 22), "2026-11-16 至 2026-11-22"),
    ],
)
def test_periods_are_days(start: datetime | None, end: datetime | None, words: str) -> None:
    assert period(start, end) == words


def test_messages_that_are_no_text_are_named() -> None:
    assert said({"kind": "text", "text": "您好"}) == "您好"
    assert said({"kind": "image", "text": ""}) == "［图片］"
    assert said({"kind": "missing", "text": ""}) == "［导出文件里没有内容］"
