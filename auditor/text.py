"""Chinese text without rewriting it: 1:1 folding, squeezing with an offset map, phrase lexicons and the tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import ahocorasick_rs
import re2

Span = tuple[int, int]

#: Distinct texts remembered per lexicon or tokenizer: a day's canned phrases repeat, the rest need not be kept.
REMEMBERED = 8192

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LOWER = {ord(char): char.lower() for char in map(chr, range(0x41, 0x5B))}
#: Half a surrogate pair is no character: the search engines take none.
_HALVES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_FOLD = _FULL_WIDTH | _LOWER | {code: code - 0xFEE0 + 0x20 for code in range(0xFF21, 0xFF3B)} | _HALVES

#: Characters people put between or instead of others to slip past a word list.
_STAND_INS = str.maketrans(dict(zip("薇徽嶶溦伩➕➊扌", "微微微微信加1扣", strict=True)))
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f")
_FILLERS = frozenset(" \t\r\n.·•-_*~|/\\、，,+^&")
_A_NOT_A = re.compile(r"(.)[不没]\1")
_QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"]*\"|‘[^‘’]*’|【[^【】]*】")


#: Platform emoji: #E-s12 (JD, its number may be masked), [微笑] (not a masked [订单x]), /:^_^ (Taobao).
_CODES = re.compile(r"#[Ee]-[A-Za-z](?:\[[^\]]*\]|\d)*|\[[\u4e00-\u9fff]{1,4}\]|/:[\x21-\x7e]{1,4}")


def without_codes(text: str) -> str:
    """The text without platform emoji codes."""
    return _CODES.sub("", text)


def fold(text: str) -> str:
    """The text for matching: full-width ASCII made half-width, A-Z lower-cased, lone surrogates U+FFFD.

    Its length is the text's, so offsets stay true.
    """
    return text.translate(_FOLD)


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
    kept = [
        (index, char)
        for index, char in enumerate(fold(text).translate(_STAND_INS))
        if char not in _FILLERS and char not in _ZERO_WIDTH
    ]
    return Squeezed("".join(char for _, char in kept), tuple(index for index, _ in kept))


def a_not_a(text: str) -> tuple[Span, ...]:
    """Spans of A-不-A questions such as 能不能, 好不好, 有没有: they ask, they do not refuse."""
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
    text, so case and width do not matter. Longest match wins: a match inside another is dropped.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = tuple(dict.fromkeys(entries))
        phrases = [fold(entry) for entry in self.entries if not _is_pattern(entry)]
        empty = [entry for entry in self.entries if not entry.strip() or entry == "//"]
        if empty:
            raise LexiconError("词表里有空的词，会命中每一句话，请删除")
        self._automaton = ahocorasick_rs.AhoCorasick(phrases) if phrases else None
        self._patterns = tuple(compile_pattern(entry[1:-1]) for entry in self.entries if _is_pattern(entry))
        self._gate = _any_of(self._patterns)
        self.find = lru_cache(REMEMBERED)(self._find)

    def _find(self, text: str) -> tuple[Span, ...]:
        """Spans of all matches in a folded text, in order, none inside another."""
        found: list[Span] = []
        if self._automaton is not None:
            found += [(a, b) for _, a, b in self._automaton.find_matches_as_indexes(text, overlapping=True)]
        # Most texts hold none of the patterns: one search for all of them tells, and spares a search for each.
        for pattern in self._patterns if self._gate is None or self._gate.search(text) else ():
            found += [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
        return longest(found)

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
        compiled: Pattern = re2.compile(_PIECE.sub(_narrow, source), _options())
    except re2.error as error:
        message = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        reason = next((said for begin, said in _REFUSALS.items() if message.startswith(begin)), message)
        raise LexiconError(f"正则「{source}」无法使用：{reason}") from None
    return compiled


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options


def _any_of(patterns: Sequence[Pattern]) -> Pattern | None:
    """One pattern that matches where any of several does; None for a single one or if RE2 finds them too large."""
    if len(patterns) < 2:
        return None
    options = _options()
    options.never_capture = True
    options.max_mem = 64 << 20
    try:
        return re2.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns), options)  # type: ignore[no-any-return]
    except re2.error:
        return None


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
#: An escaped character, or one that is full-width.
_PIECE = re.compile(r"\\.|[\uff01-\uff5e\u3000]", re.DOTALL)


def _narrow(match: re.Match[str]) -> str:
    """What a pattern must say to find a full-width character in folded text, where it is half-width."""
    wide = match.group(0)[-1]
    char = fold(wide)
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
