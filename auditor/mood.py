"""How ill at ease the customer of a conversation is: a number by which people pick conversations to look at."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.chat import Role
from auditor.checks.talk import Predictor, Talk, Window

MODEL = "customer-mood"
UPSET, THREAT, PLEASED = "不满", "威胁投诉", "满意"
#: How a conversation ends tells more of how it went than how it began: so many of the customer's last messages count.
LAST = 4


def mood_risk(talk: Talk) -> float | None:
    """From 0 (pleased) to 1 (upset, or threatening to complain); None without the model or words of the customer.

    The mean, over the customer's last messages, of the probability of displeasure against that of pleasure; or the
    probability of a threat anywhere in the conversation, if that is higher. Meant for ranking: no points rest on it.
    """
    model = talk.tools.models.get(MODEL)
    if model is None or not {UPSET, THREAT, PLEASED} <= set(model.labels):
        return None
    texts = [talk.messages[index].text for index in talk.texts((Role.CUSTOMER,), Window())]
    if not texts:
        return None
    said = [answer.scores for answer in talk.tools.predict_many(MODEL, texts)]
    threat = model.labels.index(THREAT)
    ending = [_displeasure(model, scores) for scores in said[-LAST:]]
    return max(sum(ending) / len(ending), *(scores[threat] for scores in said))


def _displeasure(model: Predictor, scores: Sequence[float]) -> float:
    """The part of displeasure in what the model does not hold to be neutral (0-1); one half if it holds all to be."""
    upset, threat, pleased = (scores[model.labels.index(label)] for label in (UPSET, THREAT, PLEASED))
    felt = upset + threat + pleased
    return (upset + threat) / felt if felt else 0.5
