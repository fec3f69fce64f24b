"""The closed set of check kinds. A rule needs no Python: it names one of these."""

from auditor.checks.after import AFTER
from auditor.checks.combine import ALL
from auditor.checks.density import DENSITY
from auditor.checks.entity import ENTITY
from auditor.checks.event import EVENT
from auditor.checks.expired import EXPIRED
from auditor.checks.kind import Kind
from auditor.checks.length import LENGTH
from auditor.checks.library import CONFLICT, DUPLICATE
from auditor.checks.model import MODEL
from auditor.checks.phrase import PATTERN, PHRASE
from auditor.checks.question import QUESTION
from auditor.checks.repeat import REPEAT
from auditor.checks.reply_time import REPLY_TIME
from auditor.checks.required import REQUIRED
from auditor.checks.writing import WRITING

_ALL = (
    PHRASE, PATTERN, REQUIRED, DENSITY, REPLY_TIME, AFTER, QUESTION, ENTITY, EVENT, EXPIRED, ALL, LENGTH, REPEAT, MODEL,
    WRITING, DUPLICATE, CONFLICT,
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
