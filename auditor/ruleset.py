"""Rule files -> a RuleSet: every problem of every file at once, examples run, nothing loaded if anything is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.checks.combine import Combine
from auditor.checks.hit import Judgement
from auditor.checks.model import Model
from auditor.checks.talk import Predictor, Tools
from auditor.errors import AuditorError, Problem
from auditor.presets import HOUSE, USUAL, Preset
from auditor.rule import DIMENSIONS, Grade, Rule, Scheme, Severity, Status
from auditor.rulebuild import build_rule
from auditor.ruleexamples import failures
from auditor.rulefields import Fields, Source, did_you_mean
from auditor.rulefiles import RuleFile, built_in, digest, read_all
from auditor.rulepresets import read_presets
from auditor.text import Tokenizer
from auditor.tomlplace import Path as Key

__all__ = [
    "DIMENSIONS", "HOUSE", "Grade", "Judgement", "Rule", "RuleSet", "Scheme", "Severity", "Status", "built_in", "load",
]  # fmt: skip

#: Loads a model by its name; raises AuditorError if it cannot.
ModelLoader = Callable[[str], Predictor]
#: What may stand at the top of a rule file.
SECTIONS = ("rule", "profile", "preset", "weights", "pass_score", "bonus_cap", "grade", "builtin")


@dataclass(frozen=True)
class RuleSet:
    """All rules that are not off, by profile, with what they need to run."""

    profiles: Mapping[str, tuple[Rule, ...]]
    aliases: Mapping[str, str]
    scheme: Scheme
    tools: Tools
    digest: str
    #: Every rule of the house profile by id, those that are off too: rules of kind ``all`` may rest on them.
    every: Mapping[str, Rule]
    #: How each platform counts service figures; HOUSE is always among them.
    presets: Mapping[str, Preset] = field(default_factory=lambda: {HOUSE: USUAL})

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the house profile, in file order."""
        return self.profiles[HOUSE]

    def preset(self, name: str) -> Preset:
        """The preset of a profile; the house's for a profile without one."""
        return self.presets.get(name, self.presets[HOUSE])

    def profile_of(self, platform: str | None) -> str:
        """The profile for a platform's name as a log writes it (京东, JD, jd…)."""
        return self.aliases.get((platform or "").strip().lower(), HOUSE)


def load(
    paths: Sequence[Path] = (),
    models: ModelLoader | None = None,
    dictionary: Iterable[str] = (),
    trusted: bool = False,
    also: Iterable[str] = (),
) -> RuleSet:
    """Load the built-in rules and then ``paths`` (files or folders); a later rule replaces an earlier one of its id.

    A file with ``builtin = false`` at its top makes the built-in rules stay out. ``dictionary``: words the tokenizer
    must keep whole. ``trusted``: these very files have been loaded before and nothing was wrong (see
    ruleproofs), so that their examples need not run again. ``also``: models wanted besides those that rules name.
    Raises AuditorError carrying every problem of every file.
    """
    shipped = read_all([built_in()])
    own = read_all(list(paths))
    alone = any(item.data.get("builtin") is False for item in own)
    files = [item for item in shipped if not (alone and item.data.get("rule"))] + own
    for item in files:
        item.source.trusted = trusted
    _sections(files)
    table = _merge(files, {item.source.file for item in shipped})
    _combinations(table)
    scheme = _scheme(files)
    declared = {str(entry.get("id")) for item in [*shipped, *own] for entry in _entries(item)}
    overrides, aliases = _overrides(files, table, declared)
    profiles = {name: _overridden(table, changes) for name, changes in overrides.items()}
    presets = read_presets([*shipped, *own])
    problems = {problem for item in [*shipped, *own] for problem in item.source.problems}
    if problems:
        told = sorted(problems, key=Problem.order)
        raise AuditorError(f"规则文件有 {len(told)} 处错误，没有开始质检，请按下面的提示修改：", told)
    base = tuple(rule for rule, _ in table.values())
    if not base:
        raise AuditorError("没有任何规则：请检查 --rules 给出的文件")
    off = {rule.id for rule in base if rule.status is Status.OFF}
    switched_on = [rule for rules in profiles.values() for rule in rules if rule.id in off]
    tools = _tools([*base, *(rule for rules in profiles.values() for rule in rules)], models, dictionary, also)
    every = {rule.id: rule for rule in base}
    tried = () if trusted else (*base, *switched_on)
    failed = [problem for rule in tried for problem in failures(rule, tools, every)]
    if failed:
        raise AuditorError(f"规则自带的例子有 {len(failed)} 处不符，没有开始质检：", failed)
    live = {name: tuple(r for r in rules if r.status is not Status.OFF) for name, rules in profiles.items()}
    return RuleSet(live, aliases, scheme, tools, digest(files), every, presets)


