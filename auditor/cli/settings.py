"""auditor.toml and AUDITOR_… variables: defaults for options (flag > environment > config > default)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from auditor.errors import AuditorError, Place, Problem

CONFIG = "auditor.toml"
#: Keys that are no option of a command but belong in the config file.
OWN_KEYS = {"dict": list, "models": str}


def load(command: click.Command) -> dict[str, Any]:
    """The config file of the working folder as option values; unknown keys and wrong types are refused by name."""
    path = Path(CONFIG)
    if not path.is_file():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuditorError(f"配置文件 {CONFIG} 读不了（{error}），请检查写法或另存为 UTF-8") from None
    options = {name: param for param in command.params for name in _names(param)}
    problems = [problem for key, value in data.items() if (problem := _wrong(key, value, options))]
    if problems:
        raise AuditorError("配置文件有错：", problems)
    return {key.replace("-", "_"): value for key, value in data.items()}


def _names(param: click.Parameter) -> list[str]:
    return [option.lstrip("-") for option in param.opts if option.startswith("--")]


def _wrong(key: str, value: object, options: Mapping[str, click.Parameter]) -> Problem | None:
    from auditor.rulefields import did_you_mean

    if key in OWN_KEYS:
        kind = OWN_KEYS[key]
        if not isinstance(value, kind) or (kind is list and not all(isinstance(item, str) for item in value)):
            return Problem(Place(CONFIG), key, "应为文字列表" if kind is list else "应为文字")
        return None
    if key not in options:
        return Problem(Place(CONFIG), key, f"不认识这一项{did_you_mean(key, [*options, *OWN_KEYS])}")
    return None


def value(context: click.Context, config: Mapping[str, Any], name: str) -> Any:
    """An option's value: from the flag or the environment if given there, else from the config, else the default."""
    from click.core import ParameterSource

    given = context.get_parameter_source(name)
    if given in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT) or name not in config:
        return context.params[name]
    param = next(param for param in context.command.params if param.name == name)
    return param.type_cast_value(context, config[name])
