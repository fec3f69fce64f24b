"""The command line: options -> calls -> exit code. click and tqdm live here only."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``auditor`` with these arguments (default: the process's own) and exit with its code."""
    import_module("auditor.cli.app").main(arguments)
