"""From what the user typed (files, folders, globs) to the list of files to read."""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from auditor.errors import AuditorError

#: What is picked up from a folder; a file named outright is read whatever it is called.
SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".log", ".jsonl", ".json", ".xml", ".xlsx", ".xls", ".ods", ".htm", ".html", ".gz", ".zip"}
)
PACKED = frozenset({".gz", ".zip"})
#: What stands for the standard input.
STDIN = "-"


def find_files(patterns: Sequence[str]) -> list[Path]:
    """The files that ``patterns`` name, each once, in the order given (within a folder or glob: sorted).

    ``-`` is the standard input. A folder is searched through and through for ``SUFFIXES``, hidden files left out.
    Globs are expanded here, ``**`` too. Raises AuditorError for a path that is missing, matches nothing, is not a
    regular file, or may not be read.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in [_stdin()] if pattern == STDIN else _expand(pattern):
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _stdin() -> Path:
    if sys.stdin is None or sys.stdin.isatty():
        raise AuditorError("「-」要从管道里读，例如：cat 聊天记录.jsonl | auditor audit -")
    return Path(STDIN)


def display_name(path: PurePath) -> str:
    """A path fit for any message or report: line breaks, control characters and undecodable bytes are escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def _expand(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    mode = _mode(path)
    if mode is not None:
        yield from _under(path, mode)
        return
    if not glob.has_magic(pattern):
        raise AuditorError(f"找不到「{display_name(path)}」，请检查路径和文件名。")
    matches = sorted(glob.glob(pattern, recursive=True))
    files = [file for match in matches for file in _matched(Path(match))]
    if not files:
        raise AuditorError(f"「{display_name(path)}」没有匹配到任何文件，请检查路径和通配符。")
    yield from files


def _under(path: Path, mode: int) -> Iterator[Path]:
    """A file itself, or the log files below a folder (at least one)."""
    if not stat.S_ISDIR(mode):
        yield _checked(path, mode)
        return
    files = list(_walk(path))
    if not files:
        raise AuditorError(f"文件夹「{display_name(path)}」里没有聊天记录文件（{' '.join(sorted(SUFFIXES))}）。")
    yield from files


def _matched(path: Path) -> Iterator[Path]:
    mode = _mode(path)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path)
    else:
        yield _checked(path, mode)


def _mode(path: Path) -> int | None:
    """The file's mode with links followed; None if there is no such file."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise AuditorError(f"「{display_name(path)}」是断掉的链接，它指向的文件不存在。") from None
        return None
    except ValueError as error:
        raise AuditorError(f"「{display_name(path)}」不是有效的路径。") from error
    except OSError as error:
        raise AuditorError(_os_sentence(path, error)) from error


def _os_sentence(path: Path, error: OSError) -> str:
    name = display_name(path)
    if error.errno == errno.ELOOP:
        return f"「{name}」的链接绕成了圈，请改用真正的文件。"
    if error.errno == errno.ENAMETOOLONG:
        return f"「{name[:60]}…」这个路径太长，请检查是不是写错了。"
    return f"没有权限打开「{name}」，请检查文件权限。"


def _checked(path: Path, mode: int) -> Path:
    if not stat.S_ISREG(mode):
        raise AuditorError(f"「{display_name(path)}」是管道或设备，不是文件，请先存成文件再审。")
    if not os.access(path, os.R_OK):
        raise AuditorError(f"没有权限打开「{display_name(path)}」，请检查文件权限。")
    return path


def _walk(folder: Path) -> Iterator[Path]:
    """Log files below a folder in sorted order; linked folders are not entered, so that no loop can arise."""

    def stop(error: OSError) -> None:
        raise AuditorError(_os_sentence(Path(error.filename), error)) from error

    files: list[Path] = []
    for top, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(top, n) for n in names if Path(n).suffix.lower() in SUFFIXES and not n.startswith((".", "~$"))]
    for path in sorted(files):
        mode = _mode(path)
        if mode is not None:
            yield _checked(path, mode)
