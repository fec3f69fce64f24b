"""Writes the HTML report: a page for each agent and one for the team, each whole in itself."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from auditor.reports.files import open_text
from auditor.reports.htmlagent import Flag, write_agent_page
from auditor.reports.htmlteam import MOST_FLAGS, write_team_page
from auditor.reports.records import Session
from auditor.reports.tables import SEVERITIES, RuleLike, RunFacts
from auditor.scoring import Scorecard

_GRAVITY = {name: at for at, name in enumerate(SEVERITIES)}


def write_pages(
    folder: Path,
    cards: Sequence[Scorecard],
    team: Scorecard,
    sessions: Callable[[str], Iterable[Session]],
    rules: Sequence[RuleLike],
    run: RunFacts,
    books: Mapping[str, str],
    summary: str,
    wrote: Callable[[], None] = lambda: None,
) -> list[str]:
    """Write all pages into a folder; returns their names.

    ``sessions`` gives an agent's conversations anew at each call. ``books`` and ``summary`` are the names that the
    workbooks have or would have; the pages are called the same, with .html. ``wrote`` is told of each page.
    """
    pages = {agent: _page(name) for agent, name in books.items()}
    worst = _Worst()
    for card in cards:
        with open_text(folder / pages[card.agent]) as file:
            read = _reader(sessions, card.agent)
            for flag in write_agent_page(file, card, team, read, rules, run, _page(summary)):
                worst.add(flag)
        wrote()
    with open_text(folder / _page(summary)) as file:
        write_team_page(file, team, cards, rules, run, worst.flags(), pages, worst.charged)
    wrote()
    return [*pages.values(), _page(summary)]


def _page(book: str) -> str:
    return f"{book.removesuffix('.xlsx')}.html"


def _reader(sessions: Callable[[str], Iterable[Session]], agent: str) -> Callable[[], Iterable[Session]]:
    return lambda: sessions(agent)


class _Worst:
    """The gravest charged findings of all agents, so many at most, however many there are."""

    def __init__(self) -> None:
        self.charged = 0
        self._heap: list[tuple[tuple[int, float, int], int, Flag]] = []

    def add(self, flag: Flag) -> None:
        """Take a finding if it was charged and is grave enough."""
        charged = flag.record["charged"]
        if charged <= 0:
            return
        self.charged += 1
        key = (-_GRAVITY[flag.record["severity"]], charged, -self.charged)
        item = (key, -self.charged, flag)
        if len(self._heap) < MOST_FLAGS:
            heapq.heappush(self._heap, item)
        else:
            heapq.heappushpop(self._heap, item)

    def flags(self) -> list[Flag]:
        """The findings, gravest first; equals in the order in which they came."""
        return [flag for *_, flag in sorted(self._heap, key=lambda item: item[:2], reverse=True)]
