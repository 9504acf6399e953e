"""Cleans a text for matching while remembering where every character came from.

Belongs here: the one normal form that all matching uses, and the way back to the caller's offsets. Never here: what the
text means. Most texts keep their length (one character becomes one character); only HTML, entities, zero-width
characters and decomposed accents need an offset table.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MAX_CHARS = 60_000  # an ad has 3,000; beyond this a text is cut, and the evidence says so

_SAME_LENGTH = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
        "\u2028": "\n", "\u2029": "\n", "\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n",
        **{chr(code): "\ufffd" for code in range(0xD800, 0xE000)},  # lone surrogates cannot be encoded
        **{chr(code): " " for code in [*range(0x00, 0x09), *range(0x0E, 0x20), 0x7F]},
    }
)  # fmt: skip
# Zero-width and direction marks: they would split a word, so they go.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,2000})?/?>")
_TOKEN = re.compile(f"{_TAG.pattern}|{_ENTITY.pattern}|{_INVISIBLE.pattern}")
_BLOCK_TAGS = frozenset([
    "p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section", "article",
    "header", "footer",
])  # fmt: skip
_COMBINING = range(0x300, 0x370)


@dataclass(frozen=True)
class Normal:
    """A text ready for matching. ``lower`` has the same length as ``text``; ``cut`` tells that the input was longer."""

    text: str
    lower: str
    cut: bool
    origin: tuple[int, ...] | None  # position in the input of each character; None = the same position

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the caller's text for a span of this one."""
        if self.origin is None:
            return start, end
        if not start < end <= len(self.origin):
            return (0, 0)
        return self.origin[start], self.origin[end - 1] + 1


NOTHING = Normal("", "", False, None)


def normalise(raw: str) -> Normal:
    """The normal form of a text: NFC, plain quotes and dashes, entities and tags resolved, at most MAX_CHARS long."""
    cut = len(raw) > MAX_CHARS
    text, special = _plain_signs(raw[:MAX_CHARS])
    origin: tuple[int, ...] | None = None
    if special or ("<" in text and _TAG.search(text)) or ("&" in text and _ENTITY.search(text)):
        text, origin = _with_table(text)
    return Normal(text, lowered(text), cut, origin)


def lowered(text: str) -> str:
    """The text in lower case, of the same length: the few capitals that grow when lowered (İ) stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def _plain_signs(text: str) -> tuple[str, bool]:
    """The text with plain quotes, dashes and blanks, and whether it holds characters that will need a table.

    ``str.translate`` with a dictionary takes ten times as long as these two ways.
    """
    try:
        latin = text.encode("latin-1")
    except UnicodeEncodeError:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        plain, special = _tables()
        near = np.minimum(points, len(plain) - 1)
        mapped = np.where(points < len(plain), plain[near], points)
        return mapped.astype("<u4").tobytes().decode("utf-32-le"), bool(special[near].any())
    return latin.translate(_LATIN).decode("latin-1"), b"\xad" in latin


_LATIN = "".join(map(chr, range(256))).translate(_SAME_LENGTH).encode("latin-1")


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """For each character of the basic plane: its plain form, and whether it goes or joins another."""
    characters = [chr(code) for code in range(0x10000)]
    plain = np.arange(0x10000, dtype=np.uint32)
    for code, sign in _SAME_LENGTH.items():
        plain[code] = ord(sign)
    special = np.zeros(0x10000, dtype=bool)
    special[_COMBINING] = True
    special[[ord(found) for found in _INVISIBLE.findall("".join(characters))]] = True
    return plain, special


def _with_table(text: str) -> tuple[str, tuple[int, ...] | None]:
    pieces: list[str] = []
    origin: list[int] = []

    def keep(piece: str, position: int, width: int) -> None:
        pieces.append(piece)
        if len(piece) == width:
            origin.extend(range(position, position + width))
        else:
            origin.extend(min(position + i, position + width - 1) for i in range(len(piece)))

    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() > position:
            keep(text[position : match.start()], position, match.start() - position)
        token = match.group()
        if token[0] == "<":
            keep("\n" if (match.group(2) or "").lower() in _BLOCK_TAGS else " ", match.start(), len(token))
        elif token[0] == "&":
            keep(html.unescape(token).translate(_SAME_LENGTH), match.start(), len(token))
        position = match.end()
    if position < len(text):
        keep(text[position:], position, len(text) - position)
    joined = "".join(pieces)
    if unicodedata.is_normalized("NFC", joined):
        return (joined, None) if joined == text else (joined, tuple(origin))
    return _compose(joined, origin)


def _compose(text: str, origin: list[int]) -> tuple[str, tuple[int, ...]]:
    # Compose cluster by cluster (a letter and the marks that follow it), so that each result knows its origin.
    pieces: list[str] = []
    table: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        # A letter carries a few marks in any language; hundreds are an attack, and composing them would be slow.
        composed = unicodedata.normalize("NFC", text[start : min(end, start + 8)])
        pieces.append(composed)
        table.extend([origin[start]] * len(composed))
        start = end
    return "".join(pieces), tuple(table)
