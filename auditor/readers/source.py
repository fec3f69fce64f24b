"""One input file as bytes, blocks of whole lines, and numbered lines of text; always a little at a time."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from auditor.readers.encoding import UTF8, Encoding, by_lines, by_mark, by_name

_CHUNK = 1 << 20
_OPENING = 1 << 16
#: Longest line of a table, in bytes; more than any row of messages that may be read.
MAX_LINE = 4 << 20
#: Lines looked at to tell what a file is.
HEAD_LINES = 2000
UNDECODABLE = "字符无法解码"
TOO_LONG = "太长"
_LONE_CR = re.compile(r"\r(?!\n)")
_LONE_CR_BYTES = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be read: category and particulars for the user, and how the line begins."""

    category: str
    detail: str
    raw: str


Line: TypeAlias = tuple[int, str | BadLine]


@dataclass(eq=False)
class Source:
    """A file that is being read. Only the first ``size`` bytes count: those that ``sha256`` was taken of.

    ``tick`` is told how many bytes were consumed since it was last called.
    """

    path: Path
    size: int
    sha256: str
    head: bytes
    utf8: bool
    tick: Callable[[int], None]
    encoding: Encoding = UTF8
    ticked: int = field(default=0, init=False)

    @classmethod
    def open(cls, path: Path, tick: Callable[[int], None]) -> Source:
        """Look through the file once: size, hash, and whether it is UTF-8. Raises OSError."""
        digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
        size, head, utf8 = 0, b"", True
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk
                size += len(chunk)
                digest.update(chunk)
                utf8 = utf8 and _decodes(decoder, chunk)
        utf8 = utf8 and _decodes(decoder, b"", final=True)
        return cls(path, size, digest.hexdigest(), head, utf8, tick)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in the file but blanks."""
        return self.size <= len(self.head) and not self.head.strip()

    def decide_encoding(self, wanted: str | None) -> None:
        """Set ``encoding``: the wanted one, else what the bytes say. Raises RefusedError if they say nothing."""
        if wanted is not None:
            self.encoding = by_name(wanted, self.head)
        elif marked := by_mark(self.head):
            self.encoding = marked
        elif not self.utf8:
            self.encoding = by_lines(self._plain_blocks)

    def progress(self, count: int) -> None:
        """Tell ``tick`` of ``count`` more bytes, never more than the file has in all."""
        count = min(count, self.size - self.ticked)
        if count > 0:
            self.ticked += count
            self.tick(count)

    def lines(self, limit: int = MAX_LINE, lone_cr: bool = True, report: bool = True) -> Iterator[Line]:
        """Numbered lines without their LF (a CR before it stays); what cannot be decoded comes as a BadLine.

        ``limit``: longest line in bytes; ``lone_cr``: whether a CR alone ends a line; ``report``: whether progress is
        told (not by those who look through a file before they read it).
        """
        return self._numbered(_blocks(self._utf8_or_safe(report), limit, lone_cr), lone_cr)

    @property
    def opening(self) -> str:
        """The first characters of the text that are not blank, however long its lines are."""
        start = self.head[self.encoding.skip :][:_OPENING].decode(self.encoding.codec, "replace")
        return start.lstrip(" \t\r\n\ufeff")

    def head_lines(self) -> Iterator[Line]:
        """The numbered lines at the start of the file, at most ``HEAD_LINES`` and no more than its first block."""
        first = islice(_blocks(self._utf8_or_safe(report=False), MAX_LINE, lone_cr=True), 1)
        return islice(self._numbered(first, True), HEAD_LINES)

    def _plain_blocks(self) -> Iterator[bytes]:
        return (block for block in _blocks(self._bytes(), MAX_LINE, lone_cr=True) if isinstance(block, bytes))

    def _bytes(self, report: bool = False) -> Iterator[bytes]:
        left = self.size - self.encoding.skip
        with self.path.open("rb") as file:
            file.seek(self.encoding.skip)
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
                if report:
                    self.progress(len(chunk))

    def _utf8_or_safe(self, report: bool) -> Iterator[bytes]:
        """The bytes in an encoding whose line ends can be found in bytes: as they are, or turned into UTF-8."""
        if not self.encoding.wide:
            yield from self._bytes(report)
            return
        decoder = codecs.getincrementaldecoder(self.encoding.codec)("replace")
        for chunk in self._bytes(report):
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", True).encode("utf-8", "replace")

    def _numbered(self, blocks: Iterator[bytes | BadLine], lone_cr: bool) -> Iterator[Line]:
        codec = "utf-8" if self.encoding.wide else self.encoding.codec
        number = 0
        for block in blocks:
            if isinstance(block, BadLine):
                number += 1
                yield number, block
                continue
            try:
                lines: list[str | BadLine] = list(_split(block.decode(codec), lone_cr))
            except UnicodeDecodeError:
                lines = [_decoded(line, codec) for line in _split_bytes(block, lone_cr)]
            if self.encoding.wide:
                lines = [_whole(line) for line in lines]
            yield from enumerate(lines, number + 1)
            number += len(lines)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(chunks: Iterator[bytes], limit: int, lone_cr: bool) -> Iterator[bytes | BadLine]:
    """Chunks cut anew at line ends. A line of more than ``limit`` bytes comes as a BadLine and is not kept."""
    carry, skipping = b"", False
    for chunk in chunks:
        if skipping:
            end = _first_end(chunk, lone_cr)
            if end < 0:
                continue
            chunk, skipping = chunk[end + 1 :], False
        block = carry + chunk
        cut = _last_end(block, lone_cr)
        if cut >= 0:
            yield block[: cut + 1]
        carry = block[cut + 1 :]
        if len(carry) > limit:
            yield BadLine(TOO_LONG, f"超过 {limit >> 20} MB", carry[:800].decode("utf-8", "backslashreplace"))
            carry, skipping = b"", True
    if carry:
        yield carry


def _last_end(block: bytes, lone_cr: bool) -> int:
    end = block.rfind(b"\n")
    # A CR at the very end may be half of a CRLF: it waits for the next chunk.
    return end if end >= 0 or not lone_cr else block.rfind(b"\r", 0, -1)


def _first_end(chunk: bytes, lone_cr: bool) -> int:
    ends = [end for end in (chunk.find(b"\n"), chunk.find(b"\r") if lone_cr else -1) if end >= 0]
    end = min(ends, default=-1)
    return end + 1 if end >= 0 and chunk[end : end + 2] == b"\r\n" else end


def _split(text: str, lone_cr: bool) -> list[str]:
    """Lines of a block. A CR stays only where a LF follows, so that a line break inside a message is kept as it was."""
    if lone_cr and text.count("\r") != text.count("\r\n"):
        text = _LONE_CR.sub("\n", text)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _split_bytes(block: bytes, lone_cr: bool) -> list[bytes]:
    if lone_cr:
        block = _LONE_CR_BYTES.sub(b"\n", block)
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _decoded(line: bytes, codec: str) -> str | BadLine:
    try:
        return line.decode(codec)
    except UnicodeDecodeError as error:
        raw = line[:800].decode(codec, "backslashreplace")
        return BadLine(UNDECODABLE, f"第 {error.start + 1} 个字节不是 {codec} 编码", raw)


def _whole(line: str | BadLine) -> str | BadLine:
    """In a decoded wide encoding U+FFFD marks the bytes that could not be read."""
    if isinstance(line, str) and "\ufffd" in line:
        return BadLine(UNDECODABLE, f"第 {line.index(chr(0xFFFD)) + 1} 个字符处有坏字节", line[:800])
    return line
