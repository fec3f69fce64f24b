"""What files are packed in: .gz and .zip archives, told by their first bytes, and the standard input (``-``).

Members are unpacked one at a time into a private temporary folder under names of our own, so that no name in an
archive can point anywhere, and are counted as they come out, so that no size that an archive claims is believed.
"""

from __future__ import annotations

import gzip
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from types import TracebackType
from typing import Protocol

from auditor.errors import reason
from auditor.readers.booksafety import ZIP, holds_ods, holds_xlsx
from auditor.readers.files import PACKED, STDIN, SUFFIXES, display_name
from auditor.readers.options import LARGEST_FILE
from auditor.readers.records import RefusedError

GZIP = b"\x1f\x8b"
_EMPTY_ZIP = b"PK\x05\x06"
_OTHERS = (b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_TAR_MARK, _TAR_AT = b"ustar", 257
#: Of an archive and all that is in it: most members; unpacked size, in bytes; how many times larger than packed.
MAX_MEMBERS = 10_000
#: Archives in an archive: so many layers are taken apart.
MAX_DEPTH = 2
MAX_UNPACKED = 4 << 30
MAX_RATIO = 200
_SMALL = 1 << 20
_CHUNK = 1 << 20
_HEAD = 1 << 16
_SHOWN = 5
STDIN_NAME = "标准输入"
NESTED = "压缩包里一层套一层，或套着 rar、7z、tar 这类压缩包，请把里面的那个解开再审。"
DAMAGED = "压缩包损坏了或没有下载完，请重新下载或重新压缩。"


@dataclass(frozen=True)
class Part:
    """Something to read: where it lies, what it is called, and what begins the ids of its unnamed conversations.

    ``path`` is None if it cannot be read; then ``refusal`` says why. ``note``: what the user should know of it.
    ``reading``: whether progress is told while it is read (else it was told while it was unpacked).
    """

    name: str
    stem: str
    path: Path | None
    refusal: str = ""
    note: str = ""
    reading: bool = False


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Unpacker:
    """A context manager that turns files into the parts they consist of. Its folder is removed at the end."""

    def __init__(self, tick: Callable[[int], None], most: int = LARGEST_FILE) -> None:
        self._tick = tick
        self._most = most
        self._told = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Unpacker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def parts(self, path: Path) -> Iterator[Part]:
        """The parts of one file: itself, what is packed in it, or the sentence why it cannot be unpacked.

        A part lies there only until the next one is asked for.
        """
        piped = str(path) == STDIN
        layer = _Layer(STDIN_NAME, "stdin") if piped else _Layer(display_name(path), path.stem)
        self._told = 0
        try:
            file = self._spilled(sys.stdin.buffer, "stdin", layer.limit) if piped else path
            layer.limit.packed = file.stat().st_size
            yield from self._unpacked(file, layer)
        except RefusedError as refusal:
            yield layer.refused(refusal.text)
        except _ACCIDENTS as error:
            yield layer.refused(_sentence(error))
        if not piped:
            with suppress(OSError):  # it was told of above
                self._progress(path.stat().st_size - self._told)

    def _progress(self, count: int) -> None:
        if count > 0:
            self._told += count
            self._tick(count)

    def _unpacked(self, path: Path, layer: _Layer) -> Iterator[Part]:
        """What lies at a path, as it is or taken apart. Raises RefusedError if it cannot be."""
        head = _head(path)
        packed = head.startswith(GZIP) or _is_zip(path, head)
        if layer.depth and (_is_foreign(head) or (packed and layer.depth >= MAX_DEPTH)):
            raise RefusedError(NESTED)
        if head.startswith(GZIP):
            with gzip.open(path) as stream:
                inner = layer.below(PurePosixPath(layer.stem))
                file = self._spilled(stream, inner.spill, layer.limit)
            yield from self._unpacked(file, inner)
        elif packed:
            yield from self._zip(path, layer)
        else:
            yield Part(layer.name, layer.stem, path, reading=layer.depth == 0)
            self._told = layer.limit.packed if layer.depth == 0 else self._told

    def _zip(self, path: Path, layer: _Layer) -> Iterator[Part]:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not _is_litter(member)]
            wanted = sorted(filter(_is_log, members), key=_real_name)
            _check(members, wanted)
            layer.limit.enter(len(wanted))
            if others := [_real_name(member) for member in members if not _is_log(member)]:
                yield Part(layer.name, layer.stem, None, note=_left_out(others))
            for member in wanted:
                yield from self._member(archive, member, layer)
                if layer.depth == 0:
                    self._progress(min(member.compress_size, layer.limit.packed - self._told))

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, layer: _Layer) -> Iterator[Part]:
        """One member; what is wrong with it does not keep the others from being read, unless it is too much."""
        inner = layer.below(PurePosixPath(_real_name(member)), named=True)
        try:
            _check_member(member)
            with archive.open(member) as stream:
                file = self._spilled(stream, inner.spill, layer.limit)
            yield from self._unpacked(file, inner)
        except _TooMuchError:
            raise
        except RefusedError as refusal:
            yield inner.refused(refusal.text)
        except _ACCIDENTS as error:
            yield inner.refused(_sentence(error))

    def _spilled(self, stream: _Stream, name: str, limit: _Limit) -> Path:
        """A file of that name with all that a stream holds. Raises RefusedError if that is too much."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="auditor-")
        target = Path(self._folder.name, name)
        size = 0
        with target.open("wb") as out:
            while chunk := stream.read(_CHUNK):
                limit.count(len(chunk))
                size += len(chunk)
                check_size(size, self._most)
                out.write(chunk)
        return target


def check_size(size: int, most: int) -> None:
    """Raises RefusedError for a file of more bytes than are to be read."""
    if size > most:
        limit = f"{most / (1 << 20):,.0f} MB" if most >= 1 << 20 else f"{most} 字节"
        raise RefusedError(f"超过了 --max-file-size 的上限（{limit}），没有读；请按日期分几次导出，或调大上限。")


class _TooMuchError(RefusedError):
    """More comes out of an archive than any log would give."""


class _Limit:
    """Counts what comes out of a file of ``packed`` bytes (0: not known yet, and then nothing is too much)."""

    def __init__(self) -> None:
        self.packed = 0
        self._unpacked = 0
        self._members = 0

    def enter(self, members: int) -> None:
        """So many members more are to be unpacked. Raises _TooMuchError."""
        self._members += members
        if self._members > MAX_MEMBERS:
            raise _TooMuchError(f"压缩包里的文件超过 {MAX_MEMBERS} 个，请拆成几个，或解压后再审。")

    def count(self, size: int) -> None:
        """So many bytes more have come out. Raises _TooMuchError."""
        if not self.packed:
            return
        self._unpacked += size
        if self._unpacked > MAX_UNPACKED:
            raise _TooMuchError(f"压缩包展开后超过 {MAX_UNPACKED >> 30} GB，请拆成几个，或解压后再审。")
        if self._unpacked > _SMALL and self._unpacked > MAX_RATIO * self.packed:
            raise _TooMuchError("压缩包的压缩率高得不正常，可能是恶意文件，没有读下去。")


@dataclass(frozen=True)
class _Layer:
    """Where in an archive we are: the name shown, how deep, and what has come out of the outermost file so far."""

    name: str
    stem: str
    depth: int = 0
    limit: _Limit = field(default_factory=_Limit)

    @property
    def spill(self) -> str:
        """The name of the file that what lies here is written to."""
        return f"part{self.depth}"

    def below(self, inside: PurePath, named: bool = False) -> _Layer:
        """What is packed in it: a gzip holds one file and keeps its name, a zip names its members."""
        name = f"{self.name}/{display_name(inside)}" if named else self.name
        return _Layer(name, inside.stem, self.depth + 1, self.limit)

    def refused(self, sentence: str) -> Part:
        """The part that cannot be read, and why."""
        return Part(self.name, self.stem, None, sentence)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _is_zip(path: Path, head: bytes) -> bool:
    """Whether it is an archive of files, not a workbook, which is one inside."""
    if head.startswith(_EMPTY_ZIP):
        return True
    return head.startswith(ZIP) and not (holds_xlsx(path, head) or holds_ods(head))


def _is_foreign(head: bytes) -> bool:
    return head.startswith(_OTHERS) or head[_TAR_AT:].startswith(_TAR_MARK)


def _real_name(member: zipfile.ZipInfo) -> str:
    """A member's name; Chinese Windows writes GBK without saying so, which is read as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _is_litter(member: zipfile.ZipInfo) -> bool:
    """Folders and what systems add to archives of their own accord."""
    path = PurePosixPath(_real_name(member))
    return member.is_dir() or path.parts[:1] == ("__MACOSX",) or path.name.startswith((".", "~$")) or not path.name


