"""Run as a program of its own: the worksheets of a workbook as JSON lines on the standard output.

A damaged .xls can make the library take the whole process down with it, or ask for all the memory there is; so it has
a process that may be lost. Lines: ``{"sheet": name}``, then a list of cells for each of its rows. A cell is text, a
number, a boolean, null, or ``[kind, text]`` for dates and times.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

#: Most memory, in bytes, where the system lets a process limit itself.
MOST_MEMORY = 4 << 30
#: Most cells of a sheet.
MOST_CELLS = 40_000_000


def main(path: str) -> None:
    """Write out every worksheet. Raises whatever the library stumbles over."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    _limit_memory()
    # Not by its path: the library believes the name.
    with open(path, "rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                _write({"sheet": sheet.name})
                _write_rows(workbook.get_sheet_by_name(sheet.name))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such thing
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _write_rows(sheet: Any) -> None:
    if sheet.start is None:
        return
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise MemoryError("too many cells")
    left = [None] * sheet.start[1]  # the library leaves out blank columns on the left, but no blank rows
    for row in sheet.iter_rows():
        _write([*left, *map(_cell, row)])


def _cell(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, time):
        return ["time", value.isoformat()]
    return ["seconds", str(value.total_seconds())] if isinstance(value, timedelta) else value


def _write(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
