"""``auditor model`` as a person at a terminal meets it."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from auditor.cli.model import model
from auditor.errors import AuditorError

pytest.importorskip("sklearn")

SMALL = Path(__file__).resolve().parent / "data" / "attitude-small.csv"


def run(*arguments: object, **options: Any) -> Result:
    """Run the group; an AuditorError comes through, as the main command expects."""
    return CliRunner().invoke(model, [str(argument) for argument in arguments], catch_exceptions=False, **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "small"
    assert run("train", SMALL, "-o", folder).exit_code == 0
    return folder


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def table(output: str, title: str) -> list[str]:
    """The lines from the one that starts with ``title`` to the next empty line."""
    lines = output.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(title))
    return lines[start : lines.index("", start) if "" in lines[start:] else None]


def test_train_writes_the_folder_and_says_what_came_out(tmp_path: Path) -> None:
    result = run("train", SMALL, "-o", tmp_path / "small")
    assert result.exit_code == 0
    assert "混淆矩阵" in result.stdout
    assert "72 句语料" in result.stdout
    assert {path.name for path in (tmp_path / "small").iterdir()} == {
        "model.bin", "metrics.json", "card.md", "corpus.csv"
    }  # fmt: skip


def test_evaluating_on_its_own_corpus_gives_the_test_figures(trained: Path) -> None:
    result = run("evaluate", trained, trained / "corpus.csv")
    metrics = json.loads((trained / "metrics.json").read_bytes())
    assert result.exit_code == 0
    assert f"检验了 {metrics['test']['rows']} 句。" in result.stdout
    assert f"另有 {sum(metrics['corpus']['train'].values())} 句训练时用过，没有计入。" in result.stdout
    assert f"准确率 {metrics['test']['accuracy'] * 100:.1f}%" in result.stdout


def test_tables_line_up_on_a_terminal(trained: Path) -> None:
    lines = table(run("evaluate", trained, trained / "corpus.csv").stdout, "标签")
    assert len(lines) == 7
    assert len({columns(line) for line in lines}) == 1


def test_the_diagonal_is_bold_unless_no_color(trained: Path) -> None:
    arguments = ("evaluate", trained, trained / "corpus.csv")
    assert "\x1b[1m" in run(*arguments, color=True, env={"NO_COLOR": None}).stdout
    assert "\x1b" not in run(*arguments, color=True, env={"NO_COLOR": "1"}).stdout


def test_evaluate_without_the_corpus_warns_that_rows_may_be_known(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes((trained / "model.bin").read_bytes())
    result = run("evaluate", tmp_path, SMALL)
    assert "检验了 72 句。" in result.stdout
    assert "结果可能偏高" in result.stdout


def test_evaluate_refuses_labels_the_model_lacks(trained: Path, tmp_path: Path) -> None:
    strange = tmp_path / "x.csv"
    strange.write_text("text,label\n走开,辱骂\n", encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        run("evaluate", trained, strange)
    assert "x.csv:2: label: 模型没有标签“辱骂”" in str(caught.value)


def test_evaluate_refuses_rows_it_knows_all(trained: Path, tmp_path: Path) -> None:
    known = next(line for line in SMALL.read_text(encoding="utf-8").splitlines() if line.startswith("不能退"))
    (tmp_path / "x.csv").write_text(f"text,label,note\n{known}\n", encoding="utf-8")
    with pytest.raises(AuditorError, match="训练时全都用过"):
        run("evaluate", trained, tmp_path / "x.csv")


def test_show_tells_where_the_model_comes_from(trained: Path) -> None:
    result = run("show", trained)
    assert result.exit_code == 0
    for said in ("名称", "small", "正常 生硬", "auditor model train corpus.csv -o small", "scikit-learn", "建议阈值"):
        assert said in result.stdout


def test_show_does_not_show_figures_of_another_model(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes((trained / "model.bin").read_bytes())
    assert "没有与模型相符的 metrics.json" in run("show", tmp_path).stdout
    (tmp_path / "metrics.json").write_text("{", encoding="utf-8")
    with pytest.raises(AuditorError, match="已损坏"):
        run("show", tmp_path)


def test_a_bad_corpus_writes_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("text,label\n,生硬\n在吗,\n", encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        run("train", bad, "-o", tmp_path / "out")
    assert (caught.value.exit_code, len(caught.value.problems)) == (2, 2)
    assert not (tmp_path / "out").exists()


def test_another_corpus_in_the_folder_is_not_overwritten_unasked(trained: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(SMALL.read_text(encoding="utf-8") + "快走吧你,不耐烦,\n", encoding="utf-8")
    before = (trained / "corpus.csv").read_bytes()
    with pytest.raises(AuditorError, match="--replace"):
        run("train", other, "-o", trained)
    assert (trained / "corpus.csv").read_bytes() == before


def test_replace_and_merging_into_the_folder(tmp_path: Path) -> None:
    folder, more = tmp_path / "m", tmp_path / "more.csv"
    folder.mkdir()
    (folder / "corpus.csv").write_text("text,label\n旧句子,旧标签\n", encoding="utf-8")
    assert run("train", SMALL, "-o", folder, "--replace").exit_code == 0
    more.write_text("text,label\n快走吧你,不耐烦\n", encoding="utf-8")
    result = run("train", folder / "corpus.csv", more, "-o", folder)
    assert "73 句语料" in result.stdout
    assert (folder / "corpus.csv").read_text(encoding="utf-8").endswith("快走吧你,不耐烦,,,train\n")


def test_about_toml_gives_the_card_its_words(tmp_path: Path) -> None:
    labels = "".join(
        f'[[label]]\nname = "{name}"\nmeaning = "含义{name}"\n'
        for name in ("正常", "敷衍", "生硬", "推诿", "不耐烦", "过度承诺")
    )
    (tmp_path / "corpus.csv").write_bytes(SMALL.read_bytes())
    (tmp_path / "about.toml").write_text(
        f'name = "态度"\ntitle = "客服态度"\nlimits = ["只看一句"]\nabstract = "In short."\n{labels}', encoding="utf-8"
    )
    run("train", tmp_path / "corpus.csv", "-o", tmp_path / "elsewhere")
    card = (tmp_path / "elsewhere" / "card.md").read_text(encoding="utf-8")
    assert card.startswith("# 客服态度\n")
    assert "| 敷衍 | 含义敷衍 |" in card
    assert "- 只看一句\n" in card
    assert card.endswith("## English abstract\n\nIn short.\n")
    assert (tmp_path / "elsewhere" / "about.toml").is_file()


BAD_ABOUT = [
    ("nmae = '态度'", "nmae: 没有这个字段"),
    ("limits = '一句'", "limits: 应是一组文字"),
    ("title = 3", "title: 应是一段文字"),
    ("[[label]]\nname = '正常'", "label: 每个 [[label]] 应只有 name 和 meaning"),
    ("[[label]]\nname = '辱骂'\nmeaning = 'x'", "label“辱骂”: 语料里没有这个标签"),
    ("title = ", "读不了模型说明文件"),
]


@pytest.mark.parametrize(("content", "said"), BAD_ABOUT)
def test_a_wrong_about_toml_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "about.toml").write_text(content, encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        run("train", SMALL, "-o", tmp_path)
    assert said in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["about.toml"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(AuditorError, match="不是文件夹"):
        run("train", SMALL, "-o", tmp_path / "file")
    with pytest.raises(AuditorError, match="写不进"):
        run("train", SMALL, "-o", tmp_path / "file" / "below")
