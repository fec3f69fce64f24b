"""Chats in which a head (who, when) stands above the words: what is common to all grammars of that make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from auditor.chat import Role
from auditor.readers.records import Entries, Entry, Note, Spoilt
from auditor.readers.roles import Cast, Casting
from auditor.readers.source import BadLine, Line, Source
from auditor.readers.utterance import ORPHAN, Stage, Utterance, records

_NUMBERS = re.compile(r"\d+")
_Tidy = Callable[[list[str], str], list[str]]
_QUOTED = "这一行起像消息头，但时间比上一条早，当作转发的聊天记录，没有当作新消息审。"


class Head(NamedTuple):
    """A head: sender and time as written, the receiver if named, words on the same line, how many lines it takes."""

    sender: str
    time: str
    receiver: str | None = None
    first: str | None = None
    lines: int = 1


class Mark(NamedTuple):
    """A line of the export's own. ``parts``: it divides conversations; ``customer``: it names the customer."""

    parts: bool = False
    customer: str | None = None


@dataclass(frozen=True)
class Grammar:
    """A grammar: how a head and the export's own lines look, who is who, the platform.

    ``head`` sees a line and the one below it. ``sorted``: the export is in order of time throughout, so that an
    earlier head inside it is quoted from another chat. ``body`` tidies the lines of a message of that role.
    """

    head: Callable[[str, str], Head | None]
    mark: Callable[[str], Mark | None]
    cast: Cast
    platform: str | None = None
    sorted: bool = False
    body: _Tidy | None = None


#: What the cutter finds: a message, an entry that is ready, or a mark.
_Found = Utterance | Entry | Mark


@dataclass
class _Cutter:
    """Cuts lines into messages; holds one back until the next head shows that it was a head indeed."""

    grammar: Grammar
    casting: Casting | None
    held: Utterance | None = None
    open: Utterance | None = None
    own: int | None = None
    lost: bool = True

    def cut(self, lines: Iterator[Line]) -> Iterator[_Found]:
        """The messages of the lines, in order."""
        ahead = next(lines, None)
        while ahead is not None:
            (number, line), ahead = ahead, next(lines, None)
            if isinstance(line, BadLine):
                yield from self._close()
                self.lost = True
                yield Spoilt(number, line.category, line.detail, line.raw)
                continue
            below = ahead[1] if ahead is not None and isinstance(ahead[1], str) else ""
            line = line.rstrip("\r\t ")
            mark = self.grammar.mark(line)
            if mark is not None:
                yield from self._close()
                self.lost = True
                self.own = (self.own or 0) + 1 if mark.parts else self.own
                yield mark
                continue
            head = self.grammar.head(line, below.rstrip("\r\t "))
            if head is not None:
                if head.lines == 2:
                    ahead = next(lines, None)
                yield from self._begin(number, line, head)
            elif self.open is not None and not self.lost:
                self.open.lines.append(line)
            elif line.strip():
                yield Spoilt(number, ORPHAN, "", line)
        yield from self._close()

    def _begin(self, number: int, line: str, head: Head) -> Iterator[_Found]:
        body = number + (head.lines if head.first is None else 0)
        said = Utterance(number, head.sender, head.time, line, body, own=self.own, customer=head.receiver)
        if head.first is not None:
            said.lines.append(head.first)
        if self.open is not None and self._is_quoted(self.open, said):
            if self.open.quoted is None:
                self.open.quoted = len(self.open.lines)
                yield Note(number, _QUOTED)
            self.open.lines.append(line)
        elif self.held and self.open and self._is_false(self.held, self.open, said):
            self.held.lines += [self.open.head, *self.open.lines]
            self.open = said
        else:
            if self.held is not None:
                yield self.held
            self.held, self.open, self.lost = self.open, said, False

    def _is_quoted(self, before: Utterance, said: Utterance) -> bool:
        """Whether a head that goes back in time is part of a forwarded chat."""
        return self.grammar.sorted and _moment(said.time) < _moment(before.time)

    def _is_false(self, before: Utterance, middle: Utterance, after: Utterance) -> bool:
        """Whether the middle one is a line such as 预计送达 2026-11-18 12:00:00: out of order, from nobody we know."""
        if self.casting is None or middle.customer is not None:
            return False
        in_order = _moment(before.time) <= _moment(after.time) < _moment(middle.time)
        return in_order and not self.casting.spoke_again(middle.sender) and ":" not in middle.sender

    def _close(self) -> Iterator[Utterance]:
        """Hand over what is open."""
        for said in (self.held, self.open):
            if said is not None:
                yield said
        self.held = self.open = None


def _moment(time: str | None) -> list[int]:
    """A written time to compare by: year, month, day, hour, minute, second."""
    found = [int(number) for number in _NUMBERS.findall(time or "")]
    if time and found[3:] and (half := time[-2:].upper()) in {"AM", "PM"}:
        found[3] = found[3] % 12 + (12 if half == "PM" else 0)
    return found


def read_heads(source: Source, grammar: Grammar) -> Entries:
    """The entries of a chat in that grammar. Reads the file twice: first for who talks in it."""
    if grammar.sorted and _newest_first(count_heads(source, grammar.head)):
        grammar = replace(grammar, sorted=False)
    casting = _casting(source, grammar)
    cast, block = casting.cast, 0
    for found in _Cutter(grammar, casting).cut(source.lines()):
        if isinstance(found, Mark):
            if found.customer is not None:
                block += 1
                cast = replace(cast, customer=found.customer if casting.spoke_in(block, found.customer) else None)
        elif isinstance(found, Utterance):
            if grammar.body is not None:
                found.lines = grammar.body(found.lines, cast.role(found.sender))
            if found.customer is None or cast.role(found.customer) != Role.CUSTOMER.value:
                found.customer = cast.customer
            unsure = cast.customer is None and casting.unsure(found.own, block)
            yield from records(found, Stage(cast, grammar.platform, casting.knows, unsure))
        else:
            yield found


def _newest_first(heads: list[Head]) -> bool:
    """Whether most heads are earlier than the one above."""
    steps = [(_moment(one.time), _moment(next_one.time)) for one, next_one in pairwise(heads)]
    return sum(one > next_one for one, next_one in steps) > sum(one < next_one for one, next_one in steps)


def _casting(source: Source, grammar: Grammar) -> Casting:
    """Who talks in the file."""
    casting, block = Casting(grammar.cast), 0
    for found in _Cutter(grammar, None).cut(source.lines(report=False)):
        if isinstance(found, Mark):
            block += found.customer is not None
        elif isinstance(found, Utterance):
            casting.see(found.sender, found.own, block)
    return casting


def no_mark(_line: str) -> None:
    """For exports without lines of their own."""


def count_heads(source: Source, head: Callable[[str, str], Head | None]) -> list[Head]:
    """The heads among the first lines of a file."""
    lines = [line.rstrip("\r\t ") if isinstance(line, str) else "" for _, line in source.head_lines()]
    found, skip = list[Head](), 0
    for line, below in pairwise([*lines, ""]):
        if skip:
            skip -= 1
        elif found_head := head(line, below):
            found.append(found_head)
            skip = found_head.lines - 1
    return found
