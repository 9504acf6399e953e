"""Breaks between two cells of a series: flagged by the publisher, known to the metadata, or of the sources themselves.

Belongs here: whether two cells may be compared at all. Never here: comparing them (compare.py), wording.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.reading.formats import is_present
from warehouse.reading.reader import Break, ReleaseReader, Row

# What a cell of official statistics speaks of where its dimensions do not say.
DEFAULT_TECHNOLOGY = "E_AI_TANY"
DEFAULT_SIZE = "GE10"


@dataclass(frozen=True)
class SourceChange:
    """A source that an indicator gained or lost between two releases: a break at the period that was newest then."""

    code: str
    period: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def breaks_before(reader: ReleaseReader, row: Row, earlier: str = "") -> list[Break]:
    """Breaks of its series that a cell lies behind, after the period ``earlier`` where one is given."""
    about = reader.indicator(row["indicator_code"])
    named = {"indic_is": DEFAULT_TECHNOLOGY, "size_emp": DEFAULT_SIZE, "geo": row["geo"]} | dict(row["dimensions"])
    return [
        known
        for known in (about.breaks if about else ())
        if earlier < known.period <= row["period"]
        and all(named.get(name) in codes for name, codes in known.applies_to.items())
    ]


def lies_behind_break(reader: ReleaseReader, row: Row, before: Row, changes: Iterable[SourceChange] = ()) -> bool:
    """True when a break lies between two cells of a series, so that their difference says nothing."""
    if "b" in (row["flags"] or "") or breaks_before(reader, row, str(before["period"])):
        return True
    return any(
        change.code == row["indicator_code"] and before["period"] < change.period <= row["period"] for change in changes
    )


def giving(reader: ReleaseReader, code: str) -> frozenset[str]:
    """The sources of an indicator that gave records to a release."""
    about = reader.indicator(code)
    known = reader.sources()
    gave = {
        str(source_id)
        for source_id, records in zip(known["source_id"], known["records"], strict=True)
        if is_present(records) and records > 0
    }
    return frozenset(gave & set(about.sources if about else ()))
