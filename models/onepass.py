"""The one pass over a text: the phrases of all readers in one automaton, and each reader's hits.

Belongs here: which tables there are, and a text with its hits as it is handed from reader to reader. Never here: what a
hit means (each reader says so), the automaton (scan.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models.language import clue_phrases
from models.matching import alias_phrases
from models.normalise import Normal
from models.scan import Tables, fold
from models.sector import load_sectors

Found = list[tuple[Any, int, int]]  # (what the phrase stands for, start, end)


@dataclass(frozen=True, slots=True)
class Passed:
    """A title line and a text after the pass. Positions count in ``text``, which begins with the title line."""

    text: str
    lower: str
    folded: bytes  # one byte a character: see scan.py
    title_end: int  # where the text itself begins; 0 = no title
    aliases: Found
    sector_in_title: Found
    sector: Found
    agency: Found
    languages: Found

    @property
    def title(self) -> str:
        """The title, one line, without its end."""
        return self.text[: max(0, self.title_end - 1)]


def look(title: Normal, body: Normal) -> Passed:
    """Passes over a title, made one line, and a text."""
    if title.text:
        head, head_lower = (" ".join(part.split("\n")) for part in (title.text, title.lower))
        text, lower = f"{head}\n{body.text}", f"{head_lower}\n{body.lower}"
    else:
        text, lower = body.text, body.lower
    start = len(text) - len(body.text)
    folded = fold(text)
    aliases, sector, agency, languages = _tables()(lower, folded)
    return Passed(
        text=text,
        lower=lower,
        folded=folded,
        title_end=start,
        aliases=aliases,
        sector_in_title=[hit for hit in sector if hit[1] < start],
        sector=[hit for hit in sector if hit[1] >= start],
        agency=[hit for hit in agency if hit[1] >= start],
        languages=[hit for hit in languages if hit[1] >= start],
    )


@lru_cache(maxsize=1)
def _tables() -> Tables:
    sectors = load_sectors()
    return Tables(alias_phrases(), sectors.cues, sectors.agency_cues, clue_phrases())
