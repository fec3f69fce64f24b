"""``auditor audit LOGS…``: the main job."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from auditor.cli import chinese, settings
from auditor.cli.reading import options_of, reading
from auditor.errors import AuditorError, reason

if TYPE_CHECKING:
    from auditor.job import Job, Outcome, Progress
    from auditor.reviews.verdict import Opinions

PROFILES = ("house", "taobao", "tmall", "jd", "pdd", "douyin", "kuaishou")
FORMATS = ("xlsx", "jsonl", "csv", "html")
FAIL_ON = ("never", "fatal", "major", "minor", "info")
EXIT_FINDINGS = 1
EXIT_UNREAD = 3
DEFAULT_TARGET = "质检结果"


class FormatList(click.ParamType[frozenset[str]]):
    """A comma-separated list of output formats."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        if isinstance(value, frozenset):
            return value
        names = value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
        unknown = [name for name in names if name not in FORMATS]
        if unknown:
            self.fail(f"没有「{unknown[0]}」这种格式，可用 {'、'.join(FORMATS)}", param, ctx)
        return frozenset(names)


@click.command(cls=chinese.Command, context_settings={"auto_envvar_prefix": "AUDITOR"})
@click.argument("logs", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=DEFAULT_TARGET, show_default=True,
              help="结果文件夹，没有就新建。")
@click.option("--profile", type=chinese.Choice(PROFILES), help="按哪个平台的口径；不写就看每个会话的平台。")
@click.option("--rules", "rules", multiple=True, type=click.Path(path_type=Path),
              help="自己的规则文件或文件夹，可写多次；同 id 的规则替换内置的。")
@reading
@click.option("--since", metavar="日期", help="只查这一天起的消息，如 2026-11-16。")
@click.option("--until", metavar="日期", help="只查到这一天为止的消息（含）。")
@click.option("--today", metavar="日期", help="没有时间的消息，按这一天看活动和日期有没有过期，如 2026-11-16。")
@click.option("--formats", metavar="格式,…", type=FormatList(), default="xlsx,jsonl", show_default=True,
              help="写哪些结果：xlsx、html、jsonl、csv（jsonl 总会写）。")
@click.option("--verdicts", metavar="文件", type=click.Path(path_type=Path),
              help="复核结论（auditor review import 写出的），按它重新计分，机器结果并列保留。")
@click.option("--history", metavar="文件", type=click.Path(path_type=Path),
              help="把结果记进这个历史文件（没有就新建），评分卡上写明环比和趋势；同一天可以重跑。")
@click.option("--fail-on", type=chinese.Choice(FAIL_ON), default="never", show_default=True,
              help="有这一级或更重的扣分就以退出码 1 结束。")
@click.option("--min-score", type=chinese.FloatRange(0, 100), help="有客服低于这个分数（0-100）就以退出码 1 结束。")
@click.option("--no-mask", is_flag=True, help="结果里不遮盖电话、证件号、银行卡和地址。")
@click.option("--quiet", is_flag=True, help="不显示进度和小结。")
@click.pass_context
def audit(context: click.Context, /, logs: tuple[str, ...], **_: Any) -> int:
    """质检聊天记录 LOGS（文件、文件夹或通配符），给每位客服写一份评分卡。"""
    config = settings.load(context.command)
    chosen = {name: settings.value(context, config, name) for name in context.params if name != "logs"}
    with _today(chosen["today"]):
        return perform(logs, chosen, config)


@contextmanager
def _today(day: str | None) -> Iterator[None]:
    """For a while ``day`` stands for the day of messages without a time, here and in processes started from here."""
    from auditor.checks.expired import TODAY

    before = os.environ.get(TODAY)
    if day:
        os.environ[TODAY] = day
    try:
        yield
    finally:
        os.environ.pop(TODAY, None)
        if before is not None:
            os.environ[TODAY] = before


def defaults() -> dict[str, Any]:
    """Every option's value when nothing is said anywhere."""
    with audit.make_context("audit", ["-"], auto_envvar_prefix=None) as context:
        return {name: value for name, value in context.params.items() if name != "logs"}


