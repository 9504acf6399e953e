"""One pass over a text for thousands of phrases (Aho-Corasick), as whole words.

Belongs here: the automaton and the form of a text that it reads. Never here: what a hit means.

The automaton reads a *folded* text: one byte a character, letters and digits in lower case, every other sign a blank.
Phrases are folded alike and carry blanks at their ends, so that parts of words are no hits at all; a phrase with a sign
within ("e-mail", "c++") is compared with the text once it is hit. One byte a character also means that offsets need no
conversion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

import ahocorasick_rs
import numpy as np

T = TypeVar("T")

_BLANK, _OTHER = 0x20, 0x80
# Letters beyond Latin-1 that our languages use get the places of control characters; all others share one place.
_LETTERS = {"œ": 0x9C, "š": 0x9A, "ž": 0x9E, "ÿ": 0xFF}
_LAST_LETTER = 0x32000  # beyond this Unicode has no script of a living language


def fold(text: str) -> bytes:
    """The text as the automaton reads it, as many bytes as it has characters."""
    try:
        return text.encode("latin-1").translate(_latin_table())
    except UnicodeEncodeError:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        folded: bytes = _table()[np.minimum(points, _LAST_LETTER)].tobytes()
        return folded


class Scanner(Generic[T]):
    """Finds phrases of lower-cased text as whole words. ``phrases`` maps a lower-case phrase to what it stands for.

    A phrase that ends in ``*`` matches any ending; the span then ends where the written part ends. A border is asked
    for only beside a letter or digit: "c++" may stand before anything.
    """

    def __init__(self, phrases: Mapping[str, T]) -> None:
        self._tables = Tables(phrases)

    def __call__(self, lower: str) -> Iterator[tuple[T, int, int]]:
        """(payload, start, end) of each occurrence, overlapping ones too, in the order they end."""
        return iter(self._tables(lower, fold(lower))[0])


class Tables:
    """Several tables of phrases in one automaton, so that a text is passed over once for all of them."""

    def __init__(self, *tables: Mapping[str, Any]) -> None:
        patterns: dict[bytes, list[_Entry]] = {}
        for number, phrases in enumerate(tables):
            for phrase, payload in phrases.items():
                pattern, entry = _compiled(phrase, payload, number)
                patterns.setdefault(pattern, []).append(entry)
        self._size = len(tables)
        self._entries = list(patterns.values())
        self._automaton = ahocorasick_rs.BytesAhoCorasick(list(patterns))

    def __call__(self, text: str, folded: bytes) -> list[list[tuple[Any, int, int]]]:
        """The hits of each table in a text of any case, as of a ``Scanner``. ``folded`` is ``fold(text)``."""
        found: list[list[tuple[Any, int, int]]] = [[] for _ in range(self._size)]
        entries = self._entries
        for index, start, end in self._automaton.find_matches_as_indexes(b" %b " % folded, overlapping=True):
            for number, payload, exact, left, right in entries[index]:
                begin, finish = start + left, end + right
                if exact is None or text[begin:finish].lower() == exact:
                    found[number].append((payload, begin, finish))
        return found


# Number of the table, payload, the phrase where the text must be compared, what to add to the hit's start and end.
_Entry = tuple[int, Any, str | None, int, int]


def _compiled(phrase: str, payload: Any, number: int) -> tuple[bytes, _Entry]:
    written = phrase.removesuffix("*")
    left, right = _is_word(written[0]), _is_word(written[-1]) and written == phrase
    body = fold(written)
    exact = written if _BLANK in body or _OTHER in body else None
    # The text is passed over with a blank before it, so positions are one more than in the text.
    return b" " * left + body + b" " * right, (number, payload, exact, 0 if left else -1, -2 if right else -1)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _folded(character: str) -> int:
    lower = character.lower()
    if not _is_word(character):
        return _BLANK
    if len(lower) != 1:
        return _OTHER
    return ord(lower) if lower < "\x80" or "\xa0" <= lower <= "\xff" else _LETTERS.get(lower, _OTHER)


@lru_cache(maxsize=1)
def _latin_table() -> bytes:
    return bytes(_folded(chr(point)) for point in range(256))


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    table = np.full(_LAST_LETTER + 1, _BLANK, dtype=np.uint8)
    words = np.fromiter(map(str.isalnum, map(chr, range(_LAST_LETTER))), dtype=bool, count=_LAST_LETTER)
    table[:-1][words] = _OTHER
    table[:0x250] = [_folded(chr(point)) for point in range(0x250)]
    return table
