"""Chat-log exports -> conversations. Every row is accounted for: audited, rejected with a reason, outside the dates, or
in another file as well.

``find_files`` -> ``read(files, options, ledger)`` -> whole ``Conversation``s, in order of first appearance. What is
named here is loaded when it is first asked for: a command that reads bytes and tables only need not know every format.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.readers.files import SUFFIXES, display_name, find_files
    from auditor.readers.formats import FORMATS
    from auditor.readers.ledger import InputFacts, Ledger, Reject
    from auditor.readers.options import Options
    from auditor.readers.reading import read
    from auditor.readers.times import parse_zone

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "InputFacts",
    "Ledger",
    "Options",
    "Reject",
    "display_name",
    "find_files",
    "parse_zone",
    "read",
]

_HOMES = {
    "FORMATS": "formats",
    "SUFFIXES": "files",
    "InputFacts": "ledger",
    "Ledger": "ledger",
    "Options": "options",
    "Reject": "ledger",
    "display_name": "files",
    "find_files": "files",
    "parse_zone": "times",
    "read": "reading",
}


def __getattr__(name: str) -> Any:
    """One of the names above, from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
