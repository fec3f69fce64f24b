"""Every command line and example of the README works as printed; CONTRIBUTING knows every kind, guard and format."""

from __future__ import annotations

import configparser
import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from factory_reviews import fill, score

from auditor.checks import KINDS
from auditor.checks.conditions import Guards
from auditor.checks.kind import Kind
from auditor.demo import day

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

#: Run word for word by .ci/run in a fresh copy of the checkout: the first two shell blocks.
SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet --use-pep517 . && .venv/bin/auditor demo",
    ".venv/bin/pip install --quiet --use-pep517 '.[test]' && .venv/bin/python -m pytest --quiet",
)
#: Run here; all end with 0 unless a code is named (the sample day has fatal findings).
RUN_HERE = {
    "auditor audit 聊天记录.csv": 0,
    "auditor audit 聊天记录.csv 本周聊天/ -o 质检结果": 0,
    "auditor audit '本周聊天/*.xlsx' --since 2026-11-16 --until 2026-11-22": 0,
    "auditor audit 聊天记录.csv --profile jd": 0,
    "auditor audit 聊天记录.csv --rules 我的规则.toml": 0,
    "auditor audit 聊天记录.csv --formats xlsx,jsonl,csv --fail-on fatal --min-score 60": 1,
    "auditor audit 聊天记录.csv --formats html -o 网页": 0,
    "auditor inspect 聊天记录.csv": 0,
    "auditor convert 聊天记录.csv 本周聊天/ -o 通用.jsonl": 0,
    "auditor review import 已复核/ -o verdicts.jsonl": 0,
    "auditor review stats verdicts.jsonl": 0,
    "auditor audit 聊天记录.csv --verdicts verdicts.jsonl": 0,
    "auditor sample 上周结果 --per-agent 5 --seed 1 -o 抽检表.xlsx": 0,
    "auditor sample 上周结果 --compare 填好的抽检表.xlsx": 0,
    "auditor audit 聊天记录.csv --history 历史.db": 0,
    "auditor trend --history 历史.db -o 趋势.xlsx": 0,
    "auditor kpi 聊天记录.csv --profile taobao": 0,
    "auditor kpi 聊天记录.csv --profile jd --format json": 0,
    "auditor phrases check 话术.csv": 1,
    "auditor phrases check 话术库/ '其他/*.xlsx' --fail-on minor": 1,
    "auditor phrases check 话术.csv --format sarif -o 话术.sarif": 1,
    "auditor phrases check 话术.csv --write-baseline 话术基线.json": 0,
    "auditor phrases check 话术.csv --baseline 话术基线.json": 0,
    "auditor phrases check 话术.csv --diff": 1,
    "auditor phrases check 话术.csv --fix --select L03,L04,L06,D13": 0,
    "auditor phrases check 话术.csv --placeholder 昵称 --contact 400-820-8820 --ignore D02": 1,
    "auditor phrases rules": 0,
    "auditor rules list": 0,
    "auditor rules show missing-greeting": 0,
    "auditor rules new phrase -o 新规则.toml": 0,
    "auditor rules check 我的规则.toml": 0,
    "auditor rules test 我的规则.toml --logs 聊天记录.csv": 0,
    "auditor rules diff 旧规则.toml 我的规则.toml 聊天记录.csv": 0,
    "auditor model show agent-attitude": 0,
    "auditor model explain agent-attitude 这个您问快递去": 0,
    "auditor model suggest 聊天记录.csv -o 待标注.xlsx": 0,
    "auditor model train 语料.csv -o 我的模型": 0,
    "auditor model evaluate 我的模型 新语料.csv": 0,
    "auditor audit 聊天记录.csv -o results": 0,
    "auditor audit 聊天记录.csv -o results --profile tmall --fail-on major": 1,
    "auditor demo -o sample": 0,
}


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[str]:
    """Every line of every shell block."""
    for block in blocks("sh"):
        yield from block.splitlines()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands name."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "聊天记录.csv").write_bytes(day())
    (folder / "本周聊天").mkdir()
    workbook(day().decode("utf-8").replace("20261116", "20261117").replace("2026-11-16", "2026-11-17"),
             folder / "本周聊天" / "周二.xlsx")
    config, rule = blocks("toml")
    (folder / "我的规则.toml").write_text(rule, encoding="utf-8")
    (folder / "旧规则.toml").write_text(rule.replace("points = 3", "points = 2"), encoding="utf-8")
    (folder / "auditor.toml.example").write_text(config, encoding="utf-8")
    library = ROOT / "tests" / "phrases" / "话术.csv"
    shutil.copy(library, folder / "话术.csv")
    (folder / "话术库").mkdir()
    shutil.copy(ROOT / "tests" / "phrases" / "话术.md", folder / "话术库" / "话术.md")
    (folder / "其他").mkdir()
    workbook(library.read_text(encoding="utf-8"), folder / "其他" / "京麦.xlsx")
    small = ROOT / "tests" / "data" / "attitude-small.csv"
    shutil.copy(small, folder / "语料.csv")
    (folder / "新语料.csv").write_text("text,label\n这事你问快递去,推诿\n马上帮您查,正常\n", encoding="utf-8")
    reviewed(folder)
    return folder


