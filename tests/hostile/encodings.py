"""ENC: files in every encoding a shop's computer writes, whole and damaged."""

from __future__ import annotations

import codecs

from hostile.case import GOOD, HEAD, ROWS, Case, Seen, refused, rejected, rows

EMOJI = rows(line2=ROWS[0].replace("这件", "㐂这件😀"), line3=ROWS[1].replace("小云", "𠮷田"))
#: The good log as a shop in Taiwan writes it.
TAIWAN = (
    GOOD.translate(str.maketrans({"亲": "您", "这": "這", "还": "還", "货": "貨", "吗": "嗎", "发": "發"}))
    .replace("小云", "陳小姐")
    .replace("阿泽", "林先生")
)
LINES = [f"{line}\n".encode() for line in GOOD.split("\n")[:-1]]


def two_agents(seen: Seen) -> bool:
    """Nothing of the names is lost."""
    return set(seen.agents) == {"小云", "阿泽"}


def yoshida(seen: Seen) -> bool:
    """A name beyond GBK is whole."""
    return "𠮷田" in seen.agents


def spoilt(line: int, change: bytes) -> bytes:
    """The good log with bytes put into the text of one line."""
    return b"".join(one[:-1] + change + b"\n" if at == line else one for at, one in enumerate(LINES, 1))


def whole(ident: str, what: str, codec: str, mark: bytes = b"") -> Case:
    """The good log in an encoding."""
    return Case(ident, what, mark + GOOD.encode(codec), holds=two_agents)


CASES = (
    whole("ENC-01", "UTF-8 without a mark", "utf-8"),
    whole("ENC-02", "UTF-8 with a mark", "utf-8", codecs.BOM_UTF8),
    whole("ENC-03", "UTF-16LE with a mark (Excel's Unicode text)", "utf-16-le", codecs.BOM_UTF16_LE),
    whole("ENC-04", "UTF-16BE with a mark", "utf-16-be", codecs.BOM_UTF16_BE),
    whole("ENC-05", "UTF-16LE without a mark", "utf-16-le"),
    whole("ENC-06", "UTF-16BE without a mark", "utf-16-be"),
    whole("ENC-06b", "GBK", "gbk"),
    Case("ENC-07", "GB18030 with characters of four bytes", EMOJI.encode("gb18030"), holds=yoshida),
    Case(
        "ENC-08",
        "Big5 (a shop in Taiwan)",
        TAIWAN.encode("big5"),
        holds=lambda seen: set(seen.agents) == {"陳小姐", "林先生"},
    ),
    rejected("ENC-09", "one byte that is not UTF-8, in row 7 of 10", spoilt(8, b"\xff"), 8, says="无法解码"),
    rejected(
        "ENC-10", "one row of GBK in a file of UTF-8", spoilt(5, "请问什么时候发货".encode("gbk")), 5, says="无法解码"
    ),
    Case("ENC-11", "NUL bytes inside a text", spoilt(3, b"a\0b\0"), formats="xlsx,jsonl"),
    rejected(
        "ENC-12",
        "one GB18030 row cut inside a character",
        GOOD.encode("gb18030").replace("阿泽".encode("gb18030"), b"\xb0\xa2\xff", 1),
        8,
        says="无法解码",
    ),
    rejected("ENC-13", "cut in the middle of a character", GOOD.encode()[:-2], 11, says="无法解码"),
    rejected("ENC-15", "CESU-8: the halves of an emoji", spoilt(3, b"\xed\xa0\xbd\xed\xb8\x80"), 3, says="无法解码"),
    rejected("ENC-16", "an overlong slash", spoilt(3, b"\xc0\xaf"), 3, says="无法解码"),
    whole("ENC-17", "UTF-32LE with a mark", "utf-32-le", codecs.BOM_UTF32_LE),
    whole("ENC-18", "UTF-32BE with a mark", "utf-32-be", codecs.BOM_UTF32_BE),
    whole("ENC-18b", "UTF-32LE without a mark", "utf-32-le"),
    Case("ENC-19", "text that was mojibake already", spoilt(3, "锟斤拷Ã¤Â½".encode()), holds=two_agents),
    Case("ENC-20", "a mark in the middle of the file (two files joined)", spoilt(3, codecs.BOM_UTF8)),
    Case(
        "ENC-21",
        "GBK that begins after 70 kB of ASCII",
        (
            HEAD + "".join(f"A,2026-11-16 08:00:00,customer,bot,x,ok {n} fine\n" for n in range(2000)) + "\n".join(ROWS)
        ).encode("gbk"),
        rows=2010,
    ),
    refused("ENC-22", "random bytes", bytes(range(128, 256)) * 40, "log.csv"),
    refused("ENC-23", "nothing at all", b"", "空"),
    refused("ENC-24", "blanks only", b" \r\n\t\n", "空"),
    refused("ENC-25", "UTF-7 named outright, which no log is in", GOOD, "编码", options=("--encoding", "klingon")),
    rejected(
        "ENC-26",
        "UTF-16 with an odd byte at the end",
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le") + b"\x41",
        12,
        rows=10,
    ),
)
