#!/usr/bin/env python3
"""What the shipped models do on real chats, kept outside the repository: the external figures of their cards.

usage: python benchmarks/model_figures.py REAL_DIR [GOLD_DIR]

REAL_DIR holds de-identified chats with labels, GOLD_DIR hand labels (their READMEs say what may be done with them).
Nothing is trained on them.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from auditor.chat import Conversation, Message, Role
from auditor.checks.talk import Talk, Tools
from auditor.classifier import Model, load_model
from auditor.mood import PLEASED, THREAT, UPSET, mood_risk
from auditor.text import Tokenizer

ROOT = Path(__file__).resolve().parents[1]
#: Hand label -> labels of agent-attitude that mean it.
GOLD = {
    "HARD": ("生硬",), "IGNORE": ("敷衍",), "BUCK": ("推诿",), "IMPAT": ("不耐烦", "讥讽", "命令"), "PERF": ("敷衍",),
    "PROMISE": ("过度承诺",), "OFFPLAT": ("站外引导",), "RATEGOOD": ("索要好评",),
}  # fmt: skip


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def macro_f1(truth: Sequence[bool], given: Sequence[bool]) -> float:
    """The mean of the F1 of both classes."""
    found = []
    for side in (True, False):
        hits = sum(t == g == side for t, g in zip(truth, given, strict=True))
        found.append(2 * hits / (truth.count(side) + given.count(side)))
    return sum(found) / 2


def auc(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """How often a true one scores above a false one, ties half."""
    true = [score for is_true, score in zip(truth, scores, strict=True) if is_true]
    false = [score for is_true, score in zip(truth, scores, strict=True) if not is_true]
    wins = sum((t > f) + 0.5 * (t == f) for t in true for f in false)
    return wins / (len(true) * len(false))


def needs_reply(real: Path) -> None:
    """Label 1 of the data is small talk: greetings, urging, feelings and closers, all without a matter of their own."""
    model = load_model(ROOT / "models" / "needs-reply")
    said = rows(real / "jd_customer_needs_reply.dev.jsonl")
    for name, chosen in (("all rows", said), ("distinct texts", list({row["text"]: row for row in said}.values()))):
        truth = [row["label"] == 1 for row in chosen]
        labels = [answer.label for answer in model.predict_many(row["text"] for row in chosen)]
        matter = macro_f1(truth, [label != "需要回答" for label in labels])
        closer = macro_f1(truth, [label == "不用回答" for label in labels])
        print(f"needs-reply, {name} ({len(chosen)}): macro-F1 {matter:.3f} (a matter or not), {closer:.3f} (closers)")


def customer_mood(real: Path) -> None:
    """AUC on customer turns (dissatisfied against the rest) and of the mood risk on whole sessions."""
    model = load_model(ROOT / "models" / "customer-mood")
    tools = Tools(Tokenizer(), {"customer-mood": model})
    upset, threat, pleased = (model.labels.index(label) for label in (UPSET, THREAT, PLEASED))
    truth, scores, sessions = [], [], []
    for session in rows(real / "jddc_uss.dev.jsonl"):
        messages = session["messages"]
        for message in messages:
            grade = message["labels"].get("satisfaction") if message["role"] == "customer" else None
            if grade is not None:
                said = model.predict(message["text"]).scores
                bad = said[upset] + said[threat]
                truth.append(grade == 0)
                scores.append(bad / (bad + said[pleased]))
        talk = Talk(Conversation("", tuple(Message(Role(m["role"]), m["text"]) for m in messages)), tools)
        sessions.append((session["labels"]["overall_satisfaction"], mood_risk(talk) or 0.0))
    print(f"customer-mood, {len(truth)} turns: AUC {auc(truth, scores):.3f} (dissatisfied)")
    risks = [risk for _, risk in sessions]
    for name, below in (("dissatisfied", 1), ("not satisfied", 2)):
        found = auc([grade < below for grade, _ in sessions], risks)
        print(f"mood_risk, {len(sessions)} sessions: AUC {found:.3f} ({name})")


def thresholds() -> dict[str, float]:
    """The threshold of every label, as the shipped rules have it."""
    rules = tomllib.loads((ROOT / "rules" / "models.toml").read_text(encoding="utf-8"))["rule"]
    return {rule["label"]: rule["threshold"] for rule in rules if rule["model"] == "agent-attitude"}


def attitude(real: Path, gold: Path | None) -> None:
    """Turns of agents flagged at the rules' thresholds, and how many of the hand labels are found."""
    model, least = load_model(ROOT / "models" / "agent-attitude"), thresholds()
    turns = list(_agent_turns(real))
    flagged = [flags(model, least, text) for text in turns]
    counts = Counter(label for labels in flagged for label in labels)
    share = 1000 * sum(map(bool, flagged)) / len(turns)
    print(f"agent-attitude, {len(turns)} agent turns: {share:.2f} flagged per 1,000, right or wrong; {dict(counts)}")
    if gold is None:
        return
    labelled = [(m["text"], set(session["gold"]["turns"].get(str(at), ())))
                for session in rows(gold / "sessions.jsonl")
                for at, m in enumerate(session["messages"]) if m["role"] == "agent"]  # fmt: skip
    labelled += [(turn["text"], set(turn["gold"])) for turn in rows(gold / "turns.jsonl")]
    for name, labels in GOLD.items():
        hit = [bool(flags(model, least, text) & set(labels)) for text, _ in labelled]
        wanted = [name in given for _, given in labelled]
        found = sum(h and w for h, w in zip(hit, wanted, strict=True))
        print(f"  {name}: found {found} of {sum(wanted)}, {sum(hit) - found} others flagged")


def flags(model: Model, least: dict[str, float], text: str) -> set[str]:
    """The labels that reach their thresholds."""
    scores = zip(model.labels, model.predict(text).scores, strict=True)
    return {label for label, score in scores if score >= least.get(label, 2.0)}


def _agent_turns(real: Path) -> Iterator[str]:
    for name in ("jddc_uss", "jddc_2019_sample", "taobao_ecd"):
        for session in rows(real / f"{name}.dev.jsonl"):
            yield from (m["text"] for m in session["messages"] if m["role"] == "agent")
    yield from (row["text"] for row in rows(real / "jddc_2018_agent_turns.dev.jsonl"))


def main() -> None:
    """Print every figure."""
    real, *gold = map(Path, sys.argv[1:3])
    needs_reply(real)
    customer_mood(real)
    attitude(real, gold[0] if gold else None)


if __name__ == "__main__":
    main()
