"""Files of any known format -> whole conversations, and a ledger of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from auditor.chat import Conversation
from auditor.errors import AuditorError, reason
from auditor.readers import autoreply, formats
from auditor.readers.assembly import conversation
from auditor.readers.containers import Part, Unpacker, check_size
from auditor.readers.encoding import check_name
from auditor.readers.fields import Parsed, parse
from auditor.readers.grouping import Grouper
from auditor.readers.ledger import Ledger, Tally, place_name
from auditor.readers.merging import Merged, Talks, merge
from auditor.readers.options import Options
from auditor.readers.records import Columns, Note, Record, RefusedError, RowError, Spoilt
from auditor.readers.sheets import is_book
from auditor.readers.source import Source
from auditor.readers.spool import Spool

NO_MESSAGES = "文件里没有一条消息。"
_UNDATED = "有 {count} 条消息没有日期，看不出在不在 --since、--until 之内，照样审。"
_APART = (
    "有 {count} 个会话号在前面的文件里也有，但店铺、客户或客服不同，不是同一个会话，分开算了（例如「{shown}」，"
    "后面的记作「{shown}~2」）。"
)


def read(
    files: Sequence[Path], options: Options, ledger: Ledger, tick: Callable[[int], None] | None = None
) -> Iterator[Conversation]:
    """The conversations of all files, in order of first appearance; ``ledger`` is complete when the first one comes.

    A file that cannot be read is entered in the ledger and the others are read. ``tick`` is told how many bytes
    were consumed; over all files that is the sum of their sizes. Raises AuditorError for options that make no
    sense and if there is no room for temporary files.
    """
    if options.format is not None:
        formats.by_name(options.format)
    if options.encoding is not None:
        check_name(options.encoding)
    tick = tick or _no_progress
    talks = Talks()
    with Spool() as spool, Unpacker(tick, options.most) as unpacker:
        seen: dict[str, int] = {}
        for path in files:
            for part in unpacker.parts(path):
                reader = _File(part, options, ledger, spool, talks)
                reader.read(seen, tick if part.reading else _no_progress)
        merged = merge(spool, talks, options.profile)
        for (file, other), count in sorted(merged.dropped.items()):
            ledger.merge(file, count, other)
        for file, (count, shown) in sorted(merged.apart.items()):
            ledger.note(ledger.inputs[file].file, None, _APART.format(count=count, shown=shown))
        yield from _conversations(spool, talks, merged, ledger)


def _conversations(spool: Spool, talks: Talks, merged: Merged, ledger: Ledger) -> Iterator[Conversation]:
    """Every conversation, whole; automatic replies that no log marks are the robot's, and are told of."""
    automatic = autoreply.find(lambda: (rows for _, rows in merged.groups(spool, talks)))
    if automatic:
        ledger.note(ledger.inputs[0].file, None, autoreply.sentence(automatic))
    taken: set[str] = set()
    for number, rows in merged.groups(spool, talks):
        yield conversation(_unused(talks.shown[number], taken), autoreply.marked(rows, automatic))


def _unused(shown: str, taken: set[str]) -> str:
    """``shown``, with a counter if another conversation has that id already."""
    ident, count = shown, 1
    while ident in taken:
        count += 1
        ident = f"{shown}~{count}"
    taken.add(ident)
    return ident


def _no_progress(count: int) -> None:
    """For callers that show none."""


class _File:
    """One input file, or a file in an archive, on its way into the spool."""

    def __init__(self, part: Part, options: Options, ledger: Ledger, spool: Spool, talks: Talks) -> None:
        self._part = part
        self._options = options
        self._zone = options.zone
        # As ISO text, which sorts as days do.
        self._since = (options.since or date.min).isoformat()
        self._until = (options.until or date.max).isoformat()
        self._spool = spool
        self._talks = talks
        self._index = len(ledger.inputs)
        self._tally = Tally(ledger, part.name)
        self._name = self._tally.file
        self._grouper = Grouper(part.stem, options.profile)

    def read(self, seen: dict[str, int], tick: Callable[[int], None]) -> None:
        """Read the file to its end, or as far as it can be read; ``seen``: places of the files read before, by hash."""
        if self._part.note:
            self._tally.note(None, self._part.note)
        if self._part.path is None:
            if self._part.refusal:
                self._tally.refuse(self._part.refusal)
                self._tally.close()
            return
        try:
            check_size(self._part.path.stat().st_size, self._options.most)
            source = Source.open(self._part.path, tick)
            self._tally.sha256 = source.sha256
            try:
                self._read_source(source, seen)
            finally:
                source.progress(source.size)
        except formats.TieError as tie:
            self._tally.scores = tie.scores
            self._tally.refuse(tie.text)
        except RefusedError as refusal:
            self._tally.refuse(refusal.text, refusal.line)
        except OSError as error:
            self._tally.refuse(f"读文件时出错（{reason(error)}），请检查文件权限和磁盘。")
        except AuditorError:
            raise
        except Exception as error:  # a reader's accident must not cost the other files
            what = f"{type(error).__name__}: {error}"[:200]
            self._tally.refuse(f"程序读这个文件时出了错（{what}），后面的内容没有读；请把这句话和文件样子告诉维护者。")
        self._tally.close()

    def _read_source(self, source: Source, seen: dict[str, int]) -> None:
        if source.is_blank:
            raise RefusedError("文件是空的。")
        earlier = seen.setdefault(source.sha256, self._index)
        if earlier != self._index:
            self._tally.repeat(earlier)
            return
        form, self._tally.scores = formats.recognise(source, self._options)
        self._tally.format = form.name
        self._tally.encoding = None if is_book(source) else source.encoding.name
        with closing(form.read(source, self._options)) as entries:
            for entry in entries:
                if isinstance(entry, Note):
                    self._tally.note(entry.line, entry.text)
                elif isinstance(entry, Columns):
                    self._tally.map(entry)
                else:
                    self._take(entry)
        if self._tally.rows_in == 0:
            raise RefusedError(NO_MESSAGES)
        if self._tally.undated and (self._options.since or self._options.until):
            self._tally.note(None, _UNDATED.format(count=self._tally.undated))

    def _take(self, entry: Record | Spoilt) -> None:
        tally = self._tally
        tally.rows_in += 1
        if isinstance(entry, Spoilt):
            tally.reject(entry.line, entry.category, entry.detail, entry.raw, entry.part)
            return
        try:
            parsed = parse(entry.values, self._zone, self._options.day)
        except RowError as error:
            tally.reject(entry.line, error.category, error.detail, entry.raw, entry.part)
            return
        if parsed.day is None:
            tally.undated += 1
        elif not self._since <= parsed.day <= self._until:
            tally.outside += 1
            return
        tally.audited += 1
        tally.timeless += parsed.row.time is None
        tally.coarse += parsed.coarse
        self._talks.saw(self._index, parsed.row.time)
        place = self._name if entry.part is None else place_name(self._name, entry.part)
        self._spool.add(self._conversation(entry, parsed), place, entry.line, parsed.row)

    def _conversation(self, entry: Record, parsed: Parsed) -> int:
        """The number of the row's conversation: named by the row, shown by the layout, or made out from the names."""
        if parsed.conversation is not None:
            return self._talks.number(self._index, parsed.conversation, parsed.conversation, named=True)
        own = entry.own
        shown = self._grouper.key(parsed.row, parsed.day) if own is None else f"{self._part.stem}#{own}"
        # No id in a log begins with NUL: names are cleaned of it.
        return self._talks.number(self._index, f"\0{shown}", shown, named=False)
