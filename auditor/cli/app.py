"""The entry point: the group of commands, and how failures become one sentence and an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from auditor import __version__
from auditor.cli import accident, chinese
from auditor.cli.audit import audit, fall_silent
from auditor.cli.convert import convert
from auditor.cli.demo import demo
from auditor.cli.inspect import inspect
from auditor.cli.kpi import kpi
from auditor.cli.model import model
from auditor.cli.phrases import phrases
from auditor.cli.review import review
from auditor.cli.rules import rules
from auditor.cli.sample import sample
from auditor.cli.trend import trend
from auditor.errors import AuditorError, printable, reason

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """The system asks this process to end: everything is cleaned up as after Ctrl-C."""


@click.group(cls=chinese.Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="auditor %(version)s", help="显示版本。")
@click.option("--debug", is_flag=True, help="程序内部出错时显示完整的错误信息（可能含聊天内容），写在哪里都行。")
def cli(debug: bool) -> None:
    """客服聊天质检：读聊天记录，按规则逐个会话检查，给每位客服一份 Excel 评分卡。

    全部在本机完成，聊天内容不会上传。

    退出码：0 正常；1 有达到 --fail-on 的扣分或低于 --min-score；2 用法、规则、模型或配置有错，没有写出结果；
    3 有输入读不了，其余已写出；130 被中断。
    """
    if debug:
        os.environ[accident.DEBUG] = "1"


for _command in (audit, demo, review, sample, trend, kpi, phrases, inspect, convert, rules, model):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; failures the user can act on show as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with _terminable(), accident.no_afterword():
        code = _run(sys.argv[1:] if arguments is None else arguments)
        if code:
            gc.collect()  # what an error left half done is thrown away here, in silence
    sys.exit(code)


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into :class:`Terminated` while a command runs."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(arguments: Sequence[str]) -> int:
    if "--debug" in arguments:  # wherever it was typed
        arguments = ["--debug", *(word for word in arguments if word != "--debug")]
    try:
        # Not cli.main(): that takes an EOFError for Ctrl-C, and a reader that has gone (| head) for a failure.
        with cli.make_context("auditor", list(arguments)) as context:
            code: Any = cli.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
    except AuditorError as error:
        accident.show_trace()
        click.echo(f"错误：{error}", err=True)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        chinese.show(error)
        return AuditorError.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        click.echo("已中断，没有写出结果。", err=True)
        return EXIT_TERMINATED if isinstance(stop, Terminated) else EXIT_INTERRUPTED
    except MemoryError:
        click.echo("错误：内存不够，没有写出结果，请分几次质检或换一台内存大些的机器。", err=True)
        return AuditorError.exit_code
    except UnicodeEncodeError as error:
        name = printable(error.object[error.start : error.end])
        said = f"这台机器的文件名编码是 {error.encoding}，写不了「{name}」，没有写出结果"
        click.echo(f"错误：{said}，请先设置环境变量 PYTHONUTF8=1。", err=True)
        return AuditorError.exit_code
    except BrokenPipeError:
        fall_silent()
        return 0
    except OSError as error:
        accident.show_trace()
        name = f" {printable(str(error.filename))}" if error.filename else ""
        click.echo(f"错误：读写文件{name} 失败（{reason(error)}），没有写出结果。", err=True)
        return AuditorError.exit_code
    except Exception as error:  # a mistake of ours must not look like findings (1), nor quote a chat
        accident.show_trace()
        click.echo(accident.tell(error), err=True)
        return AuditorError.exit_code
    return code if isinstance(code, int) else 0
