"""The first sheet of an agent's workbook, 评分卡: one A4 page that a manager can print, discuss and have signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.presets import USUAL
from auditor.reports import charts, styles
from auditor.reports.card_tables import before_note, dimension_table, problems, score_tiles
from auditor.reports.celltext import Segment
from auditor.reports.conditional import share_bar
from auditor.reports.detail import Example
from auditor.reports.grid import fit, put, tile_rows, write_band, write_gap, write_header, write_text
from auditor.reports.kpicard import write_figures
from auditor.reports.sheet import Layout, Put, Sheet
from auditor.reports.tables import NONE, SEVERITIES, RuleLike, RunFacts, Table, period, profile_name, ranked
from auditor.scoring import Scorecard

TITLE = "评分卡"
LAYOUT = Layout((11.6,) * 10, one_page=True, tab=styles.NAVY)

#: Columns that each column of the dimension table takes on the card.
_DIMENSION_SPANS = (2, 1, 1, 1, 1, 1, 1, 2)
_SPANS_WITH_CHANGE = (*_DIMENSION_SPANS[:-1], 1, 1)
_MOST_PROBLEMS = 3
_CHART_ROWS, _CHART_ROW_HEIGHT = 12, 20.0
#: Rules in the bar chart.
_MOST_BARS = 6


def write_card(
    sheet: Sheet,
    card: Scorecard,
    team: Scorecard,
    rules: Sequence[RuleLike],
    run: RunFacts,
    examples: Mapping[str, Example],
    rule_rows: tuple[str, int],
) -> None:
    """Write the card. ``rule_rows``: the sheet that lists the rules, most points first, and its first data row."""
    _head(sheet, card, run)
    tile_rows(sheet, [(t.label, t.value, t.note, t.kind) for t in score_tiles(card, team, run.pass_score)], 2, 22)
    write_gap(sheet)
    first, last = _dimensions(sheet, dimension_table(card, team))
    note = before_note(card, run.rules_hash)
    if note is not None:
        write_text(sheet, note, replace(styles.NOTE, vertical="center"))
    write_gap(sheet)
    _charts(sheet, card, team, rules, (first, last), rule_rows)
    write_gap(sheet)
    write_figures(sheet, card, team, run.presets.get(card.leading, USUAL))
    write_gap(sheet)
    _problems(sheet, card, rules, examples)
    write_gap(sheet)
    _signatures(sheet)
    sheet.raw.print_area = f"A1:J{sheet.rows}"


def _head(sheet: Sheet, card: Scorecard, run: RunFacts) -> None:
    sheet.append([Put("客服服务质量评分卡", styles.BANNER, 10)], 40)
    about = " · ".join([*([card.shop] if card.shop else []), f"质检周期 {period(card.start, card.end)}"])
    sheet.append([Put(about, replace(styles.CAPTION, shrink=True), 10)], 20)
    facts = (
        ("客服", card.agent, "店铺", card.shop or NONE),
        ("会话数", f"{card.conversations:,} 场（全部质检）", "客服消息数", f"{card.messages:,} 条"),
        ("质检方案", profile_name(run.profile), "规则摘要", _short(run.rules_hash)),
    )
    value = replace(styles.BODY, wrap=False, shrink=True, indent=1)
    for name, text, other, more in facts:
        row = [Put(name, styles.LABEL), Put(text, value, 4), Put(other, styles.LABEL), Put(more, value, 4)]
        sheet.append(row, 21)
    write_gap(sheet)


def _short(digest: str) -> str:
    """A long hash shortened for reading; the whole one stands in 规则与口径."""
    return digest if len(digest) <= 24 else f"{digest[:16]}…{digest[-4:]}"


def _dimensions(sheet: Sheet, table: Table) -> tuple[int, int]:
    """Write the dimension table; returns the first and last row of the dimensions themselves."""
    spans = _DIMENSION_SPANS if len(table.columns) == len(_DIMENSION_SPANS) else _SPANS_WITH_CHANGE
    write_header(sheet, table.columns, spans)
    first = sheet.rows + 1
    for at, row in enumerate(table.rows):
        total = at == len(table.rows) - 1
        cells = zip(table.columns, row, spans, strict=True)
        sheet.append([put(column, value, span, total) for column, value, span in cells], 20)
    sheet.raw.conditional_formatting.add(f"E{first}:E{sheet.rows}", share_bar())
    dimensions = sum(row[1] is not None for row in table.rows) - 1
    return first, first + dimensions - 1


def _charts(
    sheet: Sheet,
    card: Scorecard,
    team: Scorecard,
    rules: Sequence[RuleLike],
    rows: tuple[int, int],
    rule_rows: tuple[str, int],
) -> None:
    """The radar beside the team's and the bars of the rules that cost most."""
    top = sheet.rows + 1
    bars = [(rule, tally) for rule, tally in ranked(card.rules) if tally.points > 0][:_MOST_BARS]
    calm = replace(styles.CENTER, border="none", colour=styles.GREEN_INK, size=12)
    for at in range(_CHART_ROWS):
        note = "本期没有扣分，请继续保持" if not bars and at == _CHART_ROWS // 2 else None
        sheet.append([Put(None, styles.PLAIN, 5), Put(note, calm, 5)], _CHART_ROW_HEIGHT)
    left, right = (charts.Area(columns, (top, sheet.rows)) for columns in ((1, 5), (6, 10)))
    names = charts.Names(_area(sheet.title, "A", rows), tuple(d.name for d in card.dimensions))
    lines = [
        charts.Line(name, colour, _area(sheet.title, column, rows), _rates(who))
        for name, colour, column, who in (("本人", styles.BLUE, "E", card), ("团队均值", styles.ORANGE, "F", team))
    ]
    sheet.raw.add_chart(charts.radar("各维度得分率：本人与团队", names, lines, left))
    if not bars:
        return
    titles = {rule.id: rule.title for rule in rules}
    where, first = rule_rows
    span = (first, first + len(bars) - 1)
    names = charts.Names(_area(where, "B", span), tuple(titles.get(rule, rule) for rule, _ in bars))
    line = charts.Line("扣分合计", styles.ORANGE, _area(where, "K", span), tuple(t.points for _, t in bars))
    sheet.raw.add_chart(charts.bars("扣分最多的规则（扣分合计）", names, line, styles.PLAIN_NUMBER, right))


