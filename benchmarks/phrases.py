"""What ``auditor phrases check`` finds and costs on a made-up library with planted defects.

``python benchmarks/phrases.py`` prints, for a library of 2,000 phrases: planted defects found by rule, false findings,
wall and CPU time (median of several runs, each in a fresh process); then time and peak memory for 100,000 phrases, and
what a cache saves. ``--write DIR`` only writes the library (话术.csv) and what is planted in it (expected.json).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from phraselib import Library, make

ROOT = Path(__file__).resolve().parents[1]
TODAY = "2026-11-16"


def run(folder: Path, *arguments: str) -> tuple[dict[str, object], float, float, int]:
    """The linter in a fresh process: its report, wall and CPU seconds, peak memory in MB."""
    command = [sys.executable, "-m", "auditor", "phrases", "check", *arguments, "--format", "json", "-o", "out.json"]
    own = {"PYTHONPATH": str(ROOT), "AUDITOR_TODAY": TODAY, "AUDITOR_CACHE": str(folder / "cache")}
    environment = {**os.environ, **own}
    begin = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    assert os.waitstatus_to_exitcode(status) in (0, 1), "the linter failed"
    report = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return report, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def judge(library: Library, report: dict[str, object]) -> list[str]:
    """Lines that say what was found of what is planted, and what was said of phrases without a defect."""
    lines = _lines_of(library)
    findings = report["findings"]
    assert isinstance(findings, list)
    found = {(lines[item["line"]], item["rule"]) for item in findings if item["line"] is not None}
    spoilt = {row for row, _ in library.planted}
    planted, hit = Counter(rule for _, rule in library.planted), Counter[str]()
    missed = []
    for row, rule in library.planted:
        if (row, rule) in found:
            hit[rule] += 1
        else:
            missed.append(f"  没找到 {rule}：{library.rows[row][3]!r}")
    false = sorted((row, rule) for row, rule in found if row not in spoilt)
    told = [f"{rule:24} 埋 {count:4}  找到 {hit[rule]:4}" for rule, count in planted.items()]
    total, clean = sum(planted.values()), len(library.rows) - len(spoilt)
    told.append(f"合计埋 {total}，找到 {sum(hit.values())}")
    told.append(f"没有埋错的 {clean} 条里误报 {len({row for row, _ in false})} 条（{len(false) / clean:.2%}）")
    told += missed
    told += [f"  误报 {rule}：{library.rows[row][3]!r}" for row, rule in false]
    return told


def _lines_of(library: Library) -> dict[int, int]:
    """Every line of the CSV file -> the row of the library it belongs to (from 0)."""
    lines: dict[int, int] = {}
    number = 2
    for row, cells in enumerate(library.rows):
        for _ in range(cells[3].count("\n") + 1):
            lines[number] = row
            number += 1
    return lines


def write(library: Library, folder: Path) -> None:
    """The library and what is planted in it."""
    (folder / "话术.csv").write_text(library.csv(), encoding="utf-8")
    expected = [{"row": row + 1, "rule": rule} for row, rule in library.planted]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=0), encoding="utf-8")


def timed(folder: Path, name: str, runs: int, *arguments: str) -> None:
    """Print median and spread of several runs."""
    results = [run(folder, *arguments) for _ in range(runs)]
    walls, cpus = sorted(r[1] for r in results), [r[2] for r in results]
    memory = max(r[3] for r in results)
    print(f"{name}：墙钟 {statistics.median(walls):.2f} 秒（{walls[0]:.2f}-{walls[-1]:.2f}），"
          f"CPU {statistics.median(cpus):.2f} 秒（最少 {min(cpus):.2f}），内存最多 {memory} MB")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="only write the library into this folder")
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", type=int, default=100_000, help="size of the large library; 0: leave it out")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        chosen.write.mkdir(parents=True, exist_ok=True)
        write(make(chosen.size), chosen.write)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = make(chosen.size)
        write(library, folder)
        report, *_ = run(folder, "话术.csv")
        print("\n".join(judge(library, report)))
        timed(folder, f"{chosen.size} 条", chosen.runs, "话术.csv")
        run(folder, "话术.csv", "--cache", "texts.json")
        timed(folder, f"{chosen.size} 条，用缓存，都没改", chosen.runs, "话术.csv", "--cache", "texts.json")
        write(make(50), folder)
        timed(folder, "50 条", chosen.runs, "话术.csv")
        if chosen.large:
            write(make(chosen.large), folder)
            timed(folder, f"{chosen.large} 条", 1, "话术.csv")


if __name__ == "__main__":
    main()
