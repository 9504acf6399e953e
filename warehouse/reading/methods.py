"""The method of every indicator, from its metadata, and what the observatory means by its words.

Belongs here: metadata and definitions in the order a reader needs them. Never here: a number, or layout.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.reading.cells import KNOWN_FLAGS
from warehouse.reading.figure import method_facts
from warehouse.reading.reader import ReleaseReader, listed
from warehouse.reading.texts import t, typeset

FAMILIES = ("adoption", "talent", "investment", "research", "techwatch")
AI_CLASSES = ("practitioner", "user", "governance", "mention", "none")
INTERVALS = ("wilson", "poisson", "bootstrap", "kappa", "official", "sum")
TERMS = (
    "release",
    "vintage",
    "suppressed",
    "effective",
    "noise",
    "provisional",
    "break",
    "quarantine",
    "sample",
    "late",
)


@dataclass(frozen=True)
class Method:
    """One indicator: what it asks, its facts as (name, text), and what it waits for while it is planned."""

    code: str
    family: str
    is_live: bool
    name: str
    question: str
    caveat: str
    waits_for: str
    facts: tuple[tuple[str, str], ...]


def methods(reader: ReleaseReader, lang: str, family: str = "all", status: str = "all") -> list[Method]:
    """Indicators of a family ("all" for all) and status (live, planned or all), family by family, live ones first."""
    found = []
    for row in reader.indicators().to_dict("records"):
        about = reader.indicator(str(row["code"]), lang)
        if about is None or family not in ("all", about.family) or status not in ("all", about.status):
            continue
        sources = ", ".join(str(name) for name in listed(row.get("sources")))
        dimensions = ", ".join(str(name) for name in listed(row.get("dimensions")))
        facts = [fact for fact in method_facts(reader, about.code, lang) if fact[0] != t("method.name", lang)]
        facts += [(t("method.sources", lang), sources)] if sources else []
        facts += [(t("method.dimensions", lang), dimensions)] if dimensions else []
        found.append(
            Method(
                code=about.code,
                family=about.family,
                is_live=about.status == "live",
                name=about.name,
                question=typeset(about.question, lang),
                caveat=typeset(about.caveat, lang),
                waits_for=typeset(about.waits_for, lang) if about.status != "live" else "",
                facts=tuple(facts),
            )
        )
    place = {name: index for index, name in enumerate(FAMILIES)}
    return sorted(found, key=lambda one: (place.get(one.family, len(place)), not one.is_live, one.code))


def families(reader: ReleaseReader) -> list[str]:
    """Families that the release has indicators of, in the observatory's order."""
    known = set(reader.indicators()["family"].astype(str))
    return [name for name in FAMILIES if name in known]


def ai_classes(lang: str) -> list[tuple[str, str]]:
    """The classes of a text, each with its definition."""
    return [(t(f"methods.class.{name}", lang), t(f"methods.class.{name}.text", lang)) for name in AI_CLASSES]


def intervals(lang: str) -> list[tuple[str, str]]:
    """How each kind of number gets its interval, or why it has none."""
    return [(t(f"methods.interval.{name}", lang), t(f"methods.interval.{name}.text", lang)) for name in INTERVALS]


def glossary(lang: str) -> list[tuple[str, str]]:
    """Words of the pages, by name."""
    terms = [(t(f"methods.term.{name}", lang), t(f"methods.term.{name}.text", lang)) for name in TERMS]
    return sorted(terms, key=lambda term: term[0].casefold())


def flags(lang: str) -> list[tuple[str, str]]:
    """Status flags and their meaning."""
    return [(letter, t(f"flag.{letter}", lang)) for letter in KNOWN_FLAGS]
