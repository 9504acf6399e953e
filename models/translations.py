"""Ads of one employer that say in two languages what one opening is: flagged, never folded.

Belongs here: what two texts in different languages share. Never here: duplicates within a language (duplicates.py).
Conservative: employer, town and weeks must be equal, the titles must be of one occupation, and the texts must share
the figures, codes and names of tools that are in no other ad of that employer.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pandas as pd

from models.duplicate_text import duplicate_data, place_words, title_words, town
from models.entities import employer_key
from models.language import detect
from models.names import fold
from models.normalise import MAX_CHARS
from models.occupation import load_occupations

# Figures, and words that no language translates: with a figure, a sign or a capital inside, or all in capitals.
_MARK = re.compile(r"\b\d+(?:[.,:]\d+)*\b|\b[A-Za-z]*[a-z][A-Z]\w*\b|\b[A-Z]{2,}[\w+#/]*|\b\w+(?:\+\+|#)|\b[A-Za-z]+\d\w*\b")
_MOST = 60  # ads of one employer and town that are compared with each other
_LINES = 0.6


def translations(ads: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Which cluster says in another language what an earlier one says, and what tells it.

    ``ads`` has one row a cluster: ``cluster``, ``employer``, ``title``, ``text``, ``place``, ``lang`` (may be empty),
    ``first_seen_on`` (may be NaT).
    """
    groups: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    for position, (employer, place) in enumerate(zip(ads["employer"], ads["place"], strict=True)):
        if employer:
            groups[employer_key(employer), town(place)].append(position)
    found: dict[str, tuple[str, str]] = {}
    for members in groups.values():
        if len(members) > 1:
            found |= _within(ads.iloc[members])
    return found


def _within(ads: pd.DataFrame) -> dict[str, tuple[str, str]]:
    ordered = ads.sort_values(["first_seen_on", "cluster"])
    languages = [row.lang or detect(row.text[:MAX_CHARS].lower(), row.title)[0] for row in ordered.itertuples()]
    if len(set(languages)) < 2:
        return {}
    read = [_marks(row.text, row.place) for row in ordered.itertuples()]
    shared = Counter(mark for marks in read for mark in marks)
    # What most ads of an employer print (its address, its own name) tells no two of them.
    common = {mark for mark, times in shared.items() if len(read) > 3 and times > max(2, len(read) / 3)}
    data, found = duplicate_data(), {}
    rows = list(ordered.itertuples())
    for later in range(1, len(rows)):
        for earlier in range(max(0, later - _MOST), later):
            one, other = rows[earlier], rows[later]
            if languages[earlier] == languages[later] or one.cluster in found:
                continue
            gap = other.first_seen_on - one.first_seen_on
            if gap is not pd.NaT and gap > pd.Timedelta(days=data.translation_days):
                continue
            a, b = read[earlier] - common, read[later] - common
            both = a & b
            near = len(both) >= data.translation_marks and len(both) >= data.translation_share * len(a | b)
            if near and _one_occupation(one.title, other.title) and _as_long(one.text, other.text):
                found[other.cluster] = (one.cluster, f"{languages[later]} of {languages[earlier]}: {_some(both)}")
                break
    return found


def _marks(text: str, place: str) -> set[str]:
    local = place_words(place)
    return {mark for mark in _MARK.findall(text[:MAX_CHARS]) if fold(mark) not in local}


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
