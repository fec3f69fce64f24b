"""``auditor kpi LOGS…``: response and service figures by a platform's own definition."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese
from auditor.cli.audit import PROFILES
from auditor.cli.reading import options_of, reading
from auditor.cli.summary import width
from auditor.errors import AuditorError, printable

if TYPE_CHECKING:
    from auditor.presets import Preset
    from auditor.service import Service

TEAM = "团队"
#: Figures of the text form; json and csv have them all.
HEADLINES = (
    "conversations", "first_response_mean_s", "first_rate", "response_mean_s", "response_p90_s", "reply_rate",
    "reply_rate_fair", "unanswered_rounds", "longest_wait_s", "answer_ratio", "typing_per_minute",
)  # fmt: skip
EXIT_UNREAD = 3


@click.command(cls=chinese.Command)
@click.argument("logs", nargs=-1, required=True)
@click.option("--profile", type=chinese.Choice(PROFILES), default="house", show_default=True, help="按哪个平台的口径。")
@click.option("--format", "form", type=chinese.Choice(("text", "csv", "json")), default="text", show_default=True,
              help="输出格式。")
@click.option("--rules", "rules", multiple=True, type=click.Path(path_type=Path), help="自己的口径所在的规则文件。")
@reading
def kpi(logs: tuple[str, ...], profile: str, form: str, rules: tuple[Path, ...], **chosen: Any) -> int:
    """按平台的口径计算 LOGS 的响应和服务指标：首次响应、回复率、答问比、打字速度等，逐位客服和团队。"""
    from auditor.cli.loading import load_rules
    from auditor.readers import Ledger, find_files, read
    from auditor.service import Service

    files = find_files(logs)
    rule_set, _ = load_rules(rules)
    preset = rule_set.preset(profile)
    ledger = Ledger()
    services: dict[str, Service] = {}
    team = Service()
    for talk in read(files, options_of({**chosen, "profile": profile}), ledger):
        team.add(talk, preset)
        for agent in talk.agents:
            services.setdefault(agent, Service()).add(talk, preset, agent)
    if not team.conversations:
        raise AuditorError("没有读到任何会话，请检查文件和列名：", ledger.file_problems)
    records = _records({TEAM: team, **dict(sorted(services.items()))}, preset)
    click.echo({"text": _text, "csv": _csv, "json": _json}[form](records, preset), nl=False)
    if ledger.rows_rejected:
        click.echo(f"注意：有 {ledger.rows_rejected} 行读不了，没有计入。", err=True)
        return EXIT_UNREAD
    return 0


def _records(services: Mapping[str, Service], preset: Preset) -> dict[str, dict[str, float | int | str | None]]:
    from auditor.reports.kpirecords import service_record

    return {name: service_record(service, preset) for name, service in services.items()}


def _text(records: Mapping[str, Mapping[str, float | int | str | None]], preset: Preset) -> str:
    """A table of the headline figures, agents as rows."""
    from auditor.reports.kpirecords import FIGURES, reached, shown

    lines = [f"口径：{preset.title}（{preset.as_of}）", f"出处：{preset.source}"]
    rows = [["客服", *(FIGURES[name].title for name in HEADLINES)]]
    for agent, record in records.items():
        cells = [shown(name, record[name]) for name in HEADLINES]
        goals = preset.targets
        missed = [name in goals and reached(name, record[name], goals[name]) is False for name in HEADLINES]
        rows.append([printable(agent), *(f"{cell}*" if low else cell for cell, low in zip(cells, missed, strict=True))])
    lines += _aligned(rows)
    if preset.targets:
        told = "，".join(f"{FIGURES[name].title} {shown(name, value)}" for name, value in preset.targets.items())
        lines.append(f"* 没有达到目标：{told}")
    return "\n".join(lines) + "\n"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _csv(records: Mapping[str, Mapping[str, float | int | str | None]], preset: Preset) -> str:  # noqa: ARG001
    from auditor.reports.files import csv_cell
    from auditor.reports.kpirecords import FIGURES

    out = io.StringIO()
    table = csv.writer(out)
    titles = (f"{item.title}（{item.unit}）" if item.unit else item.title for item in FIGURES.values())
    table.writerow(["客服", "口径", *titles])
    for agent, record in records.items():
        table.writerow([csv_cell(agent), record["preset"], *(record[name] for name in FIGURES)])
    return out.getvalue()


def _json(records: Mapping[str, Mapping[str, float | int | str | None]], preset: Preset) -> str:
    whole = {"profile": preset.name, "source": preset.source, "team": records[TEAM],
             "agents": {agent: record for agent, record in records.items() if agent != TEAM}}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
