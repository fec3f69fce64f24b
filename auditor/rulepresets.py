"""[preset.NAME] tables of the rule files -> how each platform counts its service figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, Problem
from auditor.presets import HOUSE, UNITS, USUAL, Preset
from auditor.rulebuild import read_hours
from auditor.rulefields import Fields
from auditor.rulefiles import RuleFile, built_in, read_all
from auditor.text import Lexicon

#: Figures that can have a target, with the largest value that makes sense (seconds, or a share of 1).
TARGETS = {
    "first_response_mean_s": 86_400,
    "response_mean_s": 86_400,
    "response_p90_s": 86_400,
    "longest_wait_s": 86_400,
    "first_rate": 1,
    "first_within_30s_rate": 1,
    "first_within_60s_rate": 1,
    "rounds_within_30s_rate": 1,
    "rounds_within_60s_rate": 1,
    "rounds_within_180s_rate": 1,
    "reply_rate": 1,
    "reply_rate_fair": 1,
    "off_hours_answered_rate": 1,
    "conversion_rate": 1,
    "answer_ratio": 100,
    "typing_per_minute": 10_000,
}


def load_presets(paths: Sequence[Path] = ()) -> dict[str, Preset]:
    """The shipped presets with the changes of rule files (or folders of them), without loading a rule.

    Raises AuditorError carrying every problem of the presets, and of files that cannot be read.
    """
    files = [*read_all([built_in()]), *read_all(list(paths))]
    found = read_presets(files)
    problems = sorted({problem for item in files for problem in item.source.problems}, key=Problem.order)
    if problems:
        raise AuditorError(f"规则文件里的口径有 {len(problems)} 处错误，没有开始计算，请按下面的提示修改：", problems)
    return found


def read_presets(files: Sequence[RuleFile]) -> dict[str, Preset]:
    """All presets by name, HOUSE always among them; a later file rewrites single fields of an earlier one's.

    Problems go to the files' sources.
    """
    found: dict[str, Preset] = {}
    for item in files:
        named = item.data.get("preset", {})
        if not isinstance(named, dict):
            item.source.wrong(("preset",), "preset", "应写成 [preset.名称] 表")
            continue
        for name, body in named.items():
            if isinstance(body, dict):
                found[name] = _preset(item, name, body, found.get(name), found.get(HOUSE, USUAL).closers)
            else:
                item.source.wrong(("preset", name), f"preset.{name}", "应写成 [preset.名称] 表")
    return {HOUSE: USUAL, **found}


def _preset(
    item: RuleFile, name: str, body: Mapping[str, Any], before: Preset | None, closers: Lexicon | None
) -> Preset:
    """One preset: what a table leaves out is as in the preset of that name, or as usual in a new one."""
    fields = Fields(item.source, ("preset", name), body, f"preset.{name}")
    usual = before or Preset(name, "", "", "", closers=closers)
    new = before is None
    preset = Preset(
        name=name,
        title=fields.text("title", new, usual.title),
        as_of=_as_of(fields, new, usual.as_of),
        source=fields.text("source", new, usual.source),
        hours=read_hours(fields, "hours") or usual.hours,
        hours_by=fields.choice("hours_by", ("question", "session"), default=usual.hours_by),
        first_limit=fields.number("first_limit", default=usual.first_limit, low=1, high=86_400),
        reply_limit=fields.number("reply_limit", default=usual.reply_limit, low=1, high=86_400),
        cap=fields.number("cap", default=usual.cap, low=1, high=86_400),
        gap=fields.number("gap", default=usual.gap, low=1, high=86_400),
        unit=fields.choice("unit", UNITS, default=usual.unit),
        least_rounds=fields.number("least_rounds", default=usual.least_rounds, low=0, high=1_000_000, whole=True),
        transfer_keeps=fields.flag("transfer_keeps", usual.transfer_keeps),
        assist_counts=fields.flag("assist_counts", usual.assist_counts),
        assist_marks=fields.texts("assist_marks") or usual.assist_marks,
        reception_marks=fields.texts("reception_marks") or usual.reception_marks,
        closers=fields.words("closers") or usual.closers,
        targets={**usual.targets, **_targets(fields)},
        changed=tuple(dict.fromkeys((*usual.changed, *(() if new else body)))),
    )
    fields.done()
    return preset


def _as_of(fields: Fields, required: bool, usual: str) -> str:
    """The day, month or year of what the preset rests on; TOML knows dates of its own, which are as good as a text."""
    value = fields.take("as_of", required)
    if value is None:
        return usual
    text = value if isinstance(value, str) else str(getattr(value, "isoformat", lambda: "")())
    if not text.strip():
        fields.wrong("as_of", '应为日期，写成 "2026-11" 或 "2026-11-16"')
    return text


def _targets(fields: Fields) -> Mapping[str, float]:
    table = fields.take("targets")
    if table is None:
        return {}
    if not isinstance(table, dict):
        fields.wrong("targets", "应写成 {reply_rate = 0.9} 这样的表")
        return {}
    inner = Fields(fields.source, (*fields.path, "targets"), table, f"{fields.label}.targets")
    found = {name: inner.number(name, low=0, high=high) for name, high in TARGETS.items()}
    inner.done()
    return {name: float(value) for name, value in found.items() if value is not None}
