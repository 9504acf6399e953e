"""Test releases with investment, research and tech watch as well. TEST DATA: every number and name is invented."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from scipy import stats

from tests.reading.release_builder import RELEASE_A, RELEASE_B, STAMPS, Builder, filled, wilson

GRANTS = {"2021": (5_213_400.0, 9), "2022": (7_880_000.0, 14), "2023": (412_300.0, 2), "2024": (11_020_000.0, 17)}
MONTHS = [*(f"2025-{month:02}" for month in range(5, 13)), *(f"2026-{month:02}" for month in range(1, 11))]
NEW_SOURCES = {
    "cordis_sample": ("Sample of EU projects", "funding_event"),
    "openalex_sample": ("Sample of publications", "research_output"),
    "announcements_sample": ("Sample announcements", "announcement"),
}


def full(release_id: str = RELEASE_B, *, is_sample: bool = True) -> Builder:
    """A release with values in every family; release A lacks the newest year and month."""
    b = filled(release_id, is_sample=is_sample)
    newest = release_id == RELEASE_B
    grants(b, newest)
    research(b, newest)
    announcements(b, MONTHS if newest else MONTHS[:-1])
    for code, family, name, unit, source in (
        ("I4", "investment", "EU grants for AI projects", "EUR", "cordis_sample"),
        ("R1", "research", "AI share of publications", "share", "openalex_sample"),
        ("N1", "techwatch", "AI announcements a month", "announcements", "announcements_sample"),
    ):
        b.more_indicators.append(_metadata(code, family, name, unit, [source], "live", None))
    waits = "official vacancy totals by section"
    b.more_indicators.append(_metadata("T2", "talent", "AI openings, calibrated", "share", [], "planned", waits))
    checked = STAMPS[RELEASE_B] - timedelta(hours=3)
    for source_id, (title, kind) in NEW_SOURCES.items():
        row: list[Any] = [source_id, title, "LuxAI Observatory (sample)", f"https://example.org/{source_id}"]
        row += ["Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", "LuxAI Observatory", True]
        b.sources.append([*row, "documented_api", "none: invented", checked, checked, 48, 120, 1, is_sample, kind])
    b.quarantine.append(("cordis_sample", "funding_event", "missing_title", 1))
    return b


def grants(b: Builder, newest: bool) -> None:
    """I4 by year with its measures, and the list of projects."""
    years = GRANTS | ({"2026": (903_000.0, 3)} if newest else {})
    for year, (total, projects) in years.items():
        flags = "p" if year == "2026" else None
        low, high = poisson(projects)
        b.estimate("I4", year, total, "EUR", "sum", k=projects, flags=flags)
        cell: dict[str, Any] = {"dims": {"measure": "projects"}, "low": low, "high": high, "level": 0.95}
        b.estimate("I4", year, float(projects), "projects", "poisson_exact", k=projects, flags=flags, **cell)
        led = max(1, projects // 6)
        low, high = wilson(led, projects)
        cell = {"dims": {"measure": "coordinated"}, "low": low, "high": high, "level": 0.95, "n": projects}
        b.estimate("I4", year, led / projects, "share", "wilson", k=led, flags="u", **cell)
        b.estimate("I4", year, 0.31, "share", "share_of_sum", dims={"measure": "largest_project"}, k=1, flags=flags)
    for number, (year, role, is_ai) in enumerate(
        (year, role, is_ai)
        for year in years
        for role, is_ai in (("coordinator", True), ("participant", True), ("participant", False))
    ):
        signed = date(int(year), 3, 1 + number % 27)
        name = "" if number == 4 else f"Invented Institute {number}"
        row: tuple[Any, ...] = (
            "HORIZON",
            f"9900{number:02}",
            f"INV{number}",
            f"Invented project number {number}",
            "SIGNED",
            signed,
        )
        row += (signed, date(int(year) + 3, 2, 28), f"org{number}", name, "REC", role, 4e5, 3.5e5, 2e6, 2.5e6, "EUR")
        row += (is_ai, is_ai, year, b.stamp, f"cordis_sample:{number}", "0" * 64, "cordis_sample", b.is_sample)
        b.projects.append(row)


def research(b: Builder, newest: bool) -> None:
    """R1 by both definitions, their agreement, and what the topic definition cannot judge."""
    for year, works, own, topics in (
        ("2022", 640, 70, 55),
        ("2023", 690, 86, 66),
        ("2024", 30, 2, 1),
        ("2025", 720, 104, 71),
    ):
        for definition, k in (("own-text", own), ("openalex-topics", topics)):
            low, high = wilson(k, works)
            cell: dict[str, Any] = {"value": k / works, "low": low, "high": high, "level": 0.95, "n": works, "k": k}
            because = "too_few" if k < 5 else None
            cell = dict.fromkeys(cell) if because else cell | {"n_effective": works / 1.2}
            flags = "p" if year == "2025" and newest else None
            dims = {"definition": definition}
            value = cell.pop("value")
            b.estimate("R1", year, value, "share", "bootstrap", dims=dims, because=because, flags=flags, **cell)
        if year != "2024":
            cell = {"dims": {"measure": "agreement"}, "low": 0.52, "high": 0.71, "level": 0.95, "n": works - 80}
            b.estimate("R1", year, 0.62, "kappa", "cohen_kappa", k=works - 120, **cell)
            b.estimate("R1", year, 80.0, "works", "count", dims={"measure": "left_out"}, n=works, k=80)


def announcements(b: Builder, months: list[str]) -> None:
    """N1 for AI and for all; the first month was not watched from end to end."""
    for index, month in enumerate(months):
        for dims, count in (({}, index % 4), ({"base": "all"}, 20 + index)):
            if index == 0:
                b.estimate("N1", month, None, "announcements", "poisson_exact", dims=dims, because="not_watched")
                continue
            low, high = poisson(count)
            cell: dict[str, Any] = {"low": low, "high": high, "level": 0.95, "k": count, "dims": dims}
            b.estimate("N1", month, float(count), "announcements", "poisson_exact", **cell)
        day = date(int(month[:4]), int(month[5:]), 12)
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        row = ("announcements_sample", f"Invented announcement {index}", f"https://example.org/{index}", at, day, month)
        b.announcements.append((*row, "en", index % 4 > 0, index > 0, b.stamp, f"a:{index}", "0" * 64, b.is_sample))


def poisson(count: int) -> tuple[float, float]:
    """Exact 95 % interval of a Poisson count."""
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return float(low), float(stats.chi2.ppf(0.975, 2 * (count + 1)) / 2)


def _metadata(
    code: str, family: str, name: str, unit: str, sources: list[str], status: str, waits_for: str | None
) -> tuple[Any, ...]:
    spoken = (name, f"{name} (fr)", f"{name} (de)", None, f"{name}?", f"{name} ?", f"{name}?", None)
    about = ("sum", unit, "numerator", "denominator", "population of the test", sources, "B", "test", 30, 1)
    policy = ("all vintages kept", [10], ["measure"], waits_for)
    caveat = ("One project can make a year.", "Un projet peut faire une année.", None, None)
    return (code, family, status, *spoken, *about, json.dumps([]), *policy, *caveat)


def full_releases(root: Path, *, is_sample: bool = True) -> Path:
    """Releases A and B with every family under a root, the pointer on B."""
    full(RELEASE_A, is_sample=is_sample).write(root)
    full(RELEASE_B, is_sample=is_sample).write(root)
    return root
