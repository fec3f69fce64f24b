"""One [[rule]] table -> one Rule: common fields, the kind's own parameters, windows, preconditions, exemptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.chat import Role
from auditor.checks import KINDS
from auditor.checks.conditions import Guards, Said
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.phrase import Answer
from auditor.checks.required import Level
from auditor.checks.talk import Window
from auditor.rule import DIMENSIONS, Rule, Severity, Status
from auditor.rulefields import Fields, Source, did_you_mean
from auditor.tomlplace import Path

ROLES = {str(role): role for role in Role}
#: A message-scoped rule may take this many times its points from one conversation unless it names a cap.
CAP_TIMES = 2
#: Kinds whose hits are words said, which quotation marks can excuse.
QUOTABLE = ("phrase", "pattern")
#: Minutes.
DAY = 24 * 60
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def build_rule(source: Source, path: Path, table: Mapping[str, Any]) -> Rule | None:
    """Build a rule; problems go to ``source`` and None is returned if there was any."""
    before = len(source.problems)
    name = table.get("id")
    fields = Fields(source, path, table, name if isinstance(name, str) and name else f"第 {int(path[-1]) + 1} 条规则")
    common = _common(fields)
    guards = _guards(fields, table.get("kind"))
    check = _check(fields)
    if check is None or len(source.problems) > before:
        return None
    return Rule(**common, check=check, guards=guards, place=source.place(path))


def _common(fields: Fields) -> dict[str, Any]:
    identity = fields.text("id", required=True)
    if identity and not _ID.fullmatch(identity):
        fields.wrong("id", f"「{identity}」应为小写英文和连字符，如 missing-greeting")
    points = fields.number("points", required=True, default=0.0, low=0, high=100)
    scope = fields.choice("scope", ("message", "conversation", "agent"), default="message")
    severity = Severity(fields.choice("severity", tuple(Severity), required=True, default="info"))
    if severity is Severity.FATAL and points == 0 and "points" in fields.table:
        fields.wrong("points", "致命规则的扣分应大于 0，不想扣分请把 status 写成 trial")
    usual = min(100, points * CAP_TIMES) if scope == "message" else points
    cap = fields.number("cap", default=usual, low=0, high=100)
    if cap < points:
        fields.wrong("cap", f"上限 {cap:g} 分低于单次 {points:g} 分")
    return {
        "id": identity,
        "code": fields.text("code", required=True),
        "kind": fields.text("kind", required=True),
        "title": fields.text("title", required=True),
        "dimension": fields.choice("dimension", DIMENSIONS, required=True, default=DIMENSIONS[0]),
        "severity": severity,
        "points": float(points),
        "scope": scope,
        "cap": float(cap),
        "status": Status(fields.choice("status", tuple(Status), default="live")),
        "charged_alone": fields.flag("charged_alone", default=True),
        "roles": _roles(fields, "roles", ("agent",)),
        "why": fields.text("why", required=True),
        "advice": fields.text("advice", required=True),
        "source": fields.text("source", required=True),
        "good": fields.texts("good", required=True),
        "bad": fields.texts("bad", required=True),
    }


def _roles(fields: Fields, name: str, default: tuple[str, ...]) -> tuple[Role, ...]:
    named = fields.texts(name) or default
    for role in named:
        if role not in ROLES:
            fields.wrong(name, f"「{role}」不是角色，可用 {'、'.join(ROLES)}{did_you_mean(role, ROLES)}")
    return tuple(ROLES[role] for role in named if role in ROLES)


def _guards(fields: Fields, kind: object) -> Guards:
    return Guards(
        when=_said(fields, "when"),
        unless=fields.words("unless"),
        unless_said=_said(fields, "unless_said"),
        quoted_exempt=fields.flag("quoted_exempt", default=kind in QUOTABLE),
        charged_if=_said(fields, "charged_if"),
        min_agent_messages=fields.number("min_agent_messages", default=0, low=0, whole=True),
    )


def _said(fields: Fields, name: str) -> tuple[Said, ...]:
    result = []
    for item in fields.tables(name):
        lexicon = item.words("words", required=True)
        said = {
            "roles": frozenset((ROLES[item.choice("by", tuple(ROLES), default="agent")],)),
            "before": item.number("before", default=0, low=0, whole=True),
            "after": item.number("after", default=0, low=0, whole=True),
            "same": item.flag("same", default=True),
            "reason": item.text("reason", required=name == "unless_said"),
        }
        item.done()
        if lexicon is not None:
            result.append(Said(lexicon=lexicon, **said))
    return tuple(result)


def _check(fields: Fields) -> Any:
    name = fields.table.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        if name is not None:
            hint = did_you_mean(str(name), KINDS)
            fields.wrong("kind", f"没有「{name}」这种检查，可用 {'、'.join(KINDS)}{hint}")
        return None
    problems = len(fields.source.problems)
    params = {param.name: _param(fields, param) for param in kind.params}
    scope = _scope(fields)
    fields.done()
    return None if len(fields.source.problems) > problems else _built(kind, scope, params)


def _built(kind: Kind, scope: Scope, params: Mapping[str, Any]) -> Any:
    return kind.build(scope, params)


def _scope(fields: Fields) -> Scope:
    first = fields.number("first", low=1, whole=True)
    last = fields.number("last", low=1, whole=True)
    if first is not None and last is not None:
        fields.wrong("last", "first 和 last 只能写一个")
    turns = fields.choice("unit", ("message", "turn"), default="message") == "turn"
    return Scope(frozenset(_roles(fields, "roles", ("agent",))), Window(first, last, turns))


def _param(fields: Fields, param: Param) -> Any:
    name = param.name
    if param.type is Type.WORDS:
        extra: tuple[str, ...] = ()
        if name == "words" and "words_file" in fields.table:
            listed = fields.text("words_file").removeprefix("words/").removesuffix(".txt")
            extra = (f"@{listed}",) if listed else ()
            return fields.words(name, False, extra)
        return fields.words(name, param.required, patterns=name == "patterns")
    if param.type in (Type.NUMBER, Type.INTEGER):
        return fields.number(name, param.required, param.default, param.low, param.high, param.type is Type.INTEGER)
    if param.type is Type.FLAG:
        return fields.flag(name, bool(param.default))
    if param.type is Type.CHOICE:
        return fields.choice(name, param.choices, param.required, param.default or "")
    if param.type is Type.CHOICES:
        return _choices(fields, param)
    if param.type is Type.TEXTS:
        return fields.texts(name, param.required) or param.default
    if param.type is Type.HOURS:
        return read_hours(fields, name)
    if param.type is Type.ANSWERS:
        return _answers(fields, name)
    if param.type is Type.LEVELS:
        return _levels(fields, name, param.required)
    return fields.text(name, param.required)


def _choices(fields: Fields, param: Param) -> tuple[str, ...]:
    named = fields.texts(param.name, param.required)
    for word in named:
        if word not in param.choices:
            hint = did_you_mean(word, param.choices)
            fields.wrong(param.name, f"「{word}」不在可选值 {'、'.join(param.choices)} 之内{hint}")
    return named or tuple(param.default or ())


def read_hours(fields: Fields, name: str) -> tuple[int, int] | None:
    """A part of the day, such as 08:00-23:00, as minutes of the day; None if it is not there."""
    value = fields.text(name)
    if not value:
        return None
    match = _HOURS.fullmatch(value)
    h1, m1, h2, m2 = (int(part) for part in match.groups()) if match else (99, 0, 0, 0)
    begin, end = h1 * 60 + m1, h2 * 60 + m2
    if max(m1, m2) > 59 or max(begin, end) > DAY or begin == end:
        fields.wrong(name, f"「{value}」应为 08:00-23:00 这样的时段")
        return None
    return begin, end


def _answers(fields: Fields, name: str) -> tuple[Answer, ...]:
    answers = []
    for item in fields.tables(name):
        asked, replies = item.words("asked", required=True), item.words("replies", required=True)
        item.done()
        if asked is not None and replies is not None:
            answers.append(Answer(asked, replies))
    return tuple(answers)


def _levels(fields: Fields, name: str, required: bool) -> tuple[Level, ...]:
    items = fields.tables(name)
    if not items and required:
        fields.wrong(name, "缺少这一项：从高到低列出各级别的 name 和 words")
    levels = []
    for item in items:
        title, lexicon = item.text("name", required=True), item.words("words", required=True)
        item.done()
        if lexicon is not None:
            levels.append(Level(title, lexicon))
    names = [level.name for level in levels]
    accept = fields.table.get("accept")
    if len(set(names)) < len(names):
        fields.wrong(name, "有两个级别同名")
    if isinstance(accept, str) and accept not in names:
        fields.wrong("accept", f"「{accept}」不在各级别 {'、'.join(names)} 之内{did_you_mean(accept, names)}")
    return tuple(levels)
