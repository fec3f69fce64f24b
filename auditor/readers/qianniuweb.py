"""千牛's web page, and 赤兔 tables that hold it in a cell: a date, then time, words, and the sender last of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from auditor.readers.columns import COLUMNS, normal
from auditor.readers.delimited import DELIMITERS
from auditor.readers.options import Options
from auditor.readers.records import Entries, Note, Record, RefusedError, Spoilt
from auditor.readers.roles import COLON, Cast, Casting
from auditor.readers.source import BadLine, Line, Source
from auditor.readers.splitter import Splitter, cells_of
from auditor.readers.tables import HEADER_WITHIN
from auditor.readers.utterance import ORPHAN, Stage, Utterance, records

NO_SENDER = "看不出是谁发的"
PLATFORM = "taobao"
_TIME = re.compile(r"\d{1,2}:\d\d:\d\d", re.ASCII)
_DATE = re.compile(
    r"(?:(?:19|20)\d\d\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}\s*日?|今天|昨天|前天)(?:\s*(?:星期|周)[一二三四五六日天])?",
    re.ASCII,
)
_FURNITURE = re.compile(r"没有更多内容了|加载更多|查看更多(?:消息|记录)")
#: Lines of one table cell: a long chat with one buyer.
_MOST_LINES = 20_000
_CHAT_TEXT = frozenset(map(normal, ("chat_text", "聊天文本", "聊天记录全文", "聊天全文")))


@dataclass
class _Page:
    """Where we are on the page: the date and the time last seen, and the lines since then.

    ``speaks`` tells whether a line that stands alone under a time may be a sender.
    """

    speaks: Callable[[str], bool]
    date: str | None
    customer: str | None = None
    time: tuple[int, str] | None = None
    block: list[tuple[int, str]] = field(default_factory=list)

    def cut(self, lines: Iterable[Line]) -> Iterator[Utterance | Spoilt]:
        """The messages of these numbered lines."""
        for number, line in lines:
            if isinstance(line, BadLine):
                # It may have been the sender, so nobody can be named for what stands above it.
                yield from (Spoilt(at, NO_SENDER, "", text) for at, text in self._take())
                self.time = None
                yield Spoilt(number, line.category, line.detail, line.raw)
                continue
            line = line.strip("\r\t ")
            if not line or _FURNITURE.fullmatch(line):
                continue
            # A time right below a time is what somebody sent.
            if line[-3:-2] == ":" and _TIME.fullmatch(line) and (self.block or self.time is None):
                yield from self._close()
                self.time = number, line
            else:
                self.block.append((number, line))
        yield from self._close()

    def _take(self) -> list[tuple[int, str]]:
        block, self.block = self.block, []
        return block

    def _close(self) -> Iterator[Utterance | Spoilt]:
        """The message that ends here; dates at its end are those of the next one."""
        block, date = self._take(), self.date
        while block and _DATE.fullmatch(block[-1][1]):
            self.date = block.pop()[1]
        if self.time is None:
            yield from (Spoilt(number, ORPHAN, "", line) for number, line in block)
            return
        number, time = self.time
        self.time = None
        if not block or (len(block) == 1 and not self.speaks(block[0][1])):
            yield Spoilt(number, NO_SENDER, "时间下面应有内容和发送人", "\n".join([time, *(line for _, line in block)]))
            return
        *body, (_, sender) = block
        start = body[0][0] if body else number
        said = Utterance(number, sender, time, time, start, [line for _, line in body], date)
        said.customer = self.customer
        yield said


def score_web(source: Source) -> float:
    """How sure it is that a text was copied from 千牛's web page."""
    said = [found for found in _Page(lambda _: True, None).cut(source.head_lines()) if isinstance(found, Utterance)]
    if not said or _table(source) is not None:
        return 0.0
    accounts = any(COLON.fullmatch(one.sender) for one in said)
    placeholder = any("网页版无法展示" in line for one in said for line in one.lines)
    dated = any(one.date for one in said)
    return 0.4 + 0.4 * accounts + 0.1 * placeholder + 0.05 * dated


