"""Export maps: one TOML file says where an export keeps what, so that a new exporter needs no code.

The keys of a map are explained in ``formats/README.md``. Everything in a map is data: paths, words, patterns.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError, Place, Problem, reason
from auditor.readers.conditions import Condition, read_conditions
from auditor.readers.records import FIELDS

FOLDER = Path(__file__).parent / "formats"
KINDS_OF_FILE = ("json", "table")
ROLES = ("customer", "agent", "robot", "system")
KINDS = ("text", "image", "card", "order", "file", "recall", "transfer", "event", "missing")
#: What a rule may set, and to which words ("" : any text).
_RULE_SETS: Mapping[str, Sequence[str]] = {"role": ROLES, "kind": KINDS, "text": (), "reject": ()}
_KEYS = frozenset(
    {"name", "title", "kind", "platform", "shop", "needs", "looks", "messages", "html", "nearest", "whole", "strip"}
    | {"times", "lists", "fields", "roles", "kinds", "rules", "fallback", "accounts"}
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_EPOCHS = ("epoch-s", "epoch-ms", "epoch-us")


@dataclass(frozen=True)
class Choice:
    """Where a field is found: the first of ``paths`` with a value; ``by_role``: paths that hold for one role only."""

    paths: tuple[str, ...]
    by_role: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What holds for messages that meet every condition: ``sets`` is a role, a kind, a text or a reason to reject."""

    conditions: tuple[Condition, ...]
    sets: Mapping[str, str]


@dataclass(frozen=True)
class ListOf:
    """A list beside the messages (of users, of members): the item whose ``key`` equals ``of`` is read as ``name``."""

    name: str
    at: str
    key: str
    of: str


@dataclass(frozen=True)
class ExportMap:
    """One export. Paths are keys joined by dots (JSON) or headings (table).

    ``needs``: each a choice of paths one of which a message has; ``looks``: what a message of this export looks
    like; ``messages``: where a JSON value keeps its messages, ``""`` if it is one itself; ``nearest``: a message
    without a conversation belongs to the nearest one that has it; ``whole``: a list of messages is one conversation;
    ``fallback``: only for tables without the canonical columns; ``accounts``: where nothing says who speaks, accounts
    such as 店铺:子账号 are agents, and then the others customers; ``html``: texts are HTML; ``strip``: prefixes that
    accounts have; ``other_kind``: the kind of unknown type words.
    """

    name: str
    title: str
    kind: str
    needs: tuple[tuple[str, ...], ...]
    looks: tuple[Condition, ...]
    messages: tuple[str, ...]
    fields: Mapping[str, Choice]
    roles: Mapping[str, str]
    kinds: Mapping[str, str]
    rules: tuple[Rule, ...]
    lists: tuple[ListOf, ...]
    times: tuple[str, ...]
    strip: tuple[str, ...]
    platform: str | None
    shop: str | None
    other_kind: str | None
    html: bool
    nearest: bool
    whole: bool
    fallback: bool
    accounts: bool


