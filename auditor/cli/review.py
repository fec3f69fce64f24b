"""``auditor review import|stats``: reviewers' verdicts from workbooks, and what they say of each rule."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese
from auditor.cli.summary import width
from auditor.errors import AuditorError, Problem, printable

if TYPE_CHECKING:
    from auditor.reviews.form import Form
    from auditor.reviews.stats import ReviewStats
    from auditor.reviews.verdict import Opinions, Verdict

EXIT_DISPUTED = 1
EXIT_UNREAD = 3
VERDICTS = "verdicts.jsonl"
_BOOKS = (".xlsx", ".xls", ".ods")
#: Of a folder of results, the team's workbook and the lock files of Excel hold no verdicts.
_NOT_REVIEWED = ("团队汇总", "~$", ".")
#: Problems and disputes that are shown one by one.
_MOST = 20


@click.group(cls=chinese.Group)
def review() -> None:
    """复核和申诉：把评分卡工作簿里填好的复核结果读回来，看每条规则准不准。"""


@review.command("import")
@click.argument("workbooks", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=VERDICTS, show_default=True,
              help="复核结论写到这个文件。")
@click.option("--no-mask", is_flag=True, help="申诉理由里不遮盖电话、证件号、银行卡和地址。")
def import_(workbooks: tuple[str, ...], output: Path, no_mask: bool) -> int:
    """读回 WORKBOOKS（工作簿、文件夹或通配符）里“扣分明细”的申诉和复核结果。

    排过序、筛选过、涂过色、改过名、用 Excel、WPS 或 LibreOffice 另存过都可以，按“指纹”一列对上。
    没有写复核人的，以文件名为准。
    退出码：1 复核人之间有分歧，3 有工作簿或行读不了；其余的都已写出。
    """
    from auditor.reviews.store import as_line
    from auditor.reviews.verdict import opinions

    books = _books(workbooks)
    forms = list(_forms(books, no_mask))
    problems = [problem for form in forms for problem in form.problems]
    found = sorted({v for form in forms for v in form.verdicts}, key=lambda v: (v.order, as_line(v)))
    if problems and not found:
        raise AuditorError("没有读到复核结果，没有写出：", problems[:_MOST])
    _write(output, [as_line(verdict) for verdict in found])
    said = opinions(found)
    _tell(forms, found, said, output)
    _tell_problems(problems)
    if problems:
        return EXIT_UNREAD
    return EXIT_DISPUTED if said.disputed else 0


def _books(patterns: Sequence[str]) -> list[Path]:
    """The workbooks that are named, and those in the folders that are named."""
    books: dict[str, Path] = {}
    for pattern in patterns:
        matched = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
        if not matched:
            raise AuditorError(f"找不到「{printable(pattern)}」，请检查路径和文件名")
        for path in map(Path, matched):
            inside = sorted(path.rglob("*")) if path.is_dir() else [path]
            wanted = [item for item in inside if not path.is_dir() or _is_reviewed(item)]
            books.update({os.path.realpath(item): item for item in wanted})
    if not books:
        raise AuditorError(f"{'、'.join(map(printable, patterns))} 里没有工作簿（{' '.join(_BOOKS)}）")
    return list(books.values())


def _is_reviewed(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in _BOOKS and not path.name.startswith(_NOT_REVIEWED)


def _forms(books: Sequence[Path], no_mask: bool) -> Iterator[Form]:
    from auditor.errors import Place
    from auditor.readers.openbook import book_cells
    from auditor.reports.masking import mask, unmasked
    from auditor.reviews.form import Form, holds_findings, read_form

    for path in books:
        try:
            sheets = book_cells(path, holds_findings)
        except AuditorError as error:
            yield Form((), (Problem(Place(str(path)), "", error.text.removeprefix(f"{path}：")),), 0, 0)
            continue
        yield read_form(str(path), sheets, unmasked if no_mask else mask)


def _write(path: Path, lines: Sequence[str]) -> None:
    from auditor.cli.convert import writing

    with writing(str(path)) as file:
        file.writelines(f"{line}\n" for line in lines)


def _tell(forms: Sequence[Form], found: Sequence[Verdict], said: Opinions, output: Path) -> None:
    from auditor.reviews.verdict import Ruling

    ruled = [verdict for verdict in found if verdict.ruling is not None]
    counts = "，".join(f"{word} {sum(v.ruling is word for v in ruled)}" for word in Ruling)
    people = "、".join(printable(name) for name in sorted({v.reviewer for v in ruled})) or "无"
    click.echo(f"读了 {len(forms)} 个工作簿：命中 {sum(f.rows for f in forms)} 处，"
               f"没有填写的 {sum(f.blank for f in forms)} 处。")
    click.echo(f"复核结果 {len(ruled)} 条（{counts}），复核人：{people}。")
    pending = sum(o.appeal and not o.rulings for o in said.by_fingerprint.values())
    if pending:
        click.echo(f"还有 {pending} 处申诉没有复核结果，先按机器结果计分。")
    first = {verdict.fingerprint: verdict for verdict in reversed(found)}
    for mark in said.disputed[:_MOST]:
        verdict = first[mark]
        words = "，".join(f"{name} {ruling}" for name, ruling in said.by_fingerprint[mark].rulings)
        where = f"会话 {verdict.conversation} {verdict.time or ''}".rstrip()
        click.echo(printable(f"有分歧：{where} {verdict.code} {verdict.title}：{words}（指纹 {mark}）"))
    if said.disputed:
        click.echo(f"有分歧的 {len(said.disputed)} 处先按机器结果计分，请商定后改好工作簿再导入。")
    click.echo(printable(f"已写入 {output}，用 auditor audit 聊天记录 --verdicts {output} 重新计分。"))


def _tell_problems(problems: Sequence[Problem]) -> None:
    for problem in problems[:_MOST]:
        click.echo(f"没有读：{problem}", err=True)
    if len(problems) > _MOST:
        click.echo(f"…… 另有 {len(problems) - _MOST} 处没有读", err=True)


@review.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="VERDICTS...")
@click.option("--least", type=chinese.FloatRange(0, 1), default=0.8, show_default=True,
              help="一条规则要扣分，准确率至少应有多少。")
@click.option("--format", "form", type=chinese.Choice(("text", "json")), default="text", show_default=True,
              help="输出格式。")
def stats(files: tuple[Path, ...], least: float, form: str) -> None:
    """按复核结论 VERDICTS（可写多份）算每条规则的准确率、95% 区间和建议，以及复核人之间的一致程度。"""
    from auditor.reviews.stats import review_stats
    from auditor.reviews.store import load

    counted = review_stats(load(files))
    click.echo(_json(counted, least) if form == "json" else _text(counted, least), nl=False)


def _text(counted: ReviewStats, least: float) -> str:
    from auditor.reviews.agreement import strength
    from auditor.reviews.stats import TO_TRIAL

    rows = [["编号", "规则", "复核", "其中扣过分", "成立", "误判", "申诉成立", "有分歧", "准确率", "95% 区间", "建议"]]
    for rule in counted.rules:
        low, high = rule.interval
        shown = "—" if rule.precision is None else f"{rule.precision:.0%}"
        name = printable(rule.title or rule.rule) + ("（试运行）" if rule.trial else "")
        rows.append([rule.code, name, *(str(n) for n in (rule.ruled, rule.charged, rule.upheld, rule.errors,
                     rule.appeals, rule.disputed)), shown, f"{low:.0%}–{high:.0%}", rule.advice(least)])
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(c + " " * (room - width(c)) for c, room in zip(row, widths, strict=True)).rstrip()
             for row in rows]
    if counted.exempt:
        lines.append(f"另有 {counted.exempt} 处豁免的命中，不计入准确率。")
    weak = [f"{rule.code} {rule.title}（{rule.rule}）" for rule in counted.rules if rule.advice(least) == TO_TRIAL]
    lines.append(f"建议改为试运行：{printable('、'.join(weak))}" if weak else "没有需要改为试运行的规则。")
    for pair in counted.pairs:
        shown = "算不出（只有一种结论）" if pair.kappa is None else f"{pair.kappa:.2f}（{strength(pair.kappa)}）"
        names = f"{printable(pair.one)} 与 {printable(pair.other)}"
        lines.append(f"{names}：同看 {pair.both} 处，一致 {pair.same / pair.both:.0%}，Kappa {shown}")
    if not counted.pairs:
        lines.append("没有两个人看过同一处，算不出复核人之间的一致程度。")
    return "\n".join(lines) + "\n"


def _json(counted: ReviewStats, least: float) -> str:
    rules: list[dict[str, Any]] = []
    for rule in counted.rules:
        low, high = rule.interval
        precision = None if rule.precision is None else round(rule.precision, 4)
        rules.append({**vars(rule), "ruled": rule.ruled, "overturned": rule.overturned, "precision": precision,
                      "precision_low": round(low, 4), "precision_high": round(high, 4), "advice": rule.advice(least)})
    pairs = [{**vars(p), "kappa": None if p.kappa is None else round(p.kappa, 4)} for p in counted.pairs]
    whole = {"rules": rules, "reviewers": pairs, "findings": counted.findings, "exempt": counted.exempt}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
