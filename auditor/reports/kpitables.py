"""Service figures as people compare them: an agent beside the team and the target, and how a preset counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from auditor.durations import duration, spell
from auditor.presets import HOUSE, USUAL, Preset
from auditor.reports.kpirecords import FIGURES, Figure, reached, service_record, shown
from auditor.reports.tables import NO_TIME, NONE, PROFILES
from auditor.scoring import Scorecard
from auditor.service import Service

Figures = Mapping[str, Figure]

#: What a manager asks first of an agent, in the order shown on the card.
HEADLINES = (
    "first_response_mean_s", "first_rate", "response_mean_s", "response_p90_s", "reply_rate", "reply_rate_fair",
    "longest_wait_s", "answer_ratio", "typing_per_minute",
)  # fmt: skip
#: The columns of a preset's sheet.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("接待", ("conversations", "sessions")),
    ("首次响应", ("first_rate", "first_response_mean_s", "first_response_median_s", "first_response_p90_s",
              "first_response_p95_s", "first_within_30s_rate", "first_within_60s_rate", "first_within_180s_rate")),
    ("每一轮响应", ("reply_rate", "reply_rate_fair", "response_mean_s", "response_median_s", "response_p90_s",
               "response_p95_s", "rounds_within_30s_rate", "rounds_within_60s_rate", "rounds_within_180s_rate",
               "longest_wait_s", "rounds", "late_rounds", "unanswered_rounds", "unanswered_closers")),
    ("工作量", ("customer_messages", "agent_messages", "answer_ratio", "agent_characters", "typing_per_minute",
             "handling_mean_s", "peak_conversations", "transfers", "robot_share")),
    ("时段外留言", ("off_hours_rounds", "off_hours_answered", "off_hours_answered_rate", "off_hours_follow_up_mean_s")),
    ("转化", ("inquiries", "ordered_rate", "paid_rate", "conversion_rate")),
    ("没有计入", ("rounds_without_time", "rounds_clock_backwards", "robot_rounds")),
)  # fmt: skip
#: Figures shown only where there is something to show.
QUIET = frozenset(GROUPS[-1][1])
UNIT_SENTENCES = {
    "round": "回复率按轮次算：{limit}内回复的轮次 ÷ 全部轮次",
    "consumer": "回复率按顾客算（一天一人）：有一轮超过{limit}或没有人工回复，这位顾客就算没做到",
    "session-mean": "回复率按会话算：会话的平均等待不超过{limit}，且每一轮都有人回复，才算做到",
    "session-all": "回复率按会话算：会话里每一轮都在{limit}内回复，才算做到",
}


@dataclass(frozen=True)
class Compared:
    """One figure of an agent: its value, the team's, the target, whether it is reached, the change, a remark.

    ``change`` is the value minus that of an earlier period, None without one.
    """

    name: str
    value: Figure
    team: Figure
    target: float | None
    reached: bool | None
    change: float | None
    note: str


def compared(card: Scorecard, team: Scorecard, preset: Preset, before: Figures | None = None) -> tuple[Compared, ...]:
    """The headline figures by one preset. ``before``: the agent's record of an earlier period by the same preset."""
    service = card.services.get(preset.name, Service())
    mine, theirs = (service_record(one.services.get(preset.name, Service()), preset) for one in (card, team))
    missing = NO_TIME if service.without_time and not service.waits.count else None
    rows = []
    for name in HEADLINES:
        value, target = mine[name], preset.targets.get(name)
        known = None if target is None else reached(name, value, target)
        note = NOTES[name](mine, preset)
        rows.append(Compared(name, missing if value is None else value, theirs[name], target, known,
                             _change(value, before, name), note))  # fmt: skip
    return tuple(rows)


def _change(value: Figure, before: Figures | None, name: str) -> float | None:
    earlier = before.get(name) if before is not None else None
    if isinstance(value, (int, float)) and isinstance(earlier, (int, float)):
        return round(value - earlier, 4)
    return None


#: A remark on each headline figure, from the agent's record.
NOTES: Mapping[str, Callable[[Figures, Preset], str]] = {
    "first_response_mean_s": lambda r, _: (
        f"{_shown(r, 'first_response_count')}首次响应，中位数 {_shown(r, 'first_response_median_s')}"
    ),
    "first_rate": lambda r, p: f"{duration(p.first_limit)}内；60 秒内 {_shown(r, 'first_within_60s_rate')}",
    "response_mean_s": lambda r, p: (
        f"{_shown(r, 'rounds')}，中位数 {_shown(r, 'response_median_s')}"
        + (f"；超过 {p.cap:g} 秒按 {p.cap:g} 秒计" if p.cap else "")
    ),
    "response_p90_s": lambda r, _: f"九成在此之内；3 分钟内 {_shown(r, 'rounds_within_180s_rate')}",
    "reply_rate": lambda r, p: f"{_unit(p)}，{duration(p.reply_limit)}内{_too_few(r, p)}",
    "reply_rate_fair": lambda r, _: f"不算只说好的、谢谢的；未回复里有 {_shown(r, 'unanswered_closers')}",
    "longest_wait_s": lambda r, _: (
        f"超时 {_shown(r, 'late_rounds')}，未回复 {_shown(r, 'unanswered_rounds')}"
    ),
    "answer_ratio": lambda r, _: f"客服 {_shown(r, 'agent_messages')} ÷ 顾客 {_shown(r, 'customer_messages')}",
    "typing_per_minute": lambda r, _: (
        f"共 {_shown(r, 'agent_characters')}；最多同时接待 {_shown(r, 'peak_conversations')}"
    ),
}


