"""[preset.NAME] tables: the shipped ones are dated and sourced, a shop's own rewrite single fields or add a preset."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from auditor.cli.loading import load_rules
from auditor.errors import AuditorError
from auditor.presets import Preset
from auditor.rulepresets import load_presets

SHIPPED = load_presets()


def plain(found: dict[str, Preset]) -> dict[str, Preset]:
    """Presets that can be compared: word lists that were read twice are never equal."""
    return {name: replace(preset, closers=None) for name, preset in found.items()}


def own(folder: Path, text: str) -> Path:
    """A rule file of a shop's own."""
    path = folder / "本店.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_platform_has_a_preset_that_is_dated_and_sourced() -> None:
    assert list(SHIPPED) == ["house", "taobao", "tmall", "jd", "pdd", "douyin", "kuaishou"]
    for preset in SHIPPED.values():
        assert all((preset.title, preset.as_of, preset.source, preset.targets, preset.closers)), preset.name
        assert preset.changed == ()


def test_presets_stand_beside_the_profiles() -> None:
    path = Path(__file__).resolve().parents[1] / "rules" / "platforms.toml"
    text = path.read_text(encoding="utf-8")
    assert all(f"\n[preset.{name}]\n" in text and f"\n[profile.{name}]\n" in text for name in SHIPPED)


#: What a shop may write, and what comes of it.
CHANGES = [
    ('hours = "09:00-21:30"', {"hours": (540, 1290)}),
    ('hours_by = "session"', {"hours_by": "session"}),
    ("first_limit = 20", {"first_limit": 20}),
    ("reply_limit = 120", {"reply_limit": 120}),
    ("cap = 300", {"cap": 300}),
    ("gap = 900", {"gap": 900}),
    ("least_rounds = 30", {"least_rounds": 30}),
    ('unit = "consumer"', {"unit": "consumer"}),
    ("transfer_keeps = false", {"transfer_keeps": False}),
    ("assist_counts = false", {"assist_counts": False}),
    ('assist_marks = ["人机协同"]', {"assist_marks": ("人机协同",)}),
    ('reception_marks = ["小助理"]', {"reception_marks": ("小助理",)}),
    ('title = "本店算法"', {"title": "本店算法"}),
    ("as_of = 2026-11-01", {"as_of": "2026-11-01"}),
    ('source = "本店规定"', {"source": "本店规定"}),
    ("targets = { reply_rate = 0.98, response_mean_s = 25 }",
     {"targets": {**SHIPPED["taobao"].targets, "reply_rate": 0.98, "response_mean_s": 25}}),
]


@pytest.mark.parametrize(("line", "change"), CHANGES, ids=[line.split(" ")[0] for line, _ in CHANGES])
def test_one_line_rewrites_one_field_and_says_so(line: str, change: dict[str, object], tmp_path: Path) -> None:
    name = line.split(" ")[0]
    expected = plain(SHIPPED)
    expected["taobao"] = replace(expected["taobao"], **change, changed=(name,))  # type: ignore[arg-type]
    assert plain(load_presets((own(tmp_path, f"[preset.taobao]\n{line}\n"),))) == expected


def test_every_field_can_be_rewritten() -> None:
    told = {next(iter(change)) for _, change in CHANGES}
    assert {item.name for item in fields(Preset)} - told == {"name", "changed", "closers"}


def test_own_courtesies(tmp_path: Path) -> None:
    found = load_presets((own(tmp_path, '[preset.taobao]\nclosers = ["收到"]\n'),))["taobao"]
    assert found.closers is not None
    assert found.closers.entries == ("收到",)


def test_a_new_preset_takes_what_is_usual(tmp_path: Path) -> None:
    path = own(tmp_path, '[preset.xiaohongshu]\ntitle = "小红书"\nas_of = "2026-11"\nsource = "平台规则"\ngap = 60\n')
    found = load_presets((path,))["xiaohongshu"]
    assert (found.hours, found.gap, found.unit, found.cap) == ((480, 1380), 60, "round", None)
    assert found.closers is not None
    assert found.closers.seen("好的")
    assert found.changed == ()


def test_the_rules_keep_their_examples_whatever_the_houses_hours(tmp_path: Path) -> None:
    rules, _ = load_rules((own(tmp_path, '[preset.house]\nhours = "10:00-18:00"\ngap = 60\n'),))
    assert rules.preset("house").hours == (600, 1080)
    assert rules.preset("没有这个平台") == rules.preset("house")


MISTAKES = [
    ('unti = "round"', 5, "preset.mine.unti: 不认识这一项，是不是想写「unit」"),
    ('unit = "rounds"', 5, "preset.mine.unit: 「rounds」不在可选值"),
    ("gap = -1", 5, "preset.mine.gap: 应为 1 到 86400 之间的数字，现在是 -1"),
    ('cap = "600"', 5, 'preset.mine.cap: 应为 1 到 86400 之间的数字，现在是 "600"'),
    ('hours = "8点到23点"', 5, "preset.mine.hours: 「8点到23点」应为 08:00-23:00 这样的时段"),
    ("assist_counts = 1", 5, "preset.mine.assist_counts: 应为 true 或 false"),
    ('closers = ["@proc-closr"]', 5, "没有词表 words/proc-closr.txt，是不是想写「proc-closer」"),
    ("targets = { reply_rat = 0.9 }", 5, "preset.mine.targets.reply_rat: 不认识这一项，是不是想写「reply_rate」"),
    ("targets = { reply_rate = 90 }", 5, "preset.mine.targets.reply_rate: 应为 0 到 1 之间的数字"),
    ("targets = 0.9", 5, "preset.mine.targets: 应写成"),
]


@pytest.mark.parametrize(("line", "at", "told"), MISTAKES)
def test_mistakes_are_told_with_file_and_line(line: str, at: int, told: str, tmp_path: Path) -> None:
    path = own(tmp_path, f'[preset.mine]\ntitle = "我的"\nas_of = "2026"\nsource = "我"\n{line}\n')
    for loader in (load_presets, load_rules):
        with pytest.raises(AuditorError) as refused:
            loader((path,))
        assert f"本店.toml:{at}: " in str(refused.value)
        assert told in str(refused.value)


def test_a_new_preset_must_say_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(AuditorError) as refused:
        load_presets((own(tmp_path, "[preset.mine]\ngap = 60\n"),))
    told = str(refused.value)
    assert all(f"preset.mine.{name}: 缺少这一项" in told for name in ("title", "as_of", "source"))


@pytest.mark.parametrize("text", ["preset = 1", "[preset]\nmine = 1", "[preset.mine]\nas_of = 2026\n"])
def test_what_is_no_table_or_no_date_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="应"):
        load_presets((own(tmp_path, text),))
