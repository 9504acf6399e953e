"""Names of organisations in one form, so that "Arvelo S.à r.l." and "ARVELO SARL (Luxembourg)" are one key.

Belongs here: stripping of legal forms, accents and punctuation. Never here: which organisation a name means
(entities.py), its sector (sector.py), the lists of forms (names.yaml).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml

MAX_CHARS = 300  # a name has 30; what follows is no name


class NameData(BaseModel):
    """The content of names.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_forms: tuple[str, ...]
    legal_phrases: tuple[str, ...]
    country_suffixes: tuple[str, ...]
    tying_words: tuple[str, ...]
    stop_words: tuple[str, ...]


@lru_cache(maxsize=1)
def name_data() -> NameData:
    """The lists of this version, read once a process."""
    return NameData(**read_yaml("names.yaml"))


@lru_cache(maxsize=1)
def _forms() -> re.Pattern[str]:
    data = name_data()
    # Letters of a form may be parted by a dot, a space or both; "gmbh & co. kg" by an ampersand as well.
    spelt = [r"\.?\s?&?\s?".join(map(re.escape, form)) for form in data.legal_forms if form == "gmbhcokg"]
    spelt += [r"\.?\s?".join(map(re.escape, form)) if len(form) <= 4 else re.escape(form) for form in data.legal_forms]
    spelt += [r"\s".join(map(re.escape, phrase.split())) for phrase in data.legal_phrases]
    longest = sorted(spelt, key=len, reverse=True)
    return re.compile(r"(?<![\w.&'])(?:" + "|".join(longest) + r")(?:\.|(?![\w&']))(?:-s\b)?")


def fold(text: str) -> str:
    """Small letters without accents, œ and ß spelt out, plain apostrophes."""
    lower = text.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss").replace("’", "'")
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


def without_legal_form(name: str) -> str:
    """The folded name without legal forms and punctuation; if nothing else is in it, the folded name as it is."""
    folded = fold(name[:MAX_CHARS])
    stripped = _words(_forms().sub(_form_or_name, folded))
    return stripped or _words(folded)


def organisation_key(name: str) -> str:
    """The key under which spellings of one name meet: without legal form, and without the country at its end.

    The country stays where it is tied to the name ("banque de luxembourg") and where nothing would be left.
    """
    words = without_legal_form(name).split()
    data = name_data()
    for suffix in sorted(data.country_suffixes, key=len, reverse=True):
        tail = suffix.split()
        rest = words[: -len(tail)]
        if rest and words[-len(tail) :] == tail and rest[-1] not in data.tying_words:
            return " ".join(rest)
    return " ".join(words)


def _form_or_name(match: re.Match[str]) -> str:
    """A blank for a form; at the start of a name only "S.A." and "S.à r.l." are forms ("AG Insurance" is a name)."""
    letters = "".join(c for c in match.group() if c.isalpha())
    return match.group() if match.start() == 0 and letters not in ("sa", "sarl") else " "


def _words(folded: str) -> str:
    return " ".join(re.sub(r"[^\w&+]+", " ", folded.replace("'", " ")).split())
