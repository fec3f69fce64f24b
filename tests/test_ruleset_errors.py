"""What is wrong with a rule file is said in full: every mistake with its file, line and field, never a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factory_rules import COLD, alone, load, rule, toml, write
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import rulefiles, ruleset
from auditor.checks import KINDS
from auditor.errors import AuditorError
from auditor.rule import Status
from auditor.rulefiles import LARGEST

BROKEN = Path(__file__).parent / "rules_broken"


@pytest.fixture(scope="module")
def bare_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to write rule files in; from now on nothing ships but a scoring scheme, so that loading is quick."""
    folder = tmp_path_factory.mktemp("bare")
    shipped = folder / "rules"
    shipped.mkdir()
    (shipped / "scoring.toml").write_bytes((rulefiles.built_in() / "scoring.toml").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        for module in (rulefiles, ruleset):
            patch.setattr(module, "built_in", lambda: shipped)
        yield folder


def refusal(*paths: Path) -> str:
    """What loading says; it must refuse."""
    with pytest.raises(AuditorError) as refused:
        ruleset.load(list(paths))
    return str(refused.value)


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.toml")))
def test_every_mistake_in_a_file_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside each broken rule file stands what the user is told."""
    monkeypatch.chdir(BROKEN)
    expected = Path(f"{name}.txt").read_text(encoding="utf-8").replace("{kinds}", "、".join(KINDS))
    assert refusal(Path(f"{name}.toml")) + "\n" == expected


def test_the_mistakes_of_all_files_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN)
    said = refusal(Path("gbk.toml"), Path("key-twice.toml"), Path("none.toml"))
    assert said.splitlines()[0] == "规则文件有 3 处错误，没有开始质检，请按下面的提示修改："
    assert [line.split(":")[0].strip() for line in said.splitlines()[1:]] == ["gbk.toml", "key-twice.toml", "none.toml"]


def test_paths_that_are_no_rule_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder" / "inside.toml").mkdir(parents=True)
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    (tmp_path / "huge.toml").write_bytes(b"#" * (LARGEST + 1))
    for name, said in {
        "nowhere.toml": "找不到这个文件",
        "pipe.toml": "不是普通文件",
        "empty": "文件夹里没有 .toml 文件",
        "folder": "不是普通文件",
        "binary.toml": "不是 UTF-8 编码",
        "huge.toml": "超过 2 MB",
        "a\0b.toml": "不是有效的路径",
        "x" * 300: "打不开",
    }.items():
        assert said in refusal(tmp_path / name), name


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, alone(rule()))

    real = Path.open

    def denied(self: Path, *args: Any, **named: Any) -> Any:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **named)

    monkeypatch.setattr(Path, "open", denied)
    assert "own.toml: 没有权限打开，请检查文件权限" in refusal(path)


def test_control_characters_of_a_file_reach_no_terminal(tmp_path: Path) -> None:
    path = write(tmp_path, alone(rule(kind="phr\x1b[31mase")).replace("\x1b", "\\u001b"), "a\nb.toml")
    said = refusal(path)
    assert "\x1b" not in said
    assert "a\\nb.toml:" in said
    assert "phr\\x1b[31mase" in said


@pytest.mark.parametrize(("text", "said"), [
    ("builtin = false\n", "没有任何规则"),
    ("points = " + "9" * 5000, "TOML 语法错误"),
    ("a = " + "[" * 3000, "TOML 语法错误：嵌套太深"),
    (alone(rule(points="[[POINTS]]")).replace('"[[POINTS]]"', "9" * 400), "位左右的数"),
])  # fmt: skip
def test_odd_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(write(tmp_path, text))


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xef\xbb\xbf" + alone(rule()).replace("\n", "\r\n").encode())
    assert [item.id for item in ruleset.load([path]).rules] == ["blunt-refusal"]


def test_word_lists_stand_beside_the_rule_file(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.mkdir()
    (words / "refusal.txt").write_text("# 生硬的说法\n不能退\n\n 没办法 \n不能退\n", encoding="utf-8")
    for fields in (
        {"words": ["@refusal"]},
        {"words": None, "words_file": "words/refusal.txt"},
        {"words": ["不给退"], "words_file": "refusal.txt"},
    ):
        [loaded] = load(tmp_path, rule(bad=["客服: 没办法"], **fields)).rules
        assert {"不能退", "没办法"} <= set(loaded.check.lexicon.entries)  # type: ignore[attr-defined]


def test_a_slot_in_a_pattern_is_any_word_of_a_list(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "channel.txt").write_text("微信\n/q ?q/\nv.x\n", encoding="utf-8")
    (tmp_path / "words" / "add.txt").write_text("加\n/搜(一下)?{@whom}/\n", encoding="utf-8")
    (tmp_path / "words" / "whom.txt").write_text("我\n您\n", encoding="utf-8")
    bad = ["客服: 加我微信", "客服: 搜一下我Q Q", "客服: 加v.x"]
    assert load(tmp_path, rule(words=["/{@add}我?{@channel}/"], bad=bad, good=["客服: 加vax"])).rules


@pytest.mark.parametrize(("given", "missing"), [("asked", "replies"), ("replies", "asked")])
def test_a_question_and_its_wrong_answers_go_together(tmp_path: Path, given: str, missing: str) -> None:
    told = refusal(write(tmp_path, alone(rule(answers=[{given: ["能到吗"]}]))))
    assert f"blunt-refusal.answers[1].{missing}: 缺少这一项" in told


@pytest.mark.parametrize(("lists", "said"), [
    ({}, "没有词表 words/channel.txt"),
    ({"channel": "/加{@channel}/"}, "词表 words/channel.txt 里又用到了它自己"),
    ({"channel": "/加{@add}/", "add": "/搜{@channel}/"}, "词表 words/channel.txt 里又用到了它自己"),
    ({"channel": "/加(/"}, "缺少右括号"),
])  # fmt: skip
def test_slots_that_cannot_be_filled(tmp_path: Path, lists: dict[str, str], said: str) -> None:
    (tmp_path / "words").mkdir()
    for name, text in lists.items():
        (tmp_path / "words" / f"{name}.txt").write_text(text, encoding="utf-8")
    assert said in refusal(write(tmp_path, alone(rule(words=["/加{@channel}/"]))))


@pytest.mark.parametrize(("content", "said"), [
    (b"# \n", "words/refusal.txt 是空的"),
    ("不能退".encode("gbk"), "words/refusal.txt 第 1 行不是 UTF-8 编码"),
    ("好的\n不能退\n".encode("utf-16"), "words/refusal.txt 第 1 行不是 UTF-8 编码"),
    (b"/(/\n", "缺少右括号"),
    (b"a" * (LARGEST + 1), "words/refusal.txt 超过 2 MB"),
])  # fmt: skip
def test_a_word_list_that_cannot_be_used(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "refusal.txt").write_bytes(content)
    told = refusal(write(tmp_path, alone(rule(words=["@refusal"]))))
    assert said in told
    assert "own.toml:11: blunt-refusal.words" in told


def test_the_hash_of_a_rule_set_covers_its_word_lists(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    words = tmp_path / "words" / "refusal.txt"
    hashes = []
    for text in ("不能退\n", "不能退\n没办法\n", "不能退\n"):
        words.write_text(text, encoding="utf-8")
        hashes.append(load(tmp_path, rule(words=["@refusal"])).digest)
    assert hashes[0] == hashes[2] != hashes[1]
    assert load(tmp_path, rule(words=["不能退"])).digest not in hashes
    (tmp_path / "elsewhere").mkdir()
    assert load(tmp_path / "elsewhere", rule()).digest == load(tmp_path, rule()).digest


def test_a_later_file_replaces_a_rule_and_parts_of_the_scheme(tmp_path: Path) -> None:
    first = write(tmp_path, alone(rule(), rule(id="other", code="T02")), "1.toml")
    second = write(tmp_path, "pass_score = 80\nbonus_cap = 3\n" + rule(points=7, words=["不能退", "退不了"]), "2.toml")
    with pytest.raises(AuditorError, match="规则 id 与"):
        ruleset.load([first, second])
    shipped = ruleset.load([first])
    with_shipped_replaced = ruleset.load(
        [write(tmp_path, "pass_score = 80\nbonus_cap = 3\n" + alone(rule()), "3.toml")]
    )
    assert (with_shipped_replaced.scheme.pass_score, with_shipped_replaced.scheme.bonus_cap) == (80, 3)
    assert with_shipped_replaced.scheme.weights == shipped.scheme.weights
    assert with_shipped_replaced.scheme.grades == shipped.scheme.grades


def test_profiles_change_rules_by_platform(tmp_path: Path) -> None:
    text = alone(rule(), rule(id="off-here", code="T02", status="off")) + (
        '[profile.shop]\naliases = ["小店", "Shop "]\n'
        "[profile.shop.blunt-refusal]\npoints = 9\ncap = 9\n"
        '[profile.shop.off-here]\nstatus = "live"\n'
        '[profile.quiet.blunt-refusal]\nstatus = "off"\n'
    )
    rules = ruleset.load([write(tmp_path, text)])
    assert rules.profile_of(" 小店 ") == "shop"
    assert rules.profile_of("SHOP") == "shop"
    assert rules.profile_of(None) == rules.profile_of("没听过") == ruleset.HOUSE
    assert {item.id: (item.points, item.status) for item in rules.profiles["shop"]} == {
        "blunt-refusal": (9, Status.LIVE),
        "off-here": (5, Status.LIVE),
    }
    assert rules.profiles["quiet"] == ()
    assert [item.points for item in rules.rules] == [5]


def test_a_profile_in_another_folder_may_name_lists_of_either(tmp_path: Path) -> None:
    for name, word in (("rules", "没门"), ("shop", "不退")):
        (tmp_path / name / "words").mkdir(parents=True)
        (tmp_path / name / "words" / f"{name}.txt").write_text(word, encoding="utf-8")
    first = write(tmp_path / "rules", alone(rule(words=["@rules"], bad=["客服: 没门"])))
    second = write(tmp_path / "shop", '[profile.shop.blunt-refusal]\nwords = ["@rules", "@shop"]\n')
    rules = ruleset.load([first, second])
    assert [item.check.lexicon.entries for item in rules.profiles["shop"]] == [("没门", "不退")]  # type: ignore[attr-defined]


def test_examples_of_a_rule_that_only_a_profile_switches_on_are_run(tmp_path: Path) -> None:
    text = alone(rule(), rule(id="off-here", code="T02", status="off", bad=["客服: 好"])) + (
        '[profile.shop.off-here]\nstatus = "live"\n'
    )
    assert "off-here.bad[1]: 反例没有命中" in refusal(write(tmp_path, text))


MODEL_RULE = {
    "kind": "model", "words": None, "model": "tone", "label": "冷淡", "threshold": 0.6,
    "good": ["客服: 我帮您看看吧"], "bad": ["客服: 你自己看详情"],
}  # fmt: skip


def test_models_are_loaded_once_and_only_if_a_rule_needs_them(tmp_path: Path) -> None:
    asked: list[str] = []

    def models(name: str) -> Any:
        asked.append(name)
        return COLD

    load(tmp_path, rule(), models=models)
    load(tmp_path, rule(), rule(id="tone", code="T02", status="off", **MODEL_RULE), models=models)
    assert asked == []
    load(tmp_path, rule(**MODEL_RULE), rule(id="tone", code="T02", **MODEL_RULE), models=models)
    assert asked == ["tone"]
    text = alone(rule(status="off", **MODEL_RULE), rule(id="other", code="T02")) + (
        '[profile.shop.blunt-refusal]\nstatus = "trial"\n'
    )
    ruleset.load([write(tmp_path, text)], models)
    assert asked == ["tone", "tone"]
    leaning = rule(id="wide", code="T03", also=["tone"])
    load(tmp_path, leaning, rule(id="tone", code="T02", status="off", **MODEL_RULE), models=models)
    assert asked == ["tone", "tone", "tone"]


def test_a_label_that_the_model_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="模型 tone 没有「冷漠」，只有 礼貌、冷淡"):
        load(tmp_path, rule(**{**MODEL_RULE, "label": "冷漠"}), models=lambda _: COLD)


def test_without_models_the_examples_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="模型 tone 没有装载"):
        load(tmp_path, rule(**MODEL_RULE))


def test_the_shipped_rules_load_and_pass_their_own_examples() -> None:
    from auditor.cli.loading import load_rules

    rules, hashes = load_rules([])
    assert len(rules.rules) > 20
    assert all(len(digest) == 64 for digest in hashes.values())
    assert {"taobao", "tmall", "jd", "pdd", "douyin", "kuaishou", "house"} <= set(rules.profiles)


NAMES = [
    "id", "code", "kind", "title", "dimension", "severity", "points", "scope", "cap", "status", "roles",
    "words", "good", "bad", "why", "advice", "source", "unless", "when", "unless_said", "first", "last", "unit",
    "level", "limit", "which", "hours", "patterns", "trigger", "expect", "turns", "similarity", "threshold",
    "model", "label", "accept", "rule", "profile", "weights", "grade", "builtin", "pass_score", "aliases",
    "name", "least", "by", "reason", "words_file",
]  # fmt: skip
WORDS = [
    "不能退",
    "phrase",
    "required",
    "fatal",
    "bonus",
    "服务态度",
    "@greeting",
    "/(a/",
    "客户: 在吗\n客服: 不能退",
    "",
    "08:00-23:00",
]
SCALARS = st.one_of(
    st.sampled_from(WORDS), st.integers(-5, 120), st.booleans(), st.text(max_size=4),
    st.sampled_from([float("nan"), float("inf"), 1e308, 10**20, 10**400, 0.5]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return toml(value)


@st.composite
def spoilt_rules(draw: st.DrawFn) -> str:
    """A good rule with some of its fields, or other parts of the file, replaced by anything that TOML can hold."""
    kind = draw(st.sampled_from([*KINDS, "phrase", "phrase"]))
    text = alone(rule(kind=kind)).split("\n")
    for name, value in draw(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)).items():
        text = [line for line in text if not line.startswith(f"{name} = ")] + [f"{name} = {_toml(value)}"]
    top = draw(
        st.dictionaries(
            st.sampled_from(["rule", "profile", "weights", "grade", "pass_score", "odd"]), VALUES, max_size=1
        )
    )
    return "\n".join(f"{name} = {_toml(value)}" for name, value in top.items()) + "\n" + "\n".join(text)


@settings(max_examples=400)
@given(spoilt_rules())
def test_whatever_a_rule_file_holds_is_read_or_refused(bare_house: Path, text: str) -> None:
    path = bare_house / "spoilt.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    refused: AuditorError | None = None
    try:
        rules = ruleset.load([path])
    except AuditorError as error:
        refused = error
    if refused is not None:
        assert refused.problems or "没有任何规则" in refused.text
        assert all(problem.text and problem.place.file for problem in refused.problems)
    else:
        assert all(0 <= item.points <= 100 and item.points <= item.cap for item in rules.rules)


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(bare_house: Path, content: bytes) -> None:
    path = bare_house / "bytes.toml"
    path.write_bytes(content)
    with pytest.raises(AuditorError) as refused:
        ruleset.load([path])
    assert refused.value.problems
