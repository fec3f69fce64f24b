"""Ways of slipping past a word list: traditional characters, look-alikes, signs between characters."""

from __future__ import annotations

import pytest

from auditor.text import Lexicon, fold, squeeze


@pytest.mark.parametrize(("text", "simplified"), [
    ("聯繫方式", "联系方式"),
    ("好評返現", "好评返现"),
    ("轉賬給我", "转账给我"),
    ("驗證碼發過來", "验证码发过来"),
    ("請問還有什麼", "请问还有什么"),
    ("乾坤著名", "乾坤著名"),
])  # fmt: skip
def test_traditional_text_is_matched_as_simplified(text: str, simplified: str) -> None:
    assert fold(text) == simplified


@pytest.mark.parametrize("entry", ["好評返現", "/好評.?返現/", "好评返现", "/[好]评返现/"])
def test_words_of_a_list_may_be_written_either_way(entry: str) -> None:
    assert Lexicon([entry]).seen(fold("好評返現"))
    assert Lexicon([entry]).seen(fold("好评返现"))


@pytest.mark.parametrize(("text", "hidden"), [
    ("加ⓋⓍ", "加vx"),
    ("√信", "v信"),
    ("微👉信", "微信"),
    ("v❤️信", "v信"),
    ("微\u202e信\u2063号", "微信号"),
    ("微 · 信—号", "微信号"),
    ("𝐯𝐱", "vx"),
    ("1️⃣3️⃣", "13"),
    ("加υχ", "加vx"),
    ("訫", "信"),
])  # fmt: skip
def test_disguises_are_undone(text: str, hidden: str) -> None:
    assert squeeze(text).text == hidden


@pytest.mark.parametrize("text", ["您好。请问", "好的！", "（亲）", "多少钱?"])
def test_sentences_stay_apart(text: str) -> None:
    assert squeeze(text).text == fold(text)
