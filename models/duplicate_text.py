"""What of an ad is compared with other ads: the key of its title, its place, its text as sets of hashed word triples.

Belongs here: titles and texts in the form in which two of them can be equal. Never here: which ads are duplicates
(duplicates.py), the lists of words (duplicates.yaml). A text is read once, in linear time, into numbers; the same words
give the same numbers in every process.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.names import fold
from models.normalise import MAX_CHARS

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
TITLE_CHARS = 300


class DuplicateData(BaseModel):
    """The content of duplicates.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gender_letters: str
    gender_phrases: tuple[str, ...]
    gender_added: tuple[str, ...]
    gender_endings: tuple[tuple[str, str], ...]
    title_noise: frozenset[str]
    reference_words: tuple[str, ...]
    places: frozenset[str]
    status_letters: str
    shingle_words: int
    same_text: float
    cut_text: float
    cut_words: int
    least_items: int
    boilerplate_titles: int
    boilerplate_share: float
    boilerplate_employers: int
    repost_days: int
    translation_days: int
    translation_marks: int
    translation_share: float


@lru_cache(maxsize=1)
def duplicate_data() -> DuplicateData:
    """The lists and measures of this version, read once a process."""
    return DuplicateData(**read_yaml("duplicates.yaml"))


@dataclass(frozen=True)
class _TitleRules:
    inner_capital: re.Pattern[str]
    mark: re.Pattern[str]
    added: re.Pattern[str]
    reference: re.Pattern[str]
    hours: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _TitleRules:
    data = duplicate_data()
    letter = rf"(?:[{data.gender_letters}]|div|gn)"
    phrases = "|".join(sorted(map(re.escape, data.gender_phrases), key=len, reverse=True))
    words = "|".join(map(re.escape, data.reference_words))
    added = "|".join(data.gender_added)
    return _TitleRules(
        inner_capital=re.compile(r"(?<=[a-zäöüß])In(?:nen)?\b"),
        mark=re.compile(
            rf"[(\[]?(?<!\w){letter}(?:\s?[/|*·,\-]\s?{letter}){{1,4}}(?!\w)\.?[)\]]?|[(\[]?(?<!\w)(?:{phrases})(?!\w)[)\]]?"
        ),
        added=re.compile(rf"(?<=[a-z]{{3}})(?:\(-?|\s?[/:*·_•.]\s?-?)(?:{added})\b\)?"),
        reference=re.compile(
            rf"(?<!\w)(?:{words})\b[ .:#°]{{0,3}}[a-z]{{0,5}}[-_/ ]?\d[\w/-]*|#?\b[a-z]{{0,5}}[-_]?\d{{4,}}[\w/-]*"
        ),
        hours=re.compile(r"\b\d{1,3}(?:[.,]\d)?\s?(?:%|h\b|heures?\b|hours?\b|stunden\b|etp\b|fte\b)(?:\s?/\s?\w+)?"),
    )


def title_words(title: str, place: str = "") -> tuple[str, ...]:
    """The words of a title that tell the work, in order: without marks of gender, references, hours and places.

    Forms for women and men become one ("Éducatrice", "Éducateur/trice"); ranks and specialities stay.
    """
    data, rules = duplicate_data(), _rules()
    text = fold(rules.inner_capital.sub("", title[:TITLE_CHARS]))
    for pattern in (rules.mark, rules.reference, rules.hours, rules.added):
        text = pattern.sub(" ", text)
    words = [
        word for word in re.findall(r"[^\W_]+(?:&[^\W_]+|\+\+|#)?", text) if not (word.isdigit() and len(word) > 1)
    ]
    local = place_words(place)
    told = [w for w in words if w not in data.title_noise and w not in data.places and w not in local]
    return tuple(dict.fromkeys(_either_form(word) for word in told or words))


def title_key(title: str, place: str = "") -> str:
    """``title_words`` in one order: ads of one job have equal keys."""
    return " ".join(sorted(title_words(title, place)))


