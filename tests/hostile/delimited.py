"""CSV: delimiters, quotes, columns and line ends, each spoilt in every way that a spreadsheet or a hand can."""

from __future__ import annotations

from pathlib import Path

from hostile.case import GOOD, HEAD, ROWS, Case, Seen, refused, rejected, rows

MANY = HEAD + "".join(f"S1,2026-11-16 09:00:00,customer,小云,茶茶,在吗{n}\n" for n in range(2000))
OPEN = MANY.replace("在吗3\n", '"在吗3\n', 1)


def texts(folder: Path, **files: str) -> None:
    """Several logs at once."""
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")


def no_nameless_agent(seen: Seen) -> bool:
    """No line that is no message has made an agent."""
    return set(seen.agents) == {"小云", "阿泽"}


CASES = (
    Case(
        "CSV-01",
        "quoted delimiters, doubled quotes, line breaks in a cell",
        rows(line3='S1,2026-11-16 09:01:08,agent,小云,茶茶1,"亲,""您好"",\n今天发出"'),
    ),
    Case("CSV-02", "CRLF ends", GOOD.replace("\n", "\r\n")),
    Case("CSV-03", "CR alone ends the lines (old Mac)", GOOD.replace("\n", "\r")),
    Case("CSV-04", "mixed line ends", GOOD.replace("\n", "\r\n", 4)),
    Case("CSV-05", "no line end at the end", GOOD.removesuffix("\n")),
    Case("CSV-06", "blank lines between", GOOD.replace("\nS3", "\n\n\nS3")),
    refused("CSV-07", "a heading and nothing below", HEAD, "没有"),
    rejected("CSV-09", "one row without its last cell", rows(line6=ROWS[4].rpartition(",")[0]), 6, says="列"),
    rejected("CSV-10", "one row with a cell too many", rows(line6=ROWS[4] + ",多"), 6, says="列"),
    refused("CSV-11", "a needed column is missing", GOOD.replace("text", "备注", 1), "消息", "备注"),
    refused("CSV-12", "one column twice", GOOD.replace("customer,text", "text,text", 1), "text"),
    Case(
        "CSV-13",
        "other order, unknown columns",
        "text,x,role,time,session,agent\n"
        + "".join(",".join([c[5], "?", c[2], c[1], c[0], c[3]]) + "\n" for c in (r.split(",") for r in ROWS)),
    ),
    Case("CSV-14", "tabs", GOOD.replace(",", "\t")),
    Case("CSV-15", "semicolons", GOOD.replace(",", ";")),
    Case("CSV-16", "bars", GOOD.replace(",", "|")),
    refused("CSV-17", "full-width commas", GOOD.replace(",", "，"), "角色"),
    Case("CSV-18", "sep= line of Excel", "sep=,\n" + GOOD),
    rejected("CSV-19", "an open quote in row 4 of 2,000", OPEN, 5, says="引号", rows=1999),
    rejected("CSV-20", "a quote opens in the last row", rows(line11=ROWS[9].replace("亲", '"亲')), 11, says="引号"),
    rejected(
        "CSV-21",
        "quotes escaped by backslashes",
        rows(line6=ROWS[4].replace("这件外套还有货吗", '"说\\"好\\"的"')),
        6,
        says="引号",
    ),
    rejected(
        "CSV-22",
        "a word after the closing quote",
        rows(line6=ROWS[4].replace("这件外套还有货吗", '"好"的')),
        6,
        says="引号",
    ),
    rejected(
        "CSV-23", "a message of 8 MB (small scale of 200 MB)", rows(line6=ROWS[4] + "长" * 2_700_000), 6, says="太长"
    ),
    rejected("CSV-24", "a message of 200,001 characters", rows(line6=ROWS[4] + "长" * 200_000), 6, says="太长"),
    Case(
        "CSV-25",
        "10,000 columns",
        HEAD.strip() + "".join(f",c{n}" for n in range(9994)) + "\n" + "".join(r + "," * 9994 + "\n" for r in ROWS),
    ),
    refused(
        "CSV-27",
        "a login page",
        "<!DOCTYPE html>\n<html><head><title>登录</title></head><body><form>密码</form></body></html>",
        "表",
    ),
    rejected(
        "CSV-29",
        "a line of totals at the end",
        GOOD + "合计,10,,,,\n",
        12,
        says="合计",
        rows=10,
        holds=no_nameless_agent,
    ),
    rejected("CSV-30", "the heading again in the middle", rows(line6=HEAD.strip()), 6, says="角色"),
    Case(
        "CSV-31",
        "blanks round every cell",
        "".join(" " + line.replace(",", " , ") + " \n" for line in GOOD.splitlines()),
        holds=no_nameless_agent,
    ),
    Case(
        "CSV-33",
        "the same log twice",
        lambda folder: texts(folder, a=GOOD, b=GOOD),
        name="a.csv|b.csv",
        says=("完全相同",),
        holds=lambda seen: seen.run["rows_merged"] == 10 and seen.run["conversations"] == 5,
    ),
    Case(
        "CSV-34",
        "half of the rows in a second file",
        lambda folder: texts(folder, a=GOOD, b=HEAD + "\n".join(ROWS[:4]) + "\n"),
        name="a.csv|b.csv",
        holds=lambda seen: seen.run["rows_merged"] == 4 and seen.run["conversations"] == 5,
    ),
    Case(
        "CSV-35",
        "a good and a broken file",
        lambda folder: texts(folder, a=GOOD, b="<html>登录</html>"),
        name="a.csv|b.csv",
        code=3,
        lost=(1,),
        says=("b.csv",),
    ),
    Case(
        "CSV-37",
        "a cell that breaks out of its quotes",
        rows(line3=ROWS[1].replace("亲，您好，今天就能发出", '"加我微信"",=1+1,"""')),
        formats="xlsx,csv,jsonl",
    ),
    Case(
        "CSV-38",
        "headings in capitals, with blanks and a mark",
        GOOD.replace("session,time,role", "\ufeff Session , TIME ,Role ", 1),
    ),
    Case("CSV-39", "a line of titles above the heading", "聊天记录导出,,,,,\n" + GOOD),
    rejected("CSV-40", "NUL for a delimiter in one row", rows(line6=ROWS[4].replace(",", "\0")), 6, says="列"),
    Case("CSV-41", "cells that are commas only after the end", GOOD + ",,,,,\n"),
)
