"""Service figures in the history: the card shows the change, the same day twice counts once, old files still work."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from factory_jobs import done, log
from openpyxl import load_workbook

from auditor.chat import Conversation, Message, Role
from auditor.history import Timeline
from auditor.kpis import contact
from auditor.reports.kpirecords import service_record
from auditor.rulepresets import load_presets
from auditor.service import Service
from auditor.sums import Sums, headline_figures, sums_of

PRESETS = load_presets()
FIRST, SECOND = date(2026, 11, 16), date(2026, 11, 23)


def rows(day: date, *waits: int) -> list[list[str]]:
    """A log of one day: one conversation for each wait."""
    made = []
    for number, wait in enumerate(waits):
        asked = datetime(day.year, day.month, day.day, 9 + number)
        name = f"{day}-{number}"
        made.append([name, str(asked), "客户", "小云", f"顾客{number}", "这款有货吗"])
        if wait:
            made.append([name, str(asked + timedelta(seconds=wait)), "客服", "小云", f"顾客{number}", "有的亲"])
    return made


def audited(folder: Path, day: date, *waits: int) -> dict[str, tuple[object, ...]]:
    """Audit a day into the folder's history; returns the rows of the agent's card by their first cell."""
    path = log(folder, rows(day, *waits), f"{day}.csv")
    done(folder, path, history=folder / "历史.db", formats=frozenset({"xlsx"}))
    (book,) = (folder / "out").glob("客服评分卡_*.xlsx")
    return {str(row[0]): row[1:] for row in load_workbook(book)["评分卡"].iter_rows(values_only=True) if row[0]}


def test_the_card_shows_the_change_against_the_week_before(tmp_path: Path) -> None:
    first = audited(tmp_path, FIRST, 40, 60)
    assert "较上期" not in first["指标"]
    second = audited(tmp_path, FIRST + timedelta(days=7), 20, 200)
    assert second["指标"][5] == "较上期"
    assert second["首次响应均值"][5] == "▲ 60 秒"
    assert second["首次应答率"][5] == "▲ 50.0 个百分点"
    assert second["回复率"][5] == "▼ 50.0 个百分点"
    assert second["最长等待"][5] == "▲ 2 分 20 秒"
    assert second["响应 90 分位"][5] == "—"
    assert second["答问比"][5] == "持平"


def figures(folder: Path, day: date) -> dict[str, object]:
    with Timeline(folder / "历史.db") as timeline:
        before = timeline.before("小云", day, day)
    assert before is not None
    return dict(before.figures["house"])


def test_the_same_day_twice_counts_once(tmp_path: Path) -> None:
    audited(tmp_path, FIRST, 40, 60)
    once = figures(tmp_path, FIRST)
    audited(tmp_path, FIRST, 40, 60)
    assert figures(tmp_path, FIRST) == once
    audited(tmp_path, FIRST, 40, 80)
    assert figures(tmp_path, FIRST)["first_response_mean_s"] == 60


def test_questions_that_nobody_answered_are_remembered(tmp_path: Path) -> None:
    audited(tmp_path, FIRST, 40, 0)
    assert figures(tmp_path, FIRST)["reply_rate"] == 0.5


def test_a_history_from_before_has_no_service_figures(tmp_path: Path) -> None:
    audited(tmp_path, FIRST, 40)
    with sqlite3.connect(tmp_path / "历史.db") as db:
        db.execute("DROP TABLE service")
    db.close()
    with Timeline(tmp_path / "历史.db") as timeline:
        before = timeline.before("小云", FIRST, FIRST)
    assert before is not None
    assert before.figures == {}
    card = audited(tmp_path, SECOND, 20)
    assert "较上期" not in card["指标"]
    assert figures(tmp_path, SECOND)["first_response_mean_s"] == 20


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_sums_give_the_figures_of_the_record(name: str) -> None:
    preset, start = PRESETS[name], datetime(2026, 11, 16, 10)
    service, parts = Service(), []
    for number, wait in enumerate((10, 45, 200, 700)):
        asked = start + timedelta(hours=number)
        said = (
            Message(Role.CUSTOMER, "有货吗", asked),
            Message(Role.AGENT, "您好", asked + timedelta(seconds=wait), "小云"),
            Message(Role.AGENT, "有的亲", asked + timedelta(seconds=wait + 5), "小云"),
            Message(Role.CUSTOMER, "好的", asked + timedelta(seconds=wait + 9)),
        )
        talk = contact(Conversation(str(number), said, "小云", f"顾客{number}"), preset)
        service.add(talk)
        part = Service()
        part.add(talk)
        parts.append(sums_of(part, preset))
    total = {key: sum(getattr(part, key) for part in parts) for key in Sums._fields}
    total["longest_ms"] = max(part.longest_ms for part in parts)
    found, record = headline_figures(Sums(**total)), service_record(service, preset)
    unknown = {"reply_rate", "reply_rate_fair"} if preset.unit == "consumer" else set()
    assert {key: value for key, value in found.items() if key not in unknown} == {
        key: record[key] for key in found if key not in unknown
    }
    assert {found[key] for key in unknown} <= {None}
