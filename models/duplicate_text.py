"""What of an ad is compared with other ads: the key of its title, its place, and its text as sets of hashed word triples.

Belongs here: titles and texts in the form in which two of them can be equal. Never here: which ads are duplicates
(duplicates.py), the lists of words (duplicates.yaml). A text is read once, in linear time, into numbers; the same words
give the same numbers in every process.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, ConfigDict

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
    return DuplicateData(**yaml.safe_load((Path(__file__).parent / "duplicates.yaml").read_text(encoding="utf-8")))


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
    words = [word for word in re.findall(r"[^\W_]+(?:&[^\W_]+|\+\+|#)?", text) if not (word.isdigit() and len(word) > 1)]
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
    """Texts as numbers. Text ``t`` has the sentences ``sentence[text_start[t]:text_start[t + 1]]``; sentence ``s`` has
    the items ``item[sentence_start[s]:sentence_start[s + 1]]``: hashes of word triples, or of all its words if fewer."""

    sentence: Numbers
    text_start: Numbers
    item: Hashes
    sentence_start: Numbers

    def items(self, sentences: Numbers) -> Hashes:
        """The items of the given sentences, one after the other."""
        starts = self.sentence_start[sentences]
        return self.item[ranges(starts, self.sentence_start[sentences + 1] - starts)]

    def sizes(self) -> Numbers:
        """How many items each text has."""
        owner = np.repeat(np.arange(len(self.text_start) - 1), np.diff(self.text_start))
        lengths = np.diff(self.sentence_start)[self.sentence]
        return np.bincount(owner, weights=lengths, minlength=len(self.text_start) - 1).astype(np.int64)


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """All numbers of the ranges that begin at ``starts`` and are ``lengths`` long, one range after the other."""
    before = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(lengths) else lengths
    return np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(starts - before, lengths).astype(np.int64)


class _Words(dict[bytes, int]):
    """Numbers words in the order in which they come."""

    def __missing__(self, word: bytes) -> int:
        number = self[word] = len(self)
        return number

    def hashes(self) -> Hashes:
        """A hash of 64 bits for each word, the same in every process."""
        joined = b"".join(hashlib.blake2b(word, digest_size=8).digest() for word in self)
        return np.frombuffer(joined, dtype="<u8").astype(np.uint64)


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


def sentences_of(text: str) -> list[bytes]:
    """The sentences and lines of a text: small letters without accents, blanks, nothing else."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("œ", "oe")
    raw = text.encode("latin-1", "replace")
    if raw.count(b"?") * 8 > len(raw):  # another script: slower, and rare
        plain = re.sub(r"[^\w\n]+|[\d_]+", " ", fold(text)).encode("utf-8", "replace")
    else:
        plain = raw.translate(_BYTES, _FIGURES).replace(b". ", b"\n").replace(b".", b" ")
    return plain.split(b"\n")


def says_enough(text: str) -> bool:
    """Whether a text has enough words to be compared by them."""
    least = 2 * duplicate_data().least_items
    return len(text) > 50 * least or sum(len(line.split()) for line in sentences_of(text)) >= least


def read_texts(texts: Iterable[str], places: Iterable[str] = ()) -> Texts:
    """Texts as numbers; words of ``places`` and of known places are left out, so that clones for two towns are equal."""
    data = duplicate_data()
    number: dict[bytes, int] = {}
    vocabulary = _Words()
    words = array("I")
    word_start = [0]
    sentence: list[int] = []
    text_start = [0]
    for text in texts:
        for line in sentences_of(text):
            known = number.get(line)
            if known is None:
                known = number[line] = len(number)
                words.extend(map(vocabulary.__getitem__, line.split()))
                word_start.append(len(words))
            sentence.append(known)
        text_start.append(len(sentence))
    local = {word.encode() for word in data.places.union(*map(place_words, set(places))) if len(word) >= 4}
    # Single letters are what marks of gender and elisions leave.
    counts = np.array([len(word) > 1 and word not in local for word in vocabulary], dtype=bool)
    numbers = np.frombuffer(words, dtype=np.uint32) if words else np.zeros(0, dtype=np.uint32)
    kept = counts[numbers]
    owner = np.repeat(np.arange(len(number)), np.diff(np.array(word_start, dtype=np.int64)))[kept]
    item, sentence_start = _items(vocabulary.hashes()[numbers[kept]], owner, len(number), data.shingle_words)
    return Texts(np.array(sentence, dtype=np.int64), np.array(text_start, dtype=np.int64), item, sentence_start)


def _items(words: Hashes, owner: Numbers, sentences: int, width: int) -> tuple[Hashes, Numbers]:
    """Items of all sentences and where each sentence starts: ``width`` words in a row are one item."""
    sizes = np.bincount(owner, minlength=sentences)
    first = np.concatenate(([0], np.cumsum(sizes)))
    position = np.arange(len(words)) - first[owner]
    mixed = np.zeros(len(words), dtype=np.uint64)
    starts = np.ones(len(words), dtype=bool)
    for step in range(width):
        # A row ends with its sentence: a sentence of fewer words is one item of all of them.
        inside = position + step < sizes[owner]
        ahead = np.minimum(np.arange(len(words)) + step, max(len(words) - 1, 0))
        mixed = _mix(mixed, np.where(inside, words[ahead], np.uint64(0)))
        starts &= inside | (position == 0)
    return mixed[starts], np.concatenate(([0], np.cumsum(np.bincount(owner[starts], minlength=sentences))))


def _mix(a: Any, b: Any) -> Any:
    """One number of two, in which their order counts (a multiplier of SplitMix64; overflow is meant)."""
    mixed = (a + b) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(29))
