"""``auditor rules new|test|diff``: try a rule change out before it goes live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli import chinese
from auditor.errors import AuditorError, printable

if TYPE_CHECKING:
    from auditor.charging import Charge
    from auditor.chat import Conversation
    from auditor.ruletrial import Difference

_PATHS = click.Path(path_type=Path)
#: How many findings of each kind are shown in full.
SHOWN = 10


@click.command(cls=chinese.Command)
@click.argument("kind")
@click.option("-o", "--output", type=_PATHS, help="写到这个文件（不覆盖已有的），不写就显示在屏幕上。")
def new(kind: str, output: Path | None) -> None:
    """给出一条 KIND 类规则的写法，照着改就是自己的规则。"""
    from auditor.checks import KINDS
    from auditor.rulefields import did_you_mean
    from auditor.ruletemplate import template

    if kind not in KINDS:
        raise AuditorError(f"没有「{printable(kind)}」这种检查，可用 {'、'.join(KINDS)}{did_you_mean(kind, KINDS)}")
    if output is None:
        click.echo(template(kind), nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template(kind))
    except FileExistsError:
        raise AuditorError(f"{printable(str(output))} 已经存在，请换一个文件名") from None
    click.echo(f"已写入 {printable(str(output))}，改好后用 auditor rules check {printable(str(output))} 检查。")


@click.command(cls=chinese.Command)
@click.argument("paths", nargs=-1, type=_PATHS)
@click.option("--logs", multiple=True, help="再用这些聊天记录试：哪些词用不到，哪些规则命中过多。可写多次。")
def test(paths: tuple[Path, ...], logs: tuple[str, ...]) -> None:
    """运行规则自带的全部例子，列出永远不会命中的死词、没有用到的词和命中过多的规则。"""
    from auditor.cli.loading import load_rules
    from auditor.ruletrial import TOO_OFTEN, check_words, count_fires, overdone

    rule_set, _ = load_rules(paths, afresh=True)
    examples = sum(len(rule.good) + len(rule.bad) for rule in rule_set.rules)
    click.echo(f"{len(rule_set.rules)} 条规则、{examples} 个例子，全部通过。")
    where = "例子和记录" if logs else "例子"
    reader = _reader(logs) if logs else None
    for report in check_words(rule_set.rules, reader() if reader else ()):
        if report.dead:
            click.echo(f"{report.rule.code} {report.rule.title}：死词 {'、'.join(map(printable, report.dead))}")
        if report.unused:
            click.echo(f"{report.rule.code} {report.rule.title}：{where}里没有用到 {_few(report.unused)}")
    if reader:
        total, fires = count_fires(reader(), rule_set)
        click.echo(f"\n用 {total} 个会话试过：")
        for fire in fires:
            if fire.charged or fire.exempt:
                mark = f"  ← 超过 {TOO_OFTEN:.0%} 的会话，请看看是不是太宽" if overdone(fire) else ""
                click.echo(f"{fire.rule.code:5} 命中 {fire.charged}，豁免 {fire.exempt}，占会话 {fire.share:.1%}  "
                           f"{fire.rule.title}{mark}")


def _few(words: Sequence[str]) -> str:
    shown = "、".join(printable(word) for word in words[:6])
    return f"{shown} 等 {len(words)} 个" if len(words) > 6 else shown


@click.command(cls=chinese.Command)
@click.argument("old", type=_PATHS)
@click.argument("new_rules", metavar="NEW", type=_PATHS)
@click.argument("logs", nargs=-1, required=True)
@click.option("--profile", help="按哪个平台的口径，不写就看每个会话的平台。")
def diff(old: Path, new_rules: Path, logs: tuple[str, ...], profile: str | None) -> None:
    """比较规则文件（夹）OLD 和 NEW 在聊天记录 LOGS 上的差别：多扣、少扣哪些，每位客服的得分怎么变。"""
    from auditor.cli.loading import load_rules
    from auditor.ruletrial import compare

    before, _ = load_rules((old,))
    after, _ = load_rules((new_rules,))
    if profile is not None and (profile not in before.profiles or profile not in after.profiles):
        raise AuditorError(f"没有「{printable(profile)}」这个口径，可用 {'、'.join(before.profiles)}")
    difference = compare(_reader(logs)(), before, after, profile)
    come, gone = len(difference.come), len(difference.gone)
    click.echo(f"{difference.conversations} 个会话：新增扣分 {come} 处，取消扣分 {gone} 处。")
    _changes("新增", difference.come)
    _changes("取消", difference.gone)
    _scores(difference)


def _changes(title: str, charges: Sequence[Charge]) -> None:
    if not charges:
        return
    counts = Counter((charge.finding.rule.code, charge.finding.rule.title) for charge in charges)
    click.echo(f"\n{title}：" + "，".join(f"{code} {name} {n} 处" for (code, name), n in counts.most_common()))
    for charge in charges[:SHOWN]:
        finding = charge.finding
        click.echo(f"  {finding.rule.code} 会话 {printable(finding.conversation)}：{printable(finding.hit.evidence)}"
                   f"（{charge.charged:g} 分）")
    if len(charges) > SHOWN:
        click.echo(f"  …… 共 {len(charges)} 处")


def _scores(difference: Difference) -> None:
    click.echo("\n客服得分（旧 → 新）：")
    for agent in sorted({*difference.old, *difference.new}):
        old, new_score = difference.score(agent)
        change = f"{new_score - old:+.2f}" if old is not None and new_score is not None else ""
        shown = [f"{score:.2f}" if score is not None else "—" for score in (old, new_score)]
        click.echo(f"  {printable(agent)}  {shown[0]} → {shown[1]}  {change}")


def _reader(logs: Sequence[str]) -> Callable[[], Iterator[Conversation]]:
    """Reads the logs anew at each call; what could not be read is told once, at the first."""
    from auditor.readers import Ledger, Options, find_files, read

    files = find_files(logs)
    told: list[bool] = []

    def conversations() -> Iterator[Conversation]:
        ledger = Ledger()
        yield from read(files, Options(), ledger)
        if not told and ledger.rows_rejected:
            click.echo(f"注意：有 {ledger.rows_rejected} 行读不了，没有用上。", err=True)
        told.append(True)

    return conversations