@cache
def built_in() -> tuple[ExportMap, ...]:
    """The maps that come with the program, by name of file. Raises AuditorError if one is wrong."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))


def load(path: Path) -> ExportMap:
    """The map in a TOML file. Raises AuditorError with every problem of the file."""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError as error:
        raise AuditorError(f"找不到列映射文件「{path}」，请检查 --from 后面的路径。") from error
    except OSError as error:
        raise AuditorError(f"列映射文件「{path}」打不开（{reason(error)}），请检查文件权限。") from error
    except UnicodeDecodeError as error:
        raise AuditorError(f"列映射文件「{path}」不是 UTF-8 编码，请另存为 UTF-8。") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(Place(str(path), int(line[1]) if line else None), "", f"TOML 写错了（{error}）")
        raise AuditorError("列映射文件有错，没有开始读：", [problem]) from error
    checker = _Checker(path, text, data)
    found = checker.map()
    if checker.problems:
        raise AuditorError("列映射文件有错，没有开始读：", sorted(checker.problems, key=Problem.order))
    return found


class _Checker:
    """Turns the TOML data into a map and collects what is wrong with it."""

    def __init__(self, path: Path, text: str, data: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._lines = text.splitlines()
        self._data = data

    def map(self) -> ExportMap:
        """The map; worth something only if no problem was found."""
        data = self._data
        for key in sorted(set(data) - _KEYS):
            self._wrong(key, f"没有「{key}」这个键；可用的有：{'、'.join(sorted(_KEYS))}")
        kind = self._word("kind", KINDS_OF_FILE) or "table"
        fields = self._fields()
        if "text" not in fields:
            self._wrong("fields", "缺少 text（消息内容在哪里）")
        kinds = self._meanings("kinds", KINDS, others="*")
        return ExportMap(
            name=self._name(),
            title=self._text("title") or self._path.stem,
            kind=kind,
            needs=tuple(self._paths("needs", need) for need in self._list("needs")),
            looks=self._conditions("looks", data.get("looks", {})),
            messages=self._paths("messages", data.get("messages", [""])) if kind == "json" else (),
            fields=fields,
            roles=self._meanings("roles", ROLES),
            kinds={word: meaning for word, meaning in kinds.items() if word != "*"},
            rules=tuple(self._rule(rule) for rule in self._list("rules")),
            lists=tuple(self._list_of(item) for item in self._list("lists")),
            times=self._times(),
            strip=self._paths("strip", data.get("strip", [])),
            platform=self._text("platform"),
            shop=self._text("shop"),
            other_kind=kinds.get("*"),
            html=data.get("html") is True,
            nearest=data.get("nearest") is True,
            whole=data.get("whole") is True,
            fallback=data.get("fallback") is True,
            accounts=data.get("accounts") is True,
        )

    def _wrong(self, key: str, text: str) -> None:
        start = re.compile(rf"\s*(?:\[+\s*{re.escape(key)}\b|{re.escape(key)}\s*=)")
        line = next((number for number, line in enumerate(self._lines, 1) if start.match(line)), None)
        self.problems.append(Problem(Place(str(self._path), line), key, text))

    def _text(self, key: str) -> str | None:
        value = self._data.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._wrong(key, "应是一段文字，如 \"淘宝\"")
        return None

    def _name(self) -> str:
        name = self._data.get("name", self._path.stem.lower())
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
        if "name" in self._data:
            self._wrong("name", "只能用小写字母、数字和连字符，如 \"my-export\"")
        return "map"

    def _word(self, key: str, words: Sequence[str]) -> str | None:
        value = self._data.get(key)
        if value in words:
            return str(value)
        self._wrong(key, f"应是 {'、'.join(words)} 之一")
        return None

    def _list(self, key: str) -> list[Any]:
        value = self._data.get(key, [])
        if isinstance(value, list):
            return value
        self._wrong(key, "应是一个列表，写成 [ … ]")
        return []

    def _paths(self, key: str, value: Any) -> tuple[str, ...]:
        """One path or a list of them."""
        paths = [value] if isinstance(value, str) else value
        if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
            return tuple(paths)
        self._wrong(key, "应是文字，或文字的列表，如 [\"时间\", \"发送时间\"]")
        return ()

    def _fields(self) -> dict[str, Choice]:
        found: dict[str, Choice] = {}
        for name, value in self._table("fields").items():
            if name not in FIELDS:
                self._wrong(name, f"没有「{name}」这个字段；可用的有：{'、'.join(FIELDS)}")
            elif isinstance(value, dict):
                by_role = {role: self._paths(name, paths) for role, paths in value.items() if role in ROLES}
                if len(by_role) != len(value):
                    self._wrong(name, f"按角色写时，键应是 {'、'.join(ROLES)}")
                found[name] = Choice((), by_role)
            else:
                found[name] = Choice(self._paths(name, value))
        return found

    def _table(self, key: str) -> Mapping[str, Any]:
        value = self._data.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(key, f"应是一张表，写成 [{key}]")
        return {}

    def _meanings(self, key: str, allowed: Sequence[str], others: str | None = None) -> dict[str, str]:
        """Word -> meaning, from the table meaning -> words; ``others`` is the key of the meaning of all other words."""
        found: dict[str, str] = {}
        for meaning, words in self._table(key).items():
            if meaning == others and words in allowed:
                found[meaning] = words
                continue
            if meaning not in allowed:
                self._wrong(meaning, f"[{key}] 里没有「{meaning}」；可用的有：{'、'.join(allowed)}")
                continue
            for word in words if isinstance(words, list) else [words]:
                text = str(word).lower() if isinstance(word, bool) else str(word)
                if found.setdefault(text, meaning) != meaning:
                    self._wrong(meaning, f"「{text}」既是 {found[text]} 又是 {meaning}")
        return found

    def _rule(self, rule: Any) -> Rule:
        if not isinstance(rule, dict) or not isinstance(rule.get("when"), dict):
            self._wrong("rules", "每条都要有 when，如 when = { sender = \"*:*\" }")
            return Rule((), {})
        sets = {key: value for key, value in rule.items() if key != "when"}
        for key, value in sets.items():
            allowed = _RULE_SETS.get(key)
            if allowed is None or not isinstance(value, str) or (allowed and value not in allowed):
                choice = f"{key} 应是 {'、'.join(allowed)} 之一" if allowed else "能设的有：role、kind、text、reject"
                self._wrong("rules", f"「{key} = {value}」不对：{choice}")
        return Rule(self._conditions("rules", rule["when"]), sets)

    def _conditions(self, key: str, value: Any) -> tuple[Condition, ...]:
        try:
            return read_conditions(value)
        except ValueError as error:
            self._wrong(key, str(error))
            return ()

    def _list_of(self, item: Any) -> ListOf:
        keys = ("name", "at", "key", "of")
        if isinstance(item, dict) and set(item) == set(keys) and all(isinstance(item[key], str) for key in keys):
            return ListOf(*(item[key] for key in keys))
        self._wrong("lists", f"每条要有 {'、'.join(keys)} 四个键")
        return ListOf("", "", "", "")

    def _times(self) -> tuple[str, ...]:
        forms = self._paths("times", self._data.get("times", []))
        for form in forms:
            if form not in _EPOCHS and "%" not in form:
                self._wrong("times", f"「{form}」不对：应是 {'、'.join(_EPOCHS)}，或 %d/%m/%Y %H:%M 这样的写法")
        return forms
