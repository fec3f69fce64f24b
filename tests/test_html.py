"""The HTML report: whole in itself, the same bytes each time, and whatever a chat says stays text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import factory_reports as make
import pytest
from factory_browser import CHROMIUM, PHONE, Browser, browser
from factory_jobs import contents, done
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports import htmlteam, site
from auditor.reports.htmlpage import Html, tag, text
from auditor.reports.site import write_pages
from auditor.scoring import Before

ANN, BEN = "示例旗舰店:小桃", "示例旗舰店:可可"
MORNING = datetime(2026, 11, 16, 9, 0, 5)
#: What a customer or an agent might send to see whether the report is a web page.
HOSTILE = (
    "<script>window.hacked = 1</script>",
    '"><img src=x onerror="window.hacked = 2">',
    "</script></style></body><h1 id=hacked>大字</h1>",
    "'onmouseover='window.hacked=3' javascript:alert(1)",
    "&lt;b&gt;不是粗体&lt;/b&gt; &amp; &#60;i&#62;",
    "<!-- 注释 --> <![CDATA[ x ]]> <style>body{display:none}</style>",
    "反\u202e转\u2066的\x00控\x1b制\ud800字符",
)
NAMES = {ANN: "客服评分卡_小桃.xlsx", BEN: "客服评分卡_可 可#1.xlsx"}


def pages(folder: Path, results: list[make.Scored], before: Before | None = None) -> dict[str, str]:
    """Write the pages of these conversations; returns them by name. ``before``: the period before, if known."""
    team, cards = make.cards(results)
    cards = [make.replace(card, before=before) for card in cards]
    books = {card.agent: NAMES[card.agent] for card in cards}

    def sessions(agent: str) -> list[make.Session]:
        return make.sessions(results, agent)

    written = write_pages(folder, cards, team, sessions, make.RULES, make.run_facts(), books, "团队汇总.xlsx")
    return {name: (folder / name).read_text(encoding="utf-8") for name in written}


def hostile() -> list[make.Scored]:
    """A conversation in which everything anybody says is hostile, and some of it is charged."""
    lines = [line for said in HOSTILE for line in (("客户", said), ("客服", f"不能退 {said}"))]
    spots = [make.Spot(make.REFUSAL, at, "不能退", evidence=HOSTILE[at // 2]) for at in range(1, len(lines), 2)]
    return [make.scored(make.talk("<b>S1</b>", ANN, lines, MORNING, customer='<img src="x">'), spots)]


@pytest.fixture(scope="module")
def shop() -> list[make.Scored]:
    return [*make.day(ANN, 40, 2), *make.day(BEN, 20, 1)]


class Parts(HTMLParser):
    """What a page is made of: elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def ids(self) -> set[str | None]:
        """Every id of the page."""
        return {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def links(self) -> list[str]:
        """Where the page leads."""
        return [str(attributes["href"]) for _, attributes in self.elements if "href" in attributes]


def test_a_hostile_chat_is_text_and_nothing_else(tmp_path: Path) -> None:
    calm = pages(tmp_path, [make.scored(make.talk("S1", ANN, [("客户", "在"), ("客服", "在")], MORNING))])
    for name, page in pages(tmp_path, hostile()).items():
        parts = Parts(page)
        assert [tag for tag, _ in parts.elements].count("script") == 1
        assert [tag for tag, _ in parts.elements].count("style") == 1
        assert not {tag for tag, _ in parts.elements} & {"img", "h4", "i", "iframe", "object", "link", "base"}
        assert "hacked" not in parts.ids()
        assert not [key for _, attributes in parts.elements for key in attributes if key.startswith(("on", "style"))]
        assert HOSTILE[0] in parts.text
        assert page.count("<h1") == calm[name].count("<h1")
        assert not set("\u202e\u2066\x00\x1b") & set(page)


def test_nothing_comes_from_elsewhere(tmp_path: Path, shop: list[make.Scored]) -> None:
    for page in pages(tmp_path, shop).values():
        assert "default-src 'none'" in page
        assert not [1 for _, attributes in Parts(page).elements if {"src", "srcset", "action"} & attributes.keys()]
        assert "url(" not in page
        assert "@import" not in page
        assert "://" not in page


def test_every_link_leads_somewhere(tmp_path: Path, shop: list[make.Scored]) -> None:
    written = pages(tmp_path, shop)
    ids = {name: Parts(page).ids() for name, page in written.items()}
    for name, page in written.items():
        links = Parts(page).links()
        assert len(links) > 10
        for link in links:
            file, _, anchor = link.partition("#")
            there = ids[unquote(file) or name]
            assert not anchor or anchor in there


def test_pages_say_what_the_workbooks_say(tmp_path: Path, shop: list[make.Scored]) -> None:
    written = {name: Parts(page).text for name, page in pages(tmp_path, shop).items()}
    card = written["客服评分卡_小桃.html"]
    for words in (ANN, "综合得分", "95% 区间", "2 / 2", "首次响应均值", "A07 生硬拒绝", "改为：抱歉让您失望了",
                  "试运行，不扣分", "豁免：没办法联系上您", "须经人工复核"):  # fmt: skip
        assert words in card
    team = written["团队汇总.html"]
    for words in (ANN, BEN, "扣分最多的规则", "未读入：没有角色 4 行", "缺少数据，判不了", "规则摘要"):
        assert words in team


def test_long_waits_are_pointed_out(tmp_path: Path) -> None:
    lines = [("客户", "在吗"), ("客户", "有人吗"), ("客服", "这个不能退的")]
    slow = make.scored(make.talk("S1", ANN, lines, MORNING, gap=50), [make.Spot(make.REFUSAL, 2, "不能退")])
    assert "客户等了 1 分 40 秒" in Parts(pages(tmp_path, [slow])["客服评分卡_小桃.html"]).text


def test_the_list_of_the_team_holds_the_gravest(
    tmp_path: Path, shop: list[make.Scored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "MOST_FLAGS", 3)
    monkeypatch.setattr(htmlteam, "MOST_FLAGS", 3)
    team = pages(tmp_path, shop)["团队汇总.html"]
    listed = [attributes["data-severity"] for _, attributes in Parts(team).elements if "data-item" in attributes]
    assert len(listed) == 3
    assert listed == sorted(listed, key=["fatal", "major", "minor"].index)
    assert listed[0] == "fatal"
    assert "这里只列最重的 3 处" in Parts(team).text


def test_an_agent_without_findings_gets_a_whole_page(tmp_path: Path) -> None:
    calm = [make.scored(make.talk("S1", ANN, [("客户", "在吗"), ("客服", "在的")], None))]
    written = {name: Parts(page).text for name, page in pages(tmp_path, calm).items()}
    assert "本期没有命中任何规则。" in written["客服评分卡_小桃.html"]
    assert "无时间数据" in written["客服评分卡_小桃.html"]
    assert "本期没有扣分。" in written["团队汇总.html"]


def test_the_job_writes_pages_and_the_same_bytes_again(tmp_path: Path) -> None:
    first = done(tmp_path, formats=frozenset({"html"}))
    before = contents(tmp_path / "out")
    assert [name for name in first.files if name.endswith(".html")] == [
        "客服评分卡_小雨_20261116_20261116.html", "客服评分卡_小云_20261116_20261117.html",
        "团队汇总_20261116_20261117.html",
    ]  # fmt: skip
    assert "138****5678" in before["客服评分卡_小云_20261116_20261117.html"].decode()
    done(tmp_path, formats=frozenset({"html"}))
    assert contents(tmp_path / "out") == before
    done(tmp_path)
    assert not list((tmp_path / "out").glob("*.html"))


@given(st.text())
def test_any_text_comes_back_as_it_was(said: str) -> None:
    page = tag("p", said, title=said)
    parts = Parts(page)
    assert [name for name, _ in parts.elements] == ["p"]
    assert parts.text == str(parts.elements[0][1]["title"] or "")
    printable = "".join(char for char in said if char.isprintable() and char != "\ufffd")
    assert "".join(char for char in parts.text if char.isprintable() and char != "\ufffd") == printable


def test_only_markup_is_markup() -> None:
    assert tag("b", "<i>", Html("<u></u>"), None, class_="x", hidden=True, id=None) == (
        '<b class="x" hidden>&lt;i&gt;<u></u></b>'
    )
    assert text('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"


@pytest.fixture(scope="module")
def tab() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, browser(Path(folder)) as opened:
        yield opened


SHOWN = "[...document.querySelectorAll('[data-item]')].filter(item => !item.hidden).length"


def test_filters_in_a_browser(tab: Browser, tmp_path: Path, shop: list[make.Scored]) -> None:
    pages(tmp_path, shop)
    tab.errors.clear()
    tab.open(tmp_path / "客服评分卡_小桃.html")
    everything = tab.run("document.querySelectorAll('[data-item]').length")
    charged = tab.run(SHOWN)
    assert 0 < charged < everything
    assert tab.run("document.getElementById('count').textContent") == f"显示 {charged} / {everything} 处"
    tab.click(".chip.not span")
    tab.until(f"{SHOWN} === {everything}")
    tab.click(".chip.minor span")
    minor = tab.run("document.querySelectorAll('[data-severity=minor]').length")
    tab.until(f"{SHOWN} === {everything - minor}")
    tab.run("(s => {s.value = 'rule-a07'; s.dispatchEvent(new Event('input', {bubbles: true}))})"
            "(document.getElementById('by-rule'))")  # fmt: skip
    refusals = tab.run("document.querySelectorAll('[data-rule=rule-a07]').length")
    assert tab.run(SHOWN) == refusals
    assert tab.run("[...document.querySelectorAll('details')].some(talk => talk.hidden)")
    tab.click("#filters button")
    tab.until(f"{SHOWN} === {charged}")
    tab.open(tmp_path / "团队汇总.html")
    assert tab.run(SHOWN) > 5
    tab.click(".matrix button")
    tab.until("document.getElementById('by-agent').value !== ''")
    assert tab.run(SHOWN) == int(tab.run("document.querySelector('.matrix button').textContent"))
    assert tab.errors == []
    assert not [url for url in tab.requests if not url.startswith(("file:", "about:"))]


def test_links_open_the_conversation_in_a_browser(tab: Browser, tmp_path: Path, shop: list[make.Scored]) -> None:
    pages(tmp_path, shop)
    tab.errors.clear()
    tab.open(tmp_path / "客服评分卡_小桃.html")
    goal = tab.run("document.querySelector('.finding.fatal .jump').hash")
    tab.click(".finding.fatal .jump")
    tab.until("document.querySelector(':target') !== null")
    assert tab.run("location.hash") == goal
    assert tab.run("document.querySelector(':target').closest('details').open")
    assert tab.run("document.querySelector(':target mark').textContent") == "加我微信"
    tab.open(tmp_path / "团队汇总.html")
    tab.click(".finding .jump")
    tab.until("document.readyState === 'complete' && document.querySelector(':target') !== null")
    assert tab.run("document.querySelector(':target').closest('details').open")
    assert tab.errors == []


def test_a_phone_a_dark_room_and_a_hostile_chat_in_a_browser(tab: Browser, tmp_path: Path) -> None:
    pages(tmp_path, hostile(), Before(date(2026, 11, 9), date(2026, 11, 15), 9, 88.0, {"服务态度": 5.0}, ("b" * 12,)))
    tab.errors.clear()
    for name in ("客服评分卡_小桃.html", "团队汇总.html"):
        tab.open(tmp_path / name, size=PHONE, dark=True)
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 30)"
        tab.click("#theme")
        tab.until("getComputedStyle(document.body).backgroundColor === 'rgb(244, 246, 249)'")
        assert tab.run("typeof window.hacked") == "undefined"
        assert tab.run("document.querySelectorAll('img, #hacked, main script, main style').length") == 0
    assert tab.errors == []
