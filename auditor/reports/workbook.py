"""Writes the workbooks: one for each agent, one for the team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from auditor.reports.detail import SessionSheets
from auditor.reports.filenames import file_name, team_file_name
from auditor.reports.method import METHOD_LAYOUT, METHOD_TITLE, write_method
from auditor.reports.records import Record, Session
from auditor.reports.reviewsheet import was_reviewed, write_review
from auditor.reports.scorecard import LAYOUT, TITLE, write_card
from auditor.reports.sheet import EXCEL_ROWS, Book
from auditor.reports.tables import RuleLike, RunFacts, by_id, period
from auditor.reports.team import write_team_workbook
from auditor.reports.trend import Trend
from auditor.reports.trendbook import write_trend
from auditor.scoring import Scorecard

__all__ = ["file_name", "team_file_name", "write_agent_workbook", "write_team_workbook"]


def write_agent_workbook(
    path: Path,
    card: Scorecard,
    team: Scorecard,
    sessions: Iterable[Session],
    rules: Sequence[RuleLike],
    run: RunFacts,
    max_rows: int = EXCEL_ROWS,
    trend: Trend | None = None,
) -> None:
    """Write one agent's workbook: 评分卡, 扣分明细, 会话列表, 会话原文, (复核对照, 趋势,) 规则与口径.

    ``sessions`` are the agent's conversations in the order to show them, read once and not kept; those with messages
    get a transcript. ``max_rows`` is the most rows a sheet takes before it goes on in another.
    """
    with Book(f"客服评分卡 {card.agent} {period(card.start, card.end)}", max_rows) as book:
        front = book.sheet(TITLE, LAYOUT)
        details = SessionSheets(book, card.agent, by_id(rules))
        reviewed: list[Record] = []
        for session in sessions:
            details.add(session)
            reviewed += [f for f in session.findings if f["agent"] == card.agent and was_reviewed(f)]
        details.close()
        write_review(book, card, reviewed)
        if trend is not None:
            write_trend(book, trend)
        method = book.sheet(METHOD_TITLE, METHOD_LAYOUT)
        first = write_method(method, rules, card.rules, run)
        write_card(front, card, team, rules, run, details.examples, (method.title, first))
        book.save(path)
