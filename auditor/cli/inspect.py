"""``auditor inspect FILE``: what a log is taken for, how it would be read, and what would not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from auditor.cli import chinese
from auditor.cli.reading import options_of, reading
from auditor.errors import printable

if TYPE_CHECKING:
    from auditor.chat import Conversation
    from auditor.readers import InputFacts
    from auditor.readers.formats import Scores
    from auditor.readers.inspection import Inspection
    from auditor.readers.records import Columns

EXIT_UNREAD = 3
NONE = "—"
#: Tables whose columns are shown.
MOST_TABLES = 8
#: Messages of each conversation, and code points of each message, that are shown.
MOST_MESSAGES = 8
MOST_CHARACTERS = 60
ROLES = {"customer": "客户", "agent": "客服", "robot": "机器人", "system": "系统"}
KINDS = {
    "text": "", "image": "图片", "card": "卡片", "order": "订单", "file": "文件", "recall": "撤回", "transfer": "转接",
    "event": "提示", "missing": "未显示",
}  # fmt: skip
FIELDS = {
    "conversation": "会话", "time": "时间", "date": "日期", "role": "角色", "agent": "客服", "customer": "客户",
    "text": "消息", "shop": "店铺", "platform": "平台", "kind": "类型", "sender": "发送人", "auto": "自动回复",
    "rules": "判断用",
}  # fmt: skip


@click.command(cls=chinese.Command)
@click.argument("log", metavar="FILE")
@click.option("-n", "most", type=chinese.IntRange(1, 1000), default=3, show_default=True,
              help="显示几个会话、几行读不了的内容。")
@reading
def inspect(log: str, most: int, **chosen: Any) -> int:
    """看看聊天记录 FILE 会被当成什么格式、读成什么样、哪些行读不了；什么也不写。

    FILE 是文件、压缩包、文件夹，或 -（标准输入）。
    """
    from auditor.readers import find_files
    from auditor.readers.inspection import inspect as look

    found = look(find_files([log]), options_of(chosen), most)
    for facts, scores in zip(found.inputs, found.scores, strict=True):
        _format(facts, scores, chosen["from"])
    for where, columns in found.columns[:MOST_TABLES]:
        _columns(where, columns)
    if len(found.columns) > MOST_TABLES:
        _line(f"…… 另有 {len(found.columns) - MOST_TABLES} 张表")
    _account(found)
    for conversation in found.first:
        _conversation(conversation)
    if found.total > len(found.first):
        _line(f"…… 另有 {found.total - len(found.first)} 个会话")
    _rejects(found)
    return EXIT_UNREAD if found.rejected else 0


def _line(text: str) -> None:
    click.echo(printable(text))


def _format(facts: InputFacts, scores: Scores, wanted: str | None) -> None:
    _line(f"文件：{facts.file}")
    if facts.format:
        _line(f"读作：{facts.format}{f'，编码 {facts.encoding}' if facts.encoding else ''}")
    if scores:
        _line(f"各格式的得分：{'，'.join(f'{name} {score:.2f}' for name, score in scores)}")
    elif facts.format:
        _line("格式由 --from 指明" if wanted else "没有一种格式认得，当作 csv 试读")


def _columns(where: str, columns: Columns) -> None:
    known = [f"{heading}→{FIELDS[field]}" for heading, field in columns.meanings if field]
    unknown = [heading or "（空）" for heading, field in columns.meanings if not field]
    _line(f"列（{where} 第 {columns.line} 行）：{'，'.join(known)}")
    if unknown:
        _line(f"没有用到的列：{'，'.join(unknown)}")


def _account(found: Inspection) -> None:
    rows, read = sum(item.rows_in for item in found.inputs), sum(item.rows_audited for item in found.inputs)
    merged = sum(item.rows_merged for item in found.inputs)
    parts = [f"会读 {read} 行", f"读不了 {found.rejected} 行", *([f"重复 {merged} 行"] if merged else [])]
    _line(f"共 {rows} 行：{'，'.join(parts)}；{found.total} 个会话")
    for note in found.notes:
        _line(f"注意：{note}")


def _conversation(conversation: Conversation) -> None:
    names = {"平台": conversation.platform, "店铺": conversation.shop}
    names |= {"客服": conversation.agent, "客户": conversation.customer}
    click.echo()
    _line(f"会话 {conversation.id}（{'，'.join(f'{title} {name or NONE}' for title, name in names.items())}）")
    for message in conversation.messages[:MOST_MESSAGES]:
        text = message.text if len(message.text) <= MOST_CHARACTERS else f"{message.text[:MOST_CHARACTERS]}…"
        kind = f"[{KINDS[message.kind.value]}]" if KINDS[message.kind.value] else ""
        when = f"{message.time:%Y-%m-%d %H:%M:%S}" if message.time else "没有时间"
        _line(f"  {when} {ROLES[message.role.value]} {message.sender or NONE}：{kind}{text}")
    if len(conversation.messages) > MOST_MESSAGES:
        _line(f"  …… 另有 {len(conversation.messages) - MOST_MESSAGES} 条消息")


def _rejects(found: Inspection) -> None:
    if not found.rejects:
        return
    click.echo()
    _line("读不了的行：")
    for reject in found.rejects:
        place = f"{reject.file} 第 {reject.line} 行" if reject.line else reject.file
        _line(f"  {place}：{reject.reason}{f'｜{reject.raw[:MOST_CHARACTERS]}' if reject.raw else ''}")
    if found.rejected > len(found.rejects):
        _line(f"  …… 另有 {found.rejected - len(found.rejects)} 行")
