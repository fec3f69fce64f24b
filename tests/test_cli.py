"""What a user types and what the program answers: one clear sentence, the right exit code, nothing left half done."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from factory_jobs import AUDIT, ROWS, RULES, SPOILT, contents, log
from factory_rules import write

from auditor.cli import summary
from auditor.cli.app import Terminated, main
from auditor.errors import AuditorError, Place, Problem, printable

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a log and a rule file of its own."""
    monkeypatch.chdir(tmp_path)
    log(tmp_path)
    write(tmp_path, RULES, "rules.toml")
    return tmp_path


@pytest.fixture
def auditor(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ARG001
    """Runs a command in the working folder."""

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        shown = capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return Answer(stop.value.code, shown.out, shown.err)

    return call


def test_the_main_job(auditor: Any, folder: Path) -> None:
    answer = auditor("audit", "聊天记录.csv", "--rules", "rules.toml", "-o", "out")
    assert answer.code == 0
    assert answer.err == ""
    lines = answer.out.splitlines()
    assert lines[0] == "质检完成：4 个会话，2 位客服（2026-11-16 至 2026-11-17）"
    assert lines[1].split() == ["名次", "客服", "会话", "得分", "等级", "合格率", "致命", "首响均值", "扣分最多"]
    assert lines[2].split()[:2] == ["1", "小雨"]
    assert (
        "生硬拒绝：2 次，10 分，涉及 2 个会话" in answer.out
        or "生硬拒绝：2 次，10 分，涉及 1 个会话" in answer.out
    )
    assert "读入 10 行，质检 10 行，未读 0 行。" in answer.out
    assert "结果在 out：2 份客服评分卡、1 份团队汇总，明细 findings.jsonl" in answer.out
    assert "\x1b" not in answer.out
    assert "团队汇总_20261116_20261117.xlsx" in contents(folder / "out")


def test_quiet_says_nothing(auditor: Any, folder: Path) -> None:
    assert auditor(*AUDIT, "--quiet") == Answer(0, "", "")
    assert "findings.jsonl" in contents(folder / "质检结果")


@pytest.mark.parametrize(("more", "code"), [
    ((), 0), (("--fail-on", "fatal"), 0), (("--fail-on", "major"), 1), (("--fail-on", "minor"), 1),
    (("--fail-on", "never"), 0), (("--min-score", "97"), 1), (("--min-score", "50"), 0),
])  # fmt: skip
def test_exit_codes_of_a_readable_log(auditor: Any, more: tuple[str, ...], code: int) -> None:
    assert auditor(*AUDIT, *more).code == code


def test_what_could_not_be_read_is_told_and_counts_most(auditor: Any, folder: Path) -> None:
    log(folder, [*ROWS, SPOILT], "b.csv")
    (folder / "c.csv").write_bytes(b"")
    answer = auditor(
        "audit", "b.csv", "c.csv", "--rules", "rules.toml", "--formats", "jsonl", "--fail-on", "major", "-o", "out"
    )
    assert answer.code == 3
    assert re.search(r"^没有读：c\.csv: .+", answer.err, re.MULTILINE)
    assert "有 2 行没有质检（" in answer.err
    assert "见 out/unread.csv" in answer.err
    assert "13912345678" not in answer.err + answer.out


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("audit", "nowhere.csv"), "错误：找不到「nowhere.csv」，请检查路径和文件名。"),
    (("audit", "*.nothing"), "没有匹配到任何文件"),
    (("audit", "empty.csv"), "没有读到任何会话"),
    (("audit", "columns.csv"), "columns.csv"),
    (("audit", "聊天记录.csv", "--rules", "none.toml"), "none.toml: 找不到这个文件"),
    (("audit", "聊天记录.csv", "-o", "聊天记录.csv"), "就是输入文件"),
    (("audit", "聊天记录.csv", "-o", "聊天记录.csv/below"), "不能写"),
    (("audit", "聊天记录.csv", "--since", "昨天"), "日期「昨天」应写成 2026-11-16 这样"),
    (("audit", "聊天记录.csv", "--tz", "Mars/Base"), "Mars/Base"),
    (("audit", "聊天记录.csv", "--encoding", "utf-9"), "utf-9"),
    (("audit", "聊天记录.csv", "--from", "weixin"), "weixin"),
    (("audit", "聊天记录.csv", "--profile", "jdd"), "是不是想写 jd？"),
    (("audit", "聊天记录.csv", "--formats", "pdf"), "没有「pdf」这种格式"),
    (("audit",), "缺少参数 LOGS"),
    (("demo", "-o", "聊天记录.csv"), "不能写"),
    (("rules", "show", "no-such-rule"), "没有规则 no-such-rule"),
    (("rules", "check", "rules_broken.toml"), "找不到这个文件"),
])  # fmt: skip
def test_every_mistake_is_one_sentence_and_writes_nothing(
    auditor: Any, folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "columns.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    before = sorted(os.listdir(folder))
    answer = auditor(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("错误：")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert sorted(os.listdir(folder)) == before


def test_a_rule_file_with_ten_mistakes(auditor: Any) -> None:
    answer = auditor(*AUDIT, "--rules", str(Path(__file__).parent / "rules_broken" / "ten-mistakes.toml"))
    assert answer.code == 2
    assert answer.err.startswith("错误：规则文件有 10 处错误，没有开始质检，请按下面的提示修改：\n")
    assert len(answer.err.splitlines()) == 11


def test_own_results_are_no_logs(auditor: Any, folder: Path) -> None:
    first = auditor("audit", ".", "--rules", "rules.toml", "--formats", "jsonl,csv")
    before = contents(folder / "质检结果")
    assert auditor("audit", ".", "--rules", "rules.toml", "--formats", "jsonl,csv") == first
    assert contents(folder / "质检结果") == before
    assert "只有以前的质检结果" in auditor("audit", "质检结果").err
    named = auditor("audit", "质检结果/conversations.jsonl", "--rules", "rules.toml")
    assert named.code == 2
    assert "会被结果覆盖" in named.err
    assert contents(folder / "质检结果") == before


def test_names_from_a_log_cannot_steer_the_terminal(auditor: Any, folder: Path) -> None:
    names = ("小\x1b[31m云\x07", "小\u202e雨", "长" * 200, "家\u3000人👨\u200d👩")
    rows = [[f"S{n}", "2026-11-16 09:00:00", "客服", name, "客", "不能退\x1b[2J\x07"] for n, name in enumerate(names)]
    log(folder, [*rows, [*SPOILT[:2], "\x1b]0;x\x07", *SPOILT[3:]]], "坏\x1b[31m\n名.csv")
    answer = auditor("audit", "坏\x1b[31m\n名.csv", "无\x1b[31m.csv")
    assert answer.code == 2
    assert "\x1b" not in answer.err
    answer = auditor("audit", "坏\x1b[31m\n名.csv", "--rules", "rules.toml", "--formats", "jsonl")
    assert answer.code == 3
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", answer.out + answer.err)
    assert "小[31m云" in answer.out
    assert "小\\u202e雨" in answer.out
    assert "家\u3000人👨\u200d👩" in answer.out
    assert max(map(summary.width, answer.out.splitlines())) < 200


def test_settings_of_the_folder(auditor: Any, folder: Path) -> None:
    (folder / "auditor.toml").write_text(
        'rules = ["rules.toml"]\noutput = "按配置"\nformats = ["jsonl"]\nfail-on = "major"\nmin-score = 1\n'
        'quiet = true\nsince = 2026-11-16\nuntil = "2026-11-16"\nfrom = "csv"\ndict = ["不能退"]\nno-mask = true\n',
        encoding="utf-8",
    )
    assert auditor("audit", "聊天记录.csv") == Answer(1, "", "")
    assert b"13812345678" not in contents(folder / "按配置")["run.json"]
    assert b'"rows_outside": 2' in contents(folder / "按配置")["run.json"]
    assert auditor("audit", "聊天记录.csv", "--fail-on", "fatal").code == 0


@pytest.mark.parametrize(("text", "said"), [
    ("outptu = 'x'\n", "auditor.toml:1: outptu: 不认识这一项，是不是想写「output」？"),
    ("\nquiet = 1\n", "auditor.toml:2: quiet: 应为 true 或 false"),
    ("rules = 'a.toml'\n", "auditor.toml:1: rules: 应为文字列表"),
    ("dict = [1]\n", "auditor.toml:1: dict: 应为文字列表"),
    ("models = 3\n", "auditor.toml:1: models: 应为文字"),
    ("min-score = '高'\n", "auditor.toml:1: min-score: 应为数字"),
    ("min-score = 101\n", "0 到 100 之间"),
    ("profile = 'jdd'\n", "是不是想写 jd？"),
    ("profile = true\n", "auditor.toml:1: profile: 应为文字"),
    ("formats = ['pdf']\n", "没有「pdf」这种格式"),
    ("formats = ['xlsx', 3]\n", "没有「3」这种格式"),
    ("fail-on = 'major\n", "配置文件 auditor.toml 读不了"),
    ("a = " + "9" * 5000, "配置文件 auditor.toml 读不了"),
    ("x = '\x00'\n", "配置文件 auditor.toml 读不了"),
])  # fmt: skip
def test_settings_that_are_wrong(auditor: Any, folder: Path, text: str, said: str) -> None:
    (folder / "auditor.toml").write_text(text, encoding="utf-8")
    answer = auditor("audit", "聊天记录.csv")
    assert answer.code == 2
    assert said in answer.err
    assert not (folder / "质检结果").exists()


def test_settings_in_gbk(auditor: Any, folder: Path) -> None:
    (folder / "auditor.toml").write_bytes("output = '结果'\n".encode("gbk"))
    assert "请检查写法或另存为 UTF-8" in auditor("audit", "聊天记录.csv").err


def test_flag_before_environment_before_settings_before_default(
    auditor: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RULES": "rules.toml", "FORMATS": "jsonl", "QUIET": "1", "FROM": "csv"}.items():
        monkeypatch.setenv(f"AUDITOR_{name}", value)
    auditor("audit", "聊天记录.csv")
    (folder / "auditor.toml").write_text('output = "按配置"\n', encoding="utf-8")
    auditor("audit", "聊天记录.csv")
    monkeypatch.setenv("AUDITOR_OUTPUT", "按环境")
    auditor("audit", "聊天记录.csv")
    auditor("audit", "聊天记录.csv", "-o", "按选项")
    made = [name for name in ("质检结果", "按配置", "按环境", "按选项") if (folder / name / "run.json").is_file()]
    assert made == ["质检结果", "按配置", "按环境", "按选项"]
    assert all("agents.json" in contents(folder / name) for name in made)


def test_a_wrong_value_in_the_environment(auditor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_FAIL_ON", "重")
    answer = auditor("audit", "聊天记录.csv")
    assert answer.code == 2
    assert "选项 --fail-on 的值不对：没有「重」" in answer.err


def test_the_demo_keeps_to_itself(auditor: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is audited as shipped: settings of the folder or the environment are for own logs."""
    (folder / "auditor.toml").write_text('output = "别处"\nrules = ["none.toml"]\n', encoding="utf-8")
    monkeypatch.setenv("AUDITOR_FORMATS", "csv")
    answer = auditor("demo")
    assert answer.code == 0
    assert "示例聊天写在 示例质检/示例聊天.csv" in answer.out
    names = contents(folder / "示例质检" / "结果")
    assert sum(name.startswith("客服评分卡_") for name in names) == 8
    assert not (folder / "别处").exists()


def test_rules_are_listed_shown_and_checked(auditor: Any) -> None:
    listed = auditor("rules", "list", "--rules", "rules.toml")
    assert [line.split()[1] for line in listed.out.splitlines()[:-1]] == ["blunt-refusal", "missing-greeting", "slow"]
    assert listed.out.splitlines()[-1] == "共 3 条规则"
    shown = auditor("rules", "show", "T01", "--rules", "rules.toml")
    assert "T01 blunt-refusal  生硬拒绝\n服务态度 · 严重 · 5 分 · 每个会话最多 10 分 · 启用" in shown.out
    assert "  · 客户: 能退吗\n    客服: 不能退" in shown.out
    assert "是不是想写「slow」？" in auditor("rules", "show", "slwo", "--rules", "rules.toml").err
    assert auditor("rules", "check", "rules.toml").out == "3 条规则、6 个例子，全部通过。\n"


class Terminal(io.StringIO):
    """A terminal, as far as the program asks."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_colours_are_for_terminals_that_want_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    log(folder, [*ROWS, SPOILT])
    monkeypatch.setenv("NO_COLOR", no_color)
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit):
        main(AUDIT)
    assert ("\x1b[1m质检完成" in out.getvalue()) is coloured
    assert ("\x1b[31m有 1 行没有质检" in err.getvalue()) is coloured
    assert "有 1 行没有质检" in err.getvalue()
    assert "读取" in err.getvalue()


def test_many_agents_and_many_problems_are_cut_with_a_word(auditor: Any, folder: Path) -> None:
    rows = [[f"S{n}", "2026-11-16 09:00:00", "客服", f"客服{n}号", "客", "您好"] for n in range(40)]
    log(folder, rows, "many.csv")
    for n in range(12):
        (folder / f"bad{n}.csv").write_bytes(b"")
    answer = auditor("audit", "many.csv", "bad*.csv", "--rules", "rules.toml", "--formats", "jsonl")
    assert answer.code == 3
    assert "…… 另有 10 位客服，见团队汇总" in answer.out
    assert answer.err.count("没有读：") == 8
    assert "…… 另有 4 条，见 run.json 的 left_out" in answer.err
    assert "没有扣分。" in answer.out


def test_logs_without_times_and_without_judges(auditor: Any, folder: Path) -> None:
    log(folder, [[row[0], "", *row[2:]] for row in ROWS], "bare.csv")
    answer = auditor("audit", "bare.csv", "--rules", "rules.toml", "--formats", "jsonl", "--until", "2026-11-16")
    assert "（没有时间数据）" in answer.out
    assert "个会话判不了（原因见 conversations.jsonl）。" in answer.out


@pytest.mark.parametrize(("error", "code", "said"), [
    (KeyboardInterrupt(), 130, "已中断，没有写出结果。"),
    (Terminated(), 143, "已中断，没有写出结果。"),
    (MemoryError(), 2, "内存不够"),
    (OSError(28, "No space left on device"), 2, "读写文件 失败（磁盘已满）"),
    (PermissionError(13, "Permission denied", "a\x1bb"), 2, "读写文件 a\\x1bb 失败（没有权限）"),
    (EOFError("cut"), 2, "程序内部出了错（EOFError），没有写出结果。"),
])  # fmt: skip
def test_failures_from_below(
    auditor: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    from auditor import job

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(job, "run", fail)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    answer = auditor(*AUDIT)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("moment", ["write_line", "write_json", "agent_record", "score_conversation"])
def test_a_run_that_is_told_to_stop_leaves_nothing(
    auditor: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int, moment: str
) -> None:
    from auditor import job

    real = getattr(job, moment)

    def stop(*arguments: Any) -> Any:
        os.kill(os.getpid(), number)
        return real(*arguments)

    monkeypatch.setattr(job, moment, stop)
    before = sorted(os.listdir(folder))
    assert auditor(*AUDIT) == Answer(code, "", "已中断，没有写出结果。\n")
    assert sorted(os.listdir(folder)) == before
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_sentences_are_fit_for_a_terminal() -> None:
    assert (
        printable("好\n的\t\x1b[0m\u202e\ud83d\u3000👨\u200d👩") == "好\\n的\\t\\x1b[0m\\u202e\\ud83d\u3000👨\u200d👩"
    )
    problem = Problem(Place("a\n.toml", 3), "x", "y\x07")
    assert str(AuditorError("错\r误", [problem])) == "错\\r误\n  a\\n.toml:3: x: y\\x07"
    assert str(Problem(Place("a.toml"), "", "错")) == "a.toml: 错"
