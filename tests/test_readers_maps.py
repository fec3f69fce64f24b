"""Maps that users write: the two worked examples of the page about them, and every mistake told with its line."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from factory_readers import read_bytes

from auditor.cli.app import cli
from auditor.errors import AuditorError
from auditor.readers import Options, formats, mapfile
from auditor.readers.exportmap import ExportMap
from auditor.readers.mapfile import load
from auditor.readers.records import FIELDS

PAGE = (mapfile.FOLDER / "README.md").read_text(encoding="utf-8")
#: Two chapters of one example each.
EXAMPLES = [chapter for chapter in PAGE.split("\n## ") if chapter.startswith("例")]


def block(chapter: str, language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", chapter, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("chapter", EXAMPLES, ids=["table", "json"])
def test_the_examples_give_what_the_page_shows(
    chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = shlex.split(block(chapter, "sh"))
    _, _, log, _, own = command
    Path(log).write_text(block(chapter, "csv" if log.endswith("csv") else "json"), encoding="utf-8")
    Path(own).write_text(block(chapter, "toml"), encoding="utf-8")
    shown = CliRunner().invoke(cli, command[1:], prog_name="auditor", standalone_mode=False)
    assert shown.output == block(chapter, "text")


def test_the_page_names_every_key_and_every_field() -> None:
    for word in (*mapfile._KEYS, *FIELDS, *mapfile.ROLES, *mapfile.KINDS, *mapfile._EPOCHS):
        assert f"`{word}`" in PAGE or f"[{word}]" in PAGE, word


MISTAKES = '''\
name = "我的"
titel = "导出"
kind = "csv"
platform = 3
html = "是"
times = ["epoch_s", "%Q"]
needs = "话"

[fields]
"消息" = "话"
sendr = "谁"
"时间" = "何时"

[roles]
"客户" = ["买"]
agent = ["卖", "买"]
robot = ["卖"]

[kinds]
"图片" = ["图"]
"*" = "其他"

[[rules]]
when = { "@sendr" = "x" }
rol = "agent"

[[rules]]
role = "客服"

[[rules]]
when = { "话" = "x" }

[[rules]]
when = { "话" = 1.5 }
kind = "picture"
text = 3
'''
SAID = """\
:1: name: 只能用小写字母、数字和连字符，如 "my-export"
:2: titel: 没有这个键，是不是想写「title」？
:3: kind: 要写 kind = "table"（CSV、Excel 等表格）或 kind = "json"
:4: platform: 应是一段文字，如 "淘宝"
:5: html: 应写 true 或 false，不加引号
:6: times: 「%Q」不对，应是 epoch-s、epoch-ms、epoch-us，或 %d/%m/%Y %H:%M 这样的写法
:6: times: 「epoch_s」不对，应是 epoch-s、epoch-ms、epoch-us，或 %d/%m/%Y %H:%M 这样的写法，是不是想写「epoch-s」？
:7: needs: 应是一个列表，写成 [ … ]
:9: fields: 缺少 text（消息内容在哪一列、哪个键）
:10: fields.消息: 没有这个字段，是不是想写「text」？
:11: fields.sendr: 没有这个字段，是不是想写「sender」？
:12: fields.时间: 没有这个字段，是不是想写「time」？
:15: roles.客户: 等号左边写意思，右边写导出里的词；没有「客户」这个意思，是不是想写「customer」？
:17: roles.robot: 「卖」既是 agent 又是 robot
:20: kinds.图片: 等号左边写意思，右边写导出里的词；没有「图片」这个意思，是不是想写「image」？
:21: kinds.*: 应是 text、image、card、order、file、recall、transfer、event、missing 之一
:24: rules.1.when: @ 后面应是字段名，没有「sendr」，是不是想写「sender」？
:25: rules.1.rol: 没有这一项，是不是想写「role」？
:27: rules.2: 每条都要有 when，如 when = { "发送人" = "*:*" }
:30: rules.3: 没有写满足条件时怎样：role、kind、text、reject 至少要有一个
:34: rules.4.when: 「话」的样子应是文字、数字或它们的列表
:35: rules.4.kind: 没有「picture」，是不是想写「image」？
:36: rules.4.text: 应是一段文字"""


def written(folder: Path, text: str) -> Path:
    path = folder / "我的.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, MISTAKES)
    with pytest.raises(AuditorError) as caught:
        load(path)
    assert caught.value.text == "列名对照表有错，没有开始读："
    assert [str(problem).removeprefix(str(path)) for problem in caught.value.problems] == SAID.splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "table"\n[fields]\ntext = “话”\n', ":3: TOML 写错了（第 8 个字附近）"),
        ('kind = "table"\n[fields]\ntext = "话"\ntext = "内容"\n', ":4: TOML 写错了"),
        ('kind = "table"\n[fields\n', ":2: TOML 写错了"),
        ("", "kind: 要写 kind"),
        ('kind = "table"\n[rule]\nwhen = {}\n[fields]\ntext = "x"\n', ":2: rule: 没有这个键，是不是想写「rules」？"),
        ('kind = "table"\n[rules]\nwhen = {}\n[fields]\ntext = "x"\n', ":2: rules: 应写成 [[rules]]"),
        ('kind = "table"\nmessages = ["a[]"]\n[fields]\ntext = "x"\n', ":2: messages: 只有 kind = \"json\" 才用得上"),
        ('kind = "json"\n[[lists]]\nname = "x"\n[fields]\ntext = "x"\n', ":2: lists.1: 每条要有 name、at、key、of"),
        ('kind = "json"\nfields = 3\n', ":2: fields: 应是一张表，写成 [fields]"),
        ('kind = "json"\n[fields]\ntext = { "客服" = "x" }\n', "没有「客服」这个角色，是不是想写「agent」？"),
        ('kind = "json"\n[fields]\n消息 = "x"\n', ":3: TOML 写错了（第 1 个字附近）：等号左边要写 text、customer"),
        ('kind = "json"\n[fields]\ntext = [1]\n', ":3: fields.text: 应是文字，或文字的列表"),
    ],
)
def test_mistakes_of_other_kinds(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(AuditorError) as caught:
        load(written(tmp_path, text))
    assert said in str(caught.value)


TABLE = 'kind = "table"\n[fields]\ntext = "话"\nrole = "谁"\ntime = "发送时问"\nagent = "接待人员"\n'


def test_columns_that_are_not_there_are_told_of(tmp_path: Path) -> None:
    rows = "标题,,\n谁,发送时间,话\n客户,2026-11-16 09:00:00,在吗\n"
    outcome = read_bytes(tmp_path, rows.encode(), options=Options(format=str(written(tmp_path, TABLE))))
    assert [str(message.time) for message in outcome.messages] == ["None"]
    assert [(note.place.line, note.text) for note in outcome.ledger.notes] == [
        (2, "列名对照表里 time 写的「发送时问」不在表头里，是不是「发送时间」？没有读这一项。"),
        (2, "列名对照表里 agent 写的「接待人员」不在表头里，没有读这一项。"),
        (2, "表头在第 2 行，它上面的行没有当作消息读。"),
    ]


def test_paths_that_lead_nowhere_are_told_of(tmp_path: Path) -> None:
    own = written(tmp_path, 'kind = "json"\n[fields]\ntext = "body"\nrole = "by"\ntime = ["at", "sent.at"]\n')
    log = '{"body": "在吗", "by": "客户", "when": "2026-11-16 09:00:00"}\n'
    outcome = read_bytes(tmp_path, log.encode(), options=Options(format=str(own)))
    assert outcome.texts == ["在吗"]
    assert [note.text for note in outcome.ledger.notes] == [
        "列名对照表里 time 写的 at、sent.at，整个文件里一处也没有，请检查写法。"
    ]


def test_a_text_column_that_is_not_there_costs_the_file(tmp_path: Path) -> None:
    rows = "谁,发送时间,内容\n客户,2026-11-16 09:00:00,在吗\n"
    outcome = read_bytes(tmp_path, rows.encode(), options=Options(format=str(written(tmp_path, TABLE))))
    assert outcome.sentences == [
        "缺少「话」列，找到的列是：谁、发送时间、内容；请在表头里补上这些列名，或用 --from 指明导出格式。"
    ]


def test_the_maps_that_come_with_the_program_are_right() -> None:
    maps = mapfile.built_in()
    assert all(isinstance(form, ExportMap) and form.needs and not form.own for form in maps)
    assert {form.name for form in maps} <= {form.name for form in formats.FORMATS}
