"""Exports of platforms and tools: every sample gives what stands beside it, whatever the file is called."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from factory_readers import LOGS, Outcome, read_bytes, read_paths

from auditor.errors import AuditorError
from auditor.readers import Options, formats
from auditor.readers.canonical import as_line
from auditor.readers.mapfile import built_in
from auditor.readers.source import Source

#: Folders with an ``expected.toml`` are read by test_readers_grammars.py, with options.
SAMPLES = sorted(
    path.with_name(path.name.partition(".expected")[0])
    for path in LOGS.glob("*/*.expected.jsonl")
    if not (path.parent / "expected.toml").exists()
)
#: What is rejected in the samples: their traps.
REJECTS = {
    "taobao-top/chatlog.xml": [(21, "角色不认识：「7」")],
    "jd-jos/chatlog.json": [(25, "空消息：消息内容是空的")],
    "pdd-frames/frames.jsonl": [(6, "不是聊天消息：里面没有消息")],
    "wecom/archive.jsonl": [(8, "企业内部消息，没有客户")],
    "sender-table/nobody-marked.csv": [
        (3, "角色不认识：看不出「小云」是客服还是客户，请用 --agents 给出客服账号名单")
    ],
    "html/back-office.xls": [(5, "列数不对：表头 6 列，这一行 4 列")],
}


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _plain(outcome: Outcome) -> list[Any]:
    return [json.loads(as_line(conversation)) for conversation in outcome.conversations]


@pytest.mark.parametrize("path", SAMPLES, ids=_name)
def test_a_sample_gives_what_stands_beside_it(path: Path) -> None:
    outcome = read_paths([path])
    expected = path.with_name(f"{path.name}.expected.jsonl").read_text("utf-8").splitlines()
    assert outcome.ledger.inputs[0].format == path.parent.name
    assert _plain(outcome) == [json.loads(line) for line in expected]
    assert [(r.line, r.reason) for r in outcome.rejects] == REJECTS.get(_name(path), [])
    assert outcome.ledger.file_problems == []


@pytest.mark.parametrize("path", SAMPLES, ids=_name)
@pytest.mark.parametrize("name", ["log.csv", "聊天记录.txt", "a.xlsx", "b.json", "c.zip", "d"])
def test_the_name_of_a_file_makes_no_difference(tmp_path: Path, path: Path, name: str) -> None:
    shutil.copy(path, tmp_path / name)
    outcome = read_paths([tmp_path / name])
    assert outcome.ledger.inputs[0].format == path.parent.name
    assert len(outcome.messages) == len(read_paths([path]).messages)


def test_every_map_has_a_sample() -> None:
    assert {form.name for form in built_in()} <= {path.parent.name for path in SAMPLES}


@pytest.mark.parametrize("path", SAMPLES, ids=_name)
def test_no_other_format_comes_near(path: Path) -> None:
    source = Source.open(path, lambda _: None)
    (best, score), *others = formats.candidates(source, Options())
    assert best.name == path.parent.name
    assert all(score - other > formats.TIE for _, other in others)


@pytest.mark.parametrize("path", [path for path in SAMPLES if path.suffix == ".json"], ids=_name)
def test_a_file_that_breaks_off_is_known_for_what_it_is(tmp_path: Path, path: Path) -> None:
    content = path.read_text("utf-8")
    outcome = read_bytes(tmp_path, content[: len(content) * 9 // 10].encode(), "a.json")
    assert outcome.ledger.inputs[0].format == path.parent.name
    assert len(outcome.sentences) == 1


@pytest.mark.parametrize("path", [path for path in SAMPLES if path.suffix == ".json"], ids=_name)
def test_where_line_breaks_are_makes_no_difference(tmp_path: Path, path: Path) -> None:
    value = json.loads(path.read_text("utf-8"))
    values = value if isinstance(value, list) else [value]
    plain = [_texts(read_paths([path]))]
    forms = [json.dumps(value), "\n".join(map(json.dumps, values)), "\n".join(json.dumps(v, indent=4) for v in values)]
    plain += [_texts(read_bytes(tmp_path, form.encode(), path.name)) for form in forms]
    assert all(texts == plain[0] for texts in plain)


XML = (LOGS / "taobao-top/chatlog.xml").read_text("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("head", [True, False], ids=["declared", "bare"])
def test_an_xml_answer_is_read_in_any_encoding(tmp_path: Path, encoding: str, head: bool) -> None:
    text = XML if head else XML.partition("\n")[2]
    outcome = read_bytes(tmp_path, text.encode(encoding), "a.xml")
    assert outcome.texts == read_paths([LOGS / "taobao-top/chatlog.xml"]).texts
    assert outcome.rejected_lines == [21 if head else 20]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (XML[: len(XML) // 2], "XML 没有写完或写坏了"),
        (XML.replace("</msg>", "", 1), "XML 没有写完或写坏了"),
        (XML.replace("<wang", '<!DOCTYPE x [<!ENTITY a "b">]>\n<wang', 1).replace("差多少", "&a;"), "这是 XML"),
        ('<?xml version="1.0"?><note>在吗</note>', "这是 XML，但不是认得的聊天记录"),
    ],
    ids=["cut off", "not closed", "entities", "something else"],
)
def test_an_xml_answer_that_is_broken(content: str, said: str, tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, content.encode(), "a.xml")
    assert outcome.texts == []
    assert said in outcome.sentences[0]


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    content = XML.replace("<wang", '<!DOCTYPE x [<!ENTITY a "b">]>\n<wang', 1)
    outcome = read_bytes(tmp_path, content.encode(), options=Options(format="taobao-top"))
    assert "DOCTYPE" in outcome.sentences[0]


def _texts(outcome: Outcome) -> list[Any]:
    return [(c.id, [(m.role, m.kind, m.text, m.time) for m in c.messages]) for c in outcome.conversations]


MAP = """
name = "our-tool"
title = "我们的导出"
kind = "table"
platform = "抖音"
needs = ["话", "谁", "何时"]
times = ["%d/%m/%Y %H.%M"]

