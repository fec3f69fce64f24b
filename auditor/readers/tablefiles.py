"""Tables by an export map, whatever the container: a workbook, a page of HTML, or delimited text."""

from __future__ import annotations

from auditor.readers import delimited, htmltable, sheets
from auditor.readers.exportmap import ExportMap
from auditor.readers.options import Options
from auditor.readers.records import Entries
from auditor.readers.source import Source

#: The score of a table that has every heading which a map needs, and if many exports have them.
CERTAIN = 0.9
LIKELY = 0.45


def score(form: ExportMap, source: Source) -> float:
    """How sure it is that a file is a table of this export, 0 to ``CERTAIN``."""
    if sheets.is_book(source):
        found = sheets.matches(source, form)
    else:
        found = htmltable.matches(source, form) or delimited.matches(source, form)
    if not found:
        return 0.0
    return LIKELY if form.fallback else CERTAIN


def read(form: ExportMap, source: Source, options: Options) -> Entries:
    """The rows of the file by the map. Raises RefusedError if there is no heading that it can use."""
    if sheets.is_book(source):
        return sheets.read(source, options, form)
    if source.opening.startswith("<"):
        return htmltable.read(source, options, form)
    return delimited.read(source, options, form)
