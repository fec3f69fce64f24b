"""Phone, ID and card numbers are found however they are written; what only looks like one is left alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.entities import TITLES, digits, find, host, id_checksum, luhn


def found(text: str, lenient: bool = False) -> list[tuple[str, str]]:
    """Every entity of a text: its kind and what it says."""
    return [(kind, text[slice(*span)]) for kind, span in find(text, TITLES, lenient)]


@pytest.mark.parametrize(("text", "number"), [
    ("打13800138000找我", "13800138000"),
    ("138-0013-8000", "138-0013-8000"),
    ("１３８００１３８０００", "１３８００１３８０００"),
    ("①③⑧00138000", "①③⑧00138000"),
    ("1 3 8 0 0 1 3 8 0 0 0", "1 3 8 0 0 1 3 8 0 0 0"),
    ("1.3.8.0.0.1.3.8.0.0.0", "1.3.8.0.0.1.3.8.0.0.0"),
    ("13 8 0 0 1 3 8 0 0 0", "13 8 0 0 1 3 8 0 0 0"),
    ("138📱0013📱8000", "138📱0013📱8000"),
    ("138\u200b0013\u200b8000", "138\u200b0013\u200b8000"),
    ("号码幺三八零零一三八零零零", "幺三八零零一三八零零零"),
    ("一三八 零零一三 八零零零", "一三八 零零一三 八零零零"),
    ("壹叁捌零零壹叁捌零零零", "壹叁捌零零壹叁捌零零零"),
    ("138零零138零零零", "138零零138零零零"),
])  # fmt: skip
def test_a_mobile_number_is_found_in_every_disguise(text: str, number: str) -> None:
    assert found(text) == [("mobile", number)]


@pytest.mark.parametrize("text", [
    "尺码 155 160 165 170",
    "身高 16 165 170 175",
    "订单 2345678901380013800",
    "单号 YT1380013800012",
    "2024-11-05 09:30:00",
    "一三五七九都有课",
    "一共三千五百六十八元",
    "一、二、三、四",
    "9点vip专场",
    "版本v2.0，款号B.12",
])  # fmt: skip
def test_other_numbers_are_no_personal_data(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("text", "kind", "value"), [
    ("虚拟号18412345678-1234", "relay", "18412345678-1234"),
    ("18412345678 转 0081", "relay", "18412345678 转 0081"),
    ("(0571)88886666", "landline", "(0571)88886666"),
    ("11010519491231002X", "id-card", "11010519491231002X"),
    ("身份证 110101 19900307 4516", "id-card", "110101 19900307 4516"),
    ("6222 0212 3456 7890 128", "bank-card", "6222 0212 3456 7890 128"),
    ("卡号6217000010001234560", "bank-card", "6217000010001234560"),
    ("退到6217000010001234560这张卡", "bank-card", "6217000010001234560"),
    ("发到 a.bc@qq.com", "email", "a.bc@qq.com"),
    ("浙江省杭州市西湖区文三路88号3单元502", "address", "浙江省杭州市西湖区文三路88号3单元502"),
    ("看 https://www.leaf.top/a?b=1", "url", "https://www.leaf.top/a?b=1"),
    ("leaf点com", "url", "leaf点com"),
    ("打开leaf。com", "url", "leaf。com"),
    ("ＷＷＷ．ｌｅａｆ．ｎｅｔ", "url", "ＷＷＷ．ｌｅａｆ．ｎｅｔ"),
])  # fmt: skip
def test_each_kind_is_told_from_the_others(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


def test_a_number_that_fails_its_check_counts_only_if_named_or_in_a_lenient_search() -> None:
    assert found("订单110101199003074516") == []
    assert found("身份证110101199003074516") == [("id-card", "110101199003074516")]
    assert found("订单110101199003074516", lenient=True) == [("id-card", "110101199003074516")]
    assert found("单号6217000010001234560") == []


def test_only_the_kinds_asked_for_are_told() -> None:
    text = "张三 13800138000，11010519491231002X"
    assert [kind for kind, _ in find(text, ["id-card"])] == ["id-card"]
    assert find(text, []) == []


@pytest.mark.parametrize(("url", "name"), [
    ("https://www.JD.com/a", "jd.com"),
    ("leaf点com", "leaf.com"),
    ("leaf。com", "leaf.com"),
    ("http://m.tb.cn/h.5x", "m.tb.cn"),
])  # fmt: skip
def test_the_host_of_a_link(url: str, name: str) -> None:
    assert host(url) == name


def test_checks_of_numbers() -> None:
    assert luhn("6222021234567890128")
    assert not luhn("6222021234567890129")
    assert id_checksum("11010519491231002X")
    assert id_checksum("11010519491231002x")
    assert not id_checksum("110101199003074516")


SIGNS = st.sampled_from(["", " ", ".", "-", "\u200b", "🌸", "·"])


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), SIGNS)
def test_one_sign_between_the_digits_hides_nothing(number: str, sign: str) -> None:
    hidden = sign.join(number)
    assert found(f"加我{hidden}吧") == [("mobile", hidden)]


@given(st.text(max_size=60))
def test_spans_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    assert len(digits(text)) == len(text)
    spans = [span for _, span in find(text, TITLES)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
