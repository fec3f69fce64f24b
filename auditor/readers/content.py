"""What the body of a typed message is made of: words, and what is printed for pictures, cards and notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.chat import Kind, Role

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE | re.ASCII)
_PICTURE = re.compile(r"https?://\S+\.(?:jpe?g|png|gif|webp|bmp)(?:[?_#]\S*)?", re.IGNORECASE | re.ASCII)
#: A price as product cards print it; nobody types the cents of a round sum.
_PRICE = re.compile(r"[¥￥]\s?\d+(?:,\d{3})*\.\d\d")
_REASON = re.compile(r"原因\s*[:：].*")
_RECALL = re.compile(r"[\"“「]?(.{1,40}?)[\"”」]?\s*撤回了一条消息[。]?")
_RULE = re.compile(r"(?:[-—]\s?){5,}")

#: What one line stands for, if it is not words. Only whole lines count: a bracket inside a sentence is words.
_LINES: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.MISSING, r"请在客户端查看原始聊天记录[,，]?\s*(?:网页版无法展示)?[。]?"),
        (Kind.MISSING, r"【此消息为.{0,60}暂不支持展示】"),
        (Kind.MISSING, r"[\[【].{0,20}(?:暂不支持|无法)(?:展示|查看|显示).{0,20}[\]】]"),
        (Kind.IMAGE, r"(?:[\[【](?:图片|图像|照片|截图|表情|动画表情)[\]】]\s*)+|(?:#E-[a-z]\d+\s*)+"),
        (Kind.FILE, r"(?:[\[【](?:语音|视频|短视频|小视频|文件|附件|语音通话|视频通话)[\]】]\s*)+"),
        (Kind.CARD, r"[\[【](?:链接|小程序|卡片|商品|商品卡片|名片|位置|红包|转账|优惠券|聊天记录|合并转发)[\]】]"),
        (Kind.EVENT, r"当前用户来自\s*.*"),
        (Kind.TRANSFER, r"由\s*.{1,60}?\s*转交给\s*.{1,60}|用户发起转人工[。]?"),
        (Kind.ORDER, r"您选择了一个订单进行咨询[。]?|订单(?:号|编号)\s*[:：]\s*\d{6,}"),
    )
)
#: Every line that is no words begins, ends or reads like this, so that most lines are seen through at once.
_CANDIDATE = re.compile(
    r"[\[【#¥￥]|请在客户端|当前用户来自|由|用户发起|您选择了|订单|原因|https?:|www\.", re.IGNORECASE
)
#: A text without any of this is words from the first line to the last.
_SPECIAL = re.compile(rf"^\s*(?:「|{_CANDIDATE.pattern})|撤回了一条消息", re.IGNORECASE | re.MULTILINE)
_NOTES = frozenset({Kind.EVENT, Kind.TRANSFER})


@dataclass(frozen=True)
class Piece:
    """Lines of one message that are one thing. ``at``: index of the first line; ``role``: None means the sender's.

    ``sender`` is set only if the piece names who it is about (a recall).
    """

    at: int
    kind: Kind
    lines: tuple[str, ...]
    role: str | None = None
    sender: str | None = None

    @property
    def text(self) -> str:
        """The lines as they stood."""
        return "\n".join(self.lines)


def pieces(lines: Sequence[str], known: Callable[[str], bool]) -> list[Piece]:
    """The body of a message cut into what it is made of, in order; a body without a line is content not shown.

    ``known`` says whether a name is an account of this chat: only then is a line that says so a recall.
    """
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return [Piece(0, Kind.MISSING, ())]
    last = max(at for at, line in enumerate(lines) if line.strip())
    if not _SPECIAL.search("\n".join(lines)):
        return [Piece(first, Kind.TEXT, tuple(lines[first : last + 1]))]
    found = list(_quoted(lines, first))
    start = found[-1].at + len(found[-1].lines) if found else first
    found += _merged(_cards([_piece(at, lines[at], known) for at in range(start, last + 1)]))
    return [piece for piece in map(_trimmed, found) if piece.lines] or [Piece(first, Kind.MISSING, ())]


def is_words(line: str) -> bool:
    """Whether a line is something that somebody typed, rather than what is printed for pictures, cards and notes."""
    return _piece(0, line, lambda _: True).kind is Kind.TEXT


def _quoted(lines: Sequence[str], first: int) -> Iterator[Piece]:
    """A quotation above a reply: 「nick：words」, a rule, the reply. The words quoted are not the sender's own."""
    if not lines[first].startswith("「"):
        return
    for at in range(first + 1, min(len(lines), first + 40)):
        if _RULE.fullmatch(lines[at].strip()) and lines[at - 1].rstrip().endswith("」"):
            yield Piece(first, Kind.EVENT, tuple(lines[first : at + 1]), Role.SYSTEM.value)
            return


def _piece(at: int, line: str, known: Callable[[str], bool]) -> Piece:
    stripped = line.strip()
    if "撤回了一条消息" in stripped and (recall := _RECALL.fullmatch(stripped)) and known(recall[1].strip()):
        return Piece(at, Kind.RECALL, (line,), None, recall[1].strip())
    if not _CANDIDATE.match(stripped):
        return Piece(at, Kind.TEXT, (line,))
    if _PICTURE.fullmatch(stripped):
        return Piece(at, Kind.IMAGE, (line,))
    if _URL.fullmatch(stripped) or _PRICE.fullmatch(stripped):
        return Piece(at, Kind.CARD, (line,))
    kind = next((kind for kind, pattern in _LINES if pattern.fullmatch(stripped)), Kind.TEXT)
    return Piece(at, kind, (line,), Role.SYSTEM.value if kind in _NOTES else None)


def _cards(single: list[Piece]) -> Iterator[Piece]:
    """The title between the address and the price of a product belongs to its card; a reason, to its transfer."""
    for at, piece in enumerate(single):
        before, after = single[at - 1] if at else None, single[at + 1] if at + 1 < len(single) else None
        if before and after and piece.kind is Kind.TEXT and before.kind is after.kind is Kind.CARD:
            piece = replace(piece, kind=Kind.CARD)
        elif before and before.kind is Kind.TRANSFER and _REASON.fullmatch(piece.text.strip()):
            piece = replace(piece, kind=Kind.TRANSFER, role=before.role)
        yield piece


def _merged(single: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbouring lines of one kind are one piece; every recall is one of its own."""
    open_piece: Piece | None = None
    for piece in single:
        if open_piece and piece.kind is open_piece.kind and piece.kind is not Kind.RECALL:
            open_piece = replace(open_piece, lines=open_piece.lines + piece.lines)
            continue
        if open_piece:
            yield open_piece
        open_piece = piece
    if open_piece:
        yield open_piece


def _trimmed(piece: Piece) -> Piece:
    """Without the blank lines around it."""
    lines, at = list(piece.lines), piece.at
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        del lines[0]
        at += 1
    return replace(piece, at=at, lines=tuple(lines))
