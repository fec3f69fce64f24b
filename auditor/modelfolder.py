"""A model's folder on disk: train into it, measure what lies in it, read what it says. No half-written folders."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from auditor.classifier import MODEL_FILE, Header, Model, dump_model, load_model, prepare
from auditor.corpus import Corpus, Row, split_corpus
from auditor.corpusfile import read_corpus, write_corpus
from auditor.errors import AuditorError, Problem, reason
from auditor.evaluation import evaluate

CORPUS_FILE = "corpus.csv"


@dataclass(frozen=True)
class FolderEvaluation:
    """Labels, figures (as in metrics.json), how many rows were left out because the model knows them, warnings."""

    labels: tuple[str, ...]
    fields: Mapping[str, Any]
    known: int
    warnings: tuple[str, ...]


def train_folder(
    corpora: Sequence[Path], folder: Path, *, replace: bool = False, more: Sequence[Row] = ()
) -> dict[str, Any]:
    """Train on CSV files and ``more`` rows; write model.bin, metrics.json, card.md and corpus.csv; return the metrics.

    about.toml is taken from the folder, else from beside the first corpus. Raises AuditorError, having written
    nothing, if the corpus or about.toml is wrong, or the folder holds another corpus and ``replace`` is false.
    """
    from auditor.modelabout import ABOUT_FILE, read_about
    from auditor.modelcard import CARD_FILE, METRICS_FILE, dump_metrics, metrics_of, render_card
    from auditor.training import train
    from auditor.weakdata import read_reviews

    if folder.exists() and not folder.is_dir():
        raise AuditorError(f"写不进 {folder}：它不是文件夹，请换一个名字。")
    corpus = read_corpus(corpora, more=more)
    beside = [folder, *(path.parent for path in corpora[:1])]
    about_path = next((at / ABOUT_FILE for at in beside if (at / ABOUT_FILE).is_file()), None)
    about = read_about(about_path, folder.resolve().name, corpus)
    files = _corpus_to_write(corpora, corpus, folder, replace)
    if about_path and about_path.parent != folder:
        files[ABOUT_FILE] = about_path.read_bytes()
    weak = read_reviews(about.reviews) if about.reviews else None
    trained = train(corpus, about.task, weak=weak)
    files[MODEL_FILE] = dump_model(trained.model)
    metrics = metrics_of(trained, about, corpus, files[MODEL_FILE])
    files[METRICS_FILE] = dump_metrics(metrics)
    files[CARD_FILE] = render_card(about, metrics)
    _write_all(folder, files)
    return metrics


def name_and_neutral(folder: Path, corpora: Sequence[Path]) -> tuple[str, str]:
    """The name of a model about to be trained, and its neutral label, as about.toml has them (see train_folder)."""
    from auditor.modelabout import ABOUT_FILE, NEUTRAL, load_about

    beside = [folder, *(path.parent for path in corpora[:1])]
    path = next((at / ABOUT_FILE for at in beside if (at / ABOUT_FILE).is_file()), None)
    table = load_about(path) if path else {}
    return str(table.get("name") or folder.resolve().name), str(table.get("neutral") or NEUTRAL)


def evaluate_folder(folder: Path, corpora: Sequence[Path]) -> FolderEvaluation:
    """Judge labelled rows with the model of a folder, leaving out the rows it was trained on.

    Raises AuditorError if the model or a corpus cannot be read, a label is unknown to the model, or no row is left.
    """
    from auditor.modelcard import evaluation_fields

    model = load_model(folder)
    corpus = read_corpus(corpora, for_training=False)
    labels = model.labels if model.header.neutral in model.labels else (model.header.neutral, *model.labels)
    problems = [
        Problem(row.place, "label", f"模型没有标签“{label}”，它只有：{'、'.join(labels)}。")
        for row in corpus.rows
        for label in row.labels
        if label not in labels
    ]
    if problems:
        raise AuditorError("语料的标签与模型不符，请改正标签或换一个模型：", problems)
    learned = learned_texts(folder, model)
    rows = [row for row in corpus.rows if learned is None or prepare(row.text) not in learned]
    if not rows:
        raise AuditorError("这些句子模型训练时全都用过，检验没有意义：请换一份模型没见过的语料。")
    given = [model.given(said) for said in model.predict_many(row.text for row in rows)]
    result = evaluate(labels, [row.labels for row in rows], given)
    warnings = () if learned is not None else ("找不到模型自己的语料，无法排除训练时用过的句子，结果可能偏高。",)
    return FolderEvaluation(labels, evaluation_fields(result), len(corpus.rows) - len(rows), warnings)


def show_folder(folder: Path) -> tuple[Header, dict[str, Any] | None]:
    """Return the model's header and its metrics.json, or None if that is missing or belongs to another model."""
    from auditor.modelcard import METRICS_FILE

    header = load_model(folder).header
    path = folder / METRICS_FILE
    if not path.is_file():
        return header, None
    try:
        metrics: dict[str, Any] = json.loads(path.read_bytes())
        belongs = metrics["model"]["sha256"] == header.sha256
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AuditorError(f"{path} 已损坏：请用 auditor model train 重新训练。") from error
    return header, metrics if belongs else None


def learned_texts(folder: Path, model: Model) -> set[str] | None:
    """The prepared texts the model was trained on, or None if its corpus is not beside it any more."""
    path = folder / CORPUS_FILE
    if not path.is_file():
        return None
    corpus = read_corpus([path], for_training=False)
    if corpus.sha256 != model.header.corpus_sha256:
        return None
    return {prepare(row.text) for row in split_corpus(corpus).train}


def _corpus_to_write(corpora: Sequence[Path], corpus: Corpus, folder: Path, replace: bool) -> dict[str, bytes]:
    """corpus.csv as the folder should hold it; another one lying there is refused unless ``replace``."""
    target = folder / CORPUS_FILE
    inside = any(target.exists() and path.exists() and path.samefile(target) for path in corpora)
    content = write_corpus(corpus)
    if target.exists() and not inside and not replace and target.read_bytes() != content:
        raise AuditorError(
            f"{target} 是另一份语料，没有列入本次训练：请把它一并列出、换一个文件夹，或加 --replace 替换它。"
        )
    return {CORPUS_FILE: content}


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file beside its place first, then rename them all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".training-", dir=folder) as beside:
            for name, content in files.items():
                (Path(beside) / name).write_bytes(content)
            for name in files:
                os.replace(Path(beside) / name, folder / name)
    except OSError as error:
        raise AuditorError(f"写不进 {folder}（{reason(error)}）：请检查路径、权限和磁盘空间。") from error
