"""Kind ``question``: a customer's question that gets no answer, an answer to something else, or a closing instead."""

from __future__ import annotations

import re
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

#: Share of content characters from which two questions of no particular topic are the same one.
ALIKE = 0.6
#: Characters that carry no content of a question: particles, pronouns, auxiliaries.
_FORM = frozenset("吗呢么嘛的了啊呀吧呗哦我你您他它们是不没有能可以会要想请问好这那个就都还在也给帮一下亲说")
#: Words that answer a yes-no question.
_YES_NO = re.compile("可以|能|行|[是有没不对会要用支持成]|好的|嗯|无法|无需")
#: What parts the sentences of a chat message: spaces stand for line breaks there.
_PIECE = re.compile(r"[^\s?!。;]+[?!。;]*")
#: What parts the clauses of an answer.
_CLAUSE = re.compile(r"[^\s,、?!。;~]+")
#: How many questions to assume where one that is asked again shows that something said need not be an answer.
ALONE_IS_NO_PROOF = 99
#: Characters of substance from which one short answer may well meet several questions.
BRIEF = 9


class Asked(NamedTuple):
    """A question: its message, the words that ask, what is asked for (the name of a level of ``ask``), its sentence.

    ``among``: how many questions the customer's turn asks.
    """

    message: int
    span: Span
    topic: str
    sentence: str
    among: int


#: What each customer's turn, by its number, asks for.
Questions = Mapping[int, Sequence[Asked]]


