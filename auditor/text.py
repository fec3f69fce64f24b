"""Chinese text without rewriting it: 1:1 folding, squeezing with an offset map, phrase lexicons and the tokenizer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import ahocorasick_rs
import re2

from auditor.hanzi import ONLY_SIMPLIFIED, SIMPLIFIED

Span = tuple[int, int]

#: Distinct texts remembered per lexicon or tokenizer: a day's canned phrases repeat, the rest need not be kept.
REMEMBERED = 8192

_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_LOWER = {code: chr(code).lower() for code in range(0x41, 0x5B)}
_LOWER |= {code + 0xFEE0: small for code, small in _LOWER.items()}
#: Half a surrogate pair is no character: the search engines take none.
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
#: Characters, ASCII apart, that no folded text holds.
_FOLDED_AWAY = frozenset(map(chr, SIMPLIFIED | _FULL_WIDTH))
_FOLD = SIMPLIFIED | _FULL_WIDTH | _LOWER | _HALVES

#: Characters people put instead of others to slip past a word list: look-alikes, ringed and mathematical letters.
_LOOK_ALIKES = dict(zip("薇徽嶶溦徾伩訫➕➊扌亻νυѵ√∨ѴⅴⅤхχ×ԛԚ〇", "微微微微微信信加1扣人vvvvvvvvxxxqq零", strict=True))
_RINGED = (*range(0x2460, 0x2469), *range(0x24B6, 0x24EA), *range(0x1D400, 0x1D800), *range(0x1F130, 0x1F14A))
_STAND_INS = {
    **{code: same.lower() for code in _RINGED if len(same := unicodedata.normalize("NFKC", chr(code))) == 1},
    **str.maketrans(_LOOK_ALIKES),
}
#: Characters put between others: invisible ones, spaces and signs, symbols and emoji.
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u20e3\ufe00-\ufe0f\ufeff"
_SYMBOLS = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\U000e0020-\U000e007f"
#: One of them, as a piece of a pattern.
FILLERS = rf"[\s.·•\-_*~|/\\、，,+^&=#'`…—﹣・{_INVISIBLE}{_SYMBOLS}]"
_FILLER = re.compile(FILLERS)
_A_NOT_A = re.compile(r"(?<![不没])(.)[不没]\1")
_QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"]*\"|‘[^‘’]*’|【[^【】]*】")


#: Platform emoji: #E-s12 (JD, its number may be masked), [微笑] (not a masked [订单x]), /:^_^ (Taobao).
_CODES = re.compile(r"#[Ee]-[A-Za-z](?:\[[^\]]*\]|\d)*|\[[\u4e00-\u9fff]{1,4}\]|/:[\x21-\x7e]{1,4}")


def without_codes(text: str) -> str:
    """The text without platform emoji codes."""
    return _CODES.sub("", text)


def fold(text: str) -> str:
    """The text for matching: simplified characters, half-width ASCII in lower case, lone surrogates U+FFFD.

    Its length is the text's, so offsets stay true.
    """
    return text.translate(_FOLD)


def mixed_script(text: str) -> tuple[int, ...]:
    """Where traditional characters stand in a text that has simplified ones too; nothing if it is all of one kind."""
    if not any(char in ONLY_SIMPLIFIED for char in text):
        return ()
    return tuple(at for at, char in enumerate(text) if ord(char) in SIMPLIFIED)


def plain(text: str) -> str:
    """The folded text with look-alike characters replaced, 1:1: ⓥ① become v1, 薇 becomes 微."""
    return fold(text).translate(_STAND_INS)


@dataclass(frozen=True)
class Squeezed:
    """A text with fillers dropped and stand-ins replaced; ``offsets[i]`` is where its i-th character came from."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """A span of the squeezed text as a span of the original one."""
        return self.offsets[start], self.offsets[end - 1] + 1


def squeeze(text: str) -> Squeezed:
    """Undo the usual evasions (spaces, dots, zero-width characters, look-alikes) and keep the way back."""
    kept = [(index, char) for index, char in enumerate(plain(text)) if not _FILLER.match(char)]
    return Squeezed("".join(char for _, char in kept), tuple(index for index, _ in kept))


def a_not_a(text: str) -> tuple[Span, ...]:
    """Spans of A-不-A questions such as 能不能, 好不好, 有没有: they ask, they do not refuse (不行不行 does)."""
    return tuple(match.span() for match in _A_NOT_A.finditer(text))


@lru_cache(REMEMBERED)
def quoted(text: str) -> tuple[Span, ...]:
    """Spans inside quotation marks or 【】, marks included."""
    return tuple(match.span() for match in _QUOTED.finditer(text))


def overlaps(one: Span, other: Span) -> bool:
    """Do two half-open spans share a character?"""
    return one[0] < other[1] and other[0] < one[1]


def count_cjk(text: str) -> int:
    """Number of Han characters (basic block and extension A)."""
    return sum("\u3400" <= char <= "\u9fff" for char in text)


class LexiconError(ValueError):
    """An entry of a word list that cannot be used; the message is Chinese and names the entry."""


class Lexicon:
    """A set of phrases and linear-time patterns, searched together.

    Entries are plain phrases, or RE2 patterns written between slashes (``/不(能|可以)退/``). Matching is on folded
    text, so case and width do not matter. Longest match wins: a match inside another is dropped. ``trusted``: the
    entries are known to be good, so that patterns are compiled only when they are first needed.
    """

    def __init__(self, entries: Sequence[str], trusted: bool = False) -> None:
        self.entries = tuple(dict.fromkeys(entries))
        empty = [entry for entry in self.entries if not entry.strip() or entry == "//"]
        if empty:
            raise LexiconError("词表里有空的词，会命中每一句话，请删除")
        self._written = tuple(entry[1:-1] for entry in self.entries if _is_pattern(entry))
        self._compiled: dict[int, Pattern] = {}
        self.find = lru_cache(REMEMBERED)(self._find)
        for at in () if trusted else range(len(self._written)):
            self._pattern(at)

    @cached_property
    def automaton(self) -> ahocorasick_rs.AhoCorasick | None:
        """Finds the plain phrases in folded text; None if there are none."""
        phrases = [fold(phrase) for phrase in self.phrases]
        return ahocorasick_rs.AhoCorasick(phrases) if phrases else None

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The patterns as RE2 gets them."""
        return tuple(map(narrowed, self._written))

    @cached_property
    def _sieve(self) -> re2.Set | None:
        return _sieve(self.sources)

    def _pattern(self, at: int) -> Pattern:
        if at not in self._compiled:
            self._compiled[at] = compile_pattern(self._written[at])
        return self._compiled[at]

    def _find(self, text: str) -> tuple[Span, ...]:
        """Spans of all matches in a folded text, in order, none inside another."""
        found: list[Span] = []
        if self.automaton is not None:
            found += [(a, b) for _, a, b in self.automaton.find_matches_as_indexes(text, overlapping=True)]
        for pattern in self._likely(text):
            found += [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
        return longest(found)

    def _likely(self, text: str) -> Iterable[Pattern]:
        """The patterns that may match; most texts hold none, and one search for all of them tells."""
        likely = range(len(self._written)) if self._sieve is None else self._sieve.Match(text.encode()) or ()
        return [self._pattern(at) for at in likely]

    @property
    def phrases(self) -> tuple[str, ...]:
        """The entries that are plain phrases."""
        return tuple(entry for entry in self.entries if not _is_pattern(entry))

    def seen(self, text: str) -> bool:
        """Does any entry occur in the folded text?"""
        return bool(self.find(text))


def _is_pattern(entry: str) -> bool:
    return len(entry) >= 2 and entry[0] == "/" and entry[-1] == "/"


def longest(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, without those that lie inside another."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s[0], -s[1])):
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return tuple(kept)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that share characters made one."""
    kept: list[Span] = []
    for span in sorted(spans):
        if kept and span[0] < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], span[1]))
        else:
            kept.append(span)
    return tuple(kept)


class Pattern(Protocol):
    """The part of a compiled pattern that checks use (offsets in code points)."""

    @property
    def pattern(self) -> str:
        """The source, as RE2 got it."""

    def finditer(self, text: str) -> Iterable[re.Match[str]]:
        """All non-overlapping matches, left to right."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first match, or None."""


def compile_pattern(source: str) -> Pattern:
    """Compile a user's pattern on RE2 (linear time; no look-around, no back-references), ignoring case and width.

    Raises LexiconError with a Chinese sentence if RE2 does not take it.
    """
    try:
        compiled: Pattern = re2.compile(narrowed(source), _options())
    except re2.error as error:
        message = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        reason = next((said for begin, said in _REFUSALS.items() if message.startswith(begin)), message)
        raise LexiconError(f"正则「{source}」无法使用：{reason}") from None
    return compiled


def narrowed(source: str) -> str:
    """A user's pattern as it must be to find in folded text what it says."""
    if _FOLDED_AWAY.isdisjoint(source):
        return source
    return _PIECE.sub(_narrow, source)


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options


#: Most characters of patterns that are sieved together: beyond, RE2's automaton might find no room for its states.
_MOST_SIEVED = 20_000
_SIEVE_MEMORY = 16 << 20
#: An escaped character, a character class, or a repetition with bounds.
_BOUNDS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+),\d*\}", re.DOTALL)


