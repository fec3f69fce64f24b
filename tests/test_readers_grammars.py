"""Text grammars of platforms and tools: samples with their traps, the same talk in all of them, and no word lost."""

from __future__ import annotations

import json
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factory_chats import GRAMMARS, Said, Talk, carried
from factory_readers import LOGS, Outcome, read_bytes, read_paths
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.readers import Options
from auditor.readers.canonical import as_line

#: Folders of samples that need options, or have traps that cost rows. They are named after the format.
FOLDERS = [LOGS / name for name in ("qianniu", "qianniu-web", "chitu", "jd-text", "qq", "wechat")]


def cases() -> list[Any]:
    """Folder and case of every sample."""
    found = []
    for folder in FOLDERS:
        with (folder / "expected.toml").open("rb") as file:
            found += [(folder, case) for case in tomllib.load(file)["file"]]
    return [pytest.param(folder, case, id=f"{folder.name}/{case['name']}") for folder, case in found]


def options(case: dict[str, Any]) -> Options:
    return Options(agents=frozenset(case.get("agents", ())), day=case.get("date"))


def expected(folder: Path, case: dict[str, Any]) -> Path:
    return folder / f"{case['name']}.expected.jsonl"


@pytest.mark.parametrize(("folder", "case"), cases())
def test_a_sample_is_read_as_written_beside_it(folder: Path, case: dict[str, Any]) -> None:
    outcome = read_paths([folder / case["name"]], options(case))
    facts = outcome.ledger.inputs[0]
    assert (facts.format, facts.encoding) == (folder.name, case["encoding"])
    assert outcome.ledger.file_problems == []
    assert [f"{reject.line}: {reject.reason}" for reject in outcome.rejects] == case.get("rejects", [])
    lines = expected(folder, case).read_text(encoding="utf-8").splitlines()
    assert [json.loads(as_line(talk)) for talk in outcome.conversations] == [json.loads(line) for line in lines]


@pytest.mark.parametrize(("folder", "case"), cases())
@pytest.mark.parametrize("name", ["1.txt", "export.csv", "聊天.xlsx", "d"])
def test_a_renamed_copy_is_taken_for_the_same(folder: Path, case: dict[str, Any], name: str, tmp_path: Path) -> None:
    shutil.copy(folder / case["name"], tmp_path / name)
    assert read_paths([tmp_path / name], options(case)).ledger.inputs[0].format == folder.name


@pytest.mark.parametrize(("folder", "case"), cases())
def test_what_was_converted_reads_back_the_same(folder: Path, case: dict[str, Any]) -> None:
    lines = expected(folder, case).read_text(encoding="utf-8").splitlines()
    if not lines:
        return
    again = read_paths([expected(folder, case)])
    assert again.rejects == []
    for line, talk in zip(lines, again.conversations, strict=True):
        said = [(m["role"], m["text"], m.get("kind", "text")) for m in json.loads(line)["messages"]]
        assert [(m.role.value, m.text, m.kind.value) for m in talk.messages] == said


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_sample_has_its_expectation(folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if path.name != "expected.toml"}
    samples = {case.values[1]["name"] for case in cases() if case.values[0] == folder}
    assert names == samples | {f"{name}.expected.jsonl" for name in samples}


#: Words with what means something to one grammar or another, but no line that stands for something else.
LETTERS = st.sampled_from("您好退货颜色，。！：ab1:-/()（）【】[]¥「」\"',;|#")
LINE = st.text(LETTERS, min_size=1, max_size=10)
NICK = st.text(st.sampled_from("茶南风ab12_"), min_size=1, max_size=6)
START = datetime(2026, 11, 16, 9)


@st.composite
def talks(draw: st.DrawFn) -> list[Talk]:
    """Chats with different customers, an hour apart; the customer writes first, and somebody of the shop answers."""
    found: list[Talk] = []
    for number, name in enumerate(draw(st.lists(NICK, min_size=1, max_size=3, unique=True))):
        roles = ["customer", *draw(st.lists(st.sampled_from(["customer", "agent", "robot"]), max_size=5)), "agent"]
        start = START + timedelta(hours=number)
        messages = [
            Said(role, start + timedelta(seconds=7 * at), tuple(draw(st.lists(LINE, min_size=1, max_size=3))))
            for at, role in enumerate(roles)
        ]
        found.append((name, messages))
    return found


