"""What holds for every export: the same conversations come back from each, and no junk in it ends in an accident."""

from __future__ import annotations

import copy
import csv
import html
import io
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from factory_readers import LOGS, Outcome, read_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

START = datetime(2026, 11, 16, 1, tzinfo=UTC)
SHOP = "好物旗舰店:小云"
LETTERS = st.sampled_from("您好退货颜色，。 ab1,;|\t\"'<>&\\=-+{}\u3000😀")
TEXT = st.text(LETTERS, min_size=1, max_size=12).filter(str.strip)


class Said(NamedTuple):
    """One message of the conversations that are written: which conversation, by the customer or not, when."""

    talk: str
    customer: bool
    text: str
    second: int

    @property
    def utc(self) -> datetime:
        return START + timedelta(seconds=self.second)

    @property
    def local(self) -> str:
        return str((self.utc + timedelta(hours=8)).replace(tzinfo=None))

    @property
    def epoch(self) -> int:
        return int(self.utc.timestamp())

    def pick(self, customer: Any, agent: Any) -> Any:
        return customer if self.customer else agent


@st.composite
def logs(draw: st.DrawFn) -> list[Said]:
    rows = draw(st.lists(st.tuples(st.sampled_from(["甲", "乙", "丙"]), st.booleans(), TEXT), min_size=1, max_size=10))
    return [Said(talk, customer, text, n) for n, (talk, customer, text) in enumerate(rows)]


