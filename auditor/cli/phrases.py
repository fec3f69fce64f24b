"""``auditor phrases check FILES…``: the linter of phrase libraries (话术库), for people and for pipelines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese, settings
from auditor.errors import AuditorError, printable, reason

if TYPE_CHECKING:
    from auditor.phrases.check import Job
    from auditor.phrases.finding import Outcome
    from auditor.ruleset import RuleSet

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")
FAIL_ON = ("never", "fatal", "major", "minor", "info")
EXIT_FINDINGS = 1
EXIT_UNREAD = 3
#: The table of auditor.toml that holds these options.
SECTION = "phrases"
_PATH = click.Path(path_type=Path)
_Function = Callable[..., Any]

_OPTIONS: tuple[Callable[[_Function], _Function], ...] = (
    click.option("--format", "format", type=chinese.Choice(FORMATS), default="text", show_default=True,
                 help="结果的写法：给人看的 text，给流水线的 json、sarif、github、gitlab、junit。"),
    click.option("-o", "--output", type=_PATH, help="结果写到这个文件，不写就显示在屏幕上；退出码不变。"),
    click.option("--fail-on", type=chinese.Choice(FAIL_ON), default="major", show_default=True,
                 help="有这一级或更重的新问题就以退出码 1 结束。"),
    click.option("--select", multiple=True, metavar="规则,…", help="只查这些规则（id 或编号），可写多次。"),
    click.option("--ignore", multiple=True, metavar="规则,…", help="不查这些规则（id 或编号），可写多次。"),
    click.option("--rules", "rules", multiple=True, type=_PATH, help="自己的规则文件或文件夹，可写多次。"),
    click.option("--trial", is_flag=True, help="试运行的规则和模型也查，只显示，不影响退出码。"),
    click.option("--baseline", type=_PATH, help="基线文件：里面记着的旧问题不计。"),
    click.option("--write-baseline", type=_PATH, help="把现有的问题写成基线，之后只看新问题。"),
    click.option("--fix", is_flag=True, help="把拿得准的直接改好：标点、全半角、空格、你→您。"),
    click.option("--diff", is_flag=True, help="只显示 --fix 会改什么，不写文件。"),
    click.option("--placeholder", multiple=True, metavar="名称", help="店铺工具会自动替换的占位符，如 昵称。"),
    click.option("--contact", multiple=True, metavar="号码", help="店铺自己的电话、QQ、邮箱、域名，写在话术里不报。"),
    click.option("--column", metavar="列名", help="表格里哪一列是话术内容，列名不常见时指明。"),
    click.option("--encoding", metavar="编码", help="文件的编码，不写就自动识别。"),
    click.option("--stdin-name", metavar="文件名", help="从管道读（FILES 写 -）时当作哪个文件，如 话术.csv。"),
    click.option("--today", metavar="日期", envvar="AUDITOR_TODAY", help="按哪一天算过期，如 2026-11-16，默认今天。"),
    click.option("--cache", type=_PATH, help="缓存文件：没改过的话术不重查。"),
    click.option("--no-mask", is_flag=True, help="结果里不遮盖电话、证件号、银行卡和地址。"),
)  # fmt: skip


def _with_options(function: _Function) -> _Function:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(cls=chinese.Group)
def phrases() -> None:
    """检查话术库（快捷短语）。"""


@phrases.command(context_settings={"auto_envvar_prefix": "AUDITOR_PHRASES"})
@click.argument("files", nargs=-1, required=True)
@_with_options
@click.pass_context
def check(context: click.Context, /, files: tuple[str, ...], **_: Any) -> int:
    """检查话术库 FILES：CSV、TSV、XLSX、TXT、Markdown、JSON、TOML，文件、文件夹或通配符，- 是标准输入。

    退出码：0 没有达到 --fail-on 的新问题；1 有；2 用法、规则或基线有错；3 有内容读不了。
    """
    config = settings.load(context.command, SECTION)
    chosen = {name: settings.value(context, config, name) for name in context.params if name != "files"}
    return perform(files, chosen, config)


def perform(files: Sequence[str], chosen: Mapping[str, Any], config: Mapping[str, Any]) -> int:
    """Check the libraries by the chosen options; ``config`` gives words and models. Returns the exit code."""
    from auditor.cli.loading import load_quickly
    from auditor.phrases import baseline
    from auditor.phrases.check import check as run
    from auditor.reports.masking import mask, unmasked

    known = baseline.read(chosen["baseline"]) if chosen["baseline"] else baseline.Baseline()
    rule_set = load_quickly(chosen["rules"], config.get("dict", ()), config.get("models"), chosen["trial"])
    job = _job(files, chosen, rule_set)
    hide = unmasked if chosen["no_mask"] else lru_cache(4096)(mask)
    fixed = _fix(job, chosen["diff"]) if chosen["fix"] or chosen["diff"] else 0
    with _bar(job) as tick:
        outcome = run(job, tick)
    outcome.fixed = fixed
    known.apply(outcome)
    if chosen["write_baseline"]:
        count = baseline.write(chosen["write_baseline"], outcome.findings, hide)
        click.echo(f"基线已写到 {chosen['write_baseline']}：{count} 处问题", err=True)
        baseline.read(chosen["write_baseline"]).apply(outcome)
    if not chosen["diff"]:
        _report(outcome, chosen["format"], chosen["output"], hide)
    return exit_code(outcome, chosen["fail_on"])


def _job(files: Sequence[str], chosen: Mapping[str, Any], rule_set: RuleSet) -> Job:
    from auditor.phrases.check import Job, unknown_rules
    from auditor.phrases.columns import Columns
    from auditor.phrases.files import library_files
    from auditor.phrases.library import Reading
    from auditor.phrases.shop import Shop
    from auditor.readers.encoding import check_name

    encoding = check_name(chosen["encoding"]) if chosen["encoding"] else None
    job = Job(
        files=library_files(files),
        rules=rule_set,
        today=_today(chosen["today"]),
        reading=Reading(encoding, Columns(chosen["column"]), chosen["stdin_name"]),
        shop=Shop(frozenset(chosen["placeholder"]), frozenset(chosen["contact"])),
        select=_names(chosen["select"]),
        ignore=_names(chosen["ignore"]),
        trial=chosen["trial"],
        cache=_cache(chosen, rule_set),
    )
    unknown = unknown_rules(job)
    if unknown:
        raise AuditorError(f"--select 或 --ignore 里没有规则「{'」「'.join(unknown)}」，可用 auditor phrases rules 查")
    return job


def _cache(chosen: Mapping[str, Any], rule_set: RuleSet) -> Any:
    from auditor import __version__
    from auditor.phrases.cache import Cache
    from auditor.phrases.finding import digest

    if chosen["cache"] is None:
        return None
    return Cache(chosen["cache"], digest(__version__, rule_set.digest, str(chosen["trial"])))


def _today(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise AuditorError(f"日期「{text}」应写成 2026-11-16 这样") from None


def _names(given: Sequence[str]) -> frozenset[str]:
    return frozenset(name.strip() for part in given for name in part.split(",") if name.strip())


def _fix(job: Job, only_show: bool) -> int:
    """Mend what is safe to mend, or show the difference; returns how many places were mended."""
    from auditor.phrases.fixing import fix

    count, notes = 0, []
    for path in job.files:
        result = fix(path, job)
        notes += result.notes
        if only_show:
            click.echo(result.diff(), nl=False)
        else:
            result.write()
        count += 0 if only_show else result.count
    for note in notes:
        click.echo(printable(note), err=True)
    return count


def _report(outcome: Outcome, form: str, target: Path | None, hide: Callable[[str], str]) -> None:
    """Write the report; whatever its form, the terminal says how much was checked."""
    from auditor.phrases.textout import lines, summary

    if form == "text":
        colour = target is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        pieces: Iterable[str] = (f"{line}\n" for line in lines(outcome, hide, colour))
    else:
        from auditor.phrases.records import WRITERS

        pieces = WRITERS[form](outcome, hide)
    if target is not None:
        _save(target, pieces)
    elif sys.stdout is not None:
        sys.stdout.writelines(pieces)
    if target is not None or form != "text":
        for line in summary(outcome):
            click.echo(line, err=True)


def _save(target: Path, pieces: Iterable[str]) -> None:
    from auditor.phrases.save import save

    try:
        save(target, (piece.encode("utf-8", "backslashreplace") for piece in pieces))
    except OSError as error:
        raise AuditorError(f"结果文件 {target} 写不了（{reason(error)}），请用 -o 换一个位置") from error


def exit_code(outcome: Outcome, fail_on: str) -> int:
    """3 if anything was not read, else 1 if a finding that counts is grave enough, else 0."""
    from auditor.rule import Severity

    if outcome.problems:
        return EXIT_UNREAD
    return EXIT_FINDINGS if fail_on != "never" and outcome.at_or_above(Severity(fail_on)) else 0


@contextmanager
def _bar(job: Job) -> Iterator[Callable[[int], None]]:
    """A progress bar over the bytes read, on a terminal."""
    if not sys.stderr.isatty() or any(str(path) == "-" for path in job.files):
        yield lambda _: None
        return
    total = sum(path.stat().st_size for path in job.files)
    if total < 1 << 20:
        yield lambda _: None
        return
    from tqdm import tqdm

    form = "{desc} {percentage:3.0f}%|{bar:24}| [{elapsed}<{remaining}]"
    with tqdm(total=total, desc="检查话术", unit="B", bar_format=form, leave=False) as bar:

        def add(size: int) -> None:
            bar.update(size)

        yield add


@phrases.command("rules")
@click.option("--rules", "paths", multiple=True, type=_PATH, help="自己的规则文件或文件夹。")
def list_rules(paths: tuple[Path, ...]) -> None:
    """列出话术库用的规则。"""
    from auditor.cli.loading import load_quickly
    from auditor.phrases.check import usable

    found = usable(load_quickly(paths, (), None, False))
    for rule in found:
        click.echo(printable(f"{rule.code:5} {rule.id:28} {rule.severity.label} {rule.status.label}  {rule.title}"))
    click.echo(f"共 {len(found)} 条规则")
