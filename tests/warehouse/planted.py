"""Invented works, participations and announcements for the tests of the warehouse, beside the postings of make_release.

Belongs here: records of the three kinds with harmless fields, and a small world of them whose figures are known. Never
here: assertions.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from scrapers.curated import LISTS
from scrapers.decode import DecodeContext, decode
from scrapers.items import Announcement, FundingClaim, FundingEvent, Observation, ResearchOutput
from tests.warehouse.make_release import World, at, crawl_id, sha, source

WORKS, GRANTS, NEWS = "openalex_sample", "cordis_sample", "announcements_sample"
CLAIMS, PRESS, RATES = "curated_funding_claims", "press_claims", "ecb_fx"
AI_PATH, OTHER_PATH = "/23/47/297/933", "/21/30"


def provenance(source_id: str, name: str, day: date) -> dict[str, Any]:
    """What every record of a source carries when it is read on a day."""
    return {
        "record_id": f"{source_id}:{name}",
        "source_id": source_id,
        "crawl_id": crawl_id(day),
        "capture_id": sha(f"{source_id} {day}"),
        "url": f"https://{source_id.replace('_', '-')}.example/list",
        "retrieved_at": at(day),
        "is_sample": True,
    }


def work(name: str, day: date, **changes: Any) -> ResearchOutput:
    """A work as a catalogue described it on a day; an article of 2023, half of it Luxembourg's, about nothing of AI."""
    values: dict[str, Any] = {
        **provenance(changes.get("source_id", WORKS), name, day),
        "work_id": name,
        "title": f"On {name}",
        "text": f"What was found about {name}.",
        "work_type": "article",
        "publication_year": 2023,
        "published_on": date(2023, 5, 1),
        "authors_total": 2,
        "country_shares": {"LU": 0.5, "FR": 0.5},
        "topic_ids": ["T1"],
        "subfield_ids": ["2002"],
    }
    return ResearchOutput(**{**values, **changes})


def grant(project: str, organisation: str, day: date, **changes: Any) -> FundingEvent:
    """A participation as a register listed it on a day; from Luxembourg, signed in 2022, about nothing of AI."""
    values: dict[str, Any] = {
        **provenance(changes.get("source_id", GRANTS), f"{project}:{organisation}", day),
        "programme": "HORIZON",
        "project_id": project,
        "acronym": project.upper(),
        "title": f"Project {project}",
        "text": f"What {project} is for.",
        "status": "SIGNED",
        "signed_on": date(2022, 6, 1),
        "starts_on": date(2022, 9, 1),
        "topic_codes": [OTHER_PATH],
        "organisation_id": organisation,
        "organisation": f"Organisation {organisation}",
        "country": "LU",
        "role": "participant",
        "contribution": 100_000.0,
        "net_contribution": 100_000.0,
    }
    return FundingEvent(**{**values, **changes})


def news(name: str, day: date, published: datetime | None, **changes: Any) -> Announcement:
    """An announcement as a list showed it on a day."""
    values: dict[str, Any] = {
        **provenance(changes.get("source_id", NEWS), name, day),
        "item_id": name,
        "title": f"About {name}",
        "text": f"All that there is to say about {name}.",
        "page_url": f"https://news.example/{name}/page",
        "published_at": published,
    }
    return Announcement(**{**values, **changes})


