"""``auditor demo``: write the built-in sample day and audit it."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import chinese

SAMPLE = "示例聊天.csv"
DEFAULT_TARGET = "示例质检"


@click.command(cls=chinese.Command)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=DEFAULT_TARGET, show_default=True,
              help="结果文件夹，没有就新建。")
def demo(output: Path) -> int:
    """写出一天的示例聊天并质检，几秒钟看到全部结果。"""
    from auditor.cli.audit import defaults, perform
    from auditor.demo import day
    from auditor.errors import AuditorError, reason

    try:
        output.mkdir(parents=True, exist_ok=True)
        sample = output / SAMPLE
        sample.write_bytes(day())
    except OSError as error:
        raise AuditorError(f"输出文件夹 {output} 不能写（{reason(error)}），请换一个，用 -o 指定") from None
    click.echo(f"示例聊天写在 {sample}（一家虚构的店，8 位客服的一天）\n")
    code = perform([str(sample)], defaults() | {"output": output / "结果"}, {})
    click.echo(f"\n先看：{output / '结果'} 里的团队汇总和任意一份客服评分卡")
    click.echo("换成您自己的聊天记录：auditor audit 聊天记录.csv -o 质检结果")
    return code
