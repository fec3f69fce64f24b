"""What the history keeps of service figures: sums of one agent's conversations, and the headline figures they give."""

from __future__ import annotations

from typing import NamedTuple

from auditor.presets import Preset
from auditor.service import Service
from auditor.waits import milliseconds, share


class Sums(NamedTuple):
    """Sums that add up over conversations, but for ``longest_ms``, of which the largest counts.

    ``good`` of ``whole`` were in time by the preset's unit, ``fair_…`` without courtesies; 0 of 0 where customers are
    counted, for a customer may have several conversations a day.
    """

    first_asked: int
    first_count: int
    first_ms: int
    first_good: int
    counted: int
    counted_ms: int
    whole: int
    good: int
    fair_whole: int
    fair_good: int
    longest_ms: int
    customer_messages: int
    agent_messages: int
    typing_ms: int
    typing_characters: int


def sums_of(service: Service, preset: Preset) -> Sums:
    """The sums of a service counted by a preset."""
    strict, fair = ((0, 0) if preset.unit == "consumer" else service.in_time(preset, fair) for fair in (False, True))
    return Sums(
        first_asked=service.first_asked,
        first_count=service.first.count,
        first_ms=service.first.total_ms,
        first_good=service.first.within(preset.first_limit),
        counted=service.capped_count,
        counted_ms=service.capped_ms,
        whole=strict[1],
        good=strict[0],
        fair_whole=fair[1],
        fair_good=fair[0],
        longest_ms=milliseconds(service.waits.longest or 0.0),
        customer_messages=service.customer_messages,
        agent_messages=service.agent_messages,
        typing_ms=service.typing_ms,
        typing_characters=service.typing_characters,
    )


def headline_figures(sums: Sums) -> dict[str, float | int | str | None]:
    """The figures that the sums give, by the names and in the units of a service's record; None of nothing."""
    return {
        "first_response_mean_s": _ratio(sums.first_ms, sums.first_count * 1000, 2),
        "first_rate": _ratio(sums.first_good, sums.first_asked, 4),
        "response_mean_s": _ratio(sums.counted_ms, sums.counted * 1000, 2),
        "reply_rate": _ratio(sums.good, sums.whole, 4),
        "reply_rate_fair": _ratio(sums.fair_good, sums.fair_whole, 4),
        "longest_wait_s": sums.longest_ms / 1000 if sums.counted else None,
        "answer_ratio": _ratio(sums.agent_messages, sums.customer_messages, 2),
        "typing_per_minute": _ratio(sums.typing_characters, sums.typing_ms / 60_000, 1),
    }


def _ratio(part: float, whole: float, digits: int) -> float | None:
    value = share(part, whole)
    return None if value is None else round(value, digits)
