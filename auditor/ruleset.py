"""Rule files -> a RuleSet: every problem of every file at once, examples run, nothing loaded if anything is wrong."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.checks.model import Model
from auditor.checks.talk import Predictor, Tools
from auditor.errors import AuditorError, Place, Problem
from auditor.rule import DIMENSIONS, Grade, Judgement, Rule, Scheme, Severity, Status
from auditor.rulebuild import build_rule
from auditor.ruleexamples import failures
from auditor.rulefields import Fields, Source
from auditor.text import Tokenizer
from auditor.tomlplace import places

__all__ = ["DIMENSIONS", "HOUSE", "Grade", "Judgement", "Rule", "RuleSet", "Scheme", "Severity", "Status", "load"]

#: The profile of conversations whose platform names no other.
HOUSE = "house"
#: Loads a model by its name; raises AuditorError if it cannot.
ModelLoader = Callable[[str], Predictor]


@dataclass(frozen=True)
class RuleSet:
    """All rules that are not off, by profile, with what they need to run."""

    profiles: Mapping[str, tuple[Rule, ...]]
    aliases: Mapping[str, str]
    scheme: Scheme
    tools: Tools
    digest: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the house profile, in file order."""
        return self.profiles[HOUSE]

    def profile_of(self, platform: str | None) -> str:
        """The profile for a platform's name as a log writes it (京东, JD, jd…)."""
        return self.aliases.get((platform or "").strip().lower(), HOUSE)


def built_in() -> Path:
    """The folder of the rules shipped with auditor (installed: inside the package; checkout: beside it)."""
    here = Path(__file__).resolve().parent
    inside = here / "rules"
    return inside if inside.is_dir() else here.parent / "rules"


def load(paths: Sequence[Path] = (), models: ModelLoader | None = None, dictionary: Iterable[str] = ()) -> RuleSet:
    """Load the built-in rules and then ``paths`` (files or folders); a later rule replaces an earlier one of its id.

    A file with ``builtin = false`` at its top makes the built-in rules stay out. ``dictionary``: words the tokenizer
    must keep whole. Raises AuditorError carrying every problem of every file.
    """
    shipped = _read_all([built_in()])
    own = _read_all(list(paths))
    problems = [problem for item in [*shipped, *own] for problem in item.source.problems]
    alone = any(item.data.get("builtin") is False for item in own)
    files = [item for item in shipped if not (alone and item.data.get("rule"))] + own
    table = _merge(files, {item.source.file for item in shipped}, problems)
    scheme = _scheme(files, problems)
    profiles, aliases = _profiles(files, table, problems)
    problems += [p for item in files for p in item.source.problems if p not in problems]
    if problems or scheme is None:
        raise AuditorError(f"规则文件有 {len(problems)} 处错误，没有开始质检，请按下面的提示修改：", sorted(set(problems), key=Problem.order))
    base = tuple(rule for rule, _ in table.values())
    if not base:
        raise AuditorError("没有任何规则：请检查 --rules 给出的文件")
    tools = _tools(base, models, dictionary)
    failed = [problem for rule in base for problem in failures(rule, tools)]
    if failed:
        raise AuditorError(f"规则自带的例子有 {len(failed)} 处不符，没有开始质检：", failed)
    live = {name: tuple(r for r in rules if r.status is not Status.OFF) for name, rules in profiles.items()}
    return RuleSet(live, aliases, scheme, tools, _digest(files))


@dataclass
class _File:
    """A parsed rule file."""

    source: Source
    data: dict[str, Any]
    content: bytes


def _read_all(paths: Sequence[Path]) -> list[_File]:
    files: list[_File] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.toml"))
            if not inside:
                raise AuditorError(f"规则文件夹 {path} 里没有 .toml 文件")
            files += [_read(item) for item in inside]
        elif path.is_file():
            files.append(_read(path))
        else:
            raise AuditorError(f"找不到规则文件 {path}，请检查 --rules 的路径")
    return files


