"""Every kind of library file, and where each character of a phrase stands in it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from factory_phrases import notes, phrases, problems, standing, write
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from auditor.errors import AuditorError
from auditor.phrases.files import library_files
from auditor.phrases.library import Reading, read
from auditor.phrases.phrase import Phrase


def test_csv_cells_with_quotes_and_line_breaks_keep_their_places(tmp_path: Path) -> None:
    text = '编码,分组,标题,内容,豁免\r\n1,售前,欢迎,"您好，""亲"",\r\n请问？",D01 店主要求\r\n2,,,包邮,\r\n'
    path = write(tmp_path, "话术.csv", text)
    first, second = phrases(path)
    assert (first.text, first.title, first.group, first.code) == ('您好，"亲",\n请问？', "欢迎", "售前", "1")
    assert first.allows[0].rules == ("D01",)
    assert first.allows[0].reason == "店主要求"
    assert standing(path, first) == list(first.text)
    assert first.origin.at(first.text.index("请")) == (3, 1)
    assert (second.text, second.origin.at(0)) == ("包邮", (4, 5))


@pytest.mark.parametrize(("name", "text", "wanted"), [
    ("a.tsv", "快捷编码\t快捷短语\t快捷短语分组\n01\t您好，在的\t售前\n", ("您好，在的", "", "售前", "01")),
    ("千牛.csv", "快捷编码;快捷短语;分组\n/hy;欢迎光临;常用\n", ("欢迎光临", "", "常用", "/hy")),
    ("京麦.csv", "分组名称,短语标题,短语内容\n物流,催件,马上帮您催\n", ("马上帮您催", "催件", "物流", "")),
    ("有标题行.csv", "某某店话术库\n导出时间：今天\n问题,答案\n能退吗,可以的\n", ("可以的", "能退吗", "", "")),
    ("no-suffix", "分组,内容（必填）\n售前,您好\n", ("您好", "", "售前", "")),
])  # fmt: skip
def test_columns_go_by_their_usual_names(tmp_path: Path, name: str, text: str, wanted: tuple[str, ...]) -> None:
    (found,) = phrases(write(tmp_path, name, text))
    assert (found.text, found.title, found.group, found.code) == wanted


def test_a_column_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "内容,客服该说的\n内部备注,您好\n")
    assert [phrase.text for phrase in phrases(path, "客服该说的")] == ["您好"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16", "big5"])
def test_encodings_are_told_from_the_bytes(tmp_path: Path, encoding: str) -> None:
    said = "您好請問有什麼可以幫您" if encoding == "big5" else "您好请问有什么可以帮您"
    (found,) = phrases(write(tmp_path, "话术.csv", f"title,text\n问候,{said}\n".replace("问", "問"), encoding))
    assert found.text == said.replace("问", "問")
    assert found.origin.at(0) == (2, 4)


def test_text_files_hold_a_phrase_a_line(tmp_path: Path) -> None:
    lines = ["\ufeff您好", "", "# auditor: allow D01 店主要求", "自己看", "#1 款有货  # auditor: allow typo 原话", ""]
    path = write(tmp_path, "话术.txt", "\r\n".join(lines))
    first, second, third = phrases(path)
    assert (first.text, first.origin.line) == ("您好", 1)
    assert (second.text, second.origin.line, second.allows[0].reason) == ("自己看", 4, "店主要求")
    assert (third.text, third.allows[0].rules) == ("#1 款有货", ("typo",))


def test_a_phrase_that_begins_with_a_bracket_is_no_json(tmp_path: Path) -> None:
    path = write(tmp_path, "话术.txt", "{昵称}您好\n[微笑]在的\n")
    assert [phrase.text for phrase in phrases(path)] == ["{昵称}您好", "[微笑]在的"]


MARKDOWN = """# 售前

这一段是说明，不是话术。

- **欢迎语**：您好\\*呀
* 第二条
  接着写
1. 编号的

```
- 代码里的不算
```

| 标题 | 内容 | 豁免 |
|:--|---|---|
| 退货 | 支持<br>退货 \\| 换货 | |

