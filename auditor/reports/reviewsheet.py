"""The sheet 复核对照: the machine's result beside the one after review, and what was reviewed or appealed against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from auditor.reports.grid import write_band, write_gap, write_table, write_text
from auditor.reports.records import Record
from auditor.reports.sheet import Book, Layout
from auditor.reports.tables import NONE, Column, Table, moment
from auditor.reviews.verdict import AND, APPEAL, REASON, REVIEWER, RULING, YES
from auditor.scoring import Scorecard

TITLE = "复核对照"
_COLUMNS = (
    Column("会话编号", 18),
    Column("时间", 18, "time"),
    Column("规则", 22, "text"),
    Column("级别", 8, "severity"),
    Column("原话", 40, "text"),
    Column("机器扣分", 9, "plain"),
    Column("复核后扣分", 10, "plain"),
    Column(RULING, 11),
    Column(REVIEWER, 16),
    Column(APPEAL, 8),
    Column(REASON, 30, "text"),
)
#: Columns that each column of the comparison of scores takes.
_SPANS = (2, 1, 1, 1)
_TEAM_COLUMNS = (
    Column("客服", 28, "text"),
    Column("会话数", 10, "number"),
    Column("机器得分", 11, "score"),
    Column("复核后得分", 12, "score"),
    Column("变化", 10, "plain"),
    Column("机器合格率", 12, "percent"),
    Column("复核后合格率", 13, "percent"),
    Column("机器致命项", 11, "sparse"),
    Column("复核后致命项", 13, "sparse"),
    Column("撤下的命中", 12, "sparse"),
)


def was_reviewed(finding: Record) -> bool:
    """Did anybody rule on this finding or appeal against it?"""
    return bool(finding.get("reviewers") or finding.get("appeal"))


def write_review(book: Book, card: Scorecard, findings: Sequence[Record]) -> None:
    """Write the sheet of one agent. ``findings``: those of the agent that were reviewed or appealed against."""
    machine = card.machine
    if machine is None:
        return
    sheet = book.sheet(TITLE, Layout(tuple(c.width for c in _COLUMNS), landscape=True))
    write_band(sheet, "机器结果与复核后结果")
    write_table(sheet, comparison(card, machine), _SPANS, titled=False)
    write_gap(sheet)
    write_table(sheet, _findings(findings))
    write_gap(sheet)
    write_text(sheet, "复核结果为“误判”或“申诉成立”的命中不再扣分；被它盖住或因上限没扣的命中会重新计入。")
    write_text(sheet, "复核人意见不一、申诉还没有复核结果的，暂按机器结果计分。")
    sheet.raw.print_area = f"A1:K{sheet.rows}"


def comparison(card: Scorecard, machine: Scorecard) -> Table:
    """The headline figures and dimensions before and after review."""
    columns = (Column("项目", 18), Column("机器结果", 12), Column("复核后", 12), Column("变化", 12))
    rows: list[tuple[Any, ...]] = [
        ("综合得分", _points(machine.score), _points(card.score), _change(machine.score, card.score)),
        ("等级", machine.grade.name if machine.grade else NONE, card.grade.name if card.grade else NONE, ""),
        ("合格率", _share(machine.pass_rate), _share(card.pass_rate), _share_change(machine.pass_rate, card.pass_rate)),
        ("致命项（场）", str(machine.fatal), str(card.fatal), _change(machine.fatal, card.fatal, 0)),
    ]
    for before, after in zip(machine.dimensions, card.dimensions, strict=True):
        change = _change(before.score, after.score)
        rows.append((f"{after.name}（满分 {after.full:g}）", _points(before.score), _points(after.score), change))
    return Table("机器结果与复核后结果", columns, tuple(rows))


def _findings(findings: Iterable[Record]) -> Table:
    rows = tuple(
        (
            finding["conversation"],
            moment(finding["time"]),
            f"{finding['code']} {finding['title']}",
            finding["severity"],
            finding["quote"] or finding["evidence"],
            _cost(finding["machine_charged"]),
            _cost(finding["charged"]),
            finding["verdict"] or ("有分歧" if finding["disputed"] else "待复核"),
            AND.join(f"{item['name']} {item['verdict']}" if finding["disputed"] else item["name"]
                     for item in finding["reviewers"]) or NONE,
            YES if finding["appeal"] else NONE,
            finding["appeal_reason"],
        )
        for finding in findings
    )
    return Table("复核过或申诉过的命中", _COLUMNS, rows)


def team_table(cards: Sequence[Scorecard]) -> Table:
    """Every agent's score before and after review, those that moved most first."""
    rows = []
    for card in sorted(cards, key=lambda item: (-abs(_gap(item)), item.agent)):
        machine = card.machine or card
        fallen = sum(tally.overturned for tally in card.rules.values())
        rows.append((
            card.agent, card.conversations, machine.score, card.score, _change(machine.score, card.score),
            machine.pass_rate, card.pass_rate, machine.fatal, card.fatal, fallen,
        ))  # fmt: skip
    return Table(TITLE, _TEAM_COLUMNS, tuple(rows))


def write_team_review(book: Book, team: Scorecard, cards: Sequence[Scorecard]) -> None:
    """Write the team's sheet, if verdicts were given."""
    if team.machine is None:
        return
    table = team_table([team, *cards])
    sheet = book.sheet(TITLE, Layout(tuple(c.width for c in _TEAM_COLUMNS), landscape=True, header=1, frozen=1))
    rows = sorted(table.rows, key=lambda row: row[0] != team.agent)
    _, last = write_table(sheet, Table(table.title, table.columns, tuple(rows)), titled=False)
    sheet.raw.auto_filter.ref = f"A1:J{last}"


def _gap(card: Scorecard) -> float:
    before = card.machine.score if card.machine else None
    return 0.0 if before is None or card.score is None else card.score - before


def _points(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.1%}"


def _change(before: float | None, after: float | None, places: int = 1) -> str:
    if before is None or after is None:
        return NONE
    change = round(after - before, places)
    return f"{change:+.{places}f}" if change else "不变"


def _share_change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return NONE
    change = round(after - before, 3)
    return f"{change:+.1%}" if change else "不变"


def _cost(charged: float) -> str:
    """Points as the card writes them: taken with a minus, won with a plus."""
    return f"{-charged:+g}".replace("-", "−") if charged else "0"
