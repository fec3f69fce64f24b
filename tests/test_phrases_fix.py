"""``--fix`` and ``--diff``: only what is safe, only where it stands, and never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from factory_phrases import Linter, linter, write
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from auditor.cli.loading import load_rules
from auditor.phrases.check import usable
from auditor.phrases.mending import mended, mends

RULES = [rule for rule in usable(load_rules(())[0]) if mends(rule)]


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Linter:
    """``auditor phrases check …`` in an empty folder."""
    return linter(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize(("before", "after"), [
    ("您好,在的!", "您好，在的！"),
    ("这款没货(周五到)", "这款没货（周五到）"),
    ("好的.马上", "好的。马上"),
    ("10:30 前拍，尺码 S,M,L，3.5 斤", "10:30 前拍，尺码 S,M,L，3.5 斤"),
    ("链接 https://item.jd.com/1.html?a=1,2", "链接 https://item.jd.com/1.html?a=1,2"),
    ("您好[微笑],在的", "您好[微笑],在的"),
    ("好的！！！马上？？？", "好的！马上？"),
    ("稍等……好~~", "稍等……好~~"),
    ("单号ＳＦ１２３", "单号SF123"),
    ("您好  在的 ，请说", "您好 在的，请说"),
    ("你的单发了，你看下", "您的单发了，您看下"),
    ("您好，你的单发了", "您好，您的单发了"),
    ("你好，你们的迷你款有货", "你好，你们的迷你款有货"),
    ("请问您要哪個", "请问您要哪個"),
])  # fmt: skip
def test_what_is_mended(before: str, after: str) -> None:
    assert mended(before, RULES) == after


@given(st.text(st.sampled_from("您你好,，.。!！?？:;()（） \u3000１ＡaS1~…\n款"), max_size=20))
def test_mending_twice_changes_nothing_more(text: str) -> None:
    once = mended(text, RULES)
    assert mended(once, RULES) == once
    kept = str.maketrans("", "", ",，.。!！?？:：;；()（） \u3000~")
    assert len(once.translate(kept)) == len(text.translate(kept))


CSV = '﻿编码,标题,内容\r\n1,"a,b","您好,""亲"",在的!"\r\n2,材质,你的单,发了\r\n'.replace("你的单,发了", "你的单发了")


def test_a_file_keeps_its_bytes_around_what_is_mended(lint: Linter, tmp_path: Path) -> None:
    path = write(tmp_path, "话术.csv", CSV)
    shown = lint("话术.csv", "--diff")
    assert path.read_bytes() == CSV.encode()
    assert '+1,"a,b","您好，""亲"",在的！"' in shown.out
    shown = lint("话术.csv", "--fix")
    assert path.read_bytes().decode() == CSV.replace("您好,", "您好，").replace("的!", "的！").replace("你的", "您的")
    assert "改好了 3 处" in shown.out
    assert "改好了" not in lint("话术.csv", "--fix").out


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_the_encoding_stays(lint: Linter, tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "话术.txt", "您好,请问有什么可以帮您的\r\n欢迎光临本店\r\n", encoding)
    assert lint("话术.txt", "--fix").code == 0
    assert path.read_bytes() == "您好，请问有什么可以帮您的\r\n欢迎光临本店\r\n".encode(encoding)


def test_only_what_is_asked_for_is_mended(lint: Linter, tmp_path: Path) -> None:
    path = write(tmp_path, "话术.txt", "你好吗,你的单\n# auditor: allow L03 原话\n您好,在的\n")
    lint("话术.txt", "--fix", "--select", "L03")
    assert path.read_text(encoding="utf-8") == "你好吗，你的单\n# auditor: allow L03 原话\n您好,在的\n"


def test_markdown_json_and_toml_are_mended_in_place(lint: Linter, tmp_path: Path) -> None:
    files = {
        "a.md": ("- 您好,\\*在\n\n| 内容 |\n|--|\n| 是的!\\| |\n", "- 您好，\\*在\n\n| 内容 |\n|--|\n| 是的！\\| |\n"),
        "b.json": ('["您\\n好,在", "你\\u597d!的"]', '["您\\n好，在", "你\\u597d！的"]'),
        "c.toml": ('[[p]]\ntext = """\n您好,\n在的!"""\n', '[[p]]\ntext = """\n您好，\n在的！"""\n'),
    }
    for name, (before, after) in files.items():
        path = write(tmp_path, name, before)
        lint(name, "--fix")
        assert path.read_text(encoding="utf-8") == after


def test_what_is_written_as_an_escape_is_left_to_people(lint: Linter, tmp_path: Path) -> None:
    path = write(tmp_path, "话术.json", '["您好\\u002c在的"]')
    shown = lint("话术.json", "--fix")
    assert "有 1 处写着转义符，没有改" in shown.err
    assert path.read_text(encoding="utf-8") == '["您好\\u002c在的"]'


def test_workbooks_and_the_standard_input_are_not_mended(lint: Linter, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["内容"], ["您好,在的"]]:
        sheet.append(row)
    book.save(tmp_path / "话术.xlsx")
    before = (tmp_path / "话术.xlsx").read_bytes()
    assert "工作簿和压缩包不直接改" in lint("话术.xlsx", "--fix").err
    assert (tmp_path / "话术.xlsx").read_bytes() == before
