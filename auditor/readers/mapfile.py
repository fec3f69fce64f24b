"""The TOML file of an export map -> the map, or every mistake in it with its line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from auditor import tomlplace
from auditor.chat import Kind, Role
from auditor.errors import AuditorError, Place, Problem, reason
from auditor.readers.columns import COLUMNS, normal
from auditor.readers.columns import KINDS as KIND_WORDS
from auditor.readers.columns import ROLES as ROLE_WORDS
from auditor.readers.conditions import Condition, read_conditions
from auditor.readers.exportmap import Choice, ExportMap, ListOf, Rule
from auditor.readers.records import FIELDS

FOLDER = Path(__file__).parent / "formats"
KINDS_OF_FILE = ("json", "table")
ROLES = tuple(role.value for role in Role)
KINDS = tuple(kind.value for kind in Kind)
#: What a rule may set, and to which words (none: any text).
_RULE_SETS: Mapping[str, Sequence[str]] = {"role": ROLES, "kind": KINDS, "text": (), "reject": ()}
_SWITCHES = ("html", "nearest", "whole", "fallback", "accounts")
_KEYS = (
    *("name", "title", "kind", "platform", "shop", "needs", "looks", "messages", "carry", "strip", "times"),
    *("lists", "fields", "roles", "kinds", "rules", *_SWITCHES),
)
#: Keys that mean nothing in a table.
_JSON_ONLY = ("messages", "carry", "whole", "nearest", "lists")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_EPOCHS = ("epoch-s", "epoch-ms", "epoch-us")
_FAILED = "列名对照表有错，没有开始读："

_Path = tuple[str | int, ...]


@cache
def built_in() -> tuple[ExportMap, ...]:
    """The maps that come with the program, by name of file. Raises AuditorError if one is wrong."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))


def load_own(path: Path) -> ExportMap:
    """A map that the user wrote. Raises AuditorError with every problem of the file."""
    return replace(load(path), own=True)


def load(path: Path) -> ExportMap:
    """The map in a TOML file. Raises AuditorError with every problem of the file."""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError as error:
        raise AuditorError(f"找不到列名对照表「{path}」，请检查 --from 后面的路径。") from error
    except OSError as error:
        raise AuditorError(f"列名对照表「{path}」打不开（{reason(error)}），请检查文件权限。") from error
    except UnicodeDecodeError as error:
        raise AuditorError(f"列名对照表「{path}」不是 UTF-8 编码，请另存为 UTF-8。") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AuditorError(_FAILED, [_not_toml(path, text, str(error))]) from error
    checker = _Checker(path, text, data)
    found = checker.map()
    if checker.problems:
        raise AuditorError(_FAILED, sorted(checker.problems, key=Problem.order))
    return found


def _not_toml(path: Path, text: str, error: str) -> Problem:
    place = re.search(r"at line (\d+), column (\d+)", error)
    line = int(place[1]) if place else None
    where = f"第 {place[2]} 个字附近" if place else "文件末尾"
    said = "文字要放在英文引号 \" 里，逗号、等号、括号要用英文的，同一个键只能写一次"
    if line is not None and re.match(r"\s*[\w]*[^\x00-\x7f]", text.splitlines()[line - 1].partition("=")[0]):
        said = "等号左边要写 text、customer 这样的英文名；非写中文不可的（when 里的列名）要加英文引号"
    return Problem(Place(str(path), line), "", f"TOML 写错了（{where}）：{said}")


def _nearest(word: str, allowed: Iterable[str], meanings: Mapping[str, str] | None = None) -> str:
    """「，是不是想写「x」？」 or nothing. ``meanings``: what people call the allowed words."""
    meant = (meanings or {}).get(normal(word))
    close = [meant] if meant in set(allowed) else difflib.get_close_matches(word.lower(), list(allowed), 1, 0.6)
    return f"，是不是想写「{close[0]}」？" if close else ""


