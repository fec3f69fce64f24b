"""Rule files as they stand on the disk: read with care, parsed as TOML, with the word lists that they name."""

from __future__ import annotations

import hashlib
import stat
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.errors import Place, Problem, reason
from auditor.rulefields import Source
from auditor.tomlplace import Places

#: No rule file or word list is longer than this, in bytes.
LARGEST = 2_000_000
#: tomllib's complaints as sentences; the first whose beginning fits is taken.
_COMPLAINTS = {
    "Cannot overwrite a value": "同一项写了两遍，删掉一个",
    "Duplicate inline table key": "同一项写了两遍，删掉一个",
    "Cannot declare": "同一个表写了两遍，或表名与已有的项同名",
    "Cannot mutate": "同一个表写了两遍，或表名与已有的项同名",
    "Cannot redefine": "同一个表写了两遍，或表名与已有的项同名",
    "Expected '=' after a key": "键后面要有英文等号 =",
    "Expected newline or end of document": "一项写完后要换行",
    "Expected ']'": "表头的方括号没有写完整",
    "Invalid value": "值写得不对：文字要加英文引号，列表用 [ ]",
    "Invalid statement": "这一行看不懂，应为 键 = 值",
    "Invalid initial character for a key": "键名应为英文，其他文字要加英文引号",
    "Unterminated string": "文字没有结束的引号",
    "Expected \"'\"": "文字没有结束的引号",
    "Unclosed array": "列表没有结束的 ]",
    "Unclosed inline table": "表没有结束的 }",
    "Unescaped '\\'": "反斜杠要写两遍，或把文字放在英文单引号里",
    "Illegal character": "有不允许的字符，文字可能没有结束的引号",
}


class UnreadableError(ValueError):
    """A file that cannot be used; the message is the rest of a Chinese sentence that begins with its name and line."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass
class RuleFile:
    """A rule file: where its problems go, its parsed contents, its bytes, and those of the word lists it used."""

    source: Source
    data: dict[str, Any]
    content: bytes = b""
    lists: dict[str, bytes] = field(default_factory=dict)


def built_in() -> Path:
    """The folder of the rules shipped with auditor (installed: inside the package; checkout: beside it)."""
    here = Path(__file__).resolve().parent
    inside = here / "rules"
    return inside if inside.is_dir() else here.parent / "rules"


def read_all(paths: Sequence[Path]) -> list[RuleFile]:
    """Read files, and the .toml files of folders in order of name; what is wrong is noted as each file's problems."""
    files: list[RuleFile] = []
    for path in paths:
        if _is_folder(path):
            inside = sorted(path.glob("*.toml"))
            files += [_read(item) for item in inside] or [_failed(str(path), None, "文件夹里没有 .toml 文件")]
        else:
            files.append(_read(path))
    return files


def digest(files: Sequence[RuleFile]) -> str:
    """SHA-256 over the contents of the rule files, in loading order, and of the word lists they use."""
    total = hashlib.sha256()
    for item in files:
        for content in (item.content, *(item.lists[name] for name in sorted(item.lists))):
            total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _read(path: Path) -> RuleFile:
    name = f"rules/{path.relative_to(built_in())}" if path.is_relative_to(built_in()) else str(path)
    try:
        content = content_of(path)
        text = _decoded(content)
    except UnreadableError as error:
        return _failed(name, error.line, str(error))
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return _failed(name, *_syntax(text, error))
    lists: dict[str, bytes] = {}
    return RuleFile(Source(name, Places(text), _word_lists(path.parent / "words", lists)), data, content, lists)


def _failed(name: str, line: int | None, text: str) -> RuleFile:
    return RuleFile(Source(name, {}, lambda _: (), [Problem(Place(name, line), "", text)]), {})


def content_of(path: Path) -> bytes:
    """The bytes of a regular file of a sensible size. Raises UnreadableError."""
    if "\0" in str(path):
        raise UnreadableError("不是有效的路径")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError("不是普通文件（是文件夹、管道或设备），请换成规则文件")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UnreadableError("找不到这个文件，请检查路径") from None
    except PermissionError:
        raise UnreadableError("没有权限打开，请检查文件权限") from None
    except OSError as error:
        raise UnreadableError(f"打不开（{reason(error)}）") from None
    if len(content) > LARGEST:
        raise UnreadableError(f"超过 {LARGEST // 1_000_000} MB，不像规则文件，请检查路径")
    return content


def _decoded(content: bytes) -> str:
    """UTF-8 text, with or without BOM. Raises UnreadableError naming the line."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError("不是 UTF-8 编码，请用 UTF-8 另存后再试", line) from None


def _word_lists(own: Path, used: dict[str, bytes]) -> Callable[[str], Sequence[str]]:
    """What resolves "@name": the lists beside the rule file, then the shipped ones; what is read goes into ``used``."""
    folders = (own, built_in() / "words")
    known: dict[str, Path] = {}

    def word_list(name: str) -> Sequence[str]:
        if not known:
            known.update({file.stem: file for folder in reversed(folders) for file in sorted(folder.glob("*.txt"))})
        if name not in known:
            raise KeyError(name, list(known))
        used[name] = content_of(known[name])
        try:
            return _entries(_decoded(used[name]))
        except UnreadableError as error:
            raise UnreadableError(f"第 {error.line} 行{error}") from None

    return word_list


def _entries(text: str) -> tuple[str, ...]:
    """A word list: one entry a line, ``#`` starts a comment line, blank lines skipped."""
    lines = (line.strip() for line in text.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def _syntax(text: str, error: Exception) -> tuple[int | None, str]:
    """Line and sentence for a TOML error; the usual slip is Chinese punctuation where TOML wants ASCII."""
    message = str(error)
    lines = text.rstrip("\n").split("\n")
    line = int(message.rsplit("at line ", 1)[1].split(",")[0]) if "at line " in message else len(lines)
    shown = lines[line - 1] if line <= len(lines) else ""
    slips = [char for char in "，＝：“”‘’【】［］" if char in shown]
    hint = f"；这一行有中文标点 {' '.join(slips)}，TOML 的逗号、等号、引号和括号要用英文的" if slips else ""
    if isinstance(error, RecursionError):
        return None, "TOML 语法错误：嵌套太深"
    reason = next((said for begin, said in _COMPLAINTS.items() if message.startswith(begin)), message)
    if "(at end of document)" in message:
        reason = "到文件末尾还没有写完，可能缺少结束的引号或括号"
    return line, f"TOML 语法错误：{reason}{hint}"