def _is_log(member: zipfile.ZipInfo) -> bool:
    return PurePosixPath(_real_name(member)).suffix.lower() in SUFFIXES


def _check(members: list[zipfile.ZipInfo], wanted: list[zipfile.ZipInfo]) -> None:
    """Raises RefusedError for an archive that holds no log at all."""
    if any(member.filename == "word/document.xml" for member in members):
        raise RefusedError("这是 Word 文档，不是聊天记录，请导出成 CSV 或 XLSX，或另存为纯文本。")
    if not wanted:
        kinds = " ".join(sorted(SUFFIXES - PACKED))
        raise RefusedError(f"压缩包里没有聊天记录文件（{kinds}），请检查是不是选错了文件。")


def _check_member(member: zipfile.ZipInfo) -> None:
    """Raises RefusedError for a member that points outside, is a link or has a password."""
    name = _real_name(member).replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise RefusedError("它的路径指到了压缩包外面，可能是恶意文件，没有读。")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RefusedError("它是一个链接，不是文件，没有读。")
    if member.flag_bits & 1:
        raise RefusedError("它加了密码，请解压后再审。")


def _left_out(names: list[str]) -> str:
    shown = "、".join(display_name(Path(name)) for name in names[:_SHOWN])
    more = " 等" if len(names) > _SHOWN else ""
    return f"压缩包里有 {len(names)} 个文件不是聊天记录，没有读：{shown}{more}。"


#: What unpacking may stumble over.
_ACCIDENTS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, NotImplementedError)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return f"读文件时出错（{reason(error)}），请检查文件权限和磁盘。"
    if isinstance(error, NotImplementedError):
        return "压缩包用了不常见的压缩方法，请解压后再审。"
    return DAMAGED
