"""Rules and models as the commands load them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from auditor.errors import AuditorError
from auditor.ruleset import RuleSet, built_in, load


def load_rules(
    paths: Sequence[Path], dictionary: Iterable[str] = (), models: str | None = None
) -> tuple[RuleSet, dict[str, str]]:
    """The rule set, and the SHA-256 of every model that was loaded, by name.

    ``models``: a folder of the shop's own models, looked in before the shipped ones.
    """
    from auditor.classifier import Model, load_model

    hashes: dict[str, str] = {}

    def model(name: str) -> Model:
        folders = [Path(models)] if models else []
        folder = next((f / name for f in [*folders, _shipped_models()] if (f / name).is_dir()), None)
        if folder is None:
            raise AuditorError(f"规则要用模型 {name}，但找不到它的文件夹，请检查 auditor.toml 的 models 或重新安装")
        hashes[name] = hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()
        return load_model(folder)

    return load(paths, model, dictionary), hashes


def _shipped_models() -> Path:
    """The folder of shipped models stands beside the folder of shipped rules."""
    return built_in().parent / "models"