def perform(logs: Sequence[str], chosen: Mapping[str, Any], config: Mapping[str, Any]) -> int:
    """Audit the logs by the chosen options; ``config`` gives words and models. Returns the exit code."""
    from auditor.cli.loading import load_rules
    from auditor.job import Job, run

    files = _files(logs)
    options = options_of(chosen)
    rule_set, hashes = load_rules(chosen["rules"], config.get("dict", ()), config.get("models"))
    job = Job(
        files=files,
        target=chosen["output"],
        rules=rule_set,
        options=options,
        profile=chosen["profile"],
        formats=chosen["formats"],
        masked=not chosen["no_mask"],
        model_hashes=hashes,
        opinions=_opinions(chosen["verdicts"]),
        history=chosen["history"],
    )
    with _bars(job, chosen["quiet"]) as progress:
        outcome = run(job, progress)
    if not chosen["quiet"]:
        _tell(outcome, chosen["output"])
    return exit_code(outcome, chosen["fail_on"], chosen["min_score"])


def _opinions(path: Path | None) -> Opinions | None:
    if path is None:
        return None
    from auditor.reviews.store import load
    from auditor.reviews.verdict import opinions

    return opinions(load([path]))


def _tell(outcome: Outcome, target: Path) -> None:
    """The summary. The results stand, and so does the exit code, whatever becomes of the screen."""
    from auditor.cli.summary import show

    try:
        show(outcome, target)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        fall_silent()
    except OSError as error:
        raise AuditorError(f"结果已写在 {target}，但小结显示不出来（{reason(error)}）") from None


def fall_silent() -> None:
    """The reader of our output has gone (| head): say nothing more, and let nothing be flushed at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _files(logs: Sequence[str]) -> list[Path]:
    """The files to read. What an earlier run wrote into a folder is not a log, unless it is named outright."""
    from auditor.readers import find_files
    from auditor.reports.staging import earlier_results

    named = {os.path.realpath(path) for path in logs}
    found = find_files(logs)
    results = {folder: earlier_results(folder) for folder in {path.parent for path in found}}
    files = [path for path in found if os.path.realpath(path) in named or path.name not in results[path.parent]]
    if not files:
        raise AuditorError(f"{'、'.join(logs)} 里只有以前的质检结果，没有聊天记录，请检查路径")
    return files


def exit_code(outcome: Outcome, fail_on: str, min_score: float | None) -> int:
    """3 if any input was not read, else 1 if the result fails what was asked, else 0."""
    from auditor.job import severity_named

    if outcome.ledger.rows_rejected or outcome.ledger.file_problems:
        return EXIT_UNREAD
    severity = severity_named(fail_on)
    if severity is not None and outcome.at_or_above(severity):
        return EXIT_FINDINGS
    low = min_score is not None and any(card.score is not None and card.score < min_score for card in outcome.cards)
    return EXIT_FINDINGS if low else 0


@contextmanager
def _bars(job: Job, quiet: bool) -> Iterator[Progress]:
    """Progress bars on stderr: bytes read, conversations judged, workbooks written; none off a terminal."""
    from auditor.job import Progress

    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from tqdm import tqdm

    total = None if any(str(path) == "-" for path in job.files) else sum(path.stat().st_size for path in job.files)
    form = "{desc} {percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"
    reading = tqdm(total=total, desc="读取", unit="B", unit_scale=True, bar_format=form, leave=False)
    judging = tqdm(desc="质检", unit=" 个会话", bar_format="{desc} {n_fmt} 个会话 [{elapsed}]", leave=False)
    writing = tqdm(desc="写表", unit=" 份", bar_format="{desc} {n_fmt}/{total_fmt} 份 [{elapsed}]", leave=False)

    def add(bar: tqdm[NoReturn], more: int) -> None:
        bar.update(more)

    def wrote(done: int, of: int) -> None:
        writing.total = of
        writing.update(done - writing.n)

    try:
        yield Progress(lambda size: add(reading, size), lambda count: add(judging, count), wrote)
    finally:
        for bar in (writing, judging, reading):
            bar.close()
