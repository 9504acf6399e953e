"""Invented works of several catalogues, notices, calls, laws, courses and organisations for the tests of the warehouse.

Belongs here: records of these kinds with harmless fields, and a small world of them whose figures are known. Never
here: assertions.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from scrapers.items import ResearchOutput
from scrapers.items_policy import Course, FundingCall, LegalStep, Organisation, Tender
from tests.warehouse.make_release import World, source
from tests.warehouse.planted import add_record, provenance, work

FIRST, SECOND = date(2025, 3, 1), date(2025, 9, 1)
ALEX, REPOSITORY, PREPRINTS = "alex", "repository", "preprints"
NOTICES, NOTICES_TOO, CALLS, LAWS, COURSES, REGISTER = "notices", "notices_too", "calls", "laws", "courses", "register"


def genuine(model: type[Any], source_id: str, name: str, day: date, /, **fields: Any) -> Any:
    """A record of a source that is no sample."""
    return model(**{**provenance(source_id, name, day), "is_sample": False, **fields})


def listed(source_id: str, name: str, day: date, **changes: Any) -> ResearchOutput:
    """A work of 2024 as one of the three catalogues lists it: only alex knows shares and topics."""
    shares = {"LU": 0.5, "FR": 0.5} if source_id == ALEX else {}
    values = {"source_id": source_id, "is_sample": False, "publication_year": 2024, "country_shares": shares}
    return work(name, day, **{**values, **({} if source_id == ALEX else {"subfield_ids": []}), **changes})


def add_sources(world: World) -> None:
    """The registry's entries; the repository, the preprints and the notices come in increments."""
    for source_id, kind, format_, reads in (
        (ALEX, "research_output", "openalex", "whole"),
        (REPOSITORY, "research_output", "oai-dc", "increment"),
        (PREPRINTS, "research_output", "arxiv-atom", "increment"),
        (NOTICES, "tender", "ted", "increment"),
        (NOTICES_TOO, "tender", "ted-search", "increment"),
        (CALLS, "funding_call", "calls", "whole"),
        (LAWS, "legal_step", "laws", "whole"),
        (COURSES, "course", "courses", "whole"),
        (REGISTER, "organisation", "ror", "whole"),
    ):
        entry = source(source_id, kind, redistribute=source_id != COURSES) | {"format": format_, "reads": reads}
        world.sources.append(entry)
        for day in (FIRST, SECOND):
            world.crawl(source_id, day)


def add_works(world: World) -> None:
    """Four works that count, and one that does not, out of ten records.

    one: a DOI at alex, the same title at the repository, and an id that was merged into it. two: an article, its
    preprint, and arXiv's own record of that under an older title. four and five: one title and two DOIs. home: listed
    by the repository alone. Gone: an id that alex lists no more, and a record that the repository calls deleted.
    """
    one = {"title": "A title that is long enough to tell the work", "doi": "10.5/one"}
    two = "Another work that was a preprint at first"
    for day in (FIRST, SECOND):
        concepts = {"concept_ids": ["C119857082"], "institution_shares": {"old": 0.5}}
        add_record(world, listed(ALEX, "W1", day, **one, **concepts))
        arxiv_doi = {"doi": "10.48550/arXiv.2301.00002", "publication_year": 2023, "work_type": "preprint"}
        add_record(world, listed(ALEX, "W2", day, title=two, **arxiv_doi))
        add_record(world, listed(ALEX, "W3", day, title=two, doi="10.5/two"))
        for doi in ("10.5/four", "10.5/five"):
            same = {"title": "Two works that bear the very same title", "doi": doi}
            add_record(world, listed(ALEX, f"W{doi[5:]}", day, **same))
    add_record(world, listed(ALEX, "W6", FIRST, title="An entry that was another one's double", doi="10.5/six"))
    add_record(world, listed(ALEX, "W6", SECOND, title="", text="", country_shares={}, merged_into="W1"))
    add_record(world, listed(ALEX, "W7", FIRST, title="A work that the catalogue does not list any more"))
    titles = ("A Title, that is <b>long</b> enough to téll the Work", "Only its home knows it", "To be deleted")
    for number, title in enumerate(titles, start=1):
        add_record(world, listed(REPOSITORY, f"oai:{number}", FIRST, title=title, home_institutions=["uni"]))
    add_record(world, listed(REPOSITORY, "oai:3", SECOND, title="", text="", is_deleted=True, publication_year=None))
    older = {"title": "How it was called in the beginning", "work_type": "preprint", "publication_year": 2023}
    add_record(world, listed(PREPRINTS, "2301.00002", FIRST, arxiv_id="2301.00002", subjects=["cs.LG"], **older))


def add_notices(world: World) -> None:
    """A notice in two versions, of which the second source brings the first too; a result; one from elsewhere."""

    def notice(source_id: str, name: str, number: str, **changes: Any) -> Tender:
        fields = {"notice_id": name.partition("/")[0], "publication_number": number, "title": f"Notice {name}"}
        more = {"is_luxembourg": True, "published_on": date(2025, 2, 1), "form": "competition", **changes}
        return genuine(Tender, source_id, name, FIRST, **fields, **more)

    add_record(world, notice(NOTICES, "n1/01", "1-2025", notice_version="01"))
    add_record(world, notice(NOTICES_TOO, "n1/01", "1-2025", notice_version="01", text="What is bought."), ai=True)
    add_record(world, notice(NOTICES, "n1/02", "2-2025", notice_version="02"))
    won = {"winners": ["Someone Invented", "Invented S.A."], "winner_countries": ["LU"], "awarded_value": 9.0}
    add_record(world, notice(NOTICES, "n2", "3-2025", form="result", currency="EUR", **won))
    add_record(world, notice(NOTICES, "n3", "4-2025", is_luxembourg=False))


def add_others(world: World) -> None:
    """A call that left the list; a bill with a step listed by mistake; a course; an institution that merged."""
    days = {"deadlines": ["2025-04-01", "2025-10-01"], "programme": "P"}
    for day, names in ((FIRST, ("c1", "c2")), (SECOND, ("c1",))):
        for name in names:
            add_record(world, genuine(FundingCall, CALLS, name, day, call_id=name, title=f"Call {name}", **days))
    for day, steps in ((FIRST, "filed opinion published signed"), (SECOND, "filed opinion signed")):
        for number, stage in enumerate(steps.split()):
            happened = {"happened_on": date(2025, 1, 1) if number < 2 else date(2025, 2, 1)}
            step = {"dossier_id": "8000", "step_id": stage, "stage": stage, "title": f"Bill, {stage}"}
            add_record(world, genuine(LegalStep, LAWS, f"8000:{stage}", day, **step, **happened), ai=stage == "opinion")
    add_record(world, genuine(Course, COURSES, "k1", SECOND, course_id="k1", provider="School", title="Course"))
    about = {"old": {"successors": ["new"]}, "new": {"predecessors": ["old"]}, "far": {"country": "FR"}}
    for name, more in about.items():
        fields: dict[str, Any] = {"organisation_id": name, "name": f"Institute {name}", "country": "LU", **more}
        world.records.append(genuine(Organisation, REGISTER, name, SECOND, **fields))


def add_collection(world: World) -> None:
    """All of it."""
    add_sources(world)
    add_works(world)
    add_notices(world)
    add_others(world)