def read_web(source: Source, options: Options) -> Entries:
    """The messages of a page of 千牛's chat search. Reads the file twice: first for who talks in it."""
    cast = Cast(options.agents, COLON)
    casting = Casting(cast)
    for found in _Page(lambda _: True, None).cut(source.lines(report=False)):
        if isinstance(found, Utterance) and (found.lines or casting.knows(found.sender)):
            casting.see(found.sender)
    stage = Stage(casting.cast, PLATFORM, casting.knows, casting.unsure())
    for entry in _Page(casting.knows, None).cut(source.lines()):
        yield from records(entry, stage) if isinstance(entry, Utterance) else (entry,)


@dataclass(frozen=True)
class _Table:
    """A 赤兔 heading: its line and delimiter, how many columns, and which of them hold buyer, day and chat."""

    line: int
    delimiter: str
    width: int
    buyer: int
    text: int
    date: int | None

    def is_row(self, cells: list[str]) -> bool:
        """Whether the cells of a line are a row of their own: a day where the day stands."""
        return (
            len(cells) >= self.width and self.date is not None and _DATE.fullmatch(cells[self.date].strip()) is not None
        )


def _table(source: Source) -> _Table | None:
    for number, line in islice(source.head_lines(), HEADER_WITHIN):
        for delimiter in DELIMITERS:
            cells = cells_of(line, delimiter) if isinstance(line, str) else None
            fields = [_field(cell) for cell in cells or ()]
            if "role" not in fields and "time" not in fields and {"customer", "text"} <= set(fields):
                day = fields.index("date") if "date" in fields else None
                at = fields.index("customer"), fields.index("text")
                return _Table(number, delimiter, len(fields), *at, day)
    return None


def _field(heading: str) -> str | None:
    word = normal(heading)
    return "text" if word in _CHAT_TEXT else COLUMNS.get(word)


def score_table(source: Source) -> float:
    """How sure it is that a table holds whole chats in its cells."""
    table = _table(source)
    if table is None:
        return 0.0
    lines = [line.strip('\r "') for _, line in source.head_lines() if isinstance(line, str)]
    clocks = sum(_TIME.fullmatch(line.rpartition('"')[2].strip()) is not None for line in lines[table.line :])
    return 0.9 if clocks else 0.0


def read_table(source: Source, options: Options) -> Entries:
    """The messages of a 赤兔 table: one buyer and day a row. Raises RefusedError if it has no such columns."""
    table = _table(source)
    if table is None:
        raise RefusedError("没有找到买家和聊天内容（buyer、chat_text）这两列，请检查是不是赤兔导出的聊天全文。")
    if table.line > 1:
        yield Note(table.line, f"表头在第 {table.line} 行，它上面的行没有当作消息读。")
    cast = Cast(options.agents, COLON)
    lines = islice(source.lines(), table.line, None)
    rows = Splitter(lines, table.delimiter, table.width, lambda cells: table.is_row(list(cells)), _MOST_LINES)
    for row in rows.records():
        if isinstance(row, Spoilt):
            yield row
        else:
            yield from _cell(row[0], row[1], table, cast)


def _cell(number: int, cells: list[str], table: _Table, cast: Cast) -> Iterator[Record | Spoilt]:
    """The messages in the chat of one row; ``number`` is the line that the row begins in."""
    first = number + sum(cell.count("\n") for cell in cells[: table.text])
    lines: list[Line] = list(enumerate(cells[table.text].split("\n"), first))
    date = cells[table.date].strip() or None if table.date is not None else None
    buyer = cells[table.buyer].strip() or None
    casting = Casting(cast)
    for found in _Page(lambda _: True, date).cut(lines):
        if isinstance(found, Utterance) and (found.lines or casting.knows(found.sender)):
            casting.see(found.sender)
    stage = Stage(casting.cast, PLATFORM, lambda name: name == buyer or casting.knows(name), casting.unsure())
    empty = True
    for entry in _Page(stage.knows, date, buyer).cut(lines):
        empty = False
        yield from records(entry, stage) if isinstance(entry, Utterance) else (entry,)
    if empty:
        yield Spoilt(number, "空会话", "聊天内容是空的", cells)
