"""Archives and the standard input: what is packed is read, what is not right about it is said, nothing escapes."""

from __future__ import annotations

import gzip
import io
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factory_readers import HEADINGS, LOGS, Outcome, read_bytes, read_paths, table, ten_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import AuditorError
from auditor.readers import Ledger, Options, find_files, read

CSV = table(ten_rows()).encode()
TEXTS = [row[5] for row in ten_rows()]
OTHER = table([["S9", *row[1:]] for row in ten_rows()[:3]]).encode()


def _zip(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _book() -> bytes:
    workbook, out = openpyxl.Workbook(), io.BytesIO()
    assert workbook.active is not None
    for row in [HEADINGS, *ten_rows()]:
        workbook.active.append(row)
    workbook.save(out)
    return out.getvalue()


def _read(folder: Path, content: bytes, name: str = "log.zip") -> Outcome:
    return read_bytes(folder, content, name)


@pytest.mark.parametrize("name", ["log.zip", "log.csv", "log"])
def test_every_log_in_a_zip_is_read_whatever_the_zip_is_called(tmp_path: Path, name: str) -> None:
    outcome = _read(tmp_path, _zip({"b/two.csv": OTHER, "a/one.csv": CSV, "c.xlsx": _book()}), name)
    assert [Path(facts.file).relative_to(tmp_path).as_posix() for facts in outcome.ledger.inputs] == [
        f"{name}/a/one.csv",
        f"{name}/b/two.csv",
        f"{name}/c.xlsx",
    ]
    assert [facts.format for facts in outcome.ledger.inputs] == ["csv", "csv", "xlsx"]
    assert [facts.rows_audited for facts in outcome.ledger.inputs] == [10, 3, 0]
    assert [facts.rows_merged for facts in outcome.ledger.inputs] == [0, 0, 10], "the workbook holds the same rows"
    read = {facts.file for facts in outcome.ledger.inputs if facts.rows_audited}
    assert {m.place.file for m in outcome.messages if m.place} == read


@pytest.mark.parametrize(("name", "content"), [("log.csv.gz", CSV), ("log.csv", CSV), ("log.gz", _book())])
def test_a_gzip_is_read_whatever_it_is_called(tmp_path: Path, name: str, content: bytes) -> None:
    outcome = _read(tmp_path, gzip.compress(content), name)
    assert outcome.texts == TEXTS
    assert [facts.file for facts in outcome.ledger.inputs] == [str(tmp_path / name)]


def test_names_of_chinese_windows(tmp_path: Path) -> None:
    """The name is written in GBK without a word about it."""
    raw = "十一月.csv".encode("gbk")
    content = _zip({"x" * len(raw): CSV}).replace(b"x" * len(raw), raw)
    assert _read(tmp_path, content).ledger.inputs[0].file.endswith("log.zip/十一月.csv")


def test_what_is_no_log_is_named_and_litter_is_not(tmp_path: Path) -> None:
    members = {"a.csv": CSV, "说明.pdf": b"%PDF", "b.png": b"\x89PNG", "__MACOSX/a.csv": b"x", ".DS_Store": b"x"}
    outcome = _read(tmp_path, _zip({**members, "sub/": b"", "~$a.xlsx": b"x"}))
    assert outcome.texts == TEXTS
    assert [note.text for note in outcome.ledger.notes] == [
        "压缩包里有 2 个文件不是聊天记录，没有读：说明.pdf、b.png。"
    ]
    assert outcome.rejects == []


def test_the_same_log_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.zip").write_bytes(_zip({"copy.csv": CSV, "other.csv": OTHER}))
    outcome = read_paths([tmp_path / "a.csv", tmp_path / "b.zip"])
    assert len(outcome.texts) == 13
    assert outcome.sentences == []
    assert [facts.rows_merged for facts in outcome.ledger.inputs] == [0, 10, 0]
    assert "b.zip/copy.csv: 和「" in str(outcome.ledger.notes[0])


def test_conversations_without_names_are_called_after_their_member(tmp_path: Path) -> None:
    outcome = _read(tmp_path, _zip({"day/manual.txt": "G：在吗\nK：在的\n".encode()}))
    assert [c.id for c in outcome.conversations] == ["manual#1"]


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (_zip({"店铺甲.zip": _zip({"b.csv": CSV})}), "log.zip/店铺甲.zip/b.csv"),
        (_zip({"a.csv.gz": gzip.compress(CSV)}), "log.zip/a.csv.gz"),
        (_zip({"a.csv": gzip.compress(CSV)}), "log.zip/a.csv"),
        (_zip({"a.csv": _zip({"聊天.csv": CSV})}), "log.zip/a.csv/聊天.csv"),
        (gzip.compress(_zip({"b.csv": CSV})), "log.zip/b.csv"),
    ],
    ids=["zip in a zip", "gzip in a zip", "gzip under a false name", "zip under a false name", "zip in a gzip"],
)
def test_an_archive_in_an_archive_is_taken_apart(tmp_path: Path, content: bytes, file: str) -> None:
    outcome = _read(tmp_path, content)
    assert outcome.texts == TEXTS
    assert [facts.file for facts in outcome.ledger.inputs] == [str(tmp_path / file)]


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return out.getvalue()