def _entries(item: RuleFile) -> list[dict[str, Any]]:
    """The [[rule]] tables of a file; none if they are not written as tables."""
    rules = item.data.get("rule", [])
    return rules if isinstance(rules, list) and all(isinstance(entry, dict) for entry in rules) else []


def _sections(files: Sequence[RuleFile]) -> None:
    """Complain about what does not belong at the top of a rule file, and about a file that says nothing."""
    for item in files:
        for key in item.data:
            if key not in SECTIONS:
                item.source.wrong((key,), key, f"不认识这一项，规则写在 [[rule]] 里{did_you_mean(key, SECTIONS)}")
        if not isinstance(item.data.get("builtin", False), bool):
            item.source.wrong(("builtin",), "builtin", "应为 true 或 false")
        if not _entries(item) and item.data.get("rule"):
            item.source.wrong(("rule",), "rule", "每条规则写成一个 [[rule]] 表")
        if not item.data and not item.source.problems:
            item.source.wrong((), "", "没有任何规则，规则写在 [[rule]] 里")


def _merge(files: Sequence[RuleFile], shipped: set[str]) -> dict[str, tuple[Rule, RuleFile]]:
    """Rules by id in file order; one id twice within one set is a problem, across sets the later wins."""
    table: dict[str, tuple[Rule, RuleFile]] = {}
    codes: dict[str, str] = {}
    for item in files:
        for number, entry in enumerate(_entries(item)):
            rule = build_rule(item.source, ("rule", number), entry)
            if rule is None:
                continue
            before = table.get(rule.id)
            if before and (item.source.file in shipped) == (before[1].source.file in shipped):
                item.source.wrong(("rule", number, "id"), f"{rule.id}.id", f"规则 id 与 {before[0].place} 重复")
            elif codes.get(rule.code, rule.id) != rule.id:
                said = f"编号 {rule.code} 已被 {codes[rule.code]} 使用"
                item.source.wrong(("rule", number, "code"), f"{rule.id}.code", said)
            codes[rule.code] = rule.id
            table[rule.id] = (rule, item)
    return table


def _combinations(table: Mapping[str, tuple[Rule, RuleFile]]) -> None:
    """Rules of kind ``all`` must rest on rules that exist and are of another kind."""
    for rule, item in table.values():
        for name in rule.check.others:
            if name not in table:
                said = f"没有规则「{name}」{did_you_mean(name, table)}"
                item.source.problems.append(Problem(rule.place, f"{rule.id}.rules", said))
            elif table[name][0].check.others:
                said = f"「{name}」也是组合规则，不能再组合"
                item.source.problems.append(Problem(rule.place, f"{rule.id}.rules", said))


def _scheme(files: Sequence[RuleFile]) -> Scheme:
    """The scoring scheme: each of its parts from the last file that holds it."""

    def holding(key: str) -> RuleFile:
        return next((item for item in reversed(files) if key in item.data), files[0])

    def top(key: str) -> Fields:
        return Fields(holding(key).source, (), holding(key).data, "评分方案")

    grades = []
    for entry in top("grade").tables("grade"):
        least = float(entry.number("least", True, 0, 0, 100))
        grades.append(Grade(entry.text("name", True), entry.text("title", True), least))
        entry.done()
    grades.sort(key=lambda grade: -grade.least)
    if not grades or grades[-1].least != 0:
        holding("grade").source.wrong(("grade",), "grade", "等级里要有一个从 0 分起的")
    return Scheme(
        _weights(holding("weights")),
        float(top("pass_score").number("pass_score", True, 90, 0, 100)),
        float(top("bonus_cap").number("bonus_cap", False, 5, 0, 100)),
        tuple(grades),
    )


def _weights(item: RuleFile) -> dict[str, float]:
    """Full points of each dimension."""
    table = item.data.get("weights")
    if not isinstance(table, dict):
        item.source.wrong(("weights",), "weights", "应为 [weights] 表，写明各维度的满分")
        return dict.fromkeys(DIMENSIONS, 0.0)
    before = len(item.source.problems)
    fields = Fields(item.source, ("weights",), table, "weights")
    full = {name: float(fields.number(name, True, 0, 0, 100)) for name in DIMENSIONS}
    fields.done()
    if abs(sum(full.values()) - 100) > 1e-9 and len(item.source.problems) == before:
        item.source.wrong(("weights",), "weights", f"各维度满分之和应为 100，现在是 {sum(full.values()):g}")
    return full


@dataclass(frozen=True)
class _Override:
    """What a profile changes of one rule, and where that is written."""

    item: RuleFile
    key: Key
    changes: Mapping[str, Any]


