"""When the program itself is wrong, when files are too large, and when logs are given away."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hostile.case import BANNED, GOOD, HEAD

from auditor.chat import Conversation, Message, Role
from auditor.cli.accident import report
from auditor.cli.app import main
from auditor.reports.masking import Disguise

CHAT = "顾客的原话，谁也不该看到"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in an empty folder with the good log; returns the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(GOOD, encoding="utf-8")

    def run(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        return (stop.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program that stumbles with a chat in its error; reports go to the folder that is returned."""

    def stumble(*_: object) -> None:
        try:
            raise KeyError(CHAT)
        except KeyError as error:
            raise RuntimeError(CHAT) from error

    monkeypatch.setattr("auditor.readers.find_files", stumble)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_mistake_of_the_program_is_one_sentence_and_a_report_without_chats(call: Any, broken: Path) -> None:
    code, out, err = call("audit", "log.csv")
    assert (code, out) == (2, "")
    assert err.startswith("错误：程序内部出了错（RuntimeError），没有写出结果。")
    assert err.count("\n") == 1
    [file] = broken.glob("auditor-crash-*.txt")
    assert file.name in err
    said = file.read_text(encoding="utf-8")
    assert "RuntimeError" in said
    assert "KeyError" in said
    assert "cli/app.py" in said
    assert CHAT not in said + err
    assert str(Path.home()) not in said


@pytest.mark.parametrize("arguments", [("--debug", "audit", "log.csv"), ("audit", "log.csv", "--debug")])
def test_debug_shows_the_traceback(call: Any, broken: Path, arguments: tuple[str, ...]) -> None:
    code, _, err = call(*arguments)
    assert code == 2
    assert "Traceback" in err
    assert CHAT in err
    assert broken.exists()


def test_a_report_of_errors_that_cause_each_other_comes_to_an_end() -> None:
    one, other = ValueError("甲"), TypeError("乙")
    one.__cause__, other.__cause__ = other, one
    assert [line for line in report(one).split("\n")[1:] if line] == ["ValueError", "TypeError"]


@pytest.mark.parametrize(("size", "code"), [("10", 2), ("400", 3), ("1MB", 0), ("2g", 0)])
def test_files_over_the_limit_are_refused(call: Any, tmp_path: Path, size: str, code: int) -> None:
    (tmp_path / "small.csv").write_text(HEAD + f"S9,,agent,小云,茶茶,{BANNED}\n", encoding="utf-8")
    answer, _, err = call("audit", "log.csv", "small.csv", "--formats", "jsonl", "--max-file-size", size)
    assert answer == code, err
    assert ("--max-file-size 的上限" in err) is (code != 0)


@pytest.mark.parametrize("size", ["", "0", "-1", "1T", "大"])
def test_a_size_that_is_none(call: Any, size: str) -> None:
    code, _, err = call("convert", "log.csv", "-o", "all.jsonl", "--max-file-size", size)
    assert code == 2
    assert "应写成 500M、2G 这样的大小" in err


def test_logs_to_be_given_away_name_nobody(call: Any, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        HEAD
        + "S1,2026-11-16 09:00:00,customer,店:小云,王小明,我是王小明，电话13812345678\n"
        + "S1,2026-11-16 09:00:08,agent,店:小云,王小明,王小明您好，寄到西湖区文三路123号5幢402室对吗\n"
        + "S2,2026-11-17 09:00:00,customer,店:小云,王小明,又是我\n",
        encoding="utf-8",
    )
    code, _, _ = call("convert", "log.csv", "-o", "all.jsonl", "--anonymise")
    assert code == 0
    text = (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert not re.search("王小明|小云|13812345678|123号|S1", text)
    first, second = map(json.loads, text.split("\n")[:-1])
    assert (first["customer"], first["agent"], first["conversation"]) == ("客户1", "客服1", "会话1")
    assert (second["customer"], second["conversation"]) == ("客户1", "会话2")
    assert first["messages"][0]["text"] == "我是客户1，电话138****5678"
    assert call("audit", "all.jsonl", "-o", "out", "--formats", "jsonl")[0] == 0


def test_a_disguise_keeps_people_apart() -> None:
    hide = Disguise()
    talk = Conversation("S", (Message(Role.AGENT, "我是阿泽", sender="阿泽"), Message(Role.ROBOT, "好", sender="小蜜")),
                        agent="小云", shop="好店")  # fmt: skip
    shown = hide(talk)
    assert [message.sender for message in shown.messages] == ["客服1", "机器人1"]
    assert (shown.agent, shown.shop, shown.customer) == ("客服2", "店铺1", None)
    assert shown.messages[0].text == "我是客服1"
