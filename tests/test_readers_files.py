"""From paths, folders and globs to files; and what is refused before anything is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.errors import AuditorError
from auditor.readers import display_name, find_files


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs as people keep them, and the working folder."""
    for name in ("b.csv", "a.XLSX", "c.pdf", ".hidden.csv", "~$a.xlsx", "day/d.jsonl", "day/.git/e.csv", "day/f.txt"):
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "logs"


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["logs"], ["logs/a.XLSX", "logs/b.csv", "logs/day/d.jsonl", "logs/day/f.txt"]),
        (["logs/b.csv"], ["logs/b.csv"]),
        (["logs/c.pdf"], ["logs/c.pdf"]),
        (["logs/*.csv"], ["logs/b.csv"]),
        (["logs/**/*.jsonl"], ["logs/day/d.jsonl"]),
        (["logs/d*"], ["logs/day/d.jsonl", "logs/day/f.txt"]),
        (
            ["logs/b.csv", "./logs/../logs/b.csv", "logs/day", "logs"],
            ["logs/b.csv", "logs/day/d.jsonl", "logs/day/f.txt", "logs/a.XLSX"],
        ),
    ],
)
@pytest.mark.usefixtures("tree")
def test_files_are_found(patterns: list[str], found: list[str]) -> None:
    assert [str(path) for path in find_files(patterns)] == found


def test_a_file_with_glob_characters_in_its_name_is_itself(tree: Path) -> None:
    (tree / "[1]*.csv").write_text("x", "utf-8")
    assert [path.name for path in find_files([str(tree / "[1]*.csv")])] == ["[1]*.csv"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("gone.csv", "找不到「gone.csv」"),
        ("logs/b.csv/x", "找不到「logs/b.csv/x」"),
        ("logs/*.tsv", "没有匹配到任何文件"),
        ("empty", "文件夹「empty」里没有聊天记录文件"),
        ("pipe.csv", "管道或设备"),
        ("pipes", "管道或设备"),
        ("/dev/zero", "管道或设备"),
        ("loop.csv", "绕成了圈"),
        ("dangling.csv", "断掉的链接"),
        ("a\0b", "不是有效的路径"),
        ("x" * 5000, "路径太长"),
    ],
)
def test_what_cannot_be_read_is_named(tree: Path, pattern: str, words: str) -> None:
    base = tree.parent
    (base / "empty").mkdir()
    (base / "pipes").mkdir()
    os.mkfifo(base / "pipe.csv")
    os.mkfifo(base / "pipes" / "p.csv")
    (base / "loop.csv").symlink_to("loop.csv")
    (base / "dangling.csv").symlink_to("nowhere.csv")
    with pytest.raises(AuditorError) as caught:
        find_files([pattern])
    assert words in caught.value.text


def test_no_permission_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(AuditorError, match="没有权限打开"):
        find_files([str(tree / "b.csv")])


def test_a_folder_that_may_not_be_entered_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(AuditorError, match="没有权限打开"):
        find_files([str(tree)])


def test_linked_folders_are_not_entered(tree: Path) -> None:
    (tree / "day" / "up").symlink_to(tree)
    assert len(find_files([str(tree)])) == 4


def test_names_are_shown_on_one_line() -> None:
    """FIO-23"""
    assert display_name(Path('-a "b"\n\x1b[31m😀\udcff.csv')) == '-a "b"\\n\\x1b[31m😀\\udcff.csv'