def _read(path: Path) -> _File:
    words = path.parent / "words"
    shared = built_in() / "words"

    def word_list(name: str) -> Sequence[str]:
        for folder in (words, shared):
            file = folder / f"{name}.txt"
            if file.is_file():
                return read_words(file)
        raise KeyError(name, [file.stem for folder in (words, shared) for file in folder.glob("*.txt")])

    name = str(path) if not path.is_relative_to(built_in()) else f"rules/{path.relative_to(built_in())}"
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(Place(name, line), "", "不是 UTF-8 编码，请用 UTF-8 另存后再试")
        return _File(Source(name, {}, word_list, [problem]), {}, content)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _File(Source(name, {}, word_list, [_syntax(name, text, error)]), {}, content)
    return _File(Source(name, places(text), word_list), data, content)


def read_words(file: Path) -> tuple[str, ...]:
    """A word list: one entry a line, ``#`` starts a comment line, blank lines skipped."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def _syntax(name: str, text: str, error: Exception) -> Problem:
    """A TOML syntax error as a sentence; the usual slip is Chinese punctuation where TOML wants ASCII."""
    message = str(error)
    line = int(message.rsplit("at line ", 1)[1].split(",")[0]) if "at line " in message else None
    lines = text.split("\n")
    shown = lines[line - 1] if line and line <= len(lines) else (lines[-1] if lines else "")
    slips = [char for char in "，＝：“”‘’【】［］" if char in shown]
    hint = f"；这一行有中文标点 {' '.join(slips)}，TOML 的逗号、等号、引号和括号要用英文的" if slips else ""
    return Problem(Place(name, line), "", f"TOML 语法错误（{message}）{hint}")


def _merge(files: Sequence[_File], shipped: set[str], problems: list[Problem]) -> dict[str, tuple[Rule, _File]]:
    """Rules by id in file order; one id twice within one set is a problem, across sets the later wins."""
    table: dict[str, tuple[Rule, _File]] = {}
    codes: dict[str, str] = {}
    for item in files:
        for key in item.data:
            if key not in ("rule", "profile", "weights", "pass_score", "bonus_cap", "grade", "builtin"):
                Fields(item.source, (), item.data, "").wrong(key, "不认识这一项；规则写在 [[rule]] 里")
        rules = item.data.get("rule", [])
        if not isinstance(rules, list) or not all(isinstance(entry, dict) for entry in rules):
            item.source.wrong(("rule",), "rule", "每条规则写成一个 [[rule]] 表")
            continue
        for number, entry in enumerate(rules):
            rule = build_rule(item.source, ("rule", number), entry)
            if rule is None:
                continue
            before = table.get(rule.id)
            if before and (item.source.file in shipped) == (before[1].source.file in shipped):
                problems.append(Problem(rule.place, rule.id, f"规则 id 与 {before[0].place} 重复"))
            elif codes.get(rule.code, rule.id) != rule.id:
                problems.append(Problem(rule.place, rule.id, f"编号 {rule.code} 已被 {codes[rule.code]} 使用"))
            codes[rule.code] = rule.id
            table[rule.id] = (rule, item)
    return table


def _scheme(files: Sequence[_File], problems: list[Problem]) -> Scheme | None:
    """The last file that holds [weights] gives the scoring scheme."""
    item = next((item for item in reversed(files) if "weights" in item.data), None)
    if item is None:
        problems.append(Problem(Place("rules/scoring.toml"), "weights", "缺少评分方案 scoring.toml"))
        return None
    before = len(item.source.problems)
    weights = item.data["weights"] if isinstance(item.data["weights"], dict) else {}
    taker = Fields(item.source, ("weights",), weights, "weights")
    full = {name: float(taker.number(name, True, 0, 0, 100)) for name in DIMENSIONS}
    taker.done()
    if abs(sum(full.values()) - 100) > 1e-9:
        item.source.wrong(("weights",), "weights", f"各维度满分之和应为 100，现在是 {sum(full.values()):g}")
    top = Fields(item.source, (), item.data, "评分方案")
    grades = []
    for entry in top.tables("grade"):
        grades.append(
            Grade(entry.text("name", True), entry.text("title", True), float(entry.number("least", True, 0, 0, 100)))
        )
        entry.done()
    grades.sort(key=lambda grade: -grade.least)
    if not grades or grades[-1].least != 0:
        item.source.wrong(("grade",), "grade", "等级里要有一个从 0 分起的")
    scheme = Scheme(
        full,
        float(top.number("pass_score", True, 90, 0, 100)),
        float(top.number("bonus_cap", False, 5, 0, 100)),
        tuple(grades),
    )
    return scheme if len(item.source.problems) == before else None


def _profiles(
    files: Sequence[_File], table: Mapping[str, tuple[Rule, _File]], problems: list[Problem]
) -> tuple[dict[str, tuple[Rule, ...]], dict[str, str]]:
    """Every [profile.NAME]: its aliases, and the rules rebuilt with what it overrides."""
    overrides: dict[str, dict[str, tuple[_File, dict[str, Any]]]] = {HOUSE: {}}
    aliases: dict[str, str] = {HOUSE: HOUSE}
    for item in files:
        for name, body in item.data.get("profile", {}).items():
            fields = Fields(item.source, ("profile", name), body, f"profile.{name}")
            fields.text("title")
            aliases |= {alias.lower(): name for alias in (name, *fields.texts("aliases"))}
            rules = overrides.setdefault(name, {})
            for rule, changes in body.items():
                if rule in ("title", "aliases"):
                    continue
                if rule not in table or not isinstance(changes, dict):
                    fields.asked |= set(table)
                    fields.done()
                    break
                rules[rule] = (item, changes)
    profiles = {name: _overridden(table, changes) for name, changes in overrides.items()}
    return profiles, aliases


def _overridden(
    table: Mapping[str, tuple[Rule, _File]], changes: Mapping[str, tuple[_File, dict[str, Any]]]
) -> tuple[Rule, ...]:
    rules = []
    for name, (rule, item) in table.items():
        if name not in changes:
            rules.append(rule)
            continue
        where, changed = changes[name]
        entries = item.data["rule"]
        number = next(at for at, entry in enumerate(entries) if entry.get("id") == name)
        rebuilt = build_rule(item.source, ("rule", number), {**entries[number], **changed})
        if rebuilt is None:
            where.source.wrong(("profile",), f"profile…{name}", "改动之后的规则不成立")
            rebuilt = rule
        rules.append(rebuilt)
    return tuple(rules)


def _tools(rules: Sequence[Rule], models: ModelLoader | None, dictionary: Iterable[str]) -> Tools:
    """Tokenizer and models for these rules; a model is loaded only if a rule that is not off names it."""
    active = [rule for rule in rules if rule.status is not Status.OFF]
    named = sorted({rule.check.model for rule in active if isinstance(rule.check, Model)})
    loaded = {name: models(name) for name in named} if models else {}
    for rule in active:
        check = rule.check
        if isinstance(check, Model) and check.model in loaded and check.label not in loaded[check.model].labels:
            known = "、".join(loaded[check.model].labels)
            problem = Problem(rule.place, f"{rule.id}.label", f"模型 {check.model} 没有「{check.label}」，只有 {known}")
            raise AuditorError("规则与模型不符，没有开始质检：", [problem])
    phrases = [entry for rule in active for entry in rule.check.vocabulary]
    return Tools(Tokenizer([*phrases, *dictionary]), loaded)


def _digest(files: Sequence[_File]) -> str:
    """SHA-256 over the rule files' contents, in loading order."""
    total = hashlib.sha256()
    for item in files:
        total.update(hashlib.sha256(item.content).digest())
    return total.hexdigest()
