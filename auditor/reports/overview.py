"""The first sheet of the team's workbook, 总览: one A4 page with the team's scores, data and main problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.reports import charts, styles
from auditor.reports.card_tables import (
    Tile,
    band,
    dimension_table,
    in_order,
    kpi_tiles,
    pass_tile,
    problems,
    short_name,
)
from auditor.reports.grid import fit, put, tile_rows, write_band, write_gap, write_header, write_row, write_text
from auditor.reports.sheet import Layout, Put, Sheet
from auditor.reports.tables import Input, RuleLike, RunFacts, period, profile_name, ranked
from auditor.scoring import Scorecard

TITLE = "总览"
LAYOUT = Layout((11.6,) * 10, one_page=True, tab=styles.NAVY)

#: Bars in each chart; problems listed.
_MOST_BARS, _MOST_PROBLEMS = 12, 5
_CHART_ROWS, _CHART_ROW_HEIGHT = 14, 19.0
_DIMENSION_COLUMNS = (0, 1, 2, 3, 6, 7)


def write_overview(
    sheet: Sheet,
    team: Scorecard,
    cards: Sequence[Scorecard],
    rules: Sequence[RuleLike],
    run: RunFacts,
    places: Mapping[str, tuple[str, int]],
) -> None:
    """Write the sheet. ``places``: for "ranking" and "rules", the sheet with that list and its first data row."""
    sheet.append([Put("客服质检团队汇总", styles.BANNER, 10)], 40)
    about = f"质检周期 {period(team.start, team.end)} · 方案 {profile_name(run.profile)} · auditor {run.version}"
    sheet.append([Put(about, styles.CAPTION, 10)], 20)
    tile_rows(sheet, [(t.label, t.value, t.note, t.kind) for t in _tiles(team, cards, run)], 2, 22)
    write_gap(sheet)
    _coverage(sheet, run)
    write_gap(sheet)
    _dimensions(sheet, team)
    write_gap(sheet)
    write_band(sheet, "响应时效（全团队）")
    tile_rows(sheet, [(t.label, t.value, t.note, t.kind) for t in _kpis(team)], 2, 15)
    write_gap(sheet)
    _charts(sheet, team, cards, rules, places)
    write_gap(sheet)
    _problems(sheet, team, cards, rules)
    write_gap(sheet)
    note = "分数由规则与模型自动计算，可能有误，须经人工复核后才能用于考核。"
    write_text(sheet, f"{note}各客服明细见“排名”里的链接；计分方法见“规则与口径”。", styles.NOTE)
    sheet.raw.print_area = f"A1:J{sheet.rows}"


def _tiles(team: Scorecard, cards: Sequence[Scorecard], run: RunFacts) -> tuple[Tile, ...]:
    judged = sum(card.score is not None for card in cards)
    return (
        Tile("团队均分", team.score if team.score is not None else "不评分", band(team), "score"),
        pass_tile(team, run.pass_score),
        Tile("评分会话", team.conversations, f"共 {run.conversations:,} 场", "number"),
        Tile("客服人数", judged, f"消息 {team.messages:,} 条", "number"),
        Tile("致命项", team.fatal, "会话因此为 0 分" if team.fatal else "没有致命项", "number"),
    )


def _kpis(team: Scorecard) -> tuple[Tile, ...]:
    """The team's response figures; a comparison with itself says nothing, so only the sample sizes stay."""
    return tuple(replace(tile, note=tile.note.split(" · 团队")[0]) for tile in kpi_tiles(team.figures, team.figures))


def _coverage(sheet: Sheet, run: RunFacts) -> None:
    """How much of the input the scores rest on; what could not be read is red."""
    write_band(sheet, "数据范围")
    inputs = [Input(*item) for item in run.inputs]
    rejected = sum(item.rows_rejected for item in inputs)
    alarm = replace(styles.WARNING, align="center", number=styles.NUMBER)
    cells = (
        ("输入文件", len(inputs), False),
        ("读入行数", sum(item.rows_in for item in inputs), False),
        ("质检行数", sum(item.rows_audited for item in inputs), False),
        ("未读入行数", rejected, rejected > 0),
        ("不评分会话", run.not_judged, False),
    )
    sheet.append([Put(name, styles.LABEL, 2) for name, *_ in cells], 20)
    sheet.append([Put(value, alarm if bad else styles.NUMERIC, 2) for _, value, bad in cells], 22)
    if rejected:
        reasons = sorted(run.rejects_by_reason.items(), key=lambda item: (-item[1], item[0]))
        listed = "；".join(f"{reason} {count} 行" for reason, count in reasons[:4])
        text = f"有 {rejected:,} 行没有读入，未参与评分（{listed or '原因未记录'}）。逐行见 unread.csv。"
        write_row(sheet, [Put(text, styles.WARNING, 10)], 22)
    if run.not_evaluable:
        total = sum(run.not_evaluable.values())
        text = f"{len(run.not_evaluable)} 条规则因日志缺少数据，在部分会话里无法判断，合计 {total:,} 次"
        write_row(sheet, [Put(f"{text}；明细见“数据质量”。", styles.BODY, 10)], 22)


