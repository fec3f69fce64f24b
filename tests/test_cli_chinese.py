"""Help pages and usage errors speak Chinese, whatever click would say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from auditor.cli import chinese
from auditor.cli.app import cli, main
from auditor.cli.audit import FormatList
from auditor.cli.summary import width

#: click's own words; none of them may reach a user.
ENGLISH = re.compile(
    r"Usage|Options|Commands|Show this|default:|required|OPTIONS|ARGS|TEXT|PATH\b|FLOAT|INTEGER|Error|Try|is not"
)


def commands(command: click.Command = cli, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group with the words that call it."""
    yield above, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *above, name)


ALL = list(commands())


@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) or "auditor" for words, _ in ALL])
def test_every_help_page_is_chinese(words: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(cli, [*words, "--help"], prog_name="auditor")
    assert result.exit_code == 0
    assert result.output.startswith("用法：auditor")
    assert "显示这段说明。" in result.output
    assert not ENGLISH.search(result.output)
    assert all(width(line) <= 80 for line in result.output.splitlines() if "|" not in line)
    assert command.help


@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) or "auditor" for words, _ in ALL])
def test_every_value_that_can_be_refused_is_refused_in_chinese(words: tuple[str, ...], command: click.Command) -> None:
    """click's own types that refuse values do so in English: the house has its own."""
    del words
    own = (chinese.Choice, chinese.FloatRange, chinese.IntRange, FormatList)
    spoken = (*own, click.types.StringParamType, click.types.BoolParamType)
    for param in command.params:
        harmless = isinstance(param.type, click.Path) and not param.type.exists
        assert harmless or isinstance(param.type, spoken), param.name


@pytest.mark.parametrize(("arguments", "sentence"), [
    ("audti", "没有命令 audti，是不是想写 audit？可用的有 audit、demo、"),
    ("xyzzy", "没有命令 xyzzy，可用的有 audit、demo、"),
    ("--", "缺少命令，可用的有 audit、demo、"),
    ("--colour", "没有选项 --colour。用法见 auditor --help"),
    ("audit", "缺少参数 LOGS，请补上。用法见 auditor audit --help"),
    ("audit a.csv --quite", "没有选项 --quite，是不是想写 --quiet？用法见 auditor audit --help"),
    ("audit a.csv -Z", "没有选项 -Z。用法见 auditor audit --help"),
    ("audit a.csv --profile jdd", "选项 --profile 的值不对：没有「jdd」，是不是想写 jd？可用的有 house、taobao、"),
    ("audit a.csv --fail-on 重", "选项 --fail-on 的值不对：没有「重」，可用的有 never、fatal、"),
    ("audit a.csv --formats pdf", "选项 --formats 的值不对：没有「pdf」这种格式，"),
    ("audit a.csv --min-score 101", "选项 --min-score 的值不对：应为 0 到 100 之间的数字，现在是「101」。"),
    ("audit a.csv --min-score 高", "选项 --min-score 的值不对：应为 0 到 100 之间的数字，现在是「高」。"),
    ("inspect a.csv -n 0", "选项 -n 的值不对：应为 1 到 1000 之间的整数，现在是「0」。"),
    ("audit a.csv -o", "选项 -o 后面要写一个值。用法见 auditor audit --help"),
    ("audit a.csv --quiet=1", "选项 --quiet 不带值，请去掉等号和后面的内容。"),
    ("demo 甲 乙", "多了参数 甲 乙，请去掉。用法见 auditor demo --help"),
    ("model train a.csv", "缺少选项 -o / --output，请补上。用法见 auditor model train --help"),
    ("rules show", "缺少参数 ID，请补上。用法见 auditor rules show --help"),
])  # fmt: skip
def test_usage_error_is_one_chinese_sentence(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments.split())
    shown = capsys.readouterr()
    assert stop.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith(f"错误：{sentence}")
    assert shown.err.count("\n") == 1
    assert not ENGLISH.search(shown.err)


@pytest.mark.parametrize("group", ["", "rules", "model"])
def test_a_group_alone_shows_its_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(group.split())
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("用法：auditor")


def test_defaults_bounds_and_duties_are_shown() -> None:
    @click.command(cls=chinese.Command)
    @click.option("--low", type=click.IntRange(1), required=True, help="下限。")
    @click.option("--high", type=click.IntRange(None, 9), default=5, show_default=True, help="上限。")
    @click.option("--word", envvar="WORD", show_envvar=True)
    @click.option("--silent", is_flag=True, hidden=True)
    def command(**_: object) -> None:
        """甲。"""

    page = CliRunner().invoke(command, ["--help"]).output
    assert "--low 整数   下限。（不小于 1；必填）" in page
    assert "--high 整数  上限。（默认 5；不大于 9）" in page
    assert "--word 文字  （环境变量 WORD）" in page
    assert "--silent" not in page


def test_a_flag_given_a_value_elsewhere_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command(cls=chinese.Command)
    @click.option("--loud", is_flag=True)
    def command(**_: object) -> None:
        """甲。"""

    with pytest.raises(click.BadParameter) as refused:
        command.main([], prog_name="甲", standalone_mode=False, default_map={"loud": "maybe"})
    chinese.show(refused.value)
    assert capsys.readouterr().err == "错误：选项 --loud 的值不对：应为 true 或 false。用法见 甲 --help\n"


def test_lines_break_by_columns_and_keep_punctuation_together() -> None:
    assert list(chinese.wrap("规则或配置有错，没有写出结果", 12)) == ["规则或配置有", "错，没有写出", "结果"]
    assert list(chinese.wrap("看看这一个。好", 10)) == ["看看这一", "个。好"]
    assert list(chinese.wrap("结果在（默认）", 8)) == ["结果在", "（默认）"]
    assert list(chinese.wrap("write xlsx files", 10)) == ["write xlsx", "files"]


def test_a_line_break_of_the_source_is_a_space_only_between_words() -> None:
    assert list(chinese.wrap("没有\n  写出；\n  3 有", 40)) == ["没有写出；3 有"]
    assert list(chinese.wrap("one\n  two", 40)) == ["one two"]


@given(st.text(alphabet="质检客服，。（）ab 1-\n", max_size=60), st.integers(12, 40))
def test_wrapping_loses_nothing(text: str, columns: int) -> None:
    lines = list(chinese.wrap(text, columns))
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert width(line) <= columns or len(list(chinese.wrap(line, 1))) == 1
