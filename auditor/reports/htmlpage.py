"""Pages of HTML that hold everything themselves. Text is escaped unless it is known to be markup: chats stay text."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from auditor.reports.celltext import FORBIDDEN, INVISIBLE, Segments

_WEB = Path(__file__).with_name("web")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
#: Elements without an end tag.
_VOID = frozenset({"br", "hr", "input", "meta"})


class Html(str):
    """Markup that may go into a page as it stands; only :func:`text`, :func:`tag` and :func:`join` make it."""

    __slots__ = ()


def text(value: object) -> Html:
    """Anything as plain text of a page: escaped, without control and direction characters."""
    plain = INVISIBLE.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n"))
    return Html(html.escape(FORBIDDEN.sub("\ufffd", plain), quote=True))


def join(parts: Iterable[Html | str | None]) -> Html:
    """Parts one after the other; those that are no markup are escaped."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts if part is not None))


def tag(name: str, /, *children: Html | str | None, **attributes: object) -> Html:
    """An element. ``class_`` is the attribute class, ``data_rule`` is data-rule; None and False leave one out."""
    assert _NAME.fullmatch(name)
    shown = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        shown.append(f" {label}" if value is True else f' {label}="{text(value)}"')
    start = f"<{name}{''.join(shown)}>"
    return Html(start if name in _VOID else f"{start}{join(children)}</{name}>")


def marked(segments: Segments) -> Html:
    """Pieces of text, the hot ones marked."""
    return join(tag("mark", piece.text) if piece.hot else text(piece.text) for piece in segments)


@cache
def _part(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def start(title: str) -> Html:
    """The page up to its body. Nothing is loaded, and no script or style runs but the page's own, by its hash."""
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    head = join((
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}; form-action \'none\'">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    ))  # fmt: skip
    return Html(f'<!doctype html>\n<html lang="zh-CN">\n<head>{head}</head>\n<body>\n')


def end() -> Html:
    """The end of the page, with its script."""
    return Html(f"\n<script>{_part('page.js')}</script>\n</body>\n</html>\n")
