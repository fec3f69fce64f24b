"""AGT: names of agents that become cells, sheets and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hostile.case import BANNED, HEAD, Case, Seen, named

NAME = "log.jsonl"


def books(seen: Seen) -> list[Path]:
    """The agents' workbooks."""
    return sorted((seen.folder / "out").glob("客服评分卡_*.xlsx"))


def sound(seen: Seen) -> bool:
    """Every workbook opens, holds no formula of strangers, and has sheet names that Excel takes."""
    import openpyxl

    for path in (seen.folder / "out").glob("*.xlsx"):
        workbook: Any = openpyxl.load_workbook(path)
        for sheet in workbook.worksheets:
            title = sheet.title
            if len(title.encode("utf-16-le")) > 62 or title.casefold() == "history" or title.strip("'") != title:
                return False
            for row in sheet.iter_rows():
                for cell in row:
                    text = str(cell.value or "")
                    if cell.data_type == "f" and any(
                        word in text for word in ("cmd|", "WEBSERVICE", "evil", "1+1", "微信")
                    ):
                        return False
                    if len(text.encode("utf-16-le")) > 2 * 32_767:
                        return False
    return True


def all_of(count: int, *names: str) -> Any:
    """So many agents, each with a workbook of its own that opens; these names among them as they are."""

    def holds(seen: Seen) -> bool:
        bidi = any(
            "\u202a" <= c <= "\u202e" or c in "\u2066\u2067\u2068\u2069" for path in books(seen) for c in path.name
        )
        return (
            len(seen.agents) == count == len(books(seen))
            and set(names) <= set(seen.agents)
            and sound(seen)
            and not bidi
        )

    return holds


def agents(ident: str, what: str, *names: str, count: int = 0, exact: bool = True) -> Case:
    """Each name says one thing; all come out apart."""
    return Case(
        ident,
        what,
        named(*names),
        rows=len(names),
        formats="xlsx,html,csv,jsonl",
        holds=all_of(count or len(names), *(names if exact else ())),
    )


def in_json(name: str) -> str:
    """A log in which the agent has a name as JSON writes it."""
    return f'{{"session": "S1", "role": "agent", "agent": "{name}", "text": "{BANNED}"}}\n'


NULLS = ("NA", "None", "null", "nan", "N/A", "007", "1e5", "100000.0", "2024-01-05", "TRUE", "#N/A")

CASES = (
    agents(
        "AGT-01",
        "a command for DDE",
        "=cmd|' /C calc'!A0",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|x",
        "@SUM(1+1)*cmd|' /C calc'!A0",
    ),
    agents(
        "AGT-03",
        "formulas that call out",
        '=HYPERLINK("http://evil.example","点我")',
        '=WEBSERVICE("http://evil.example")',
    ),
    agents("AGT-05", "signs that file systems forbid", *(f"小{sign}云" for sign in '/\\:*?"<>|[')),
    agents("AGT-07", "emoji, families, flags", "小云😀", "👨‍👩‍👧‍👦", "🇨🇳小云"),
    agents("AGT-08", "reserved names of Windows", "CON", "nul", "LPT1", "com1.xlsx"),
    agents("AGT-09", "paths for names", "/etc/passwd", "\\\\server\\share", "file:///c:/x", "../../evil", "C:\\x"),
    agents("AGT-10", "dots and blanks at the end", "小云.", "小云", "小云..", "..."),
    agents("AGT-11", "only case tells them apart", "Amy", "amy", "AMY"),
    agents("AGT-12", "composed and decomposed accents", "José", "Jose\u0301"),
    agents("AGT-13", "the same first 31 characters", *("客" * 31 + end for end in "甲乙丙")),
    agents("AGT-15", "a name that Excel keeps for itself", "History", "history"),
    agents("AGT-17", "apostrophes at the ends", "'小云'", "''", "'"),
    agents("AGT-19", "names that look like nothing, numbers and days", *NULLS),
    agents("AGT-21", "letters that turn the direction", "小云\u202egnp.exe", "\u2066阿泽\u2069", exact=False),
    agents("AGT-23", "31 emoji: 62 units", "😀" * 31),
    agents("AGT-25", "longer than a cell", "长" * 40_000, exact=False),
    agents("AGT-27", "what Excel takes for an escape", "_x0041_", "A", "_x005F_x0041_"),
    Case(
        "AGT-29",
        "half of an emoji",
        in_json("小\\ud83d云"),
        name=NAME,
        rows=1,
        formats="xlsx,html,csv,jsonl",
        holds=all_of(1, "小\ufffd云"),
    ),
    Case(
        "AGT-30",
        "control characters",
        in_json("小\\u0001\\u001b[31m云"),
        name=NAME,
        rows=1,
        formats="xlsx,html,csv,jsonl",
        holds=all_of(1),
    ),
    Case(
        "AGT-31",
        "names that look blank",
        named("", "　", "\u200b", "\u00a0", "\ufeff", "\u200d", "\u2060"),
        rows=7,
        formats="xlsx,jsonl",
        holds=lambda seen: len(seen.agents) == 1 and not any(name.isspace() for name in seen.agents) and sound(seen),
    ),
    agents("AGT-32", "markup", "<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>", "&lt;b&gt;"),
    agents("AGT-33", "names of a run's own files", "团队汇总", "run.json", "findings"),
    Case(
        "AGT-34",
        "line breaks in a name",
        HEAD + f'S1,2026-11-16 09:00:00,agent,"小\n云",茶茶,{BANNED}\n',
        rows=1,
        formats="xlsx,jsonl",
        holds=all_of(1),
    ),
    agents("AGT-35", "noncharacters", "小\ufffe云", "小\uffff云", exact=False),
)
