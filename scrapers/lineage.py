"""Research organisations of Luxembourg over time: which one stands today for a ROR id, and which is a body of the EU.

Belongs here: ROR ids, and reading and checking the reviewed table ``curated/ror_lineage.yaml``. Never here: what ROR
publishes (``scrapers/decoders/ror.py``), whose a work is. The table holds what ROR leaves out, so both are needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from scrapers.files import RegistryError, checked, read_yaml

TABLE = Path(__file__).parent / "curated" / "ror_lineage.yaml"
_ROR = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?", re.I | re.A)
_DIGITS = {char: value for value, char in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}


def ror_id(value: object) -> str | None:
    """The id of a ROR address or of an id alone, in lower case; else None. Its check digits may be wrong."""
    found = _ROR.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= 60 else None
    return found[1].lower() if found else None


def has_good_check(known: str) -> bool:
    """Whether the last two digits of a ROR id are those that follow from the others (ISO 7064, mod 97-10)."""
    number = 0
    for char in known[:7]:
        number = number * 32 + _DIGITS[char]
    return int(known[7:]) == 98 - number * 100 % 97


def _checked_id(value: str) -> str:
    if ror_id(value) != value or not has_good_check(value):
        raise ValueError(f"{value!r} is no ROR id")
    return value


RorId = Annotated[str, AfterValidator(_checked_id)]
_Text = Annotated[str, StringConstraints(min_length=3, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Organisation(_Part):
    id: RorId
    name: _Text
    status: Literal["active", "inactive"]


class _Succession(_Part):
    from_: RorId
    to: RorId
    in_ror: Literal["both", "one_sided", "related", "none"]
    source: _Text
    note: _Text


class _EuBody(_Part):
    id: RorId
    source: _Text
    note: _Text


class _Table(_Part):
    snapshot: _Text
    organisations: tuple[_Organisation, ...]
    successors: tuple[_Succession, ...]
    eu_bodies: tuple[_EuBody, ...]


@dataclass(frozen=True)
class Lineage:
    """The table, ready to be asked. Ids may come with or without the resolver's address."""

    names: Mapping[str, str]
    successor: Mapping[str, str]
    eu_bodies: frozenset[str]

    def today(self, known: str) -> str:
        """The id of the organisation that stands for this one today: itself, unless it became another."""
        current = ror_id(known) or known
        while current in self.successor:  # the table has no cycle
            current = self.successor[current]
        return current

    def rows(self) -> list[dict[str, str | bool]]:
        """Each organisation of the table with the one that stands for it today, for the warehouse."""
        return [
            {
                "organisation_id": known,
                "name": name,
                "stands_for_id": self.today(known),
                "is_eu_body": known in self.eu_bodies,
            }
            for known, name in self.names.items()
        ]

    def is_eu_body(self, known: str) -> bool:
        """Whether it is a body of the European Union that a filter by country counts as Luxembourg's."""
        return ror_id(known) in self.eu_bodies

    def is_luxembourg(self, known: str) -> bool:
        """Whether it is on the list of organisations seated in Luxembourg; one that is not may be so all the same."""
        return ror_id(known) in self.names

    def forerunners(self, known: str) -> list[str]:
        """The ids of all organisations that this one stands for today, without itself."""
        here = ror_id(known) or known
        return sorted(old for old in self.successor if self.today(old) == here)


@lru_cache(maxsize=1)
def lineage() -> Lineage:
    """The bundled table."""
    return load_lineage(TABLE)


def load_lineage(path: Path) -> Lineage:
    """A table that holds together.

    Raises RegistryError, one line that names file and id: an id that is none, that stands twice, or that no line of
    ``organisations`` knows; an organisation with two successors, or that is its own; a link whose ends contradict their
    status.
    """
    content = read_yaml(path)
    if isinstance(content, dict) and isinstance(content.get("successors"), list):
        links = [_renamed(link) for link in content["successors"]]
        content = {**content, "successors": links}
    table = checked(_Table, content, path.name)

    def refuse(known: str, why: str) -> RegistryError:
        return RegistryError(f"{path.name}: {known}: {why}")

    status: dict[str, str] = {}
    for organisation in table.organisations:
        if organisation.id in status:
            raise refuse(organisation.id, "stands twice among the organisations")
        status[organisation.id] = organisation.status
    successor: dict[str, str] = {}
    for link in table.successors:
        for known in (link.from_, link.to):
            if known not in status:
                raise refuse(known, "is linked, and no organisation of the table")
        if link.from_ in successor:
            raise refuse(link.from_, "has two successors")
        if status[link.from_] == "active":
            raise refuse(link.from_, "has a successor and is active")
        successor[link.from_] = link.to
    for start in successor:
        seen, current = {start}, start
        while current in successor:
            current = successor[current]
            if current in seen:
                raise refuse(start, "comes after itself: the links go round")
            seen.add(current)
        if status[current] == "inactive":
            raise refuse(current, "stands for others today and is inactive")
    for body in table.eu_bodies:
        if body.id not in status:
            raise refuse(body.id, "is an EU body, and no organisation of the table")
    names = {organisation.id: organisation.name for organisation in table.organisations}
    return Lineage(names, successor, frozenset(body.id for body in table.eu_bodies))


def _renamed(link: object) -> object:
    """``from`` is a word of Python."""
    if not isinstance(link, dict):
        return link
    return {("from_" if name == "from" else name): value for name, value in link.items()}
