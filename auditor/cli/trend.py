"""``auditor trend --history FILE``: weeks and months of agents and rules, as a workbook and a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli import chinese
from auditor.cli.summary import width
from auditor.errors import AuditorError, printable, reason

if TYPE_CHECKING:
    from auditor.history import Timeline

DEFAULT_BOOK = "趋势.xlsx"
#: Periods and agents that the terminal shows.
MOST_PERIODS, MOST_AGENTS = 6, 30


@click.command(cls=chinese.Command)
@click.option("--history", required=True, metavar="文件", type=click.Path(path_type=Path),
              help="auditor audit --history 写的历史文件。")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=DEFAULT_BOOK, show_default=True,
              help="趋势工作簿写到这个文件。")
def trend(history: Path, output: Path) -> None:
    """看趋势：每位客服、每条规则逐周逐月的变化，写成一个工作簿。"""
    from auditor.history import Timeline
    from auditor.reports.trendbook import write_trend_workbook

    if not history.is_file():
        raise AuditorError(f"找不到历史文件 {history}，请先用 auditor audit 聊天记录 --history {history} 记下结果")
    with Timeline(history) as timeline:
        lines = _lines(timeline)
        try:
            write_trend_workbook(output, timeline)
        except OSError as error:
            raise AuditorError(f"趋势工作簿 {output} 不能写（{reason(error)}），请换一个，用 -o 指定") from None
    for line in lines:
        click.echo(printable(line))
    click.echo(f"\n趋势写在 {printable(str(output))}：团队、客服、规则，逐周和逐月。")


def _lines(timeline: Timeline) -> list[str]:
    """The latest weeks of the team and of every agent."""
    from auditor.history import WEEK
    from auditor.reports.trend import agents_matrix

    table = agents_matrix(WEEK, timeline.points(WEEK))
    if not table.rows:
        raise AuditorError("历史文件里还没有结果，请先用 auditor audit 聊天记录 --history 记下结果")
    weeks = [column.name for column in table.columns[2:]][-MOST_PERIODS:]
    rows = [["客服", *weeks, "比上期"]]
    for agent, change, *scores in table.rows[:MOST_AGENTS]:
        shown = ["—" if score is None else f"{score:.1f}" for score in scores[-MOST_PERIODS:]]
        rows.append([str(agent), *shown, str(change)])
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(c + " " * (room - width(c)) for c, room in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    left = len(table.rows) - MOST_AGENTS
    return [*lines, f"…… 另有 {left} 位客服，见工作簿"] if left > 0 else lines
