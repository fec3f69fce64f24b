"""[preset.NAME] tables of the rule files -> how each platform counts its service figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.presets import Preset
from auditor.rulebuild import read_hours
from auditor.rulefields import Fields
from auditor.rulefiles import RuleFile

#: Figures that can have a target, with the largest value that makes sense (seconds, or a share of 1).
TARGETS = {
    "first_response_mean_s": 86_400,
    "response_mean_s": 86_400,
    "first_rate": 1,
    "reply_rate": 1,
    "typing_per_minute": 10_000,
}
UNITS = ("round", "consumer", "session-mean", "session-all")


def read_presets(files: Sequence[RuleFile]) -> dict[str, Preset]:
    """All presets by name; a later file's replaces an earlier one's. Problems go to the files' sources."""
    found: dict[str, Preset] = {}
    for item in files:
        named = item.data.get("preset", {})
        if not isinstance(named, dict):
            item.source.wrong(("preset",), "preset", "应写成 [preset.名称] 表")
            continue
        for name, body in named.items():
            if isinstance(body, dict):
                found[name] = _preset(item, name, body)
            else:
                item.source.wrong(("preset", name), f"preset.{name}", "应写成 [preset.名称] 表")
    return found


def _preset(item: RuleFile, name: str, body: Mapping[str, Any]) -> Preset:
    fields = Fields(item.source, ("preset", name), body, f"preset.{name}")
    usual = Preset(name, "", "", "")
    preset = Preset(
        name=name,
        title=fields.text("title", True),
        as_of=fields.text("as_of", True),
        source=fields.text("source", True),
        hours=read_hours(fields, "hours") or usual.hours,
        hours_by=fields.choice("hours_by", ("question", "session"), default=usual.hours_by),
        first_limit=fields.number("first_limit", default=usual.first_limit, low=1, high=86_400),
        reply_limit=fields.number("reply_limit", default=usual.reply_limit, low=1, high=86_400),
        cap=fields.number("cap", low=1, high=86_400),
        gap=fields.number("gap", default=usual.gap, low=1, high=86_400),
        unit=fields.choice("unit", UNITS, default=usual.unit),
        transfer_keeps=fields.flag("transfer_keeps"),
        assist_counts=fields.flag("assist_counts"),
        targets=_targets(fields),
    )
    fields.done()
    return preset


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
