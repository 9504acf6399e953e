"""Ads of one employer that say in two languages what one opening is: flagged, never folded.

Belongs here: what two texts in different languages share. Never here: duplicates within a language (duplicates.py).
Conservative: employer, town and weeks must be equal, the titles must be of one occupation, and the texts must share
the figures, codes and names of tools that are in no other ad of that employer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, NamedTuple

import pandas as pd

from models.duplicate_text import duplicate_data, place_words, title_words, town
from models.entities import employer_key
from models.language import detect
from models.names import fold
from models.normalise import MAX_CHARS
from models.occupation import load_occupations

_MOST = 40  # earlier ads of one employer and town that an ad is compared with
_HEAD = 600  # characters that tell the language of a text
_LINES = 0.6


class _Ad(NamedTuple):
    """One cluster, by its first posting."""

    cluster: str
    title: str
    text: str
    place: str
    lang: str
    first_seen_on: Any  # a day, or NaT


def translations(ads: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Which cluster says in another language what an earlier one says, and what tells it.

    ``ads`` has one row a cluster: ``cluster``, ``employer``, ``title``, ``text``, ``place``, ``lang`` (may be empty),
    ``first_seen_on`` (may be NaT).
    """
    groups: dict[tuple[str, frozenset[str]], list[_Ad]] = defaultdict(list)
    columns = [ads[name] for name in ("employer", *_Ad._fields)]
    for employer, *told in zip(*columns, strict=True):
        if employer:
            ad = _Ad(*told)
            groups[employer_key(employer), town(ad.place)].append(ad)
    found: dict[str, tuple[str, str]] = {}
    for members in groups.values():
        if len(members) > 1:
            found |= _within(sorted(members, key=lambda ad: (ad.first_seen_on is not pd.NaT, *_day(ad), ad.cluster)))
    return found


def _day(ad: _Ad) -> tuple[Any, ...]:
    return () if ad.first_seen_on is pd.NaT else (ad.first_seen_on,)


def _within(ads: list[_Ad]) -> dict[str, tuple[str, str]]:
    """Translations among the ads of one employer and town, in order of time."""
    read = [_marks(ad) for ad in ads]
    shared = Counter(mark for marks in read for mark in marks)
    # What most ads of an employer print (its address, its own name) tells no two of them.
    common = {mark for mark, times in shared.items() if len(read) > 3 and times > max(2, len(read) / 3)}
    read = [marks - common for marks in read]
    data, found = duplicate_data(), dict[str, tuple[str, str]]()
    for later, other in enumerate(ads):
        for earlier in range(max(0, later - _MOST), later):
            one = ads[earlier]
            both = read[earlier] & read[later]
            if len(both) < max(data.translation_marks, data.translation_share * len(read[earlier] | read[later])):
                continue
            gap = other.first_seen_on - one.first_seen_on
            if gap is not pd.NaT and gap > pd.Timedelta(days=data.translation_days):
                continue
            languages = _language(one), _language(other)
            if languages[0] == languages[1] or one.cluster in found:
                continue
            if _one_occupation(one.title, other.title) and _as_long(one.text, other.text):
                found[other.cluster] = (one.cluster, f"{languages[1]} of {languages[0]}: {_some(both)}")
                break
    return found


def _language(ad: _Ad) -> str:
    return ad.lang or detect(ad.text[:_HEAD].lower(), ad.title)[0]


def _marks(ad: _Ad) -> set[str]:
    """Figures, and words that no language translates: with a figure, or with a capital that is not the first letter."""
    local = place_words(ad.place)
    odd = [
        word for word in ad.text[:MAX_CHARS].split() if not word.islower() and not (word.istitle() and word.isalpha())
    ]
    bare = {word.strip(".,;:!?()[]\"'«»„“”’-–•*/ ") for word in odd}
    return {word for word in bare if _is_mark(word) and fold(word) not in local}


def _is_mark(word: str) -> bool:
    return any(c.isdigit() for c in word) or (len(word) > 1 and word[1:] != word[1:].lower())


def _some(marks: set[str]) -> str:
    return ", ".join(sorted(marks)[:6])


def _as_long(one: str, other: str) -> bool:
    lines = [sum(1 for line in text[:MAX_CHARS].split("\n") if line.strip()) for text in (one, other)]
    return min(lines) >= _LINES * max(lines) and min(len(one), len(other)) >= 0.5 * max(len(one), len(other))


def _one_occupation(one: str, other: str) -> bool:
    """Whether two titles can name one job: a word in common, or one major group of occupations."""
    if set(title_words(one)) & set(title_words(other)):
        return True
    groups = [load_occupations().read(title) for title in (one, other)]
    return groups[0] is not None and groups[0] == groups[1]