def _either_form(word: str) -> str:
    if len(word) >= 6 or word in ("frau", "mann"):
        for ending, common in duplicate_data().gender_endings:
            if word.endswith(ending):
                return word[: -len(ending)] + common
    return word


@lru_cache(maxsize=50_000)
def place_words(place: str) -> frozenset[str]:
    """The words of a place of work, without those that every place of the country has."""
    return frozenset(re.findall(r"[^\W\d_]{3,}", fold(place[:TITLE_CHARS])))


@lru_cache(maxsize=50_000)
def town(place: str) -> frozenset[str]:
    """What tells one place of work from another: the words before the first comma or bracket, postcodes left out."""
    head = re.split(r"[,;(/|]", place[:TITLE_CHARS], maxsplit=1)[0]
    return place_words(head) - {"ville", "city", "stad", "remote", "hybrid"} or place_words(place)


@dataclass(frozen=True)
class Texts:
    """Texts as numbers. Text ``t`` has the sentences ``text_start[t]`` to ``text_start[t + 1]``; sentence ``s`` has the
    items ``item[sentence_start[s]:sentence_start[s + 1]]``: hashes of word triples, or of all its words if fewer. Equal
    sentences have equal ``key``."""

    text_start: Numbers
    key: Hashes
    sentence_start: Numbers
    item: Hashes

    def items(self, sentences: Numbers) -> Hashes:
        """The items of the given sentences, one after the other."""
        starts = self.sentence_start[sentences]
        return self.item[ranges(starts, self.sentence_start[sentences + 1] - starts)]

    def sizes(self) -> Numbers:
        """How many items each text has."""
        return np.diff(self.sentence_start[self.text_start])


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """All numbers of the ranges that begin at ``starts`` and are ``lengths`` long, one range after the other."""
    before = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(lengths) else lengths
    return np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths).astype(np.int64)


def _byte_table() -> bytes:
    table = bytearray(b" " * 256)
    for code in range(256):
        letter = fold(chr(code))
        if len(letter) >= 1 and letter[0].isascii() and letter[0].isalpha():
            table[code] = ord(letter[0])
    for code in b"\n\r\x0b\x0c":
        table[code] = ord("\n")
    table[ord(".")] = ord(".")
    return bytes(table)


_BYTES, _FIGURES = _byte_table(), b"0123456789"
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
_CHUNK = 1 << 20  # bytes of text that are hashed at once


def _plain_bytes(text: str) -> bytes:
    """A text as small letters without accents, blanks, dots and line ends; nothing else, and no figures."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("œ", "oe")
    raw = text.encode("latin-1", "replace")
    if raw.count(b"?") * 8 > len(raw):  # another script: slower, and rare
        return re.sub(r"[^\w\n]+|[\d_]+", " ", fold(text)).encode("utf-8", "replace")
    return raw.translate(_BYTES, _FIGURES)


def says_enough(text: str) -> bool:
    """Whether a text has enough words to be compared by them."""
    least = 2 * duplicate_data().least_items
    return len(text) > 50 * least or len(_plain_bytes(text).split()) >= least


def read_texts(texts: Iterable[str], places: Iterable[str] = ()) -> Texts:
    """Texts as numbers. Words of ``places`` and of known places are left out: clones for two towns are equal."""
    local = sorted(word for word in duplicate_data().places.union(*map(place_words, set(places))) if len(word) >= 4)
    left_out = _words([" ".join(local).encode()])[0]
    parts: list[Texts] = []
    chunk: list[bytes] = []
    size = 0
    for text in texts:
        plain = _plain_bytes(text)
        if chunk and size + len(plain) > _CHUNK:
            parts.append(_texts(chunk, left_out))
            chunk, size = [], 0
        chunk.append(plain)
        size += len(plain) + 1
    parts.append(_texts(chunk, left_out))
    return Texts(
        _ends([np.diff(part.text_start) for part in parts]),
        np.concatenate([part.key for part in parts]),
        _ends([np.diff(part.sentence_start) for part in parts]),
        np.concatenate([part.item for part in parts]),
    )


def _ends(lengths: list[Numbers]) -> Numbers:
    """Where each of many parts begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(np.concatenate(lengths)))).astype(np.int64)


