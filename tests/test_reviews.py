"""The review round trip: verdicts filled in by people come back from any workbook, and count."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import factory_reports as make
import pytest
from factory_reviews import SOFFICE, fill, rearranged, renamed_headings, resaved
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from auditor.errors import AuditorError
from auditor.readers.openbook import book_cells
from auditor.reports.workbook import write_agent_workbook
from auditor.reviews.agreement import kappa, strength, wilson
from auditor.reviews.form import Form, holds_findings, read_form
from auditor.reviews.stats import FEW, FINE, TO_LIVE, TO_TRIAL, WATCH, RuleStats, review_stats
from auditor.reviews.store import as_line, load
from auditor.reviews.verdict import Ruling, State, Verdict, opinions

AGENT = "示例旗舰店:小桃"
SAID = [("客户", "洗过一次能退吗？"), ("客服", "这个不能退的，嗯嗯，你自己看说明。"), ("客服", "加我微信聊吧")]
SPOTS = [
    make.Spot(make.REFUSAL, 1, "不能退"),
    make.Spot(make.OFF_SITE, 2, "加我微信"),
    make.Spot(make.FILLER, 1, "嗯嗯"),
    make.Spot(make.TRIAL, 1, "你自己看"),
    make.Spot(make.PRAISE, 2, "聊吧"),
]
#: What the reviewer answers to each of the findings above.
ANSWERS = {"A07": "成立", "E01": "误判", "D03": "申诉成立", "A12": "误判"}
RULED = {"rule-a07": "成立", "rule-e01": "误判", "rule-d03": "申诉成立", "rule-a12": "误判"}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scorecard with five findings."""
    path = tmp_path_factory.mktemp("book") / "客服评分卡_小桃.xlsx"
    results = [make.scored(make.talk("S1", AGENT, SAID, datetime(2026, 11, 16, 9)), SPOTS)]
    team, cards = make.cards(results)
    write_agent_workbook(path, cards[0], team, iter(make.sessions(results, AGENT)), make.RULES, make.run_facts())
    return path


@pytest.fixture(scope="module")
def reviewed(book: Path) -> Path:
    """The same after 张三 has ruled on four of them, hearing one appeal."""
    return fill(book, book.with_name("复核.xlsx"), ANSWERS, "张三", "顾客同意了，电话 13812345678")


def read(path: Path) -> Form:
    """What a workbook holds, masked."""
    from auditor.reports.masking import mask

    return read_form(path.name, book_cells(path, holds_findings), mask)


def ruled(form: Form) -> dict[str, str]:
    """Rule -> verdict."""
    return {verdict.rule: str(verdict.ruling) for verdict in form.verdicts}


def test_verdicts_come_back_with_all_that_is_known_of_the_finding(reviewed: Path) -> None:
    form = read(reviewed)
    assert (form.rows, form.blank, form.problems) == (5, 1, ())
    fatal = next(verdict for verdict in form.verdicts if verdict.rule == "rule-e01")
    assert fatal == Verdict(
        fingerprint=fatal.fingerprint, rule="rule-e01", code="E01", title="引导站外联系", conversation="S1",
        time="2026-11-16 09:00:40", charged=100.0, state=State.LIVE, appeal=True,
        reason="顾客同意了，电话 138****5678", ruling=Ruling.ERROR, reviewer="张三", file="复核.xlsx",
    )  # fmt: skip
    states = {verdict.rule: (verdict.state, verdict.charged) for verdict in form.verdicts}
    assert states == {"rule-a07": ("live", 5), "rule-e01": ("live", 100), "rule-d03": ("live", 1),
                      "rule-a12": ("trial", 0)}  # fmt: skip


def test_a_workbook_that_nobody_touched_holds_no_verdicts(book: Path) -> None:
    form = read(book)
    assert (form.verdicts, form.problems, form.rows, form.blank) == ((), (), 5, 5)


@pytest.mark.parametrize("change", [rearranged, renamed_headings])
def test_whatever_the_reviewer_did_to_the_sheet(
    change: Callable[[Path, Path], Path], reviewed: Path, tmp_path: Path
) -> None:
    form = read(change(reviewed, tmp_path / "另存.xlsx"))
    assert ruled(form) == RULED
    assert (form.rows, form.problems) == (5, ())


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_whatever_program_saved_it(suffix: str, reviewed: Path, tmp_path: Path) -> None:
    form = read(resaved(reviewed, tmp_path, suffix))
    assert ruled(form) == RULED
    assert [v.fingerprint for v in form.verdicts] == [v.fingerprint for v in read(reviewed).verdicts]
    assert {v.reviewer for v in form.verdicts} == {"张三"}


