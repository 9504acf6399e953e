"""Trained text categorisers at work: a text in, a score for each label out.

Belongs here: reading an artefact of ``models/trained/`` and applying it. Never here: training (``models/training``),
what a score decides. A categoriser is spaCy's ``TextCatBOW`` (a linear model over hashed words and pairs of words);
its layers are called on the words' hashes, without a ``Doc``: the same numbers as ``nlp(text).cats`` at a tenth of the
time, and no vocabulary grows over a million texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict
from spacy.strings import get_string_id
from thinc.api import Model, NumpyOps, SparseLinear_v2

TRAINED = Path(__file__).parent / "trained"
MASK = "aiterm"  # stands for a mention of AI where a categoriser shall read the context only
MAX_WORDS = 2_000  # a longer text is read up to there

_KNOWN_WORDS = 20_000  # at least MAX_WORDS
_WORD = re.compile(r"[^\W_]+")
_OPS = NumpyOps()


class Meta(BaseModel):
    """The content of an artefact's meta.json: what decides, and what it was trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    labels: tuple[str, ...]
    exclusive: bool
    ngrams: int
    length: int
    stem: int
    masked: bool
    corpus_sha256: str
    texts: dict[str, int]
    dev: dict[str, dict[str, float]]


class Textcat:
    """One categoriser. ``meta.exclusive``: the scores of a text sum to 1; else each is a probability of its own."""

    def __init__(self, meta: Meta, weights: np.ndarray, bias: np.ndarray) -> None:
        """``weights``: float32, ``length`` x labels; ``bias``: float32, one a label."""
        self.meta = meta
        self.labels = meta.labels
        linear: Model = SparseLinear_v2(nO=len(meta.labels), length=meta.length)
        linear.set_param("W", _OPS.asarray1f(weights.T.reshape(-1)))  # label by label
        linear.set_param("b", _OPS.asarray1f(bias))
        self._linear = linear
        self._bias = bias.astype("float32")
        self._rows: dict[str, int] = {}
        self._table = np.zeros((_KNOWN_WORDS, len(meta.labels)), dtype="float32")

    def scores(self, text: str) -> dict[str, float]:
        """The score of each label, 0..1. A text without a word scores 0 for all, as spaCy has it."""
        return self.scores_of([text])[0]

    def scores_of(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """The scores of several texts at once: half the time a text."""
        if not texts:
            return []
        keys, values, lengths = zip(*(self._features(text) for text in texts), strict=True)
        raw = self._linear.predict(
            (np.concatenate(keys), np.concatenate(values), np.asarray(lengths, dtype="int32"))
        ).astype("float64")
        if self.meta.exclusive:
            raw = np.exp(raw - raw.max(axis=1, keepdims=True))
            raw /= raw.sum(axis=1, keepdims=True)
        else:
            raw = 1.0 / (1.0 + np.exp(-np.clip(raw, -30.0, 30.0)))
        raw[np.asarray(lengths) == 0] = 0.0
        return [dict(zip(self.labels, row, strict=True)) for row in raw.tolist()]

    def quick_scores(self, text: str) -> dict[str, float]:
        """The same numbers as ``scores`` for an exclusive categoriser without pairs of words, ten times as fast.

        A linear model over single words is a sum over words: what each of them adds is worked out once and kept, for
        the words of the last texts (``_KNOWN_WORDS`` of them).
        """
        if self.meta.ngrams != 1 or not self.meta.exclusive:
            raise ValueError(f"{self.meta.name} is no exclusive model of single words")
        found = words(text, self.meta.stem)
        if not found:
            return dict.fromkeys(self.labels, 0.0)
        rows = self._rows
        try:
            at = [rows[word] for word in found]
        except KeyError:
            at = self._learn(found)
        raw = self._table[at].sum(axis=0, dtype="float64") + self._bias
        raw = np.exp(raw - raw.max())
        return dict(zip(self.labels, (raw / raw.sum()).tolist(), strict=True))

    def _learn(self, found: list[str]) -> list[int]:
        """Adds what the unknown words of a text count to the table; returns the rows of all its words."""
        new = [word for word in dict.fromkeys(found) if word not in self._rows]
        if len(self._rows) + len(new) > len(self._table):
            self._rows.clear()
            new = list(dict.fromkeys(found))
        keys = np.fromiter((_word_id(word) for word in new), dtype="uint64")
        ones = np.ones(len(new), dtype="float32")
        start = len(self._rows)
        raw = self._linear.predict((keys, ones, np.ones(len(new), dtype="int32")))
        self._table[start : start + len(new)] = raw - self._bias
        self._rows.update(zip(new, range(start, start + len(new)), strict=True))
        return [self._rows[word] for word in found]

    def _features(self, text: str) -> tuple[np.ndarray, np.ndarray, int]:
        ids = np.fromiter((_word_id(word) for word in words(text, self.meta.stem)), dtype="uint64")
        if not len(ids):
            return ids, np.zeros(0, dtype="float32"), 0
        grams = [ids] + [_OPS.ngrams(n, ids) for n in range(2, self.meta.ngrams + 1)]
        keys, counts = np.unique(np.concatenate(grams), return_counts=True)
        return keys, counts.astype("float32"), len(keys)


def words(text: str, stem: int = 0) -> list[str]:
    """The words of a text as categorisers read them: lower case, no punctuation, at most MAX_WORDS.

    ``stem`` above 0 keeps that many first letters of a word: crude, but the same in all languages, and with few
    hundred texts a language inflected forms would else be strangers to each other.
    """
    found = _WORD.findall(text.lower()[: MAX_WORDS * 20])[:MAX_WORDS]
    return [word[:stem] for word in found] if stem else found


@lru_cache(maxsize=65_536)
def _word_id(word: str) -> int:
    return int(get_string_id(word))


@lru_cache(maxsize=8)
def load_textcat(name: str) -> Textcat:
    """The categoriser of that name, read once a process. Raises FileNotFoundError for one that was never trained."""
    return read_textcat(TRAINED / name)


def read_textcat(directory: Path) -> Textcat:
    """A categoriser from the directory it was packaged to."""
    meta = Meta(**json.loads((directory / "meta.json").read_text(encoding="utf-8")))
    with np.load(directory / "weights.npz", allow_pickle=False) as stored:
        weights = np.zeros((meta.length, len(meta.labels)), dtype="float32")
        weights[stored["rows"]] = stored["weights"]
        return Textcat(meta, weights, stored["bias"])


def write_textcat(directory: Path, meta: Meta, weights: np.ndarray, bias: np.ndarray) -> None:
    """Packages a categoriser: half precision, buckets that no word fills left out. Same input, same bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    rows = np.flatnonzero(np.abs(weights).max(axis=1) >= 1e-3)
    np.savez_compressed(
        directory / "weights.npz",
        rows=rows.astype("uint32"),
        weights=weights[rows].astype("float16"),
        bias=bias.astype("float32"),
    )
    text = json.dumps(meta.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (directory / "meta.json").write_text(text + "\n", encoding="utf-8", newline="\n")
