"""JSON Lines: cut at LF only; what is wrong with a line is said of that line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from factory_readers import read_bytes, ten_rows

KEYS = ("conversation", "time", "role", "agent", "customer", "text")
LINES = [json.dumps(dict(zip(KEYS, row, strict=True)), ensure_ascii=False) for row in ten_rows()]
TEXTS = [row[5] for row in ten_rows()]


def _with_line(line: int, text: str) -> bytes:
    return "\n".join([*LINES[: line - 1], text, *LINES[line:]]).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("lead", ["", "\ufeff", "\n\n"], ids=["JSN-01", "JSN-03 BOM", "blank lines"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_good_lines(tmp_path: Path, lead: str, end: str) -> None:
    outcome = read_bytes(tmp_path, (lead + end.join(LINES) + end).encode(), "a.jsonl")
    assert outcome.texts == TEXTS
    assert outcome.ledger.inputs[0].format == "jsonl"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param('{"role":"客户","text":"加我","text":"在吗"}', "同一个键写了两次：「text」", id="JSN-05 same key"),
        pytest.param(
            '{"role":"客户","text":"在","消息":"吗"}',
            "同一个键写了两次：「消息」和另一个键是同一个意思",
            id="two names",
        ),
        pytest.param("[" * 100_000, "JSON 写坏了：嵌套太深", id="JSN-07 deep"),
        pytest.param('{"role":"客户","text":null}', "空消息：消息内容是空的", id="JSN-13 null"),
        pytest.param('{"role":"客户","text":5}', "值的类型不对：消息不是文字，而是「5」", id="JSN-13 number"),
        pytest.param('{"role":"客户","text":["a"]}', "值的类型不对：消息不是文字，而是「['a']」", id="JSN-13 list"),
        pytest.param('{"role":"客户","text":{}}', "值的类型不对：消息不是文字，而是「{}」", id="JSN-13 object"),
        pytest.param('{"role":"客户","text":true}', "值的类型不对：消息不是文字，而是「True」", id="JSN-13 bool"),
        pytest.param("{'role':'客户','text':'在吗'}", "JSON 写坏了：第 2 个字符处", id="JSN-17 repr"),
        pytest.param('{"role":"客户","te\u200bxt":"在吗"}', "缺少字段：text（消息）", id="JSN-19 zero-width key"),
        pytest.param('{"role":"客户","text":"在","time":NaN}', "JSON 写坏了：NaN 不是 JSON 的数", id="NaN"),
        pytest.param(
            '{"role":"客户","text":"在","x":-Infinity}', "JSON 写坏了：-Infinity 不是 JSON 的数", id="Infinity"
        ),
        pytest.param(
            '{"role":"客户","text":"在","x":' + "9" * 5000 + "}", "JSON 写坏了：数字太长", id="endless number"
        ),
        pytest.param('{"role":"客户","text":"在","agent":["a"]}', "值的类型不对：「['a']」不是名称", id="agent a list"),
        pytest.param(
            '{"role":"客户","text":"在","agent":1e999}', "值的类型不对：数字太大或不是数字", id="agent infinite"
        ),
        pytest.param('{"role":["客户"],"text":"在"}', "角色不认识：「['客户']」", id="role a list"),
        pytest.param('{"role":"客户","text":"在","kind":["x"]}', "值的类型不对：「['x']」不是文字", id="kind a list"),
        pytest.param('{"role":"客户","text":"在","kind":"舞蹈"}', "消息类型不认识：「舞蹈」", id="unknown kind"),
        pytest.param('{"role":"客服","text":"在","auto":"也许"}', "自动回复标记不认识：「也许」", id="unknown auto"),
        pytest.param('{"text":"在"}', "缺少字段：role（角色）", id="no role"),
        pytest.param("5", "JSON 写坏了：不是一个对象（{…}）", id="no object"),
        pytest.param('{"conversation":"S9","messages":[]}', "空会话：会话里没有消息", id="no messages"),
    ],
)
def test_a_bad_line_is_rejected_alone(tmp_path: Path, line: str, reason: str) -> None:
    outcome = read_bytes(tmp_path, _with_line(3, line), "a.jsonl")
    assert [(r.line, r.reason) for r in outcome.rejects] == [(3, reason)]
    assert outcome.texts == [text for n, text in enumerate(TEXTS, 1) if n != 3]


def test_half_a_surrogate_pair_becomes_a_replacement_character(tmp_path: Path) -> None:
    """JSN-09"""
    outcome = read_bytes(
        tmp_path, _with_line(3, r'{"conversation":"S3","role":"客户","text":"好\ud83d","agent":"云\ud83d"}')
    )
    found = next(c for c in outcome.conversations if c.id == "S3")
    assert (found.messages[0].text, found.agent) == ("好\ufffd", "云\ufffd")


def test_control_characters_in_a_name_are_left_out(tmp_path: Path) -> None:
    """JSN-21"""
    outcome = read_bytes(
        tmp_path, _with_line(3, r'{"conversation":"S3","role":"客服","text":"好","agent":"小\u0000云\u0007"}')
    )
    assert next(c for c in outcome.conversations if c.id == "S3").agent == "小云"


def test_line_separators_inside_strings_do_not_cut_lines(tmp_path: Path) -> None:
    """JSN-23"""
    text = "一\u2028二\u2029三\u0085四\x0b五\x0c六"
    line = json.dumps({"conversation": "S3", "role": "客户", "text": text}, ensure_ascii=False)
    outcome = read_bytes(tmp_path, "\n".join([line, *LINES]).encode(), "a.jsonl")
    assert outcome.texts == [text, *TEXTS]


def test_a_conversation_of_many_megabytes_in_one_line_is_read(tmp_path: Path) -> None:
    """SCL-01: longer than any line of a table may be."""
    message = {"role": "客户", "text": "这一句话要说得长一点" * 100}
    outcome = read_bytes(tmp_path, json.dumps({"messages": [message] * 1000}).encode(), "a.jsonl")
    assert len(outcome.messages) == 1000


def test_extra_keys_are_ignored(tmp_path: Path) -> None:
    """JSN-15"""
    line = '{"conversation":"S3","role":"客户","text":"好","__proto__":{"a":1},"__class__":"x","labels":{"text":"y"}}'
    assert read_bytes(tmp_path, "\n".join([line, *LINES]).encode()).texts == ["好", *TEXTS]


def test_an_array_of_messages_or_conversations_is_read(tmp_path: Path) -> None:
    """JSN-11"""
    outcome = read_bytes(tmp_path, ("[" + ",\n".join(LINES) + "]").encode(), "a.json")
    assert outcome.texts == TEXTS
    assert [m.place.line for m in outcome.messages if m.place] == list(range(1, 11))


def test_conversations_without_ids_stay_apart(tmp_path: Path) -> None:
    one = {"messages": [{"role": "客户", "text": "在吗"}, {"role": "客服", "text": "您好"}]}
    for content, name in ((json.dumps([one, one]), "a.json"), (json.dumps(one) + "\n" + json.dumps(one), "a.jsonl")):
        outcome = read_bytes(tmp_path, content.encode(), name)
        assert [c.id for c in outcome.conversations] == ["a#1", "a#2"]
        assert outcome.texts == ["在吗", "您好"] * 2


def test_an_object_laid_out_over_many_lines_is_read(tmp_path: Path) -> None:
    one = {"conversation": "S1", "messages": [{"role": "客户", "text": "在吗"}]}
    outcome = read_bytes(tmp_path, json.dumps(one, indent=2, ensure_ascii=False).encode(), "a.json")
    assert outcome.texts == ["在吗"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[{"role":"客户","text":"在吗"}', "JSON 没有写完或后面多了内容，请重新导出。"),
        ('[{"role":"客户","text":"在吗"} {"role":"客户"}]', "JSON 没有写完或后面多了内容，请重新导出。"),
        (
            '[{"role":"客户","text":"在吗"},\n{"a":1,"a":2}]',
            "第 2 行起 同一个键写了两次（「a」），后面的内容读不了，请重新导出。",
        ),
        ('[{"role":"客户","text":"在吗"},\n' + "[" * 100_000, "第 2 行起 JSON 写坏了，后面的内容读不了，请重新导出。"),
    ],
    ids=["cut off", "comma missing", "same key", "deep"],
)
def test_a_broken_array_is_told_and_what_stands_before_is_kept(tmp_path: Path, content: str, sentence: str) -> None:
    outcome = read_bytes(tmp_path, content.encode(), "a.json")
    assert outcome.texts == ["在吗"]
    assert outcome.sentences == [sentence]


def test_a_bad_byte_in_an_array_refuses_it(tmp_path: Path) -> None:
    outcome = read_bytes(tmp_path, b'[{"role":"\xe5\xae\xa2\xe6\x88\xb7",\n"text":"\xff"}]', "a.json")
    assert outcome.sentences == ["第 2 行字符无法解码，整个 JSON 数组读不了。"]


def test_an_array_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.readers.jsonvalues.MAX_ARRAY", 1 << 4)
    outcome = read_bytes(tmp_path, ("[" + ",".join(LINES) + "]").encode(), "a.json")
    assert "JSON 数组" in outcome.sentences[0]


def test_a_bad_message_in_a_conversation_costs_that_message(tmp_path: Path) -> None:
    conversation = {
        "会话ID": "S1",
        "客服": "小云",
        "customer": "茶茶",
        "platform": "淘宝",
        "messages": [
            {"角色": "客户", "消息": "在吗", "时间": "2026-11-16 09:00:00"},
            {"role": "agent", "text": 5},
            "您好",
            {"role": "agent", "text": "x", "消息": "y"},
            {"role": "agent", "kind": "image", "sender": "阿泽"},
            {"role": "agent", "text": "您好", "agent": None},
        ],
    }
    outcome = read_bytes(tmp_path, json.dumps(conversation).encode())
    assert outcome.texts == ["在吗", "", "您好"]
    assert [r.line for r in outcome.rejects] == [1, 1, 1]
    assert [m.sender for m in outcome.messages] == ["茶茶", "阿泽", "小云"]
    assert (outcome.conversations[0].id, outcome.conversations[0].platform) == ("S1", "淘宝")


def test_an_object_whose_list_begins_on_the_next_line(tmp_path: Path) -> None:
    """Its second line begins like one of JSON Lines."""
    log = '{"conversation": "S1", "messages": [\n{"role": "K", "text": "在吗"},\n{"role": "G", "text": "在的"}\n]}\n'
    outcome = read_bytes(tmp_path, log.encode())
    assert [(talk.id, len(talk.messages)) for talk in outcome.conversations] == [("S1", 2)]


def test_a_first_line_that_is_cut_off_does_not_cost_the_others(tmp_path: Path) -> None:
    log = '{"role": "K", "text": "在\n{"role": "K", "text": "在吗"}\n{"role": "G", "text": "在的"}\n'
    assert read_bytes(tmp_path, log.encode()).texts == ["在吗", "在的"]
