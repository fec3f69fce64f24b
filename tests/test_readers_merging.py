"""The same rows in several files count once; the same id for other people stays apart; every row is accounted for."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from factory_readers import HEADINGS, Outcome, read_paths, table, ten_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from auditor.cli.app import cli
from auditor.readers import Options
from auditor.readers.canonical import as_line
from auditor.readers.fields import Row
from auditor.readers.merging import Talks, merge
from auditor.readers.spool import Spool

NAMELESS = ("时间", "角色", "客服", "客户", "消息")


def write(folder: Path, **files: str | bytes) -> list[Path]:
    """Files of these contents, in that order; ``_`` in a name is its dot."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        paths.append(path)
    return paths


def book(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    sheet = Workbook()
    for row in [("会话ID", "时间", "角色", "客服", "客户", "消息"), *rows]:
        sheet.active.append(list(row))
    sheet.save(path)
    return path


def counts(outcome: Outcome) -> list[tuple[int, int]]:
    """Audited and merged rows of each file."""
    return [(facts.rows_audited, facts.rows_merged) for facts in outcome.ledger.inputs]


def talks(outcome: Outcome) -> list[tuple[str, int]]:
    return [(talk.id, len(talk.messages)) for talk in outcome.conversations]


def notes(outcome: Outcome) -> str:
    return "\n".join(str(note) for note in outcome.ledger.notes)


def test_an_export_in_another_encoding_counts_once(tmp_path: Path) -> None:
    text = table(ten_rows())
    files = write(tmp_path, a_csv=text, b_csv=text.encode("gb18030"), c_gz=gzip.compress(text.encode("utf-16")))
    outcome = read_paths(files)
    assert counts(outcome) == [(10, 0), (0, 10), (0, 10)]
    assert talks(outcome) == [("S1", 6), ("S2", 4)]
    said = f"b.csv: 有 10 行和「{files[0]}」重复（同一会话、同一时间、同一人说的同一句话），只算一次。"
    assert said in notes(outcome)


def test_an_export_that_was_saved_as_a_workbook_counts_once(tmp_path: Path) -> None:
    files = [*write(tmp_path, a_csv=table(ten_rows())), book(tmp_path / "b.xlsx", ten_rows())]
    assert counts(read_paths(files)) == [(10, 0), (0, 10)]


def test_a_table_that_was_saved_without_its_seconds_counts_once(tmp_path: Path) -> None:
    """Excel writes 2026/11/16 9:00 back into a CSV."""
    short = [[talk, "2026/11/16 9:00", *rest] for talk, _, *rest in ten_rows()]
    outcome = read_paths(write(tmp_path, a_csv=table(ten_rows()), b_csv=table(short)))
    assert counts(outcome) == [(10, 0), (0, 10)]
    assert outcome.times[0] == "2026-11-16 09:00:01"


def test_blanks_line_ends_and_fractions_of_a_second_make_no_difference(tmp_path: Path) -> None:
    rows = [["S1", f"2026-11-16 09:00:0{n}.250", "客户", "小云", "茶茶", f" 第{n}句\r\n在吗 "] for n in range(3)]
    plain = [[talk, time[:19], *rest, text.strip().replace("\r", "")] for talk, time, *rest, text in rows]
    assert counts(read_paths(write(tmp_path, a_csv=table(rows), b_csv=table(plain)))) == [(3, 0), (0, 3)]


def test_exports_of_overlapping_days_count_what_they_share_once(tmp_path: Path) -> None:
    rows = ten_rows()
    outcome = read_paths(write(tmp_path, a_csv=table(rows[:7]), b_csv=table(rows[4:])))
    assert counts(outcome) == [(7, 0), (3, 3)]
    assert talks(outcome) == [("S1", 6), ("S2", 4)]
    assert outcome.texts == [row[-1] for row in rows]


def test_so_do_conversations_without_an_id(tmp_path: Path) -> None:
    rows = [
        [f"2026-11-16 09:00:{n:02d}", "客户" if n % 2 else "客服", "小云", "茶茶", f"第{n}句"] for n in range(1, 9)
    ]
    first, second = table(rows[:5], headings=NAMELESS), table(rows[3:], headings=NAMELESS)
    outcome = read_paths(write(tmp_path, a_csv=first, b_csv=second))
    assert counts(outcome) == [(5, 0), (3, 2)]
    assert talks(outcome) == [("茶茶@2026-11-16", 8)]
    assert outcome.texts == [f"第{n}句" for n in range(1, 9)]


def test_dialogues_without_names_and_times_count_once_if_they_are_the_same_word_for_word(tmp_path: Path) -> None:
    one = "客户：在吗\n客服：您好，在的\n\n---\n客户：发货了吗\n客服：已经发出了\n"
    other = "客户：在吗\n客服：您好，请讲\n"
    outcome = read_paths(write(tmp_path, a_txt=one, b_txt=one.encode("gb18030"), c_txt=other))
    assert counts(outcome) == [(4, 0), (0, 4), (2, 0)]
    assert len(outcome.conversations) == 3


def test_people_who_repeat_themselves_in_one_file_are_heard(tmp_path: Path) -> None:
    row = ["S1", "2026-11-16 09:00:01", "客户", "小云", "茶茶", "在吗"]
    outcome = read_paths(write(tmp_path, a_csv=table([row] * 3), b_csv=table([row] * 2), c_csv=table([row] * 4)))
    assert counts(outcome) == [(3, 0), (0, 2), (1, 3)], "as often as one file has it"


@pytest.mark.parametrize(
    ("change", "together"),
    [
        ({}, True),
        ({"客户": "南风"}, False),
        ({"店铺": "乙店"}, False),
        ({"客服": "阿泽"}, True),  # the same customer was handed on
        ({"客户": "", "客服": "阿泽"}, False),
        ({"客户": "", "客服": ""}, True),
        ({"客户": "", "时间": "2026-11-18 09:00:00"}, False),  # the day's number 1, two days later
        ({"时间": "2026-11-18 09:00:00"}, True),
    ],
    ids=["all", "customer", "shop", "agent", "agent-alone", "nobody", "nobody-later", "later"],
)
def test_one_id_in_two_files_is_one_conversation_if_nothing_speaks_against_it(
    change: dict[str, str], together: bool, tmp_path: Path
) -> None:
    head = ("会话ID", "时间", "角色", "客服", "客户", "店铺", "消息")
    row = {"会话ID": "1", "时间": "2026-11-16 09:00:00", "角色": "客户", "客服": "小云", "客户": "茶茶", "店铺": "甲店"}
    first = table([[*row.values(), "在吗"]], headings=head)
    second = table([[*(row | change).values(), "还在吗"]], headings=head)
    outcome = read_paths(write(tmp_path, a_csv=first, b_csv=second))
    assert talks(outcome) == ([("1", 2)] if together else [("1", 1), ("1~2", 1)])
    assert ("有 1 个会话号在前面的文件里也有，但店铺、客户或客服不同" in notes(outcome)) is not together
    assert counts(outcome) == [(1, 0), (1, 0)]


def test_three_files_and_two_customers(tmp_path: Path) -> None:
    rows = [["1", f"2026-11-16 09:00:0{n}", "客户", "小云", name, f"第{n}句"] for n, name in enumerate("甲乙甲")]
    outcome = read_paths(write(tmp_path, a_csv=table(rows[:1]), b_csv=table(rows[1:2]), c_csv=table(rows[2:])))
    assert [(talk.id, talk.customer, len(talk.messages)) for talk in outcome.conversations] == [
        ("1", "甲", 2),
        ("1~2", "乙", 1),
    ]


def test_what_was_converted_counts_once_beside_what_it_was_made_of(tmp_path: Path) -> None:
    rows = [
        [f"2026-11-16 {hour:02d}:00:0{n}", "客户" if n % 2 else "客服", "小云", name, f"{hour} 点第{n}句"]
        for hour, name in ((9, "茶茶"), (10, "南风"), (11, "茶茶"))
        for n in range(1, 5)
    ]
    (log,) = write(tmp_path, a_csv=table(rows, headings=NAMELESS))
    before = read_paths([log])
    (converted,) = write(tmp_path, b_jsonl="\n".join(map(as_line, before.conversations)))
    for files in ([log, converted], [converted, log]):
        outcome = read_paths(files)
        assert counts(outcome) == [(12, 0), (0, 12)]
        assert talks(outcome) == talks(before) == [
            ("茶茶@2026-11-16", 4),
            ("南风@2026-11-16", 4),
            ("茶茶@2026-11-16#2", 4),
        ]


def test_an_id_that_only_looks_like_one_of_ours_is_its_own(tmp_path: Path) -> None:
    first = table([["2026-11-16 09:00:00", "客户", "小云", "茶茶", "在吗"]], headings=NAMELESS)
    second = table([["茶茶@2026-11-16", "2026-11-16 09:10:00", "客户", "小云", "茶茶", "还在吗"]])
    outcome = read_paths(write(tmp_path, a_csv=first, b_csv=second))
    assert talks(outcome) == [("茶茶@2026-11-16", 1), ("茶茶@2026-11-16~2", 1)]


def test_newest_first_exports_are_turned_before_they_are_put_together(tmp_path: Path) -> None:
    rows = [["S1", f"2026-11-16 09:00:0{n // 2}", "客户", "小云", "茶茶", f"第{n}句"] for n in range(8)]
    outcome = read_paths(write(tmp_path, a_csv=table(rows[4::-1]), b_csv=table(rows[:3:-1])))
    assert outcome.texts == [f"第{n}句" for n in range(8)]


def test_rows_that_are_not_in_the_other_file_stay(tmp_path: Path) -> None:
    rows = ten_rows()
    changed = [[*row[:5], f"{row[5]}。"] for row in rows]
    assert counts(read_paths(write(tmp_path, a_csv=table(rows), b_csv=table(changed)))) == [(10, 0), (10, 0)]


def test_undated_rows_are_kept_and_told_of_when_days_are_asked_for(tmp_path: Path) -> None:
    rows = [["S1", "2026-11-16 09:00:00", "客户", "小云", "茶茶", "在吗"], ["S1", "", "客服", "小云", "茶茶", "在的"]]
    files = write(tmp_path, a_csv=table(rows))
    outcome = read_paths(files, Options(since=date(2026, 11, 16)))
    assert "有 1 条消息没有日期，看不出在不在 --since、--until 之内，照样审。" in notes(outcome)
    assert "没有日期" not in notes(read_paths(files))


@settings(deadline=None, max_examples=60)
@given(
    spoken=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=20
    ),
    budget=st.sampled_from([1, 2_000, 10_000_000]),
)
def test_no_row_is_lost_or_counted_twice(spoken: list[tuple[int, int, int, int]], budget: int) -> None:
    """(file, conversation, second, words): what one file has n times at most is there n times."""
    talks_of, most = Talks(), dict[tuple[int, int, int], int]()
    with Spool(budget) as spool:
        rows = sorted(spoken)
        for line, (file, talk, second, words) in enumerate(rows):
            row = Row("customer", f"词{words}", f"2026-11-16T09:00:0{second}", "茶", "text", "云", "茶", "店", None)
            spool.add(talks_of.number(file, str(talk), str(talk), named=True), f"{file}.csv", line, row)
            talks_of.saw(file, "2026-11-16T09:00:01")
            key = talk, second, words
            most[key] = max(most.get(key, 0), rows.count((file, talk, second, words)))
        merged = merge(spool, talks_of, None)
        kept = [
            (int(talks_of.shown[number]), int((row[2] or "")[-1]), int(row[1][1:]))
            for number, found in merged.groups(spool, talks_of)
            for _, _, row in found
        ]
    assert {key: kept.count(key) for key in set(kept)} == most
    assert len(kept) + sum(merged.dropped.values()) == len(spoken)


