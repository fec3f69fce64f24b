"""The linter end to end: rules, leave, baseline, cache, exit codes; what is said is what is meant."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from factory_phrases import DATA, Linter, csv_of, linter, write

from auditor.cli.loading import load_rules
from auditor.phrases.check import Job, check, usable
from auditor.phrases.textout import columns


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Linter:
    """``auditor phrases check …`` in an empty folder."""
    return linter(tmp_path, capsys, monkeypatch)


#: Text -> the rules that must speak of it, and no other.
CASES = {
    "您好，欢迎光临，请问有什么可以帮您？": [],
    "感谢您的支持，祝您生活愉快！": [],
    "付款后 48 小时内发出，默认中通，发出后物流会自动更新。": [],
    "满 59 元包邮，iPhone 15 的壳也有，尺码 S,M,L 都有货。": [],
    "{昵称}，您好，我是客服小桃。": ["placeholder-left"],
    "满XX减XX，X月X日截止哦": ["placeholder-left"],
    "您好,在的": ["half-width-marks"],
    "您好  在的": ["stray-blanks"],
    "好的！！！马上为您查": ["punctuation-abuse"],
    "单号是ＳＦ１２３": ["punctuation-abuse"],
    "您好，你的订单已经发出": ["mixed-you"],
    "你的订单已经发出，请留意": ["plain-you"],
    "请问您要哪個顏色呢，这边为您查": ["mixed-script"],
    "满减活动截至10月31日，喜欢可以拍": ["expired-date"],
    "活动截至12月10日，您可以先加购": [],
    "618大促正在火热进行中，喜欢就拍": ["expired-date"],
    "售后请联系 13912345678": ["unlisted-contact"],
    "官网 www.example-shop.com 也能买": ["external-link"],
    "加我微信细聊": ["off-platform-contact"],
    "给五星好评返 5 元红包": ["pays-for-review"],
    "一\n二\n三\n四\n五": ["phrase-too-long"],
    "不能退，不支持换，也不可以补": ["overused-bu", "refusal-without-alternative"],
    "您好，这边帮您登记以后再见，请在吗": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "rules"), CASES.items(), ids=range(len(CASES)))
def test_what_is_said_of_a_single_phrase(lint: Linter, tmp_path: Path, text: str, rules: list[str]) -> None:
    write(tmp_path, "话术.json", json.dumps([text], ensure_ascii=False))
    shown = lint("话术.json", "--format", "json", "--fail-on", "info", "--no-mask")
    assert sorted(set(shown.rules)) == sorted(rules)
    assert shown.code == (1 if rules else 0)


def test_the_same_code_in_every_form(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "坏.txt", "自己看说明书\n")
    write(tmp_path, "好.txt", "您好，欢迎光临\n")
    write(tmp_path, "读不了.csv", "甲,乙\n1,2\n")
    for form in ("text", "json", "sarif", "github", "gitlab", "junit"):
        assert lint("坏.txt", "--format", form).code == 1
        assert lint("坏.txt", "--format", form, "-o", f"out.{form}").code == 1
        assert lint("好.txt", "--format", form).code == 0
        assert lint("坏.txt", "读不了.csv", "--format", form).code == 3
        assert lint("坏.txt", "--format", form, "--fail-on", "fatal").code == 0
        shown = lint("好.txt", "--format", form)
        assert "1 条话术" in shown.out + shown.err


def test_the_words_are_underlined_in_columns(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "亲，这个自己看说明书哦\n")
    lines = lint("话术.txt", "--select", "D01").out.splitlines()
    assert lines[:4] == [
        "话术.txt:1:5: 严重 D01 banned-words 说了「自己看说明」",
        "    亲，这个自己看说明书哦",
        "            ^^^^^^^^^^",
        "    可以这样说：这点我马上为您核实，5 分钟内回复您。",
    ]
    assert lines[-1] == "查了 1 个文件、1 条话术：1 处问题（严重 1）"


@pytest.mark.parametrize(("char", "width"), [("您", 2), ("a", 1), ("，", 2), ("\u0301", 0), ("😀", 2), ("\u200d", 0)])
def test_columns_of_a_terminal(char: str, width: int) -> None:
    assert columns(char) == width


def test_personal_data_is_hidden_unless_asked_for(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "售后请联系 13912345678\n")
    for form in ("text", "json", "sarif", "github", "gitlab", "junit"):
        assert "13912345678" not in lint("话术.txt", "--format", form).out
        assert "139****5678" in lint("话术.txt", "--format", form).out or form in ("github", "gitlab")
    assert "13912345678" in lint("话术.txt", "--no-mask").out


def test_select_and_ignore_by_id_or_code(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "您好,自己看说明书!\n")
    assert set(lint("话术.txt", "--format", "json", "--select", "L03,banned-words").rules) == {
        "half-width-marks", "banned-words",
    }  # fmt: skip
    assert "banned-words" not in lint("话术.txt", "--format", "json", "--ignore", "D01").rules
    shown = lint("话术.txt", "--select", "baned-words")
    assert shown.code == 2
    assert "是不是想写「banned-words」" in shown.err


def test_a_shop_names_its_own_placeholders_and_contacts(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "{昵称}您好，请拨 400-820-8820，或看 https://help.example.com/a\n{店名}欢迎您\n")
    arguments = ["话术.txt", "--format", "json", "--placeholder", "昵称", "--contact", "400 820 8820"]
    shown = lint(*arguments, "--contact", "example.com")
    assert [(finding["rule"], finding["line"]) for finding in shown.json["findings"]] == [("placeholder-left", 2)]
    assert shown.json["exempt"] == 3


def test_settings_come_from_their_own_table(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "{昵称}您好\n")
    write(tmp_path, "auditor.toml", 'profile = "jd"\n[phrases]\nplaceholder = ["昵称"]\nfail-on = "minor"\n')
    assert lint("话术.txt").code == 0
    write(tmp_path, "auditor.toml", '[phrases]\nplacehodler = ["昵称"]\n')
    shown = lint("话术.txt")
    assert shown.code == 2
    assert "auditor.toml:2: placehodler: 不认识这一项，是不是想写「placeholder」" in shown.err


def test_leave_needs_a_reason_a_known_rule_and_a_use(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "\n".join([
        "# auditor: allow D01, A05 说明书第一页有图，店主要求这样说", "自己看说明书",
        "# auditor: allow banned-words", "自己看说明书的第二页",
        "# auditor: allow D01 以前写过", "您好，请看说明书第三页",
        "# auditor: allow bannd-words 店主要求", "您好，请看说明书第四页",
    ]))  # fmt: skip
    shown = lint("话术.txt", "--format", "json", "--select", "D01,A05,L90,L91,L92")
    assert shown.json["allowed"] == 2
    counted = [(item["rule"], item["line"]) for item in shown.json["findings"] if item["state"] == "new"]
    assert counted == [
        ("allow-without-reason", 3), ("banned-words", 4), ("unused-allow", 5), ("unknown-allow", 7),
    ]  # fmt: skip
    assert "是不是想写「banned-words」" in shown.json["findings"][-1]["evidence"]
    reasons = {finding["reason"] for finding in shown.json["findings"]}
    assert reasons == {None, "说明书第一页有图，店主要求这样说"}


LIBRARY = [
    ("售前", "欢迎", "您好，欢迎光临"),
    ("售前", "材质", "自己看说明书"),
    ("售前", "尺码", "自己看说明书"),
    ("售后", "退货", "您好,支持的"),
]


def test_a_baseline_survives_moved_lines_and_tells_what_is_mended(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.csv", csv_of(LIBRARY))
    arguments = ["话术.csv", "--select", "D01,L03", "--fail-on", "info"]
    assert lint(*arguments).code == 1
    assert lint(*arguments, "--write-baseline", "基线.json").code == 0
    entries = json.loads((tmp_path / "基线.json").read_text(encoding="utf-8"))["findings"]
    assert [(entry["rule"], entry["quote"], entry["count"]) for entry in entries] == [
        ("banned-words", "自己看说明", 2), ("half-width-marks", ",", 1),
    ]  # fmt: skip
    write(tmp_path, "话术.csv", csv_of([("新", "新", "在的，您请说"), *reversed(LIBRARY)]))
    assert lint(*arguments, "--baseline", "基线.json").code == 0
    write(tmp_path, "话术.csv", csv_of([*LIBRARY, ("售后", "保养", "自己看说明书")]))
    shown = lint(*arguments, "--baseline", "基线.json", "--format", "json")
    assert shown.code == 1
    assert [finding["line"] for finding in shown.json["findings"] if finding["state"] == "new"] == [6]
    write(tmp_path, "话术.csv", csv_of(LIBRARY[:2]))
    shown = lint(*arguments, "--baseline", "基线.json")
    assert shown.code == 0
    gone = "话术.csv banned-words「自己看说明」1 处；话术.csv half-width-marks「,」1 处"
    assert f"基线里有已经改掉的：{gone}，请用 --write-baseline 更新基线" in shown.out


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}'])
def test_a_broken_baseline_stops_the_run(lint: Linter, tmp_path: Path, text: str) -> None:
    write(tmp_path, "话术.txt", "您好\n")
    write(tmp_path, "基线.json", text)
    shown = lint("话术.txt", "--baseline", "基线.json")
    assert shown.code == 2
    assert "基线文件 基线.json" in shown.err
    assert lint("话术.txt", "--baseline", "没有.json").code == 2


def test_a_cache_changes_nothing_but_the_work(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.csv", csv_of(LIBRARY))
    first = lint("话术.csv", "--cache", "cache.json", "--format", "json").json
    assert first["cached"] == 0
    again = lint("话术.csv", "--cache", "cache.json", "--format", "json").json
    assert again["cached"] == 3
    assert again["findings"] == first["findings"]
    write(tmp_path, "话术.csv", csv_of([*LIBRARY, ("售后", "补发", "您好，你的已补发")]))
    assert lint("话术.csv", "--cache", "cache.json", "--format", "json").json["cached"] == 3
    write(tmp_path, "cache.json", "不是缓存")
    assert lint("话术.csv", "--cache", "cache.json", "--format", "json").json["cached"] == 0
    cached = (tmp_path / "cache.json").read_text(encoding="utf-8")
    assert "您好" not in cached


def test_the_library_as_a_whole(lint: Linter, tmp_path: Path) -> None:
    rows = [("常用", f"问题{number}", f"第{number}种情况，我这就帮您登记，{number}点前回复您") for number in range(10)]
    write(tmp_path, "话术.csv", csv_of(rows))
    shown = lint("话术.csv", "--format", "json", "--fail-on", "minor")
    assert shown.rules == ["library-lacks-farewell", "library-lacks-greeting"]
    assert shown.json["findings"][0]["line"] is None
    write(tmp_path, "补.txt", "您好，欢迎光临\n感谢您的支持，祝您生活愉快\n")
    assert lint("话术.csv", "补.txt", "--format", "json").rules == []


def test_phrases_against_each_other(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "甲.csv", csv_of([
        ("物流", "发货", "付款后 48 小时内发货"), ("物流", "几天发", "两天内发货哦"),
        ("物流", "预售", "预售 15 天内发货"), ("售后", "退货", "支持 7 天内退货"),
    ]))  # fmt: skip
    write(tmp_path, "乙.csv", csv_of([
        ("物流", "多久发", "24 小时内发货的"), ("售后", "退货", "拆封了也能退，先找我们登记"),
        ("物流", "发货啦", "付款后 48 小时内发货呢"),
    ]))  # fmt: skip
    found = lint("甲.csv", "乙.csv", "--format", "json", "--select", "D14,L01").json["findings"]
    assert [(item["rule"], item["file"], item["line"]) for item in found] == [
        ("phrase-conflict", "乙.csv", 2), ("phrase-conflict", "乙.csv", 3), ("duplicate-phrase", "乙.csv", 4),
    ]  # fmt: skip
    assert "甲.csv:2 写「48 小时内发货」（3 条这样写，1 条写「24 小时内发货」）" in found[0]["evidence"]
    assert "和 甲.csv:2 说的是同一句话" in found[2]["evidence"]


def test_rules_on_trial_are_shown_and_do_not_count(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "这个您找快递去，跟我们店没有关系，我们管不了\n")
    assert not any(item["status"] == "trial" for item in lint("话术.txt", "--format", "json").json["findings"])
    found = lint("话术.txt", "--format", "json", "--trial", "--fail-on", "never").json["findings"]
    assert "buck-passing-tone" in {item["rule"] for item in found if item["status"] == "trial"}
    assert lint("话术.txt", "--trial", "--select", "buck-passing-tone", "--fail-on", "info").code == 0


def test_a_rule_of_ones_own(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "话术.txt", "仓库忙不过来，明天发\n")
    (tmp_path / "规则.toml").write_text("""