def test_spaces_and_wide_characters_do_not_matter(book: Path, tmp_path: Path) -> None:
    form = read(fill(book, tmp_path / "a.xlsx", {"A07": " 误判　"}, "张三/李四"))
    assert [(v.reviewer, v.ruling) for v in form.verdicts] == [("张三", Ruling.ERROR), ("李四", Ruling.ERROR)]


def test_who_gave_no_name_goes_by_the_file(book: Path, tmp_path: Path) -> None:
    assert {v.reviewer for v in read(fill(book, tmp_path / "李四复核.xlsx", {"A07": "成立"})).verdicts} == {
        "李四复核.xlsx"
    }


@pytest.mark.parametrize(("word", "said"), [
    ("维持", "a.xlsx:2: 扣分明细 复核结果: 「维持」不是复核结果，请从 成立、误判、申诉成立 里选"),
    ("对", "a.xlsx:2: 扣分明细 复核结果: 「对」不是复核结果，请从 成立、误判、申诉成立 里选"),
])  # fmt: skip
def test_other_words_are_refused_by_row(word: str, said: str, book: Path, tmp_path: Path) -> None:
    form = read(fill(book, tmp_path / "a.xlsx", {"A07": word, "D03": "成立"}))
    assert [str(problem) for problem in form.problems] == [said]
    assert ruled(form) == {"rule-d03": "成立"}


def test_a_verdict_whose_fingerprint_is_gone_is_told(reviewed: Path, tmp_path: Path) -> None:
    opened = load_workbook(reviewed)
    opened["扣分明细"]["P2"].value = None
    opened.save(tmp_path / "a.xlsx")
    form = read(tmp_path / "a.xlsx")
    assert [str(p) for p in form.problems] == ["a.xlsx:2: 扣分明细 指纹: 指纹「空」不对，不知道「成立」说的是哪一处"]
    assert len(form.verdicts) == 3


def test_a_workbook_of_something_else_is_told(tmp_path: Path) -> None:
    other = Workbook()
    other.active.append(["商品", "库存"])
    other.save(tmp_path / "库存.xlsx")
    assert "没有找到「指纹」一列" in str(read(tmp_path / "库存.xlsx").problems[0])


@pytest.mark.parametrize(("content", "said"), [
    (b"not a workbook", "不是工作簿"), (b"PK\x03\x04 xl/workbook.xml cut off", "损坏"),
])  # fmt: skip
def test_what_is_no_workbook_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(AuditorError, match=said):
        book_cells(path)


def verdict(mark: str, ruling: Ruling | None, reviewer: str = "张三", **more: Any) -> Verdict:
    """A verdict on the finding ``mark`` of one rule."""
    fields: dict[str, Any] = {
        "fingerprint": mark, "rule": "over-promise", "code": "E07", "title": "过度承诺", "conversation": "S1",
        "time": None, "charged": 5.0, "state": State.LIVE, "appeal": False, "reason": "", "ruling": ruling,
        "reviewer": reviewer, "file": "a.xlsx",
    }  # fmt: skip
    return Verdict(**{**fields, **more})


def test_reviewers_who_disagree_leave_the_machines_result() -> None:
    said = opinions([
        verdict("agreed", Ruling.ERROR), verdict("agreed", Ruling.APPEAL, "李四"),
        verdict("disputed", Ruling.ERROR), verdict("disputed", Ruling.UPHELD, "李四"),
        verdict("upheld", Ruling.UPHELD), verdict("pending", None, appeal=True),
    ])  # fmt: skip
    assert said.overturned == {"agreed": "误判"}
    assert said.disputed == ["disputed"]
    assert said.by_fingerprint["agreed"].reviewers == "张三、李四"