def _encrypted() -> bytes:
    content = bytearray(_zip({"a.csv": CSV}))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _link() -> bytes:
    out, member = io.BytesIO(), zipfile.ZipInfo("a.csv")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, "b.csv")
    return out.getvalue()


def _odd_method() -> bytes:
    content = bytearray(_zip({"a.csv": CSV}))
    content[content.rfind(b"PK\x01\x02") + 10] = 97
    content[8] = 97
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(_zip({"a.zip": _zip({"b.zip": _zip({"c.csv": CSV})})}), "压缩包里一层套一层", id="three zips"),
        pytest.param(gzip.compress(gzip.compress(gzip.compress(CSV))), "压缩包里一层套一层", id="three gzips"),
        pytest.param(_zip({"a.csv": b"Rar!\x1a\x07"}), "套着 rar", id="rar in a zip"),
        pytest.param(_tar(), "tar", id="tar.gz"),
        pytest.param(_zip({"a.zip": _zip({"b.csv": b"0" * (4 << 20)})}), "压缩率高得不正常", id="bomb in a zip"),
        pytest.param(b"BZh91AY", "bz2", id="bzip2"),
        pytest.param(_zip({"../a.csv": CSV}), "指到了压缩包外面", id="points outside"),
        pytest.param(_zip({"/etc/a.csv": CSV}), "指到了压缩包外面", id="absolute"),
        pytest.param(_zip({"C:/a.csv": CSV}), "指到了压缩包外面", id="drive"),
        pytest.param(_link(), "链接", id="link"),
        pytest.param(_encrypted(), "加了密码", id="password"),
        pytest.param(_odd_method(), "不常见的压缩方法", id="odd method"),
        pytest.param(_zip({"a.csv": b"0" * (4 << 20)}), "压缩率高得不正常", id="bomb"),
        pytest.param(gzip.compress(b"0" * (4 << 20)), "压缩率高得不正常", id="gzip bomb"),
        pytest.param(_zip({"a.pdf": b"x"}), "压缩包里没有聊天记录文件", id="no log"),
        pytest.param(_zip({}), "压缩包里没有聊天记录文件", id="empty"),
        pytest.param(_zip({"word/document.xml": b"x"}), "Word 文档", id="word"),
        pytest.param(_zip({"a.csv": CSV})[:-30], "压缩包损坏", id="cut off"),
        pytest.param(gzip.compress(CSV)[:-20], "压缩包损坏", id="gzip cut off"),
        pytest.param(b"\x1f\x8b\x08" + bytes(30), "压缩包损坏", id="no gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "in").mkdir()
    outcome = _read(tmp_path / "in", content)
    assert outcome.texts == []
    assert len(outcome.sentences) == 1
    assert words in outcome.sentences[0]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_one_bad_member_does_not_cost_the_others(tmp_path: Path) -> None:
    members = {"a.csv": CSV, "b.csv": b"", "c.zip": b"PK\x03\x04", "../d.csv": CSV, "e.csv": OTHER}
    outcome = _read(tmp_path, _zip(members))
    assert len(outcome.texts) == 13
    assert len(outcome.sentences) == 3


@pytest.mark.parametrize(("limit", "words"), [("MAX_MEMBERS", "超过 1 个"), ("MAX_UNPACKED", "展开后超过")])
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    monkeypatch.setattr(f"auditor.readers.containers.{limit}", 1)
    assert words in _read(tmp_path, _zip({"a.csv": CSV, "b.csv": OTHER})).sentences[-1]


def test_progress_adds_up_to_the_sizes_of_the_files(tmp_path: Path) -> None:
    contents = {"a.zip": _zip({"a.csv": CSV, "b.csv": OTHER}), "b.gz": gzip.compress(CSV), "c.csv": OTHER}
    contents["d.zip"] = b"PK\x03\x04"
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    told: list[int] = []
    list(read([tmp_path / name for name in contents], Options(), Ledger(), told.append))
    assert sum(told) == sum(map(len, contents.values()))


PIPED = {
    "csv": CSV,
    "jsonl": (LOGS / "canonical/one-message-a-line.jsonl").read_bytes(),
    "gzip": gzip.compress(CSV),
    "zip": _zip({"a.csv": CSV, "b.csv": OTHER}),
    "zip in a zip": _zip({"a.csv": CSV, "b.zip": _zip({"c.csv": OTHER})}),
    "workbook": _book(),
    "nothing": b"",
    "cut off": gzip.compress(CSV)[:-20],
}


@pytest.mark.parametrize("content", PIPED.values(), ids=PIPED)
def test_the_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    class _Stdin:
        buffer = io.BytesIO(content)

        @staticmethod
        def isatty() -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", _Stdin)
    outcome = read_paths(find_files(["-", "-"]))
    plain = read_bytes(tmp_path, content, "x")
    path = str(tmp_path / "x")
    assert [f.file for f in outcome.ledger.inputs] == [f.file.replace(path, "标准输入") for f in plain.ledger.inputs]
    assert outcome.texts == plain.texts
    assert outcome.sentences == plain.sentences
    assert bool(outcome.texts) == (content not in (PIPED["nothing"], PIPED["cut off"]))


def test_a_terminal_is_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class _Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", _Terminal)
    with pytest.raises(AuditorError, match="管道"):
        find_files(["-"])


def test_a_folder_of_samples_is_read_through_and_through(tmp_path: Path) -> None:
    for name in ("xls/day.xls", "ods/day.ods", "html/back-office.xls", "jd-jos/chatlog.json"):
        shutil.copy(LOGS / name, tmp_path / name.replace("/", "-"))
    (tmp_path / "z.csv.gz").write_bytes(gzip.compress(OTHER))
    outcome = read_paths(find_files([str(tmp_path)]))
    assert [facts.format for facts in outcome.ledger.inputs] == ["html", "jd-jos", "ods", "xls", "csv"]
    assert outcome.sentences == []


PACKED = [_zip({"a.csv": CSV, "b.jsonl": b'{"role":"K","text":"a"}\n'}), gzip.compress(CSV), _book()]


@settings(deadline=None, max_examples=150)
@given(content=st.sampled_from(PACKED), at=st.integers(0, 10_000), flip=st.integers(1, 255), cut=st.booleans())
def test_no_damage_to_an_archive_ends_in_an_accident(content: bytes, at: int, flip: int, cut: bool) -> None:
    damaged: Any = bytearray(content)
    at %= len(damaged)
    damaged[at] ^= flip
    with tempfile.TemporaryDirectory() as folder:
        outcome = read_bytes(Path(folder), bytes(damaged[:at] if cut else damaged), "a.zip")
    assert outcome.ledger.inputs
    assert outcome.texts or outcome.rejects
