"""Sampling for review by hand: how many, which ones, blind, and how well the machine agrees with the people."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import done, log
from factory_reviews import SOFFICE, resaved
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from auditor.cli.app import main
from auditor.sampling import RANDOM, RISK, Candidate, Human, Size, agreement, draw, margin_of, needed, sizes

ANN, BEN = "小云", "小雨"


def candidate(number: int, agent: str = ANN, score: float = 100.0, fatal: bool = False, hits: int = 0) -> Candidate:
    """A conversation of an agent."""
    return Candidate(agent, f"S{number:03d}", f"2026-11-16 09:{number % 60:02d}:00", 4, score, fatal, hits)


@pytest.mark.parametrize(("population", "margin", "size"), [
    (0, 0.1, 0), (1, 0.1, 1), (100, 0.1, 50), (1000, 0.05, 278), (500, 0.05, 218), (1_000_000, 0.05, 385),
    (1_000_000, 0.1, 97),
])  # fmt: skip
def test_sample_sizes_of_the_textbook(population: int, margin: float, size: int) -> None:
    """The familiar table: 278 of 1,000 and 385 of very many for 5 points either way at 95 %."""
    assert needed(population, margin) == size


@given(st.integers(2, 10_000), st.floats(0.01, 0.5))
def test_a_sample_of_the_size_needed_is_as_close_as_asked(population: int, margin: float) -> None:
    size = needed(population, margin)
    assert 1 <= size <= population
    assert margin_of(size, population) <= margin + 0.001


def test_sizes_by_agent() -> None:
    assert sizes({ANN: 90, BEN: 3}, 5, 0.1) == {ANN: Size(3, 2), BEN: Size(2, 1)}
    assert sizes({ANN: 90, BEN: 10}, None, 0.1) == {ANN: Size(45, 12), BEN: Size(5, 2)}
    assert sizes({ANN: 900, BEN: 1}, None, 0.1) == {ANN: Size(86, 22), BEN: Size(1, 0)}


@given(st.dictionaries(st.sampled_from("甲乙丙丁戊"), st.integers(1, 300), min_size=1),
       st.one_of(st.none(), st.integers(1, 40)), st.floats(0.02, 0.5))  # fmt: skip
def test_nobody_gives_more_than_there_are(strata: dict[str, int], per_agent: int | None, margin: float) -> None:
    for agent, size in sizes(strata, per_agent, margin).items():
        assert size.random >= 1
        assert size.risk >= 0
        assert size.random + size.risk <= strata[agent]
        assert per_agent is None or size.random + size.risk == min(per_agent, strata[agent])


def test_the_risky_half_holds_the_worst_of_the_rest() -> None:
    talks = [candidate(n) for n in range(30)] + [candidate(40, score=0, fatal=True), candidate(41, score=60),
                                                 candidate(42, hits=5)]  # fmt: skip
    picks = draw(talks, {ANN: Size(3, 3)}, seed=1)
    assert Counter(pick.way for pick in picks) == {RANDOM: 3, RISK: 3}
    assert {"S040", "S041", "S042"} <= {pick.candidate.conversation for pick in picks}


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    talks = [candidate(n, agent) for n in range(40) for agent in (ANN, BEN)]
    counts = {ANN: Size(3, 2), BEN: Size(3, 2)}
    assert draw(talks, counts, 7) == draw(talks[::-1], counts, 7)
    assert draw(talks, counts, 7) != draw(talks, counts, 8)
    picks = draw(talks, counts, 7)
    assert len({pick.mark for pick in picks}) == len(picks) == 10


def test_marks_do_not_tell_how_a_conversation_was_drawn() -> None:
    marks = [candidate(n).mark(way) for n in range(200) for way in (RANDOM, RISK)]
    assert len(set(marks)) == 400
    assert all(len(mark) == 16 for mark in marks)


def test_agreement_by_hand() -> None:
    pairs = [
        (candidate(1, score=100), Human("a", 96, False)), (candidate(2, score=80), Human("b", 92, None)),
        (candidate(3, score=0, fatal=True), Human("c", 0, True)), (candidate(4, score=95), Human("d", 95, True)),
    ]  # fmt: skip
    result = agreement(pairs, 90)
    assert result is not None
    assert (result.count, result.machine, result.people) == (4, 68.75, 70.75)
    # The gaps 4, -12, 0, 0 have the mean -2 and the standard deviation 6.93: ± 1.96 × 6.93 / √4.
    assert result.bias == -2
    assert [round(end, 2) for end in (result.bias_low, result.bias_high)] == [-8.79, 4.79]
    assert (result.apart, result.within_10, result.passed_same) == (4, 0.75, 0.75)
    assert result.fatal == {(True, True): 1, (False, True): 1, (False, False): 1}
    assert agreement([], 90) is None


DAY = [row for n in range(12) for agent in (ANN, BEN) for row in (
    [f"{agent}{n}", f"2026-11-16 1{n % 10}:00:00", "客户", agent, "茶茶", f"第 {n} 次问，能退吗，电话 13812345678"],
    [f"{agent}{n}", f"2026-11-16 1{n % 10}:00:20", "客服", agent, "茶茶", "这款不能退" if n % 4 == 0 else "您好，可以"],
)]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Audits a day in the folder and runs commands there."""
    monkeypatch.chdir(tmp_path)
    done(tmp_path, log(tmp_path, DAY))
    capsys.readouterr()

    def call(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        shown = capsys.readouterr()
        return stop.value.code, shown.out, shown.err

    return call


def answered(book: Path, target: Path, scores: dict[str, tuple[Any, str | None]]) -> Path:
    """Fill a copy of the workbook in: conversation -> score and whether there is a fatal finding."""
    opened = load_workbook(book)
    sheet = opened["抽检表"]
    for row in range(2, sheet.max_row + 1):
        score, fatal = scores.get(str(sheet.cell(row, 3).value), (95, "否"))
        sheet.cell(row, 7).value, sheet.cell(row, 8).value = score, fatal
    opened.save(target)
    return target


def test_the_review_workbook_is_blind_and_whole(desk: Any) -> None:
    code, out, _ = desk("sample", "out", "--per-agent", "4", "--seed", "3")
    assert code == 0
    assert "从 2 位客服的 24 个会话里抽了 8 个：随机 4 个，高风险 4 个。" in out
    book = load_workbook("抽检表.xlsx")
    assert book.sheetnames == ["怎么填", "抽检表", "会话原文"]
    rows = list(book["抽检表"].iter_rows(min_row=2, values_only=True))
    assert Counter(row[1] for row in rows) == {ANN: 4, BEN: 4}
    assert all(row[6:10] == (None, None, None, None) for row in rows)
    words = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert sum("138****5678" in word for word in words) == 8
    for secret in ("生硬拒绝", "blunt-refusal", "95", "random", "risk", "高风险", "随机 "):
        assert not [word for word in words if secret in word and "抽样里" not in word and len(word) != 16], secret
    links = [row[5].hyperlink.location for row in book["抽检表"].iter_rows(min_row=2)]
    for row, link in zip(rows, links, strict=True):
        assert row[2] in str(book["会话原文"][link.rsplit("!", 1)[1]].value)
    first = Path("抽检表.xlsx").read_bytes()
    desk("sample", "out", "--per-agent", "4", "--seed", "3")
    assert Path("抽检表.xlsx").read_bytes() == first


def test_agreement_is_told_when_the_sample_comes_back(desk: Any, tmp_path: Path) -> None:
    desk("sample", "out", "--per-agent", "6")
    scores: dict[str, tuple[Any, str | None]] = {f"{ANN}0": (70, "是"), f"{BEN}0": ("95 ", None)}
    filled = answered(tmp_path / "抽检表.xlsx", tmp_path / "填好.xlsx", scores)
    code, out, err = desk("sample", "out", "--compare", "填好.xlsx", "--format", "json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["all"]["count"] == told["random"]["count"] + told["risk"]["count"] == 12
    assert (told["blank"], told["unmatched"]) == (0, 0)
    if SOFFICE is not None:
        again = resaved(filled, tmp_path, "ods")
        assert json.loads(desk("sample", "out", "--compare", str(again), "--format", "json")[1]) == told
    code, out, _ = desk("sample", "out", "--compare", "填好.xlsx")
    assert f"会话 {ANN}0（{ANN}）：机器 93，人工 70" in out
    assert "是否合格：" in out


def test_what_is_wrong_with_a_filled_in_workbook(desk: Any, tmp_path: Path) -> None:
    desk("sample", "out", "--per-agent", "12")
    scores: dict[str, tuple[Any, str | None]] = {
        f"{ANN}1": ("很好", None), f"{ANN}2": (101, None), f"{ANN}3": (None, None), f"{ANN}4": (80, "大概"),
    }  # fmt: skip
    answered(tmp_path / "抽检表.xlsx", tmp_path / "填好.xlsx", scores)
    code, out, err = desk("sample", "out", "--compare", "填好.xlsx")
    assert code == 3
    assert "合计：20 个会话" in out
    assert "还有 1 行没有填人工得分。" in out
    for said in ("人工得分「很好」应为 0 到 100 的数字", "人工得分「101」应为", "有致命项「大概」看不懂"):
        assert said in err


@pytest.mark.parametrize(("arguments", "said"), [
    (("没有",), "没有质检结果"), (("out", "--per-agent", "0"), "不小于 1"),
    (("out", "--compare", "聊天记录.csv"), "不是工作簿"),
])  # fmt: skip
def test_commands_that_cannot_be_done(arguments: tuple[str, ...], said: str, desk: Any) -> None:
    code, _, err = desk("sample", *arguments)
    assert code == 2
    assert said in err


def test_logs_that_have_moved(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "聊天记录.csv").rename(tmp_path / "搬走了.csv")
    code, _, err = desk("sample", "out", "--per-agent", "1")
    assert code == 2
    assert "请用 --logs 指明它们现在在哪里" in err
    assert desk("sample", "out", "--per-agent", "1", "--logs", "搬走了.csv")[0] == 0
    other = log(tmp_path, DAY[:2], "别的.csv")
    code, _, err = desk("sample", "out", "--per-agent", "1", "--logs", str(other))
    assert code == 3
    assert "的原文，请用 --logs 指明聊天记录" in err