class _Checker:
    """Turns the TOML data into a map and collects what is wrong with it."""

    def __init__(self, path: Path, text: str, data: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._places = tomlplace.places(text)
        self._data = data

    def map(self) -> ExportMap:
        """The map; worth something only if no problem was found."""
        data = self._data
        for key in sorted(set(data) - set(_KEYS)):
            hint = _nearest(key, _KEYS)
            self._wrong((key,), f"没有这个键{hint or '；可用的有：' + '、'.join(_KEYS)}")
        kind = self._kind_of_file()
        fields = self._fields()
        kinds = self._meanings("kinds", KINDS, KIND_WORDS, others="*")
        switches = {key: self._switch(key) for key in _SWITCHES}
        return ExportMap(
            name=self._name(),
            title=self._text("title") or self._path.stem,
            kind=kind,
            needs=tuple(self._paths(("needs",), need) for need in self._list("needs")),
            looks=self._conditions(("looks",), data.get("looks", {})),
            messages=self._paths(("messages",), data.get("messages", [""])) if kind == "json" else (),
            fields=fields,
            roles=self._meanings("roles", ROLES, ROLE_WORDS),
            kinds={word: meaning for word, meaning in kinds.items() if word != "*"},
            rules=tuple(self._rule(at, rule) for at, rule in enumerate(self._list("rules"))),
            lists=tuple(self._list_of(at, item) for at, item in enumerate(self._list("lists"))),
            times=self._times(),
            strip=self._paths(("strip",), data.get("strip", [])),
            carry=self._paths(("carry",), data.get("carry", [])),
            platform=self._text("platform"),
            shop=self._text("shop"),
            other_kind=kinds.get("*"),
            **switches,
        )

    def _wrong(self, path: _Path, text: str) -> None:
        """Enter a problem at the line of a key; ``path`` leads there from the top of the file."""
        shown = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
        line = tomlplace.line_of(self._places, path)
        self.problems.append(Problem(Place(str(self._path), line), shown, text))

    def _text(self, key: str) -> str | None:
        value = self._data.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._wrong((key,), "应是一段文字，如 \"淘宝\"")
        return None

    def _switch(self, key: str) -> bool:
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            self._wrong((key,), "应写 true 或 false，不加引号")
        return value is True

    def _name(self) -> str:
        name = self._data.get("name", self._path.stem.lower())
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
        if "name" in self._data:
            self._wrong(("name",), "只能用小写字母、数字和连字符，如 \"my-export\"")
        return "map"

    def _kind_of_file(self) -> str:
        value = self._data.get("kind")
        if value not in KINDS_OF_FILE:
            self._wrong(("kind",), "要写 kind = \"table\"（CSV、Excel 等表格）或 kind = \"json\"")
            return "table"
        for key in _JSON_ONLY if value == "table" else ():
            if key in self._data:
                self._wrong((key,), "只有 kind = \"json\" 才用得上，表格请删掉它")
        return str(value)

    def _list(self, key: str) -> list[Any]:
        value = self._data.get(key, [])
        if isinstance(value, list):
            return value
        self._wrong((key,), f"应写成 [[{key}]]" if key in ("rules", "lists") else "应是一个列表，写成 [ … ]")
        return []

    def _paths(self, key: _Path, value: Any) -> tuple[str, ...]:
        """One path or a list of them."""
        paths = [value] if isinstance(value, str) else value
        if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
            return tuple(paths)
        self._wrong(key, "应是文字，或文字的列表，如 [\"时间\", \"发送时间\"]")
        return ()

    def _fields(self) -> dict[str, Choice]:
        found: dict[str, Choice] = {}
        for name, value in self._table("fields").items():
            key = "fields", name
            if name not in FIELDS:
                hint = _nearest(name, FIELDS, COLUMNS)
                self._wrong(key, f"没有这个字段{hint or '；可用的有：' + '、'.join(FIELDS)}")
            elif isinstance(value, dict):
                for role in sorted(set(value) - set(ROLES)):
                    self._wrong(key, f"没有「{role}」这个角色{_nearest(role, ROLES, ROLE_WORDS)}")
                found[name] = Choice((), {r: self._paths(key, paths) for r, paths in value.items() if r in ROLES})
            else:
                found[name] = Choice(self._paths(key, value))
        if "text" not in found:
            self._wrong(("fields",), "缺少 text（消息内容在哪一列、哪个键）")
        return found

    def _table(self, key: str) -> Mapping[str, Any]:
        value = self._data.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong((key,), f"应是一张表，写成 [{key}]")
        return {}

    def _meanings(
        self, key: str, allowed: Sequence[str], usual: Mapping[str, str], others: str | None = None
    ) -> dict[str, str]:
        """Word -> meaning, from the table meaning -> words; ``others`` is the key of the meaning of all other words."""
        found: dict[str, str] = {}
        for meaning, words in self._table(key).items():
            place = key, meaning
            if meaning == others:
                if words not in allowed:
                    self._wrong(place, f"应是 {'、'.join(allowed)} 之一{_nearest(str(words), allowed, usual)}")
                found[meaning] = str(words)
                continue
            if meaning not in allowed:
                hint = _nearest(meaning, allowed, usual)
                text = f"等号左边写意思，右边写导出里的词；没有「{meaning}」这个意思"
                self._wrong(place, f"{text}{hint or '；可用的有：' + '、'.join(allowed)}")
                continue
            for word in words if isinstance(words, list) else [words]:
                text = str(word).lower() if isinstance(word, bool) else str(word)
                if found.setdefault(text, meaning) != meaning:
                    self._wrong(place, f"「{text}」既是 {found[text]} 又是 {meaning}")
        return found

    def _rule(self, at: int, rule: Any) -> Rule:
        key = "rules", at
        if not isinstance(rule, dict) or not isinstance(rule.get("when"), dict):
            self._wrong(key, "每条都要有 when，如 when = { \"发送人\" = \"*:*\" }")
            return Rule((), {})
        sets = {name: value for name, value in rule.items() if name != "when"}
        if not sets:
            self._wrong(key, "没有写满足条件时怎样：role、kind、text、reject 至少要有一个")
        for name, value in sets.items():
            allowed = _RULE_SETS.get(name)
            if allowed is None:
                hint = _nearest(name, [*_RULE_SETS, "when"])
                self._wrong((*key, name), f"没有这一项{hint or '；能写的有：when、role、kind、text、reject'}")
            elif not isinstance(value, str):
                self._wrong((*key, name), "应是一段文字")
            elif allowed and value not in allowed:
                usual = ROLE_WORDS if name == "role" else KIND_WORDS
                hint = _nearest(value, allowed, usual)
                self._wrong((*key, name), f"没有「{value}」{hint or '；可用的有：' + '、'.join(allowed)}")
        return Rule(self._conditions((*key, "when"), rule["when"]), sets)

    def _conditions(self, key: _Path, value: Any) -> tuple[Condition, ...]:
        try:
            found = read_conditions(value)
        except ValueError as error:
            self._wrong(key, str(error))
            return ()
        for condition in found:
            name = condition.path.removeprefix("@")
            if condition.path.startswith("@") and name not in FIELDS:
                self._wrong(key, f"@ 后面应是字段名，没有「{name}」{_nearest(name, FIELDS, COLUMNS)}")
        return found

    def _list_of(self, at: int, item: Any) -> ListOf:
        keys = ("name", "at", "key", "of")
        if isinstance(item, dict) and set(item) == set(keys) and all(isinstance(item[key], str) for key in keys):
            return ListOf(*(item[key] for key in keys))
        self._wrong(("lists", at), f"每条要有 {'、'.join(keys)} 四个键，都是文字")
        return ListOf("", "", "", "")

    def _times(self) -> tuple[str, ...]:
        forms = self._paths(("times",), self._data.get("times", []))
        for form in forms:
            if form not in _EPOCHS and not _is_pattern(form):
                shown = f"{'、'.join(_EPOCHS)}，或 %d/%m/%Y %H:%M 这样的写法"
                self._wrong(("times",), f"「{form}」不对，应是 {shown}{_nearest(form, _EPOCHS)}")
        return forms


def _is_pattern(form: str) -> bool:
    """Whether a time can be written and read by it."""
    if "%" not in form:
        return False
    try:
        datetime.strptime(datetime(2026, 11, 16, 9).strftime(form), form)
    except ValueError:
        return False
    return True
