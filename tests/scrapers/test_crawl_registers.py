"""Registers of research and catalogues of training through real crawl processes, once and over sixty days."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import Organisation, Record, ResearchOutput
from scrapers.registry import Source, source_by_id
from scrapers.run import CrawlOutcome, crawl, crawl_many
from tests.scrapers.registers import HOSTS, Registers, sources
from tests.scrapers.site import CONTACT, Answer, Site


@pytest.fixture
def registers(site: Site) -> Registers:
    site.serve("/robots.txt", b"")
    return Registers(site)


def run(root: Path, site: Site, mode: str = "live") -> dict[str, CrawlOutcome]:
    return crawl_many(sources(), root, mode=mode, contact=CONTACT, host_map=dict.fromkeys(HOSTS, site.base))


def newest(root: Path, source: Source) -> list[Record]:
    archive = Archive(root)
    return decode_crawl(archive, source, archive.crawls(source.id)[-1].crawl_id).records


def works_of(root: Path) -> dict[str, tuple[str, int | None, bool]]:
    records = newest(root, sources()[0])
    found = [record for record in records if isinstance(record, ResearchOutput)]
    return {record.work_id: (record.title, record.publication_year, record.is_retracted) for record in found}


def organisations_of(root: Path) -> dict[str, tuple[str, list[str]]]:
    records = newest(root, sources()[1])
    found = [record for record in records if isinstance(record, Organisation)]
    return {record.organisation_id: (record.status, record.successors) for record in found}


def test_lists_are_read_whole_and_again_out_of_the_archive(tmp_path: Path, site: Site, registers: Registers) -> None:
    outcomes = run(tmp_path, site)
    assert {name: outcome.complete for name, outcome in outcomes.items()} == {
        "crossref_fnr": True,
        "ror_luxembourg": True,
    }
    assert works_of(tmp_path) == registers.true_works()
    assert organisations_of(tmp_path) == registers.true_organisations()
    asked = len(registers.asked)
    registers.next_day()
    replayed = run(tmp_path, site, "replay")
    assert all(outcome.complete and not outcome.misses for outcome in replayed.values())
    assert len(registers.asked) == asked


FAULTS = {12: "expired_cursor", 24: "lost_work", 36: "repeated_page", 48: "lost_organisation"}
HURTS = {"expired_cursor": 0, "lost_work": 0, "repeated_page": 1, "lost_organisation": 1}


@pytest.mark.endurance
def test_sixty_days_of_two_registers(tmp_path: Path, site: Site, registers: Registers) -> None:
    """Asked every sixth day: what was read last is what is true, and what was lost was said."""
    flagged: dict[int, list[str]] = {}
    for day in range(1, 61):
        registers.next_day()
        if day % 6:
            continue
        registers.fault, registers.asked = FAULTS.get(day, ""), []
        outcomes = run(tmp_path, site)
        flagged[day] = [source.id for source in sources() if not outcomes[source.id].complete]
        if registers.fault != "expired_cursor":
            # One page more a year than its works fill, and one more of organisations.
            most = (
                sum(len(part) // registers.rows + 2 for part in years(registers))
                + len(registers.organisations) // 5
                + 2
            )
            assert len(registers.asked) <= most
        hurt = HURTS.get(registers.fault)
        if hurt != 0:
            assert works_of(tmp_path) == registers.true_works(), day
        if hurt != 1:
            assert organisations_of(tmp_path) == registers.true_organisations(), day
    names = [source.id for source in sources()]
    assert {day: said for day, said in flagged.items() if said} == {
        day: [names[HURTS[fault]]] for day, fault in FAULTS.items()
    }
    assert len(flagged) == 10
    assert any(status == "withdrawn" for status, _ in registers.true_organisations().values())
    assert any(retracted for _, _, retracted in registers.true_works().values())


def years(registers: Registers) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for doi, (_, year, _) in registers.true_works().items():
        found.setdefault(year, []).append(doi)
    return list(found.values())


PAGE = """<!doctype html><html lang="en"><body><h1>{name}</h1><script type="application/ld+json">
{{"@context": "https://schema.org", "@type": "Course", "name": "{name}", "provider": {{"name": "Demo Academy"}}}}
</script></body></html>"""


def test_a_catalogue_of_courses_is_read_page_by_page(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    links = "".join(f'<li><a href="/courses/{name}">{name}</a></li>' for name in ("bread", "cake"))
    site.serve("/catalogue", f"<!doctype html><html><body><ul>{links}</ul></body></html>".encode())
    site.serve("/courses/bread", PAGE.format(name="Bread").encode())
    site.serve("/courses/cake", PAGE.format(name="Cake").encode())
    line = {
        "board": "academy",
        "employer": "Demo Academy",
        "options": {"listing": "https://academy.example/catalogue", "pattern": "/courses/"},
    }
    registered = source_by_id("courses_dlh")
    source = registered.model_copy(
        update={
            "params": {**registered.params, "boards": [line]},
            "delay_seconds": 0.0,
            "disabled": None,
            "modes": ("live", "replay"),
        }
    )

    def read() -> tuple[CrawlOutcome, list[str]]:
        outcome = crawl(source, tmp_path, mode="live", contact=CONTACT, host_map={"academy.example": site.base})
        record = Archive(tmp_path).crawls(source.id)[-1]
        found = decode_crawl(Archive(tmp_path), source, record.crawl_id)
        return outcome, sorted(record.title for record in found.records)  # type: ignore[attr-defined]

    outcome, titles = read()
    assert (outcome.complete, titles) == (True, ["Bread", "Cake"])
    site.pages["/courses/cake"] = lambda asked: Answer(PAGE.format(name="Better cake").encode())
    outcome, titles = read()
    assert (outcome.complete, outcome.unchanged, titles) == (True, False, ["Better cake", "Bread"])
