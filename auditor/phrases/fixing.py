"""Mending what is safe to mend, in the file as it is written: marks, width, blanks, 你 → 您. Nothing else changes.

Only characters that stand in the file as they are read are replaced; encoding, line ends, quoting and everything around
the phrases stay byte for byte. Workbooks are not mended: rewriting one would lose what their programs keep in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.errors import AuditorError, reason
from auditor.phrases.books import is_book
from auditor.phrases.check import Job, usable
from auditor.phrases.finding import Card
from auditor.phrases.library import read
from auditor.phrases.mending import Edit, edits, mends, replaced
from auditor.phrases.phrase import Phrase
from auditor.phrases.save import save
from auditor.readers.booksafety import ZIP
from auditor.readers.containers import GZIP
from auditor.readers.files import STDIN, display_name
from auditor.readers.records import RefusedError
from auditor.readers.source import Source
from auditor.rule import Rule


@dataclass
class Mended:
    """What mending does to one file: its decoded text before and after, how many places, and what was left alone."""

    path: Path
    before: str = ""
    after: str = ""
    count: int = 0
    codec: str = "utf-8"
    mark: bytes = b""
    notes: list[str] = field(default_factory=list)

    def diff(self) -> str:
        """The change as a unified diff, '' if there is none."""
        name = display_name(self.path)
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), name, name
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ 文件末尾没有换行\n" for line in lines)

    def write(self) -> None:
        """Write the file if anything changed. Raises AuditorError if it cannot be written."""
        if self.before == self.after:
            return
        try:
            save(self.path, self.mark + self.after.encode(self.codec))
        except (OSError, UnicodeEncodeError) as error:
            said = reason(error) if isinstance(error, OSError) else f"{self.codec} 编码写不了改好的字"
            raise AuditorError(f"改好的 {display_name(self.path)} 写不了（{said}），文件没有动") from error


def fix(path: Path, job: Job) -> Mended:
    """Work out what mending does to a file; nothing is written yet."""
    result = Mended(path)
    name = display_name(path)
    if str(path) == STDIN:
        raise AuditorError("--fix 和 --diff 要改文件，不能用在标准输入上，请给出文件名")
    source = Source.open(path, lambda _: None)
    if source.head.startswith((GZIP, ZIP)) or is_book(source):
        result.notes.append(f"{name}：工作簿和压缩包不直接改，请按提示在原来的软件里改")
        return result
    try:
        source.decide_encoding(job.reading.encoding)
    except RefusedError:
        return result  # reading says why
    content = path.read_bytes()
    skip = source.encoding.skip
    result.mark, result.codec = content[:skip], source.encoding.codec
    try:
        result.before = result.after = content[skip:].decode(result.codec)
    except UnicodeDecodeError:
        result.notes.append(f"{name}：有解不了码的字符，没有改，请先另存为 UTF-8")
        return result
    rules = [rule for rule in usable(job.rules) if job.wants(Card.of(rule)) and mends(rule)]
    _mend(result, [found for found in read(path, job.reading) if isinstance(found, Phrase)], rules)
    return result


def _mend(result: Mended, phrases: Sequence[Phrase], rules: Sequence[Rule]) -> None:
    starts = _line_starts(result.before)
    changes: list[Edit] = []
    broken = 0
    for phrase in phrases:
        allowed = {name for allow in phrase.allows if allow.reason for name in allow.rules}
        own = [rule for rule in rules if not {rule.id, rule.code} & allowed]
        for start, end, text in edits(phrase.text, own):
            place = phrase.origin.at(start)
            at = starts[place.line - 1] + place.column - 1
            here = result.before[at : at + end - start] == phrase.text[start:end]
            if start == end or not phrase.origin.unbroken(start, end) or not here:
                broken += 1
                continue
            changes.append(Edit(at, at + end - start, text))
    result.count = len(changes)
    result.after = replaced(result.before, sorted(changes))
    if broken:
        result.notes.append(f"{display_name(result.path)}：有 {broken} 处写着转义符，没有改，请手工改")


def _line_starts(text: str) -> list[int]:
    """Where each line begins, as lines are counted when libraries are read."""
    starts = [0]
    starts += [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    return starts