[[rule]]
id = "says-too-busy"
code = "X01"
kind = "phrase"
title = "拿忙当理由"
dimension = "服务态度"
severity = "major"
points = 3
words = ["忙不过来"]
why = "忙是店里的事。"
advice = "抱歉让您久等了。"
source = "店铺规范"
good = ["客服: 您好"]
bad = ["客服: 忙不过来"]
""", encoding="utf-8")
    assert "says-too-busy" in lint("话术.txt", "--rules", "规则.toml", "--format", "json").rules


def test_nothing_to_check_is_no_success(lint: Linter, tmp_path: Path) -> None:
    write(tmp_path, "空.md", "只有说明文字\n")
    shown = lint("空.md")
    assert shown.code == 3
    assert "空.md: 里面没有一条话术" in shown.out


def test_every_rule_of_the_library_speaks_of_the_sample() -> None:
    rules, _ = load_rules(())
    outcome = check(Job([DATA / "话术.csv", DATA / "话术.md"], rules, date(2026, 11, 16)))
    assert outcome.phrases == 17
    assert {finding.card.code for finding in outcome.findings} >= {"D01", "D11", "D13", "D14", "A15", "L01", "L03"}
    assert {rule.code for rule in usable(rules)} >= {"D14", *(f"L{number:02}" for number in range(1, 10))}
