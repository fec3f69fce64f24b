"""Encodings: told by the bytes of the whole file; a line that cannot be decoded costs that line only."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from factory_readers import read_bytes, read_paths, table, ten_rows

from auditor.errors import AuditorError
from auditor.readers import Options
from auditor.readers.source import MAX_LINE

BASE = table(ten_rows())
#: Characters that a plain GBK decoder does not know.
RARE = BASE.replace("小云", "𠮷田").replace("茶茶", "㐂😀")
TRADITIONAL = (
    "session_id,time,role,agent,customer,text\n"
    + "S1,2026-11-16 09:00:01,customer,示例店:陳小姐,阿南,請問這個顏色還有貨嗎？我想買兩件\n"
    + "S1,2026-11-16 09:00:09,agent,示例店:陳小姐,阿南,您好，這個顏色有現貨，今天就能為您發出。\n"
)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(BASE.encode(), "utf-8", id="ENC-01 UTF-8"),
        pytest.param(BASE.encode("utf-8-sig"), "utf-8-sig", id="UTF-8 with BOM"),
        pytest.param(codecs.BOM_UTF16_LE + BASE.encode("utf-16-le"), "utf-16-le", id="ENC-03 UTF-16LE with BOM"),
        pytest.param(codecs.BOM_UTF16_BE + BASE.encode("utf-16-be"), "utf-16-be", id="UTF-16BE with BOM"),
        pytest.param(BASE.encode("utf-16-le"), "utf-16-le", id="ENC-05 UTF-16LE without BOM"),
        pytest.param(BASE.encode("utf-16-be"), "utf-16-be", id="UTF-16BE without BOM"),
        pytest.param(codecs.BOM_UTF32_LE + BASE.encode("utf-32-le"), "utf-32-le", id="ENC-17 UTF-32LE with BOM"),
        pytest.param(BASE.encode("gb18030"), "gb18030", id="GBK"),
        pytest.param(RARE.encode("gb18030"), "gb18030", id="ENC-07 four-byte GB18030"),
    ],
)
def test_encoding_is_told_by_the_bytes(tmp_path: Path, content: bytes, name: str) -> None:
    outcome = read_bytes(tmp_path, content)
    assert outcome.ledger.inputs[0].encoding == name
    assert outcome.texts == [row[5] for row in ten_rows()]
    assert outcome.rejects == []


def test_four_byte_characters_stay_intact(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, RARE.encode("gb18030"))
    assert outcome.conversations[0].agent == "示例店:𠮷田"
    assert outcome.conversations[0].customer == "㐂😀"


def test_big5_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, TRADITIONAL.encode("big5"))
    assert outcome.ledger.inputs[0].encoding == "big5"
    assert outcome.conversations[0].agent == "示例店:陳小姐"


def test_traditional_text_in_gb18030_is_not_taken_for_big5(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, TRADITIONAL.encode("gb18030"))
    assert outcome.ledger.inputs[0].encoding == "gb18030"
    assert outcome.conversations[0].agent == "示例店:陳小姐"


def test_chinese_after_a_megabyte_of_ascii_decides(tmp_path: Path) -> None:
    rows = [["S0", "", "customer", "a", "b", "hello " * 20]] * 9000 + ten_rows()
    head = ("conversation", "time", "role", "agent", "customer", "text")
    outcome = read_bytes(tmp_path, table(rows, headings=head).encode("gb18030"))
    assert outcome.ledger.inputs[0].encoding == "gb18030"
    assert outcome.texts[-1] == ten_rows()[-1][5]


def _spoil(line: int, old: bytes, new: bytes, codec: str = "utf-8") -> bytes:
    lines = BASE.encode(codec).split(b"\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(_spoil(8, "颜".encode(), b"\xff"), 8, id="ENC-09 one invalid byte"),
        pytest.param(BASE.rstrip("\n").encode()[:-2], 11, id="ENC-13 cut inside a character"),
        pytest.param(_spoil(4, "颜".encode(), b"\xed\xa0\xbd\xed\xb8\x80"), 4, id="ENC-15 CESU-8 surrogates"),
        pytest.param(_spoil(6, "颜".encode(), "颜色".encode("gbk")), 6, id="a GBK line in a UTF-8 file"),
        pytest.param(_spoil(5, "颜".encode("gb18030"), b"\xff", "gb18030"), 5, id="a bad byte in a GB18030 file"),
    ],
)
def test_a_line_that_cannot_be_decoded_costs_that_line(tmp_path: Path, content: bytes, line: int) -> None:
    outcome = read_bytes(tmp_path, content)
    assert outcome.rejected_lines == [line]
    assert outcome.rejects[0].reason.startswith("字符无法解码")
    assert outcome.texts == [row[5] for n, row in enumerate(ten_rows(), 2) if n != line]


def test_a_gbk_word_that_happens_to_be_utf8_does_not_decide(tmp_path: Path) -> None:
    """The GBK bytes of 系统 are valid UTF-8."""
    outcome = read_bytes(tmp_path, table([["系统", "1"]], headings=("角色", "消息")).encode("gbk"))
    assert [message.role for message in outcome.messages] == ["system"]


def test_a_spoilt_character_in_utf16_costs_its_line(tmp_path: Path) -> None:
    content = BASE.encode("utf-16").replace("第3句".encode("utf-16-le"), b"\x00\xd8" + "3句".encode("utf-16-le"))
    outcome = read_bytes(tmp_path, content)
    assert outcome.rejected_lines == [4]
    assert len(outcome.texts) == 9


def test_nul_in_a_text_is_left_out(tmp_path: Path) -> None:
    """ENC-11"""
    outcome = read_bytes(tmp_path, BASE.replace("第2句", "第\x002句").encode())
    assert outcome.texts == [row[5] for row in ten_rows()]


def test_old_mojibake_is_text_like_any_other(tmp_path: Path) -> None:
    """ENC-19"""
    outcome = read_bytes(tmp_path, BASE.replace("颜色", "锟斤拷Ã¤Â½").encode())
    assert outcome.texts[0] == "第1句，锟斤拷Ã¤Â½和尺码都合适"


def test_encoding_option_overrides(tmp_path: Path) -> None:
    content = table([["客户", "Où est mon colis"]], headings=("role", "text")).replace("客户", "customer")
    outcome = read_bytes(tmp_path, content.encode("cp1252"), options=Options(encoding="cp1252"))
    assert outcome.texts == ["Où est mon colis"]


@pytest.mark.parametrize("name", ["utf-16", "UTF16", "utf-32", "hz", "utf-8", "gbk"])
def test_encoding_option_takes_any_text_codec(tmp_path: Path, name: str) -> None:
    outcome = read_bytes(tmp_path, BASE.encode(name), options=Options(encoding=name))
    assert outcome.texts == [row[5] for row in ten_rows()]


@pytest.mark.parametrize("name", ["utf-9", "hex", "", "undefined", "gb\x00k"])
def test_unknown_encoding_option_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AuditorError, match="不认识编码"):
        read_bytes(tmp_path, BASE.encode(), options=Options(encoding=name))


def test_what_fits_no_encoding_is_refused_with_advice(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, "rôle;texte\nélève;à bientôt déjà\n".encode("latin-1"))
    assert outcome.sentences == [
        "看不出是哪种编码，请用 --encoding 指明，例如 --encoding gb18030 或 --encoding utf-8。"
    ]


def test_an_endless_line_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    """CSV-23: a field of many megabytes is never held in memory."""
    rows = [row[:] for row in ten_rows()]
    rows[3][5] = "长" * (MAX_LINE // 2)
    outcome = read_bytes(tmp_path, table(rows).encode())
    assert outcome.rejected_lines == [5]
    assert outcome.rejects[0].reason == "太长：超过 4 MB"
    assert len(outcome.texts) == 9


def test_progress_adds_up_to_the_size_of_the_files(tmp_path: Path) -> None:
    from auditor.readers import Ledger, read

    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_text(BASE, "utf-8")
    bad.write_bytes(b"\xff\xd8\xff")
    ticks: list[int] = []
    list(read([good, bad], Options(), Ledger(), ticks.append))
    assert sum(ticks) == good.stat().st_size + 3


def test_a_file_that_vanished_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    outcome = read_paths([tmp_path / "gone.csv"])
    assert outcome.sentences[0].startswith("读文件时出错")
