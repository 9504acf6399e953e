"""The ISCO-08 sub-major group (two digits) of a job title; its first digit is the major group.

Belongs here: the reading of titles. Never here: the words (occupations.yaml), the text of the ad. Two digits at most:
published comparisons of automatic coding agree on 44-58 % of titles at one digit of the older ISCO-88 and on a quarter
at four, so finer codes from a title alone would be invented precision.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml
from models.scan import Scanner
from models.textcat import load_textcat


class GroupData(BaseModel):
    """One sub-major group in occupations.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    always: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


class LeadData(BaseModel):
    """Names of those who lead others: the group of the manager depends on the trade that is led."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...]
    of: dict[str, str]
    otherwise: str


class IctData(BaseModel):
    """Trades that turn into one of information technology beside a word of that field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heads: tuple[str, ...]
    words: tuple[str, ...]
    turns: dict[str, str]


class OccupationData(BaseModel):
    """The content of occupations.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[GroupData, ...]
    leads: LeadData
    ranks: dict[str, tuple[str, ...]]
    ict: IctData
    categoriser_floor: float


# Endings for women and for all: "Ingénieur(e)", "Verkäufer/in", "Projektmanager:in", "technicien·ne", "développeur.se".
_GENDER = re.compile(
    r"[(/:*·._]-?(?:innen|in|euses|euse|trices|trice|rices|rice|ères|ère|ières|ière|iennes|ienne|nes|ne|ses|se|ves|ve"
    r"|fes|fe|ées|ée|es|e|f|te|r)\b(?![\w'])\)?|-(?=[ens]{1,2}\b)(?:ne|se|e)\b"
)
# "(m/f)", "(H/F)", "m/w/d", "all genders", "réf. E00041480": no part of what the work is.
_NOISE = re.compile(
    r"\(?\b(?:[mwfhdxni](?:\s?[/|*.,]\s?(?:[mwfhdxni]|divers|gn)\b){1,3})\)?|\(?all genders\)?|\(?réf\..*"
)


class _Word(NamedTuple):
    code: str
    order: int  # the higher decides first
    head: bool


_LONG_WORD = re.compile(r"[^\W\d_]{6,}")
_ALWAYS, _WORD, _RANK = 3, 2, 1


class OccupationReader:
    """Tells sub-major groups. Build once a process (``load_occupations``)."""

    def __init__(self, data: OccupationData) -> None:
        heads = set(data.ict.heads)
        table: dict[str, _Word] = {}
        for code, ranks in data.ranks.items():
            for word in ranks:
                table[word.lower()] = _Word(code, _RANK, False)
        for group in data.groups:
            for word in group.words:
                table[word.lower()] = _Word(group.code, _WORD, word in heads)
        for group in data.groups:
            for word in group.always:
                table[word.lower()] = _Word(group.code, _ALWAYS, False)
        self._scan = Scanner(table)
        self._leads = Scanner(dict.fromkeys(map(str.lower, data.leads.words), True))
        self._led, self._otherwise = data.leads.of, data.leads.otherwise
        self._ict, self._turns = Scanner(dict.fromkeys(data.ict.words, True)), data.ict.turns
        self._endings = sorted(
            ((ending, group.code) for group in data.groups for ending in group.endings), key=lambda e: -len(e[0])
        )
        self._floor = data.categoriser_floor

    def read(self, title: str) -> str | None:
        """The code "01".."96", or None where neither the words nor the categoriser tell."""
        lower = _NOISE.sub(" ", title[:300].lower().replace("’", "'"))
        lower = " ".join(_GENDER.sub("", lower).split())
        if not lower:
            return None
        found = [(word, start, end) for word, start, end in self._scan(lower)]
        # A word within a longer one that is known ("director" in "art director") is a part of its name.
        found = [
            one
            for one in found
            if not any(s <= one[1] and one[2] <= e and e - s > one[2] - one[1] for _, s, e in found)
        ]
        best = max(found, key=lambda one: (one[0].order, one[2] - one[1], -one[1]), default=None)
        if best is not None and best[0].order > _RANK:
            code = best[0].code
            if best[0].head and code in self._turns and next(self._ict(lower), None) is not None:
                code = self._turns[code]
            return self._lead(lower, code, found)
        ending = self._by_ending(lower, found)
        if ending is not None:
            return self._lead(lower, ending, found)
        if next(self._leads(lower), None) is not None:
            return self._otherwise
        guess = self._guess(lower)
        return guess or (best[0].code if best is not None else None)

    def _lead(self, lower: str, code: str, found: list[tuple[_Word, int, int]]) -> str:
        """The manager's group where the title names a trade and one who leads it ("Director Data Science")."""
        if code[0] == "1":
            return code
        for _, start, end in self._leads(lower):
            if not any(s <= start and end <= e and e - s > end - start for _, s, e in found):
                return self._led.get(code, self._otherwise)
        return code

    def _by_ending(self, lower: str, found: list[tuple[_Word, int, int]]) -> str | None:
        """German compounds: the last part names the trade ("Chefentwickler"); words that are known are no compounds."""
        for match in _LONG_WORD.finditer(lower):
            if any(start <= match.start() < end for _, start, end in found):
                continue
            word = match.group()
            stem = word.removesuffix("innen").removesuffix("in")
            for ending, code in self._endings:
                if (stem.endswith(ending) or word.endswith(ending)) and len(word) > len(ending) + 2:
                    return code
        return None

    def _guess(self, lower: str) -> str | None:
        scores = load_textcat("occupation").quick_scores(lower)
        code = max(scores, key=lambda one: scores[one])
        return code if scores[code] >= self._floor else None


def _data() -> OccupationData:
    # The C loader: three thousand words take a tenth of the time.
    return OccupationData(**read_yaml("occupations.yaml"))


def load_lexicon() -> dict[str, list[str]]:
    """The written words of each sub-major group, for the training of the categoriser."""
    return {group.code: [*group.always, *group.words] for group in _data().groups}


@lru_cache(maxsize=1)
def load_occupations() -> OccupationReader:
    """The occupation reader of this version, built once a process."""
    return OccupationReader(_data())