def test_an_audit_accounts_for_every_row_of_both_files(tmp_path: Path) -> None:
    before, bad = ["S3", "2026-11-15 09:00:00", "客户", "小云", "茶茶", "前一天"], ["S3", "", "主管", "", "", "x"]
    rows = [*ten_rows(), before, bad]
    files = [*write(tmp_path, a_csv=table(rows)), book(tmp_path / "b.xlsx", rows[4:])]
    target = tmp_path / "结果"
    arguments = ["audit", *map(str, files), "-o", str(target), "--since", "2026-11-16", "--formats", "jsonl"]
    shown = CliRunner().invoke(cli, arguments, prog_name="auditor", standalone_mode=False)
    facts = json.loads((target / "run.json").read_text(encoding="utf-8"))
    parts = ("rows_audited", "rows_rejected", "rows_outside", "rows_merged")
    assert [tuple(item[part] for part in parts) for item in facts["inputs"]] == [(10, 1, 1, 0), (0, 1, 1, 6)]
    assert facts["rows_in"] == 20 == sum(facts[part] for part in parts)
    assert any("有 6 行和" in sentence for sentence in facts["left_out"])
    assert "读入 20 行，质检 10 行，未读 2 行，日期之外 2 行，重复 6 行（只算一次）。" in shown.output


