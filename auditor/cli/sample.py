"""``auditor sample DIR``: conversations to review by hand, and how well the machine agrees when they come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese
from auditor.cli.reading import options_of, reading
from auditor.errors import Problem, printable

if TYPE_CHECKING:
    from auditor.samplejob import Comparison, Results
    from auditor.sampling import Agreement, Pick

DEFAULT_BOOK = "抽检表.xlsx"
EXIT_UNREAD = 3
_PATH = click.Path(path_type=Path)
#: Problems and conversations that are shown one by one; points apart from which a conversation is worth a look.
_MOST, _FAR = 20, 10


@click.command(cls=chinese.Command)
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("--per-agent", type=chinese.IntRange(1),
              help="每位客服抽几个会话；不写就按 --margin 算出全队要抽几个，再按会话数分。")
@click.option("--seed", type=chinese.IntRange(0), default=1, show_default=True,
              help="随机种子：同样的结果和种子，抽到同样的会话。")
@click.option("--margin", type=chinese.FloatRange(0.01, 0.5), default=0.1, show_default=True,
              help="全队合格率允许的误差（95% 把握），0.1 是上下 10 个百分点。")
@click.option("-o", "--output", type=_PATH, default=DEFAULT_BOOK, show_default=True, help="抽检表写到这个文件。")
@click.option("--logs", multiple=True, help="原来的聊天记录；不写就用质检时的路径。可写多次。")
@click.option("--compare", multiple=True, type=_PATH, metavar="工作簿",
              help="不抽样，而是读回填好的抽检表，看机器和人工有多一致。可写多次。")
@click.option("--format", "form", type=chinese.Choice(("text", "json")), default="text", show_default=True,
              help="--compare 的输出格式。")
@click.option("--no-mask", is_flag=True, help="抽检表里不遮盖电话、证件号、银行卡和地址。")
@reading
def sample(folder: Path, per_agent: int | None, seed: int, margin: float, output: Path, logs: tuple[str, ...],
           compare: tuple[Path, ...], form: str, no_mask: bool, **chosen: Any) -> int:  # fmt: skip
    """从质检结果文件夹 DIR 里抽会话给人工复核，写成一份抽检表，里面看不到机器的结果。

    按客服分层，随机的和高风险的混在一起。填好后用 --compare 读回来，看机器和人工有多一致。
    """
    from auditor import samplejob

    found = samplejob.results(folder)
    if compare:
        return _compared(samplejob.compare(found, compare), form)
    picks = samplejob.sample(found, per_agent, margin, seed)
    missing = samplejob.write(output, picks, found, logs, options_of(chosen), not no_mask)
    _tell(picks, found, margin, output)
    for pick in missing[:_MOST]:
        told = f"没有找到会话 {pick.candidate.conversation} 的原文，请用 --logs 指明聊天记录"
        click.echo(printable(told), err=True)
    return EXIT_UNREAD if missing else 0


def _tell(picks: Sequence[Pick], found: Results, margin: float, output: Path) -> None:
    from auditor.sampling import RANDOM, margin_of, needed

    population, agents = len(found.candidates), len(found.by_agent)
    random = sum(pick.way == RANDOM for pick in picks)
    click.echo(f"从 {agents} 位客服的 {population} 个会话里抽了 {len(picks)} 个：随机 {random} 个，"
               f"高风险 {len(picks) - random} 个。")
    known = margin_of(random, population)
    enough = f"要到上下 {margin:.0%}，随机的需要 {needed(population, margin)} 个。" if known > margin else ""
    click.echo(f"随机的这些能把全队的合格率估到大约上下 {known:.1%}（95% 把握）。{enough}")
    name = printable(str(output))
    click.echo(f"已写入 {name}，里面没有机器的结果。填好后用 --compare {name} 读回来。")


def _compared(result: Comparison, form: str) -> int:
    click.echo(_json(result) if form == "json" else _text(result), nl=False)
    _tell_problems(result.problems, result.strange)
    return EXIT_UNREAD if result.problems or result.strange else 0


def _tell_problems(problems: Sequence[Problem], strange: int) -> None:
    for problem in problems[:_MOST]:
        click.echo(f"没有读：{problem}", err=True)
    if len(problems) > _MOST:
        click.echo(f"…… 另有 {len(problems) - _MOST} 处没有读", err=True)
    if strange:
        click.echo(f"没有用上：有 {strange} 行不是这批质检结果里的会话", err=True)


def _text(result: Comparison) -> str:
    lines: list[str] = []
    names = {"random": "随机抽的", "risk": "高风险的", "all": "合计"}
    for name, title in names.items():
        group = result.groups[name]
        if group is not None:
            lines += _group(title, group)
    far = sorted(result.pairs, key=lambda pair: (-abs(pair[0].score - pair[1].score), pair[1].mark))
    shown = [pair for pair in far if abs(pair[0].score - pair[1].score) > _FAR][:_MOST]
    if shown:
        lines.append(f"相差超过 {_FAR} 分的会话：")
    for candidate, human in shown:
        lines.append(printable(f"  会话 {candidate.conversation}（{candidate.agent}）：机器 {candidate.score:g}，"
                               f"人工 {human.score:g}"))
    if result.blank:
        lines.append(f"还有 {result.blank} 行没有填人工得分。")
    return "\n".join(lines) + "\n"


def _group(title: str, result: Agreement) -> list[str]:
    lines = [
        f"{title}：{result.count} 个会话",
        f"  平均分：机器 {result.machine:.1f}，人工 {result.people:.1f}，机器偏{'高' if result.bias > 0 else '低'} "
        f"{abs(result.bias):.1f} 分（95% 区间 {result.bias_low:+.1f} 到 {result.bias_high:+.1f}）",
        f"  平均相差 {result.apart:.1f} 分，{result.within_10:.0%} 的会话相差不超过 10 分",
        f"  是否合格：{result.passed_same:.0%} 一致，Kappa {_kappa(result.passed_kappa)}",
    ]
    if result.fatal:
        words = {True: "有", False: "无"}
        told = "，".join(f"机器{words[a]}人工{words[b]} {n}" for (a, b), n in result.fatal.items())
        lines.append(f"  致命项：{told}，Kappa {_kappa(result.fatal_kappa)}")
    return lines


def _kappa(value: float | None) -> str:
    from auditor.reviews.agreement import strength

    return "算不出（只有一种答案）" if value is None else f"{value:.2f}（{strength(value)}）"


def _json(result: Comparison) -> str:
    groups = {name: _record(group) for name, group in result.groups.items()}
    whole = {**groups, "blank": result.blank, "unmatched": result.strange}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _record(group: Agreement | None) -> dict[str, Any] | None:
    if group is None:
        return None
    numbers = {key: round(value, 4) if isinstance(value, float) else value for key, value in vars(group).items()}
    words = {True: "yes", False: "no"}
    fatal = {f"machine_{words[a]}_people_{words[b]}": count for (a, b), count in group.fatal.items()}
    return {**numbers, "fatal": fatal}
