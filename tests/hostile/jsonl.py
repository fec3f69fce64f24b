"""JSN: JSON lines, and what programs write that call themselves JSON."""

from __future__ import annotations

import json

from hostile.case import ROWS, Case, Seen, rejected

KEYS = ("session", "time", "role", "agent", "customer", "text")
RECORDS = [dict(zip(KEYS, row.split(","), strict=True)) for row in ROWS]
NAME = "log.jsonl"


def lines(**changed: str) -> str:
    """The good log as JSON lines, some of them with a text of their own."""
    texts = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
    return "".join(f"{changed.get(f'line{at}', text)}\n" for at, text in enumerate(texts, 1))


def changed(at: int, **fields: object) -> str:
    """One record with other fields, as JSON."""
    return json.dumps({**RECORDS[at - 1], **fields}, ensure_ascii=False)


def bad(ident: str, what: str, line: str, says: str = "JSON", **more: object) -> Case:
    """Line 3 is spoilt."""
    return rejected(ident, what, lines(line3=line), 3, says=says, name=NAME, **more)


def no_objects(seen: Seen) -> bool:
    """Nothing was taken for speech that is a value of a program."""
    return set(seen.agents) == {"小云", "阿泽"}


CASES = (
    Case("JSN-01", "good", lines(), name=NAME),
    Case("JSN-02", "blank lines between", lines().replace("\n", "\n\n"), name=NAME),
    Case("JSN-03", "a mark at the start", "\ufeff" + lines(), name=NAME),
    Case("JSN-04", "CRLF", lines().replace("\n", "\r\n"), name=NAME),
    rejected(
        "JSN-05",
        "one key twice, the first text holds 微信",
        lines(line2=changed(2).replace('"text"', '"text": "加微信", "text"')),
        2,
        says="两次",
        name=NAME,
    ),
    bad("JSN-06", "a record that breaks off", '{"session": "S2", "te'),
    bad("JSN-07", "100,000 brackets", "[" * 100_000),
    bad("JSN-08", "100,000 nested objects", '{"a":' * 100_000),
    Case(
        "JSN-09",
        "half of an emoji",
        lines(line3=changed(3, text="好的?呢").replace("?", "\\ud83d")),
        name=NAME,
        formats="xlsx,jsonl",
    ),
    bad("JSN-10", "NaN", changed(3).replace('"茶茶2"', "NaN")),
    Case("JSN-11", "one array", json.dumps(RECORDS), name=NAME),
    bad("JSN-12", "a number of 5,000 digits", changed(3).replace('"茶茶2"', "9" * 5000)),
    rejected(
        "JSN-13",
        "texts that are no text",
        lines(**{f"line{n}": changed(n, text=value) for n, value in enumerate([None, 5, ["a"], {"b": 1}, True], 2)}),
        2,
        3,
        4,
        5,
        6,
        rows=5,
        name=NAME,
        holds=lambda seen: set(seen.agents) == {"阿泽"},
    ),
    Case(
        "JSN-15",
        "more keys, nested",
        lines(line3=changed(3, extra={"a": [1]}, __proto__={"x": 1}, __class__="os")),
        name=NAME,
    ),
    bad("JSN-16", "1e999", changed(3).replace('"茶茶2"', "1e999"), says=""),
    bad("JSN-17", "Python's way of writing it", str(RECORDS[2])),
    bad("JSN-18", "a comma after the last", changed(3).replace("}", ",}")),
    bad(
        "JSN-19",
        "a key with a zero-width space",
        json.dumps({k.replace("text", "te\u200bxt"): v for k, v in RECORDS[2].items()}),
        says="text",
    ),
    bad("JSN-20", "a comment", "// 注释"),
    Case(
        "JSN-21",
        "NUL in an agent's name",
        lines(line4=changed(4, agent="小\0云")),
        name=NAME,
        formats="xlsx,jsonl",
        holds=no_objects,
    ),
    bad("JSN-22", "an array among the objects", json.dumps([RECORDS[2]]), says="对象"),
    Case(
        "JSN-23",
        "line ends of Unicode inside a text",
        lines(line3=json.dumps({**RECORDS[2], "text": "a\u2028b\u0085c\x0bd\u2029e"}, ensure_ascii=False)),
        name=NAME,
    ),
    bad("JSN-24", "two records in one line", changed(3) + changed(3)),
    bad("JSN-25", "a role that is a list", changed(3, role=["agent"]), says="角色"),
    bad("JSN-26", "an agent that is an object", changed(4, agent={"name": "小云"}), says="类型"),
    bad("JSN-27", "a raw tab in a text", changed(3).replace("S2", "S\t2")),
    rejected(
        "JSN-28", "an array that breaks off in its last record", json.dumps(RECORDS)[:-40], 1, says="JSON", name=NAME
    ),
    rejected(
        "JSN-29",
        "one message of a conversation is spoilt",
        json.dumps(
            {
                "conversation": "S1",
                "agent": "小云",
                "messages": [
                    {"role": "customer", "text": "在吗"},
                    {"role": "?", "text": "x"},
                    {"role": "agent", "text": "亲，您好"},
                ],
            }
        ),
        1,
        says="角色",
        rows=2,
        name=NAME,
    ),
    rejected(
        "JSN-30",
        "a conversation without messages",
        lines() + json.dumps({"conversation": "S9", "messages": []}),
        11,
        rows=10,
        name=NAME,
    ),
    rejected(
        "JSN-31",
        "bytes that are no UTF-8",
        lines().encode().replace("茶茶2".encode(), b"\xff\xfe", 1),
        3,
        says="无法解码",
        name=NAME,
    ),
)
