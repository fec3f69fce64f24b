"""Remembers which rule files have been loaded with all their examples, so that a short command need not run them again.

A proof is an empty file in the user's cache folder, named by a hash of everything that the outcome rests on: the rule
files, their word lists, the models, and this version of the code. It holds nothing of what anybody audits.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from auditor import __version__
from auditor.rulefiles import UnreadableError, built_in, content_of

#: Where the proofs lie; "" keeps none.
FOLDER = "AUDITOR_CACHE"
_PACKAGE = Path(__file__).parent


class Proof:
    """The proof of a set of rule files (``paths`` besides the built-in ones, which may be files or folders).

    ``dictionary``: words that are kept whole; ``models``: the folder of the shop's own models.
    """

    def __init__(self, paths: Sequence[Path], dictionary: Sequence[str] = (), models: str | None = None) -> None:
        folder = _folder()
        self._file = folder / "proven" / _basis(paths, dictionary, models) if folder is not None else None

    @property
    def holds(self) -> bool:
        """Have these very files been loaded before, and was nothing wrong?"""
        return self._file is not None and self._file.is_file()

    def keep(self) -> None:
        """Note that they have been loaded and nothing was wrong. Where nothing can be written, nothing is noted."""
        if self._file is None:
            return
        with suppress(OSError):  # the next run loads them in full again
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.touch(mode=0o600)


def _folder() -> Path | None:
    named = os.environ.get(FOLDER)
    if named is not None:
        return Path(named) if named else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base, "auditor") if base else None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base, "auditor") if os.path.isabs(base) else None


def _basis(paths: Sequence[Path], dictionary: Sequence[str], models: str | None) -> str:
    """A hash of the contents of all rule files and word lists, and of the state of code and models."""
    total = hashlib.sha256(repr((__version__, sys.version_info[:3], dictionary, models)).encode("utf-8", "replace"))
    for file in _files(paths):
        total.update(f"\0{file}\0".encode("utf-8", "surrogatepass"))
        with suppress(UnreadableError):  # a pipe, a device, no file: loading will say what is wrong with it
            total.update(hashlib.sha256(content_of(file)).digest())
    own = sorted(Path(models).glob("*/model.bin")) if models else []
    for file in (*_code(), *own):
        with suppress(OSError):  # a link to nothing: loading will say so
            state = file.stat()
            total.update(f"\0{file.name} {state.st_size} {state.st_mtime_ns}".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def _files(paths: Sequence[Path]) -> Iterable[Path]:
    for path in (built_in(), *paths):
        folder = path if path.is_dir() else path.parent
        yield from sorted(path.glob("*.toml")) if path.is_dir() else [path]
        yield from sorted((folder / "words").glob("*.txt"))


def _code() -> Iterable[Path]:
    """What turns rules into findings: the modules beside this one, the check kinds, and the models."""
    yield from sorted(_PACKAGE.glob("*.py"))
    yield from sorted((_PACKAGE / "checks").glob("*.py"))
    yield from sorted((built_in().parent / "models").glob("*/model.bin"))
