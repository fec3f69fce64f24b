"""How sure a share is, and how well two people agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

#: Two-sided 95 % point of the normal distribution.
Z95 = 1.96


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson 1927): honest for few cases and for shares near 0 and 1.

    (0, 1) when there are no cases.
    """
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z95**2
    middle = share + square / (2 * of)
    half = Z95 * sqrt(share * (1 - share) / of + square / (4 * of**2))
    low, high = (middle - half) / (1 + square / of), (middle + half) / (1 + square / of)
    # At the ends the formula is exact, its floating-point value is not.
    return (0.0 if hits == 0 else low), (1.0 if hits == of else high)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa (1960) of two people who each said yes or no to the same cases: 1 full agreement, 0 chance.

    None if it is not defined: no cases, or both always gave the same one answer.
    """
    n = len(pairs)
    if not n:
        return None
    same = sum(one == other for one, other in pairs) / n
    first, second = sum(one for one, _ in pairs) / n, sum(other for _, other in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return None if chance >= 1 else (same - chance) / (1 - chance)


def strength(value: float | None) -> str:
    """A kappa in words, by the bands of Landis and Koch (1977)."""
    if value is None:
        return "算不出"
    bands = ((0.8, "几乎一致"), (0.6, "较好"), (0.4, "中等"), (0.2, "一般"), (0.0, "较差"))
    return next((word for least, word in bands if value > least), "不比碰巧好")
