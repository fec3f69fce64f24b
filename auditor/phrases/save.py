"""Files are written beside their place and then moved in: never half a file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def save(path: Path, content: bytes) -> None:
    """Write a file, keeping the mode of one that is there; a link is followed. Raises OSError, nothing changed."""
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".auditor-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
