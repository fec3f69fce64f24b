"""What the terminal says at the end of an audit: who scored what, what was charged most, what could not be read."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.durations import spell
from auditor.errors import printable

if TYPE_CHECKING:
    from auditor.job import Outcome
    from auditor.readers import InputFacts
    from auditor.scoring import RuleTally, Scorecard

TOP_RULES = 5
MOST_AGENTS = 30
MOST_PROBLEMS = 8
MOST_INPUTS = 8
#: Widest cell of the ranking, in columns of the terminal.
MOST_COLUMNS = 28


def show(outcome: Outcome, target: Path) -> None:
    """Print the summary to stdout, and to stderr what could not be read."""
    facts, team = outcome.facts, outcome.team
    period = f"{team.start:%Y-%m-%d} 至 {team.end:%Y-%m-%d}" if team.start and team.end else "没有时间数据"
    _title(f"质检完成：{facts.conversations} 个会话，{len(outcome.cards)} 位客服（{period}）")
    _ranking(outcome)
    _top_rules(outcome)
    _account(outcome)
    click.echo()
    _line(f"结果在 {target}：{_written(outcome)}")
    _unread(outcome, target)


def _ranking(outcome: Outcome) -> None:
    cards = outcome.cards
    rows = [("名次", "客服", "会话", "得分", "等级", "合格率", "致命", "首响均值", "扣分最多")]
    for card in cards[:MOST_AGENTS]:
        low, high = card.score_low, card.score_high
        band = f"±{(high - low) / 2:.1f}" if high is not None and low is not None and high > low else ""
        first = card.figures.first.mean
        rows.append(
            (
                str(card.rank),
                card.agent,
                str(card.conversations),
                f"{card.score:.1f}{band}" if card.score is not None else "—",
                card.grade.title if card.grade else "—",
                f"{card.pass_rate:.0%}" if card.pass_rate is not None else "—",
                str(card.fatal) if card.fatal else "—",
                spell(round(first)) if first is not None else "—",
                _worst(card, outcome.titles),
            )
        )
    _table(rows, [_grade_colour(card) for card in cards[:MOST_AGENTS]])
    if len(cards) > MOST_AGENTS:
        _line(f"…… 另有 {len(cards) - MOST_AGENTS} 位客服，见团队汇总")


def _worst(card: Scorecard, titles: Mapping[str, str]) -> str:
    worst = max(card.rules.items(), key=lambda item: (item[1].zeroed, item[1].points, item[0]), default=None)
    if worst is None or worst[1].points <= 0:
        return "—"
    return f"{titles[worst[0]]} {_cost(worst[1])}"


def _cost(tally: RuleTally) -> str:
    """What a rule cost: conversations that it zeroed, else points."""
    return f"{tally.zeroed} 个会话记 0 分" if tally.zeroed else f"{tally.points:g} 分"


def _grade_colour(card: Scorecard) -> str | None:
    if card.fatal:
        return "red"
    if card.score is None:
        return None
    return "green" if card.score >= 90 else "yellow" if card.score >= 80 else "red"


def _top_rules(outcome: Outcome) -> None:
    tallies = [(rule, tally) for rule, tally in outcome.team.rules.items() if tally.points > 0]
    if not tallies:
        click.echo("\n没有扣分。")
        return
    click.echo("\n扣分最多的规则：")
    tallies.sort(key=lambda item: (-item[1].zeroed, -item[1].points, item[0]))
    for rule, tally in tallies[:TOP_RULES]:
        _line(f"  {outcome.titles[rule]}：{tally.charged} 次，{_cost(tally)}，涉及 {tally.conversations} 个会话")


def _account(outcome: Outcome) -> None:
    inputs = outcome.ledger.inputs
    read, bad = sum(item.rows_in for item in inputs), sum(item.rows_rejected for item in inputs)
    outside, merged = sum(item.rows_outside for item in inputs), outcome.ledger.rows_merged
    exempt = sum(tally.exempt for tally in outcome.team.rules.values())
    trial = sum(tally.trial for tally in outcome.team.rules.values())
    parts = [f"读入 {read} 行", f"质检 {read - bad - outside - merged} 行", f"未读 {bad} 行"]
    if outside:
        parts.append(f"日期之外 {outside} 行")
    if merged:
        parts.append(f"重复 {merged} 行（只算一次）")
    click.echo()
    for item in inputs[:MOST_INPUTS]:
        _line(_read_as(item))
    if len(inputs) > MOST_INPUTS:
        _line(f"…… 另有 {len(inputs) - MOST_INPUTS} 个文件，见 run.json 的 inputs")
    _line(f"{'，'.join(parts)}。豁免 {exempt} 处，试运行 {trial} 处（都不扣分）。")
    for rule, count in outcome.facts.not_evaluable.items():
        _line(f"规则「{outcome.titles[rule]}」有 {count} 个会话判不了（原因见 conversations.jsonl）。")


def _read_as(item: InputFacts) -> str:
    """What one file was read as."""
    encoding = f"，编码 {item.encoding}" if item.encoding else ""
    form = f"读作 {item.format}{encoding}" if item.format else "没有读"
    return f"{item.file}：{form}，{item.rows_audited}/{item.rows_in} 行"


def _written(outcome: Outcome) -> str:
    cards = {kind: sum(name.startswith("客服评分卡_") and name.endswith(kind) for name in outcome.files)
             for kind in (".xlsx", ".html")}  # fmt: skip
    parts = [f"{cards['.xlsx']} 份客服评分卡、1 份团队汇总"] if cards[".xlsx"] else []
    parts += [f"{cards['.html']} 个客服网页、1 个团队网页"] if cards[".html"] else []
    return "，".join([*parts, "明细 findings.jsonl、conversations.jsonl、agents.json、run.json"])


def _unread(outcome: Outcome, target: Path) -> None:
    _some([f"没有读：{problem}" for problem in outcome.problems], "red")
    if outcome.ledger.rows_rejected:
        reasons = "，".join(f"{reason} {count} 行" for reason, count in outcome.ledger.reasons.most_common())
        rejected = f"有 {outcome.ledger.rows_rejected} 行没有质检（{reasons}），见 {target / 'unread.csv'}"
        _line(rejected, "red", err=True)
    _some([f"注意：{note}" for note in outcome.notes])


def _some(lines: Sequence[str], colour: str | None = None) -> None:
    """The first few lines on stderr, and how many more there are."""
    for line in lines[:MOST_PROBLEMS]:
        _line(line, colour, err=True)
    if len(lines) > MOST_PROBLEMS:
        _line(f"…… 另有 {len(lines) - MOST_PROBLEMS} 条，见 run.json 的 left_out", err=True)


def width(text: str) -> int:
    """Columns a text takes on a terminal: two for wide characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _table(rows: Sequence[Sequence[str]], colours: Sequence[str | None]) -> None:
    rows = [[_cut(printable(cell)) for cell in row] for row in rows]
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)]
        _line("  ".join(cells).rstrip(), colours[number - 1] if number else None, bold=number == 0)


def _cut(text: str) -> str:
    """A text of at most MOST_COLUMNS columns."""
    kept = text
    while width(kept) > MOST_COLUMNS:
        kept = kept[: min(len(kept) - 1, MOST_COLUMNS)]
    return text if kept == text else f"{kept[:-1]}…"


def _title(text: str) -> None:
    _line(text, bold=True)


def _line(text: str, colour: str | None = None, bold: bool = False, err: bool = False) -> None:
    """One line on stdout or stderr, without anything that could steer the terminal."""
    stream = sys.stderr if err else sys.stdout
    plain = bool(os.environ.get("NO_COLOR")) or stream is None or not stream.isatty()
    text = printable(text)
    click.echo(text if plain else click.style(text, fg=colour, bold=bold or None), err=err)
