"""What holds for every format there is: it is documented, has samples, is told apart, carries a talk, bears damage."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from factory_chats import GRAMMARS
from factory_readers import LOGS, Outcome, read_bytes, read_paths
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers_exports_properties import JSON, SHOP, TABLES, Said, expected, logs, said_in

from auditor.readers import FORMATS, Options

NAMES = [form.name for form in FORMATS]
#: Every sample that is read as the format of its folder, or of its entry in expected.toml.
SAMPLES: dict[Path, tuple[str, Options]] = {}
for _path in sorted(LOGS.glob("*/expected.toml")):
    if _path.parent.name != "broken":
        for _case in tomllib.loads(_path.read_text("utf-8"))["file"]:
            _options = Options(agents=frozenset(_case.get("agents", ())) if "rejects" in _case else frozenset())
            SAMPLES[_path.with_name(_case["name"])] = (_case.get("format", _path.parent.name), _options)
for _path in sorted(LOGS.glob("*/*.expected.jsonl")):
    SAMPLES.setdefault(_path.with_name(_path.name.removesuffix(".expected.jsonl")), (_path.parent.name, Options()))


def _name(value: object) -> str | None:
    return f"{value.parent.name}/{value.name}" if isinstance(value, Path) else None


def test_every_format_has_a_sample() -> None:
    assert {form for form, _ in SAMPLES.values()} == set(NAMES)


def test_every_format_stands_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    rows = "\n".join(line for line in readme.splitlines() if line.startswith("| `"))
    assert [name for name in NAMES if f"`{name}`" not in rows] == []


@pytest.mark.parametrize("path", SAMPLES, ids=_name)
@pytest.mark.parametrize("name", ["聊天记录.csv", "a.xlsx", "b.json", "没有后缀"])
def test_a_copy_under_any_name_is_taken_for_the_same(path: Path, name: str, tmp_path: Path) -> None:
    form, options = SAMPLES[path]
    shutil.copy(path, tmp_path / name)
    assert read_paths([tmp_path / name], options).ledger.inputs[0].format == form


def _by_talk(rows: Sequence[Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for row in rows:
        found.setdefault(row.talk, []).append(row)
    return found


def _transcript(rows: Sequence[Said]) -> bytes:
    talks = _by_talk(rows).values()
    return "\n---\n".join("".join(f"{m.pick('客户', '客服')}：{m.text}\n" for m in talk) for talk in talks).encode()


def _page(rows: Sequence[Said]) -> bytes:
    cells = [("会话ID", "时间", "角色", "消息"), *((m.talk, m.local, m.pick("客户", "客服"), m.text) for m in rows)]
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in cells)
    return ("<table>" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "</table>").encode()


def _ods(rows: Sequence[Said]) -> bytes:
    cells = [("会话ID", "时间", "角色", "消息"), *((m.talk, m.local, m.pick("客户", "客服"), m.text) for m in rows)]
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = ("".join(cell.format(html.escape(value)) for value in row) for row in cells)
    spaces = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    head = " ".join(f'xmlns:{name}="{value}"' for name, value in spaces.items())
    body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {head}><office:body><office:spreadsheet>'
        f'<table:table table:name="聊天">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{of}"/>'
        for name, of in (("/", kind), ("content.xml", "text/xml"))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}">{listed}</manifest:manifest>'
        )
    return out.getvalue()


def _xml(rows: Sequence[Said]) -> bytes:
    messages = "\n".join(
        f"<msg><direction>{m.pick(1, 0)}</direction><time>{m.local}</time>"
        f"<content>{html.escape(m.text)}</content></msg>"
        for m in rows
    )
    name = "wangwang_eservice_chatlog_get_response"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{name}><msgs>{messages}</msgs></{name}>'.encode()


def _talks(rows: Sequence[Said], one: Callable[[str, list[Said]], Any]) -> bytes:
    """One object for each talk, one a line."""
    found = (one(name, talk) for name, talk in _by_talk(rows).items())
    return "\n".join(json.dumps(talk, ensure_ascii=False) for talk in found).encode()


def _google(_: str, rows: list[Said]) -> Any:
    entries = [
        {"text": m.text, "role": m.pick("END_USER", "AGENT"), "start_timestamp_usec": m.epoch * 10**6} for m in rows
    ]
    return {"conversation_info": {}, "entries": entries}


def _zendesk_chat(name: str, rows: list[Said]) -> Any:
    history = [
        {"type": "chat.msg", "timestamp": m.utc.isoformat(), "sender_type": m.pick("Visitor", "Agent"), "msg": m.text}
        for m in rows
    ]
    return {"id": name, "visitor": {"name": name}, "history": history}


def _userscript(name: str, rows: list[Said]) -> Any:
    chats = [
        {"date": m.local[:10], "time": m.local[11:], "sender": m.pick(name, SHOP), "text": m.text, "imgUrl": ""}
        for m in rows
    ]
    return {"user": name, "count": len(rows), "chats": chats}


def _capture(name: str, rows: list[Said]) -> Any:
    heading = {"groupTime": rows[0].local[:10]}
    messages = [
        {"chatName": m.pick(name, SHOP), "chatTime": m.local[11:], "chatTextLeft": m.text, "img": None} for m in rows
    ]
    return {"messages": [heading, *messages], "active_user_nickname": name, "shopname": "好物旗舰店"}


def _zone(name: str, rows: list[Said]) -> Any:
    ends = [{"type": 2, "id": f"wm{name}"}, {"type": 1, "id": "XiaoYun"}]
    messages = [
        {"msgid": f"{name}{m.second}", "sender": ends[not m.customer], "receiver_list": [ends[m.customer]],
         "chatid": "", "send_time": m.epoch, "content": m.text}
        for m in rows
    ]  # fmt: skip
    return {"msg_list": messages}


def _eight(name: str, rows: list[Said]) -> Any:
    messages = [
        {"timestamp": m.epoch * 1000, "type": m.pick("customer", "agent"), "rawMessage": m.text, "isBot": False}
        for m in rows
    ]
    return {"interactionId": name, "messages": messages}


def _logistics(name: str, rows: list[Said]) -> Any:
    messages = [{"id": m.second, "msg_ts": m.local, "from": m.pick(0, 1), "content": m.text} for m in rows]
    return {"response": {"session_id": name, "message_list": messages}}


def _list(rows: Sequence[Said]) -> bytes:
    """The canonical array."""
    return json.dumps(
        [{"conversation": m.talk, "role": m.pick("客户", "客服"), "text": m.text, "time": m.local} for m in rows]
    ).encode()


#: How a format writes talks, where test_readers_exports_properties does not have it.
WRITERS: dict[str, Callable[[Sequence[Said]], bytes]] = {
    "google-insights": lambda rows: _talks(rows, _google),
    "zendesk-chat": lambda rows: _talks(rows, _zendesk_chat),
    "qianniu-userscript": lambda rows: _talks(rows, _userscript),
    "qianniu-capture": lambda rows: _talks(rows, _capture),
    "wecom-zone": lambda rows: _talks(rows, _zone),
    "8x8": lambda rows: _talks(rows, _eight),
    "pdd-logistics": lambda rows: _talks(rows, _logistics),
    "transcript": _transcript,
    "html": _page,
    "ods": _ods,
    "json": _list,
    "taobao-top": _xml,
}
#: What a format cannot carry: blanks around words, times, which talk is which, an agent who is no robot.
TRIMMED = {"transcript", "html", "ods", "taobao-top"}
TIMELESS, UNDIVIDED, ROBOTS = {"transcript"}, {"taobao-top"}, {"pdd-logistics"}
#: Formats that other modules write and read back: canonical ones and text grammars. Nothing here writes .xls.
ELSEWHERE = {"csv", "xlsx", "jsonl", "xls", *(name.partition(" ")[0] for name in GRAMMARS)}


def test_every_format_is_written_and_read_back_somewhere() -> None:
    assert {*WRITERS, *JSON, *TABLES, *ELSEWHERE} == set(NAMES)


def _plain(talks: list[list[tuple[str, str, str]]], name: str) -> Any:
    """What that format can carry of talks."""
    if name in UNDIVIDED:
        talks = [sorted((message for talk in talks for message in talk), key=lambda message: message[2])]
    return [
        [
            (
                "robot" if name in ROBOTS and role == "agent" else role,
                re.sub(r"\s+", " ", text).strip() if name in TRIMMED else text,
                "None" if name in TIMELESS else time,
            )
            for role, text, time in talk
        ]
        for talk in talks
    ]


def _read(content: bytes, options: Options) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return read_bytes(Path(folder), content, "log", options)


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None, max_examples=20)
@given(rows=logs())
def test_the_same_talks_read_back_from_it(name: str, rows: list[Said]) -> None:
    # One line with a speaker may be anything: two are a transcript.
    options = Options(format=name if name == "transcript" and len(rows) == 1 else None)
    outcome = _read(WRITERS[name](rows), options)
    assert outcome.rejects == []
    assert outcome.ledger.inputs[0].format == name
    assert _plain(said_in(outcome), name) == _plain(expected(rows), name)


@pytest.mark.parametrize("path", SAMPLES, ids=_name)
@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_damage_to_a_sample_never_ends_in_an_accident(path: Path, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled: the account of rows still holds (read_paths looks), nothing looks clean."""
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = min(len(content), at + data.draw(st.integers(1, 40)))
        piece = bytes(content[at:end])
        content[at:end] = data.draw(st.sampled_from([b"", piece * 2, bytes(len(piece)), b"\xff", b'"', b"\n", b"<x>"]))
    for options in (Options(), Options(format=SAMPLES[path][0])):
        outcome = _read(bytes(content), options)
        assert [text for text in outcome.sentences if "程序读这个文件时出了错" in text] == []
        assert outcome.ledger.inputs
        assert outcome.messages or outcome.rejects