@pytest.mark.parametrize(
    ("platform", "profile", "count"),
    [
        ("", None, 1),
        ("京东", None, 2),
        ("jd", None, 2),
        ("淘宝", None, 1),
        ("", "jd", 2),
        ("淘宝", "jd", 2),
        ("jd", "tmall", 1),
    ],
)
def test_how_long_a_silence_ends_a_conversation(platform: str, profile: str | None, count: int, tmp_path: Path) -> None:
    head = ("时间", "角色", "客服", "客户", "平台", "消息")
    rows = [[f"2026-11-16 09:{minute}:00", "客户", "小云", "茶茶", platform, "在吗"] for minute in ("00", "10", "21")]
    files = write(tmp_path, a_csv=table(rows, headings=head))
    assert len(read_paths(files, Options(profile=profile)).conversations) == count


@settings(deadline=None, max_examples=60)
@given(
    said=st.lists(
        st.tuples(st.sampled_from("茶南"), st.sampled_from("云泽"), st.booleans(), st.integers(1, 50 * 60)),
        min_size=1,
        max_size=14,
    ),
    cuts=st.tuples(st.integers(0, 14), st.integers(0, 14)),
    headings=st.sampled_from([NAMELESS, HEADINGS]),
)
def test_two_overlapping_exports_are_read_like_the_whole(
    said: list[tuple[str, str, bool, int]], cuts: tuple[int, int], headings: tuple[str, ...]
) -> None:
    """The first has the messages before one place, the second those from another place on."""
    start, (one, other) = datetime(2026, 11, 16, 9), sorted(cuts)
    seconds = [pause for *_, pause in said]
    rows = []
    for at, (customer, agent, by_customer, _) in enumerate(said):
        when = str(start + timedelta(seconds=sum(seconds[: at + 1])))
        rows.append([when, "客户" if by_customer else "客服", agent, customer, f"第{at}句"])
    if headings == HEADINGS:
        rows = [[f"{row[3]}{row[2]}", *row] for row in rows]

    def talked(*parts: list[list[str]]) -> list[list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, f"{n}.csv") for n in range(len(parts))]
            for path, part in zip(paths, parts, strict=True):
                path.write_text(table(part, headings=headings), encoding="utf-8")
            outcome = read_paths([path for path, part in zip(paths, parts, strict=True) if part])
        return sorted([message.text for message in talk.messages] for talk in outcome.conversations)

    assert talked(rows[:other], rows[one:]) == talked(rows)