def reviewed(folder: Path) -> None:
    """Results of last week, and the workbook that somebody has reviewed."""
    done = run("auditor audit 聊天记录.csv --quiet -o 上周结果", folder)
    assert done.returncode == 0, done.stderr
    (folder / "已复核").mkdir()
    card = next((folder / "上周结果").glob("客服评分卡_*飞飞_*.xlsx"))
    fill(card, folder / "已复核" / card.name, {"E03": "成立", "E07": "误判"}, "王姐")
    assert run("auditor review import 已复核/ -o verdicts.jsonl", folder).returncode == 0
    assert run("auditor sample 上周结果 --per-agent 2 -o 填好的抽检表.xlsx", folder).returncode == 0
    score(folder / "填好的抽检表.xlsx")
    kept = run("auditor audit 聊天记录.csv --quiet --formats jsonl --history 历史.db -o 历史结果", folder)
    assert kept.returncode == 0, kept.stderr


def workbook(table: str, path: Path) -> None:
    """Save a CSV text as a workbook."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in csv.reader(io.StringIO(table)):
        sheet.append(row)
    book.save(path)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``auditor …`` from this checkout in a folder."""
    _, *arguments = shlex.split(command)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from auditor.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True,
                          encoding="utf-8", stdin=subprocess.DEVNULL, check=False)  # fmt: skip


def test_every_command_is_run_by_somebody() -> None:
    assert list(commands()) == [*SET_UP, *RUN_HERE]


def test_the_set_up_commands_are_the_first_two_blocks() -> None:
    """.ci/run takes them from there."""
    assert [block.strip() for block in blocks("sh")[:2]] == list(SET_UP)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'bash -c "$(readme_command 1)"' in script
    assert 'bash -c "$(readme_command 2)"' in script


@pytest.mark.parametrize(("command", "code"), RUN_HERE.items(), ids=RUN_HERE)
def test_command_works_as_printed(command: str, code: int, desk: Path) -> None:
    done = run(command, desk)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.strip() or done.stderr.strip()


def test_config_example_is_accepted(desk: Path, tmp_path: Path) -> None:
    shutil.copy(desk / "auditor.toml.example", tmp_path / "auditor.toml")
    for name in ("我的规则.toml", "聊天记录.csv"):
        shutil.copy(desk / name, tmp_path / name)
    done = run("auditor audit 聊天记录.csv", tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"profile": "tmall"' in (tmp_path / "质检结果" / "run.json").read_text(encoding="utf-8")


def options(command: click.Command) -> Iterator[str]:
    """Every option of a command and of those below it."""
    yield from (option for param in command.params for option in param.opts)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        yield from options(below)


def test_every_option_named_exists() -> None:
    from auditor.cli.app import cli

    named = set(re.findall(r"`(--[a-z-]+)[` ]", README)) - {"--help"}
    assert named <= set(options(cli))


def test_tables_name_the_formats_and_profiles_there_are() -> None:
    from auditor.cli.audit import PROFILES
    from auditor.readers import FORMATS

    for name in [*(form.name for form in FORMATS), *PROFILES]:
        assert f"`{name}`" in README


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_check_kind_is_explained_with_its_parameters(kind: Kind) -> None:
    (row,) = re.findall(rf"^\| `{kind.name}` \|.*$", CONTRIBUTING, re.MULTILINE)
    assert {param.name for param in kind.params} <= set(re.findall(r"`([\w-]+)`", row))


def test_every_guard_is_explained() -> None:
    for field in fields(Guards):
        assert re.search(rf"^\| `{field.name}\b", CONTRIBUTING, re.MULTILINE), field.name


def test_every_library_the_package_needs_is_accounted_for() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    needed = re.findall(r"^([\w-]+)", config["options"]["install_requires"], re.MULTILINE)
    assert needed
    for name in needed:
        assert re.search(rf"^\| {name}\b", CONTRIBUTING, re.MULTILINE), name


def test_links_and_paths_exist() -> None:
    pages = README + CONTRIBUTING
    linked = re.findall(r"\]\(([^)#]+)\)", pages)
    shown = re.findall(r"`((?:auditor|rules|models|tests)/[\w./-]*)`", pages)
    assert linked
    assert shown
    for name in [*linked, *shown]:
        assert (ROOT / name).exists(), name


def test_rule_example_is_one_rule() -> None:
    (rule,) = tomllib.loads(blocks("toml")[1])["rule"]
    assert rule["status"] == "trial"
