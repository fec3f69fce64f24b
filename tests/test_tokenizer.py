"""Words are cut without guessing, alike with and without the fast extra, and without any shared cache."""

from __future__ import annotations

import builtins
import marshal
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.text import Tokenizer

PLAIN = Tokenizer(["不能退", "亲亲"], accelerate=False)
FAST = Tokenizer(PLAIN.words)
CHAT = st.text(alphabet="亲您好不能退货微信号稍等快递发货了吗abc12，。 \n鑐龘", max_size=30)


def test_added_words_stay_whole() -> None:
    assert "不能退" in PLAIN.tokens("这款不能退哦")
    assert "不能退" not in Tokenizer(accelerate=False).tokens("这款不能退哦")


def test_the_edges_of_words_tell_lookalikes_from_words() -> None:
    assert "微信" not in PLAIN.tokens("信号有点稍微信不过")


@given(CHAT)
def test_the_words_make_up_the_text(text: str) -> None:
    assert "".join(PLAIN.tokens(text)) == text
    assert [text[a:b] for a, b in PLAIN.spans(text)] == list(PLAIN.tokens(text))


@settings(max_examples=60)
@given(CHAT)
def test_the_fast_extra_cuts_the_same(text: str) -> None:
    pytest.importorskip("rjieba")
    assert FAST.tokens(text) == PLAIN.tokens(text)


def test_without_the_fast_extra_jieba_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "rjieba":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert Tokenizer(["不能退"]).tokens("不能退货") == PLAIN.tokens("不能退货")


def test_a_planted_cache_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """jieba would unmarshal a file of this name from the temporary folder, whoever has put it there."""
    (tmp_path / "jieba.cache").write_bytes(marshal.dumps(({"亲您": 10**9}, 10**9)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert Tokenizer(accelerate=False).tokens("亲您好") == ("亲", "您好")
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]


def test_long_runs_of_unknown_characters_are_cut_at_once() -> None:
    text = "龘鑐" * 20_000
    assert "".join(PLAIN.tokens(text)) == text
