"""The team's page: overview, ranking, rules by agent, findings with filters that lead into the agents' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO
from urllib.parse import quote

from auditor.reports import htmlparts as parts
from auditor.reports.card_tables import Tile, band, in_order, pass_tile, problems, short_name
from auditor.reports.htmlagent import Flag
from auditor.reports.htmlpage import Html, end, start, tag
from auditor.reports.tables import NONE, Input, RuleLike, RunFacts, by_id, period, profile_name, ranked, rule_name
from auditor.scoring import Scorecard

#: Agents beside each other in the matrix, rules in the tables, and findings in the list.
MOST_AGENTS, MOST_RULES, MOST_FLAGS = 40, 25, 1000
_HEAT = 5


def write_team_page(
    file: TextIO,
    team: Scorecard,
    cards: Sequence[Scorecard],
    rules: Sequence[RuleLike],
    run: RunFacts,
    flags: Sequence[Flag],
    pages: Mapping[str, str],
    charged: int,
) -> None:
    """Write the page. ``flags``: the gravest charged findings, of ``charged`` in all; ``pages``: agent -> file."""
    known = by_id(rules)
    file.write(start(f"客服质检团队汇总 {period(team.start, team.end)}"))
    about = f"质检周期 {period(team.start, team.end)} · {profile_name(run.profile)} · auditor {run.version}"
    ways = (("ranking", "排名"), ("rules", "规则"), ("findings", "扣分明细"), ("data", "数据质量"))
    file.write(parts.top("客服质检团队汇总", about, ways))
    file.write("<main>")
    file.write(_overview(team, cards, run))
    file.write(parts.section("排名", _ranking(cards, rules, pages, team), anchor="ranking"))
    file.write(parts.section("扣分最多的规则", _rules(team, known), _matrix(team, cards, known), anchor="rules",
                             note="点规则名或格子里的数字，下面的明细只留这一部分。"))  # fmt: skip
    _findings(file, known, flags, pages, charged)
    file.write(_data(run, known))
    file.write("</main>")
    file.write(parts.bottom() + end())


def _overview(team: Scorecard, cards: Sequence[Scorecard], run: RunFacts) -> Html:
    judged = sum(card.score is not None for card in cards)
    tiles = (
        pass_tile(team, run.pass_score),
        Tile("评分会话", team.conversations, f"共 {run.conversations:,} 场", "number"),
        Tile("客服人数", judged, f"发言 {team.messages:,} 条", "number"),
        Tile("致命项", team.fatal, "会话因此为 0 分" if team.fatal else "没有致命项", "number"),
    )
    head = tag("div", parts.ring(team, "团队均分"), tag("p", band(team), class_="muted"), class_="hero")
    return tag("section", tag("div", head, tag("div", *map(parts.tile, tiles), class_="tiles"), class_="split"),
               class_="plain")  # fmt: skip


def _ranking(
    cards: Sequence[Scorecard], rules: Sequence[RuleLike], pages: Mapping[str, str], team: Scorecard
) -> Html:
    heads = ("名次", "客服", "得分", "", "等级", "合格率", "致命", "会话", "扣分最多")
    wide = {3, 7, 8}
    first = tag("tr", *(tag("th", name, scope="col", class_="wide" if at in wide else None)
                        for at, name in enumerate(heads)))  # fmt: skip
    rows = []
    theirs = None if team.score is None else team.score / 100
    for card in in_order(cards):
        worst = problems(card, rules, 1)
        name = tag("a", card.agent, href=quote(pages[card.agent])) if card.agent in pages else card.agent
        low, high = card.score_low, card.score_high
        interval = "" if low is None or high is None else f"{low:.0f}–{high:.0f}"
        rows.append(tag(
            "tr", tag("td", str(card.rank or NONE)), tag("th", name, scope="row"),
            tag("td", tag("b", parts.shown(card.score, "score")), tag("small", interval)),
            tag("td", parts.bar(None if card.score is None else card.score / 100, theirs), class_="wide"),
            tag("td", tag("span", card.grade.name if card.grade else NONE,
                          class_=f"grade grade-{card.grade.name if card.grade else 'none'}")),
            tag("td", parts.shown(card.pass_rate, "percent")),
            tag("td", str(card.fatal) if card.fatal else "·", class_="down" if card.fatal else "muted"),
            tag("td", f"{card.conversations:,}", class_="wide"),
            tag("td", worst[0].rule.title if worst else "没有扣分", class_="wide muted"),
        ))  # fmt: skip
    return tag("div", tag("table", tag("thead", first), tag("tbody", *rows), class_="list"), class_="scroll")


def _rules(team: Scorecard, known: Mapping[str, RuleLike]) -> Html:
    costly = [(rule, tally) for rule, tally in ranked(team.rules) if tally.points > 0][:MOST_RULES]
    most = max((tally.charged for _, tally in costly), default=1)
    rows = []
    for rule, tally in costly:
        item = known.get(rule)
        name = tag("button", rule_name(item, rule), type="button", data_set_rule=rule, class_="link")
        rows.append(tag(
            "tr", tag("td", parts.severity(str(item.severity)) if item else None), tag("th", name, scope="row"),
            tag("td", parts.bar(tally.charged / most, None, "hot"), class_="wide"),
            tag("td", f"{tally.charged} 次"), tag("td", f"{tally.points:g} 分"),
            tag("td", f"{tally.conversations} 场", class_="wide muted"),
        ))  # fmt: skip
    if not rows:
        return tag("p", "本期没有扣分。", class_="calm")
    return tag("div", tag("table", tag("tbody", *rows), class_="list"), class_="scroll")


def _matrix(team: Scorecard, cards: Sequence[Scorecard], known: Mapping[str, RuleLike]) -> Html | None:
    """Times charged, rules by agents; the deeper the colour the more, and the number stands there."""
    people = in_order(cards)[:MOST_AGENTS]
    costly = [rule for rule, tally in ranked(team.rules) if tally.points > 0][:MOST_RULES]
    if not costly or len(people) < 2:
        return None
    counts = {(card.agent, rule): card.rules[rule].charged for card in people for rule in costly if rule in card.rules}
    most = max(counts.values(), default=1) or 1
    head = tag("tr", tag("th", "规则 × 客服", scope="col"),
               *(tag("th", short_name(card.agent, 8), scope="col", title=card.agent) for card in people))  # fmt: skip
    rows = []
    for rule in costly:
        cells = []
        for card in people:
            count = counts.get((card.agent, rule), 0)
            heat = -(-count * _HEAT // most)
            button = tag("button", str(count), type="button", data_set_rule=rule, data_set_agent=card.agent,
                         aria_label=f"{card.agent} {rule_name(known.get(rule), rule)} {count} 次")  # fmt: skip
            cells.append(tag("td", button if count else "·", class_=f"heat-{heat}"))
        rows.append(tag("tr", tag("th", rule_name(known.get(rule), rule), scope="row"), *cells))
    left = len(cards) - len(people)
    note = tag("p", f"只列排名前 {MOST_AGENTS} 位，另有 {left} 位见各自的页面。", class_="muted") if left > 0 else None
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="matrix")
    return tag("div", tag("div", table, class_="scroll"), note)


def _findings(
    file: TextIO, known: Mapping[str, RuleLike], flags: Sequence[Flag], pages: Mapping[str, str], charged: int
) -> None:
    counts: dict[str, tuple[str, int]] = {}
    for flag in flags:
        name = f"{flag.record['code']} {flag.record['title']}"
        rule = flag.record["rule"]
        counts[rule] = (name, counts.get(rule, (name, 0))[1] + 1)
    ranked_rules = dict(sorted(counts.items(), key=lambda item: (-item[1][1], item[0])))
    file.write('<section id="findings"><h2>扣分明细</h2>')
    if len(flags) < charged:
        note = f"共扣分 {charged:,} 处，这里只列最重的 {len(flags):,} 处，其余见各客服的页面。"
        file.write(tag("p", note, class_="muted"))
    if flags:
        agents = sorted({flag.record["agent"] for flag in flags})
        file.write(parts.filters(ranked_rules, agents, {}))
    for number, flag in enumerate(flags, 1):
        agent = flag.record["agent"]
        link = f"{quote(pages[agent])}{flag.anchor}" if flag.anchor and agent in pages else None
        file.write(parts.finding(flag.record, number, flag.quote, known, link, agent) + "\n")
    words = "没有符合条件的命中。" if flags else "本期没有扣分。"
    file.write(tag("p", words, class_="calm", id="nothing", hidden=bool(flags)) + "</section>")


def _data(run: RunFacts, known: Mapping[str, RuleLike]) -> Html:
    """What the scores rest on, and what they do not."""
    inputs = [Input(*item) for item in run.inputs]
    came, audited = sum(item.rows_in for item in inputs), sum(item.rows_audited for item in inputs)
    rejected = sum(item.rows_rejected for item in inputs)
    first = f"{len(inputs)} 个输入文件，读入 {came:,} 行，质检 {audited:,} 行"
    said = [tag("p", f"{first}，未读入 {rejected:,} 行。", class_="alarm" if rejected else None)]
    reasons = sorted(run.rejects_by_reason.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"未读入：{reason} {count} 行（逐行见 unread.csv）" for reason, count in reasons]
    lines += [f"规则「{rule_name(known.get(rule), rule)}」有 {count} 个会话缺少数据，判不了"
              for rule, count in run.not_evaluable.items()]  # fmt: skip
    lines += list(run.left_out)
    lines.append(f"规则摘要 {run.rules_hash}")
    lines += [f"模型 {name} {digest}" for name, digest in sorted(run.model_hashes.items())]
    return parts.section("数据质量", *said, tag("ul", *(tag("li", line) for line in lines)), anchor="data")
