"""By an export map, from one message as the export has it to values in the order of FIELDS."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from auditor.readers.columns import ROLES, normal
from auditor.readers.conditions import Condition, as_text
from auditor.readers.exportmap import Choice, ExportMap
from auditor.readers.records import FIELDS, RowError, Values
from auditor.readers.roles import COLON, is_robot

#: Takes what stands at one path out of a message (None: nothing stands there).
Getter: TypeAlias = Callable[[Any], Any]
#: Path -> its getter.
Resolver: TypeAlias = Callable[[str], Getter]

_Condition: TypeAlias = Callable[[Any, Mapping[str, Any]], bool]
UNKNOWN = "角色不认识"
NO_MESSAGE = "不是聊天消息"
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})
#: Epoch numbers below these (the year 2001) count from the start of a call: they are no time of day.
_EPOCHS: Mapping[str, tuple[int, int]] = {
    "epoch-s": (1, 10**9),
    "epoch-ms": (1_000, 10**12),
    "epoch-us": (1_000_000, 10**15),
}


class Interpreter:
    """One map, made ready for one source of messages.

    ``agents``: accounts that the user says are agents; ``others``: the role of an account of which nothing else tells
    the role (None: its message is rejected).
    """

    def __init__(
        self, form: ExportMap, resolve: Resolver, agents: frozenset[str] = frozenset(), others: str | None = None
    ) -> None:
        self._form = form
        self._agents = agents
        self._others = others
        self._needs = [resolve(path) for choice in form.needs for path in choice]
        self._fields = {name: _Picker(choice, resolve) for name, choice in form.fields.items()}
        self._rules = [([_compiled(c, resolve) for c in rule.conditions], rule.sets) for rule in form.rules]
        self._roles = {normal(word): role for word, role in form.roles.items()}
        self._kinds = {normal(word): kind for word, kind in form.kinds.items()}
        self._empty = set(form.fields) if form.own else set[str]()

    @property
    def never_found(self) -> list[tuple[str, Choice]]:
        """Fields of the user's own map that no message had."""
        return [(name, choice) for name, choice in self._form.fields.items() if name in self._empty]

    def values(self, message: Any) -> Values:
        """The message's values. Raises RowError if a rule of the map rejects it, or if it is no message at all."""
        if self._needs and all(getter(message) is None for getter in self._needs):
            raise RowError(NO_MESSAGE, "里面没有消息")
        found: dict[str, Any] = {name: picker.any_role(message) for name, picker in self._fields.items()}
        if self._empty:
            self._empty -= {name for name, picker in self._fields.items() if picker.finds(message)}
        facts = self._facts(message, found)
        if "reject" in facts:
            raise RowError(facts["reject"])
        found["role"] = role = self._role(facts.get("role"), found)
        for name, picker in self._fields.items():
            if name != "role" and picker.by_role:
                found[name] = picker.of_role(role, message)
        found["kind"] = facts.get("kind") or self._kind(found.get("kind"))
        found["text"] = facts["text"] if "text" in facts else self._text(found.get("text"))
        found["time"] = self._time(found.get("time"))
        found["platform"] = found.get("platform") or self._form.platform
        found["shop"] = found.get("shop") or self._form.shop
        for name in ("agent", "customer", "sender"):
            found[name] = self._account(found.get(name))
        return tuple([found.get(name) for name in FIELDS])

    def _facts(self, message: Any, found: Mapping[str, Any]) -> dict[str, str]:
        """What the rules say of a message; of rules that say different things, the first counts."""
        facts: dict[str, str] = {}
        for conditions, sets in self._rules:
            if all(condition(message, found) for condition in conditions):
                for key, value in sets.items():
                    facts.setdefault(key, value)
        return facts

    def _role(self, ruled: str | None, found: Mapping[str, Any]) -> Any:
        """Column or rule first; a robot's account is a robot whatever its column says; else the list of agents."""
        word = as_text(found.get("role"))
        role = ruled or self._roles.get(normal(word)) or ROLES.get(normal(word)) or (word or None)
        sender = as_text(found.get("sender"))
        if not sender or role in {"customer", "system", "robot"}:
            return role
        if sender in self._agents:
            return "agent"
        if is_robot(sender):
            return "robot"
        if role is None and self._form.accounts:
            return self._by_account(sender, found)
        return role

    def _by_account(self, sender: str, found: Mapping[str, Any]) -> str:
        """The role of an account. Raises RowError if it may be anybody's."""
        if COLON.fullmatch(sender):
            return "agent"
        role = "customer" if sender == as_text(found.get("customer")) else self._others
        if role is None:
            raise RowError(UNKNOWN, f"看不出「{sender[:40]}」是客服还是客户，请用 --agents 给出客服账号名单")
        return role

    def _kind(self, word: Any) -> Any:
        text = as_text(word)
        return self._kinds.get(normal(text)) or self._form.other_kind or text if text else None

    def _text(self, value: Any) -> Any:
        return plain_text(value) if self._form.html and isinstance(value, str) else value

    def _time(self, value: Any) -> Any:
        for form in self._form.times:
            read, moment = read_time(value, form)
            if read:
                return moment
        return value

    def _account(self, value: Any) -> Any:
        if isinstance(value, (list, dict)):
            return None
        if isinstance(value, str):
            for prefix in self._form.strip:
                value = value.removeprefix(prefix)
        return value


