#!/usr/bin/env python3
"""What the shipped models do on real chats, kept outside the repository: the external figures of their cards.

usage: python benchmarks/model_figures.py REAL_DIR

REAL_DIR holds de-identified chats with labels (its README says what may be done with them). Nothing is trained on them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.classifier import load_model

MODELS = Path(__file__).resolve().parents[1] / "models"


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


def needs_reply(real: Path) -> None:
    """The data's own label 1 is small talk: greetings, urging, feelings and closers, all without a matter of their own."""
    model = load_model(MODELS / "needs-reply")
    said = rows(real / "jd_customer_needs_reply.dev.jsonl")
    once = list({row["text"]: row for row in said}.values())
    for name, chosen in (("all rows", said), ("distinct texts", once)):
        truth = [row["label"] == 1 for row in chosen]
        labels = [model.predict(row["text"]).label for row in chosen]
        matter = macro_f1(truth, [label != "需要回答" for label in labels])
        closer = macro_f1(truth, [label == "不用回答" for label in labels])
        print(f"needs-reply, {name} ({len(chosen)}): macro-F1 {matter:.3f} (a matter or not), {closer:.3f} (closers only)")


def main() -> None:
    """Print every figure."""
    needs_reply(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
