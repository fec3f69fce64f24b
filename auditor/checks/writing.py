"""Kind ``writing``: how a message is written: half-width marks, stray blanks, two scripts or two forms of address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.entities import find
from auditor.text import REMEMBERED, Lexicon, Span, fold, mixed_script, overlaps

_HAN = r"[\u3400-\u9fff]"
#: Marks of the Chinese keyboard that stand between Chinese characters, typed half-width. A stop between digits or
#: Latin letters is none, nor are dots in a row.
_HALF = re.compile(rf"(?<={_HAN})[,!?;:](?![/^])|(?<={_HAN})\.(?=\s|$|{_HAN})(?!\.)|[(](?={_HAN})|(?<={_HAN})[)]")
_BLANKS = re.compile(
    r"(?m)[ \u3000\t]{2,}(?=\S)|\u3000(?=\S)"
    r"|(?<=\S) (?=[，。！？；：、）」』】》])|(?<=[，。！？；：、（「『【《]) (?=\S)"
    rf"|(?<={_HAN}[,!?;:.]) (?=\S)"
)
#: Platform emoji, whose marks are their own: [微笑], /:^_^, #E-s12.
_CODES = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]|/:[\x21-\x7e]{1,4}|#[Ee]-[A-Za-z]\d*")
_FORMAL = re.compile("[您]")



@dataclass(frozen=True)
class Writing(Check):
    """Fires on the way in which a message is written; ``finds`` says on which.

    ``half-width``: half-width marks beside Chinese characters; ``blanks``: two blanks or more in a run, a full-width
    blank, blanks beside full-width marks; ``mixed-script``: traditional characters in a simplified text;
    ``mixed-you``: 你 in a text that says 您 as well. What ``leave_out`` covers does not count.
    """

    scope: Scope
    finds: str
    leave_out: Lexicon | None

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """One hit a place, in order."""
        for index in talk.texts(self.scope.roles, self.scope.window):
            text = talk.messages[index].text
            for start, end in self.spans(text):
                yield Hit(index, (start, end), _SAID[self.finds].format(text[start:end]))

    def spans(self, text: str) -> tuple[Span, ...]:
        """The places in one text."""
        found = _FINDERS[self.finds](text)
        if not found or self.leave_out is None:
            return found
        out = self.leave_out.find(fold(text))
        return tuple(span for span in found if not any(overlaps(span, other) for other in out))


@lru_cache(REMEMBERED)
def _half_width(text: str) -> tuple[Span, ...]:
    found = [match.span() for match in _HALF.finditer(text)]
    if not found:
        return ()
    out = [match.span() for match in _CODES.finditer(text)]
    out += [entity.span for entity in find(text, ("url", "email"))]
    return tuple(span for span in found if not any(overlaps(span, other) for other in out))


def _blanks(text: str) -> tuple[Span, ...]:
    return tuple(match.span() for match in _BLANKS.finditer(text))


def _mixed_script(text: str) -> tuple[Span, ...]:
    return _runs(mixed_script(text))


def _runs(places: tuple[int, ...]) -> tuple[Span, ...]:
    """Places that stand side by side as one span."""
    if not places:
        return ()
    starts = [places[0], *(later for one, later in pairwise(places) if later > one + 1)]
    ends = [*(one + 1 for one, later in pairwise(places) if later > one + 1), places[-1] + 1]
    return tuple(zip(starts, ends, strict=True))


def _mixed_you(text: str) -> tuple[Span, ...]:
    if _FORMAL.search(text) is None:
        return ()
    return tuple(match.span() for match in re.finditer("[你妳]", text))


_FINDERS: Mapping[str, Callable[[str], tuple[Span, ...]]] = {
    "half-width": _half_width,
    "blanks": _blanks,
    "mixed-script": _mixed_script,
    "mixed-you": _mixed_you,
}
_SAID = {
    "half-width": "中文里用了半角标点「{}」",
    "blanks": "多余的空格",
    "mixed-script": "简体里混了繁体字「{}」",
    "mixed-you": "同一条里又说「您」又说「{}」",
}


def _build(scope: Scope, params: Mapping[str, Any]) -> Writing:
    return Writing(scope, params["finds"], params["leave_out"])


WRITING = Kind(
    "writing",
    "写法：半角标点、多余空格、简繁混用、您你混用",
    (
        Param("finds", Type.CHOICE, required=True, choices=tuple(_FINDERS)),
        Param("leave_out", Type.WORDS),
    ),
    _build,
)
