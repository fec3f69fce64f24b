"""Rules and models as the commands load them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import AuditorError
from auditor.mood import MODEL as MOOD
from auditor.ruleset import RuleSet, built_in, load

if TYPE_CHECKING:
    from auditor.classifier import Model


def load_rules(
    paths: Sequence[Path], dictionary: Iterable[str] = (), models: str | None = None, afresh: bool = False
) -> tuple[RuleSet, dict[str, str]]:
    """The rule set, and the SHA-256 of every model that was loaded, by name.

    ``models``: a folder of the shop's own models, looked in before the shipped ones. The examples of rules are run when
    these very rules, words and models are loaded for the first time, or ``afresh``.
    """
    from auditor.ruleproofs import Proof

    words = tuple(dictionary)
    proof = Proof(paths, words, models)
    hashes: dict[str, str] = {}

    def model(name: str) -> Model:
        from auditor.classifier import load_model

        folder = named_model(name, models)
        if folder is None:
            raise AuditorError(f"规则要用模型 {name}，但找不到它的文件夹，请检查 auditor.toml 的 models 或重新安装")
        loaded = load_model(folder)  # first: it refuses what is no model, and what never ends
        hashes[name] = hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()
        return loaded

    also = [MOOD] if named_model(MOOD, models) else []
    proven = proof.holds and not afresh
    rule_set = load(paths, model, words, trusted=proven, also=also)
    if not proven:
        proof.keep()
    return rule_set, hashes


def named_model(name: str, models: str | None) -> Path | None:
    """The folder of a model by its name: among the shop's own (``models``) first, then the shipped ones; else None."""
    folders = [Path(models)] if models else []
    return next((folder / name for folder in [*folders, _shipped_models()] if (folder / name).is_dir()), None)


def load_quickly(paths: Sequence[Path], dictionary: Iterable[str], models: str | None, with_models: bool) -> RuleSet:
    """The rule set for a command that should start at once.

    Without ``with_models`` rules of kind ``model`` cannot be judged, if the rules were loaded before.
    """
    from auditor.ruleproofs import Proof

    words = tuple(dictionary)
    if Proof(paths, words, models).holds and not with_models:
        return load(paths, None, words, trusted=True)
    return load_rules(paths, words, models)[0]


def _shipped_models() -> Path:
    """The folder of shipped models stands beside the folder of shipped rules."""
    return built_in().parent / "models"
