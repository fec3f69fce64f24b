"""Every key of a rule file has a line, whatever stands between."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.tomlplace import line_of, places

SAMPLE = '''# 第一行是注释 [不是表]
pass_score = 90

[weights]
"服务态度" = 30   # ] } "
'话术规范' = 10
a.b = 1

[[rule]]
id = "one"
words = [
  "[[rule]]", # "
  '# 不是注释',
  "a\\"b = 3",
]
good = ["""
客户: 在吗
id = "two"
"""]

[[rule.level]]
name = "问候"

[[rule.level]]
name = """两个引号""\\""""""

[ profile . jd ]
title = \'\'\'京东\'\'\'
[profile.jd.one]
points = {low = 1, "high" = [2, {x = 3}]}
[[rule]]
"a=b" = 2000-01-01T07:32:00
[[rule.level]]
'''


def test_every_table_and_key_of_a_file_has_its_line() -> None:
    tomllib.loads(SAMPLE)
    assert places(SAMPLE) == {
        ("pass_score",): 2,
        ("weights",): 4,
        ("weights", "服务态度"): 5,
        ("weights", "话术规范"): 6,
        ("weights", "a", "b"): 7,
        ("rule",): 9,
        ("rule", 0): 9,
        ("rule", 0, "id"): 10,
        ("rule", 0, "words"): 11,
        ("rule", 0, "good"): 16,
        ("rule", 0, "level"): 21,
        ("rule", 0, "level", 0): 21,
        ("rule", 0, "level", 0, "name"): 22,
        ("rule", 0, "level", 1): 24,
        ("rule", 0, "level", 1, "name"): 25,
        ("profile", "jd"): 27,
        ("profile", "jd", "title"): 28,
        ("profile", "jd", "one"): 29,
        ("profile", "jd", "one", "points"): 30,
        ("rule", 1): 31,
        ("rule", 1, "a=b"): 32,
        ("rule", 1, "level"): 33,
        ("rule", 1, "level", 0): 33,
    }


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert places("\ufeff" + SAMPLE.replace("\n", "\r\n")) == places(SAMPLE)


def test_what_has_no_line_has_the_line_of_what_holds_it() -> None:
    found = places(SAMPLE)
    assert line_of(found, ("rule", 0, "words", 2)) == 11
    assert line_of(found, ("rule", 1, "cap")) == 31
    assert line_of(found, ("rule", 0, "level", 1, "words")) == 24
    assert line_of(found, ("nothing", 1)) is None


KEYS = st.text(alphabet="abc-_1", min_size=1, max_size=4)
STRINGS = st.text(alphabet="甲=#[]{}, .abc", max_size=12)
VALUES = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda flag: "true" if flag else "false"),
    STRINGS.map(lambda text: f'"{text}"'),
    STRINGS.map(lambda text: f"'{text}'"),
    st.lists(STRINGS, max_size=3).map(lambda texts: f'"""{chr(10).join(texts)}"""'),
    st.lists(STRINGS, max_size=3).map(lambda texts: "[" + ",\n".join(f'"{text}"' for text in texts) + "]"),
    STRINGS.map(lambda text: f"[ # {text}\n 1, [2,\n 3]]"),
    STRINGS.map(lambda text: f'{{ a = "{text}", b = [1] }}'),
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[Any, ...], int]]:
    """A TOML document and the line of each of its keys, known because it was put together line by line."""
    lines: list[str] = []
    known: dict[tuple[Any, ...], int] = {}
    for number in range(draw(st.integers(0, 4))):
        lines += draw(st.lists(st.sampled_from(["", "# [x] = '", "   "]), max_size=2))
        single = draw(st.booleans())
        lines.append(f"[t{number}]" if single else f"[[ r.t{number} ]]  # =")
        path: tuple[Any, ...] = (f"t{number}",) if single else ("r", f"t{number}", 0)
        known[path] = len(lines)
        for key in draw(st.lists(KEYS, max_size=4, unique=True)):
            known[(*path, key)] = len(lines) + 1
            lines += f"{key} = {draw(VALUES)}".split("\n")
    return "\n".join(lines), known


@given(documents())
def test_lines_of_any_document(document: tuple[str, dict[tuple[Any, ...], int]]) -> None:
    text, known = document
    tomllib.loads(text)
    found = places(text)
    assert {path: found.get(path) for path in known} == known


@given(st.text(alphabet="[]=\"'#{}ab.\n\\ ", max_size=40))
def test_any_text_comes_to_an_end(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in places(text).values())
