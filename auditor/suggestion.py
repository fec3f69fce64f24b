"""Which lines of a log are most worth labelling: where the model does not know, where it and the rules disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.chat import Conversation, Kind, Role
from auditor.checks.model import Model as ModelCheck
from auditor.classifier import FLAGGED, Model, Prediction, prepare
from auditor.engine import audit
from auditor.ruleset import RuleSet
from auditor.text import count_cjk

UNCERTAIN, DISAGREES, FREQUENT = "模型拿不准", "模型与规则不一致", "出现多"
#: Said so often, a text is worth a look even if the model is rather sure.
OFTEN = 3
#: The dimension whose rules judge the tone of a message, as the attitude model does.
TONE = "服务态度"


@dataclass(frozen=True)
class Line:
    """A text to label: what was said before it, what the model says, how often it occurs, why it is worth a look.

    ``doubt`` is 0 (the model is sure) to 1 (it could be either).
    """

    text: str
    before: str
    conversation: str
    prediction: Prediction
    doubt: float
    count: int
    reason: str


@dataclass
class _Seen:
    text: str
    before: str
    conversation: str
    ruled: bool = False


def suggest(
    conversations: Iterable[Conversation], rules: RuleSet, model: Model, role: Role, known: set[str], limit: int
) -> list[Line]:
    """The ``limit`` lines of that role most worth labelling; half for doubt, the rest for disagreement and frequency.

    Texts whose prepared form is in ``known`` (the model's own corpus) are left out. Equal texts count as one.
    """
    seen: dict[str, _Seen] = {}
    counts: Counter[str] = Counter()
    for audited in audit(conversations, rules):
        talk = audited.conversation
        ruled = {finding.hit.message for finding in audited.findings
                 if finding.exemption is None and finding.rule.dimension == TONE
                 and not isinstance(finding.rule.check, ModelCheck)}  # fmt: skip
        for index, message in enumerate(talk.messages):
            if message.role is not role or message.kind is not Kind.TEXT or not count_cjk(message.text):
                continue
            key = prepare(message.text)
            if key in known:
                continue
            counts[key] += 1
            entry = seen.setdefault(key, _Seen(message.text, _before(talk, index), talk.id))
            entry.ruled = entry.ruled or index in ruled
    said = model.predict_many(entry.text for entry in seen.values())
    lines = [
        _line(entry, prediction, counts[key], model, role)
        for (key, entry), prediction in zip(seen.items(), said, strict=True)
    ]
    return _chosen(lines, limit)


def _before(talk: Conversation, index: int) -> str:
    """The last thing that the other side said before a message."""
    own = talk.messages[index].role
    earlier = (m.text for m in reversed(talk.messages[:index]) if m.kind is Kind.TEXT and m.role is not own)
    return next(earlier, "")


def _line(entry: _Seen, said: Prediction, count: int, model: Model, role: Role) -> Line:
    doubt = _doubt(said, model.header.multi)
    accused = said.label != model.header.neutral
    # Rules of tone look at agents only.
    if role is Role.AGENT and accused != entry.ruled:
        reason = DISAGREES
    else:
        reason = FREQUENT if count >= OFTEN and doubt < FLAGGED else UNCERTAIN
    return Line(entry.text, entry.before, entry.conversation, said, doubt, count, reason)


def _doubt(said: Prediction, multi: bool) -> float:
    """How near the decision was: the likeliest label to one half, or the two likeliest to each other."""
    if multi:
        return max(1 - 2 * abs(score - FLAGGED) for score in said.scores)
    first, second = sorted(said.scores)[-1:-3:-1]
    return 1 - (first - second)


def _chosen(lines: Sequence[Line], limit: int) -> list[Line]:
    """The best of each reason in turn (doubt twice), so that no reason crowds out the others."""
    ranked = sorted(lines, key=lambda line: (-line.doubt, -line.count, line.text))
    often = sorted(lines, key=lambda line: (-line.count, -line.doubt, line.text))
    doubtful = (line for line in ranked if line.reason == UNCERTAIN)
    queues: list[Iterator[Line]] = [
        doubtful,
        (line for line in ranked if line.reason == DISAGREES),
        doubtful,
        (line for line in often if line.reason == FREQUENT),
    ]
    chosen: list[Line] = []
    while queues and len(chosen) < limit:
        for queue in list(queues):
            line = next(queue, None)
            if line is None:
                queues = [other for other in queues if other is not queue]
            elif len(chosen) < limit:
                chosen.append(line)
    return chosen
