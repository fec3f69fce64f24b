"""Service figures as plain records and tables: what agents.json, ``auditor kpi`` and the workbooks show of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from auditor.presets import Preset
from auditor.service import Service, Waits

Figure = float | int | str | None


class Shown(NamedTuple):
    """How a figure is shown: its title, its unit (秒, %, 次…) and whether more is better (None: neither)."""

    title: str
    unit: str
    more_is_better: bool | None


#: Every figure of a record, in the order shown. Shares are 0-1 in records and % where people look.
FIGURES: Mapping[str, Shown] = {
    "conversations": Shown("接待会话", "个", None),
    "sessions": Shown("计入的会话", "个", None),
    "first_response_mean_s": Shown("首次响应均值", "秒", False),
    "first_response_median_s": Shown("首次响应中位数", "秒", False),
    "first_response_p90_s": Shown("首次响应 90 分位", "秒", False),
    "first_response_p95_s": Shown("首次响应 95 分位", "秒", False),
    "first_response_count": Shown("有首次响应的会话", "个", None),
    "first_within_30s_rate": Shown("首次响应 30 秒内", "%", True),
    "first_within_60s_rate": Shown("首次响应 60 秒内", "%", True),
    "first_rate": Shown("首次应答率", "%", True),
    "response_mean_s": Shown("平均响应", "秒", False),
    "response_median_s": Shown("响应中位数", "秒", False),
    "response_p90_s": Shown("响应 90 分位", "秒", False),
    "response_p95_s": Shown("响应 95 分位", "秒", False),
    "rounds": Shown("已回复轮次", "轮", None),
    "rounds_within_30s_rate": Shown("30 秒内回复的轮次", "%", True),
    "rounds_within_60s_rate": Shown("60 秒内回复的轮次", "%", True),
    "rounds_within_180s_rate": Shown("3 分钟内回复的轮次", "%", True),
    "reply_rate": Shown("回复率", "%", True),
    "reply_rate_fair": Shown("回复率（不计客气话）", "%", True),
    "unanswered_rounds": Shown("未回复轮次", "轮", False),
    "unanswered_closers": Shown("其中是客气话", "轮", None),
    "rounds_without_time": Shown("没有时间的轮次", "轮", None),
    "longest_wait_s": Shown("最长等待", "秒", False),
    "customer_messages": Shown("顾客消息", "条", None),
    "agent_messages": Shown("客服消息", "条", None),
    "answer_ratio": Shown("答问比", "", None),
    "agent_characters": Shown("客服字数", "字", None),
    "typing_per_minute": Shown("打字速度", "字/分", True),
    "robot_share": Shown("机器人消息占比", "%", None),
    "transfers": Shown("转接", "次", None),
    "peak_conversations": Shown("最大同时接待", "个", None),
    "handling_mean_s": Shown("平均接待时长", "秒", None),
    "off_hours_rounds": Shown("时段外留言", "轮", None),
    "off_hours_answered": Shown("时段外已回复", "轮", None),
    "inquiries": Shown("咨询会话", "个", None),
    "ordered_rate": Shown("下单率", "%", True),
    "paid_rate": Shown("付款率", "%", True),
    "conversion_rate": Shown("询单转化率", "%", True),
}


def service_record(service: Service, preset: Preset) -> dict[str, Figure]:
    """The figures of one preset: seconds, counts and shares (0-1); None where nothing could be counted."""
    answered = service.waits.count + service.unanswered
    spoken = service.agent_messages + service.robot_messages
    minutes = service.typing_seconds / 60
    ordered = bool(service.ordered)
    values: dict[str, Figure] = {
        "conversations": service.conversations,
        "sessions": service.sessions,
        **_waits("first_response", service.first),
        "first_response_count": service.first.count,
        "first_within_30s_rate": _share(service.first.within(30), service.first.count),
        "first_within_60s_rate": _share(service.first.within(60), service.first.count),
        "first_rate": _round(service.first_rate(preset), 4),
        **_waits("response", service.waits),
        "rounds": service.waits.count,
        "rounds_within_30s_rate": _share(service.waits.within(30), answered),
        "rounds_within_60s_rate": _share(service.waits.within(60), answered),
        "rounds_within_180s_rate": _share(service.waits.within(180), answered),
        "reply_rate": _round(service.reply_rate(preset), 4),
        "reply_rate_fair": _round(service.reply_rate(preset, fair=True), 4),
        "unanswered_rounds": service.unanswered,
        "unanswered_closers": service.closers,
        "rounds_without_time": service.without_time,
        "longest_wait_s": service.waits.longest,
        "customer_messages": service.customer_messages,
        "agent_messages": service.agent_messages,
        "answer_ratio": _share(service.agent_messages, service.customer_messages),
        "agent_characters": service.agent_characters,
        "typing_per_minute": _round(service.typing_characters / minutes if minutes else None, 1),
        "robot_share": _share(service.robot_messages, spoken),
        "transfers": service.transfers,
        "peak_conversations": service.peak,
        "handling_mean_s": _round(service.handling.mean, 2),
        "off_hours_rounds": service.off_hours,
        "off_hours_answered": service.off_hours_answered,
        "inquiries": service.inquiries,
        "ordered_rate": _share(service.ordered, service.inquiries) if ordered else None,
        "paid_rate": _share(service.paid, service.ordered) if ordered else None,
        "conversion_rate": _share(service.paid, service.inquiries) if ordered else None,
    }
    values["response_mean_s"] = _round(service.mean, 2)
    return {"preset": preset.title, "as_of": preset.as_of, **{name: values[name] for name in FIGURES}}


def _waits(name: str, waits: Waits) -> dict[str, Figure]:
    return {
        f"{name}_mean_s": _round(waits.mean, 2),
        f"{name}_median_s": waits.percentile(0.5),
        f"{name}_p90_s": waits.percentile(0.9),
        f"{name}_p95_s": waits.percentile(0.95),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def shown(name: str, value: Figure) -> str:
    """A figure with its unit, as people read it: 27.8 秒, 92.3%; — where there is none."""
    if value is None or isinstance(value, str):
        return value or "—"
    unit = FIGURES[name].unit
    if unit == "%":
        return f"{value:.1%}"
    return f"{value:.1f} {unit}" if isinstance(value, float) else f"{value} {unit}".rstrip()


def reached(name: str, value: Figure, target: float) -> bool | None:
    """Is a target reached? None where there is no figure."""
    if value is None or isinstance(value, str):
        return None
    return value >= target if FIGURES[name].more_is_better else value <= target
