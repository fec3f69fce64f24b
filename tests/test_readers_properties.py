"""What holds for any log: the same conversations from every format, no row lost, no accident without a sentence."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factory_readers import HEADINGS, Outcome, read_bytes, read_paths, table, ten_rows
from hypothesis import given, settings
from hypothesis import strategies as st

REAL_DAY = Path(__file__).resolve().parents[1] / "../shared/real/day-2026-11-16.csv"
START = datetime(2026, 11, 16, 9)
#: Chinese, ASCII, and everything that means something to a delimited file.
LETTERS = st.sampled_from("您好退货颜色，。 ab1,;|\t\"'\\\n=-+合计\u2028\u3000😀")
TEXT = st.text(LETTERS, min_size=1, max_size=12).filter(str.strip)
NAME = st.text(st.sampled_from('云泽茶南风ab1:_,;|"'), min_size=1, max_size=6).filter(str.strip)
ROLE = st.sampled_from(["客户", "客服", "机器人", "系统"])


@st.composite
def _logs(draw: st.DrawFn) -> list[list[str]]:
    """Rows of a few conversations, mixed, each a second after the one before."""
    rows = draw(
        st.lists(st.tuples(st.sampled_from(["S1", "S2", "S3"]), ROLE, NAME, NAME, TEXT), min_size=1, max_size=12)
    )
    return [[s, str(START + timedelta(seconds=n)), *rest] for n, (s, *rest) in enumerate(rows)]


def _read(content: bytes, name: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return read_bytes(Path(folder), content, name)


def _plain(outcome: Outcome) -> list[Any]:
    """Conversations without their places, which differ from format to format."""
    assert outcome.rejects == []
    return [
        (c.id, c.agent, c.customer, c.shop, [(m.role, m.text, m.time, m.sender, m.kind) for m in c.messages])
        for c in outcome.conversations
    ]


def _keyed(row: list[str]) -> dict[str, str]:
    return dict(zip(("conversation", "time", "role", "agent", "customer", "text"), row, strict=True))


def _workbook(rows: list[list[str]]) -> bytes:
    workbook, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = workbook.create_sheet()
    sheet.append(HEADINGS)
    for row in rows:
        cells = [openpyxl.cell.WriteOnlyCell(sheet, value) for value in row]
        for cell in cells:
            cell.data_type = "s"  # a text that begins with "=" is no formula
        sheet.append(cells)
    workbook.save(out)
    return out.getvalue()


@settings(deadline=None)
@given(
    rows=_logs(),
    delimiter=st.sampled_from(",\t;|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_delimited_text_of_any_make_reads_back_the_same(
    rows: list[list[str]], delimiter: str, encoding: str, end: str, quoting: Any
) -> None:
    out = io.StringIO()
    if end == "\r":
        quoting = csv.QUOTE_ALL  # else the writer leaves a LF outside of quotes
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([HEADINGS, *rows])
    lines = "\n".join(json.dumps(_keyed(row)) for row in rows)
    assert _plain(_read(out.getvalue().encode(encoding), "a.csv")) == _plain(_read(lines.encode(), "a.jsonl"))


@settings(deadline=None)
@given(rows=_logs())
def test_both_json_forms_read_back_the_same(rows: list[list[str]]) -> None:
    by_line = "\n".join(json.dumps(_keyed(row), ensure_ascii=False) for row in rows)
    ids = dict.fromkeys(row[0] for row in rows)
    by_conversation = [{"conversation": i, "messages": [_keyed(row) for row in rows if row[0] == i]} for i in ids]
    whole = "\n".join(json.dumps(c) for c in by_conversation)
    expected = _plain(_read(by_line.encode(), "a.jsonl"))
    assert _plain(_read(whole.encode(), "a.jsonl")) == expected
    assert _plain(_read(json.dumps(by_conversation).encode(), "a.json")) == expected


@settings(deadline=None, max_examples=25)
@given(rows=_logs())
def test_a_workbook_reads_back_the_same(rows: list[list[str]]) -> None:
    lines = "\n".join(json.dumps(_keyed(row)) for row in rows)
    assert _plain(_read(_workbook(rows), "a.xlsx")) == _plain(_read(lines.encode(), "a.jsonl"))


SPOILT = st.one_of(
    st.just('S1,2026-11-16 09:00:05,客户,甲,乙,"没有收尾'),
    st.just('"'),
    st.just('S1,"a"b,客户,甲,乙,丙'),
    st.text(st.sampled_from('甲,"a'), min_size=1, max_size=20).filter(lambda t: t.strip(",")),
)


@settings(deadline=None)
@given(at=st.integers(0, 9), text=SPOILT, quoted=st.booleans())
def test_one_spoilt_row_keeps_all_the_others(at: int, text: str, quoted: bool) -> None:
    rows = ten_rows()
    for n in (2, 7):
        rows[n][5] = "逗号, 和\n换行" if quoted else rows[n][5]
    before, after = table(rows[:at]), table(rows[at + 1 :], headings=())
    outcome = _read((before + text + "\n" + after.lstrip("\n")).encode(), "a.csv")
    assert outcome.texts == [row[5] for n, row in enumerate(rows) if n != at]
    assert outcome.rejected_lines == [before.count("\n") + 1]


FRAGMENTS = st.sampled_from(
    [
        ",".join(HEADINGS).encode() + b"\n",
        b"role\ttext\n",
        "S1,2026-11-16 09:00:05,客户,甲,乙,丙\n".encode(),
        "客服,".encode("gb18030"),
        b'{"role":"agent","text":"a"}\n',
        b'{"messages":[',
        b"[",
        b"K:a\n",
        "客户：在吗\n".encode(),
        b'"',
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b"PK\x03\x04xl/",
        b"\xd0\xcf\x11\xe0",
    ]
)


@settings(deadline=None, max_examples=300)
@given(
    parts=st.lists(st.one_of(FRAGMENTS, st.binary(max_size=12)), max_size=14),
    name=st.sampled_from(["a.csv", "a.xlsx", "a.jsonl"]),
)
def test_no_bytes_whatever_end_in_an_accident(parts: list[bytes], name: str) -> None:
    """read_paths() holds the account of rows to its invariant; nothing may escape, nothing may look clean."""
    outcome = _read(b"".join(parts), name)
    facts = outcome.ledger.inputs[0]
    assert facts.rows_in >= 1
    assert facts.rows_rejected or outcome.messages


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255), cut=st.booleans())
def test_no_damage_to_a_workbook_ends_in_an_accident(at: int, flip: int, cut: bool) -> None:
    content = bytearray(_workbook(ten_rows()))
    at %= len(content)
    content[at] ^= flip
    _read(bytes(content[:at] if cut else content), "a.xlsx")


@pytest.mark.skipif(not REAL_DAY.is_file(), reason="the real day is not here")
def test_the_real_day_is_read_to_the_last_row() -> None:
    outcome = read_paths([REAL_DAY])
    assert (len(outcome.messages), len(outcome.conversations)) == (12_469, 1_061)
    assert len({agent for c in outcome.conversations for agent in c.agents}) == 8
    assert outcome.rejects == []
