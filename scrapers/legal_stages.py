"""Which stage a step of a bill or a law is, by what its publisher calls it.

Belongs here: reading the one table of words (``legal_stages.yaml``). Never here: formats.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from scrapers.files import checked, read_yaml

TABLE = Path(__file__).parent / "legal_stages.yaml"
Stage = Annotated[
    str,
    StringConstraints(
        pattern=r"^(filed|opinion|amended|reported|first_vote|second_vote|signed|published|in_force|repealed|withdrawn|other)$"
    ),
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    codes: dict[str, Stage]
    words: Annotated[list[tuple[str, Stage]], Field(min_length=1)]


@lru_cache(maxsize=1)
def _table() -> _Table:
    return checked(_Table, read_yaml(TABLE), TABLE.name)


def stage_of(said: str, code: str = "") -> str:
    """The stage of a step: by its code, else by the words that it is published with; "other" where neither tells."""
    table = _table()
    known = table.codes.get(code.strip().lower()[:40])
    if known is not None and known != "other":
        return known
    plain = fold(said)
    return known or next((stage for word, stage in table.words if re.search(rf"\b{word}", plain)), "other")


def fold(said: str) -> str:
    """Small letters without accents, words apart by one blank."""
    text = unicodedata.normalize("NFKD", said[:500])
    plain = "".join(char for char in text if not unicodedata.combining(char)).casefold()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())