def _overrides(
    files: Sequence[RuleFile], table: Mapping[str, object], declared: set[str]
) -> tuple[dict[str, dict[str, _Override]], dict[str, str]]:
    """Every [profile.NAME]: what it changes by rule id, and the platform names that lead to it."""
    overrides: dict[str, dict[str, _Override]] = {HOUSE: {}}
    aliases: dict[str, str] = {HOUSE: HOUSE}
    for item in files:
        named = item.data.get("profile", {})
        if not isinstance(named, dict):
            item.source.wrong(("profile",), "profile", "应写成 [profile.名称] 表")
            continue
        for name, body in named.items():
            if not isinstance(body, dict):
                item.source.wrong(("profile", name), f"profile.{name}", "应写成 [profile.名称] 表")
                continue
            fields = Fields(item.source, ("profile", name), body, f"profile.{name}")
            fields.text("title")
            aliases |= {alias.lower(): name for alias in (name, *fields.texts("aliases"))}
            overrides.setdefault(name, {}).update(_changes(item, fields, table, declared))
    return overrides, aliases


def _changes(
    item: RuleFile, fields: Fields, table: Mapping[str, object], declared: set[str]
) -> dict[str, _Override]:
    """The rule tables of one profile. A rule that is declared but not in the table has its own problem or stays out."""
    found = {}
    for rule, changes in fields.table.items():
        if rule in fields.asked:
            continue
        if rule not in declared:
            fields.wrong(rule, f"没有「{rule}」这条规则{did_you_mean(rule, table)}")
        elif not isinstance(changes, dict):
            fields.wrong(rule, f"应写成 [{fields.label}.{rule}] 表，列出要改的项")
        elif "id" in changes or "code" in changes:
            fields.wrong(rule, "不能改规则的 id 和 code")
        elif rule in table:
            found[rule] = _Override(item, (*fields.path, rule), changes)
    return found


def _overridden(table: Mapping[str, tuple[Rule, RuleFile]], changes: Mapping[str, _Override]) -> tuple[Rule, ...]:
    return tuple(
        _rebuilt(rule, item, changes[name]) if name in changes else rule for name, (rule, item) in table.items()
    )


def _rebuilt(rule: Rule, item: RuleFile, override: _Override) -> Rule:
    """A rule with a profile's changes; what is wrong is told where the change stands."""
    entries = _entries(item)
    number = next(at for at, entry in enumerate(entries) if entry.get("id") == rule.id)
    key: Key = ("rule", number)
    where = override.item.source
    found = () if where.trusted else where.lines.items()
    lines = {(*key, *path[3:]): line for path, line in found if path[:3] == override.key}

    def word_list(name: str) -> Sequence[str]:
        try:
            return where.word_lists(name)
        except KeyError:
            return item.source.word_lists(name)

    source = Source(where.file, lines, word_list, trusted=where.trusted)
    rebuilt = build_rule(source, key, {**entries[number], **override.changes})
    where.problems += source.problems
    return rebuilt or rule


def _fatal_by_model(rules: Sequence[Rule]) -> list[Problem]:
    """A conversation must not be worth nothing because a model says so: fatal rules that rest on models alone."""
    guesses = {rule.id for rule in rules if isinstance(rule.check, Model)}
    alone = [
        rule
        for rule in rules
        if rule.severity is Severity.FATAL
        and (rule.id in guesses or (isinstance(rule.check, Combine) and set(rule.check.others) <= guesses))
    ]
    said = "模型的判断不能单独定致命项：请改成 major 或更轻，或与词表规则合用（kind = all）"
    return [Problem(rule.place, f"{rule.id}.severity", said) for rule in alone]


def _tools(
    rules: Sequence[Rule], models: ModelLoader | None, dictionary: Iterable[str], also: Iterable[str]
) -> Tools:
    """Tokenizer and models for these rules; a model is loaded only if a rule that is not off needs it, or ``also``."""
    leant_on = {name for rule in rules if rule.status is not Status.OFF for name in rule.check.others}
    active = [rule for rule in rules if rule.status is not Status.OFF or rule.id in leant_on]
    named = sorted({*also, *(rule.check.model for rule in active if isinstance(rule.check, Model))})
    loaded = {name: models(name) for name in named} if models else {}
    wrong = []
    for rule in active:
        check = rule.check
        if isinstance(check, Model) and check.model in loaded and check.label not in loaded[check.model].labels:
            known = "、".join(loaded[check.model].labels)
            said = f"模型 {check.model} 没有「{check.label}」，只有 {known}"
            wrong.append(Problem(rule.place, f"{rule.id}.label", said))
    wrong += _fatal_by_model(active)
    if wrong:
        raise AuditorError("规则与模型不符，没有开始质检：", list(dict.fromkeys(wrong)))
    phrases = dict.fromkeys(entry for rule in active for entry in rule.check.vocabulary)
    return Tools(Tokenizer([*phrases, *dictionary]), loaded)
