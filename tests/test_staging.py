"""A report is there whole or not at all, and a run leaves nothing of itself behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from auditor.errors import AuditorError
from auditor.reports import staging
from auditor.reports.files import CsvFile, open_text, write_json, write_line
from auditor.reports.records import Session
from auditor.reports.staging import MANIFEST, Staging, earlier_results, is_result
from auditor.reports.store import SessionStore


def tree(folder: Path) -> list[str]:
    """Everything below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def publish(target: Path, *names: str) -> None:
    """A run that writes these files."""
    with Staging(target) as stage:
        for name in (*names, MANIFEST):
            (stage.folder / name).write_text(name, encoding="utf-8")
        manifest = {"rules_hash": "x", "files": [*names, MANIFEST]}
        (stage.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        stage.publish([*names, MANIFEST])


def test_files_appear_when_all_are_whole(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    with Staging(target) as stage:
        (stage.folder / "findings.jsonl").write_text("x", encoding="utf-8")
        assert stage.folder.stat().st_mode & 0o777 == 0o700
        assert tree(target) == [stage.folder.name, f"{stage.folder.name}/findings.jsonl"]
        stage.publish(["findings.jsonl"])
        assert (target / "findings.jsonl").read_text(encoding="utf-8") == "x"
    assert tree(tmp_path) == ["a", "a/b", "a/b/findings.jsonl"]


def fail(target: Path, error: BaseException) -> None:
    """A run that comes to half of its files."""
    with Staging(target) as stage:
        (stage.folder / "findings.jsonl").write_text("半份", encoding="utf-8")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), AuditorError("错"), OSError(28, "No space left on device")])
def test_a_failure_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "mine.txt").write_text("不要动", encoding="utf-8")
    for target in (tmp_path / "new" / "deep", tmp_path):
        with pytest.raises(type(error)):
            fail(target, error)
    assert tree(tmp_path) == ["mine.txt"]


def test_a_folder_that_somebody_else_used_meanwhile_stays(tmp_path: Path) -> None:
    stage = Staging(tmp_path / "new")
    (stage.target / "theirs.txt").write_text("x", encoding="utf-8")
    stage.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert tree(tmp_path) == ["new", "new/theirs.txt"]


def test_an_earlier_run_s_files_go_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "agents.csv").write_text("手写的", encoding="utf-8")
    publish(tmp_path, "findings.jsonl", "客服评分卡_小云.xlsx", "团队汇总.xlsx")
    (tmp_path / "备注.xlsx").write_text("x", encoding="utf-8")
    publish(tmp_path, "findings.jsonl", "客服评分卡_小雨.xlsx")
    assert tree(tmp_path) == sorted(["agents.csv", "findings.jsonl", "run.json", "备注.xlsx", "客服评分卡_小雨.xlsx"])


@pytest.mark.parametrize("manifest", [
    b"", b"[]", b"{}", b"\xff\xfe", b'{"rules_hash": 1, "files": 5}',
    b'{"files": ["precious.csv", "agents.csv"]}',
    b'{"rules_hash": "x", "files": ["precious.csv", "../precious.csv", "/etc/passwd", 3, null]}',
])  # fmt: skip
def test_a_manifest_of_somebody_else_takes_nothing_away(tmp_path: Path, manifest: bytes) -> None:
    target = tmp_path / "out"
    target.mkdir()
    for path in (tmp_path / "precious.csv", target / "precious.csv", target / "agents.csv"):
        path.write_text("x", encoding="utf-8")
    (target / MANIFEST).write_bytes(manifest)
    assert earlier_results(target) == frozenset()
    publish(target, "findings.jsonl")
    assert {"precious.csv", "out/precious.csv", "out/agents.csv"} <= set(tree(tmp_path))


@pytest.mark.parametrize(("name", "is_ours"), [
    ("findings.jsonl", True), ("run.json", True), ("unread.csv", True), ("客服评分卡_小云_20261116.xlsx", True),
    ("团队汇总.xlsx", True), ("聊天记录.csv", False), ("findings.jsonl.bak", False), ("../findings.jsonl", False),
])  # fmt: skip
def test_names_of_results(name: str, is_ours: bool) -> None:
    assert is_result(name) is is_ours