def _lines(rows: list[Any]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _table(headings: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([headings, *rows])
    return out.getvalue().encode()


def _dongdong(m: Said) -> Any:
    body = {"type": "text", "content": html.escape(m.text), "chatinfo": {"sid": m.talk}}
    return {
        "datetime": m.epoch * 1000,
        "body": body,
        "from": {"app": m.pick("im.customer", "im.waiter"), "pin": m.pick(m.talk, "小黛")},
    }


def _jos(m: Said) -> Any:
    names = {"sid": m.talk, "customer": m.talk, "waiter": "小黛", "waiterSend": not m.customer}
    return {**names, "time": m.epoch * 1000, "content": html.escape(m.text)}


def _top(m: Said) -> Any:
    ids = {"from_id": f"cntaobao{SHOP}", "to_id": f"cntaobao{m.talk}"}
    return {**ids, "msgs": {"msg": [{"direction": m.pick(1, 0), "time": m.local, "content": m.text}]}}


def _pdd(m: Said) -> Any:
    ends = [{"role": "user", "uid": m.talk}, {"role": "mall_cs", "uid": "8", "csid": SHOP}]
    one, other = m.pick(ends, ends[::-1])
    message = {"msg_id": str(m.second), "type": 0, "content": m.text, "ts": m.epoch, "from": one, "to": other}
    return {"cmd": "push", "message": message}


def _wecom(m: Said) -> Any:
    customer = f"wm{m.talk}"
    ends = {"from": m.pick(customer, "XiaoYun"), "tolist": [m.pick("XiaoYun", customer)], "roomid": ""}
    head = {"msgid": f"{m.second}_external", "action": "send", "msgtime": m.epoch * 1000, "msgtype": "text"}
    return {**head, **ends, "text": {"content": m.text}}


def _connect(m: Said) -> Any:
    item = {"AbsoluteTime": m.utc.isoformat(), "Type": "MESSAGE", "ParticipantRole": m.pick("CUSTOMER", "AGENT")}
    return {"ContactId": m.talk, "Transcript": [{**item, "ContentType": "text/plain", "Content": m.text}]}


def _chatwoot(m: Said) -> Any:
    kind = {"message_type": m.pick(0, 1), "content_type": "text", "private": False}
    return {**kind, "conversation_id": m.talk, "content": m.text, "created_at": m.epoch}


def _zendesk(m: Said) -> Any:
    event = {"actor": {"type": m.pick("end_user", "agent"), "name": "某人"}, "message": {"body": m.text}}
    return {"event": {**event, "conversation_id": m.talk}, "time": m.utc.isoformat()}


def _livechat(m: Said) -> Any:
    users = [{"id": "c", "type": "customer"}, {"id": "a", "type": "agent"}]
    event = {"type": "message", "created_at": m.utc.isoformat(), "author_id": m.pick("c", "a"), "text": m.text}
    return {"chat": {"users": users, "thread": {"id": m.talk, "events": [event]}}}


def _udesk(m: Said) -> Any:
    said = {"type": "message", "message_created_at": m.local, "data": {"content": html.escape(m.text)}}
    return {**said, "im_sub_session_id": m.talk, "agent_id": m.pick(None, 7)}


def _qiyu(m: Said) -> Any:
    said = {"type": "text", "time": m.epoch * 1000, "fromUser": m.pick(1, 0), "content": html.escape(m.text)}
    return {**said, "sessionId": m.talk}


def _salesforce(m: Said) -> Any:
    said = {"ActorType": m.pick("EndUser", "Agent"), "EntryType": "Text", "Message": m.text}
    return {**said, "ConversationId": m.talk, "EntryTime": m.utc.isoformat()}


def _sca(m: Said) -> Any:
    line = {"role": m.pick("客户", "客服"), "words": m.text, "beginTime": m.epoch * 1000}
    return {"tickets": [{"tid": m.talk, "dialogue": [line]}]}


JSON: dict[str, Callable[[Said], Any]] = {
    "jd-dongdong": _dongdong,
    "jd-jos": _jos,
    "taobao-top": _top,
    "pdd-frames": _pdd,
    "wecom": _wecom,
    "amazon-connect": _connect,
    "chatwoot": _chatwoot,
    "zendesk-messaging": _zendesk,
    "livechat": _livechat,
    "udesk": _udesk,
    "qiyu": _qiyu,
    "salesforce": _salesforce,
    "aliyun-sca": _sca,
}
TABLES: dict[str, tuple[list[str], Callable[[Said], list[str]]]] = {
    "taobao-service": (
        ["会话ID", "日期", "时间", "对象", "发话者", "消息", "消息状态"],
        lambda m: [m.talk, m.local[:10], m.local[11:], m.pick("客户", "客服"), m.pick(m.talk, SHOP), m.text, ""],
    ),
    "salesforce-table": (
        ["ConversationId", "EntryTime", "ActorType", "EntryType", "Message"],
        lambda m: [m.talk, m.utc.isoformat(), m.pick("EndUser", "Agent"), "Text", m.text],
    ),
    "douyin-feige": (
        ["用户信息", "时间", "方向", "内容"],
        lambda m: [m.talk, m.local, m.pick("left", "right"), m.text],
    ),
    "sender-table": (
        ["会话ID", "时间", "发送人", "内容", "买家"],
        lambda m: [m.talk, m.local, m.pick(m.talk, SHOP), m.text, m.talk],
    ),
    "qianniu-sheet": (
        ["客户名", "发送时间", "发送内容", "发送账号", "账号类型"],
        lambda m: [m.talk, m.local, m.text, m.pick(m.talk, SHOP), m.pick("客户", "客服")],
    ),
}


def _read(content: bytes, name: str = "a.json") -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return read_bytes(Path(folder), content, name)


def said_in(outcome: Outcome) -> list[list[tuple[str, str, str]]]:
    return [[(str(m.role), m.text, str(m.time)) for m in c.messages] for c in outcome.conversations]


def expected(rows: list[Said]) -> list[list[tuple[str, str, str]]]:
    talks = dict.fromkeys(row.talk for row in rows)
    return [[(m.pick("customer", "agent"), m.text, m.local) for m in rows if m.talk == talk] for talk in talks]


@pytest.mark.parametrize("name", JSON)
@settings(deadline=None, max_examples=25)
@given(rows=logs())
def test_json_exports_read_back_the_same(name: str, rows: list[Said]) -> None:
    outcome = _read(_lines([JSON[name](row) for row in rows]))
    assert outcome.ledger.inputs[0].format == name
    assert said_in(outcome) == expected(rows)
    assert outcome.rejects == []


@pytest.mark.parametrize("name", TABLES)
@settings(deadline=None, max_examples=25)
@given(rows=logs())
def test_tables_read_back_the_same(name: str, rows: list[Said]) -> None:
    headings, row_of = TABLES[name]
    outcome = _read(_table(headings, [row_of(row) for row in rows]))
    assert outcome.ledger.inputs[0].format == name
    assert said_in(outcome) == expected(rows)
    assert outcome.rejects == []


SAMPLES = sorted(path for path in LOGS.glob("*/*.json*") if path.with_name(f"{path.name}.expected.jsonl").exists())
JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, 1e300, "", " ", "x" * 5000, "\ud800", "\x00", [], {}, [None], {"a": {"b": []}}]
)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where plain values stand, the lists of messages and what leads to them left alone."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in _leaves(inner, (*path, at))]
    return [path]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_junk_in_place_of_values_costs_its_messages_at_most(path: Path, data: st.DataObject) -> None:
    text = path.read_text("utf-8")
    values = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]
    before = _read(_lines(values))
    spoilt = copy.deepcopy(values)
    for place in data.draw(st.lists(st.sampled_from(_leaves(values)), min_size=1, max_size=4)):
        target: Any = spoilt
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = data.draw(JUNK)
    outcome = _read("\n".join(map(json.dumps, spoilt)).encode())
    assert not any("出了错" in sentence for sentence in outcome.sentences)
    assert outcome.ledger.inputs[0].rows_in >= before.ledger.inputs[0].rows_in


@settings(deadline=None, max_examples=100)
@given(
    rows=st.lists(st.lists(st.one_of(TEXT, JUNK.map(str)), max_size=8), max_size=8),
    name=st.sampled_from(sorted(TABLES)),
    joint=st.sampled_from(["csv", "html"]),
)
def test_junk_in_a_table_costs_its_rows_at_most(rows: list[list[str]], name: str, joint: str) -> None:
    headings = TABLES[name][0]
    rows = [[cell.replace("\ud800", "").replace("\0", "") for cell in row] for row in rows]
    if joint == "csv":
        content = _table(headings, rows)
    else:
        cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in [headings, *rows]]
        content = ("<table>" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "</table>").encode()
    outcome = _read(content, "a.csv")
    assert not any("出了错" in sentence for sentence in outcome.sentences)
    assert outcome.texts or outcome.rejects
