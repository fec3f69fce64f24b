"""click in Chinese: headings, tags and metavars of every help page, and usage errors as one sentence.

Give ``cls=Command`` or ``cls=Group`` to the decorators, and use :class:`Choice` and :class:`FloatRange` for types that
can refuse a value; whatever is made with a group's own decorators then speaks Chinese too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import click

from auditor.cli.summary import width

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
_METAVARS = (
    (click.Path, "路径"),
    (click.types.StringParamType, "文字"),
    (click.types.IntParamType, "整数"),
    (click.types.FloatParamType, "数字"),
)
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
        gap = " " if between and not ("\n" in between and _joins(text[end - 1], atom[0][0])) else ""
        if line and width(line + gap + atom[0]) > columns:
            yield line
            line, gap = "", ""
        line += (gap if line else "") + atom[0]
        end = atom.end()
    if line:
        yield line


def _joins(before: str, after: str) -> bool:
    """Is a line break of the source between these characters no space? Between two Chinese ones, and after 。；："""
    return width(before) == 2 and (width(after) == 2 or not before.isalnum())


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

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """A list of terms with what they mean; a term too wide for its column stands on a line of its own."""
        rows = list(rows)
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


class _Chinese(click.Command):
    """What commands and groups have in common."""

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
        """The first paragraph of the help: nothing is cut off, the list of commands breaks lines itself."""
        return (self.short_help or self.help or "").strip().split("\n\n")[0]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options with their defaults and bounds."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.hidden]
        with formatter.section("选项"):
            formatter.write_dl([(_spelling(option, ctx), _meaning(option, ctx)) for option in options])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; click's parser raises some usage errors without their context, which is where the help is found."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class Command(_Chinese):
    """A command with a Chinese help page and Chinese usage errors."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; superfluous arguments are refused here, for click would do so in English."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"多了参数 {' '.join(rest)}，请去掉", ctx)
        return rest


class Group(_Chinese, click.Group):
    """A group of commands with a Chinese help page; the commands and groups made with its decorators are Chinese."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("subcommand_metavar", "命令 [参数]...")
        super().__init__(*args, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands in the order in which they were added: the main job first."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


class Choice(click.Choice[str]):
    """One of a closed set of words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Why the value is refused, with the nearest one that is not."""
        known = [str(choice) for choice in self.choices]
        return f"没有「{value}」{_did_you_mean(get_close_matches(str(value), known))}可用的有 {'、'.join(known)}"


class FloatRange(click.FloatRange):
    """A number within bounds, both included."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; usage error in Chinese if it is none or out of bounds."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            raise click.BadParameter(f"应为{bounds(self)}的数字，现在是「{value}」", ctx, param) from None


class IntRange(click.IntRange):
    """A whole number within bounds, both included."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; usage error in Chinese if it is none or out of bounds."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            raise click.BadParameter(f"应为{bounds(self)}的整数，现在是「{value}」", ctx, param) from None


def bounds(kind: click.FloatRange | click.IntRange) -> str:
    """The bounds of a number as people say them: 0 到 100 之间, 不小于 1."""
    if kind.min is not None and kind.max is not None:
        return f" {kind.min:g} 到 {kind.max:g} 之间"
    return f"不小于 {kind.min:g} " if kind.min is not None else f"不大于 {kind.max:g} "


def show(error: click.ClickException) -> None:
    """Print a failure of the command line to stderr: one sentence, or the help page where nothing was asked for."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    sentence = _sentence(error)
    where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "auditor"
    stop = "" if sentence.endswith("？") else "。"
    click.echo(f"错误：{sentence}{stop}用法见 {where} --help", err=True)


def _sentence(error: click.ClickException) -> str:
    """What is wrong and what to do, without a full stop."""
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}{_did_you_mean(error.possibilities)}".removesuffix("，")
    if isinstance(error, click.exceptions.NoSuchCommand):
        known = f"可用的有 {_commands(error.ctx)}"
        return f"没有命令 {error.command_name}{_did_you_mean(error.possibilities)}{known}"
    if isinstance(error, click.BadOptionUsage):
        return _option_usage(error)
    if isinstance(error, click.MissingParameter):
        return f"缺少{_named(error.param)}，请补上"
    if isinstance(error, click.BadParameter):
        wrong = "应为 true 或 false" if _is_flag(error.param) else error.message
        return f"{_named(error.param)} 的值不对：{wrong}"
    if type(error) is click.UsageError and error.ctx and isinstance(error.ctx.command, click.Group):
        return f"缺少命令，可用的有 {_commands(error.ctx)}"
    return error.format_message()


def _did_you_mean(near: Sequence[str] | None) -> str:
    return f"，是不是想写 {near[0]}？" if near else "，"


def _commands(context: click.Context | None) -> str:
    group = context.command if context else None
    return "、".join(group.list_commands(context)) if context and isinstance(group, click.Group) else ""


def _option_usage(error: click.BadOptionUsage) -> str:
    params = error.ctx.command.get_params(error.ctx) if error.ctx else []
    option = next((param for param in params if error.option_name in param.opts), None)
    if isinstance(option, click.Option) and option.is_flag:
        return f"选项 {error.option_name} 不带值，请去掉等号和后面的内容"
    return f"选项 {error.option_name} 后面要写一个值"


def _is_flag(param: click.Parameter | None) -> bool:
    return isinstance(param, click.Option) and bool(param.is_flag)


def _named(param: click.Parameter | None) -> str:
    """A parameter as its help page calls it."""
    if isinstance(param, click.Option):
        return f"选项 {' / '.join(param.opts)}"
    return f"参数 {param.metavar or str(param.name).upper()}" if param else "参数"


def _spelling(option: click.Option, context: click.Context) -> str:
    """The left column of a help page: ``-o, --output 路径``."""
    names, _ = click.formatting.join_options([*option.opts, *option.secondary_opts])
    if option.is_flag or option.count:
        return names
    metavar = option.metavar or next((word for kind, word in _METAVARS if isinstance(option.type, kind)), None)
    return f"{names} {metavar or option.make_metavar(context)}"


def _meaning(option: click.Option, context: click.Context) -> str:
    """The right column of a help page: the help, then defaults and bounds in brackets."""
    extra = option.get_help_extra(context)
    tags = [f"环境变量 {'、'.join(extra['envvars'])}"] if "envvars" in extra else []
    tags += [f"默认 {extra['default']}"] if "default" in extra else []
    if isinstance(option.type, (click.FloatRange, click.IntRange)):
        tags.append(bounds(option.type).strip())
    tags += ["必填"] if option.required else []
    return (option.help or "") + (f"（{'；'.join(tags)}）" if tags else "")