def test_a_target_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    for target in (file, file / "below", Path("/proc/nowhere")):
        with pytest.raises(AuditorError, match="不能写"):
            Staging(target)

    def read_only(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", read_only)
    with pytest.raises(AuditorError, match="不能写（没有权限），请换一个"):
        Staging(tmp_path / "new" / "deep")
    assert tree(tmp_path) == ["file"]


def test_what_a_killed_run_left_is_swept_away_but_not_a_living_one_s(tmp_path: Path) -> None:
    (tmp_path / ".auditor-dead").mkdir()
    (tmp_path / ".auditor-dead" / "sessions.db").write_text("聊天", encoding="utf-8")
    with Staging(tmp_path) as living:
        assert tree(tmp_path) == [living.folder.name]
        program = (
            "import sys; from pathlib import Path; from auditor.reports.staging import Staging\n"
            "with Staging(Path(sys.argv[1])): pass\n"
        )
        subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=Path(__file__).parents[1])
        assert tree(tmp_path) == [living.folder.name]
    assert tree(tmp_path) == []


def test_where_folders_cannot_be_locked_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def unknown(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    (tmp_path / ".auditor-other").mkdir()
    monkeypatch.setattr(fcntl, "flock", unknown)
    publish(tmp_path, "findings.jsonl")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    publish(tmp_path, "findings.jsonl")
    assert tree(tmp_path) == [".auditor-other", "findings.jsonl", "run.json"]


def test_temporary_files_go_into_the_private_folder(tmp_path: Path) -> None:
    before = tempfile.tempdir
    with Staging(tmp_path) as stage, tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == stage.folder
    assert tempfile.tempdir == before


@pytest.mark.parametrize("threads", [0, 1])
def test_ctrl_c_waits_until_the_files_are_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    """A progress bar has a thread of its own, which the system may choose to tell."""
    real = os.replace
    done = threading.Event()
    others = [threading.Thread(target=done.wait) for _ in range(threads)]

    def replace(source: Path, target: Path) -> None:
        if target.name == "agents.json":
            os.kill(os.getpid(), signal.SIGINT)
        real(source, target)

    monkeypatch.setattr(staging.os, "replace", replace)
    for other in others:
        other.start()
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, "agents.json", "findings.jsonl")
    done.set()
    assert tree(tmp_path) == ["agents.json", "findings.jsonl", "run.json"]


@pytest.mark.parametrize("stuck", ["agents.json", "findings.jsonl", "run.json"])
def test_if_one_file_is_open_elsewhere_the_last_report_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    publish(tmp_path, "findings.jsonl")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if target == tmp_path / stuck and source.parent.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(staging.os, "replace", replace)
    with pytest.raises(AuditorError, match="请关闭打开它的程序"):
        publish(tmp_path, "findings.jsonl", "agents.json")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


KILLED = """
import os, sys
from pathlib import Path
from auditor.reports import staging
sys.path.insert(0, sys.argv[3])
from test_staging import publish
real, left = os.replace, int(sys.argv[2])
def replace(source, target):
    global left
    if left == 0:
        os.kill(os.getpid(), 9)
    left -= 1
    real(source, target)
staging.os.replace = replace
publish(Path(sys.argv[1]), "findings.jsonl", "agents.json", "客服评分卡_小雨.xlsx")
"""


@pytest.mark.parametrize("moves", range(8))
def test_a_run_killed_while_files_change_places_has_done_nothing(tmp_path: Path, moves: int) -> None:
    publish(tmp_path, "findings.jsonl", "agents.json", "客服评分卡_小云.xlsx")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(moves), str(here)]
    run = subprocess.run(command, check=False, cwd=here.parent)
    assert run.returncode == -signal.SIGKILL
    with Staging(tmp_path):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("journal", ["", "{", "5", '["../precious.csv", "precious.csv", 3]'])
