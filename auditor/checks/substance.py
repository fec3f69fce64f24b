"""How much a text says besides words that say nothing: greetings, holds, courtesy, emoji."""

from __future__ import annotations

from auditor.text import Lexicon, without_codes


def substance(folded: str, empty: Lexicon) -> int:
    """Letters, digits and Han characters of a folded text that lie outside every match of ``empty``."""
    text = without_codes(folded)
    covered = [False] * len(text)
    for start, end in empty.find(text):
        covered[start:end] = [True] * (end - start)
    return sum(char.isalnum() and not hidden for char, hidden in zip(text, covered, strict=True))
