"""Kind ``after``: one side says something, and what should follow does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.chat import Role
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.talk import Talk
from auditor.text import Lexicon

HUMAN = frozenset({Role.AGENT})


@dataclass(frozen=True)
class After(Check):
    """Fires on a trigger said by the rule's roles when none of the human agent's next ``turns`` turns holds ``expect``.

    A trigger that no human turn follows fires only with ``answered`` = false: silence is another rule's matter.
    """

    scope: Scope
    trigger: Lexicon
    expect: Lexicon
    turns: int
    answered: bool

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """The triggers that were not met, the first of each turn."""
        done: set[int] = set()
        for index in talk.texts(self.scope.roles, self.scope.window):
            turn = talk.conversation.turn_of[index]
            spans = self.trigger.find(talk.folded[index])
            if not spans or turn in done:
                continue
            done.add(turn)
            follow = talk.near(index, HUMAN, 0, self.turns, False)
            if any(self.expect.seen(talk.turn_text(t)) for t in follow) or (self.answered and not follow):
                continue
            start, end = spans[0]
            words = talk.messages[index].text[start:end]
            yield Hit(index, (start, end), f"提到「{words}」后，客服接下来 {len(follow)} 轮没有应有的回应")


def _build(scope: Scope, params: Mapping[str, Any]) -> After:
    return After(scope, params["trigger"], params["expect"], params["turns"], params["answered"])


AFTER = Kind(
    "after",
    "说了某话之后应有的回应",
    (
        Param("trigger", Type.WORDS, required=True),
        Param("expect", Type.WORDS, required=True),
        Param("turns", Type.INTEGER, default=2, low=1),
        Param("answered", Type.FLAG, default=True),
    ),
    _build,
)
