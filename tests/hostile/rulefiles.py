"""RUL and MOD: rule files and model files from colleagues, or from somebody who says he is one."""

from __future__ import annotations

import functools
import io
import os
import pickle
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from factory_rules import REFUSAL
from factory_rules import toml as as_toml

from hostile.case import GOOD, Case, Seen, refused, said

RULES = ("--rules", "my.toml")
SHIPPED = Path(__file__).parents[2] / "models" / "agent-attitude" / "model.bin"


def text(**changes: Any) -> str:
    """A rule file of one rule with other fields; None leaves a field out."""
    fields = {name: value for name, value in {**REFUSAL, **changes}.items() if value is not None}
    return "builtin = false\n[[rule]]\n" + "".join(f"{name} = {as_toml(value)}\n" for name, value in fields.items())


def ruled(rules: str | bytes | Callable[[Path], object], log: str = GOOD) -> Callable[[Path], None]:
    """The log with a rule file beside it."""

    def make(folder: Path) -> None:
        (folder / "log.csv").write_text(log, encoding="utf-8")
        if callable(rules):
            rules(folder)
        else:
            (folder / "my.toml").write_bytes(rules.encode() if isinstance(rules, str) else rules)

    return make


def wrong(ident: str, what: str, rules: str | bytes | Callable[[Path], object], *says: str) -> Case:
    """A rule file that is not taken; the sentence names it."""
    return refused(ident, what, ruled(rules), "my.toml", *says, options=RULES)


def taken(ident: str, what: str, rules: str | bytes, log: str = GOOD, rows: int = 10, **more: Any) -> Case:
    """A rule file that is used."""
    return Case(ident, what, ruled(rules, log), rows=rows, options=RULES, **more)


def hits(count: int) -> Callable[[Seen], bool]:
    """The file's own rule fires so often."""
    return lambda seen: sum(finding["rule"] == REFUSAL["id"] for finding in seen.findings) == count


LAUGHS = "a: &a [lol, lol]\n" + "".join(
    f"{n}: &{n} [{', '.join([f'*{p}'] * 10)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
)
PATTERN: dict[str, Any] = {"kind": "pattern", "words": None}

