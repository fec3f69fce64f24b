"""``auditor kpi LOGS…``: response and service figures by a platform's own definition."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese
from auditor.cli.reading import options_of, reading
from auditor.cli.summary import width
from auditor.errors import AuditorError, printable

if TYPE_CHECKING:
    from auditor.presets import Preset
    from auditor.readers import Ledger, Options
    from auditor.reports.kpirecords import Figure
    from auditor.service import Service

TEAM = "团队"
#: The text form's tables: a title, and (figure, heading) of each column. json and csv have all figures.
TABLES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("响应", (
        ("sessions", "接待"), ("first_response_mean_s", "首响均值"), ("first_rate", "首次应答率"),
        ("response_mean_s", "平均响应"), ("response_p90_s", "90 分位"), ("longest_wait_s", "最长等待"),
        ("reply_rate", "回复率"), ("reply_rate_fair", "不计客气话"), ("late_rounds", "超时"),
        ("unanswered_rounds", "未回复"),
    )),
    ("接待", (
        ("conversations", "会话"), ("customer_messages", "顾客消息"), ("agent_messages", "客服消息"),
        ("answer_ratio", "答问比"), ("agent_characters", "客服字数"), ("typing_per_minute", "打字速度"),
        ("transfers", "转出"), ("peak_conversations", "最多同时"), ("handling_mean_s", "平均接待时长"),
        ("off_hours_rounds", "留言"), ("off_hours_answered", "已跟进"),
    )),
)  # fmt: skip
#: Columns of the text form's table by hour.
BY_HOUR = (
    ("customer_messages", "顾客消息（条）"), ("rounds_asked", "提问（轮）"), ("first_response_mean_s", "首响均值"),
    ("response_mean_s", "平均响应"), ("longest_wait_s", "最长等待"), ("rounds_over_180s", "超 3 分钟（轮）"),
    ("unanswered_rounds", "未回复（轮）"),
)  # fmt: skip
#: From the inquiry to the order to the payment: A × B = C. Said where the log has orders.
CONVERSION = ("ordered_rate", "paid_rate", "conversion_rate")
EXIT_UNREAD = 3
MOST_PROBLEMS = 8


@dataclass(frozen=True)
class Result:
    """The figures of the team and of each agent, by name, with the preset that counted them."""

    preset: Preset
    team: Service
    agents: Mapping[str, Service]

    def records(self) -> dict[str, dict[str, Figure]]:
        """Every record by name, the team's first. A team that names an agent like itself keeps both apart."""
        from auditor.reports.kpirecords import service_record

        rows = [(TEAM, self.team), *sorted(self.agents.items())]
        return {(name if name != TEAM or at == 0 else f"{TEAM}（客服）"): service_record(service, self.preset)
                for at, (name, service) in enumerate(rows)}  # fmt: skip


@click.command(cls=chinese.Command)
@click.argument("logs", nargs=-1, required=True)
@click.option("--profile", metavar="口径", default="house", show_default=True,
              help="按哪个平台的口径：taobao、tmall、jd、pdd、douyin、kuaishou、house，或自己的规则文件里写的。")
@click.option("--format", "form", type=chinese.Choice(("text", "csv", "json")), default="text", show_default=True,
              help="text 给人看，csv 给表格，json 有全部数字（团队、每位客服、分小时）。")
@click.option("--rules", "rules", multiple=True, type=click.Path(path_type=Path),
              help="写有 [preset.名称] 的规则文件，可写多次；只写要改的几项。")
@click.option("--since", metavar="日期", help="只算这一天起的消息，如 2026-11-16。")
@click.option("--until", metavar="日期", help="只算到这一天为止的消息（含）。")
@reading
def kpi(logs: tuple[str, ...], profile: str, form: str, rules: tuple[Path, ...], **chosen: Any) -> int:
    """按平台的口径计算 LOGS 的响应和服务指标：首次响应、回复率、答问比、打字速度等，逐位客服和团队。"""
    from auditor.readers import Ledger, find_files

    preset = _preset(profile, rules)
    ledger = Ledger()
    result = _count(find_files(logs), options_of({**chosen, "profile": profile}), ledger, preset)
    write: dict[str, Callable[[Result], str]] = {"text": _text, "csv": _csv, "json": _json}
    click.echo(write[form](result), nl=False)
    return _account(ledger)


def _preset(name: str, rules: Sequence[Path]) -> Preset:
    from auditor.rulefields import did_you_mean
    from auditor.rulepresets import load_presets

    presets = load_presets(rules)
    if name not in presets:
        known = "、".join(presets)
        raise AuditorError(f"没有「{name}」这个口径{did_you_mean(name, presets)}，可用 {known}")
    return presets[name]


def _count(files: Sequence[Path], options: Options, ledger: Ledger, preset: Preset) -> Result:
    """Add up every conversation. Raises AuditorError if there is not one."""
    from auditor.kpis import contact
    from auditor.readers import read
    from auditor.service import Service, taking_part

    team, agents = Service(), dict[str, Service]()
    for talk in read(files, options, ledger):
        cut = contact(talk, preset)
        team.add(cut)
        for agent in taking_part(cut):
            agents.setdefault(agent, Service()).add(cut, agent)
    if not team.conversations:
        raise AuditorError(ledger.nothing_read(), ledger.file_problems)
    return Result(preset, team, agents)


