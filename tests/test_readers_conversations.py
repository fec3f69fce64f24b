"""Roles, kinds, senders; how rows become conversations, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
from factory_readers import read_bytes, read_paths, table, ten_rows

from auditor.chat import Kind, Role
from auditor.errors import AuditorError
from auditor.readers import Options
from auditor.readers.fields import Row
from auditor.readers.spool import Spool

ROLES = {
    Role.AGENT: ["客服", "人工客服", "商家", "卖家", "agent", "Seller", " SERVICE ", "K", "k"],
    Role.CUSTOMER: ["客户", "顾客", "买家", "用户", "customer", "BUYER", "user", "G", "q"],
    Role.ROBOT: ["机器人", "智能客服", "自动回复", "robot", "Bot", "auto"],
    Role.SYSTEM: ["系统", "系统消息", "System"],
}
KINDS = {
    "文本": Kind.TEXT,
    "text": Kind.TEXT,
    "": Kind.TEXT,
    "图片": Kind.IMAGE,
    "Image": Kind.IMAGE,
    "卡片": Kind.CARD,
    "订单": Kind.ORDER,
    "文件": Kind.FILE,
    "撤回": Kind.RECALL,
    "转接": Kind.TRANSFER,
    "事件": Kind.EVENT,
    "缺失": Kind.MISSING,
}


@pytest.mark.parametrize(("word", "role"), [(word, role) for role, words in ROLES.items() for word in words])
def test_role_words(tmp_path: Path, word: str, role: Role) -> None:
    outcome = read_bytes(tmp_path, table([[word, "在吗"]], headings=("角色", "消息")).encode())
    assert [message.role for message in outcome.messages] == [role]


@pytest.mark.parametrize(
    ("word", "reason"), [("supervisor", "角色不认识：「supervisor」"), (" ", "角色不认识：角色是空的")]
)
def test_other_roles_are_rejected(tmp_path: Path, word: str, reason: str) -> None:
    """ROL-01"""
    outcome = read_bytes(tmp_path, table([[word, "在吗"]], headings=("角色", "消息")).encode())
    assert [reject.reason for reject in outcome.rejects] == [reason]


@pytest.mark.parametrize(("word", "kind"), KINDS.items())
def test_kind_words(tmp_path: Path, word: str, kind: Kind) -> None:
    outcome = read_bytes(tmp_path, table([["客服", "x", word]], headings=("角色", "消息", "消息类型")).encode())
    assert [message.kind for message in outcome.messages] == [kind]


def test_only_text_must_have_words(tmp_path: Path) -> None:
    rows = [["客服", " ", word] for word in KINDS]
    outcome = read_bytes(tmp_path, table(rows, headings=("角色", "消息", "类型")).encode())
    assert [m.kind for m in outcome.messages] == [kind for kind in KINDS.values() if kind is not Kind.TEXT]
    assert {reject.reason for reject in outcome.rejects} == {"空消息：消息内容是空的"}


def test_automatic_replies_are_the_robots(tmp_path: Path) -> None:
    rows = [
        ["客服", "小云", "您好", "是"],
        ["客服", "小云", "您好", "TRUE"],
        ["客服", "小云", "您好", "1"],
        ["客服", "小云", "[自动回复]您好", ""],
        ["客服", "小云", " 【自动回复】您好", "否"],
        ["客服", "小云", "您好", "否"],
        ["客服", "小云", "您好", ""],
        ["客户", "小云", "[自动回复]是什么", "是"],
    ]
    outcome = read_bytes(tmp_path, table(rows, headings=("角色", "客服", "消息", "自动回复")).encode())
    assert [m.role for m in outcome.messages] == [Role.ROBOT] * 5 + [Role.AGENT] * 2 + [Role.CUSTOMER]
    assert [m.sender for m in outcome.messages] == [None] * 5 + ["小云"] * 2 + [None]


def test_senders_agents_shops(tmp_path: Path) -> None:
    head = ("会话ID", "角色", "客服", "客户", "发送人", "店铺", "消息")
    rows = [
        ["S1", "客户", "甲店:小云", "茶茶", "", "", "在吗"],
        ["S1", "机器人", "甲店:小云", "茶茶", "小蜜", "", "您好"],
        ["S1", "客服", "甲店:小云", "茶茶", "", "", "您好"],
        ["S1", "客服", "甲店:小云", "茶茶", "甲店:阿泽", "", "我来接待"],
        ["S1", "客服", "甲店:小云", "茶茶", "甲店:阿泽", "", "请讲"],
        ["S2", "客户", "甲店:小云", "", "南风", "乙店", "在吗"],
        ["S3", "客服", ":小云", "", "", "", "在的"],
    ]
    one, two, three = read_bytes(tmp_path, table(rows, headings=head).encode()).conversations
    assert [m.sender for m in one.messages] == ["茶茶", "小蜜", "甲店:小云", "甲店:阿泽", "甲店:阿泽"]
    assert (one.agent, one.shop) == ("甲店:阿泽", "甲店"), "the agent who wrote most"
    assert (two.agent, two.customer, two.shop) == ("甲店:小云", "南风", "乙店"), "nobody answered: the agent named"
    assert (three.agent, three.shop) == (":小云", None)


def test_the_first_of_two_agents_who_wrote_as_much(tmp_path: Path) -> None:
    rows = [["客服", "乙", "一"], ["客服", "甲", "二"], ["客服", "甲", "三"], ["客服", "乙", "四"]]
    outcome = read_bytes(
        tmp_path, table([["S", *row] for row in rows], headings=("会话ID", "角色", "客服", "消息")).encode()
    )
    assert outcome.conversations[0].agent == "乙"


def test_messages_are_put_in_order_of_time_and_equal_times_keep_theirs(tmp_path: Path) -> None:
    """TIM-03"""
    times = ["09:00:02", "09:00:01", "09:00:02", "09:00:01.500", "09:00:01"]
    rows = [["S1", f"2026-11-16 {t}", "客户", "甲", "乙", str(n)] for n, t in enumerate(times)]
    assert read_bytes(tmp_path, table(rows).encode()).texts == ["1", "4", "3", "0", "2"]


def test_file_order_is_kept_where_a_time_is_missing(tmp_path: Path) -> None:
    rows = [["S1", t, "客户", "甲", "乙", t] for t in ("2026-11-16 09:00:02", "2026-11-16 09:00:01")] + [
        ["S1", "", "客户", "甲", "乙", "x"]
    ]
    assert read_bytes(tmp_path, table(rows).encode()).texts == ["2026-11-16 09:00:02", "2026-11-16 09:00:01", "x"]


def test_rows_of_a_conversation_need_not_stand_together(tmp_path: Path) -> None:
    rows = ten_rows()
    mixed = [row for pair in zip(rows[:5], rows[5:], strict=True) for row in pair]
    outcome = read_bytes(tmp_path, table(mixed).encode())
    assert [(c.id, len(c.messages)) for c in outcome.conversations] == [("S1", 6), ("S2", 4)]


HEAD = ("时间", "角色", "客服", "客户", "消息")


def _ids(folder: Path, rows: list[list[str]], head: tuple[str, ...] = HEAD) -> list[tuple[str, int]]:
    outcome = read_bytes(folder, table(rows, headings=head).encode(), "day.csv")
    return [(c.id, len(c.messages)) for c in outcome.conversations]


def test_half_an_hour_of_silence_begins_a_new_conversation(tmp_path: Path) -> None:
    rows = [
        ["2026-11-16 09:00:00", "客户", "小云", "茶茶", "在吗"],
        ["2026-11-16 09:30:00", "客服", "小云", "茶茶", "在的"],
        ["2026-11-16 10:00:01", "客户", "小云", "茶茶", "还在吗"],
        ["2026-11-16 10:00:02", "客户", "小云", "南风", "您好"],
        ["2026-11-16 10:00:03", "客户", "阿泽", "茶茶", "换一位"],
    ]
    assert _ids(tmp_path, rows) == [
        ("茶茶@2026-11-16", 2),
        ("茶茶@2026-11-16#2", 1),
        ("南风@2026-11-16", 1),
        ("茶茶@2026-11-16#3", 1),
    ]
    assert _ids(tmp_path, rows[::-1])[-1] == ("茶茶@2026-11-16#3", 2), "newest first gives the same groups"


def test_midnight_does_not_cut_a_conversation(tmp_path: Path) -> None:
    """TIM-15"""
    rows = [
        ["2026-11-16 23:59:58", "客户", "小云", "茶茶", "在吗"],
        ["2026-11-17 00:00:06", "客服", "小云", "茶茶", "在的"],
    ]
    assert _ids(tmp_path, rows) == [("茶茶@2026-11-16", 2)]


def test_dates_without_a_clock_group_by_day(tmp_path: Path) -> None:
    rows = [[day, "客户", "小云", "茶茶", "在吗"] for day in ("2026-11-16", "2026-11-16", "2026-11-17")]
    assert _ids(tmp_path, rows) == [("茶茶@2026-11-16", 2), ("茶茶@2026-11-17", 1)]


def test_blank_names_go_on_with_the_conversation_before(tmp_path: Path) -> None:
    """Exports that name only the one who speaks."""
    rows = [
        ["", "客户", "", "茶茶", "在吗"],
        ["", "客服", "小云", "", "在的"],
        ["", "客户", "", "南风", "您好"],
        ["", "客服", "小云", "", "您好"],
        ["", "客户", "", "茶茶", "谢谢"],
    ]
    assert _ids(tmp_path, rows) == [("茶茶", 3), ("南风", 2)]


def test_a_file_without_any_names_is_one_conversation(tmp_path: Path) -> None:
    assert _ids(tmp_path, [["客户", "在吗"], ["客服", "在的"]], ("角色", "消息")) == [("day#1", 2)]


def test_invented_ids_never_meet_real_ones_or_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "day.csv", tmp_path / "b" / "day.csv"
    for path, text in ((first, "在吗"), (second, "您好")):
        path.parent.mkdir()
        path.write_text(
            table([["", "客户", text], ["day#1", "客户", text * 2]], headings=("会话ID", "角色", "消息")), "utf-8"
        )
    outcome = read_paths([first, second])
    assert [(c.id, len(c.messages)) for c in outcome.conversations] == [("day#1", 1), ("day#1~2", 2), ("day#1~3", 1)]


def test_what_does_not_fit_in_memory_comes_back_whole_and_in_order() -> None:
    with Spool(budget=2_000) as small, Spool() as large:
        for n in range(500):
            row = Row("customer", f"第{n}句", None, None, "text", None, f"客{n % 7}", None, None)
            for spool in (small, large):
                spool.add(n % 7, "a.csv", n + 2, row)
        assert list(small.groups()) == list(large.groups())
        assert small.rows(3) == large.rows(3)


def test_the_temporary_folder_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fill_and_fail() -> None:
        with Spool(budget=1) as spool:
            spool.add(0, "a.csv", 2, Row("customer", "在吗", None, None, "text", None, None, None, None))
            assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o700]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_temporary_files_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    row = Row("customer", "在吗", None, None, "text", None, None, None, None)
    with Spool(budget=1) as spool, pytest.raises(AuditorError, match="临时文件写不进去"):
        spool.add(0, "a.csv", 2, row)


def test_unknown_format_option_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(
        AuditorError, match="不认识格式「xslx」，是不是「xlsx」；可用的有：xlsx、"
    ):
        read_bytes(tmp_path, b"x", options=Options(format="xslx"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b" \r\n\t\n", "文件是空的"),
        (b"PK\x03\x04abc", "压缩包"),
        (b"\x1f\x8babc", "压缩包损坏"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "图片"),
        ("角色,消息\n".encode(), "没有一条消息"),
    ],
)
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, content: bytes, words: str) -> None:
    outcome = read_bytes(tmp_path, content)
    assert words in outcome.sentences[0]
    assert outcome.ledger.inputs[0].rows_rejected == 1
