"""The six reports: SARIF against its schema, annotations, code quality, JUnit; places count code points."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from factory_phrases import DATA, Linter, linter, write
from jsonschema import Draft4Validator
from openpyxl import Workbook

SCHEMA = json.loads((DATA / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Linter:
    """``auditor phrases check …`` in a folder with a library of each kind, and a file that cannot be read."""
    for name in ("话术.csv", "话术.md"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    write(tmp_path, "坏,了.csv", "甲,乙\n1,2\n")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "售前"
    for row in [["标题", "内容"], ["材质", "😀自己看说明书\n自己看"]]:
        sheet.append(row)
    book.save(tmp_path / "京麦.xlsx")
    return linter(tmp_path, capsys, monkeypatch)


FILES = ("话术.csv", "话术.md", "京麦.xlsx", "坏,了.csv")


def sarif(lint: Linter, *arguments: str) -> dict[str, Any]:
    """The run of a SARIF report that keeps to the schema."""
    report = lint(*arguments, "--format", "sarif").json
    errors = [error.message for error in Draft4Validator(SCHEMA).iter_errors(report)]
    assert errors == []
    (run,) = report["runs"]
    return dict(run)


def test_sarif_keeps_to_the_schema_and_counts_code_points(lint: Linter) -> None:
    run = sarif(lint, *FILES)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "表头里没有" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert "出处" in rules[result["ruleIndex"]]["help"]["text"]
    prints = [result["partialFingerprints"]["auditorPhrase/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    (banned,) = [r for r in run["results"] if r["ruleId"] == "banned-words" and "csv" in str(r["locations"])]
    place = banned["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "话术.csv"
    region = {key: place["region"][key] for key in ("startLine", "startColumn", "endLine", "endColumn")}
    assert region == {"startLine": 4, "startColumn": 11, "endLine": 4, "endColumn": 16}


def test_sarif_names_the_cell_of_a_worksheet(lint: Linter) -> None:
    results = [r for r in sarif(lint, "京麦.xlsx")["results"] if r["ruleId"] == "banned-words"]
    assert {r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for r in results} == {"售前!B2"}
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startColumn"] == 2


def test_sarif_shows_leave_and_baseline(lint: Linter) -> None:
    lint("话术.csv", "--write-baseline", "基线.json")
    run = sarif(lint, "话术.csv", "--baseline", "基线.json")
    states = {result["baselineState"] for result in run["results"] if "suppressions" not in result}
    assert states == set()
    kinds = {s["kind"]: s["justification"] for r in run["results"] for s in r["suppressions"]}
    assert kinds == {"external": "基线里已有", "inSource": "专员系统里的正式叫法"}


def test_github_annotations_are_escaped(lint: Linter) -> None:
    shown = lint(*FILES, "--format", "github")
    lines = shown.out.splitlines()
    (banned,) = [line for line in lines if "D01" in line and "话术.csv" in line]
    place = "file=话术.csv,line=4,endLine=4,col=11,endColumn=16"
    assert banned.startswith(f"::error {place},title=D01 服务禁语::服务禁语：说了")
    assert any(line.startswith("::error file=坏%2C了.csv,title=读不了::") for line in lines)
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines[:-1])
    assert lines[-1] == f"查了 3 个文件、18 条话术，{len(lines) - 2} 处问题"


def test_gitlab_code_quality(lint: Linter) -> None:
    report = json.loads(lint(*FILES, "--format", "gitlab").out)
    for item in report:
        assert set(item) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert item["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert item["location"]["lines"]["begin"] >= 1
    assert len({item["fingerprint"] for item in report}) == len(report)
    assert report[-1]["check_name"] == "unreadable"


def test_junit_counts_what_it_lists(lint: Linter) -> None:
    root = ET.fromstring(lint(*FILES, "--format", "junit").out)
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == list(FILES)
    assert int(root.get("failures", "")) == sum(len(suite.findall("testcase/failure")) for suite in suites)
    assert int(root.get("errors", "")) == 1
    assert suites[0].find("properties/property[@name='phrases']").get("value") == "12"  # type: ignore[union-attr]


def test_json_tells_everything(lint: Linter) -> None:
    report = lint("话术.csv", "话术.md", "坏,了.csv", "--format", "json").json
    assert report["files"] == {"话术.csv": 12, "话术.md": 5}
    assert report["phrases"] == 17
    assert sum(report["counts"].values()) == sum(item["state"] == "new" for item in report["findings"])
    assert report["unread"][0]["file"] == "坏,了.csv"
    (mended,) = [item for item in report["findings"] if item["rule"] == "stray-blanks"]
    assert mended["mended"] == "亲，这款是纯棉的，建议您手洗 平铺晾干"
    assert mended["phrase"] == {"title": "材质", "group": "售前", "code": "04"}


def test_the_same_input_gives_the_same_bytes(lint: Linter) -> None:
    for form in ("text", "json", "sarif", "github", "gitlab", "junit"):
        assert lint(*FILES, "--format", form) == lint(*FILES, "--format", form)


def test_nothing_in_a_phrase_steers_the_terminal(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "自己看说明书\x1b[31m\u202e红\n")
    shown = lint("话术.txt")
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out
