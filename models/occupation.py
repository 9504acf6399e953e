"""The ISCO-08 major group (one digit) of a job title, by a lexicon of title words.

Belongs here: the reading of titles. Never here: the words (occupations.yaml), the text of the ad. One digit only:
published comparisons of automatic coding agree on 44-58 % of titles at one digit of the older ISCO-88 and on a quarter
at four, so finer codes from a title alone would be invented precision.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from models.scan import Scanner


class GroupData(BaseModel):
    """One major group in occupations.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    always: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


# Endings for women and for all: "Ingénieur(e)", "Verkäufer/in", "Projektmanager:in", "technicien·ne".
_GENDER = re.compile(r"[(/:*·.](?:in|innen|e|ne|euse|trice|se|rice|ère|f|te)\b\)?")


class OccupationReader:
    """Tells major groups. Build once a process (``load_occupations``)."""

    def __init__(self, groups: tuple[GroupData, ...]) -> None:
        table: dict[str, tuple[str, bool]] = {}
        for group in groups:
            for word in group.words:
                table.setdefault(word.lower(), (group.code, False))
            for word in group.always:
                table[word.lower()] = (group.code, True)
        self._scan = Scanner(table)

    def read(self, title: str) -> str | None:
        """The code "0".."9", or None where no word of the title is known."""
        lower = " ".join(_GENDER.sub("", title[:300].lower().replace("’", "'")).split())
        # What decides always, then the longest word, then the first one.
        found = [(always, end - start, -start, code) for (code, always), start, end in self._scan(lower)]
        # "Manager" and its like name a rank, not a trade: they decide only where nothing else does.
        trades = [entry for entry in found if entry[0] or entry[3] != "1"]
        return max(trades or found)[3] if found else None


@lru_cache(maxsize=1)
def load_occupations() -> OccupationReader:
    """The occupation reader of this version, built once a process."""
    content = yaml.safe_load((Path(__file__).parent / "occupations.yaml").read_text(encoding="utf-8"))
    return OccupationReader(tuple(GroupData(**group) for group in content["groups"]))
