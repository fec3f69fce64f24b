"""Results are written in a private folder inside the target and moved out when all are whole: never half a report."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from auditor.errors import AuditorError, reason

#: Names the files of a run, so that the next run into the folder can take away those it no longer writes.
MANIFEST = "run.json"
_PREFIX = ".auditor-"
#: In the private folder while files change places: the names that come in, and what they take the place of.
_JOURNAL = "swap.json"
_KEPT = "earlier"
_RESULT = re.compile(
    r"(findings|conversations)\.jsonl|(agents|run)\.json|(unread|agents)\.csv|(客服评分卡_|团队汇总).*\.(xlsx|csv|html)"
)


def is_result(name: str) -> bool:
    """Does a run write files of this name?"""
    return _RESULT.fullmatch(name) is not None


def earlier_results(folder: Path) -> frozenset[str]:
    """The files in a folder that an earlier run says it wrote there; none if there was no such run."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names = manifest["files"] if "rules_hash" in manifest else []
        return frozenset(name for name in names if isinstance(name, str) and is_result(name))
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


class Staging:
    """A private folder inside ``target``; ``publish`` moves its files into place, leaving the block discards the rest.

    Inside the block every temporary file of this process goes there too, so that a killed run leaves no chat text in
    the system's temporary folder. Folders that killed runs left behind are swept away. Raises AuditorError at once if
    ``target`` is a file, cannot be made or cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._temporary: str | None = None
        self._made = [folder for folder in (target, *target.parents) if not os.path.lexists(folder)]
        try:
            target.mkdir(0o775, parents=True, exist_ok=True)
            _sweep(target)
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=target))
            self._lock = _locked(self.folder)
        except OSError as error:
            self._unmake()
            raise AuditorError(f"输出文件夹 {target} 不能写（{reason(error)}），请换一个，用 -o 指定") from None

    def __enter__(self) -> Staging:
        self._temporary, tempfile.tempdir = tempfile.tempdir, str(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tempfile.tempdir = self._temporary
        with _uninterrupted():
            shutil.rmtree(self.folder, ignore_errors=True)
            if self._lock is not None:
                os.close(self._lock)
            if kind is not None:
                self._unmake()

    def _unmake(self) -> None:
        """Take away the folders that were made for this run, unless somebody has put something there."""
        for folder in self._made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def publish(self, names: Sequence[str]) -> None:
        """Move the named files into the target, and files of an earlier run that this one did not write out of it.

        The manifest comes last. A run that is killed meanwhile has done nothing: the next one into the folder gives
        back what it had moved away. Two runs take turns.
        """
        for name in names:
            _settle(self.folder / name)
            _not_for_everybody(self.folder / name)
        with _uninterrupted(), _turn(self.target):
            stale = earlier_results(self.target) - set(names)
            self._move(sorted(names, key=MANIFEST.__eq__), sorted(stale))

    def _move(self, names: Sequence[str], stale: Sequence[str]) -> None:
        """Give the files their names; if one cannot have it (open in Excel), those of the last run come back."""
        folders = [name for name in names if (self.target / name).is_dir()]
        if folders:
            raise AuditorError(f"{self.target / folders[0]} 是一个文件夹，占了结果的名字，没有写出结果，请把它移走")
        kept, journal = self.folder / _KEPT, self.folder / _JOURNAL
        kept.mkdir()
        journal.write_text(json.dumps(list(names)), encoding="utf-8")
        _settle(journal)
        _settle(self.folder)
        name = ""
        try:
            for name in (*stale, *names):
                if (self.target / name).exists():
                    os.replace(self.target / name, kept / name)
                if name not in stale:
                    os.replace(self.folder / name, self.target / name)
            _settle(self.target)
        except OSError as error:
            _undo(self.folder, self.target)
            what = f"{self.target / name} 换不了（{reason(error)}），没有写出结果"
            said = f"{what}：请关闭打开它的程序（Excel、WPS）后再试"
            raise AuditorError(said) from None
        journal.unlink()
        _settle(self.folder)


def _undo(folder: Path, target: Path) -> None:
    """Give back what a run moved out of the target before it came to its end, and take away what it moved in."""
    journal = folder / _JOURNAL
    if not journal.is_file():
        return  # it had not begun, or all was in its place
    try:
        names = [name for name in json.loads(journal.read_bytes()) if isinstance(name, str) and is_result(name)]
    except (ValueError, TypeError):
        return  # killed while it wrote this down: nothing had been moved
    for name in names:
        if not (folder / name).exists() and not (folder / _KEPT / name).exists():
            (target / name).unlink(missing_ok=True)
    for path in (folder / _KEPT).iterdir():
        if is_result(path.name):
            os.replace(path, target / path.name)
    _settle(target)
    journal.unlink()


def _not_for_everybody(path: Path) -> None:
    """A report decides about pay: whatever the umask says, strangers on the machine cannot change it."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWOTH:
        path.chmod(mode & ~stat.S_IWOTH)


def _settle(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(folder: Path) -> int | None:
    """Lock a folder for as long as this process lives; returns the handle, None where folders cannot be locked.

    Raises BlockingIOError if another process holds it.
    """
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:  # some network drives know no locks
        os.close(handle)
        return None
    return handle


@contextmanager
def _turn(target: Path) -> Iterator[None]:
    """Wait until no other run moves its files into the target, and keep others waiting meanwhile."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(target, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network drives know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(target: Path) -> None:
    """Remove the private folders of runs that were killed: those that no living process has locked.

    What such a run had moved out of the target comes back first.
    """
    for left in target.glob(f"{_PREFIX}*"):
        try:
            lock = _locked(left)
        except OSError:
            continue
        if lock is not None:
            _undo(left, target)
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and termination back for these few moments.

    By handlers, not by a signal mask: a mask holds for one thread, and progress bars have another.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread only
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda got, _: came.append(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for held in dict.fromkeys(came):
            signal.raise_signal(held)
