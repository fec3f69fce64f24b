"""The model as plain arrays: what it reads, what it refuses, and that it says the same as scikit-learn."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.classifier import MAGIC, MODEL_FILE, Header, Model, dump_model, load_model, prepare
from auditor.errors import AuditorError

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models" / "agent-attitude"


def toy(**changes: Any) -> Model:
    """Three labels over four n-grams, small enough to check by hand."""
    header = Header(
        name="玩具",
        labels=("正常", "生硬", "推诿"),
        ngrams=(1, 2),
        sublinear=True,
        grams=4,
        vocabulary_bytes=0,
        corpus_sha256="0" * 64,
        command="auditor model train corpus.csv -o 玩具",
        learner="scikit-learn 1.0",
    )
    model = Model(
        header=header,
        vocabulary={"不": 0, "不能": 1, "您": 2, "找": 3},
        idf=array("f", [1.0, 2.0, 1.0, 1.5]),
        weights=array("f", [0, 1, 0, -1, 3, -1, 2, -1, -1, -1, 0, 4]),
        intercepts=array("f", [0.5, 0.0, -0.5]),
    )
    return replace(model, **changes)


def written(folder: Path, content: bytes) -> Path:
    (folder / MODEL_FILE).write_bytes(content)
    return folder


# ---- the text as the model sees it

PREPARED = [
    ("  您好  在吗 \n", "⊢您好 在吗⊣"),
    ("ＯＫ，好的！", "⊢ok,好的!⊣"),
    ("退款 128.50 元，3-5 天", "⊢退款 0 元,0-0 天⊣"),
    ("退款[金额x]元，[数字x]天", "⊢退款0元,0天⊣"),
    ("[微笑]好的😀#E-s01/:^_^", "⊢☺好的☺☺☺⊣"),
    ("😡[发怒]行吧👍", "⊢☹☹行吧☺⊣"),
    ("#E-s[数字x]", "⊢☺⊣"),
    ("订单[订单x]见 https://example.com/a?b=1 哦", "⊢订单□见 □ 哦⊣"),
    ("", "⊢⊣"),
    ("⊢⊣", "⊢⊣"),
]


@pytest.mark.parametrize(("text", "expected"), PREPARED)
def test_prepare(text: str, expected: str) -> None:
    assert prepare(text) == expected


@given(st.text())
def test_prepared_text_has_one_start_one_end_and_no_line_break(text: str) -> None:
    prepared = prepare(text)
    assert prepared[0] == "⊢"
    assert prepared[-1] == "⊣"
    assert prepared.count("⊢") == prepared.count("⊣") == 1
    assert "\n" not in prepared


# ---- prediction


def test_prediction_by_hand() -> None:
    """Both n-grams once: tf 1, values 1 and 2, length √5; then dot product, intercept, softmax."""
    got = toy().predict("不能")
    totals = [0.5 + (1 * 0 + 2 * -1) / math.sqrt(5), (1 * 1 + 2 * 3) / math.sqrt(5), -0.5 + (2 * -1) / math.sqrt(5)]
    powers = [math.exp(total) for total in totals]
    assert got.label == "生硬"
    assert got.scores == pytest.approx([power / sum(powers) for power in powers])
    assert got.probability == max(got.scores)


def test_text_without_known_ngrams_is_judged_by_intercepts() -> None:
    assert toy().predict("abc").scores == toy().predict("").scores
    assert toy().predict("").label == "正常"


@given(st.text())
def test_scores_are_probabilities_for_any_text(text: str) -> None:
    got = toy().predict(text)
    assert sum(got.scores) == pytest.approx(1)
    assert got.label == toy().labels[got.scores.index(max(got.scores))]


def test_explain_names_the_strongest_pieces_without_overlaps() -> None:
    pieces = toy().explain("您不能找", "生硬")
    assert [piece for piece, _ in pieces] == ["不能"]  # 不 alone says the same, less strongly
    assert [piece for piece, _ in toy().explain("您不能找", "推诿")] == ["找"]


def test_explain_refuses_an_unknown_label() -> None:
    with pytest.raises(KeyError):
        toy().explain("您好", "辱骂")


@given(st.text(alphabet="您不能找的 "), st.sampled_from(["正常", "生硬", "推诿"]))
def test_explained_pieces_are_in_the_text_and_speak_for_the_label(text: str, label: str) -> None:
    for piece, added in toy().explain(text, label):
        assert piece in prepare(text)
        assert added > 0


# ---- several labels for one text


def both() -> Model:
    """The toy, but each fault by itself: 正常 is what is left."""
    header = replace(toy().header, labels=("生硬", "推诿"), multi=True, neutral="正常")
    return replace(
        toy(), header=header, weights=array("f", [1, -1, 3, -1, -1, -1, 0, 4]), intercepts=array("f", [-1, -1])
    )


def test_a_text_may_carry_several_labels_each_with_a_probability_of_its_own() -> None:
    """不能找 holds 不, 不能 and 找: values 1, 2 and 1.5, length √7.25."""
    got = both().predict("不能找")
    length = math.sqrt(7.25)
    totals = [-1 + (1 * 1 + 2 * 3) / length, -1 + (-1 - 2 + 1.5 * 4) / length]
    assert got.scores == pytest.approx([1 / (1 + math.exp(-total)) for total in totals])
    assert both().given(got) == ("生硬", "推诿")
    assert got.label == "生硬"


def test_without_any_label_the_neutral_one_is_given() -> None:
    got = both().predict("您好")
    assert (got.label, both().given(got)) == ("正常", ("正常",))
    assert got.probability == 1 - max(got.scores)


@given(st.lists(st.text(alphabet="不能找您", max_size=4), max_size=8))
def test_a_batch_is_the_same_as_one_by_one(texts: list[str]) -> None:
    for model in (toy(), both()):
        assert model.predict_many(texts) == [model.predict(text) for text in texts]


def test_what_speaks_against_a_label_can_be_told() -> None:
    assert [piece for piece, _ in toy().explain("您不能", "正常", against=True)] == ["不能"]
    assert toy().explain("您", "正常", against=True) == ()


# ---- the file


def test_a_model_survives_writing_and_reading(tmp_path: Path) -> None:
    read = load_model(written(tmp_path, dump_model(toy())))
    assert (read.name, read.labels, read.vocabulary) == ("玩具", ("正常", "生硬", "推诿"), toy().vocabulary)
    assert read.predict("您不能找") == toy().predict("您不能找")
    assert dump_model(read) == dump_model(toy())


def _header(content: bytes) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(content[len(MAGIC) :].split(b"\n", 1)[0])
    return head


def _newer(content: bytes) -> bytes:
    head = _header(content) | {"format": 3}
    return MAGIC + json.dumps(head).encode() + b"\n" + content.split(b"\n", 2)[2]


def _older(content: bytes) -> bytes:
    head = _header(content) | {"format": 1}
    return MAGIC + json.dumps(head).encode() + b"\n" + content.split(b"\n", 2)[2]


class _Marker:
    """A pickle that would leave a file behind if anything unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


