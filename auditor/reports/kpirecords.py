"""Service figures as plain records: what agents.json, conversations.jsonl, ``auditor kpi`` and the workbooks show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from auditor.durations import spell
from auditor.kpis import Contact
from auditor.presets import Preset
from auditor.service import Service
from auditor.waits import Hour, Waits, share

Figure = float | int | str | None


class Shown(NamedTuple):
    """How a figure is shown: its title, its unit (秒, %, 次…) and whether more is better (None: neither)."""

    title: str
    unit: str
    more_is_better: bool | None


#: Every figure of a record, in the order shown. Shares are 0-1 in records and % where people look.
FIGURES: Mapping[str, Shown] = {
    "conversations": Shown("接待会话", "个", None),
    "sessions": Shown("计入的接待", "次", None),
    "first_response_mean_s": Shown("首次响应均值", "秒", False),
    "first_response_median_s": Shown("首次响应中位数", "秒", False),
    "first_response_p90_s": Shown("首次响应 90 分位", "秒", False),
    "first_response_p95_s": Shown("首次响应 95 分位", "秒", False),
    "first_response_count": Shown("有首次响应的接待", "次", None),
    "first_within_30s_rate": Shown("首次响应 30 秒内", "%", True),
    "first_within_60s_rate": Shown("首次响应 60 秒内", "%", True),
    "first_within_180s_rate": Shown("首次响应 3 分钟内", "%", True),
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
    "late_rounds": Shown("超时回复轮次", "轮", False),
    "unanswered_rounds": Shown("未回复轮次", "轮", False),
    "unanswered_closers": Shown("其中是客气话", "轮", None),
    "longest_wait_s": Shown("最长等待", "秒", False),
    "rounds_without_time": Shown("没有时间、判不了的轮次", "轮", None),
    "rounds_clock_backwards": Shown("时间颠倒、判不了的轮次", "轮", None),
    "robot_rounds": Shown("机器人全自动接待的轮次", "轮", None),
    "customer_messages": Shown("顾客消息", "条", None),
    "agent_messages": Shown("客服消息", "条", None),
    "answer_ratio": Shown("答问比", "", True),
    "agent_characters": Shown("客服字数", "字", None),
    "typing_per_minute": Shown("打字速度", "字/分", True),
    "robot_share": Shown("机器人消息占比", "%", None),
    "transfers": Shown("转出", "次", None),
    "peak_conversations": Shown("最多同时接待", "个", None),
    "handling_mean_s": Shown("平均接待时长", "秒", None),
    "off_hours_rounds": Shown("时段外留言", "轮", None),
    "off_hours_answered": Shown("时段外已跟进", "轮", None),
    "off_hours_answered_rate": Shown("留言跟进率", "%", True),
    "off_hours_follow_up_mean_s": Shown("留言跟进用时（开门起）", "秒", False),
    "inquiries": Shown("咨询会话", "个", None),
    "ordered_rate": Shown("下单率", "%", True),
    "paid_rate": Shown("付款率", "%", True),
    "conversion_rate": Shown("询单转化率", "%", True),
}


def service_record(service: Service, preset: Preset) -> dict[str, Figure]:
    """The figures of one preset: seconds, counts and shares (0-1); None where nothing could be counted."""
    values = {**_response(service, preset), **_work(service)}
    return {"preset": preset.title, "as_of": preset.as_of, **{name: values[name] for name in FIGURES}}


def _response(service: Service, preset: Preset) -> dict[str, Figure]:
    return {
        **_waits("first_response", service.first),
        "first_response_count": service.first.count,
        "first_within_30s_rate": _rate(service.first.rate(30)),
        "first_within_60s_rate": _rate(service.first.rate(60)),
        "first_within_180s_rate": _rate(service.first.rate(180)),
        "first_rate": _rate(service.first_rate(preset)),
        **_waits("response", service.waits),
        "response_mean_s": _round(service.mean, 2),
        "rounds": service.waits.count,
        "rounds_within_30s_rate": _rate(service.within(30)),
        "rounds_within_60s_rate": _rate(service.within(60)),
        "rounds_within_180s_rate": _rate(service.within(180)),
        "reply_rate": _rate(service.reply_rate(preset)),
        "reply_rate_fair": _rate(service.reply_rate(preset, fair=True)),
        "late_rounds": service.late(preset),
        "unanswered_rounds": service.unanswered,
        "unanswered_closers": service.closers,
        "longest_wait_s": service.waits.longest,
        "rounds_without_time": service.without_time,
        "rounds_clock_backwards": service.backwards,
        "robot_rounds": service.robot_rounds,
        "off_hours_rounds": service.off_hours,
        "off_hours_answered": service.off_hours_answered,
        "off_hours_answered_rate": _rate(share(service.off_hours_answered, service.off_hours)),
        "off_hours_follow_up_mean_s": _round(service.follow_up.mean, 2),
    }


def _work(service: Service) -> dict[str, Figure]:
    ordered = service.ordered or None
    minutes = service.typing_ms / 60_000
    return {
        "conversations": service.conversations,
        "sessions": service.sessions,
        "customer_messages": service.customer_messages,
        "agent_messages": service.agent_messages,
        "answer_ratio": _round(share(service.agent_messages, service.customer_messages), 2),
        "agent_characters": service.agent_characters,
        "typing_per_minute": _round(share(service.typing_characters, minutes), 1),
        "robot_share": _rate(share(service.robot_messages, service.agent_messages + service.robot_messages)),
        "transfers": service.transfers,
        "peak_conversations": service.peak if service.busy else None,
        "handling_mean_s": _round(service.handling.mean, 2),
        "inquiries": service.inquiries,
        "ordered_rate": _rate(share(ordered, service.inquiries)) if ordered else None,
        "paid_rate": _rate(share(service.paid, ordered)) if ordered else None,
        "conversion_rate": _rate(share(service.paid, service.inquiries)) if ordered else None,
    }


def _waits(name: str, waits: Waits) -> dict[str, Figure]:
    return {
        f"{name}_mean_s": _round(waits.mean, 2),
        f"{name}_median_s": waits.percentile(0.5),
        f"{name}_p90_s": waits.percentile(0.9),
        f"{name}_p95_s": waits.percentile(0.95),
    }


def contact_record(contact: Contact) -> dict[str, Figure]:
    """One conversation under one preset: sums and counts, so that any number of lines can be added up."""
    service = Service()
    service.add(contact)
    waits = service.waits
    return {
        "sessions": service.sessions,
        "first_response_s": next((item.wait for item in contact.rounds if item.open and item.first), None),
        "rounds": waits.count,
        "wait_sum_s": _round(waits.total_ms / 1000, 3),
        "longest_wait_s": waits.longest,
        "rounds_within_30s": waits.within(30),
        "rounds_within_60s": waits.within(60),
        "rounds_within_180s": waits.within(180),
        "late_rounds": service.late(contact.preset),
        "unanswered_rounds": service.unanswered,
        "unanswered_closers": service.closers,
        "rounds_without_time": service.without_time,
        "rounds_clock_backwards": service.backwards,
        "robot_rounds": service.robot_rounds,
        "off_hours_rounds": service.off_hours,
        "off_hours_answered": service.off_hours_answered,
        "customer_messages": service.customer_messages,
        "agent_messages": service.agent_messages,
        "robot_messages": service.robot_messages,
        "agent_characters": service.agent_characters,
        "typing_characters": service.typing_characters,
        "typing_s": _round(service.typing_ms / 1000, 3),
        "transfers": service.transfers,
        "handling_s": _round(service.handling.total_ms / 1000, 3),
        "ordered": service.ordered,
        "paid": service.paid,
    }


def hour_records(service: Service) -> dict[str, dict[str, Figure]]:
    """Figures by the hour of the day that customers wrote or asked in, of hours with any."""
    return {f"{hour:02}": _hour_record(service.hours[hour]) for hour in sorted(service.hours)}


def _hour_record(hour: Hour) -> dict[str, Figure]:
    return {
        "customer_messages": hour.messages,
        "rounds_asked": hour.rounds,
        "unanswered_rounds": hour.unanswered,
        "first_response_mean_s": _round(hour.first.mean, 2),
        "response_mean_s": _round(hour.waits.mean, 2),
        "response_p90_s": hour.waits.percentile(0.9),
        "longest_wait_s": hour.waits.longest,
        "rounds_over_180s": hour.waits.count - hour.waits.within(180),
    }


def _rate(value: float | None) -> float | None:
    return _round(value, 4)


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def shown(name: str, value: Figure) -> str:
    """A figure with its unit, as people read it: 27.8 秒, 3 分 20 秒, 92.3%; — where there is none."""
    if value is None or isinstance(value, str):
        return value or "—"
    unit = FIGURES[name].unit
    if unit == "%":
        return f"{value:.1%}"
    if unit == "秒":
        return spell(value)
    digits = 2 if name == "answer_ratio" else 1
    return f"{value:,.{digits}f} {unit}".rstrip() if isinstance(value, float) else f"{value:,} {unit}".rstrip()


def reached(name: str, value: Figure, target: float) -> bool | None:
    """Is a target reached? None where there is no figure."""
    if value is None or isinstance(value, str):
        return None
    return value >= target if FIGURES[name].more_is_better else value <= target
