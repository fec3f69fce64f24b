"""``auditor rules``: list, show and check rules; new, test and diff from rulelab."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import chinese
from auditor.cli.rulelab import diff, new, test
from auditor.errors import AuditorError, printable

_PATHS = click.Path(path_type=Path)


@click.group(cls=chinese.Group)
def rules() -> None:
    """查看和检查规则。"""


@rules.command("list")
@click.option("--rules", "paths", multiple=True, type=_PATHS, help="自己的规则文件或文件夹。")
def list_rules(paths: tuple[Path, ...]) -> None:
    """列出全部规则。"""
    from auditor.cli.loading import load_rules

    rule_set, _ = load_rules(paths)
    for rule in rule_set.rules:
        points = f"{rule.points:g} 分"
        _lines(f"{rule.code:5} {rule.id:28} {rule.severity.label} {points:>5} {rule.status.label}  {rule.title}")
    more = "，话术库用的规则见 auditor phrases rules" if "library" in rule_set.profiles else ""
    click.echo(f"共 {len(rule_set.rules)} 条规则{more}")


@rules.command()
@click.argument("rule_id", metavar="ID")
@click.option("--rules", "paths", multiple=True, type=_PATHS, help="自己的规则文件或文件夹。")
def show(rule_id: str, paths: tuple[Path, ...]) -> None:
    """显示一条规则：为什么、怎么改、出处和例子。"""
    from auditor.cli.loading import load_rules
    from auditor.rulefields import did_you_mean

    rule_set, _ = load_rules(paths)
    everything = {**{rule.id: rule for rule in rule_set.profiles.get("library", ())},
                  **{rule.id: rule for rule in rule_set.rules}}.values()  # fmt: skip
    found = next((rule for rule in everything if rule_id in (rule.id, rule.code)), None)
    if found is None:
        known = [name for rule in everything for name in (rule.id, rule.code)]
        raise AuditorError(f"没有规则 {rule_id}{did_you_mean(rule_id, known)}")
    most = f"每个会话最多 {found.cap:g} 分"
    _lines(
        f"{found.code} {found.id}  {found.title}",
        f"{found.dimension} · {found.severity.label} · {found.points:g} 分 · {most} · {found.status.label}",
        "",
        f"为什么：{found.why}",
        f"可以这样说：{found.advice}",
        f"出处：{found.source}",
        f"位置：{found.place}",
    )
    for title, examples in (("不扣分的例子", found.good), ("会扣分的例子", found.bad)):
        _lines("", f"{title}：")
        for example in examples:
            first, *more = example.strip().splitlines()
            _lines(f"  · {first}", *(f"    {line}" for line in more))


def _lines(*lines: str) -> None:
    """Lines on stdout, without anything that could steer the terminal."""
    for line in lines:
        click.echo(printable(line))


@rules.command()
@click.argument("paths", nargs=-1, type=_PATHS)
def check(paths: tuple[Path, ...]) -> None:
    """检查规则文件 PATHS（不写就查内置规则）：写法、词表和每条规则自带的例子。"""
    from auditor.cli.loading import load_rules

    rule_set, _ = load_rules(paths, afresh=True)
    examples = sum(len(rule.good) + len(rule.bad) for rule in rule_set.rules)
    click.echo(f"{len(rule_set.rules)} 条规则、{examples} 个例子，全部通过。")


for _command in (new, test, diff):
    rules.add_command(_command)
