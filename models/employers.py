"""The employer register: known employers and the NACE sections of their main activity.

Belongs here: how a name is looked up. Never here: names (employers.jsonl), sections told from words (sector.py).
Sections are those of an employer's main activity as generally known, not an extract of an official register: check
before publishing a figure for one employer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_SHORTEST_START = 6  # characters; shorter names ("SES", "Box") must be the whole name
_JOINS = frozenset({"&", "+", "and", "et", "und"})
_NO_WORD = re.compile(r"[^\w&+' ]")


class Employer(BaseModel):
    """One line of employers.jsonl. ``rcs``: number in Luxembourg's register of companies, where it is certain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    aliases: tuple[str, ...] = ()
    nace2: str = Field(pattern="^[A-U]$")
    nace21: str = Field(pattern="^[A-V]$")
    rcs: str | None = Field(default=None, pattern=r"^[A-Z] \d{1,6}$")
    basis: Literal["public law", "general knowledge"]


class NameKey:
    """Turns a name into the key it is looked up by: lower case, without legal form, country and punctuation."""

    def __init__(self, legal_forms: Iterable[str]) -> None:
        forms = "|".join(map(re.escape, sorted(legal_forms, key=len, reverse=True)))
        self._legal = re.compile(rf"(?<![\w.])(?:{forms})(?!\w)")

    def __call__(self, name: str) -> str:
        """The key; a name of nothing but legal forms keeps them."""
        lower = name[:200].lower().replace("’", "'")
        words = _NO_WORD.sub(" ", self._legal.sub(" ", lower)).split()
        while words and words[-1] in _JOINS:  # what is left of "& Co. KG"
            words.pop()
        return " ".join(words or _NO_WORD.sub(" ", lower).split())


class Register:
    """Looks names up. Build once a process."""

    def __init__(self, employers: Iterable[Employer], key: NameKey) -> None:
        self._key = key
        self._by_key: dict[str, Employer] = {}
        for employer in employers:
            for name in (employer.name, *employer.aliases):
                self._by_key.setdefault(key(name), employer)

    def find(self, key: str) -> Employer | None:
        """The employer whose name or alias has this key."""
        return self._by_key.get(key)

    def start(self, key: str, tails: frozenset[str] = frozenset()) -> tuple[Employer, bool] | None:
        """The employer with the longest known name at the start of a key, and whether what follows is of no account.

        A short name ("AXA") must be followed by words of ``tails`` only ("AXA Group Operations"); "Cargolux & Sons" is
        somebody else.
        """
        words = key.split()
        for size in range(len(words) - 1, 0, -1):
            start = " ".join(words[:size])
            if start not in self._by_key or words[size] in _JOINS:
                continue
            plain = tails.issuperset(words[size:])
            if plain or len(start) >= _SHORTEST_START:
                return self._by_key[start], plain
        return None


def read_employers() -> list[Employer]:
    """All lines of employers.jsonl, checked."""
    lines = (Path(__file__).parent / "employers.jsonl").read_text(encoding="utf-8").splitlines()
    return [Employer(**json.loads(line)) for line in lines]


@lru_cache(maxsize=4)
def load_register(key: NameKey) -> Register:
    """The register of this version, built once a process."""
    return Register(read_employers(), key)