class _Picker:
    """Takes one field out of a message."""

    def __init__(self, choice: Choice, resolve: Resolver) -> None:
        self._getters = [resolve(path) for path in choice.paths]
        self.by_role = {role: [resolve(path) for path in paths] for role, paths in choice.by_role.items()}

    def any_role(self, message: Any) -> Any:
        """What the field is, whoever speaks."""
        return _first(self._getters, message)

    def finds(self, message: Any) -> bool:
        """Whether something stands at one of its paths, whoever speaks."""
        return any(_first(getters, message) is not None for getters in (self._getters, *self.by_role.values()))

    def of_role(self, role: Any, message: Any) -> Any:
        """What the field is in a message of that role."""
        return _first(self.by_role.get(role, ()), message)


def _first(getters: Sequence[Getter], message: Any) -> Any:
    """The first value that is not blank."""
    for getter in getters:
        value = getter(message)
        if value is not None and value != "":
            return value
    return None


def _compiled(condition: Condition, resolve: Resolver) -> _Condition:
    """The condition for one source of messages; ``@name`` is a field as it was found, before any rule."""
    other = resolve(condition.same_as) if condition.same_as is not None else _nothing
    if condition.path.startswith("@"):
        name = condition.path[1:]
        return lambda message, found: condition.holds(found.get(name), other(message))
    getter = resolve(condition.path)
    return lambda message, _: condition.holds(getter(message), other(message))


def _nothing(message: Any) -> None:
    del message


def looks_right(form: ExportMap, resolve: Resolver, messages: Sequence[Any]) -> float:
    """The share of messages, 0 to 1, that have what the map needs and look as it says."""
    needs = [[resolve(path) for path in choice] for choice in form.needs]
    looks = [_compiled(condition, resolve) for condition in form.looks]
    good = sum(
        all(any(getter(message) is not None for getter in choice) for choice in needs)
        and all(condition(message, {}) for condition in looks)
        for message in messages
    )
    return good / len(messages) if messages else 0.0


def read_time(value: Any, form: str) -> tuple[bool, Any]:
    """(whether ``value`` is written in that form, the time as the general reader of times takes it, or None)."""
    if form in _EPOCHS:
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            return False, None
        divisor, least = _EPOCHS[form]
        if number < least:
            return True, None
        return True, f"{number // divisor}.{number % divisor * 1_000_000 // divisor:06d}"
    try:
        moment = datetime.strptime(value.strip(), form)
    except (AttributeError, ValueError):
        return False, None
    if "%Y" in form or "%y" in form:
        return True, moment.isoformat()
    return True, moment.strftime("%H:%M:%S")


def plain_text(text: str) -> str:
    """HTML as a customer sees it: line breaks, no tags, no entities; ``[图片]`` where a picture was."""
    if "<" in text:
        text = _TAG.sub(_untagged, text).strip("\n")
    # Editors write every second blank as one that does not break lines.
    return html.unescape(text).replace("\xa0", " ") if "&" in text else text


def _untagged(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    if name == "img":
        return "[图片]"
    return "\n" if name in _BREAKS and (name == "br" or tag[1]) else ""
