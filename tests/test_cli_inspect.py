"""``auditor inspect`` and ``auditor convert``: what a log is taken for, how it would be read, what would not be."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from factory_readers import LOGS, table, ten_rows

from auditor.cli.app import cli, main
from auditor.readers import Options
from auditor.readers.formats import FORMATS, TIE, candidates
from auditor.readers.source import Source

#: Heads of two grammars, and not a mark of either.
NEUTRAL = "茶茶 2026-11-16 09:00:00\n在吗\n小云 2026-11-16 09:00:08\n在的\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="auditor", standalone_mode=False)


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    """Exit code and what stands on stderr."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return stop.value.code, capsys.readouterr().err


def test_inspect_says_what_the_file_is_and_how_it_would_be_read() -> None:
    shown = run("inspect", str(LOGS / "jd-text" / "record.txt"))
    assert shown.return_value == 3
    assert "读作：jd-text，编码 utf-8\n各格式的得分：jd-text 0.95，qianniu 0.50\n" in shown.output
    assert "共 12 行：会读 10 行，读不了 2 行；2 个会话" in shown.output
    assert "会话 record#1（平台 jd，店铺 —，客服 好物自营--小黛，客户 jd_chacha）" in shown.output
    assert "  2026-11-16 09:00:05 系统 —：[转接]用户发起转人工\n" in shown.output
    assert "第 30 行：分不清谁是客服：请用 --agents 指明客服账号名单｜阿木  2026-11-16 09:00:00" in shown.output


def test_inspect_names_the_columns_of_a_table(tmp_path: Path) -> None:
    rows = [[*row, "x"] for row in ten_rows()]
    log = tmp_path / "表.csv"
    log.write_text(table(rows, headings=("会话ID", "时间", "角色", "客服", "客户", "消息", "备注")), encoding="utf-8")
    shown = run("inspect", str(log), "-n", "1")
    assert shown.return_value == 0
    assert "会话ID→会话，时间→时间，角色→角色，客服→客服，客户→客户，消息→消息\n没有用到的列：备注\n" in shown.output
    assert "…… 另有 1 个会话" in shown.output


def test_inspect_names_the_columns_that_only_decide(tmp_path: Path) -> None:
    """消息状态 holds no field, but 已撤回 there makes a message a recall."""
    log = tmp_path / "记录.csv"
    rows = [["S1", "2026-11-16", "09:00:00", "客户", "茶茶", "在吗", "已读", "9"]]
    rows += [["S1", "2026-11-16", "09:00:09", "客服", "好物:小云", "等等", "已撤回", "9"]]
    headings = ("会话ID", "日期", "时间", "对象", "发话者", "消息", "消息状态", "商品ID")
    log.write_text(table(rows, headings=headings), encoding="utf-8")
    shown = run("inspect", str(log))
    assert "消息→消息，消息状态→判断用\n没有用到的列：商品ID\n" in shown.output
    assert "客服 好物:小云：[撤回]等等\n" in shown.output


def test_a_reject_shows_each_line_once(tmp_path: Path) -> None:
    """WechatExporter puts the first words on the line of the head."""
    log = tmp_path / "微信.txt"
    log.write_text("茶茶 (2026-11-16 09:00:00):在吗\n有人吗\n小云 (2026-11-16 09:00:09):在\n", encoding="utf-8")
    shown = run("inspect", str(log))
    assert "｜茶茶 (2026-11-16 09:00:00):在吗\\n有人吗\n" in shown.output
    assert "｜小云 (2026-11-16 09:00:09):在\n" in shown.output


def test_long_texts_and_many_rejects_are_cut(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    rows = [["S", "", "客户", "", "", "长" * 100]] * 10 + [["S", "", "主管", "", "", "x"]] * 5
    log.write_text(table(rows), encoding="utf-8")
    shown = run("inspect", str(log), "-n", "2")
    assert "长" * 60 + "…\n" in shown.output
    assert "…… 另有 2 条消息" in shown.output
    assert "…… 另有 3 行" in shown.output


def test_a_tie_is_refused_until_the_format_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "聊天.txt"
    log.write_text(NEUTRAL, encoding="utf-8")
    names = tmp_path / "客服.txt"
    names.write_text("小云\n", encoding="utf-8")
    for command in (("inspect",), ("convert", "-o", "-")):
        code, said = failure(capsys, *command, str(log))
        assert code == 2
        assert "看不出是哪种格式，qianniu、jd-text 都像；请用 --from 指明，例如 --from qianniu。" in said
    shown = run("inspect", str(log), "--from", "qianniu", "--agents", str(names))
    assert shown.return_value == 0
    assert "客服 小云：在的" in shown.output


def test_a_tie_costs_an_audit_only_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NEUTRAL, encoding="utf-8")
    (tmp_path / "b.csv").write_text(table(ten_rows()), encoding="utf-8")
    shown = run("convert", str(tmp_path), "-o", "-")
    assert shown.return_value == 3
    assert len([line for line in shown.output.splitlines() if line.startswith("{")]) == 2
    assert "a.txt: 看不出是哪种格式" in shown.output


def test_inspect_of_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert failure(capsys, "inspect", "没有.txt") == (2, "错误：找不到「没有.txt」，请检查路径和文件名。\n")


