"""``auditor model suggest|explain``: which lines to label next, and why a model judges as it does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese, settings
from auditor.cli.labelled import UNSURE
from auditor.cli.reading import options_of, reading
from auditor.errors import AuditorError, printable, reason

if TYPE_CHECKING:
    from auditor.classifier import Model
    from auditor.suggestion import Line

_ROLES = {"客服": "agent", "客户": "customer"}
#: Width of the bar that shows a probability of 1.
_BAR = 24


def config() -> Mapping[str, Any]:
    """What auditor.toml says of rules and models."""
    command = click.Command("model", params=[click.Option(["--rules"], multiple=True)])
    return settings.load(command, section="model")


def model_folder(given: str) -> Path:
    """The folder of a model: a path, or the name of one of the shop's (auditor.toml: models) or of the shipped ones."""
    from auditor.cli.loading import named_model

    if Path(given).exists() or os.sep in given:
        return Path(given)
    found = named_model(given, config().get("models"))
    if found is None:
        raise AuditorError(f"找不到模型 {printable(given)}：请写模型文件夹的路径，或自带模型的名字，如 agent-attitude")
    return found


@click.command(cls=chinese.Command)
@click.argument("logs", nargs=-1, required=True)
@click.option("--model", "name", default="agent-attitude", show_default=True, help="为哪个模型挑：名字或文件夹。")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="写到这个 .xlsx。")
@click.option("-n", "--number", type=chinese.IntRange(1, 5000), default=200, show_default=True, help="最多挑几句。")
@click.option("--role", type=chinese.Choice(tuple(_ROLES)), help="挑谁的话，不写就按模型是看谁的。")
@click.option("--no-mask", is_flag=True, help="不遮盖手机号、地址等。")
@reading
def suggest(logs: tuple[str, ...], name: str, output: Path, **chosen: Any) -> int:
    """从聊天记录 LOGS 里挑出最值得人标注的话，写成带下拉列表的工作簿；标好后交给 auditor model train。"""
    from auditor.chat import Role
    from auditor.classifier import load_model
    from auditor.cli.loading import load_rules
    from auditor.modelfolder import learned_texts, show_folder
    from auditor.readers import Ledger, find_files, read
    from auditor.suggestion import suggest as choose

    if output.suffix.lower() != ".xlsx":
        raise AuditorError(f"{printable(str(output))} 不是 .xlsx 文件名，请用 -o 写一个 .xlsx")
    folder = model_folder(name)
    model, metrics = load_model(folder), show_folder(folder)[1]
    role = Role(_ROLES[chosen["role"]] if chosen["role"] else (metrics or {}).get("reads", "agent"))
    rule_set, _ = load_rules(())
    ledger = Ledger()
    conversations = read(find_files(logs), options_of(chosen), ledger)
    lines = choose(conversations, rule_set, model, role, learned_texts(folder, model) or set(), chosen["number"])
    if not lines:
        raise AuditorError("没有可挑的话：记录里没有这一方的文字消息，或都已在语料里，没有写出文件")
    _write(output, model, lines, hide=not chosen["no_mask"])
    click.echo(f"已写入 {printable(str(output))}：{len(lines)} 句待标注。")
    if ledger.rows_rejected:
        click.echo(f"注意：有 {ledger.rows_rejected} 行读不了，没有用上。", err=True)
    return 3 if ledger.rows_rejected else 0


def _write(output: Path, model: Model, lines: list[Line], hide: bool) -> None:
    from auditor.reports.masking import mask, unmasked
    from auditor.reports.suggestions import Suggested, write_suggestions

    shown = mask if hide else unmasked
    suggested = [
        Suggested(shown(line.text), shown(line.before), line.prediction.label, line.prediction.probability,
                  line.reason, line.count, shown(line.conversation))
        for line in lines
    ]  # fmt: skip
    neutral = model.header.neutral
    labels = model.labels if not neutral or neutral in model.labels else (neutral, *model.labels)
    try:
        write_suggestions(output, model.name, labels, UNSURE, suggested)
    except OSError as error:
        raise AuditorError(f"写不了 {printable(str(output))}（{reason(error)}），请检查路径和权限") from error


@click.command(cls=chinese.Command)
@click.argument("name", metavar="MODEL")
@click.argument("text", metavar="一句话")
def explain(name: str, text: str) -> None:
    """说明模型 MODEL（名字或文件夹）怎么判断一句话：各标签的概率，哪些字词起了作用。"""
    from auditor.classifier import load_model

    model = load_model(model_folder(name))
    said = model.predict(text)
    click.echo(f"判断：{'、'.join(model.given(said))}")
    ranked = sorted(zip(model.labels, said.scores, strict=True), key=lambda pair: -pair[1])
    width = max(len(label) for label in model.labels)
    for label, score in ranked:
        pad = "　" * (width - len(label))
        click.echo(f"  {label}{pad}  {score:6.1%}  {'█' * round(score * _BAR)}".rstrip())
    for label, _ in ranked[:2]:
        click.echo(f"\n{label}：")
        for title, against in (("支持", False), ("反对", True)):
            pieces = model.explain(text, label, against=against)
            shown = "　".join(f"「{printable(piece)}」{'-' if against else '+'}{worth:.2f}" for piece, worth in pieces)
            click.echo(f"  {title}  {shown or '没有'}")
    click.echo("\n数字是这个片段给该标签的分数加减了多少；概率由全部片段的分数之和换算而来。")
