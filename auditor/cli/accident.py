"""When the program stumbles over a mistake of its own: one sentence, and a report without a word of any chat."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auditor import __version__

#: Set to 1 for Python's own traceback, which may quote chats; the option ``--debug`` sets it.
DEBUG = "AUDITOR_DEBUG"


def debugging() -> bool:
    """Does the user want tracebacks?"""
    return os.environ.get(DEBUG, "") not in ("", "0")


def show_trace() -> None:
    """The traceback of the error at hand, if the user wants it."""
    if debugging():
        traceback.print_exc()


@contextmanager
def no_afterword() -> Iterator[None]:
    """Keep libraries from printing tracebacks when their half-written files are thrown away after an error."""
    before = sys.unraisablehook
    if not debugging():
        sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = before


def report(error: BaseException) -> str:
    """Versions, the kind of each error of the chain and where in the code it arose: no message, no values, no paths."""
    lines = [f"auditor {__version__}  Python {platform.python_version()}  {sys.platform}"]
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(type(cause).__name__)
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {_module(frame.filename)}:{frame.lineno} {frame.name}")
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines) + "\n"


def _module(path: str) -> str:
    """A file of the code by its last two names: where it is installed is nobody's business."""
    return "/".join(Path(path).parts[-2:])


def tell(error: BaseException) -> str:
    """The sentence for the user; the report lies in a private file of the temporary folder, if there is room."""
    kind = type(error).__name__
    said = f"错误：程序内部出了错（{kind}），没有写出结果。"
    with suppress(OSError):
        handle, name = tempfile.mkstemp(prefix="auditor-crash-", suffix=".txt")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(report(error))
        said += f"请把 {name} 发给维护者：里面只有出错的位置，没有聊天内容。"
    return f"{said}加 --debug 重跑可以看到完整的错误（可能含聊天内容）。"
