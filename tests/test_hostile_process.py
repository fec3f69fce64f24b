"""FIO and ENV: files, folders, links, limits and signals of a hostile machine; the program as a process of its own."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import AUDIT, RULES, contents, log
from factory_rules import write

ROOT = Path(__file__).parents[1]
REPORT = {"findings.jsonl", "conversations.jsonl", "agents.json", "run.json", "unread.csv"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a log and a rule file of its own."""
    log(tmp_path)
    write(tmp_path, RULES, "rules.toml")
    return tmp_path


@dataclass(frozen=True)
class End:
    """How a run ended and what it said."""

    code: int
    out: str
    err: str


def run(folder: Path, *arguments: str, env: dict[str, str] | None = None, **more: Any) -> End:
    """Run the program in a folder to its end."""
    command = [sys.executable, *more.pop("python", ()), "-m", "auditor", *arguments]
    full = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    done = subprocess.run(
        command, cwd=folder, env=full, capture_output=True, text=True, encoding="utf-8", errors="replace",
        check=False, timeout=60, **more,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return End(done.returncode, done.stdout, done.stderr)


def audit(log_file: str, *more: str) -> tuple[str, ...]:
    """The command that audits one file into ``out``."""
    return ("audit", log_file, "--rules", "rules.toml", "--formats", "jsonl", "-o", "out", *more)


def digest(path: Path) -> str:
    """What a file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Refusal:
    """``make`` builds what is there; ``arguments`` are refused with exit code 2, in one sentence with these words."""

    what: str
    make: Callable[[Path], object]
    arguments: tuple[str, ...]
    says: str


GOOD = audit("聊天记录.csv")
REFUSALS = (
    Refusal("FIO-05 the output is the input",
            lambda _: None, (*GOOD, "-o", "聊天记录.csv"), "输入文件"),
    Refusal("FIO-06 the output is a link to the input",
            lambda f: (f / "link").symlink_to("聊天记录.csv"), (*GOOD, "-o", "link"), "输入文件"),
    Refusal("FIO-07 the output is a device",
            lambda _: None, (*GOOD, "-o", "/dev/full"), "不能写"),
    Refusal("FIO-08 the output is below a file",
            lambda _: None, (*GOOD, "-o", "rules.toml/out"), "不能写"),
    Refusal("FIO-16 the input is a pipe",
            lambda f: os.mkfifo(f / "pipe.csv"), audit("pipe.csv"), "管道"),
    Refusal("FIO-18 the input is not there",
            lambda _: None, audit("没有.csv"), "找不到"),
    Refusal("FIO-19 the input is a loop of links",
            lambda f: (f / "loop.csv").symlink_to("loop.csv"), audit("loop.csv"), "链接"),
    Refusal("FIO-20 the input is a link to nothing",
            lambda f: (f / "gone.csv").symlink_to("nowhere"), audit("gone.csv"), "断掉的链接"),
    Refusal("FIO-21 the input is a device without end",
            lambda _: None, audit("/dev/zero"), "设备"),
    Refusal("FIO-22 the input is an empty folder",
            lambda f: (f / "empty").mkdir(), audit("empty"), "没有聊天记录"),
    Refusal("FIO-24 the input is a link to a device",
            lambda f: (f / "zero.csv").symlink_to("/dev/zero"), audit("zero.csv"), "设备"),
    Refusal("ENV-12 a format that is none",
            lambda _: None, (*GOOD, "--formats", "pdf"), "pdf"),
    Refusal("ENV-13 a limit that is none",
            lambda _: None, (*GOOD, "--max-file-size", "-1"), "500M"),
)  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.what)
def test_what_is_refused_at_once(folder: Path, case: Refusal, monkeypatch: pytest.MonkeyPatch,
                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    from auditor.cli.app import main

    case.make(folder)
    before = digest(folder / "聊天记录.csv")
    names = sorted(path.name for path in folder.iterdir())
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stop:
        main(case.arguments)
    err = capsys.readouterr().err
    assert stop.value.code == 2
    assert case.says in err
    assert digest(folder / "聊天记录.csv") == before
    assert sorted(path.name for path in folder.iterdir()) == names


@pytest.mark.parametrize(
    "name", ["a b.csv", "a\nb.csv", "'\"`$(touch x).csv", "😀.csv", "-o.csv", "--debug.csv", "[ab]*.csv"]
)
def test_any_name_of_a_file_is_audited_and_shown_on_one_line(folder: Path, name: str) -> None:
    (folder / "聊天记录.csv").rename(folder / name)
    end = run(folder, *audit(f"./{name}"))
    assert end.code == 0
    assert REPORT.issubset(contents(folder / "out"))
    assert "a\nb" not in end.out
    assert not (folder / "x").exists()


def test_the_output_is_made_with_its_parents(folder: Path) -> None:
    assert run(folder, *audit("聊天记录.csv"), "-o", "甲/乙/丙").code == 0
    assert (folder / "甲" / "乙" / "丙" / "run.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("after", [0.3, 0.9])
def test_a_signal_leaves_a_whole_report_or_none(folder: Path, number: int, after: float) -> None:
    command = [sys.executable, "-m", "auditor", *audit("聊天记录.csv")]
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            running.send_signal(number)
        _, err = running.communicate(timeout=60)
    left = set(contents(folder / "out")) if (folder / "out").exists() else set()
    assert not left or REPORT.issubset(left)
    assert (running.returncode == 0) is bool(left)
    assert b"Error" not in err


@pytest.mark.parametrize("size", [0, 200, 4_000, 20_000])
def test_a_limit_on_the_size_of_files_leaves_a_whole_report_or_none(folder: Path, size: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    end = run(folder, *audit("聊天记录.csv", "--formats", "xlsx"), preexec_fn=limit)
    assert end.code == 2
    assert end.err.startswith("错误：")
    assert not (folder / "out").exists()


def test_a_folder_for_temporary_files_that_is_not_there(folder: Path) -> None:
    end = run(folder, *audit("聊天记录.csv"), env={"TMPDIR": str(folder / "nowhere")})
    assert end.code == 0


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_report_can_be_written_by_nobody_else(folder: Path, mask: int) -> None:
    assert run(folder, *audit("聊天记录.csv"), umask=mask).code == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "out").iterdir()}
    assert not any(mode & 0o002 for mode in modes.values()), modes


def test_two_runs_at_once_into_one_folder(folder: Path) -> None:
    log(folder, [["T1", "2026-11-18 09:00:00", "客服", "小雪", "茶茶", "不能退"]], "b.csv")
    runs = [
        subprocess.Popen([sys.executable, "-m", "auditor", *audit(name)], cwd=folder, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for name in ("聊天记录.csv", "b.csv")
    ]  # fmt: skip
    ends = [(one.communicate(timeout=60)[1], one.returncode) for one in runs]
    assert ends == [(b"", 0)] * 2
    mixed = contents(folder / "out")
    whole = []
    for name in ("聊天记录.csv", "b.csv"):
        assert run(folder, *audit(name), "-o", "alone").code == 0
        whole.append(contents(folder / "alone"))
    assert mixed in whole


def test_a_reader_that_goes_away_does_not_hide_what_was_found(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "auditor", *audit("聊天记录.csv", "--fail-on", "major")]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=writing,
                          stderr=subprocess.PIPE, check=False)  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_same_results_whatever_the_machine_is_set_to(folder: Path) -> None:
    """Hash seed, time zone, locale, warnings as errors, a planted cache of jieba's."""
    (folder / "tmp").mkdir()
    (folder / "tmp" / "jieba.cache").write_bytes(b"planted")
    settings: list[tuple[dict[str, str], tuple[str, ...]]] = [
        ({"PYTHONHASHSEED": "0"}, ()),
        ({"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C"}, ("-W", "error")),
        ({"PYTHONHASHSEED": "2", "TMPDIR": "tmp", "PYTHONIOENCODING": "gbk"}, ()),
    ]
    results = []
    for env, python in settings:
        end = run(folder, *AUDIT, "-o", "out", env=env, python=python)
        assert (end.code, end.err) == (0, "")
        results.append(contents(folder / "out"))
    assert results[0] == results[1] == results[2]


def test_memory_that_is_too_small_gives_a_whole_report_or_a_sentence(folder: Path) -> None:
    rows = [["S1", "2026-11-16 09:00:00", "客户", "小云", "茶茶", "在吗" * 100] for _ in range(20_000)]
    log(folder, rows, "big.csv")

    for megabytes in (120, 300, 1024):

        def limit(size: int = megabytes << 20) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (size, size))

        command = [sys.executable, "-m", "auditor", *audit("big.csv")]
        done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
                              check=False, preexec_fn=limit, timeout=60)  # fmt: skip
        assert (done.returncode == 0) is (folder / "out" / "run.json").exists(), done.stderr
    assert done.returncode == 0
