"""The options that say how logs are read, for every command that reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from auditor.errors import AuditorError

if TYPE_CHECKING:
    from auditor.readers import Options

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--from", "from", metavar="格式",
                 help="输入格式，或自己的列名对照表（.toml 文件）；不写就自动识别，inspect 能看到认成了什么。"),
    click.option("--encoding", metavar="编码", help="输入文件的编码，不写就自动识别。"),
    click.option("--tz", metavar="时区", default="Asia/Shanghai", show_default=True,
                 help="结果用的时区，也是没写时区的时间的时区。"),
    click.option("--agents", metavar="文件", type=click.Path(path_type=Path),
                 help="客服账号名单，每行一个账号，或有「客服」列的表；QQ、微信等分不出谁是客服的记录要用。"),
    click.option("--max-file-size", metavar="大小", default="4G", show_default=True,
                 help="超过这么大的文件（解压后）不读，写成 500M、2G 这样。"),
    click.option("--date", metavar="日期", help="记录里只有钟点，或写着昨天、今天时，是哪一天，如 2026-11-16。"),
)  # fmt: skip


_SIZE = re.compile(r"(\d+)\s*([KMG]?)B?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def _size(text: str) -> int:
    """Bytes. Raises AuditorError for what is no size."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise AuditorError(f"--max-file-size「{text}」应写成 500M、2G 这样的大小")
    return int(found[1]) * _UNITS[found[2].upper()]


def reading(function: Function) -> Function:
    """Give a command the options that :func:`options_of` reads."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), function)


def options_of(chosen: Mapping[str, Any]) -> Options:
    """The reader's options from those of a command (``since``, ``until`` and ``profile`` may be absent).

    Raises AuditorError for a day, a size or a zone that is none, and for a list of agents that cannot be read.
    """
    from auditor.job import parse_day
    from auditor.readers import Options, parse_zone
    from auditor.readers.agents import load_agents

    return Options(
        encoding=chosen["encoding"],
        zone=parse_zone(chosen["tz"]),
        format=chosen["from"],
        since=parse_day(chosen.get("since")),
        until=parse_day(chosen.get("until")),
        agents=load_agents(Path(chosen["agents"])) if chosen["agents"] else frozenset(),
        day=parse_day(chosen["date"]),
        most=_size(str(chosen["max_file_size"])),
        # The house's own way of counting is no platform: what the log says of itself holds.
        profile=None if chosen.get("profile") == "house" else chosen.get("profile"),
    )