def test_verdicts_are_kept_as_lines(tmp_path: Path) -> None:
    kept = [verdict("a", Ruling.ERROR), verdict("b", None, appeal=True, reason="顾客先骂人")]
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(f"{as_line(item)}\n" for item in kept), encoding="utf-8")
    assert load([path, path]) == kept
    assert json.loads(as_line(kept[1])) == {
        "fingerprint": "b", "rule": "over-promise", "code": "E07", "title": "过度承诺", "conversation": "S1",
        "time": None, "charged": 5.0, "state": "live", "appeal": True, "appeal_reason": "顾客先骂人", "verdict": None,
        "reviewer": "张三", "file": "a.xlsx",
    }  # fmt: skip


@pytest.mark.parametrize("line", ['{"verdict": "成立"}', "[]", "维持", '{"fingerprint": 5}', '"成立"', "null"])
def test_lines_that_are_no_verdicts_are_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    path.write_text(f"{as_line(verdict('a', Ruling.ERROR))}\n{line}\n", encoding="utf-8")
    with pytest.raises(AuditorError, match=r"verdicts\.jsonl:2: 这一行不是复核结论"):
        load([path])


def test_statistics_by_rule() -> None:
    """Seven upheld, two wrong, one lost on appeal; one disputed, one appeal open; one exempt."""
    said = [
        *[verdict(f"u{n}", Ruling.UPHELD) for n in range(7)],
        verdict("e1", Ruling.ERROR), verdict("e2", Ruling.ERROR, charged=0.0), verdict("a1", Ruling.APPEAL),
        verdict("d1", Ruling.ERROR), verdict("d1", Ruling.UPHELD, "李四"), verdict("p1", None, appeal=True),
        verdict("x1", Ruling.ERROR, state=State.EXEMPT),
    ]  # fmt: skip
    counted = review_stats(said)
    assert (counted.findings, counted.exempt) == (13, 1)
    assert counted.rules == (
        RuleStats("over-promise", "E07", "过度承诺", False, charged=9, upheld=7, errors=2, appeals=1, disputed=1,
                  pending=1),
    )  # fmt: skip
    assert counted.rules[0].precision == 0.7
    assert [round(end, 3) for end in counted.rules[0].interval] == [0.397, 0.892]


@pytest.mark.parametrize(("upheld", "errors", "trial", "advice"), [
    (2, 2, False, FEW), (0, 6, False, TO_TRIAL), (6, 4, False, TO_TRIAL), (5, 1, False, WATCH), (30, 1, False, FINE),
    (30, 1, True, TO_LIVE), (3, 3, True, WATCH),
])  # fmt: skip
def test_advice_on_a_rule(upheld: int, errors: int, trial: bool, advice: str) -> None:
    counted = RuleStats("r", "E07", "过度承诺", trial, 0, upheld, errors, 0, 0, 0)
    assert counted.advice(0.8) == advice


@pytest.mark.parametrize(("hits", "of", "low", "high"), [
    (0, 0, 0.0, 1.0), (0, 10, 0.0, 0.278), (8, 10, 0.490, 0.943), (10, 10, 0.722, 1.0), (81, 263, 0.255, 0.366),
])  # fmt: skip
def test_wilson_intervals(hits: int, of: int, low: float, high: float) -> None:
    """81 of 263 is the example of Newcombe (1998), method 3: 0.2553 to 0.3662."""
    assert tuple(round(end, 3) for end in wilson(hits, of)) == (low, high)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_the_share(case: tuple[int, int]) -> None:
    hits, of = case
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_kappa_of_the_textbook() -> None:
    """20 times both yes, 15 both no, 5 and 10 mixed: kappa 0.4."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert strength(0.4) == "一般"
    assert strength(0.41) == "中等"


@given(st.lists(st.booleans(), min_size=1))
def test_full_agreement_is_one_or_not_defined(answers: list[bool]) -> None:
    expected = 1.0 if len(set(answers)) == 2 else None
    assert kappa([(answer, answer) for answer in answers]) == expected


def test_two_reviewers_are_compared_on_what_both_saw() -> None:
    one = [verdict(mark, Ruling.UPHELD if mark in "abc" else Ruling.ERROR) for mark in "abcdef"]
    other = [verdict(mark, Ruling.UPHELD if mark in "ab" else Ruling.APPEAL, "李四") for mark in "abcdexyz"]
    (pair,) = review_stats([*one, *other]).pairs
    assert (pair.one, pair.other, pair.both, pair.same) == ("张三", "李四", 5, 4)
    assert pair.kappa == pytest.approx(8 / 13)
