"""A year of invented releases for the simulated year: a world that changes as planted, week by week.

TEST DATA, invented but for the shape. Belongs here: building the releases. Never here: assertions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.reading import release_builder
from tests.reading.release_builder import Builder, indicators

EUROSTAT, BOARDS = "eurostat_isoc_eb_ai", "greenhouse_boards"
Cell = tuple[int, int]


@dataclass
class World:
    """What the releases of the year say; plants change it."""

    official: dict[tuple[str, str], float] = field(
        default_factory=lambda: {
            ("EU27_2020", "2023"): 8.0,
            ("EU27_2020", "2024"): 13.48,
            ("LU", "2021"): 13.2,
            ("LU", "2024"): 24.0,
            ("BE", "2024"): 24.7,
        }
    )
    revisions: list[tuple[str, str, float, float, datetime]] = field(default_factory=list)
    shares: dict[str, Cell] = field(
        default_factory=lambda: {
            "2025-Q3": (30, 505),
            "2025-Q4": (30, 500),
            "2026-Q1": (30, 500),
            "2026-Q2": (31, 510),
            "2026-Q3": (33, 520),
        }
    )
    french: dict[str, Cell] = field(
        default_factory=lambda: {"2025-Q3": (50, 112), "2026-Q2": (50, 110), "2026-Q3": (52, 115)}
    )
    counts: dict[str, int] = field(
        default_factory=lambda: {"2025-10": 14, "2026-05": 12, "2026-06": 13, "2026-09": 15, "2026-10": 13}
    )
    board_records: int = 0

    def write(self, root: Path, stamp: datetime) -> str:
        """Publish the world as it stands; gives the release's id."""
        release_id = f"{stamp:%Y%m%dT%H%M%SZ}-{'y' * 8}"
        release_builder.STAMPS[release_id] = stamp
        b = Builder(release_id)
        for (geo, year), value in self.official.items():
            b.official(geo, year, value)
        for quarter, (k, n) in self.shares.items():
            b.share("T1", quarter, k, n)
        for quarter, (k, n) in self.french.items():
            b.share("T12", quarter, k, n, language="FR")
        for month, count in self.counts.items():
            low, high = max(0.0, count - 2 * count**0.5), count + 2 * count**0.5
            b.estimate("X9", month, float(count), "count", "exact_poisson", low=low, high=high, level=0.95, k=count)
        b.more_indicators = [unknown_indicator()]
        b.sources = [source(EUROSTAT, stamp, 200), source("greenhouse_sample", stamp, 4000)]
        b.sources.append(source(BOARDS, stamp, self.board_records))
        for geo, year, old, new, known in self.revisions:
            dims = {"freq": "A", "geo": geo, "indic_is": "E_AI_TANY", "size_emp": "GE10", "unit": "PC_ENT"}
            key = f"A.GE10.E_AI_TANY.{geo}"
            b.revisions.append(
                ("isoc_eb_ai", key, dims, year, old, new, None, "r", known - timedelta(days=300), known, known)
            )
        b.write(root)
        return release_id

    def revise(self, geo: str, year: str, new: float, known: datetime) -> None:
        """A publisher's revision, as the value and in the revision log."""
        self.revisions.append((geo, year, self.official[geo, year], new, known))
        self.official[geo, year] = new


def unknown_indicator() -> tuple[Any, ...]:
    """An indicator that no catalogue of texts knows: it has to word itself from its metadata."""
    row = list(indicators()[1])
    row[0:7] = [
        "X9",
        "techwatch",
        "live",
        "Signals counted",
        "Signaux comptés",
        "Gezählte Signale",
        "Gezielte Signaler",
    ]
    row[16] = ["greenhouse_sample"]
    return tuple(row)


def source(source_id: str, stamp: datetime, records: int) -> list[Any]:
    """A live source that promises to be looked at every three days."""
    publisher = {EUROSTAT: "Eurostat"}.get(source_id, "Invented publisher")
    return [
        source_id,
        f"Title of {source_id}",
        publisher,
        f"https://example.org/{source_id}",
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        publisher,
        True,
        "documented_api",
        "none",
        stamp,
        stamp,
        72,
        records,
        0,
        False,
    ]


@dataclass(frozen=True)
class Plant:
    """What happens before one Monday, and all that the edition of that Monday may say of it (patterns, in English)."""

    happens: Callable[[World, datetime], None] | None = None
    changed: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    trouble: bool = False
    rollback: bool = False
    off: bool = False


