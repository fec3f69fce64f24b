"""``auditor convert FILE -o canonical.jsonl``: any log as canonical JSONL, one conversation a line."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from auditor.cli import chinese
from auditor.cli.reading import options_of, reading
from auditor.errors import AuditorError, printable, reason

EXIT_UNREAD = 3
#: Rejected rows that are shown one by one.
MOST_SHOWN = 20


@click.command(cls=chinese.Command)
@click.argument("logs", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="文件", help="写到哪个文件，- 是标准输出。")
@click.option("--anonymise", is_flag=True,
              help="人名换成客户1、客服1，个人信息遮盖，便于把记录发给别人；正文里提到的姓名仍要自己检查。")
@reading
def convert(logs: tuple[str, ...], output: str, anonymise: bool, **chosen: Any) -> int:
    """把聊天记录 LOGS 转成通用的 JSONL：每行一个会话，再审时不用选项。

    读不了的行在标准错误里逐行说明，并以退出码 3 结束。
    """
    from auditor.readers import Ledger, Reject, find_files, read
    from auditor.readers.canonical import as_line
    from auditor.reports.masking import Disguise, mask, mask_name

    files, options = find_files(logs), options_of(chosen)
    if output != "-" and os.path.realpath(output) in {os.path.realpath(path) for path in files}:
        raise AuditorError(f"输出文件 {output} 就是要读的聊天记录，请换一个，用 -o 指定。")
    rejects: list[Reject] = []
    hide = Disguise() if anonymise else None
    ledger = Ledger(lambda reject: rejects.append(reject) if len(rejects) < MOST_SHOWN else None, mask, mask_name)
    count = 0
    with writing(output) as file:
        for conversation in read(files, options, ledger):
            file.write(as_line(hide(conversation) if hide else conversation) + "\n")
            count += 1
        if not count:
            raise AuditorError(ledger.nothing_read("什么也没有写"), ledger.file_problems)
    for facts in ledger.inputs:
        encoding = f"，编码 {facts.encoding}" if facts.encoding else ""
        merged = f"，{facts.rows_merged} 行重复" if facts.rows_merged else ""
        counts = f"{facts.rows_in} 行，{facts.rows_audited} 行转出{merged}。"
        _say(f"{facts.file}：读作 {facts.format or '—'}{encoding}，{counts}")
    for note in ledger.notes:
        _say(f"注意：{mask(str(note))}")
    for reject in rejects:
        _say(f"没有读：{reject.file}{f':{reject.line}' if reject.line else ''}: {mask(reject.reason)}")
    if ledger.rows_rejected > len(rejects):
        _say(f"…… 另有 {ledger.rows_rejected - len(rejects)} 行没有读")
    return EXIT_UNREAD if ledger.rows_rejected else 0


def _say(text: str) -> None:
    click.echo(printable(text), err=True)


@contextmanager
def writing(output: str) -> Iterator[TextIO]:
    """A file that takes its place only when it is whole, or the standard output."""
    if output == "-":
        sys.stdout.flush()
        yield sys.stdout
        return
    target = Path(output)
    try:
        handle, name = tempfile.mkstemp(prefix=".auditor-", dir=target.parent)
    except OSError as error:
        raise AuditorError(f"输出文件 {output} 不能写（{reason(error)}），请换一个，用 -o 指定。") from error
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except OSError as error:
        raise AuditorError(f"输出文件 {output} 不能写（{reason(error)}），请换一个，用 -o 指定。") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    """The permissions that new files of this process do without."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
