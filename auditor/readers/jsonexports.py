"""JSON exports of platforms and tools (and the XML that some give instead), each read by its map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.readers.conditions import as_text
from auditor.readers.encoding import Encoding
from auditor.readers.exportmap import ExportMap, ListOf
from auditor.readers.interpret import NO_MESSAGE, Getter, Interpreter, Resolver, looks_right
from auditor.readers.jsonpath import Route, item_starts, route, taker, value_at
from auditor.readers.jsonvalues import BAD_JSON, Value, head_values, values
from auditor.readers.options import Options
from auditor.readers.records import FIELDS, Entries, Entry, Note, Record, RowError, Spoilt
from auditor.readers.source import Source
from auditor.readers.xmlvalues import is_xml, xml_head, xml_values

#: Messages looked at to tell what a file is, and the share of them that must be as the map says.
_SAMPLE = 200
_LEAST_SHARE = 0.5
#: The score where half of the messages are, and where all of them are.
_LIKELY, _CERTAIN = 0.75, 0.95
_CONVERSATION = FIELDS.index("conversation")
_TIME = FIELDS.index("time")


class _Found(NamedTuple):
    """A message, the objects around it (innermost first), and the items that the lists beside it name.

    ``carried``: by path, what stands in an earlier message and holds here; ``is_heading``: it holds nothing else.
    """

    message: Any
    around: tuple[Mapping[str, Any], ...]
    named: Mapping[str, Mapping[str, Any]]
    carried: Mapping[str, Any]
    is_heading: bool = False


class _Group(NamedTuple):
    """The messages that one route leads to in one list."""

    messages: Sequence[Any]
    around: tuple[Mapping[str, Any], ...]


def score(form: ExportMap, source: Source) -> float:
    """How sure it is that a file is this export, 0 to 1, by its first messages."""
    values = _head(source, source.encoding)
    sample = [found for value in values for found in _messages(form, value) if not found.is_heading][:_SAMPLE]
    share = looks_right(form, _resolver(form), sample)
    if share < _LEAST_SHARE:
        return 0.0
    return _LIKELY + (_CERTAIN - _LIKELY) * (share - _LEAST_SHARE) / (1 - _LEAST_SHARE)


@lru_cache(maxsize=2)  # every map looks at the same values
def _head(source: Source, encoding: Encoding) -> list[Any]:
    """The first values of a JSON text, as far as its first block goes; none if it is no JSON."""
    text = source.head[encoding.skip :].decode(encoding.codec, "replace")
    return head_values(text) or xml_head(text)


def read(form: ExportMap, source: Source, options: Options) -> Entries:
    """The messages of a file by the map. Raises RefusedError where it cannot be read any further."""
    interpreter = Interpreter(form, _resolver(form), options.agents)
    found = _entries(form, interpreter, xml_values(source) if is_xml(source.opening) else values(source))
    yield from _attached(found) if form.nearest else found
    for name, choice in interpreter.never_found:
        yield Note(None, f"列名对照表里 {name} 写的 {'、'.join(choice.every)}，整个文件里一处也没有，请检查写法。")


def _entries(form: ExportMap, interpreter: Interpreter, found: Iterator[Value | Spoilt]) -> Iterator[Entry]:
    routes = [route(text) for text in form.messages]
    own = 0
    for item in found:
        if isinstance(item, Spoilt):
            yield item
            continue
        if not isinstance(item.value, dict):
            yield Spoilt(item.line, BAD_JSON, "不是一个对象（{…}）", item.raw)
            continue
        path, groups = _groups(routes, item.value)
        if not any(group.messages for group in groups):
            yield Spoilt(item.line, "空会话" if groups else NO_MESSAGE, "里面没有消息", item.raw)
            continue
        lines = _lines(item, path)
        for group in groups:
            own += 1
            number = own if form.whole else None
            for at, (found_message, line) in enumerate(zip(_of_group(form, group), lines, strict=False), 1):
                if not found_message.is_heading:
                    yield _entry(interpreter, found_message, line, at, number)


def _entry(interpreter: Interpreter, found: _Found, line: int, at: int, own: int | None) -> Entry:
    if not isinstance(found.message, dict):
        return Spoilt(line, BAD_JSON, f"第 {at} 条消息不是一个对象（{{…}}）", str(found.message))
    try:
        return Record(line, interpreter.values(found), found.message, own=own)
    except RowError as error:
        return Spoilt(line, error.category, error.detail, found.message)


def _lines(item: Value, path: Route) -> Iterator[int]:
    """The line of each message of a value; endless where all of it stands in one line."""
    yield from item.lines
    if item.lines or "\n" not in item.raw:
        while True:
            yield item.line
    line, last = item.line, 0
    for start in item_starts(item.raw, path):
        line, last = line + item.raw.count("\n", last, start), start
        yield line
    while True:  # a key that JSON text escapes is not found again: the last line known is near enough
        yield line


def _messages(form: ExportMap, value: Any) -> Iterator[_Found]:
    if isinstance(value, dict):
        for group in _groups([route(text) for text in form.messages], value)[1]:
            yield from _of_group(form, group)


def _groups(routes: Sequence[Route], value: Mapping[str, Any]) -> tuple[Route, list[_Group]]:
    """The first route that leads to something, and what it leads to."""
    for path in routes:
        groups = list(_walk(value, path, ()))
        if groups:
            return path, groups
    return (), []


def _walk(value: Any, path: Route, around: tuple[Mapping[str, Any], ...]) -> Iterator[_Group]:
    if not path:
        yield _Group([value], around)
        return
    if not isinstance(value, dict):
        return
    (key, many), *rest = path
    inner, around = value.get(key), (value, *around)
    if many and isinstance(inner, list):
        if not rest:
            yield _Group(inner, around)
        for item in inner if rest else ():
            yield from _walk(item, tuple(rest), around)
    elif not many and isinstance(inner, dict):
        yield from _walk(inner, tuple(rest), around)


def _of_group(form: ExportMap, group: _Group) -> Iterator[_Found]:
    indices = [(item, _index(item, group.around)) for item in form.lists]
    carried: dict[str, Any] = {}
    text = form.fields["text"].every
    for message in group.messages:
        named = {item.name: index.get(as_text(value_at(message, item.of)), {}) for item, index in indices}
        own = {path: value for path in form.carry if (value := value_at(message, path)) not in (None, "")}
        carried = {**carried, **own} if own else carried
        is_heading = bool(own) and not any(as_text(value_at(message, path)) for path in text)
        yield _Found(message, group.around, named, carried, is_heading)


def _index(item: ListOf, around: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    found = next((value for outer in around if isinstance(value := value_at(outer, item.at), list)), [])
    return {as_text(value_at(entry, item.key)): entry for entry in found if isinstance(entry, dict)}


def _resolver(form: ExportMap) -> Resolver:
    """Paths of JSON messages: ``a.b.0``; ``^a`` is looked for in the objects around, innermost first."""
    names = frozenset(item.name for item in form.lists)

    def resolve(path: str) -> Getter:
        if path.startswith("^"):
            return lambda found: _outer(found.around, path[1:])
        if path in form.carry:
            return lambda found: found.carried.get(path)
        name, _, rest = path.partition(".")
        if name in names:
            return lambda found: value_at(found.named[name], rest)
        take = taker(path)
        return lambda found: take(found.message)

    return resolve


def _outer(around: Sequence[Mapping[str, Any]], path: str) -> Any:
    return next((value for outer in around if (value := value_at(outer, path)) is not None), None)


def _attached(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Messages without a conversation go to the nearest message, by time or else by place, that has one."""
    before: Record | None = None
    waiting: list[Entry] = []
    for entry in entries:
        if not isinstance(entry, Record) or entry.values[_CONVERSATION] is None:
            waiting.append(entry)
            continue
        yield from (_joined(item, before, entry) for item in waiting)
        yield entry
        before, waiting = entry, []
    yield from (_joined(item, before, None) for item in waiting)


def _joined(entry: Entry, before: Record | None, after: Record | None) -> Entry:
    if not isinstance(entry, Record):
        return entry
    nearest = before or after
    if before is not None and after is not None:
        gaps = [_gap(entry, other) for other in (before, after)]
        nearest = after if gaps[1] < gaps[0] else before
    if nearest is None:
        return entry
    values = list(entry.values)
    values[_CONVERSATION] = nearest.values[_CONVERSATION]
    return entry._replace(values=tuple(values))


def _gap(one: Record, other: Record) -> float:
    try:
        return abs(float(one.values[_TIME]) - float(other.values[_TIME]))
    except (TypeError, ValueError):
        return 0.0