def packed() -> bytes:
    """An archive of two logs: one good, one that two grammars fit."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", table(ten_rows()))
        archive.writestr("b.txt", NEUTRAL)
    return out.getvalue()


def in_a_folder(folder: Path) -> str:
    (folder / "a.csv").write_text(table(ten_rows()), encoding="utf-8")
    (folder / "b.txt").write_text(NEUTRAL, encoding="utf-8")
    return str(folder)


def in_an_archive(folder: Path) -> str:
    (folder / "a.zip").write_bytes(packed())
    return str(folder / "a.zip")


@pytest.mark.parametrize("place", [in_a_folder, in_an_archive])
def test_inspect_looks_at_every_file_of_a_folder_or_an_archive(tmp_path: Path, place: Callable[[Path], str]) -> None:
    shown = run("inspect", place(tmp_path))
    assert shown.return_value == 3
    assert "a.csv\n读作：csv，编码 utf-8\n各格式的得分：csv 0.50\n" in shown.output
    assert "b.txt\n各格式的得分：qianniu 0.50，jd-text 0.50\n" in shown.output
    assert "共 11 行：会读 10 行，读不了 1 行；2 个会话" in shown.output
    assert "b.txt: 看不出是哪种格式" in shown.output


def test_an_audit_of_a_tie_writes_nothing_until_the_format_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, target = tmp_path / "聊天.txt", tmp_path / "结果"
    log.write_text(NEUTRAL, encoding="utf-8")
    (tmp_path / "客服.txt").write_text("小云\n", encoding="utf-8")
    arguments = ("audit", str(log), "-o", str(target), "--formats", "jsonl", "--agents", str(tmp_path / "客服.txt"))
    code, said = failure(capsys, *arguments)
    assert code == 2
    assert "请用 --from 指明，例如 --from qianniu" in said
    assert not target.exists()
    assert run(*arguments, "--from", "jd-text").return_value == 0


@pytest.mark.parametrize("command", [("inspect", "-"), ("convert", "-", "-o", "-")], ids=["inspect", "convert"])
@pytest.mark.parametrize(("content", "code"), [(packed(), 3), (gzip.compress(table(ten_rows()).encode()), 0)])
def test_what_comes_through_a_pipe(command: tuple[str, ...], content: bytes, code: int) -> None:
    shown = CliRunner().invoke(cli, command, input=content, prog_name="auditor", standalone_mode=False)
    assert shown.return_value == code
    assert "标准输入" in shown.output
    assert shown.output.count("第1句") == 1


def test_a_file_that_cannot_be_read_is_told_of() -> None:
    shown = run("inspect", str(LOGS / "broken" / "empty.csv"))
    assert shown.return_value == 3
    assert "文件是空的。" in shown.output


def test_convert_writes_what_inspect_shows(tmp_path: Path) -> None:
    target = tmp_path / "canonical.jsonl"
    shown = run("convert", str(LOGS / "qianniu" / "one-line.txt"), "-o", str(target))
    assert shown.return_value == 0
    written = target.read_text(encoding="utf-8")
    assert written == (LOGS / "qianniu" / "one-line.txt.expected.jsonl").read_text(encoding="utf-8")
    assert "读作 qianniu，编码 utf-8，13 行，13 行转出。" in shown.output
    assert [path.name for path in tmp_path.iterdir()] == ["canonical.jsonl"]


def test_convert_says_what_it_left_out() -> None:
    shown = run("convert", str(LOGS / "jd-text" / "record.txt"), "-o", "-")
    assert shown.return_value == 3
    lines = [line for line in shown.output.splitlines() if line.startswith("{")]
    assert [json.loads(line)["conversation"] for line in lines] == ["record#1", "record#2"]
    assert "没有读：" in shown.output
    assert "record.txt:32: 分不清谁是客服" in shown.output


def test_convert_never_writes_over_its_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "a.csv"
    log.write_text(table(ten_rows()), encoding="utf-8")
    before = log.read_bytes()
    assert failure(capsys, "convert", str(log), "-o", str(log))[0] == 2
    assert log.read_bytes() == before


@pytest.mark.parametrize("content", ["", "只是一篇文章。\n没有对话。\n"])
def test_convert_of_nothing_writes_nothing(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, target = tmp_path / "a.txt", tmp_path / "out.jsonl"
    log.write_text(content, encoding="utf-8")
    code, said = failure(capsys, "convert", str(log), "-o", str(target))
    assert code == 2
    assert "没有读到任何会话，" in said
    assert "，什么也没有写。请检查文件和列名：\n" in said
    assert not target.exists()


def test_convert_to_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = failure(capsys, "convert", str(LOGS / "qq" / "friend.txt"), "-o", str(tmp_path / "没有" / "a.jsonl"))
    assert code == 2
    assert "不能写" in said


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in LOGS.glob("*/expected.toml")} - {"broken"}))
def test_no_sample_is_near_a_tie(folder: str) -> None:
    """The right format is ahead of every other by more than the margin of a tie."""
    known = {form.name for form in FORMATS}
    for path in sorted((LOGS / folder).iterdir()):
        if folder not in known or path.name.startswith("expected") or path.name.endswith(".expected.jsonl"):
            continue
        scores = candidates(Source.open(path, lambda _: None), Options())
        assert scores[0][0].name == folder, path
        assert len(scores) == 1 or scores[0][1] - scores[1][1] >= TIE, path
