"""A conversation as checks see it: folded texts, turns and who spoke, with the tools that work on single texts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, TypeVar

from auditor.chat import SPEECH, Conversation, Kind, Role, Turn
from auditor.checks.hit import Judgement
from auditor.kpis import Round, rounds
from auditor.presets import USUAL, Preset
from auditor.text import REMEMBERED, Tokenizer, fold

T = TypeVar("T")


class Prediction(Protocol):
    """What a model says of a text: its label, that label's probability (0-1), and those of all its labels."""

    @property
    def label(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def scores(self) -> Sequence[float]: ...


class Predictor(Protocol):
    """A loaded model."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    def predict_many(self, texts: Iterable[str]) -> Sequence[Prediction]:
        """The answers for a batch of texts, in their order."""

    def explain(self, text: str, label: str) -> Sequence[tuple[str, float]]:
        """The pieces of the text that speak most for the label, with their weights, heaviest first."""


class Tools:
    """What checks may use on a single text: the tokenizer, and models by name (asked once per distinct text)."""

    def __init__(self, tokenizer: Tokenizer, models: Mapping[str, Predictor]) -> None:
        self.tokenizer = tokenizer
        self.models = models
        self._answers: dict[tuple[str, str], Prediction] = {}

    def predict_many(self, model: str, texts: Iterable[str]) -> list[Prediction]:
        """What a model says of texts, in their order. It is asked once for each distinct text, all new ones together.

        The last REMEMBERED answers at least are kept, so that memory stays flat.
        """
        wanted = list(texts)
        new = list(dict.fromkeys(text for text in wanted if (model, text) not in self._answers))
        kept = {text: self._answers[model, text] for text in wanted if (model, text) in self._answers}
        kept.update(zip(new, self.models[model].predict_many(new), strict=True))
        if len(self._answers) > 2 * REMEMBERED:
            for key in list(self._answers)[:REMEMBERED]:
                del self._answers[key]
        self._answers.update({(model, text): kept[text] for text in new})
        return [kept[text] for text in wanted]


@dataclass(frozen=True)
class Window:
    """Which utterances of the rule's roles count: the first or last N messages or turns; None = all."""

    first: int | None = None
    last: int | None = None
    turns: bool = False


class Judge(Protocol):
    """A rule, as far as other rules rest on it."""

    def judge(self, talk: Talk) -> Judgement:
        """Hold one conversation against the rule."""


class Talk:
    """One conversation with views that are worked out once, when first asked for."""

    def __init__(
        self,
        conversation: Conversation,
        tools: Tools,
        rules: Mapping[str, Judge] = MappingProxyType({}),
        preset: Preset = USUAL,
    ) -> None:
        self.conversation = conversation
        self.preset = preset
        self._rules = rules
        self._judged: dict[str, Judgement] = {}
        self.messages = conversation.messages
        self.tools = tools
        self._texts: dict[tuple[frozenset[Role], Window], tuple[int, ...]] = {}
        self._turn_texts: dict[int, str] = {}
        self._runs: dict[frozenset[Role], list[Turn]] = {}

    def judged(self, rule: str) -> Judgement:
        """What a rule says of this conversation, worked out once."""
        if rule not in self._judged:
            self._judged[rule] = self._rules[rule].judge(self)
        return self._judged[rule]

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Every message's folded text, same offsets."""
        return tuple(fold(message.text) for message in self.messages)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation's turns."""
        return self.conversation.turns

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The conversation's question-answer rounds, as the preset of its platform counts them."""
        return rounds(self.conversation, self.preset)

    @cached_property
    def agent_messages(self) -> int:
        """How many text messages the human agents sent."""
        return sum(m.role is Role.AGENT and m.kind is Kind.TEXT for m in self.messages)

    def texts(self, roles: Iterable[Role], window: Window) -> tuple[int, ...]:
        """Indices of the text messages of these roles inside the window, in order."""
        wanted = frozenset(roles)
        if (wanted, window) not in self._texts:
            turns = _cut(self.runs(wanted), window) if window.turns else self.runs(wanted)
            spoken = [i for turn in turns for i in turn.messages if self.messages[i].kind is Kind.TEXT]
            self._texts[wanted, window] = tuple(spoken if window.turns else _cut(spoken, window))
        return self._texts[wanted, window]

    def runs(self, roles: frozenset[Role]) -> list[Turn]:
        """The turns of these roles in order; platform notes (role system, or events) count one by one."""
        if roles not in self._runs:
            notes: list[Turn] = []
            if Role.SYSTEM in roles:
                outside = (i for i in range(len(self.messages)) if i not in self.conversation.turn_of)
                notes = [Turn(Role.SYSTEM, (i,)) for i in outside]
            runs = [*(turn for turn in self.turns if turn.role in roles), *notes]
            self._runs[roles] = sorted(runs, key=lambda turn: turn.messages[0])
        return self._runs[roles]

    def turn_text(self, turn: Turn) -> str:
        """The folded texts of a turn's text messages, joined by line breaks."""
        first = turn.messages[0]
        if first not in self._turn_texts:
            texts = (self.folded[i] for i in turn.messages if self._worded(i))
            self._turn_texts[first] = "\n".join(texts)
        return self._turn_texts[first]

    def _worded(self, index: int) -> bool:
        """Does the message's text say something: words sent, or what a platform note says (not a picture's file)?"""
        kind = self.messages[index].kind
        return kind is Kind.TEXT or kind not in SPEECH

    def near(self, message: int | None, roles: frozenset[Role], before: int, after: int, same: bool) -> list[Turn]:
        """Turns of these roles around a message: ``before``/``after`` of them on either side, and its own if ``same``.

        With no message (a hit on the whole conversation) every turn of the roles counts.
        """
        runs = self.runs(roles)
        if message is None:
            return runs
        end = bisect_right(runs, message, key=lambda turn: turn.messages[0])
        begin = end - 1 if end and _holds(runs[end - 1].messages, message) else end
        own = runs[begin:end] if same else []
        return [*runs[max(0, begin - before) : begin], *own, *runs[end : end + after]]


def _holds(numbers: tuple[int, ...], number: int) -> bool:
    """Is the number among these, which are in order?"""
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number


def _cut(items: list[T], window: Window) -> list[T]:
    if window.first is not None:
        return items[: window.first]
    if window.last is not None:
        return items[-window.last :] if window.last else []
    return items
