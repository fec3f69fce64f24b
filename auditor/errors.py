"""Where something is wrong, what is wrong, and the one exception the commands turn into an exit code."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass

#: Invisible but harmless, and wanted in names: the ideographic space and the joiner inside emoji.
_HARMLESS = frozenset("\u3000\u200d")


def printable(text: str) -> str:
    """A text fit for one line of a terminal: line breaks, control, bidirectional and broken characters are escaped."""
    return "".join(char if char.isprintable() or char in _HARMLESS else ascii(char)[1:-1] for char in text)


#: What the system says, as users read it.
_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EEXIST: "同名的文件已经在那里",
    errno.ENOTDIR: "路径中间有一个是文件，不是文件夹",
    errno.EISDIR: "那里是一个文件夹，不是文件",
    errno.ENOENT: "路径不存在",
    errno.ENAMETOOLONG: "名字太长",
    errno.EFBIG: "文件太大",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多",
    errno.ELOOP: "链接绕成了圈",
    errno.EBUSY: "文件正被别的程序占用",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Chinese where it is a usual reason."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


@dataclass(frozen=True)
class Place:
    """A spot in a file: its name as the user gave it and a 1-based line, or None for the whole file."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file: place, field (may be empty) and one Chinese sentence."""

    place: Place
    field: str
    text: str

    def order(self) -> tuple[str, int, str, str]:
        """Sorting key: file, line (whole-file problems first), field, text."""
        return self.place.file, self.place.line or 0, self.field, self.text

    def __str__(self) -> str:
        parts = [str(self.place), self.field, self.text]
        return printable(": ".join(part for part in parts if part))


class AuditorError(Exception):
    """A failure the user can act on: one Chinese sentence, and every problem behind it.

    ``exit_code`` is what the command line returns: 2, nothing was written.
    """

    exit_code = 2

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([printable(self.text), *(f"  {problem}" for problem in self.problems)])
