"""Lines worth labelling, labelled workbooks and verdicts as training data, explanations, and the customer's mood."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from auditor.chat import Conversation, Message, Role
from auditor.checks.talk import Talk, Tools
from auditor.classifier import MODEL_FILE, Header, Model, dump_model, load_model
from auditor.cli.labelled import UNSURE, take
from auditor.cli.loading import load_rules
from auditor.cli.model import model as command
from auditor.errors import AuditorError
from auditor.mood import mood_risk
from auditor.ruleset import built_in
from auditor.suggestion import DISAGREES, FREQUENT, UNCERTAIN, suggest
from auditor.text import Tokenizer
from tests.factory_rules import COLD, load, rule
from tests.test_ruleset_errors import MODEL_RULE

SHIPPED = built_in().parent / "models"
SMALL = Path(__file__).resolve().parent / "data" / "attitude-small.csv"


def one_word(labels: tuple[str, ...], words: dict[str, tuple[float, ...]], **header: Any) -> Model:
    """A model that knows a few characters: each speaks for the labels by the weights given."""
    head = Header("字", labels, (1, 1), True, len(words), 0, "0" * 64, "", "", **header)
    numbers = [number for weights in words.values() for number in weights]
    vocabulary = {word: row for row, word in enumerate(words)}
    return Model(head, vocabulary, array("f", [1.0] * len(words)), array("f", numbers), array("f", [0.0] * len(labels)))


def talk(*said: str, name: str = "s") -> Conversation:
    """``客: …`` and ``服: …``."""
    roles = {"客": Role.CUSTOMER, "服": Role.AGENT}
    return Conversation(name, tuple(Message(roles[line[0]], line[3:]) for line in said), agent="小可")


# ---- suggestions

TONE = one_word(("正常", "生硬"), {"不": (-1.0, 1.0), "好": (4.0, -4.0), "嗯": (0.05, -0.05)}, neutral="正常")


def lines(*talks: Conversation, known: frozenset[str] = frozenset(), limit: int = 10) -> dict[str, str]:
    """Text -> reason of what is suggested, in order."""
    rules, _ = load_rules(())
    found = suggest(talks, rules, TONE, Role.AGENT, set(known), limit)
    return {line.text: line.reason for line in found}


def test_doubt_frequency_and_disagreement_with_the_rules_are_worth_labelling() -> None:
    chats = [talk("客: 在吗", "服: 好", name=str(at)) for at in range(3)]
    chats.append(talk("客: 能退吗", "服: 嗯", "客: 为什么", "服: 不", name="x"))
    assert lines(*chats) == {"嗯": UNCERTAIN, "不": DISAGREES, "好": FREQUENT}


def test_what_the_model_learned_is_not_suggested_again_and_the_limit_holds() -> None:
    chats = [talk("客: 在吗", "服: 好", "客: 哦", "服: 嗯", "客: 行吗", "服: 不")]
    assert "嗯" not in lines(*chats, known=frozenset({"⊢嗯⊣"}))
    assert len(lines(*chats, limit=2)) == 2


def test_the_line_before_is_shown_and_customers_lines_are_left_alone() -> None:
    rules, _ = load_rules(())
    [line] = suggest([talk("客: 能退吗", "客: 在吗", "服: 不")], rules, TONE, Role.AGENT, set(), 5)
    assert (line.text, line.before, line.count) == ("不", "在吗", 1)


# ---- what people bring back


def book(folder: Path, *rows: tuple[str, ...], name: str = "标注.xlsx") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (("文本", "标签", "备注"), *rows):
        sheet.append(row)
    made.create_sheet("怎么标").append(("说明",))
    path = folder / name
    made.save(path)
    return path


def test_a_labelled_workbook_gives_its_labelled_rows(tmp_path: Path) -> None:
    path = book(tmp_path, ("别问了", "不耐烦", "催"), ("嗯", "", ""), ("哦", UNSURE, ""))
    taken = take([path], None, {}, "正常")
    [row] = taken.rows
    assert (row.text, row.label, row.source, row.place.line) == ("别问了", "不耐烦", "标注", 2)
    assert taken.unlabelled == 2


def jsonl(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def test_verdicts_teach_what_the_reviewers_said(tmp_path: Path) -> None:
    findings = jsonl(tmp_path / "findings.jsonl", *({"fingerprint": f, "quote": f"原话{f}"} for f in "abc"))
    verdicts = jsonl(
        tmp_path / "verdicts.jsonl",
        {"fingerprint": "a", "rule": "blunt-tone", "verdict": "成立"},
        {"fingerprint": "b", "rule": "blunt-tone", "verdict": "误判"},
        {"fingerprint": "c", "rule": "missing-greeting", "verdict": "成立"},
        {"fingerprint": "d", "rule": "blunt-tone", "verdict": "成立"},
        {"fingerprint": "c", "rule": "blunt-tone", "verdict": None},
    )
    taken = take([verdicts], findings, {"blunt-tone": "生硬"}, "正常")
    assert [(row.text, row.label) for row in taken.rows] == [("原话a", "生硬"), ("原话b", "正常")]
    assert taken.other == 3
    with pytest.raises(AuditorError, match="--findings"):
        take([verdicts], None, {}, "正常")


def test_what_is_no_workbook_or_no_verdict_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"no book")
    (tmp_path / "x.jsonl").write_text("[1]\n", encoding="utf-8")
    with pytest.raises(AuditorError, match="读不了标注工作簿"):
        take([tmp_path / "x.xlsx"], None, {}, "正常")
    with pytest.raises(AuditorError) as caught:
        take([tmp_path / "x.jsonl"], tmp_path / "x.jsonl", {}, "正常")
    assert "x.jsonl:1" in str(caught.value)


# ---- the commands


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_suggest_writes_a_workbook_that_train_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    jsonl(tmp_path / "log.jsonl", {"conversation": "1", "agent": "小可", "messages": [
        {"role": "customer", "text": "快递三天没动了"}, {"role": "agent", "text": "这个您问快递去吧，打13812345678"},
    ]})  # fmt: skip
    assert "1 句待标注" in run("suggest", "log.jsonl", "-o", "待标注.xlsx").stdout
    made = openpyxl.load_workbook("待标注.xlsx")
    sheet = made["待标注"]
    assert sheet["A2"].value == "这个您问快递去吧，打138****5678"
    [choice] = sheet.data_validations.dataValidation
    assert str(choice.formula1).strip('"').split(",")[0] == "正常"
    assert str(choice.formula1).strip('"').endswith(UNSURE)
    sheet["B2"] = "推诿"
    made.save("待标注.xlsx")
    out = run("train", SMALL, "待标注.xlsx", "-o", "我的")
    assert "73 句语料" in out.stdout
    corpus = (tmp_path / "我的" / "corpus.csv").read_text(encoding="utf-8")
    assert "这个您问快递去吧，打138****5678,推诿,,标注," in corpus


def test_explain_names_the_label_and_the_pieces_for_and_against() -> None:
    said = run("explain", "agent-attitude", "这是快递的问题，你找他们去").stdout
    assert said.startswith("判断：推诿")
    assert "支持" in said
    assert "反对" in said


def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(AuditorError, match="找不到模型 没有这个"):
        run("show", "没有这个")


def test_a_shop_puts_its_own_model_before_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "店里的模型" / "agent-attitude"
    own.mkdir(parents=True)
    shipped = load_model(SHIPPED / "agent-attitude")
    content = dump_model(replace(shipped, header=replace(shipped.header, command="店里训练的")))
    (own / MODEL_FILE).write_bytes(content)
    (tmp_path / "auditor.toml").write_text('models = "店里的模型"\nprofile = "jd"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "店里训练的" in run("show", "agent-attitude").stdout
    rules, hashes = load_rules((), models="店里的模型")
    assert rules.tools.models["agent-attitude"].header.command == "店里训练的"  # type: ignore[attr-defined]
    assert set(hashes) >= {"agent-attitude", "customer-mood"}


# ---- the audit


@pytest.mark.parametrize("kind", ["alone", "combined"])
def test_a_model_never_makes_a_conversation_worth_nothing_by_itself(tmp_path: Path, kind: str) -> None:
    fatal = {"severity": "fatal", "dimension": "违规红线"}
    both = [rule(**MODEL_RULE), rule(id="both", code="T09", kind="all", words=None, rules=["blunt-refusal"], **fatal,
                                     good=MODEL_RULE["good"], bad=MODEL_RULE["bad"])]  # fmt: skip
    rules = [rule(**MODEL_RULE, **fatal)] if kind == "alone" else both
    with pytest.raises(AuditorError) as caught:
        load(tmp_path, *rules, models=lambda _: COLD)
    assert "模型的判断不能单独定致命项" in str(caught.value)


MOOD = one_word(
    ("中性", "不满", "威胁投诉", "满意"),
    {"怒": (-3, 9, -9, -3), "告": (-6, -6, 9, -6), "谢": (-3, -3, -3, 3), "问": (3, -1, -2, -1)},
)


def risk(*said: str) -> float | None:
    return mood_risk(Talk(talk(*said), Tools(Tokenizer(), {"customer-mood": MOOD})))


def test_the_mood_of_the_end_counts_and_a_threat_anywhere() -> None:
    pleased, upset, threat = risk("客: 问", "客: 谢"), risk("客: 问", "客: 怒"), risk("客: 告", *["客: 谢"] * 9)
    assert pleased is not None
    assert upset is not None
    assert threat is not None
    assert pleased < 0.5 < upset
    assert threat > 0.9
    assert risk("客: 怒", *["客: 谢"] * 4) == risk(*["客: 谢"] * 4)


def test_without_words_of_the_customer_or_without_the_model_there_is_no_risk() -> None:
    assert risk("服: 怒") is None
    assert mood_risk(Talk(talk("客: 怒"), Tools(Tokenizer(), {}))) is None
    assert mood_risk(Talk(talk("客: 怒"), Tools(Tokenizer(), {"customer-mood": TONE}))) is None


def test_each_distinct_text_is_asked_once_in_batches() -> None:
    asked: list[list[str]] = []

    class Counting:
        labels = ("甲",)

        def predict_many(self, texts: list[str]) -> list[Any]:
            asked.append(list(texts))
            return [f"答{text}" for text in texts]

    tools = Tools(Tokenizer(), {"m": Counting()})  # type: ignore[dict-item]
    assert [str(answer) for answer in tools.predict_many("m", ["一", "二", "一"])] == ["答一", "答二", "答一"]
    assert [str(answer) for answer in tools.predict_many("m", ["二", "三"])] == ["答二", "答三"]
    assert asked == [["一", "二"], ["三"]]
