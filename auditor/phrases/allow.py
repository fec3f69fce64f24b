"""Leave to break a rule, written beside the phrase: ``auditor: allow RULE[, RULE] reason``, or in a column."""

from __future__ import annotations

import re

from auditor.phrases.phrase import Allow

_NAME = r"[A-Za-z][A-Za-z0-9\-]*"
_ALLOW = re.compile(rf"\s*({_NAME}(?:\s*[,，、]\s*{_NAME})*)\s*[:：]?\s*(.*)", re.DOTALL)
#: The directive inside a comment, whatever marks the comment; the reason ends with the comment.
DIRECTIVE = re.compile(r"auditor:\s*allow\s+(?P<said>[^\n]*?)\s*(?:-->|\*/|$)")
_APART = re.compile(r"[;；\n]+")
_COMMA = re.compile(r"\s*[,，、]\s*")


def allows(text: str, line: int) -> tuple[Allow, ...]:
    """The leaves that a cell or a directive gives: ``D01 理由；typo, D13：理由``."""
    found = []
    for part in _APART.split(text):
        match = _ALLOW.fullmatch(part)
        if match:
            found.append(Allow(tuple(_COMMA.split(match[1].strip())), match[2].strip(), line))
        elif part.strip():
            found.append(Allow((), part.strip(), line))
    return tuple(found)


def directive(comment: str, line: int) -> tuple[Allow, ...]:
    """The leaves that a comment gives; none if it is no directive of ours."""
    match = DIRECTIVE.search(comment)
    return allows(match["said"], line) if match else ()
