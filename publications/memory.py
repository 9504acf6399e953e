"""What earlier editions said: read from their accounts, so that nothing is announced twice and no mistake stays unsaid.

Belongs here: the account of an edition as JSON, for analysts and for the editions after it, and the memory made of the
accounts. Never here: choosing (selection.py), wording (wording.py). An account is data of record, like its edition:
written once, never changed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.reading.breaks import SourceChange
from warehouse.reading.compare import CellKey, key_of
from warehouse.reading.formats import is_present
from warehouse.reading.reader import Row

SAID = (
    "value",
    "low",
    "high",
    "level",
    "n",
    "k",
    "unit",
    "estimator",
    "flags",
    "suppressed_because",
    "release_id",
)
ACCOUNT = "edition-{number:04d}.account.json"


@dataclass(frozen=True)
class Cited:
    """The last thing that an edition said of a cell; ``row`` holds what a cell's texts need."""

    edition: int
    row: Row


@dataclass(frozen=True)
class Health:
    """State of one source as an edition saw it (a copy of what the event log knew at that moment)."""

    last_checked_at: datetime | None
    last_ok_at: datetime | None
    trouble: str | None
    trouble_since: datetime | None


@dataclass(frozen=True)
class Memory:
    """What the editions before one said. Empty for the first edition and for a preview without an archive."""

    announced: Mapping[CellKey, Mapping[str, int]] = field(default_factory=dict)  # value -> edition that announced it
    cited: Mapping[CellKey, Cited] = field(default_factory=dict)
    changes: tuple[SourceChange, ...] = ()
    troubled: Mapping[str, Health] = field(default_factory=dict)  # in the newest of those editions
    last_edition: int = 0


def fingerprint(value: Any) -> str:
    """A value to the precision that content digests promise; "none" for an absent one."""
    return "none" if value is None or (isinstance(value, float) and math.isnan(value)) else f"{float(value):.12g}"


def remember(folder: Path, before: int) -> Memory:
    """The memory of edition number ``before``: all accounts in the folder with a lower number, oldest first.

    An account that cannot be read is left out: an edition that repeats itself is better than none.
    """
    announced: dict[CellKey, dict[str, int]] = {}
    cited: dict[CellKey, Cited] = {}
    changes: list[SourceChange] = []
    troubled: dict[str, Health] = {}
    last = 0
    for account in accounts(folder):
        number = int(account["number"])
        if number >= before:
            continue
        last = number
        for cell in account["cells"]:
            row = row_of(cell)
            cited[key_of(row)] = Cited(number, row)
            if cell["announced"]:
                announced.setdefault(key_of(row), {})[fingerprint(row["value"])] = number
        changes += [
            SourceChange(item["code"], item["period"], tuple(item["gained"]), tuple(item["lost"]))
            for item in account["source_changes"]
        ]
        health = health_of(account)
        troubled = {source_id: health[source_id] for source_id in account["troubled"] if source_id in health}
    return Memory(announced, cited, tuple(changes), troubled, last)


def accounts(folder: Path) -> list[dict[str, Any]]:
    """All readable accounts of a folder, in the order of their editions."""
    found = []
    for file in sorted(Path(folder).glob("edition-*.account.json")):
        account = read_account(file)
        if account is not None:
            found.append(account)
    return sorted(found, key=lambda account: int(account["number"]))


def read_account(file: Path) -> dict[str, Any] | None:
    """One account, or None when the file is absent or no account."""
    try:
        account = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    needed = {"number", "cells", "source_changes", "troubled", "health", "moment", "release_id"}
    return account if isinstance(account, dict) and needed <= account.keys() else None


def cell_of(row: Row, **more: Any) -> dict[str, Any]:
    """A cell in JSON types: identity, what was said of it, and what more there is to note."""
    identity = {
        "indicator_code": row["indicator_code"],
        "geo": row["geo"],
        "period": row["period"],
        "dimensions": dict(row["dimensions"]),
        "window_quarters": int(row.get("window_quarters") or 1),
        "is_sample": bool(row.get("is_sample", False)),
    }
    return identity | {name: plain(row.get(name)) for name in SAID} | more


def row_of(cell: Mapping[str, Any]) -> Row:
    """A cell of an account as a row of a release."""
    names = ("indicator_code", "geo", "period", "dimensions", "window_quarters", "is_sample", *SAID)
    return {name: cell.get(name) for name in names}


def plain(value: Any) -> Any:
    """A value of a frame in JSON types; what is missing becomes null, numpy numbers become Python's."""
    if not is_present(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def snapshot(health: Mapping[str, Any] | None) -> dict[str, Health]:
    """The states of sources as an edition keeps them, from anything with the attributes of SourceHealth."""
    return {
        source_id: Health(state.last_checked_at, state.last_ok_at, state.trouble, state.trouble_since)
        for source_id, state in sorted((health or {}).items())
    }


def health_as_json(health: Mapping[str, Health]) -> dict[str, Any]:
    """The states of sources for an account."""

    def stamp(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        source_id: {
            "last_checked_at": stamp(state.last_checked_at),
            "last_ok_at": stamp(state.last_ok_at),
            "trouble": state.trouble,
            "trouble_since": stamp(state.trouble_since),
        }
        for source_id, state in health.items()
    }


def health_of(account: Mapping[str, Any]) -> dict[str, Health]:
    """The states of sources that an edition was issued with."""

    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return {
        source_id: Health(
            moment(state["last_checked_at"]),
            moment(state["last_ok_at"]),
            state["trouble"],
            moment(state["trouble_since"]),
        )
        for source_id, state in account["health"].items()
    }


def account_of(
    *,
    number: int,
    slot: datetime,
    moment: datetime,
    release_id: str,
    previous_release_id: str | None,
    public_url: str,
    health: Mapping[str, Health],
    troubled: Iterable[str],
    cited: Iterable[Row],
    announced: Iterable[CellKey],
    source_changes: Iterable[SourceChange],
    suppressed: Iterable[Mapping[str, Any]],
    reported: Iterable[Mapping[str, Any]],
    tests: Mapping[str, Any],
    subjects: Mapping[str, str],
    numbers: Mapping[str, Iterable[Mapping[str, Any]]],
) -> bytes:
    """The account of one edition as JSON bytes: what it said, what it left out and why, and what it was made from."""
    keys = set(announced)
    account = {
        "number": number,
        "slot": slot.isoformat(),
        "moment": moment.isoformat(),
        "release_id": release_id,
        "previous_release_id": previous_release_id,
        "public_url": public_url,
        "subjects": dict(subjects),
        "tests": dict(tests),
        "reported": list(reported),
        "suppressed": list(suppressed),
        "cells": [cell_of(row, announced=key_of(row) in keys) for row in cited],
        "source_changes": [
            {"code": item.code, "period": item.period, "gained": list(item.gained), "lost": list(item.lost)}
            for item in source_changes
        ],
        "troubled": sorted(troubled),
        "health": health_as_json(health),
        "numbers": {lang: list(shown) for lang, shown in numbers.items()},
    }
    return (json.dumps(account, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
