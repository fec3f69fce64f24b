"""Kind ``question``: a customer's question that gets no answer, or an answer to something else."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from auditor.chat import Role, Turn
from auditor.checks.base import Check, Hit
from auditor.checks.kind import Kind, Param, Scope, Type
from auditor.checks.required import Level
from auditor.checks.substance import substance
from auditor.checks.talk import Talk
from auditor.text import Lexicon, Span, without_codes

#: Share of characters from which two questions of no particular topic are the same one.
ALIKE = 0.6


class Asked(NamedTuple):
    """A question: its message, the words that ask, and what is asked for (the name of a level of ``ask``)."""

    message: int
    span: Span
    topic: str


@dataclass(frozen=True)
class Question(Check):
    """Fires on a customer's question that no human answer meets (``finds`` = "unanswered"), or on the reply beside it.

    ``ask`` names what is asked for (time, money …) with the words that ask it; the first level that fits counts.
    ``answer`` gives, under the same names, the words an answer must hold; a topic without them is answered by anything
    of substance. Messages with nothing but ``empty`` words (稍等, canned closings, emoji) are not substance. The answer
    is looked for in the agent's next ``turns`` turns, until the customer, having had a reply, asks for something else
    (or, if that reply had no substance, says something else). A reply with words of ``pending`` (a question back, a
    hold) keeps the question open. ``closer``: customer's messages that ask nothing (好的, 在吗). ``withdrawn``: no hit
    if the customer says one of these in that time.

    ``off-topic`` fires on the agent's first turn of substance that holds no answer, if the customer then asks for the
    same thing again.
    """

    scope: Scope
    ask: tuple[Level, ...]
    answer: Mapping[str, Lexicon]
    empty: Lexicon
    pending: Lexicon
    closer: Lexicon
    withdrawn: Lexicon
    turns: int
    off_topic: bool

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """At most one hit for each topic of a customer's turn; a question asked again is the same question."""
        open_topics: set[str] = set()
        for at, turn in enumerate(talk.turns):
            if turn.role is not Role.CUSTOMER:
                continue
            asked = self._asked(talk, turn)
            for item in asked:
                hit = self._beside(talk, at, item) if self.off_topic else self._unanswered(talk, at, item)
                if hit is not None and item.topic not in open_topics:
                    yield hit
                open_topics = open_topics | {item.topic} if hit is not None else open_topics - {item.topic}

    def _asked(self, talk: Talk, turn: Turn) -> list[Asked]:
        """What this turn asks for: the first question on each topic; one message asks for one thing."""
        found: dict[str, Asked] = {}
        for index in self._texts(talk, turn):
            if self.closer.seen(talk.folded[index]):
                continue
            for level in self.ask:
                spans = level.lexicon.find(talk.folded[index])
                if spans:
                    found.setdefault(level.name, Asked(index, spans[0], level.name))
                    break
        return list(found.values())

    def _texts(self, talk: Talk, turn: Turn) -> Sequence[int]:
        spoken = talk.texts(frozenset((turn.role,)), self.scope.window)
        return spoken[bisect_left(spoken, turn.messages[0]) : bisect_right(spoken, turn.messages[-1])]

    def _unanswered(self, talk: Talk, at: int, item: Asked) -> Hit | None:
        replied = waits = said = False
        for turn in self._rest(talk, at):
            text = talk.turn_text(turn)
            if turn.role is Role.CUSTOMER:
                if self.withdrawn.seen(text):
                    return None
                if replied and not waits and self._moves_on(talk, turn, item, said):
                    break
                continue
            if self._answers(talk, turn, item):
                return None
            bare = not any(map(str.isalnum, without_codes(text)))
            replied, said = True, substance(text, self.empty) > 0
            waits = self.pending.seen(text) or (waits and bare)
        if waits and not self._customer_last(talk):
            return None
        asked = talk.messages[item.message].text[slice(*item.span)]
        return Hit(item.message, item.span, f"顾客问「{asked}」（{item.topic}），之后没有相应的回答")

    def _beside(self, talk: Talk, at: int, item: Asked) -> Hit | None:
        following = self._rest(talk, at)[:2]
        if [turn.role for turn in following] != [Role.AGENT, Role.CUSTOMER]:
            return None
        reply, again = following
        substantial = [i for i in self._texts(talk, reply) if substance(talk.folded[i], self.empty) > 0]
        if not substantial or self._answers(talk, reply, item) or self.pending.seen(talk.turn_text(reply)):
            return None
        if item.topic not in {other.topic for other in self._asked(talk, again)}:
            return None
        said = talk.messages[item.message].text[slice(*item.span)]
        return Hit(substantial[0], None, f"顾客问「{said}」（{item.topic}），答的是别的，顾客只好再问")

    def _rest(self, talk: Talk, at: int) -> list[Turn]:
        """The turns after a customer's turn, as far as ``turns`` turns of the agent (robots left out)."""
        rest: list[Turn] = []
        left = self.turns
        for number in range(at + 1, len(talk.turns)):
            turn = talk.turns[number]
            if turn.role is Role.AGENT:
                left -= 1
            if turn.role in (Role.AGENT, Role.CUSTOMER):
                rest.append(turn)
            if left == 0:
                break
        return rest

    def _answers(self, talk: Talk, turn: Turn, item: Asked) -> bool:
        wanted = self.answer.get(item.topic)
        for index in turn.messages:
            text = talk.folded[index]
            if not text.strip():
                return True  # a picture or a card may well be the answer
            if (wanted is None or wanted.seen(text)) and substance(text, self.empty) > 0:
                return True
        return False

    def _moves_on(self, talk: Talk, turn: Turn, item: Asked, said: bool) -> bool:
        """Does the customer ask for something else, or (after a reply of no substance) say something else?"""
        asked = self._asked(talk, turn)
        if asked or said:
            return bool(asked) and not any(self._same(talk, item, other) for other in asked)
        return any(not self.closer.seen(talk.folded[index]) for index in self._texts(talk, turn))

    def _same(self, talk: Talk, item: Asked, other: Asked) -> bool:
        """Is it the same question? Where the topic says little, most of the shorter one's characters are the same."""
        if item.topic != other.topic or item.topic in self.answer:
            return item.topic == other.topic
        one, two = ({*filter(str.isalnum, talk.folded[asked.message])} for asked in (item, other))
        return len(one & two) >= ALIKE * min(len(one), len(two))

    def _customer_last(self, talk: Talk) -> bool:
        return talk.turns[-1].role is Role.CUSTOMER


def _build(scope: Scope, params: Mapping[str, Any]) -> Question:
    return Question(
        scope,
        params["ask"],
        {level.name: level.lexicon for level in params["answer"]},
        params["empty"],
        params["pending"],
        params["closer"],
        params["withdrawn"],
        params["turns"],
        params["finds"] == "off-topic",
    )


QUESTION = Kind(
    "question",
    "顾客的问题没有人回答，或答非所问",
    (
        Param("finds", Type.CHOICE, default="unanswered", choices=("unanswered", "off-topic")),
        Param("ask", Type.LEVELS, required=True),
        Param("answer", Type.LEVELS, default=()),
        Param("empty", Type.WORDS, required=True),
        Param("pending", Type.WORDS, required=True),
        Param("closer", Type.WORDS, required=True),
        Param("withdrawn", Type.WORDS, required=True),
        Param("turns", Type.INTEGER, default=4, low=1),
    ),
    _build,
)