def test_a_journal_of_somebody_else_moves_nothing(tmp_path: Path, journal: str) -> None:
    target = tmp_path / "out"
    (target / ".auditor-x" / "earlier").mkdir(parents=True)
    (target / ".auditor-x" / "swap.json").write_text(journal, encoding="utf-8")
    for path in (tmp_path / "precious.csv", target / "precious.csv"):
        path.write_text("x", encoding="utf-8")
    with Staging(target):
        pass
    assert tree(tmp_path) == ["out", "out/precious.csv", "precious.csv"]


def test_a_folder_with_the_name_of_a_result(tmp_path: Path) -> None:
    (tmp_path / "findings.jsonl").mkdir()
    with pytest.raises(AuditorError, match="是一个文件夹，占了结果的名字"):
        publish(tmp_path, "findings.jsonl", "agents.json")
    assert tree(tmp_path) == ["findings.jsonl"]


def test_outside_the_main_thread_files_are_published_too(tmp_path: Path) -> None:
    other = threading.Thread(target=publish, args=(tmp_path, "findings.jsonl"))
    other.start()
    other.join()
    assert tree(tmp_path) == ["findings.jsonl", "run.json"]


def test_the_manifest_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    real = os.replace
    monkeypatch.setattr(staging.os, "replace", lambda a, b: (moved.append(b.name), real(a, b)))
    with Staging(tmp_path) as stage:
        for name in (MANIFEST, "findings.jsonl"):
            (stage.folder / name).write_text("{}", encoding="utf-8")
        stage.publish([MANIFEST, "findings.jsonl"])
    assert moved == ["findings.jsonl", MANIFEST]


SESSIONS = [
    Session({"conversation": "S1", "agent": "小云\ud83d"}, ({"rule": "r"},), ({"text": "好\u2028\0"},)),
    Session({"conversation": "S2"}, (), ()),
    Session({"conversation": "S3"}, (), ()),
]


def test_sessions_come_back_by_agent_in_order(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions.db")
    for session, agents in zip(SESSIONS, (["小云\ud83d", "小雨"], ["小雨"], ["小云\ud83d"]), strict=True):
        store.add(session, agents)
    assert list(store.sessions("小云\ud83d")) == [SESSIONS[0], SESSIONS[2]]
    assert list(store.sessions("小雨")) == SESSIONS[:2]
    assert list(store.sessions("没有")) == []
    store.close()


def test_a_store_that_the_disk_does_not_take(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="临时数据读写失败"):
        SessionStore(tmp_path / "nowhere" / "sessions.db")
    store = SessionStore(tmp_path / "sessions.db")
    store.close()
    for use in (lambda: store.add(SESSIONS[0], ["小云"]), lambda: list(store.sessions("小云"))):
        with pytest.raises(AuditorError, match="请检查磁盘的剩余空间"):
            use()
    assert issubclass(sqlite3.ProgrammingError, sqlite3.Error)


def test_plain_files_hold_any_text(tmp_path: Path) -> None:
    with open_text(tmp_path / "a.jsonl") as file:
        write_line(file, {"名": "小\ud83d云\n\u2028"})
    [line] = (tmp_path / "a.jsonl").read_bytes().split(b"\n")[:-1]
    assert json.loads(line)["名"] == "小\ud83d云\n\u2028"
    write_json(tmp_path / "a.json", {"名": "小\ud83d"})
    assert json.loads((tmp_path / "a.json").read_bytes()) == {"名": "小\ud83d"}


@pytest.mark.parametrize(("cell", "written"), [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\t=1", "'\t=1"), (-1, "-1"), (None, ""),
    ("a=1", "a=1"),
])  # fmt: skip
def test_no_cell_of_a_csv_file_is_a_formula(tmp_path: Path, cell: object, written: str) -> None:
    file = CsvFile(tmp_path / "a.csv", ("甲",))
    file.row([cell, "小\ud83d"])
    file.close()
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig")
    assert text == f"甲\r\n{written},小\\ud83d\r\n"
