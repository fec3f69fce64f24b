"""Corpora as files: a CSV read strictly, rows of other tables, and the CSV as it is written."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from auditor.classifier import prepare
from auditor.corpus import AND, MIN_ROWS_A_LABEL, TEST, TRAIN, Corpus, Row, split_corpus
from auditor.errors import AuditorError, Place, Problem, reason

#: Column -> the names a file may give it; all but text and label may be missing.
COLUMNS = {
    "text": ("text", "文本", "消息", "句子"),
    "label": ("label", "标签", "类别"),
    "note": ("note", "备注", "说明"),
    "source": ("source", "来源"),
    "split": ("split", "用途"),
}
SIDES = {"": "", "train": TRAIN, "训练": TRAIN, "test": TEST, "测试": TEST}


def read_corpus(paths: Sequence[Path], *, for_training: bool = True, more: Iterable[Row] = ()) -> Corpus:
    """Read CSV files with the columns text, label and optionally note, source, split; ``more`` rows come after them.

    Texts equal after :func:`auditor.classifier.prepare` count once. Raises AuditorError with every problem of every
    file: unreadable, not UTF-8, a column missing, an empty text or label, one text under two labels and, when meant
    for training, fewer than 2 labels or fewer than MIN_ROWS_A_LABEL rows of a label.
    """
    problems: list[Problem] = []
    rows: list[Row] = []
    for path in paths:
        rows.extend(_read_file(path, problems))
    rows.extend(more)
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
    """Return the rows as a UTF-8 CSV; the column split says on which side of the test split each row stands."""
    tested = {row.text for row in split_corpus(corpus).test}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in corpus.rows:
        writer.writerow((row.text, row.label, row.note, row.source, TEST if row.text in tested else TRAIN))
    return out.getvalue().encode()


def rows_of(records: Iterator[tuple[int, Sequence[str]]], name: str, problems: list[Problem]) -> list[Row]:
    """The labelled rows of a table: (line, cells) with a heading first. What is wrong is added to ``problems``."""
    header = next(records, (1, ()))[1]
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
    return rows_of(records, name, problems)


def _records(text: str, name: str, problems: list[Problem]) -> Iterator[tuple[int, Sequence[str]]]:
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
    records: Iterator[tuple[int, Sequence[str]]],
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
        side = SIDES.get(cell["split"].lower())
        if side is None:
            problems.append(Problem(place, "split", "只能写 train（训练）或 test（测试），或空着由程序分。"))
        elif not empty:
            yield Row(cell["text"], _joined(cell["label"]), cell["note"], place, cell["source"], side)


def _joined(label: str) -> str:
    """Several labels in one fixed order and spelling, so that they compare."""
    return AND.join(sorted({part for one in label.replace("＋", AND).split(AND) if (part := one.strip())}) or [label])


def _without_repetitions(rows: Sequence[Row], problems: list[Problem]) -> list[Row]:
    """The rows whose prepared text was not seen before; the same text under another label is a problem."""
    seen: dict[str, Row] = {}
    for row in rows:
        key = prepare(row.text)
        earlier = seen.setdefault(key, row)
        if earlier is not row and row.side and not earlier.side:
            seen[key] = replace(earlier, side=row.side)
        if earlier.label != row.label:
            said = f"与 {earlier.place} 的句子相同，标签却是“{row.label}”和“{earlier.label}”，请只留一个。"
            problems.append(Problem(row.place, "label", said))
    return list(seen.values())


def _too_few(corpus: Corpus) -> Iterator[Problem]:
    counts = Counter(label for row in corpus.rows for label in row.labels)
    for label, count in counts.items():
        if count < MIN_ROWS_A_LABEL:
            place = next(row.place for row in corpus.rows if label in row.labels)
            said = f"标签“{label}”只有 {count} 行，至少要 {MIN_ROWS_A_LABEL} 行，请补充句子或改正标签。"
            yield Problem(place, "label", said)
    if len(counts) == 1:
        yield Problem(corpus.rows[0].place, "label", "全部语料只有一个标签，至少要两个，请补充其他标签的句子。")