[fields]
conversation = "单号"
text = "话"
role = "谁"
time = "何时"

[roles]
customer = ["买"]
agent = ["卖"]

[[rules]]
when = { "话" = "（图）" }
kind = "image"

[[rules]]
when = { "谁" = "测试" }
reject = "测试账号"
"""
ROWS = """单号,何时,谁,话,客服
7,16/11/2026 09.05,买,在吗,小云
7,16/11/2026 09.06,卖,（图）,小云
7,16/11/2026 09.07,测试,x,小云
"""


def test_a_map_of_ones_own_needs_no_code(tmp_path: Path) -> None:
    own = tmp_path / "our.toml"
    own.write_text(MAP, "utf-8")
    outcome = read_bytes(tmp_path, ROWS.encode(), options=Options(format=str(own)))
    (talk,) = outcome.conversations
    assert (talk.id, talk.agent, talk.platform) == ("7", "小云", "抖音")
    assert [(m.role, m.kind, str(m.time)) for m in talk.messages] == [
        ("customer", "text", "2026-11-16 09:05:00"),
        ("agent", "image", "2026-11-16 09:06:00"),
    ]
    assert [(r.line, r.reason) for r in outcome.rejects] == [(4, "测试账号")]
    assert outcome.ledger.inputs[0].format == "our-tool"


@pytest.mark.parametrize(("name", "content"), [("gone.toml", None), ("gbk.toml", 'title = "导出"'.encode("gbk"))])
def test_a_map_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AuditorError, match="列名对照表"):
        read_bytes(tmp_path, b"x", options=Options(format=str(tmp_path / name)))


def test_agents_tell_who_is_who_where_no_account_does(tmp_path: Path) -> None:
    sample = (LOGS / "sender-table/nobody-marked.csv").read_bytes()
    outcome = read_bytes(tmp_path, sample, options=Options(agents=frozenset({"小云"})))
    assert [str(m.role) for m in outcome.messages] == ["customer", "agent"]


def test_ids_that_a_spreadsheet_has_rounded_are_never_a_key() -> None:
    outcome = read_paths([LOGS / "taobao-service/rounded-ids.csv"])
    assert [c.customer for c in outcome.conversations] == ["tb_南风", "tb_山间"]
    assert [(note.place.line, note.text[:12]) for note in outcome.ledger.notes] == [(2, "「会话」列有 3 个编号")]
