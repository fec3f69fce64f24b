"""auditor.toml and AUDITOR_… variables: defaults for options (flag > environment > config > default)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from auditor.errors import AuditorError, Place, Problem

CONFIG = "auditor.toml"
#: Keys that are no option of a command but belong in the config file.
OWN_KEYS = {"dict": list, "models": str, "phrases": dict}
#: What a command with a table of its own takes from the top of the file as well.
SHARED = ("rules", "dict", "models")


def load(command: click.Command, section: str | None = None) -> dict[str, Any]:
    """The config file of the working folder, by parameter name; unknown keys and wrong types are refused by name.

    ``section``: the table that holds the command's options; of the rest of the file only ``SHARED`` is taken.
    """
    from auditor.tomlplace import line_of, places

    path = Path(CONFIG)
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise AuditorError(f"配置文件 {CONFIG} 读不了（{error}），请检查写法或另存为 UTF-8") from None
    path_of: tuple[str, ...] = ()
    if section is not None:
        own = data.get(section, {})
        if not isinstance(own, dict):
            raise AuditorError(f"配置文件 {CONFIG} 的 {section} 应写成 [{section}] 表")
        path_of = (section,) if own else ()
        data = {**{key: data[key] for key in SHARED if key in data}, **own}
    options = {name: param for param in command.params for name in _names(param)}
    lines = places(text)
    problems = [
        Problem(Place(CONFIG, line_of(lines, (*path_of, key) if (*path_of, key) in lines else (key,))), key, wrong)
        for key, value in data.items()
        if (wrong := _wrong(key, value, options))
    ]
    if problems:
        raise AuditorError("配置文件有错，没有开始质检：", problems)
    return {str(options[key].name) if key in options else key: value for key, value in data.items()}


def _names(param: click.Parameter) -> list[str]:
    return [option.lstrip("-") for option in param.opts if option.startswith("--")]


def _wrong(key: str, value: object, options: Mapping[str, click.Parameter]) -> str | None:
    """What is wrong with one line of the config file, as a sentence, or None."""
    from auditor.rulefields import did_you_mean

    if key not in options and key not in OWN_KEYS:
        return f"不认识这一项{did_you_mean(key, [*options, *OWN_KEYS])}"
    param = options.get(key)
    if isinstance(param, click.Option) and param.is_flag:
        return None if isinstance(value, bool) else "应为 true 或 false"
    if OWN_KEYS.get(key) is dict:
        return None if isinstance(value, dict) else f"应写成 [{key}] 表"
    if OWN_KEYS.get(key) is list or (param is not None and param.multiple):
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return None if listed else '应为文字列表，如 ["…"]'
    if param is not None and isinstance(param.type, click.FloatRange):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if number else "应为数字"
    if isinstance(value, (str, date)) or (key == "formats" and isinstance(value, list)):
        return _refused(param, value)
    return "应为文字"


def _refused(param: click.Parameter | None, value: object) -> str | None:
    """Why the option's own type does not take the value."""
    if param is None:
        return None
    try:
        param.type.convert(value, param, None)
    except click.BadParameter as error:
        return error.message
    return None


def value(context: click.Context, config: Mapping[str, Any], name: str) -> Any:
    """An option's value: from the flag or the environment if given there, else from the config, else the default."""
    from click.core import ParameterSource

    given = context.get_parameter_source(name)
    if given in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT) or name not in config:
        return context.params[name]
    param = next(param for param in context.command.params if param.name == name)
    return param.type_cast_value(context, config[name])