def _dimensions(sheet: Sheet, team: Scorecard) -> None:
    table = dimension_table(team, team)
    spans = (2, 1, 1, 2, 2, 2)
    write_header(sheet, [table.columns[at] for at in _DIMENSION_COLUMNS], spans)
    for number, row in enumerate(table.rows):
        total = number == len(table.rows) - 1
        picked = [(table.columns[at], row[at], span) for at, span in zip(_DIMENSION_COLUMNS, spans, strict=True)]
        sheet.append([put(column, value, span, total) for column, value, span in picked], 20)


def _problems(sheet: Sheet, team: Scorecard, cards: Sequence[Scorecard], rules: Sequence[RuleLike]) -> None:
    """The team's most costly rules, how many agents they concern and what to say instead."""
    write_band(sheet, "团队主要问题与改进建议")
    found = problems(team, rules, _MOST_PROBLEMS)
    if not found:
        sheet.append([Put("本期没有扣分的问题。", replace(styles.CENTER, colour=styles.MUTED), 10)], 30)
    for problem in found:
        rule = problem.rule
        agents = sum(card.rules[rule.id].points > 0 for card in cards if rule.id in card.rules)
        about = f"{problem.times} 次 · 扣 {problem.points:g} 分 · 涉及 {agents} 位客服"
        puts = [
            Put(f"{rule.code} {rule.title}", replace(styles.LABEL, size=9.5), 3),
            Put(about, replace(styles.CENTER, size=9.5), 3),
            Put(f"建议：{rule.advice}", replace(styles.BODY, size=9.5), 4),
        ]
        sheet.append(puts, fit(puts, sheet.layout.widths, 26))


def _charts(
    sheet: Sheet,
    team: Scorecard,
    cards: Sequence[Scorecard],
    rules: Sequence[RuleLike],
    places: Mapping[str, tuple[str, int]],
) -> None:
    """Agents' scores (the lowest ones of a large team) and the rules that cost most."""
    top = sheet.rows + 1
    for _ in range(_CHART_ROWS):
        sheet.append([Put(None, styles.PLAIN, 10)], _CHART_ROW_HEIGHT)
    left, right = (charts.Area(columns, (top, sheet.rows)) for columns in ((1, 5), (6, 10)))
    scored = [card for card in in_order(cards) if card.score is not None]
    if scored:
        shown = scored[-_MOST_BARS:]
        place, first = places["ranking"]
        first += len(scored) - len(shown)
        title = "客服得分" if len(shown) == len(scored) else f"得分最低的 {len(shown)} 位客服"
        items = [(short_name(card.agent), card.score or 0.0) for card in shown]
        names, line = _bar_data(place, first, ("O", "D"), items, ("得分", styles.BLUE))
        sheet.raw.add_chart(charts.bars(title, names, line, styles.SCORE, left))
    costly = [(rule, tally.points) for rule, tally in ranked(team.rules) if tally.points > 0][:_MOST_BARS]
    if costly:
        titles = {rule.id: rule.title for rule in rules}
        items = [(titles.get(rule, rule), points) for rule, points in costly]
        names, line = _bar_data(*places["rules"], ("B", "K"), items, ("扣分合计", styles.ORANGE))
        sheet.raw.add_chart(charts.bars("扣分最多的规则（扣分合计）", names, line, styles.PLAIN_NUMBER, right))


def _bar_data(
    sheet: str, first: int, columns: tuple[str, str], items: Sequence[tuple[str, float]], series: tuple[str, str]
) -> tuple[charts.Names, charts.Line]:
    last = first + len(items) - 1
    areas = [f"'{sheet}'!${column}${first}:${column}${last}" for column in columns]
    names = charts.Names(areas[0], tuple(name for name, _ in items))
    return names, charts.Line(series[0], series[1], areas[1], tuple(value for _, value in items))