@dataclass(frozen=True)
class Question(Check):
    """Fires on a customer's question that no human answer meets (``finds`` = "unanswered"), or on the reply beside it.

    ``ask`` names what is asked for (time, money …) with the words that ask it; the first level that fits a sentence
    counts. ``answer`` gives, under the same names, the words an answer must hold; a topic without them is answered by
    anything of substance (where the turn asks several things, by what shares content with the question, says yes or
    no, or is longer than a single short clause). Messages with nothing but ``empty`` words (稍等, canned closings,
    emoji) are not substance. The answer is looked for in the agent's next ``turns`` turns, until the customer, having
    had a reply, asks for something else. A reply with words of ``pending`` (a question back, a hold) keeps the
    question open. ``closer``: customer's messages that ask nothing (好的, 在吗). ``withdrawn``: no hit if the customer
    says one of these in that time.

    ``off-topic`` fires on the agent's first turn of substance that holds no answer, if the customer then asks for the
    same thing again. ``closed`` fires on words of ``closing`` in an agent's turn of no substance that directly follows
    a customer's turn that asks something and does not end with a closer.
    """

    scope: Scope
    ask: tuple[Level, ...]
    answer: Mapping[str, Lexicon]
    empty: Lexicon
    pending: Lexicon
    closer: Lexicon
    withdrawn: Lexicon
    closing: Lexicon | None
    turns: int
    finds: str

    def hits(self, talk: Talk) -> Iterator[Hit]:
        """At most one hit for each topic of a customer's turn; a question asked again is the same question."""
        open_topics: set[str] = set()
        judge = {"unanswered": self._unanswered, "off-topic": self._beside, "closed": self._closed}[self.finds]
        questions = {at: self._asked(talk, turn) for at, turn in enumerate(talk.turns) if turn.role is Role.CUSTOMER}
        for at, asked in questions.items():
            for item in asked:
                hit = judge(talk, at, item, questions)
                if hit is not None and item.topic not in open_topics:
                    yield hit
                open_topics = open_topics | {item.topic} if hit is not None else open_topics - {item.topic}

    def _asked(self, talk: Talk, turn: Turn) -> list[Asked]:
        """What this turn asks for: the first question on each topic; one sentence asks for one thing."""
        found: dict[str, Asked] = {}
        among: set[str] = set()
        for index in self._texts(talk, turn):
            text = talk.folded[index]
            if self.closer.seen(text):
                continue
            for piece in _PIECE.finditer(text):
                topic, span = self._asks(piece.group())
                if topic is None or self.closer.seen(piece.group()):
                    continue
                among.add(_content(piece.group()))
                begin = piece.start()
                item = Asked(index, (begin + span[0], begin + span[1]), topic, piece.group(), 1)
                found.setdefault(topic, item)
        return [item._replace(among=len(among)) for item in found.values()]

    def _asks(self, sentence: str) -> tuple[str | None, Span]:
        """The topic of a sentence that asks something, and the words that ask; None if it asks nothing."""
        for level in self.ask:
            spans = level.lexicon.find(sentence)
            if spans:
                return level.name, spans[0]
        return None, (0, 0)

    def _texts(self, talk: Talk, turn: Turn) -> Sequence[int]:
        spoken = talk.texts(frozenset((turn.role,)), self.scope.window)
        return spoken[bisect_left(spoken, turn.messages[0]) : bisect_right(spoken, turn.messages[-1])]

    def _unanswered(self, talk: Talk, at: int, item: Asked, questions: Questions) -> Hit | None:
        waits = False
        heard: list[int] = []
        for turn in self._rest(talk, at):
            text = talk.turn_text(turn)
            if turn.role is Role.CUSTOMER:
                if self.withdrawn.seen(text):
                    return None
                if heard and not waits and self._moves_on(questions[talk.conversation.turn_of[turn.messages[0]]], item):
                    break
                continue
            heard += turn.messages
            if self._answers(talk, heard, item):
                return None
            bare = not any(map(str.isalnum, without_codes(text)))
            waits = self.pending.seen(text) or (waits and bare)
        if waits and not self._customer_last(talk):
            return None
        asked = talk.messages[item.message].text[slice(*item.span)]
        return Hit(item.message, item.span, f"顾客问「{asked}」（{item.topic}），之后没有相应的回答")

    def _beside(self, talk: Talk, at: int, item: Asked, questions: Questions) -> Hit | None:
        following = self._rest(talk, at)[:2]
        if [turn.role for turn in following] != [Role.AGENT, Role.CUSTOMER]:
            return None
        reply, again = following
        substantial = [i for i in self._texts(talk, reply) if substance(talk.folded[i], self.empty) > 0]
        answered = self._answers(talk, reply.messages, item._replace(among=ALONE_IS_NO_PROOF))
        if not substantial or answered or self.pending.seen(talk.turn_text(reply)):
            return None
        if not any(self._same(item, other) for other in questions[talk.conversation.turn_of[again.messages[0]]]):
            return None
        said = talk.messages[item.message].text[slice(*item.span)]
        return Hit(substantial[0], None, f"顾客问「{said}」（{item.topic}），答的是别的，顾客只好再问")

    def _closed(self, talk: Talk, at: int, item: Asked, _: Questions) -> Hit | None:
        reply = talk.turns[at + 1] if at + 1 < len(talk.turns) else None
        last = self._texts(talk, talk.turns[at])[-1]
        if reply is None or reply.role is not Role.AGENT or self.closer.seen(talk.folded[last]):
            return None
        if self.closing is None or self._answers(talk, reply.messages, item):
            return None
        texts = self._texts(talk, reply)
        if any(substance(talk.folded[index], self.empty) for index in texts):
            return None
        for index in texts:
            spans = self.closing.find(talk.folded[index])
            if spans:
                asked = talk.messages[item.message].text[slice(*item.span)]
                said = f"顾客说「{asked}」（{item.topic}），没有回答就收尾"
                return Hit(index, spans[0], said, about=item.message)
        return None

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

    def _answers(self, talk: Talk, heard: Sequence[int], item: Asked) -> bool:
        """Do these messages of the agent answer the question?"""
        texts = [talk.folded[index] for index in heard]
        if not all(text.strip() for text in texts):
            return True  # a picture or a card may well be the answer
        telling = [text for text in texts if substance(text, self.empty) > 0]
        wanted = self.answer.get(item.topic)
        if wanted is not None:
            return any(wanted.seen(text) for text in telling)
        return bool(telling) and (item.among == 1 or self._meets_one_of_several(telling, item))

    def _meets_one_of_several(self, telling: Sequence[str], item: Asked) -> bool:
        """Is there an answer to this one of several questions? A single short clause is the answer to another one."""
        clauses = [clause for text in telling for clause in _CLAUSE.findall(text) if substance(clause, self.empty)]
        said = sum(substance(text, self.empty) for text in telling)
        if len(clauses) >= item.among or said >= BRIEF * (item.among - 1):
            return True
        asked = set(_content(item.sentence))
        return any(_YES_NO.search(text) or asked & set(_content(text)) for text in telling)

    def _moves_on(self, asked: Sequence[Asked], item: Asked) -> bool:
        """Does the customer, who asks these things now, ask for something else?"""
        return bool(asked) and not any(self._same(item, other) for other in asked)

    def _same(self, item: Asked, other: Asked) -> bool:
        """Is it the same question? Where the topic says little, most of the shorter one's content is the same."""
        if item.topic != other.topic or item.topic in self.answer:
            return item.topic == other.topic
        one, two = set(_content(item.sentence)), set(_content(other.sentence))
        return len(one & two) >= ALIKE * min(len(one), len(two))

    def _customer_last(self, talk: Talk) -> bool:
        return talk.turns[-1].role is Role.CUSTOMER


def _content(text: str) -> str:
    """The letters, digits and Han characters of a text that say what it is about."""
    return "".join(char for char in text if char.isalnum() and char not in _FORM)


def _build(scope: Scope, params: Mapping[str, Any]) -> Question:
    return Question(
        scope,
        params["ask"],
        {level.name: level.lexicon for level in params["answer"]},
        params["empty"],
        params["pending"],
        params["closer"],
        params["withdrawn"],
        params["closing"],
        params["turns"],
        params["finds"],
    )


QUESTION = Kind(
    "question",
    "顾客的问题没有人回答、答非所问，或没回答就收尾",
    (
        Param("finds", Type.CHOICE, default="unanswered", choices=("unanswered", "off-topic", "closed")),
        Param("ask", Type.LEVELS, required=True),
        Param("answer", Type.LEVELS, default=()),
        Param("empty", Type.WORDS, required=True),
        Param("pending", Type.WORDS, required=True),
        Param("closer", Type.WORDS, required=True),
        Param("withdrawn", Type.WORDS, required=True),
        Param("closing", Type.WORDS),
        Param("turns", Type.INTEGER, default=4, low=1),
    ),
    _build,
)
