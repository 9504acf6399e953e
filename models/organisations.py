"""Which known organisations a text names.

Belongs here: the look-up of names (``actors.yaml``). Never here: employers of postings (sector.py), names that
nobody listed. A longer name holds what lies within it: "MeluXina-AI" names no MeluXina.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic import RootModel

from models.data import read_yaml
from models.normalise import Normal
from models.scan import Scanner

MAX_ORGANISATIONS = 40  # of one text
_CAPITALS = 5  # names longer than this may stand in capitals too


class OrganisationData(RootModel[dict[str, tuple[str, ...]]]):
    """The content of actors.yaml: id of an actor -> its names."""


@lru_cache(maxsize=1)
def organisation_ids() -> frozenset[str]:
    """Ids that can be found."""
    return frozenset(_data().root)


@lru_cache(maxsize=1)
def _data() -> OrganisationData:
    content = read_yaml("actors.yaml")
    return OrganisationData(content)


@lru_cache(maxsize=1)
def _names() -> Scanner[tuple[tuple[str, str], ...]]:
    table: dict[str, tuple[tuple[str, str], ...]] = {}
    for organisation, names in _data().root.items():
        for name in names:
            table[name.lower()] = (*table.get(name.lower(), ()), (organisation, name))
    return Scanner(table)


def named_organisations(*parts: Normal) -> list[str]:
    """Ids of the organisations that normalised texts name, in alphabetical order, at most MAX_ORGANISATIONS."""
    found: set[str] = set()
    for part in parts:
        end = -1
        for start, finish, names in sorted(
            ((start, finish, names) for names, start, finish in _names()(part.lower)), key=lambda hit: (hit[0], -hit[1])
        ):
            if finish <= end:
                continue
            written = part.text[start:finish]
            for organisation, name in names:
                if written == name or (len(name) > _CAPITALS and written == name.upper()):
                    found.add(organisation)
                    end = max(end, finish)
    return sorted(found)[:MAX_ORGANISATIONS]
