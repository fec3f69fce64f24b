"""Which encoding a file is in: byte order mark, then the UTF-16 pattern, strict UTF-8, GB18030 against Big5.

Decided on the whole file, line by line where it must be, so that one spoilt line never turns a file into mojibake.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from auditor.errors import AuditorError
from auditor.readers.records import RefusedError


@dataclass(frozen=True)
class Encoding:
    """``name`` is what the user is told, ``codec`` what decodes, ``skip`` the bytes of the byte order mark.

    ``wide``: bytes 10 and 13 are not always line ends in it, so that lines can be cut only after decoding.
    """

    name: str
    codec: str
    skip: int = 0
    wide: bool = False


# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, Encoding("utf-32-le", "utf-32-le", 4, True)),
    (codecs.BOM_UTF32_BE, Encoding("utf-32-be", "utf-32-be", 4, True)),
    (codecs.BOM_UTF8, Encoding("utf-8-sig", "utf-8", 3)),
    (codecs.BOM_UTF16_LE, Encoding("utf-16-le", "utf-16-le", 2, True)),
    (codecs.BOM_UTF16_BE, Encoding("utf-16-be", "utf-16-be", 2, True)),
)
UTF8 = Encoding("utf-8", "utf-8")
_GB18030 = Encoding("gb18030", "gb18030")
#: cp950 is Big5 as Windows writes it.
_BIG5 = Encoding("big5", "cp950")
_SAFE = frozenset({"ascii", "utf-8", "gb18030", "gbk", "gb2312", "big5", "cp950", "big5hkscs", "iso8859-1", "cp1252"})

# The commonest characters of service chats and headings, simplified and traditional. Text decoded with the right
# table consists of them to a half; decoded with the wrong one, hardly at all.
_COMMON = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学"
    "如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将"
    "两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立"
    "及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克"
    "客服买卖单订货退换款价钱包邮件快递收货店铺请您亲谢谢抱歉哦呢吗吧啊呀嗯哈麻烦稍等优惠券质量问题联系电话地址尺码颜色支持查询息消角色户会话"
    "這個們來為國說時會對發後過還進開從實無與長機兩間問應頭體見產話東聲員論處義幾認條題變神總電數報結務場計貨單訂買賣價錢郵遞鋪請謝顧"
    "嗎麼麻煩優質聯繫電話碼顏詢訊息內容間戶系統器人"
    "，。？！：、；（）“”《》～…　"
)
_COMMON_RUN = re.compile(f"[{_COMMON}]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
#: Below this share of common characters a decoding is mojibake.
_LEAST_SHARE = 0.15
#: Characters judged; more would only cost time.
_ENOUGH = 200_000
_NO_NAMES = "看不出是哪种编码，请用 --encoding 指明，例如 --encoding gb18030 或 --encoding utf-8。"


def by_mark(head: bytes) -> Encoding | None:
    """The encoding that a byte order mark or the pattern of zero bytes gives away, else None."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    return _by_zeros(head[:65536])


def _by_zeros(head: bytes) -> Encoding | None:
    """UTF-32 and UTF-16 without a mark: ASCII leaves zeros on one side only, and line ends are wide."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    for encoding, first, second in ((_MARKS[0][1], 3, 2), (_MARKS[1][1], 0, 1)):
        # No character has more than 21 bits, and hardly any of a chat more than 16.
        if half >= 4 and not any(head[first::4]) and head[second::4].count(0) * 4 * 20 > len(head) * 19:
            return replace(encoding, skip=0)
    if odd > half / 10 and even * 20 < odd:
        return Encoding("utf-16-le", "utf-16-le", 0, True)
    if even > half / 10 and odd * 20 < even:
        return Encoding("utf-16-be", "utf-16-be", 0, True)
    return None


def by_name(name: str, head: bytes) -> Encoding:
    """The encoding that the user asked for. Raises AuditorError if there is no such text encoding."""
    codec = check_name(name)
    for mark, encoding in _MARKS:
        if head.startswith(mark) and encoding.codec.startswith(codec.removesuffix("-sig")):
            return encoding
    if codec in {"utf-16", "utf-32"}:
        codec += "-le"
    return Encoding(codec, codec.removesuffix("-sig"), 0, codec.removesuffix("-sig") not in _SAFE)


def check_name(name: str) -> str:
    """The standard name of a text encoding. Raises AuditorError if there is no such text encoding."""
    try:
        codec = codecs.lookup(name.strip()).name
        # Codecs such as hex turn bytes into bytes, and idna knows no replacing: neither can read a file.
        codecs.getincrementaldecoder(codec)("replace").decode("a,b".encode(codec), True)
    except (LookupError, ValueError) as error:
        raise AuditorError(f"不认识编码「{name}」，常用的有 utf-8、gb18030、big5、utf-16。") from error
    return codec


class _Judge:
    """Counts the non-ASCII lines that one encoding decodes or does not, and weighs how common its characters are."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.good = self.bad = 0
        self._common = self._foreign = 0

    def see(self, block: bytes) -> None:
        """Judge a block of whole lines."""
        try:
            text = block.decode(self.encoding.codec)
        except UnicodeDecodeError:
            for line in block.splitlines():
                self._see_line(line)
        else:
            self.good += sum(not line.isascii() for line in block.splitlines())
            self._weigh(text)

    def _see_line(self, line: bytes) -> None:
        if line.isascii():
            return
        try:
            text = line.decode(self.encoding.codec)
        except UnicodeDecodeError:
            self.bad += 1
        else:
            self.good += 1
            self._weigh(text)

    def _weigh(self, text: str) -> None:
        if self._foreign < _ENOUGH:
            self._common += len(_COMMON_RUN.findall(text, 0, _ENOUGH))
            self._foreign += len(_FOREIGN.findall(text, 0, _ENOUGH))

    @property
    def share(self) -> float:
        """Common characters per non-ASCII character, 0 to 1."""
        return self._common / self._foreign if self._foreign else 0.0


def by_lines(blocks: Callable[[], Iterable[bytes]]) -> Encoding:
    """The encoding of a file that is not UTF-8 throughout. ``blocks`` gives its bytes in blocks of whole lines.

    UTF-8 if most of its non-ASCII lines are; else GB18030 or Big5, whichever decodes at least as many lines and
    gives more common characters. Raises RefusedError if neither reads as Chinese.
    """
    utf8, gb, big5 = _Judge(UTF8), _Judge(_GB18030), _Judge(_BIG5)
    for block in blocks():
        for judge in (utf8, gb, big5):
            judge.see(block)
    # The GBK bytes of a few words (系统, 联通) happen to be UTF-8, but not of anything Chinese.
    if utf8.good > 4 * utf8.bad or (utf8.good >= utf8.bad and utf8.share >= _LEAST_SHARE):
        return UTF8
    best = max((gb, big5), key=lambda judge: judge.share * judge.good / max(1, judge.good + judge.bad))
    if best.share < _LEAST_SHARE or best.good < best.bad:
        raise RefusedError(_NO_NAMES)
    return best.encoding