def _shown(record: Figures, name: str) -> str:
    return shown(name, record[name])


def _unit(preset: Preset) -> str:
    return {"round": "按轮次", "consumer": "按顾客"}.get(preset.unit, "按会话")


def _too_few(record: Figures, preset: Preset) -> str:
    """A remark where the platform would not assess the rate."""
    counted = sum(int(record[name] or 0) for name in ("rounds", "unanswered_rounds"))
    return f"；不足 {preset.least_rounds} 轮，平台不考核" if counted < preset.least_rounds else ""


def target_text(name: str, target: float | None) -> str:
    """A target as people read it: ≥ 90.0%, ≤ 30 秒."""
    if target is None:
        return NONE
    return f"{'≥' if FIGURES[name].more_is_better else '≤'} {shown(name, float(target))}"


def change_text(name: str, change: float | None) -> str:
    """A change as people read it: ▲ 2.1 个百分点, ▼ 3.5 秒, 持平."""
    if change is None:
        return NONE
    if not change:
        return "持平"
    arrow, size = "▲" if change > 0 else "▼", abs(change)
    unit = FIGURES[name].unit
    if unit == "%":
        return f"{arrow} {size * 100:.1f} 个百分点"
    return f"{arrow} {spell(size)}" if unit == "秒" else f"{arrow} {size:g} {unit}".rstrip()


def presets_used(team: Scorecard, presets: Mapping[str, Preset]) -> list[Preset]:
    """The presets that counted the team: platforms by their conversations, the house's last."""
    names = sorted(team.services, key=lambda name: (name == HOUSE, -team.services[name].conversations, name))
    return [presets.get(name, USUAL) for name in names]


def preset_name(preset: Preset) -> str:
    """The short name of a preset: 淘宝, 店铺口径."""
    return "店铺口径" if preset.name == HOUSE else PROFILES.get(preset.name, preset.name)


def missed_targets(record: Figures, preset: Preset) -> str:
    """The figures that do not reach their targets, in words."""
    missed = [FIGURES[name].title for name, target in preset.targets.items()
              if reached(name, record[name], target) is False]  # fmt: skip
    return "、".join(missed) or "无"


def shown_groups(records: Sequence[Figures]) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    """The groups of figures that say something of anybody, and the titles of the figures that nobody has."""
    groups, absent = [], []
    for title, names in GROUPS:
        known = [name for name in names if any(record[name] is not None for record in records)]
        absent += [FIGURES[name].title for name in names if name not in known]
        kept = tuple(name for name in known if name not in QUIET or any(record[name] for record in records))
        if (kept and title != "转化") or "conversion_rate" in kept:
            groups.append((title, kept))
    return groups, absent


def preset_sentences(preset: Preset) -> tuple[str, ...]:
    """How a preset counts, in plain words."""
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in preset.hours)
    tested = "会话开始" if preset.hours_by == "session" else "提问"
    limit = f" {duration(preset.reply_limit)}"
    said = [
        f"口径：{preset.title}（资料日期 {preset.as_of or '未写'}）。出处：{preset.source or '未写'}",
        "一轮 = 顾客第一条没有得到回答的消息 → 第一条有效回复；机器人和自动回复不停表。"
        + ("智能辅助代答算有效回复。" if preset.assist_counts else ""),
        f"计入的时段 {start}–{end}，按{tested}时间看；时段外的是留言，另计。",
        UNIT_SENTENCES[preset.unit].format(limit=limit) + f"。首次应答率：{duration(preset.first_limit)}内的首次响应。",
        f"停顿超过 {duration(preset.gap)}再开口算新的一次接待。“不计客气话”去掉顾客只说好的、谢谢之类的轮次。",
    ]
    if preset.least_rounds:
        said.append(f"不足 {preset.least_rounds} 轮的，平台不考核；这里照样算出来给人参考。")
    if preset.cap is not None:
        said.append(f"没有回复或超过 {preset.cap:g} 秒的一轮，在平均响应里按 {preset.cap:g} 秒计。")
    if preset.transfer_keeps:
        said.append("没有回复就转走的，转出的客服记一轮未回复，所以各人合计可能多于团队。")
    if preset.changed:
        said.append(f"自己的规则文件改写了：{'、'.join(preset.changed)}。")
    return tuple(said)