def _texts(plain: list[bytes], left_out: Hashes) -> Texts:
    words, line, owner = _words(plain)
    kept = ~_among(words, left_out)
    words, line, owner = words[kept], line[kept], owner[kept]
    sentence = np.cumsum(np.diff(line, prepend=line[:1]) > 0, dtype=np.int64)  # numbered without gaps
    sizes = np.bincount(sentence) if len(words) else np.zeros(0, dtype=np.int64)
    first = np.concatenate(([0], np.cumsum(sizes)))
    position = np.arange(len(words)) - first[sentence]
    item, sentence_start = _items(words, sentence, position, sizes, duplicate_data().shingle_words)
    # The key of a sentence: its words with their positions, summed.
    summed = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(_mix(words, position.astype(np.uint64)))))
    of_text = np.bincount(owner[first[:-1]], minlength=len(plain))
    return Texts(_ends([of_text]), np.diff(summed[first]), sentence_start, item)


def _items(words: Hashes, sentence: Numbers, position: Numbers, sizes: Numbers, width: int) -> tuple[Hashes, Numbers]:
    """Items of all sentences and where each sentence starts: ``width`` words in a row are one item."""
    mixed = np.zeros(len(words), dtype=np.uint64)
    starts = np.ones(len(words), dtype=bool)
    left = sizes[sentence] - position
    for step in range(width):
        # A row ends with its sentence: a sentence of fewer words is one item of all of them.
        inside = left > step
        ahead = np.concatenate((words[step:], np.zeros(min(step, len(words)), dtype=np.uint64)))
        mixed = _mix(mixed, np.where(inside, ahead, np.uint64(0)))
        starts &= inside | (position == 0)
    return mixed[starts], np.concatenate(([0], np.cumsum(np.bincount(sentence[starts], minlength=len(sizes)))))


def _words(plain: list[bytes]) -> tuple[Hashes, Numbers, Numbers]:
    """(hash, number of its sentence, number of its text) of each word of two letters and more.

    The hash of a word is that of its letters as digits of a number to an odd base, modulo 2**64: the difference of two
    sums over all letters, divided by the power at which the word begins. So all words are hashed by whole arrays.
    """
    data = np.frombuffer(b"\0".join(plain), dtype=np.uint8)
    letter = data > ord(".")
    edges = np.flatnonzero(np.diff(letter, prepend=False, append=False))
    start, end = edges[::2], edges[1::2]
    power, inverse = _powers(len(data))
    summed = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(data * power)))
    hashes = _mix((summed[end] - summed[start]) * inverse[start], (end - start).astype(np.uint64))
    closed = (data == 0) | (data == ord("\n")) | ((data == ord(".")) & ~np.append(letter[1:], False))
    sentence, text = np.cumsum(closed)[start], np.cumsum(data == 0)[start]
    long = end - start > 1  # single letters are what marks of gender and elisions leave
    return hashes[long], sentence[long], text[long]


@lru_cache(maxsize=1)
def _powers_of(size: int) -> tuple[Hashes, Hashes]:
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    power, inverse = (
        np.multiply.accumulate(np.concatenate(([np.uint64(1)], np.full(size, base, dtype=np.uint64)))) for base in bases
    )
    return power, inverse


def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The powers of the base from 0 on, and their inverses."""
    power, inverse = _powers_of(max(size, _CHUNK + 4 * MAX_CHARS))
    return power[:size], inverse[:size]


def _among(words: Hashes, few: Hashes) -> npt.NDArray[np.bool_]:
    """Which words are among a few: most are not, and their last bits tell."""
    bits = np.uint64(0xFFFF)
    table = np.zeros(1 << 16, dtype=bool)
    table[few & bits] = True
    found = table[words & bits]
    found[found] = np.isin(words[found], few)
    return found


def _mix(a: Any, b: Any) -> Any:
    """One number of two, in which their order counts (a multiplier of SplitMix64; overflow is meant)."""
    mixed = (a + b) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(29))