| 列 | 值 |
|---|---|
| 甲 | 乙 |
"""


def test_markdown_lists_and_tables(tmp_path: Path) -> None:
    path = write(tmp_path, "话术.md", MARKDOWN)
    found = phrases(path)
    assert [(phrase.title, phrase.text) for phrase in found] == [
        ("欢迎语", "您好*呀"), ("", "第二条\n接着写"), ("", "编号的"), ("退货", "支持\n退货 | 换货"),
    ]  # fmt: skip
    assert {phrase.group for phrase in found} == {"售前"}
    assert found[0].origin.at(2) == (5, 13)
    assert found[1].origin.at(4) == (7, 3)
    assert found[3].origin.at(found[3].text.index("|")) == (16, 17)
    assert notes(path) == [f"{path}:18：这张表没有「内容」「话术」或「快捷短语」列，没有查"]


def test_a_comment_in_markdown_belongs_to_what_follows(tmp_path: Path) -> None:
    text = "- 甲\n<!-- auditor: allow D01 店主要求 -->\n- 乙\n- 丙 <!-- auditor: allow D02 原话 -->\n"
    path = write(tmp_path, "话术.md", text)
    assert [[allow.rules for allow in phrase.allows] for phrase in phrases(path)] == [[], [("D01",)], [("D02",)]]


@pytest.mark.parametrize(("name", "text", "wanted"), [
    ("a.json", '[{"标题": "欢迎", "内容": "您好"}, {"内容": "再见"}]', [("欢迎", "您好"), ("", "再见")]),
    ("a.json", '{"售前": {"欢迎语": "您好", "报价": "59 元"}}', [("欢迎语", "您好"), ("报价", "59 元")]),
    ("a.json", '{"phrases": ["您好", "再见"]}', [("phrases", "您好"), ("phrases", "再见")]),
    ("a.json", '{"title": "欢迎", "text": ["您好", "在的"]}', [("", "您好"), ("", "在的")]),
    ("a.jsonl", '{"text": "您好"}\n"再见"\n', [("", "您好"), ("", "再见")]),
    ("a.json", '{"text": "单独一条", "id": 3}', [("", "单独一条")]),
])  # fmt: skip
def test_json_in_its_usual_shapes(tmp_path: Path, name: str, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(phrase.title, phrase.text) for phrase in phrases(write(tmp_path, name, text))] == wanted


def test_json_escapes_keep_their_places(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", '{\n "内容": "您\\n好\\u4f60\\ud83d\\ude00吗"\n}')
    (found,) = phrases(path)
    assert found.text == "您\n好你😀吗"
    assert [found.origin.at(index) for index in range(6)] == [(2, 9), (2, 10), (2, 12), (2, 13), (2, 19), (2, 31)]


TOML = '''# 话术
[[phrase]]
title = "欢迎"
text = "您\\n好"  # auditor: allow D01 店主要求

[[phrase]]
# auditor: allow D02 原话
text = """
多行
话术"""
allow = ["D03 理由"]

[售后]
"退货" = '七天'
"换货" = ["先寄回", "再发新的"]
'''.replace("[售后]", '["售后"]')


def test_toml_tables_lists_and_comments(tmp_path: Path) -> None:
    path = write(tmp_path, "话术.toml", TOML)
    found = phrases(path)
    assert [(phrase.group, phrase.title, phrase.text) for phrase in found] == [
        ("", "欢迎", "您\n好"), ("", "", "多行\n话术"), ("售后", "退货", "七天"), ("售后", "换货", "先寄回"),
        ("售后", "换货", "再发新的"),
    ]  # fmt: skip
    assert [[allow.rules for allow in phrase.allows] for phrase in found[:2]] == [[("D01",)], [("D03",), ("D02",)]]
    assert found[0].origin.at(2) == (4, 12)
    assert found[1].origin.at(3) == (10, 1)
    assert found[4].origin.at(0) == (15, 17)


def test_worksheets_name_the_cell(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "售前"
    for row in [["导出"], ["标题", "内容"], ["欢迎", "您好\n在的"], ["空", None], ["数", 59]]:
        sheet.append(row)
    book.create_sheet("说明").append(["随便写写"])
    path = tmp_path / "话术.xlsx"
    book.save(path)
    first, second = phrases(path)
    assert (first.text, first.origin.sheet, first.origin.cell) == ("您好\n在的", "售前", "B3")
    assert first.origin.at(3) == (3, 4)
    assert str(first.origin) == f"{path} 售前!B3"
    assert second.text == "59"
    assert notes(path) == [
        f"{path}：「售前」有 1 行没有内容，没有查",
        f"{path}：工作表「说明」的表头里没有「内容」「话术」或「快捷短语」列，没有查",
    ]


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("a.csv", "甲,乙\n1,2\n".encode(), "表头里没有「内容」「话术」或「快捷短语」列"),
    ("a.csv", '标题,内容\n一,"没收尾\n'.encode(), "a.csv:2: 引号没有成对"),
    ("a.csv", "标题,内容\n一\n".encode(), "a.csv:2: 列数不对"),
    ("a.txt", b"\xe6\x82\xa8\xe5\xa5\xbd\n\xe6\x82\xa8\xff\n", "a.txt:2: 字符无法解码"),
    ("a.json", b'{"text": "x"', "JSON 写坏了"),
    ("a.jsonl", b'{"text": "x"}\n{"text": "y"}\n{"text"\n', "a.jsonl:3: JSON 写坏了"),
    ("a.toml", "内容 = “x”".encode(), "TOML 写坏了"),
    ("a.csv", b"", "文件是空的"),
    ("a.xlsx", b"PK\x03\x04xl/broken", "工作簿损坏了"),
    ("a.csv", b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00", "这不是文字文件"),
])  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (problem, *_) = problems(path)
    assert sentence in problem


def test_folders_and_globs(tmp_path: Path) -> None:
    for name in ("b.csv", "a.md", "说明.pdf", ".hidden.csv", "auditor.toml"):
        write(tmp_path, name, "x")
    (tmp_path / "深").mkdir()
    write(tmp_path / "深", "c.toml", "x")
    assert [path.name for path in library_files([str(tmp_path)])] == ["a.md", "b.csv", "c.toml"]
    assert [path.name for path in library_files([f"{tmp_path}/*.csv", str(tmp_path / "b.csv")])] == ["b.csv"]
    for wrong in (str(tmp_path / "没有.csv"), f"{tmp_path}/*.xlsx"):
        with pytest.raises(AuditorError):
            library_files([wrong])


def test_standard_input_goes_by_the_name_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO("- 您好\n- 再见\n".encode())

    monkeypatch.setattr(sys, "stdin", Input)
    found = [item for item in read(Path("-"), Reading(stdin_name="话术.md")) if isinstance(item, Phrase)]
    assert [(phrase.text, phrase.origin.file) for phrase in found] == [("您好", "话术.md"), ("再见", "话术.md")]


TEXTS = st.text(st.sampled_from('您好你,，"\n|\\ a1\u3000😀'), min_size=1, max_size=12).filter(str.strip)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_csv_places_are_true_whatever_is_in_the_cells(tmp_path_factory: pytest.TempPathFactory,
                                                      rows: list[tuple[str, str]]) -> None:  # fmt: skip
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([("标题", "内容"), *rows])
    path = write(tmp_path_factory.mktemp("csv"), "a.csv", out.getvalue())
    found = phrases(path)
    assert [phrase.text for phrase in found] == [text for _, text in rows]
    for phrase in found:
        assert standing(path, phrase) == list(phrase.text)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.booleans())
def test_json_places_are_true_where_nothing_is_escaped(tmp_path_factory: pytest.TempPathFactory,
                                                       texts: list[str], plain: bool) -> None:  # fmt: skip
    path = write(tmp_path_factory.mktemp("json"), "a.json", json.dumps(texts, ensure_ascii=not plain, indent=1))
    found = phrases(path)
    assert [phrase.text for phrase in found] == texts
    for phrase in found:
        shown = standing(path, phrase)
        wanted = ["\\" if char in '"\n\\' or (not plain and not char.isascii()) else char for char in phrase.text]
        assert shown == wanted