REFUSED = [
    ("空文件", b"", "是空的"),
    ("别的文件", "你好".encode(), "不是 auditor 的模型文件"),
    ("zip", b"PK\x03\x04" + b"\0" * 100, "不是 auditor 的模型文件"),
    ("只有第一行", MAGIC, "已损坏"),
    ("表头不是 JSON", MAGIC + b"{{{\n", "已损坏"),
    ("表头是数组", MAGIC + b"[]\n", "已损坏"),
    ("表头嵌套炸弹", MAGIC + b"[" * 60_000 + b"\n", "已损坏"),
    ("表头过长", MAGIC + b" " * 70_000 + b"{}\n", "已损坏"),
    ("只剩六成", dump_model(toy())[: len(dump_model(toy())) * 6 // 10], "已损坏"),
    ("多出一截", dump_model(toy()) + b"\0", "已损坏"),
    ("版本更新", _newer(dump_model(toy())), "请升级 auditor"),
    ("旧格式", _older(dump_model(toy())), "旧格式的模型"),
    ("权重是 NaN", dump_model(toy(idf=array("f", [1, math.nan, 1, 1]))), "NaN 或无穷大"),
    ("权重无穷大", dump_model(toy(intercepts=array("f", [math.inf, 0, 0]))), "NaN 或无穷大"),
    ("正负无穷大", dump_model(toy(intercepts=array("f", [math.inf, -math.inf, 0]))), "NaN 或无穷大"),
    ("数目不符", dump_model(toy(intercepts=array("f", [0, 0]))), "已损坏"),
    ("词表有重复", dump_model(toy(vocabulary={"不": 0, "不\n不": 1, "您": 2})), "已损坏"),
]


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_sound_model_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(AuditorError) as caught:
        load_model(written(tmp_path, content))
    assert said in caught.value.text
    assert str(tmp_path / MODEL_FILE) in caught.value.text
    assert "\n" not in str(caught.value)


def test_a_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(AuditorError, match="pickle"):
        load_model(written(tmp_path, pickle.dumps(_Marker(marker))))
    assert not marker.exists()


def test_missing_folder_and_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="找不到模型文件"):
        load_model(tmp_path / "nowhere")
    (tmp_path / MODEL_FILE).mkdir()
    with pytest.raises(AuditorError, match="不是普通文件"):
        load_model(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / MODEL_FILE).open("wb") as out:
        out.truncate(10**10)
    with pytest.raises(AuditorError, match="不像模型文件"):
        load_model(tmp_path)


@given(at=st.integers(0, len(dump_model(toy())) - 1), flip=st.integers(1, 255))
def test_every_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    content = bytearray(dump_model(toy()))
    content[at] ^= flip
    folder = tmp_path_factory.mktemp("damaged")
    with pytest.raises(AuditorError):
        load_model(written(folder, bytes(content)))


# ---- the shipped model

shipped = pytest.mark.skipif(not (SHIPPED / MODEL_FILE).exists(), reason="no shipped model")


@shipped
def test_the_shipped_attitude_model_tells_nine_faults() -> None:
    model = load_model(SHIPPED)
    faults = {"生硬", "推诿", "不耐烦", "敷衍", "过度承诺", "讥讽", "命令", "站外引导", "索要好评"}
    assert (set(model.labels), model.header.multi, model.header.neutral) == (faults, True, "正常")


@pytest.mark.parametrize("folder", sorted(SHIPPED.parent.iterdir()), ids=lambda folder: folder.name)
def test_every_shipped_model_is_small(folder: Path) -> None:
    assert (folder / MODEL_FILE).stat().st_size <= 2_000_000
    assert load_model(folder).name == folder.name


@shipped
def test_predicting_imports_neither_scikit_learn_nor_numpy() -> None:
    code = (
        "import sys; from pathlib import Path; from auditor.classifier import load_model;"
        "load_model(Path(sys.argv[1])).predict('您好');"
        "print(sorted({'sklearn', 'numpy', 'scipy', 'pickle', 'jieba'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(SHIPPED)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
