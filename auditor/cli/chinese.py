"""click in Chinese: headings, tags and metavars of every help page, and usage errors as one sentence.

Give ``cls=Command`` or ``cls=Group`` to the decorators, and use :class:`Choice` and :class:`FloatRange` for types that
can refuse a value; whatever is made with a group's own decorators then speaks Chinese too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import click

from auditor.cli.summary import width

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
_METAVARS = ((click.Path, "路径"), (click.types.StringParamType, "文字"), (click.types.IntParamType, "整数"),
             (click.types.FloatParamType, "数字"))
_HELP = "显示这段说明。"
#: What may not be torn from its neighbour when a line is broken: opening marks go with what follows, closing ones
#: with what precedes, and a run of narrow characters is a word.
_ATOM = re.compile(r"[（「『【《“]*(?:[!-~]+|\S)[，。；：！？、）」』】》”…]*")


def wrap(text: str, columns: int) -> Iterator[str]:
    """Lines of at most ``columns`` terminal columns; Chinese may be broken anywhere but around punctuation marks."""
    line = ""
    end = 0
    for atom in _ATOM.finditer(text):
        between = text[end : atom.start()]
        # A line break of the source between two Chinese characters is no space.
        gap = " " if between and not ("\n" in between and _wide(text[end - 1]) and _wide(atom[0][0])) else ""
        if line and width(line + gap + atom[0]) > columns:
            yield line
            line, gap = "", ""
        line += (gap if line else "") + atom[0]
        end = atom.end()
    if line:
        yield line


def _wide(char: str) -> bool:
    return width(char) == 2


class Formatter(click.HelpFormatter):
    """Chinese headings, and lines broken by terminal columns instead of characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line."""
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        """A section's heading, in Chinese where it is one of click's own."""
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        """Paragraphs of text."""
        indent = " " * self.current_indent
        paragraphs = ("\n".join(indent + line for line in wrap(part, self.width - self.current_indent))
                      for part in re.split(r"\n\s*\n", text))
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A list of terms with what they mean; a term too wide for its column stands on a line of its own."""
        indent = " " * self.current_indent
        column = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        room = max(self.width - self.current_indent - column, 10)
        for term, meaning in rows:
            lines = list(wrap(meaning, room))
            if width(term) + col_spacing > column:
                self.write(f"{indent}{term}\n")
            else:
                first = lines.pop(0) if lines else ""
                self.write(f"{indent}{term}{' ' * (column - width(term))}{first}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * column}{line}\n" for line in lines))


class Context(click.Context):
    """A context whose help pages are Chinese."""

    formatter_class = Formatter


class Command(click.Command):
    """A command with a Chinese help page and Chinese usage errors."""

    context_class = Context

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("options_metavar", "[选项]")
        super().__init__(*args, **settings)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``, explained in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002
        """The first paragraph of the help: Chinese needs no cutting, the list of commands breaks lines itself."""
        return " ".join((self.short_help or self.help or "").strip().split("\n\n")[0].split())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, their defaults and bounds in Chinese."""
        _write_options(self, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, so that every usage error knows its command; arguments too many are refused here, in Chinese."""
        ctx.allow_extra_args = True
        rest = _parse(super().parse_args, ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"多了参数 {' '.join(rest)}，请去掉它", ctx)
        return rest


class Group(click.Group):
    """A group of commands with a Chinese help page; its commands and groups are Chinese by themselves."""

    context_class = Context
    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("options_metavar", "[选项]")
        settings.setdefault("subcommand_metavar", "命令 [参数]...")
        super().__init__(*args, **settings)

    get_help_option = Command.get_help_option
    get_short_help_str = Command.get_short_help_str

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands in the order in which they were added: the main job first."""
        return list(self.commands)