RULE_CASES = (
    wrong("RUL-01", "a billion laughs in YAML", LAUGHS, "TOML"),
    wrong("RUL-03", "YAML tags that make objects", "!!python/object/new:os.system [touch marker]\n", "TOML"),
    wrong("RUL-05", "a slip in a key", text(pointz=5), "pointz", "points"),
    taken(
        "RUL-07",
        "a pattern that makes backtracking engines hang",
        text(**PATTERN, patterns=["^(a+)+$"], good=["客服: 好"], bad=["客服: aaaa"]),
        said("a" * 40 + "!"),
        rows=1,
        holds=hits(0),
    ),
    wrong("RUL-09", "a pattern of a billion states", text(**PATTERN, patterns=["((a{1,1000}){1,1000}){1,1000}"])),
    wrong("RUL-11", "looking back and referring back", text(**PATTERN, patterns=["(?<!不)好的(\\w)\\1"]), "patterns"),
    wrong("RUL-13", "points that are no number", text().replace("points = 5", "points = nan"), "points"),
    wrong("RUL-14", "endless points", text().replace("points = 5", "points = inf"), "points"),
    wrong("RUL-15", "points as text", text(points="5"), "points"),
    wrong("RUL-16", "points below nothing", text(points=-5), "points"),
    wrong("RUL-17", "points as a list", text(points=[5]), "points"),
    wrong("RUL-18", "points that are true", text(points=True), "points"),
    wrong("RUL-19", "points of 10^20", text(points=10**20), "points"),
    wrong("RUL-21", "only comments", "# 还没写\n"),
    wrong("RUL-22", "nothing at all", ""),
    wrong("RUL-23", "a thousand brackets", "a = " + "[" * 10_000, "嵌套"),
    wrong("RUL-25", "a key twice", text() + "points = 3\n", "两遍"),
    wrong("RUL-26", "two rules of one id", text() + text().partition("\n")[2]),
    wrong("RUL-27", "an empty word", text(words=["不能退", ""]), "words"),
    wrong("RUL-28", "a blank word", text(words=["不能退", " \u3000"]), "words"),
    wrong("RUL-29", "GBK", text().encode("gbk"), "UTF-8"),
    wrong("RUL-30", "UTF-16", text().encode("utf-16"), "UTF-8"),
    taken("RUL-31", "a mark at the start", b"\xef\xbb\xbf" + text().encode()),
    wrong("RUL-33", "a list at the top", "[1, 2]\n"),
    wrong("RUL-35", "a number at the top", "5\n"),
    wrong("RUL-37", "rule is a table", text().replace("[[rule]]", "[rule]"), "rule"),
    wrong("RUL-38", "rule is a text", 'rule = "x"\n', "rule"),
    wrong("RUL-39", "no id", text(id=None), "id"),
    wrong("RUL-40", "an id that is a path", text(id="../../evil"), "id"),
    wrong("RUL-41", "words that are one text", text(words="不能退"), "words"),
    wrong("RUL-43", "a wait of −30 seconds", text(kind="reply-time", words=None, which="first", limit=-30), "limit"),
    wrong("RUL-44", "a wait of 0 seconds", text(kind="reply-time", words=None, which="first", limit=0), "limit"),
    wrong("RUL-45", "YAML's merge keys", "<<: *base\n", "TOML"),
    wrong("RUL-47", "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    wrong("RUL-48", "NUL in a text", text(title="生硬\0拒绝").replace("\0", "\\u0000") + "x = 1", "x"),
    wrong("RUL-49", "a word listed twice", text(words=["不能退", "不能退"]), "words"),
    taken(
        "RUL-50",
        "a word inside another counts once",
        text(words=["不能退", "能退"]),
        said("不能退"),
        rows=1,
        holds=hits(1),
    ),
    wrong("RUL-51", "a folder without rules", lambda folder: (folder / "my.toml").mkdir(), "文件夹"),
    wrong("RUL-52", "no such file", lambda _: None, "找不到"),
    wrong("RUL-53", "a pipe that nobody writes into", lambda folder: os.mkfifo(folder / "my.toml"), "管道"),
    wrong("RUL-54", "a device", lambda folder: (folder / "my.toml").symlink_to("/dev/zero"), "设备"),
    wrong("RUL-55", "a link to itself", lambda folder: (folder / "my.toml").symlink_to("my.toml")),
    wrong("RUL-56", "3 MB of words", text() + "#" * 3_000_000, "MB"),
    wrong("RUL-57", "10,000 mistakes are told in moderation", text(**{f"x{n}": 1 for n in range(2000)}), "x1"),
    wrong("RUL-58", "Chinese punctuation", text().replace('= "T01"', "＝ “T01”"), "标点"),
)


class Marker:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch marker",)


def numpy_archive() -> bytes:
    """An .npz whose array is a pickle."""
    out = io.BytesIO()
    head = (
        b"\x93NUMPY\x01\x00" + b"v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("weights.npy", head + pickle.dumps(Marker()))
    return out.getvalue()


@functools.cache
def shipped() -> bytes:
    """A good model."""
    return SHIPPED.read_bytes()


#: A rule that rests on the model.
JUDGED = text(
    kind="model", words=None, model="agent-attitude", label="不耐烦", threshold=0.3, bad=["客服: 你自己摔的还来问我吗"]
)


def modelled(content: bytes | Callable[[Path], object]) -> Callable[[Path], None]:
    """The log, and a model of the shop's own in place of a shipped one."""

    def make(folder: Path) -> None:
        (folder / "log.csv").write_text(GOOD, encoding="utf-8")
        (folder / "auditor.toml").write_text('models = "models"\n', encoding="utf-8")
        (folder / "my.toml").write_text(JUDGED, encoding="utf-8")
        own = folder / "models" / "agent-attitude"
        shutil.copytree(SHIPPED.parent, own, ignore=shutil.ignore_patterns("corpus.csv"))
        (own / "model.bin").unlink()
        if callable(content):
            content(own / "model.bin")
        else:
            (own / "model.bin").write_bytes(content)

    return make


def bad_model(ident: str, what: str, content: bytes | Callable[[Path], object], *says: str) -> Case:
    """A model that is refused; nothing in it has run."""
    return refused(
        ident,
        what,
        modelled(content),
        "model.bin",
        *says,
        options=RULES,
        holds=lambda seen: not (seen.folder / "marker").exists(),
    )


BOMB = (
    b"\x80\x04"
    + b"]"
    + b"".join(b"q" + bytes([n]) + b"]" + b"(" + (b"h" + bytes([n])) * 10 + b"e" for n in range(9))
    + b"."
)

MODEL_CASES = (
    Case("MOD-00", "a good one", modelled(shipped()), options=RULES),
    bad_model("MOD-01", "a pickle that runs a command", pickle.dumps(Marker()), "pickle"),
    bad_model("MOD-03", "the same compressed", zlib.compress(pickle.dumps(Marker())), "pickle"),
    bad_model("MOD-05", "an .npz with a pickle in it", numpy_archive(), "pickle"),
    bad_model("MOD-07", "nothing", b"", "空"),
    bad_model("MOD-08", "no file", lambda _: None, "找不到"),
    bad_model("MOD-09", "cut at 60 %", shipped()[: len(shipped()) * 6 // 10], "损坏"),
    bad_model("MOD-10", "one bit is another", shipped()[:-9] + bytes([shipped()[-9] ^ 1]) + shipped()[-8:], "损坏"),
    bad_model("MOD-12", "text", "不是模型".encode()),
    bad_model("MOD-14", "a header of 100,000 brackets", shipped()[:8] + b"[" * 100_000 + b"\n"),
    bad_model("MOD-15", "a pickle of 10^9 references", BOMB, "pickle"),
    bad_model("MOD-16", "a pipe that nobody writes into", os.mkfifo),
    bad_model("MOD-17", "a device", lambda path: path.symlink_to("/dev/zero")),
    bad_model("MOD-18", "a folder", lambda path: path.mkdir()),
)
CASES = (*RULE_CASES, *MODEL_CASES)
