"""Labelled sentences for training a classifier: reading them strictly, near-duplicates, and the fixed test split."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.classifier import prepare
from auditor.errors import AuditorError, Place, Problem, reason

#: Column -> the names a file may give it; ``note`` may be missing.
COLUMNS = {
    "text": ("text", "文本", "消息", "句子"),
    "label": ("label", "标签", "类别"),
    "note": ("note", "备注", "说明"),
}
MIN_ROWS_A_LABEL = 5
#: Texts that share this part of their character pairs (Jaccard) count as versions of one sentence.
NEAR_DUPLICATE = 0.6
#: One in so many groups of sentences is kept for testing.
TEST_SHARE = 5


@dataclass(frozen=True)
class Row:
    """One labelled text and where it was read."""

    text: str
    label: str
    note: str
    place: Place


@dataclass(frozen=True)
class Corpus:
    """Distinct rows in file order, and how many rows were dropped as exact repetitions."""

    rows: tuple[Row, ...]
    repeated: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label in order of first appearance."""
        return tuple(dict.fromkeys(row.label for row in self.rows))

    @property
    def sha256(self) -> str:
        """Identifies texts and labels in their order; notes and file layout do not count."""
        lines = "".join(f"{row.text}\t{row.label}\n" for row in self.rows)
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class Split:
    """The rows a model may learn from, each with the number of its group of near-duplicates, and the test rows."""

    train: tuple[Row, ...]
    groups: tuple[int, ...]
    test: tuple[Row, ...]


def read_corpus(paths: Sequence[Path], *, for_training: bool = True) -> Corpus:
    """Read CSV files with the columns text, label and optionally note.

    Texts equal after :func:`auditor.classifier.prepare` count once. Raises AuditorError with every problem of every
    file: unreadable, not UTF-8, a column missing, an empty text or label, one text under two labels and, when meant
    for training, fewer than 2 labels or fewer than MIN_ROWS_A_LABEL rows of a label.
    """
    problems: list[Problem] = []
    rows: list[Row] = []
    for path in paths:
        rows.extend(_read_file(path, problems))
    kept = _without_repetitions(rows, problems)
    corpus = Corpus(tuple(kept), len(rows) - len(kept))
    if for_training and not problems:
        problems.extend(_too_few(corpus))
    if not rows and not problems:
        problems.extend(Problem(Place(str(path)), "", "没有一行数据，请至少写一行 text,label。") for path in paths)
    if problems:
        raise AuditorError(f"语料有 {len(problems)} 处问题，什么都没有写出，请改好后再试：", problems)
    return corpus


