"""Results are written in a private folder beside the target and moved in when all are whole: never half a report."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from auditor.errors import AuditorError

#: Names the files of a run, so that the next run into the folder can take away those it no longer writes.
MANIFEST = "run.json"


class Staging:
    """A private folder inside ``target``; ``publish`` moves its files into place, leaving the block discards the rest.

    Raises AuditorError at once if ``target`` is a file, cannot be made or cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        try:
            self._made = not target.exists()
            target.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix=".auditor-", dir=target))
        except OSError as error:
            reason = error.strerror or str(error)
            raise AuditorError(f"输出文件夹 {target} 不能写（{reason}），请换一个，用 -o 指定") from None

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if kind is not None and self._made and not any(self.target.iterdir()):
            self.target.rmdir()

    def publish(self, names: Iterable[str]) -> None:
        """Move the named files into the target, then remove files of an earlier run that this one did not write."""
        wanted = list(names)
        stale = set(self._earlier()) - set(wanted)
        for name in wanted:
            _settle(self.folder / name)
            os.replace(self.folder / name, self.target / name)
        for name in stale:
            if Path(name).name == name:
                (self.target / name).unlink(missing_ok=True)

    def _earlier(self) -> list[str]:
        """The files that the last run into this folder says it wrote."""
        try:
            manifest = json.loads((self.target / MANIFEST).read_text(encoding="utf-8"))
            return [name for name in manifest["files"] if isinstance(name, str)]
        except (OSError, ValueError, KeyError, TypeError):
            return []


def _settle(path: Path) -> None:
    """Have the file's bytes on the disk before it takes its name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