@settings(deadline=None, max_examples=60)
@given(said=talks(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
@pytest.mark.parametrize("name", GRAMMARS)
def test_the_same_talk_reads_back_from_every_grammar(name: str, said: Sequence[Talk], encoding: str) -> None:
    grammar = GRAMMARS[name]
    outcome = _read(grammar.write(said, grammar).encode(encoding), Options(agents=grammar.listed))
    assert outcome.rejects == []
    assert outcome.ledger.inputs[0].format == name.partition(" ")[0]
    wanted = [(customer, [(m.role, m.time, m.text) for m in messages]) for customer, messages in said]
    assert carried(outcome.conversations) == wanted


def _read(content: bytes, how: Options) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return read_bytes(Path(folder), content, "log", how)


HEADS = st.sampled_from(
    [
        "茶茶 2026-11-16 09:00:00",
        "好物旗舰店:小云2026-11-16 9:00:05",
        "茶茶\n2026-11-16 09:00:01",
        "小云 --> 茶茶 2026-11-16 9:00:07",
        "好物自营--小黛  2026-11-16 09:00:00",
        "jimi_vender_1  2026-11-16 09:00:00",
        "/****以下为一通会话****/",
        "/****会话结束****/",
        "2026-11-16",
        "09:00:00",
        "好物旗舰店:小云",
        "茶茶",
        "没有更多内容了",
        "2026-11-16 9:00:00 AM 【新人】茶茶(12345)",
        "消息对象:茶茶",
        "================",
        "茶茶 (2026-11-16 09:00:00):",
        "小云 (2025-01-01 09:00:00 PM):[聊天记录]",
        "茶茶撤回了一条消息",
        "由 服务助手 转交给 好物旗舰店:小云",
        "当前用户来自 商品详情页",
        "「茶茶：」\n- - - - - - -",
        "已读",
        "[图片]",
        "buyer,chat_date,chat_text",
        '茶茶,2026-11-16,"09:00:00',
        '"',
        "",
    ]
)
FORMATS = ["qianniu", "qianniu-web", "chitu", "jd-text", "qq", "wechat", None]


@settings(deadline=None, max_examples=300)
@given(
    parts=st.lists(st.tuples(HEADS, st.booleans()), min_size=1, max_size=14),
    form=st.sampled_from(FORMATS),
    agents=st.sampled_from([frozenset[str](), frozenset({"小云", "茶茶"})]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_no_words_vanish(parts: list[tuple[str, bool]], form: str | None, agents: frozenset[str], end: str) -> None:
    """Whatever the order of heads, marks and words: every word is in a message, a sender or a rejected row."""
    words = [f"词{number:02d}" for number in range(len(parts))]
    lines = [
        line for (head, said), word in zip(parts, words, strict=True) for line in ([head, word] if said else [head])
    ]
    outcome = _read(end.join(lines).encode(), Options(format=form, agents=agents, day=date(2026, 11, 16)))
    if outcome.ledger.file_problems:
        return  # the file as a whole was refused, and says so
    shown = "\n".join([*outcome.texts, *(str(m.sender) for m in outcome.messages), *(r.raw for r in outcome.rejects)])
    # Lines above the heading of a table are told of in a note.
    heading = next((note.place.line or 0 for note in outcome.ledger.notes if note.text.startswith("表头")), 0)
    titles = "\n".join("\n".join(lines).split("\n")[:heading])
    told = [word for (_, said), word in zip(parts, words, strict=True) if said]
    assert [word for word in told if word not in shown and word not in titles] == []


@settings(deadline=None, max_examples=150)
@given(
    parts=st.lists(st.one_of(HEADS.map(lambda head: f"{head}\n".encode()), st.binary(max_size=8)), max_size=10),
    form=st.sampled_from(FORMATS),
)
def test_no_bytes_whatever_end_in_an_accident(parts: list[bytes], form: str | None) -> None:
    outcome = _read(b"".join(parts), Options(format=form))
    assert outcome.ledger.inputs[0].rows_in >= 1
    assert not [problem.text for problem in outcome.ledger.file_problems if "程序读这个文件时出了错" in problem.text]
