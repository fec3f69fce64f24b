"""How many rows a second each reader reads: ``python benchmarks/readers.py [--rows N] [FORMAT…]``.

The same made-up talks (seeded) are written in every format, by the writers that the tests use, and read back whole.
Run it in a checkout with the extra ``test`` installed. Seconds are those of the processor, so that other programs
disturb little.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from factory_chats import GRAMMARS  # noqa: E402
from factory_chats import Said as Spoken  # noqa: E402
from test_readers_every_format import WRITERS  # noqa: E402
from test_readers_exports_properties import JSON, TABLES, Said  # noqa: E402

from auditor.readers import Ledger, Options, read  # noqa: E402

SEED = 2026
WORDS = ("请问", "这款", "还有货吗", "您好", "亲", "有的", "今天发货", "明天到", "退换", "尺码偏大", "谢谢", "稍等")
HEADINGS = ("会话ID", "时间", "角色", "客服", "客户", "消息")
#: Whom --agents names where an export does not tell the agents from the customers.
AGENTS = frozenset({"小云"})


def talks(rows: int) -> list[Said]:
    """That many messages of conversations of eight, a second apart."""
    rng = random.Random(SEED)
    texts = ("".join(rng.choices(WORDS, k=rng.randint(2, 14))) for _ in range(rows))
    return [Said(f"买家{n // 8}", n % 2 == 0, text, n) for n, text in enumerate(texts)]


def _cells(said: Said) -> tuple[str, ...]:
    return (said.talk, said.local, said.pick("客户", "客服"), "好物店:小云", said.talk, said.text)


def _csv(rows: Sequence[Said]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *map(_cells, rows)])
    return out.getvalue().encode()


def _xlsx(rows: Sequence[Said]) -> bytes:
    import openpyxl

    workbook, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = workbook.create_sheet()
    for cells in [HEADINGS, *map(_cells, rows)]:
        sheet.append(cells)
    workbook.save(out)
    return out.getvalue()


def _jsonl(rows: Sequence[Said]) -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADINGS, _cells(row), strict=True))) for row in rows).encode()


def _json_export(name: str) -> Callable[[Sequence[Said]], bytes]:
    return lambda rows: "\n".join(json.dumps(JSON[name](row), ensure_ascii=False) for row in rows).encode()


def _table(name: str) -> Callable[[Sequence[Said]], bytes]:
    headings, cells = TABLES[name]

    def write(rows: Sequence[Said]) -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows([headings, *map(cells, rows)])
        return out.getvalue().encode()

    return write


def _chat(name: str) -> Callable[[Sequence[Said]], bytes]:
    grammar = GRAMMARS[name]

    def write(rows: Sequence[Said]) -> bytes:
        spoken = [
            (talk, [Spoken(m.pick("customer", "agent"), m.utc.replace(tzinfo=None), (m.text,)) for m in found])
            for talk, found in groupby(rows, key=lambda row: row.talk)
        ]
        return grammar.write(spoken, grammar).encode()

    return write


#: How each format is written; .xls is not, for want of a library that writes it.
FORMATS: dict[str, Callable[[Sequence[Said]], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
    **WRITERS,
    **{name: _table(name) for name in TABLES},
    **{name: _chat(name) for name in GRAMMARS if " " not in name},
    **{name: _json_export(name) for name in JSON if name not in WRITERS},
}


def _cpu() -> float:
    """Seconds of processor time so far, with those of the processes that old workbooks are read in."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def rows_a_second(name: str, rows: Sequence[Said], folder: Path) -> float:
    """Write the rows in a format, read them back, and say how fast; stops if one row is lost."""
    path = folder / name
    path.write_bytes(FORMATS[name](rows))
    ledger = Ledger()
    start = _cpu()
    count = sum(len(talk.messages) for talk in read([path], Options(format=name, agents=AGENTS), ledger))
    seconds = _cpu() - start
    if count != len(rows):
        raise SystemExit(f"{name}: {count} of {len(rows)} rows, {ledger.reasons} {ledger.file_problems}")
    path.unlink()
    return count / seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="only these (csv is always read)")
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    rows = talks(chosen.rows)
    print(f"{'format':22}{'rows/s':>10}{'of csv':>8}")
    with tempfile.TemporaryDirectory() as folder:
        base = rows_a_second("csv", rows, Path(folder))
        for name in FORMATS:
            if name == "csv" or not chosen.formats or name in chosen.formats:
                speed = base if name == "csv" else rows_a_second(name, rows, Path(folder))
                print(f"{name:22}{speed:10,.0f}{speed / base:8.2f}", flush=True)


if __name__ == "__main__":
    main()
