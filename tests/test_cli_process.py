"""The program as a process of its own: consoles, closed pipes, full disks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import AUDIT, ROWS, RULES, contents, log
from factory_rules import write

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a log and a rule file of its own."""
    log(tmp_path)
    write(tmp_path, RULES, "rules.toml")
    return tmp_path


def process(folder: Path, arguments: Sequence[str], **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-m", "auditor", *arguments], cwd=folder, env=environment, text=True, encoding="utf-8",
        stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, **more,
    )  # fmt: skip


@pytest.mark.parametrize("env", [{"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "gbk"}])
def test_any_console_can_show_the_answer(folder: Path, env: dict[str, str]) -> None:
    log(folder, [[*row[:3], row[3] and f"{row[3]}😀", *row[4:]] for row in ROWS])
    command = [sys.executable, "-W", "error", "-m", "auditor", *AUDIT]
    full = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    with subprocess.Popen(command, cwd=folder, env=full, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        out, err = running.communicate()
    assert (running.returncode, err) == (0, b"")
    assert b"U0001f600" in out or "😀".encode() in out


def test_a_machine_that_has_no_chinese_file_names(folder: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with process(folder, ("audit", "*.csv", "--rules", "rules.toml"), env=ascii_only) as running:
        out, err = running.communicate()
    assert (running.returncode, out) == (2, "")
    assert "PYTHONUTF8=1" in err
    assert "Traceback" not in err


def test_a_reader_that_goes_away_and_a_closed_stdout(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with process(folder, AUDIT, stdout=writing) as running:
        os.close(writing)
        _, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    assert "run.json" in contents(folder / "质检结果")
    with process(folder, AUDIT, stdout=None, preexec_fn=lambda: os.close(1)) as running:
        _, err = running.communicate()
    assert (running.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_answer_that_cannot_be_shown_is_no_success(folder: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, process(folder, AUDIT, stdout=full) as running:
        _, err = running.communicate()
    assert running.returncode == 2
    assert "结果已写在 质检结果，但小结显示不出来（磁盘已满）" in err
    assert "Traceback" not in err


def test_a_disk_that_is_full(folder: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    import resource

    rows = [[f"S{n}", "2026-11-16 09:00:00", "客服", "小云", "茶茶", "不能退" * 20] for n in range(2000)]
    log(folder, rows, "big.csv")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    with process(folder, ("audit", "big.csv", "--rules", "rules.toml", "-o", "out"), preexec_fn=limit) as running:
        out, err = running.communicate()
    assert running.returncode == 2
    assert out == ""
    assert err.startswith("错误：")
    assert "Traceback" not in err
    assert not (folder / "out").exists()