def put(name: str, key: Any, value: Any) -> Callable[[World, datetime], None]:
    """A plant that sets one value of the world."""
    return lambda world, _: getattr(world, name).__setitem__(key, value)


def vintage(year: str, home: float, union: float) -> Callable[[World, datetime], None]:
    """A new year of official figures."""

    def happens(world: World, _: datetime) -> None:
        world.official["LU", year], world.official["EU27_2020", year] = home, union
        world.official["BE", year] = home + 1

    return happens


def boards_join(world: World, _: datetime) -> None:
    world.board_records = 900


OUT = (r"Title of eurostat_isoc_eb_ai: not reachable since .* Its figures here are as of ",)
PLANTS: dict[int, Plant] = {
    5: Plant(put("shares", "2026-Q4", (31, 510)), still=(r"2026-Q4 ask for AI pract.*No change detected",)),
    7: Plant(lambda world, _: None),  # a release in which nothing moved for readers
    9: Plant(
        vintage("2025", 30.0, 20.0),
        changed=(
            r"30.% of enterprises \(Luxembourg.*in 2025\.\n.*break in series in 2025.*\n.*no change is claimed",
            r"20.% of enterprises \(EU27.*in 2025\.\n.*break in series in 2025.*\n.*no change is claimed",
        ),
    ),
    12: Plant(
        lambda world, at: world.revise("EU27_2020", "2023", 8.1, at),
        corrections=(r"Edition 1 said: 8.% of enterprises \(EU27.*It is now 8\.1.% \(revised by the publisher\)",),
    ),
    14: Plant(
        lambda world, at: world.revise("BE", "2024", 24.9, at),
        corrections=(r"Eurostat revised .*\(Belgium.*24\.7.% became 24\.9.%",),
    ),
    18: Plant(
        put("shares", "2027-Q1", (90, 520)),
        changed=(
            r"17\.3.% \[.*\] of new job postings.*2027-Q1.*\n.*Up from 6\.0.% \[.*\] in 2026-Q1.*\n.*beyond noise",
        ),
    ),
    20: Plant(
        put("shares", "2027-Q1", (95, 520)),
        corrections=(r"Edition 18 said: 17\.3.% .*It is now 18\.3.% \[.*\] \(recomputed with data that came later\)",),
    ),
    22: Plant(trouble=True, sources=OUT),
    23: Plant(trouble=True, sources=OUT),
    24: Plant(trouble=True, sources=OUT),
    25: Plant(sources=(r"None \(3 sources on time\)", r"Title of eurostat_isoc_eb_ai: in order again")),
    27: Plant(
        put("counts", "2027-05", 45),
        changed=(r"45 \[.*\] Signals counted \(Luxembourg, .*2027.*\)\.\n.*Up from 12 \[.*\].*\n.*beyond noise",),
    ),
    29: Plant(put("shares", "2027-Q2", (33, 520)), still=(r"2027-Q2 ask for AI pract.*No change detected",)),
    30: Plant(
        rollback=True,
        corrections=(r"Edition 29 said: 6\.3.% .*2027-Q2.*That no longer stands: not in this release",),
    ),
    31: Plant(
        lambda world, _: None,
        corrections=(r"Edition 30 said that this value no longer stood; it stands again: 6\.3.% .*2027-Q2",),
        still=(r"2027-Q2 ask for AI pract.*No change detected",),
    ),
    36: Plant(boards_join, sources=(r"None \(", r"“Language demand” rests on other sources.*new: .*greenhouse_boards")),
    38: Plant(put("french", "2027-Q2", (90, 110))),  # across the break: nothing may be claimed
    40: Plant(vintage("2026", 33.0, 23.5), off=True),
    41: Plant(
        off=True,  # the machine comes back on Wednesday: one edition, for this Monday, says what was missed
        changed=(
            r"33.% of enterprises \(Luxembourg.*in 2026\.\n.*2025: 30.%.*\n.*new figure from the publisher",
            r"23\.5.% of enterprises \(EU27.*in 2026\.\n.*2025: 20.%.*\n.*new figure from the publisher",
        ),
    ),
    45: Plant(put("counts", "2027-10", 17), still=(r"17 \[.*\] Signals counted.*No change detected",)),
    50: Plant(
        put("shares", "2027-Q3", (12, 520)),
        changed=(
            r"2\.3.% \[.*\] of new job postings.*2027-Q3.*\n.*Down from 6\.3.% \[.*\] in 2026-Q3.*\n.*beyond noise",
        ),
    ),
}
FIRST = datetime(2026, 11, 30, 6, tzinfo=UTC)
