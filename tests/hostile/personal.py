"""PII: personal data of customers and agents, in messages, names, ids and rejected rows. All of it is made up."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable

from hostile.case import BANNED, HEAD, Case, Seen, said

ALL = "xlsx,html,csv,jsonl"


def everything(seen: Seen) -> str:
    """All that was written and said, unpacked."""
    texts = [seen.out, seen.err, *(path.name for path in (seen.folder / "out").iterdir())]
    for path in (seen.folder / "out").iterdir():
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                texts += [re.sub(r"<[^>]+>", "", book.read(name).decode()) for name in book.namelist()]
        else:
            texts.append(path.read_text(encoding="utf-8"))
    return "\n".join(texts)


def hides(*secrets: str, also: Callable[[Seen], bool] = lambda _: True) -> Callable[[Seen], bool]:
    """None of these stands anywhere in the results or on the screen."""

    def holds(seen: Seen) -> bool:
        text = everything(seen)
        shown = [secret for secret in secrets if secret in text]
        assert not shown, shown
        return also(seen)

    return holds


def hidden(ident: str, what: str, *texts: str, secrets: tuple[str, ...]) -> Case:
    """Each text is said with the banned word, so that it is quoted; none of the secrets is seen."""
    return Case(
        ident, what, said(*(f"{BANNED} {text}" for text in texts)), rows=len(texts), formats=ALL, holds=hides(*secrets)
    )


def person(agent: str = "小云", customer: str = "茶茶", ident: str = "S1") -> str:
    """One conversation of two people."""
    start = f"{ident},2026-11-16 09:00:0"
    asked = f"{start}0,customer,{agent},{customer},在吗"
    return f"{HEAD}{asked}\n{start}8,agent,{agent},{customer},{BANNED}\n"


CASES = (
    hidden(
        "PII-01",
        "mobile, ID card, bank card, e-mail",
        "13812345678",
        "11010119900307451X",
        "6222021234567890128",
        "zhang.san88@qq.com",
        secrets=("13812345678", "11010119900307451", "6222021234567890128", "zhang.san88@qq.com"),
    ),
    hidden(
        "PII-02",
        "numbers with blanks, dashes, full width",
        "138 1234 5678",
        "138-1234-5678",
        "１３８１２３４５６７８",
        "1 3 8 1 2 3 4 5 6 7 8",
        secrets=("138 1234 5678", "138-1234-5678", "１３８１２３４５６７８", "1 3 8 1 2 3 4 5 6 7 8"),
    ),
    Case(
        "PII-03",
        "a row that is rejected for its time",
        HEAD + f"S1,不是时间,customer,小云,茶茶,我电话13812345678\nS1,2026-11-16 09:00:08,agent,小云,茶茶,{BANNED}\n",
        code=3,
        rows=1,
        lost=(2,),
        formats=ALL,
        holds=hides("13812345678"),
    ),
    Case(
        "PII-04",
        "a rejected row is masked before it is cut",
        HEAD
        + f"S1,不是时间,customer,小云,茶茶,{'好' * 167}13812345678\nS1,2026-11-16 09:00:08,agent,小云,茶茶,{BANNED}\n",
        code=3,
        rows=1,
        lost=(2,),
        formats=ALL,
        holds=hides(*("13812345678"[:n] for n in range(5, 12))),
    ),
    Case(
        "PII-05",
        "agents called by their numbers",
        HEAD
        + "".join(
            f"S{n},2026-11-16 09:00:00,agent,{name},茶茶,{BANNED}\n"
            for n, name in enumerate(("13812345678", "13912345678"))
        ),
        rows=2,
        formats=ALL,
        holds=hides("13812345678", "13912345678", also=lambda seen: len(seen.agents) == 2),
    ),
    Case(
        "PII-06",
        "two agents whose numbers look alike once masked",
        HEAD
        + "".join(
            f"S{n},2026-11-16 09:00:00,agent,{name},茶茶,{BANNED}\n"
            for n, name in enumerate(("13811115678", "13822225678"))
        ),
        rows=2,
        formats=ALL,
        holds=hides(
            "13811115678",
            "13822225678",
            also=lambda seen: len(seen.agents) == 2 and len(list((seen.folder / "out").glob("客服评分卡_*.xlsx"))) == 2,
        ),
    ),
    hidden(
        "PII-07",
        "numbers that a platform lends",
        "18412345678-1234",
        "17012345678转0081",
        "(13812345678,分机 22)",
        secrets=("18412345678", "17012345678", "13812345678", "转0081", "分机 22"),
    ),
    hidden(
        "PII-08",
        "spelled out in Chinese",
        "一三八一二三四五六七八",
        "幺三八幺二三四五六七八",
        "壹叁捌壹贰叁肆伍陆柒捌",
        "一三八 一二三四 五六七八",
        "139二三四五6789",
        secrets=(
            "一三八一二三四五六七八",
            "幺三八幺二三四五六七八",
            "壹叁捌壹贰叁肆伍陆柒捌",
            "一三八 一二三四 五六七八",
            "139二三四五6789",
        ),
    ),
    hidden(
        "PII-09",
        "an address with its house",
        "浙江省杭州市西湖区文三路123号5幢402室",
        "朝阳区建国路88号院3号楼1单元602",
        secrets=("123号5幢402", "88号院3号楼"),
    ),
    Case(
        "PII-10",
        "a customer called by a number, and an id made of it",
        person(customer="13812345678", ident="13812345678@2026-11-16"),
        rows=2,
        formats=ALL,
        holds=hides("13812345678"),
    ),
    Case(
        "PII-11",
        "an id that is a number of nobody in the row",
        person(ident="chat-13812345678"),
        rows=2,
        formats=ALL,
        holds=hides("13812345678"),
    ),
    Case(
        "PII-12",
        "a number in the name of the shop",
        person(agent="小店13812345678:小云"),
        rows=2,
        formats=ALL,
        holds=hides("13812345678"),
    ),
    Case(
        "PII-13",
        "a number for a role",
        HEAD + f"S1,2026-11-16 09:00:00,13812345678,小云,茶茶,好\nS1,2026-11-16 09:00:08,agent,小云,茶茶,{BANNED}\n",
        code=3,
        rows=1,
        lost=(2,),
        formats=ALL,
        holds=hides("13812345678"),
    ),
    Case(
        "PII-14",
        "a number for a time",
        HEAD + f"S1,138 1234 5678,agent,小云,茶茶,好\nS1,2026-11-16 09:00:08,agent,小云,茶茶,{BANNED}\n",
        code=3,
        rows=1,
        lost=(2,),
        formats=ALL,
        holds=hides("138 1234 5678"),
    ),
    hidden(
        "PII-15",
        "landlines, 400 aside",
        "0571-88881234",
        "(010)12345678",
        "021 61234567",
        secrets=("88881234", "12345678", "61234567"),
    ),
    hidden(
        "PII-16",
        "a number among zero-width characters",
        "138\u200b1234\u200b5678",
        secrets=("138\u200b1234\u200b5678",),
    ),
    Case(
        "PII-17",
        "a number in the name of the file",
        person(),
        name="13812345678.csv",
        rows=2,
        formats=ALL,
        holds=hides("13812345678"),
    ),
    hidden(
        "PII-18",
        "an ID card spelled with blanks",
        "110101 19900307 451X",
        "身份证号：１１０１０１１９９００３０７４５１Ｘ",
        secrets=("110101 19900307 451X", "１１０１０１１９９００３０７４５１"),
    ),
)