def _account(ledger: Ledger) -> int:
    """Say on stderr what could not be read; returns the exit code."""
    for problem in ledger.file_problems[:MOST_PROBLEMS]:
        click.echo(printable(f"没有读：{problem}"), err=True)
    if len(ledger.file_problems) > MOST_PROBLEMS:
        click.echo(f"…… 另有 {len(ledger.file_problems) - MOST_PROBLEMS} 条", err=True)
    if ledger.rows_rejected:
        reasons = "，".join(f"{reason} {count} 行" for reason, count in ledger.reasons.most_common())
        click.echo(printable(f"有 {ledger.rows_rejected} 行读不了，没有计入（{reasons}）"), err=True)
    for note in ledger.notes[:MOST_PROBLEMS]:
        click.echo(printable(f"注意：{note}"), err=True)
    return EXIT_UNREAD if ledger.rows_rejected or ledger.file_problems else 0


def _text(result: Result) -> str:
    """Tables of the headline figures: agents as rows, then the team by hour."""
    records, preset = result.records(), result.preset
    lines = [f"口径：{preset.title}（{preset.as_of}）", f"出处：{preset.source}"]
    if preset.changed:
        lines.append(f"自己的规则文件改了：{'、'.join(preset.changed)}")
    for title, columns in TABLES:
        rows = [[title, *(heading for _, heading in columns)]]
        rows += [[printable(name), *_cells(record, columns, preset)] for name, record in records.items()]
        lines += ["", *_aligned(rows)]
    hours = _hours(result.team)
    lines += [*(["", *hours] if hours else []), *_remarks(records[TEAM], preset)]
    return "\n".join(lines) + "\n"


def _cells(record: Mapping[str, Figure], columns: Sequence[tuple[str, str]], preset: Preset) -> list[str]:
    from auditor.reports.kpirecords import reached, shown

    def missed(name: str) -> bool:
        return name in preset.targets and reached(name, record[name], preset.targets[name]) is False

    return [f"{shown(name, record[name])}{'*' if missed(name) else ''}" for name, _ in columns]


def _hours(team: Service) -> list[str]:
    from auditor.durations import spell
    from auditor.reports.kpirecords import hour_records

    rows = [["小时", *(heading for _, heading in BY_HOUR)]]
    for hour, record in hour_records(team).items():
        cells = [record[name] for name, _ in BY_HOUR]
        waits = [name.endswith("_s") for name, _ in BY_HOUR]
        rows.append([f"{hour}:00", *(
            "—" if value is None else spell(float(value)) if wait else str(value)
            for value, wait in zip(cells, waits, strict=True)
        )])  # fmt: skip
    return _aligned(rows) if len(rows) > 1 else []


def _remarks(team: Mapping[str, Figure], preset: Preset) -> list[str]:
    """What the marks mean, and what could not be judged."""
    from auditor.reports.kpirecords import FIGURES, shown

    lines = []
    if preset.targets:
        told = "，".join(f"{FIGURES[name].title} {shown(name, value)}" for name, value in preset.targets.items())
        lines.append(f"目标：{told}；没有达到的打 *")
    if team["conversion_rate"] is not None:
        steps = (f"{FIGURES[name].title} {shown(name, team[name])}" for name in CONVERSION)
        lines.append(f"询单转化（团队 {shown('inquiries', team['inquiries'])}咨询）：{'，'.join(steps)}")
    for name in ("rounds_without_time", "rounds_clock_backwards", "robot_rounds"):
        if team[name]:
            lines.append(f"{FIGURES[name].title}有 {team[name]} 轮，没有计入")
    return ["", *lines] if lines else []


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines: names to the left, figures to the right; a mark after a figure does not push it aside."""
    widths = [max(width(row[at].rstrip("*")) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        name = row[0] + " " * (widths[0] - width(row[0]))
        cells = (" " * (room - width(cell.rstrip("*"))) + cell + ("" if cell.endswith("*") else " ")
                 for cell, room in zip(row[1:], widths[1:], strict=True))  # fmt: skip
        lines.append("  ".join([name, *cells]).rstrip())
    return lines


def _csv(result: Result) -> str:
    from auditor.reports.files import csv_cell
    from auditor.reports.kpirecords import FIGURES

    out = io.StringIO()
    table = csv.writer(out)
    titles = (f"{item.title}（{item.unit}）" if item.unit else item.title for item in FIGURES.values())
    table.writerow(["客服", "口径", *titles])
    for agent, record in result.records().items():
        values = (_in_unit(record[name], shown.unit) for name, shown in FIGURES.items())
        table.writerow([csv_cell(agent), record["preset"], *values])
    return out.getvalue()


def _in_unit(value: Figure, unit: str) -> Figure:
    """A figure in the unit that its heading names: shares in percent."""
    return round(value * 100, 2) if unit == "%" and isinstance(value, (int, float)) else value


def _json(result: Result) -> str:
    from auditor.reports.kpirecords import hour_records, service_record

    def whole(service: Service) -> dict[str, Any]:
        return {**service_record(service, result.preset), "by_hour": hour_records(service)}

    preset = result.preset
    facts = {"profile": preset.name, "title": preset.title, "as_of": preset.as_of, "source": preset.source,
             "changed": list(preset.changed), "targets": dict(preset.targets), "team": whole(result.team),
             "agents": {agent: whole(service) for agent, service in sorted(result.agents.items())}}  # fmt: skip
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
