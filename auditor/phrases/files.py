"""From what the user typed (files, folders, globs, -) to the library files to read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from auditor.errors import AuditorError
from auditor.readers.files import STDIN, display_name, find_files

#: What is picked up from a folder; a file named outright is read whatever it is called.
SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".md", ".markdown", ".json", ".jsonl", ".toml", ".xlsx", ".xls", ".ods"}
)
#: Settings of tools stand beside libraries and are none.
_SETTINGS = frozenset({"auditor.toml", "pyproject.toml", "package.json"})


def library_files(patterns: Sequence[str]) -> list[Path]:
    """The files that ``patterns`` name, each once, in the order given (within a folder or glob: sorted).

    Raises AuditorError for a path that is missing, matches nothing, is no regular file, or may not be read.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in _expand(pattern):
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _expand(pattern: str) -> Iterator[Path]:
    if pattern == STDIN or not (Path(pattern).is_dir() or glob.has_magic(pattern)) or Path(pattern).is_file():
        yield from find_files([pattern])
        return
    matched = [Path(pattern)] if Path(pattern).is_dir() else map(Path, sorted(glob.glob(pattern, recursive=True)))
    files = [file for path in matched for file in (_below(path) if path.is_dir() else find_files([str(path)]))]
    if not files:
        kinds = " ".join(sorted(SUFFIXES))
        raise AuditorError(f"「{display_name(Path(pattern))}」里没有话术库文件（{kinds}），请检查路径。")
    yield from files


def _below(folder: Path) -> list[Path]:
    """The library files below a folder, sorted; hidden ones and linked folders are left out."""
    files: list[Path] = []
    for top, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        wanted = (name for name in names if Path(name).suffix.lower() in SUFFIXES and name not in _SETTINGS)
        files += [Path(top, name) for name in wanted if not name.startswith((".", "~$"))]
    return find_files([str(path) for path in sorted(files)]) if files else []


def _refuse(error: OSError) -> None:
    raise AuditorError(f"没有权限打开「{display_name(Path(error.filename))}」，请检查文件权限。") from error