def moment(month: int, day: int, hour: int = 9, year: int = 2026) -> datetime:
    """A time in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def add_sources(world: World, *, redistribute: bool = True) -> None:
    """The three sources in the registry."""
    for source_id, kind in ((WORKS, "research_output"), (GRANTS, "funding_event"), (NEWS, "announcement")):
        world.sources.append(source(source_id, kind, redistribute=redistribute))


def add_record(world: World, record: Any, ai: bool = False) -> None:
    """A record with its reading by the classifier."""
    world.records.append(record)
    world.classify(record, ai_class="practitioner" if ai else "none", skills=["machine_learning"] if ai else [])


WORKS_READ, WORKS_READ_AGAIN = date(2024, 3, 1), date(2024, 9, 1)
GRANTS_READ, GRANTS_READ_AGAIN = date(2023, 2, 1), date(2024, 5, 1)
NEWS_READ = [date(2026, 3, 25), date(2026, 4, 20), date(2026, 5, 5), date(2026, 6, 20), date(2026, 8, 3)]


def add_works(world: World) -> None:
    """120 works of 2023 with half a share each, 30 of them AI by topic, 40 by text (24 by both), and awkward ones.

    Left out of the topics: ten with the default topic (of which 2 AI by text), five without one. Not counted: a
    retracted work, a peer review, the second id of a DOI, a work that lost its Luxembourg author, a work gone from the
    catalogue. One work is whole Luxembourg's since the second reading. 2022 has twelve works: too few to say.
    """
    for day in (WORKS_READ, WORKS_READ_AGAIN):
        world.crawl(WORKS, day)
        again = day == WORKS_READ_AGAIN
        for number in range(120):
            topics = ["1702"] if number < 20 else ["1707"] if number < 30 else ["2002", "1702"]
            share = {"LU": 1.0} if again and number == 119 else {"LU": 0.5, "FR": 0.5}
            add_record(
                world,
                work(f"W{number}", day, subfield_ids=topics, country_shares=share),
                ai=number < 24 or 100 <= number < 116,
            )
        for number in range(15):
            lost: dict[str, Any] = {"is_default_topic": True} if number < 10 else {"subfield_ids": [], "topic_ids": []}
            add_record(world, work(f"L{number}", day, **lost), ai=number < 2)
        for number in range(12):
            add_record(world, work(f"E{number}", day, publication_year=2022, subfield_ids=["1702"]), ai=True)
        add_record(world, work("retracted", day, is_retracted=True), ai=True)
        add_record(world, work("review", day, work_type="peer-review"), ai=True)
        for name in ("doi_a", "doi_b"):
            add_record(world, work(name, day, doi="10.1/same", publication_year=2021))
        add_record(world, work("moved", day, country_shares={"FR": 1.0} if again else {"LU": 1.0}), ai=True)
        if not again:
            add_record(world, work("gone", day), ai=True)


def add_grants(world: World) -> None:
    """2021: two AI projects, 300,000 + 50,000 (two participants) and 700,000 coordinated; 2022: none; 2023: one.

    Beside them: a project that is no AI, a French participation, one that is gone at the second reading, and an amount
    that moved between the readings.
    """
    for day in (GRANTS_READ, GRANTS_READ_AGAIN):
        world.crawl(GRANTS, day)
        again = day == GRANTS_READ_AGAIN
        ai: dict[str, Any] = {"topic_codes": [OTHER_PATH, AI_PATH], "signed_on": date(2021, 3, 1)}
        add_record(world, grant("alpha", "uni", day, net_contribution=300_000.0 if again else 250_000.0, **ai), ai=True)
        add_record(world, grant("alpha", "sme", day, net_contribution=None, contribution=50_000.0, **ai), ai=True)
        add_record(world, grant("alpha", "cnrs", day, country="FR", role="coordinator", **ai), ai=True)
        beta = {"role": "coordinator", "net_contribution": 700_000.0}
        add_record(world, grant("beta", "uni", day, **beta, **ai), ai=False)
        late = {"topic_codes": ["/23/47/299/939"], "signed_on": None, "starts_on": date(2023, 1, 15)}
        add_record(world, grant("gamma", "uni", day, **late), ai=True)
        add_record(world, grant("other", "uni", day, topic_codes=["/23/47/2970", "/23/47/299/938"]))
        if not again:
            add_record(world, grant("gone", "uni", day, **ai), ai=True)


def add_news(world: World) -> None:
    """April and July are watched; March began before the first reading, and August runs.

    Items may have been lost between 5 May and 15 June, since the readings around it share none. April: four
    announcements, one of them about AI (one was published at 23:00 UTC on 31 March, which is April in Luxembourg).
    July: two about AI, one of them under two addresses. One item of May has no date of its own.
    """
    items: dict[str, tuple[datetime | None, bool]] = {
        "m1": (moment(3, 20), True),
        "m2": (moment(3, 31, 23), False),
        "a1": (moment(4, 2), True),
        "a2": (moment(4, 10), False),
        "a3": (moment(4, 18), False),
        "undated": (None, False),
        "j1": (moment(6, 15), True),
        "j2": (moment(6, 19), False),
        "l1": (moment(7, 2), True),
        "l2": (moment(7, 9), True),
        "g1": (moment(8, 1), True),
    }
    shown = (("m1",), ("m1", "m2", "a1", "a2", "a3"), ("a3", "undated"), ("j1", "j2"), ("j2", "l1", "l2", "g1"))
    for day, names in zip(NEWS_READ, shown, strict=True):
        world.crawl(NEWS, day)
        for name in names:
            published, about_ai = items[name]
            add_record(world, news(name, day, published), ai=about_ai)
    twin = news("l2x", NEWS_READ[-1], moment(7, 9), page_url="http://www.news.example/l2/page/?utm_source=feed#top")
    add_record(world, twin, ai=True)
    # One of April's is told again under another sub-domain, and in another language that its page names.
    april = NEWS_READ[1]
    again = "https://ministry.news.example/2026/10-plan-for-a2.html"
    add_record(world, news("a2m", april, moment(4, 11), page_url=again, alternates=["https://news.example/a2/page"]))
    add_record(
        world, news("a2d", april, moment(4, 11), page_url="https://news.example/de/a2/seite", alternates=[again])
    )


def claim(name: str, event: str, day: date, **changes: Any) -> FundingClaim:
    """What a newspaper was read to say of a funding event on a day; half a million euro for a firm in Luxembourg."""
    values: dict[str, Any] = {
        **provenance(PRESS, name, day),
        "is_sample": False,
        "claim_id": name,
        "event_id": event,
        "organisation": f"Firm {event}",
        "country": "LU",
        "amount": 500_000.0,
        "currency": "EUR",
        "amount_kind": "raised",
        "happened_on": "2026-06-01",
        "said_by": "press.example",
    }
    return FundingClaim(**{**values, **changes})


def rate(currency: str, on: date, value: float, read: date) -> Observation:
    """A reference rate as it was read on a day."""
    values: dict[str, Any] = {
        **provenance(RATES, f"eurofxref:{currency}:{on}", read),
        "dataset_id": "eurofxref",
        "series_key": currency,
        "dimensions": {"currency": currency},
        "time_period": on.isoformat(),
        "value": value,
        "unit": f"{currency} per EUR",
    }
    return Observation(**values)


CLAIMS_READ = date(2026, 8, 3)


def add_claims(world: World) -> None:
    """The project's own reviewed claims, and what an invented newspaper says beside them."""
    for source_id, kind in ((CLAIMS, "funding_claim"), (PRESS, "funding_claim"), (RATES, "observation")):
        world.crawl(source_id, CLAIMS_READ)
        world.sources.append(source(source_id, kind))
    body = (LISTS / "funding_claims.yaml").read_bytes()
    about = provenance(CLAIMS, "", CLAIMS_READ)
    names = ("source_id", "crawl_id", "capture_id", "url", "retrieved_at")
    world.records += decode("curated", body, DecodeContext(**{name: about[name] for name in names})).records
    world.records += [
        # A machine's reading of a later contract inside the announced 112 million: it counts, and the whole does not.
        claim("p-1", "press-racks", CLAIMS_READ, amount=3_000_000.0, amount_kind="contract", part_of="aif-lu"),
        # Told again under another name, and not reviewed: the reviewed event counts.
        claim("p-2", "press-jc", CLAIMS_READ, amount=11_600_000.0, amount_kind="awarded", same_as=["jc2025"]),
        # Another sum for a reviewed event: shown beside it, and not preferred.
        claim("p-3", "salonkee", CLAIMS_READ, amount=30_000_000.0, happened_on="2023-06-12"),
        # Not reviewed: it cannot take the place of another source's claim.
        claim("p-4", "press-other", CLAIMS_READ, supersedes=["meluxina-2020"], amount_kind="target"),
        # In dollars, on a Sunday.
        claim("p-5", "press-dollars", CLAIMS_READ, amount=250_000.0, currency="USD", happened_on="2026-06-07"),
        rate("USD", date(2026, 6, 5), 1.25, CLAIMS_READ),
        rate("USD", date(2026, 6, 8), 2.0, CLAIMS_READ),
    ]


def add_planted(world: World) -> None:
    """All kinds and their sources."""
    add_sources(world)
    add_works(world)
    add_grants(world)
    add_news(world)
    add_claims(world)