def write_corpus(corpus: Corpus) -> bytes:
    """Return the rows as a UTF-8 CSV with the columns text, label, note."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.text, row.label, row.note) for row in corpus.rows)
    return out.getvalue().encode()


def split_corpus(corpus: Corpus) -> Split:
    """Split by a hash of the text, so that a row never changes sides when others come and go.

    Versions of one sentence stay together: the group goes where its alphabetically first text goes. Raises
    AuditorError if a label is left with fewer than 2 groups to learn from.
    """
    texts = [prepare(row.text) for row in corpus.rows]
    groups = near_duplicate_groups(texts)
    first: dict[int, str] = {}
    for text, group in zip(texts, groups, strict=True):
        first[group] = min(text, first.get(group, text))
    tested = {group for group, text in first.items() if _hash(text) % TEST_SHARE == 0}
    pairs = list(zip(corpus.rows, groups, strict=True))
    train = [(row, group) for row, group in pairs if group not in tested]
    problems = []
    for label in corpus.labels:
        if len({group for row, group in train if row.label == label}) < 2:
            place = next(row.place for row in corpus.rows if row.label == label)
            said = f"“{label}”的句子彼此太像，留出测试句后不够训练，请补充不同的写法。"
            problems.append(Problem(place, "label", said))
    if problems:
        raise AuditorError("语料不够训练，什么都没有写出：", problems)
    test = tuple(row for row, group in pairs if group in tested)
    return Split(tuple(row for row, _ in train), tuple(group for _, group in train), test)


def near_duplicate_groups(texts: Sequence[str]) -> list[int]:
    """Give texts that are versions of one sentence, directly or through others, the same group number.

    A group's number is the index of one of its texts. Texts of fewer than 2 characters are groups of their own.
    """
    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in texts]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    parent = list(range(len(texts)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for item, mine in enumerate(pairs):
        shared: Counter[int] = Counter()
        for pair in mine:
            shared.update(holders[pair])
            holders[pair].append(item)
        for other, common in shared.items():
            if common >= NEAR_DUPLICATE * (len(mine) + len(pairs[other]) - common):
                parent[root(item)] = root(other)
    return [root(item) for item in range(len(texts))]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _read_file(path: Path, problems: list[Problem]) -> list[Row]:
    """The good rows of one file; what is wrong with the others is added to ``problems``."""
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.append(Problem(Place(name), "", f"读不了这个语料文件（{reason(error)}），请检查路径和权限。"))
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(Place(name, line), "", "不是 UTF-8 编码，请在表格软件里另存为“CSV UTF-8”。"))
        return []
    records = _records(text, name, problems)
    header = next(records, (0, []))[1]
    columns = {
        column: next((at for at, title in enumerate(header) if title.strip().lower() in names), None)
        for column, names in COLUMNS.items()
    }
    missing = [column for column in ("text", "label") if columns[column] is None]
    if missing:
        said = "缺少这一列，第一行应写 text,label,note。"
        problems.extend(Problem(Place(name, 1), column, said) for column in missing)
        return []
    return list(_rows(records, columns, len(header), name, problems))


def _records(text: str, name: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Line on which a record starts, and its cells; a record that is no CSV ends the file with a problem."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(Problem(Place(name, line), "", "引号没有配对，这一行起读不下去，请改好引号。"))
            return
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _rows(
    records: Iterator[tuple[int, list[str]]],
    columns: dict[str, int | None],
    width: int,
    name: str,
    problems: list[Problem],
) -> Iterator[Row]:
    for line, cells in records:
        place = Place(name, line)
        if len(cells) > width:
            said = f"有 {len(cells)} 格，表头只有 {width} 格：句子里有逗号时请用双引号括起。"
            problems.append(Problem(place, "", said))
            continue
        cell = {
            column: cells[at].strip() if at is not None and at < len(cells) else "" for column, at in columns.items()
        }
        empty = [column for column in ("text", "label") if not cell[column]]
        problems.extend(Problem(place, column, "这一格是空的，请填上或删掉这一行。") for column in empty)
        if not empty:
            yield Row(cell["text"], cell["label"], cell["note"], place)


def _without_repetitions(rows: Sequence[Row], problems: list[Problem]) -> list[Row]:
    """The rows whose prepared text was not seen before; the same text under another label is a problem."""
    seen: dict[str, Row] = {}
    for row in rows:
        earlier = seen.setdefault(prepare(row.text), row)
        if earlier.label != row.label:
            said = f"与 {earlier.place} 的句子相同，标签却是“{row.label}”和“{earlier.label}”，请只留一个。"
            problems.append(Problem(row.place, "label", said))
    return list(seen.values())


def _too_few(corpus: Corpus) -> Iterator[Problem]:
    counts = Counter(row.label for row in corpus.rows)
    for label, count in counts.items():
        if count < MIN_ROWS_A_LABEL:
            place = next(row.place for row in corpus.rows if row.label == label)
            said = f"标签“{label}”只有 {count} 行，至少要 {MIN_ROWS_A_LABEL} 行，请补充句子或改正标签。"
            yield Problem(place, "label", said)
    if len(counts) == 1:
        yield Problem(corpus.rows[0].place, "label", "全部语料只有一个标签，至少要两个，请补充其他标签的句子。")
