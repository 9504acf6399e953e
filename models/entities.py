"""Which names mean one organisation: employers of ads, actors, parties of awards.

Belongs here: the order of evidence (register number, known names, form of the name, acronym, spelling). Never here:
lists of names (organisations.yaml), legal forms (names.py), parents and parts: a subsidiary is not its parent, nor a
faculty its university. A word that is in one name only makes another organisation, unless it says nothing.

Measured against splink on labelled pairs (gold/organisations.jsonl): the rules are better and need no training; see the
model card.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.data import read_yaml
from models.names import MAX_CHARS, fold, name_data, organisation_key

Basis = Literal["register_number", "name", "acronym", "spelling", "other_number", "other_country", "other_name"]
_ACRONYM = 4  # letters: shorter ones have too many owners, they are listed or not known
_SPELLING = 7  # letters of a word from which a slip of the pen can be told from another word
_BLOCK = 200  # names that begin alike and are compared with each other


class OrganisationData(BaseModel):
    """One organisation in organisations.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    names: tuple[str, ...]


class EntityData(BaseModel):
    """The content of organisations.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stop_words: frozenset[str]
    organisations: tuple[OrganisationData, ...]


@lru_cache(maxsize=1)
def entity_data() -> EntityData:
    """The lists of this version, read once a process."""
    return EntityData(**read_yaml("organisations.yaml"))


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """The organisation of each listed name, by key."""
    found: dict[str, str] = {}
    for organisation in entity_data().organisations:
        for name in organisation.names:
            key = _plain_key(name)
            if found.setdefault(key, organisation.id) != organisation.id:
                raise ValueError(f"organisations.yaml: {name!r} is listed for {found[key]} and {organisation.id}")
    return found


@lru_cache(maxsize=100_000)
def employer_key(name: str) -> str:
    """One key for all names of an organisation as far as one name can tell it; empty for an empty name."""
    outer, _, inner = name[:MAX_CHARS].rstrip(") ").partition("(")
    for part in (name, outer, inner):
        known = _known().get(_plain_key(part)) if part else None
        if known is not None:
            return f"@{known}"
    return _plain_key(_long_name(outer.strip(), inner.strip()) or name)


def same_organisation(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[bool, Basis]:
    """Whether two organisations are one, and what tells it.

    Each has ``name`` and optionally ``country`` (two letters) and ``register_number`` (as the register writes it).
    """
    numbers = [re.sub(r"\W", "", str(each.get("register_number") or "")).upper() for each in (one, other)]
    if all(numbers):
        return (True, "register_number") if numbers[0] == numbers[1] else (False, "other_number")
    keys = employer_key(str(one["name"])), employer_key(str(other["name"]))
    countries = [str(each.get("country") or "").upper() for each in (one, other)]
    if all(countries) and countries[0] != countries[1] and not (keys[0] == keys[1] and keys[0].startswith("@")):
        return False, "other_country"
    if keys[0] == keys[1]:
        return bool(keys[0]), "name"
    if any(key.startswith("@") for key in keys):
        return False, "other_name"  # all names of listed organisations are listed
    if _initials(keys[0]) == keys[1] or _initials(keys[1]) == keys[0]:
        return True, "acronym"
    if _misspelt(*keys):
        return True, "spelling"
    return False, "other_name"


def link_organisations(frame: pd.DataFrame) -> pd.DataFrame:
    """Organisations of many names.

    ``frame`` has ``name`` and optionally ``country`` and ``register_number``, one row a mention. Gives a frame on the
    same index with ``organisation_id`` (the smallest key of the group, with the country where groups of one key differ
    in it) and ``name_key``. Names are compared within blocks of equal first letters: time grows with the names.
    """
    rows = [
        {
            name: row.get(name) if isinstance(row.get(name), str) else ""
            for name in ("name", "country", "register_number")
        }
        for row in frame.to_dict("records")
    ]
    distinct = {tuple(row.values()): row for row in rows}
    entries = [distinct[key] for key in sorted(distinct)]
    blocks: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        key = employer_key(entry["name"])
        for block in {key[:4], _initials(key)[:4], f"#{entry['register_number']}" if entry["register_number"] else ""}:
            if block:
                blocks[block].append(number)
    pairs = {
        (a, b)
        for members in blocks.values()
        for place, a in enumerate(members)
        for b in members[place + 1 : place + _BLOCK]
        if same_organisation(entries[a], entries[b])[0]
    }
    ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(len(entries),) * 2)
    group = connected_components(graph, directed=False)[1] if entries else []
    named: dict[int, str] = {}
    taken: set[str] = set()
    for number in sorted(range(len(entries)), key=lambda n: (employer_key(entries[n]["name"]), entries[n]["country"])):
        if group[number] not in named:
            key = employer_key(entries[number]["name"])
            named[group[number]] = f"{key} {entries[number]['country'] or number}".lower() if key in taken else key
            taken.add(key)
    ids = {key: named[group[number]] for number, key in enumerate(sorted(distinct))}
    return pd.DataFrame(
        {
            "organisation_id": [ids[tuple(row.values())] for row in rows],
            "name_key": [employer_key(row["name"]) for row in rows],
        },
        index=frame.index,
    )


def _plain_key(name: str) -> str:
    key = organisation_key(name)
    words = [
        word for word in key.split() if word not in entity_data().stop_words and word not in name_data().stop_words
    ]
    return " ".join(words) or key


def _long_name(one: str, other: str) -> str:
    """The long name of "Long Name (LN)" or "LN (Long Name)"; nothing where none of the two is short for the other."""
    for long, short in ((one, other), (other, one)):
        letters = re.sub(r"[^a-z0-9]", "", fold(short))
        if not 2 <= len(letters) <= 8 or " " in short or " " not in long:
            continue
        # Initials of the long name, or written as an acronym is: three signs and more, capitals among them.
        written = len(short) >= 3 and sum(c.isupper() for c in short) >= 2
        if written or letters in (_letters(long), _letters(long, every=True)):
            return long
    return ""


def _letters(name: str, every: bool = False) -> str:
    words = organisation_key(name).replace("&", " ").split()
    return "".join(word[0] for word in words if every or word not in name_data().stop_words)


def _initials(key: str) -> str:
    """The acronym of a key of at least four words; nothing for a shorter one."""
    words = key.split()
    return "".join(word[0] for word in words) if len(words) >= _ACRONYM else "-"


def _misspelt(one: str, other: str) -> bool:
    """Equal but for blanks, or for one letter of one long word beside at least two equal words."""
    if one.replace(" ", "") == other.replace(" ", "") and len(one) >= _SPELLING:
        return True
    a, b = one.split(), other.split()
    if len(a) != len(b) or len(a) < 3:
        return sorted(a) == sorted(b)
    odd = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(odd) != 1:
        return sorted(a) == sorted(b)
    x, y = odd[0]
    return min(len(x), len(y)) >= _SPELLING and not any(c.isdigit() for c in x + y) and _one_edit(x, y)


def _one_edit(x: str, y: str) -> bool:
    """Whether one letter more, less or other, or two letters in the other order, make one word of the other."""
    start = next((i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y)))
    rest, other = x[start:], y[start:]
    swapped = len(rest) > 1 and rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:] or swapped
