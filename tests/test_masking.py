"""Nothing that identifies a person leaves in a report; what a reviewer needs to understand the text stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.masking import mask, mask_name, unmasked
from auditor.text import fold


def luhn_digit(body: str) -> str:
    """The check digit that makes a bank card number of these digits."""
    total = sum(int(d) * 2 - 9 * (int(d) > 4) if at % 2 == 0 else int(d) for at, d in enumerate(reversed(body)))
    return str(-total % 10)


@pytest.mark.parametrize(("text", "masked"), [
    ("电话13812345678哦", "电话138****5678哦"),
    ("１３８１２３４５６７８", "１３８****５６７８"),
    ("+86 138 1234 5678", "138****5678"),
    ("8613812345678", "138****5678"),
    ("138-1234-5678", "138****5678"),
    ("收件 18412345679-1234", "收件 184****5679"),
    ("17012345678转0081", "170****5678"),
    ("(13812345678,分机 22)", "(138****5678)"),
    ("座机 0571-88881234", "座机 0571-****234"),
    ("(010)12345678", "(010)-****678"),
    ("身份证11010119900307451x，请核对", "身份证110101********x，请核对"),
    ("身份证 110101 19900307 4515", "身份证 110101********5"),
    ("卡号6222021234567890128呢", "卡号6222 **** **** 128呢"),
    ("卡号 6222 0212 3456 7890 128", "卡号 6222 **** **** 128"),
    ("尾号4321 6222021234567890128", "尾号4321 6222 **** **** 128"),
    ("邮箱 zhang.san@qq.com", "邮箱 zh***@qq.com"),
    ("ａｂｃ＠ｑｑ．ｃｏｍ", "ａｂ***＠ｑｑ．ｃｏｍ"),
    ("寄到浙江省杭州市西湖区文三路123号5幢402室", "寄到浙江省杭州市西湖区文三路****"),
])  # fmt: skip
def test_personal_data_is_starred_out(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", [
    "订单号 2938475610293847561 已发出",
    "订单 293847561029384756",
    "满 199 减 20，还剩 3 件",
    "2026-11-16 09:00:05 下的单",
    "快递单号 SF1234567890123",
    "一共 13812345678901234567 个",
    "西湖区的龙井",
    "@小云 帮忙看下",
    "没有数字",
    "",
])  # fmt: skip
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert mask(text) == text
    assert unmasked(text) == text


WORDS = st.text(alphabet="请加我电话联系，。！ 亲abc", max_size=8)
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"0[1-9][0-9]{1,2}-[2-8][0-9]{7}", fullmatch=True)
ID_CARDS = st.from_regex(
    r"[1-6][0-9]{5}(19[5-9][0-9]|200[0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}[0-9X]", fullmatch=True
)
CARDS = st.from_regex(r"62[0-9]{13,16}", fullmatch=True).map(lambda body: body + luhn_digit(body))
EMAILS = st.from_regex(r"[a-z0-9]{4,10}@[a-z]{2,6}\.(com|cn)", fullmatch=True)
WRITTEN = st.sampled_from(["plain", "wide", "grouped"])


def written(number: str, how: str) -> str:
    """The number as people write it: plain, full-width, or in groups of four."""
    if how == "wide":
        return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in number)
    if how == "grouped" and number.isdigit():
        return " ".join(re.findall(".{1,4}", number))
    return number


@given(WORDS, st.one_of(MOBILES, ID_CARDS, LANDLINES, CARDS, EMAILS), WRITTEN, WORDS)
def test_no_planted_number_can_be_read(before: str, number: str, how: str, after: str) -> None:
    joined = how == "grouped" and len(number) == 11  # a mobile is not written in fours
    masked = fold(mask(f"{before.rstrip('abc')}，{written(number, 'plain' if joined else how)}，{after}"))
    plain = re.sub(r"[ ,]", "", masked)
    assert number.lower() not in plain
    digits = sum(map(str.isdigit, number))
    assert "@" in number or sum(map(str.isdigit, plain)) <= digits - 4


@given(st.lists(st.tuples(st.text(alphabet="退货，请看订单 号", max_size=6), st.integers(0, 999_999)), max_size=6))
def test_short_numbers_and_words_stay(pieces: list[tuple[str, int]]) -> None:
    text = "。".join(f"{words}{number}" for words, number in pieces)
    assert mask(text) == text


@given(st.text(max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("piece", ["市", "村市", "a", "1", "138 ", "市区路1", "@", "a.", "一二三路"])
def test_any_text_is_masked_in_linear_time(piece: str) -> None:
    assert mask(piece * 20_000 + "1")


@pytest.mark.parametrize(("name", "masked"), [
    ("13812345678", "138****5678"),
    ("小店13812345678:小云", "小店138****5678:小云"),
    ("138 1234 5678", "138****5678"),
    ("tb13812345678", "tb138****5678"),
    ("13812345678@2026-11-16#2", "138****5678@2026-11-16#2"),
])  # fmt: skip
def test_numbers_in_names_are_starred_out(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize("name", [
    "af137000b3b9f3af17363237726f3963", "eb432cdf-6ea1-4a7d-88f4-014260438664", "20261116138123456780001",
    "S13812345678X", "tb_3758579", "6222021234567890128", "440106199001011237", "kefu@shop.cn", "文三路123号店",
])  # fmt: skip
def test_what_platforms_call_things_by_stays(name: str) -> None:
    assert mask_name(name) == name
