"""One pass over a text for thousands of phrases (Aho–Corasick), with word boundaries checked on the hit only.

Belongs here: the automaton and nothing else. Never here: what a hit means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import ahocorasick_rs

T = TypeVar("T")


class Scanner(Generic[T]):
    """Finds phrases of lower-cased text as whole words. ``phrases`` maps a lower-case phrase to what it stands for.

    A phrase that ends in ``*`` matches any ending; the span then ends where the written part ends.
    """

    def __init__(self, phrases: dict[str, T]) -> None:
        self._payloads = list(phrases.values())
        self._open = [phrase.endswith("*") for phrase in phrases]
        self._automaton = ahocorasick_rs.AhoCorasick([p.removesuffix("*") for p in phrases], store_patterns=False)

    def __call__(self, lower: str) -> Iterator[tuple[T, int, int]]:
        """(payload, start, end) of each occurrence, overlapping ones too, in the order they end."""
        size = len(lower)
        for index, start, end in self._automaton.find_matches_as_indexes(lower, overlapping=True):
            if start and _is_word(lower[start - 1]) and _is_word(lower[start]):
                continue
            if not self._open[index] and end < size and _is_word(lower[end]) and _is_word(lower[end - 1]):
                continue
            yield self._payloads[index], start, end


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
