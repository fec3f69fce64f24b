"""XML answers of platforms' interfaces as the values that their JSON answers would be, so that one map reads both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from xml.parsers import expat

from auditor.readers.jsonvalues import MAX_ARRAY, Value
from auditor.readers.records import RefusedError, Spoilt
from auditor.readers.source import BadLine, Source

_BROKEN = "XML 没有写完或写坏了，后面的内容读不了，请重新导出。"
#: Characters of a text that are looked at to tell what it is.
_HEAD_LENGTH = 1 << 17


def is_xml(opening: str) -> bool:
    """Whether a text that opens so is the XML answer of an interface, rather than a web page."""
    return opening.startswith("<?xml") or opening.partition(">")[0].rstrip("/").endswith("_response")


def xml_values(source: Source) -> Iterator[Value | Spoilt]:
    """The one value of an XML text. Raises RefusedError if it is too large, declares entities or breaks off."""
    if source.size > MAX_ARRAY:
        raise RefusedError(f"整个文件是一份 XML，超过了 {MAX_ARRAY >> 20} MB，请分几次导出。")
    lines = []
    for number, line in source.lines(MAX_ARRAY):
        if isinstance(line, BadLine):
            yield Spoilt(number, line.category, line.detail, line.raw)
        lines.append("" if isinstance(line, BadLine) else line)
    tree = _Tree()
    tree.feed("\n".join(lines), whole=True)
    yield Value(1, 1, tree.value, json.dumps(tree.value, ensure_ascii=False), tuple(tree.lines))


def xml_head(text: str) -> list[Any]:
    """The value of the beginning of an XML text, as far as it goes; nothing if it is no such text."""
    text = text.lstrip("\ufeff \t\r\n")
    if not is_xml(text):
        return []
    tree = _Tree()
    with suppress(RefusedError):  # whoever reads it says why
        tree.feed(text[:_HEAD_LENGTH], whole=False)
    return [tree.value] if tree.value else []


class _Element(NamedTuple):
    tag: str
    content: dict[str, Any]
    listed: bool


class _Tree:
    """Elements as dictionaries; ``<msgs><msg/><msg/></msgs>``, a plural of one thing, holds a list.

    ``lines``: the line of each element of the outermost lists.
    """

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.lines: list[int] = []
        self._open = [_Element("", self.value, False)]
        self._words: list[str] = []
        # What the declaration says of the encoding no longer holds: the text has been decoded.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._words.append
        self._parser.StartDoctypeDeclHandler = _refuse

    def feed(self, text: str, whole: bool) -> None:
        """Take a text. Raises RefusedError if it is no XML, or if it is to be ``whole`` and is not."""
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), whole)
        except expat.ExpatError as error:
            raise RefusedError(_BROKEN, error.lineno) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        del attributes
        self._words.clear()
        above = self._open[-1]
        element = _Element(tag, {}, above.tag == f"{tag}s")
        if not element.listed:
            above.content[tag] = element.content
        else:
            above.content.setdefault(tag, []).append(element.content)
            if not any(outer.listed for outer in self._open):
                self.lines.append(self._parser.CurrentLineNumber)
        self._open.append(element)

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        if not element.content:
            above, text = self._open[-1].content, "".join(self._words)
            if element.listed:
                above[tag][-1] = text
            else:
                above[tag] = text
        self._words.clear()


def _refuse(*_declared: Any) -> None:
    raise RefusedError("XML 里有 DOCTYPE 声明，正常的接口返回不会有，可能是恶意文件，没有读取。")