def _sieve(sources: Sequence[str]) -> re2.Set | None:
    """One search that names the patterns which may match; None for a single pattern or too many.

    It takes a repetition for an unbounded one: counting is what makes an automaton of many patterns large and slow.
    """
    if len(sources) < 2 or sum(map(len, sources)) > _MOST_SIEVED:
        return None
    options = _options()
    options.max_mem = _SIEVE_MEMORY
    sieve = re2.Set.SearchSet(options)
    try:
        for source in sources:
            sieve.Add(_BOUNDS.sub(_unbounded, source))
        sieve.Compile()
    except re2.error:
        return None
    return sieve


def _unbounded(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    return "*" if int(match[1]) == 0 else "+"


#: RE2's reasons as sentences.
_REFUSALS = {
    "invalid perl operator": "不支持前后环视，如 (?=…) (?<!…)",
    "invalid escape sequence": "有不认识的反斜杠写法，也不支持反向引用，如 \\1",
    "missing )": "缺少右括号 )",
    "unexpected )": "多了右括号 )",
    "missing ]": "缺少右方括号 ]",
    "no argument for repetition": "* + ? 前面没有内容",
    "bad repetition operator": "* + ? 不能连写",
    "invalid repetition size": "{ } 里的次数太大",
    "invalid character class range": "[ ] 里的范围写反了",
}
#: An escaped character, or one that is full-width or Han.
_PIECE = re.compile(r"\\.|[\u3000\u4e00-\u9fff\uff01-\uff5e]", re.DOTALL)


def _narrow(match: re.Match[str]) -> str:
    """What a pattern must say to find a full-width or traditional character in folded text."""
    wide = match.group(0)[-1]
    char = _FOLD.get(ord(wide), wide)
    if char == wide or wide.isascii():
        return match.group(0)
    return char if char.isalnum() or char in " _" else f"\\{char}"


class Tokenizer:
    """jieba with HMM off and a dictionary of its own: never jieba's global one, never its shared cache file.

    ``words`` are added whole. With the extra ``[fast]`` (rjieba) the same segmentation comes about 20 times faster.
    The dictionary (about 0.5 s, 350,000 words) is loaded at the first call of :meth:`tokens`.
    """

    def __init__(self, words: Iterable[str] = (), accelerate: bool = True) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._accelerate = accelerate
        self._cut: Cutter | None = None
        self.tokens = lru_cache(REMEMBERED)(self._tokens)

    def _tokens(self, text: str) -> tuple[str, ...]:
        """The words of a text, in order; joined they give the text again."""
        if self._cut is None:
            self._cut = _rust_cutter(self.words) if self._accelerate else None
            self._cut = self._cut or _jieba_cutter(self.words)
        return tuple(self._cut(text))

    def spans(self, text: str) -> tuple[Span, ...]:
        """The words of a text as spans."""
        spans, at = [], 0
        for token in self.tokens(text):
            spans.append((at, at + len(token)))
            at += len(token)
        return tuple(spans)


class Cutter(Protocol):
    """Cuts a text into words, without HMM."""

    def __call__(self, text: str) -> Iterable[str]: ...


def _rust_cutter(words: Sequence[str]) -> Cutter | None:
    """rjieba's cutter, or None if the extra is not installed."""
    try:
        import rjieba
    except ImportError:
        return None
    cutter = rjieba.Jieba()
    for word in words:
        cutter.add_word(word, cutter.suggest_freq(word), "")
    return lambda text: cutter.cut(text, False)


def _jieba_cutter(words: Sequence[str]) -> Cutter:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 imports pkg_resources and holds invalid escapes
        import jieba
    tokenizer = jieba.Tokenizer()
    # Not tokenizer.initialize(): that unmarshals a predictable file in the temp folder, which anyone could plant.
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    total = tokenizer.total
    for word in words:
        tokenizer.add_word(word)
        tokenizer.total = total  # rjieba keeps the total too: otherwise ties between two cuts could fall differently
    return lambda text: tokenizer.cut(text, HMM=False)
