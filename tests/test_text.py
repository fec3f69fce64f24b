"""Texts are matched without being rewritten: every span points at the characters that the log holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.text import (
    Lexicon,
    LexiconError,
    a_not_a,
    compile_pattern,
    count_cjk,
    fold,
    joined,
    longest,
    overlaps,
    quoted,
    squeeze,
    without_codes,
)

CHAT = st.text(alphabet="加微薇信不能退ＶｖV。. 　!！\u200b好“”【】1２", max_size=40)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@given(st.text(max_size=60))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
    fold(text).encode("utf-8")


@pytest.mark.parametrize(("text", "folded"), [
    ("ＡＢｃ１２！", "abc12!"),
    ("VX号　ｖｘ", "vx号 vx"),
    ("～不能退～", "~不能退~"),
    ("好\ud83d的", "好\ufffd的"),
])  # fmt: skip
def test_width_and_case_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "hidden"), [
    ("加 薇.信", "加微信"),
    ("加\u200b微\u200b信", "加微信"),
    ("＋Ｖ 信", "v信"),
    ("➕徽·信", "加微信"),
    ("扌下单", "扣下单"),
])  # fmt: skip
def test_squeezing_undoes_evasions(text: str, hidden: str) -> None:
    assert squeeze(text).text == hidden


@given(CHAT)
def test_squeezed_characters_know_where_they_came_from(text: str) -> None:
    squeezed = squeeze(text)
    assert len(squeezed.text) == len(squeezed.offsets)
    assert list(squeezed.offsets) == sorted(set(squeezed.offsets))
    for at in range(len(squeezed.text)):
        start, end = squeezed.span(at, at + 1)
        assert (start, end) == (squeezed.offsets[at], squeezed.offsets[at] + 1)
        assert squeeze(text[start:end]).text == squeezed.text[at]


def test_questions_and_quotes_are_found() -> None:
    assert a_not_a("能不能退，有没有货") == ((0, 3), (5, 8))
    assert a_not_a("不行不行不行") == ()
    text = "页面写着“不能退”，【注意】"
    assert [text[a:b] for a, b in quoted(text)] == ["“不能退”", "【注意】"]


@pytest.mark.parametrize(("text", "left"), [
    ("好的#E-s12", "好的"),
    ("好的#E-s[数字x]", "好的"),
    ("好[微笑]的/:^_^", "好的"),
    ("订单[订单x]", "订单[订单x]"),
])  # fmt: skip
def test_platform_emoji_are_no_words(text: str, left: str) -> None:
    assert without_codes(text) == left


def test_han_characters_are_counted() -> None:
    assert count_cjk("不能退abc，㐀") == 4


def test_overlap_is_half_open() -> None:
    assert overlaps((0, 3), (2, 4))
    assert not overlaps((0, 3), (3, 4))


@given(SPANS)
def test_longest_keeps_no_span_inside_another(spans: list[tuple[int, int]]) -> None:
    kept = longest(spans)
    assert set(kept) <= set(spans)
    assert list(kept) == sorted(kept)
    for one in spans:
        assert any(other[0] <= one[0] and one[1] <= other[1] for other in kept)
    for one in kept:
        assert not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in kept)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair)))))
def test_joined_spans_cover_the_same_characters_once(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert [at for span in found for at in range(*span)] == sorted({at for span in spans for at in range(*span)})
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(("entries", "text", "found"), [
    (["不能", "不能退"], "不能退不能", ["不能退", "不能"]),
    (["ＶＸ"], "加我vx", ["vx"]),
    (["/不(能|可以)退/", "退"], "不可以退，退了", ["不可以退", "退"]),
    (["/\\d+元/"], "１２元和3元", ["１２元", "3元"]),
    (["/x*/"], "没有", []),
    (["/"], "和/或", ["/"]),
    (["不能退"], "可以的", []),
])  # fmt: skip
def test_a_lexicon_finds_phrases_and_patterns(entries: list[str], text: str, found: list[str]) -> None:
    lexicon = Lexicon(entries)
    assert [text[a:b] for a, b in lexicon.find(fold(text))] == found
    assert lexicon.seen(fold(text)) is bool(found)


@given(
    CHAT,
    st.lists(st.sampled_from(["不能退", "退", "加微信", "v", "好", "/[0-9]/", "/微.?信/"]), min_size=1, unique=True),
)
def test_every_find_is_an_entry(text: str, entries: list[str]) -> None:
    lexicon = Lexicon(entries)
    folded = fold(text)
    for start, end in lexicon.find(folded):
        assert 0 <= start < end <= len(text)
        piece = folded[start:end]
        assert piece in entries or any(p.search(piece) for p in map(compile_pattern, ["[0-9]", "微.?信"]))
    assert lexicon.seen(folded) == any(
        entry in folded if entry[0] != "/" else compile_pattern(entry[1:-1]).search(folded) for entry in entries
    )


@given(
    st.text("退换不能3{}元,x[]", max_size=24),
    st.lists(st.sampled_from([
        "不[^,]{0,2}退", "退{2,3}", "[0-9{1,2}]元", r"\{1,2\}", "^不.{1,3}换$", "x{0,1}元",
        "(退|换){1,2}?x", "[]x]{2,}", "3{2}",
    ]), min_size=2, unique=True),
)  # fmt: skip
def test_many_patterns_together_find_what_each_finds_alone(text: str, patterns: list[str]) -> None:
    alone = [match.span() for source in patterns for match in compile_pattern(source).finditer(text) if match[0]]
    assert Lexicon([f"/{source}/" for source in patterns]).find(text) == longest(alone)


def test_the_phrases_of_a_lexicon_are_named_once() -> None:
    lexicon = Lexicon(["您好", "/您.?好/", "您好", "在的"])
    assert lexicon.entries == ("您好", "/您.?好/", "在的")
    assert lexicon.phrases == ("您好", "在的")


@pytest.mark.parametrize("entry", ["", "  ", "　", "//"])
def test_an_empty_word_would_hit_everything(entry: str) -> None:
    with pytest.raises(LexiconError, match="空的词"):
        Lexicon(["好", entry])


@pytest.mark.parametrize(("source", "reason"), [
    ("(?<!不)好", "不支持前后环视"),
    (r"(好)\1", "不支持反向引用"),
    ("好(的", "缺少右括号"),
    ("好)的", "多了右括号"),
    ("[好", "缺少右方括号"),
    ("*好", "前面没有内容"),
    ("好**", "不能连写"),
    ("[z-a]", "范围写反了"),
    ("((a{1,1000}){1,1000}){1,1000}", "次数太大"),
])  # fmt: skip
def test_a_pattern_that_needs_backtracking_or_is_broken_is_refused(source: str, reason: str) -> None:
    with pytest.raises(LexiconError, match=reason) as refused:
        Lexicon([f"/{source}/"])
    assert f"正则「{source}」无法使用" in str(refused.value)


@pytest.mark.parametrize(("source", "text"), [
    ("多少钱？", "多少钱?"),
    (r"多少钱\？", "多少钱?"),
    ("（亲）", "（亲）"),
    ("＋Ｖ", "+v"),
    ("[０-９]元", "５元"),
    ("在～", "在～"),
    ("甲　乙", "甲　乙"),
    ("＿", "_"),
    (r"a\.b", "A.B"),
    (r"\\！", "\\!"),
])  # fmt: skip
def test_full_width_characters_in_patterns_mean_themselves(source: str, text: str) -> None:
    assert compile_pattern(source).search(fold(text))


def test_a_pattern_with_a_bad_past_takes_linear_time() -> None:
    assert Lexicon(["/^(a+)+$/"]).find("a" * 5000 + "!") == ()