def _area(sheet: str, column: str, rows: tuple[int, int]) -> str:
    return f"'{sheet}'!${column}${rows[0]}:${column}${rows[1]}"


def _rates(card: Scorecard) -> tuple[float, ...]:
    return tuple(d.score / d.full if d.full else 0.0 for d in card.dimensions)


def _problems(sheet: Sheet, card: Scorecard, rules: Sequence[RuleLike], examples: Mapping[str, Example]) -> None:
    write_band(sheet, "主要问题与改进建议")
    found = problems(card, rules, _MOST_PROBLEMS)
    small = replace(styles.BODY, size=9.5)
    if not found:
        text = "本期没有扣分的问题。" if card.conversations else "本期没有可以评分的会话。"
        sheet.append([Put(text, replace(styles.CENTER, colour=styles.MUTED), 10)], 40)
    for problem in found:
        rule, example = problem.rule, examples.get(problem.rule.id)
        level = SEVERITIES.get(str(rule.severity), "")
        title = f"{rule.code} {rule.title}\n{level} · {problem.times} 次 · 扣 {problem.points:g} 分"
        said = (*example.text, Segment(f"\n{example.where}")) if example else (Segment("按整期统计，没有单条例句。"),)
        puts = [
            Put(title, replace(styles.LABEL, size=9.5), 2),
            Put(said, small, 4),
            Put(_brief(f"建议：{rule.advice}", 84), small, 3),
            Put("看原文", styles.LINK, link=example.link) if example and example.link else Put(NONE, styles.CENTER),
        ]
        sheet.append(puts, fit(puts, sheet.layout.widths, 42))


def _brief(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _signatures(sheet: Sheet) -> None:
    write_band(sheet, "确认与签字")
    sign = replace(styles.BODY, colour=styles.MUTED, align="right", locked=False)
    opinion = "☐ 认可　　☐ 申诉（请在“扣分明细”里逐条选择并写明理由）"
    sheet.append([Put("客服意见", styles.LABEL), Put(opinion, replace(styles.BODY, indent=1), 9)], 26)
    sheet.append([Put("改进计划", styles.LABEL), Put(None, replace(styles.BODY, locked=False), 9)], 44)
    for who in ("客服签字", "质检员签字", "主管签字"):
        row = [Put(who, styles.LABEL), Put(None, sign, 5), Put("日期", styles.LABEL), Put("年　　月　　日", sign, 3)]
        sheet.append(row, 28)
    write_text(
        sheet,
        "本评分由规则与模型自动计算，可能有误，须经人工复核后才能用于考核。如有异议，请收到后 3 个工作日内"
        "在“扣分明细”的“申诉”栏选“是”，写明理由，交回质检员；复核结果以“复核结果”栏为准。",
        styles.NOTE,
    )
