"""Open data portals and files through real crawls: pages to the end, permanent addresses, pages that lead on."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.plan import planned_requests
from scrapers.plan.documents import udata_list_url, udata_page
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from scrapers.spiders.files import FilesSpider
from scrapers.spiders.udata import UdataSpider
from tests.scrapers.made.cssf_demo import make
from tests.scrapers.site import CONTACT, Answer, Asked, Site

PORTAL, HOST = "https://data.public.lu", "data.public.lu"
PAGE = "https://supervisor.example/news/review/"


def portal(**changes: Any) -> Source:
    params = {"portal": PORTAL, "page_size": 2, "queries": [{"key": "demo", "q": "demo"}], "datasets": ["one"]}
    base = {"params": params, "delay_seconds": 0.0, "modes": ("live", "replay")}
    return source_by_id("data_public_lu").model_copy(update=base | changes)


def run(root: Path, site: Site, source: Source, **options: Any) -> CrawlOutcome:
    hosts = {HOST: site.base, "supervisor.example": site.base, "download.example": site.base}
    given: dict[str, Any] = {"mode": "live", "contact": CONTACT, "host_map": hosts, "timeout_s": 60.0} | options
    return crawl(source, root, **given)


class Catalogue:
    """A loopback portal: five data sets in pages of two, counters that move at every look."""

    def __init__(self, site: Site) -> None:
        self.ids = list(range(1, 6))
        self.total: int | None = None
        self.loop = False
        self.views = 0
        site.serve("/robots.txt", b"")
        site.pages["/api/1/datasets/"] = self.page
        site.pages["/api/1/datasets/one/"] = lambda asked: Answer(orjson.dumps(self.dataset(99)), etag=False)

    def dataset(self, number: int) -> dict[str, Any]:
        self.views += 1
        resource = {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "title": "demo.csv",
            "latest": f"{PORTAL}/fr/datasets/r/{number}",
            "url": f"https://download.example/resources/demo/20260921-080000/{number}.csv",
            "metrics": {"views": self.views},
        }
        said = {"id": f"{number:024x}", "title": f"Demo {number}", "last_update": "2026-09-21T08:00:00+00:00"}
        return {**said, "slug": "demo", "resources": [resource], "metrics": {"views": self.views}}

    def page(self, asked: Asked) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        page, size = int(query["page"]), int(query["page_size"])
        part = self.ids[(page - 1) * size : page * size]
        last = page * size >= len(self.ids) and not self.loop
        # The portal names its next page as it knows itself, which is not always as it was asked.
        following = None if last else f"http://portal.internal:7000/api/1/datasets/?page={page + 1}&page_size={size}"
        total = len(self.ids) if self.total is None else self.total
        body = {"data": [self.dataset(number) for number in part], "next_page": following, "page": page, "total": total}
        return Answer(orjson.dumps(body), etag=False)


@pytest.fixture
def catalogue(site: Site) -> Catalogue:
    return Catalogue(site)


def test_a_query_is_followed_to_its_last_page(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    source = portal()
    first = run(tmp_path, site, source)
    assert (first.complete, first.problem) == (True, None)
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    assert record.complete_keys == ["dataset/one", "demo", "demo/page-2", "demo/page-3"]
    asked = [path for path in (item.path for item in site.asked) if "page=" in path]
    assert len(asked) == 3
    assert all("q=demo" in path and "sort=created" in path for path in asked)
    found = decode_crawl(archive, source, record.crawl_id)
    assert len(found.records) == 6
    assert all(entry.resource_url.startswith(f"{PORTAL}/fr/datasets/r/") for entry in found.records)  # type: ignore[attr-defined]


def test_pages_that_are_not_all_of_a_query_are_no_complete_crawl(
    tmp_path: Path, site: Site, catalogue: Catalogue
) -> None:
    catalogue.total = 40
    site.serve("/api/1/datasets/one/", b'{"message": "gone"}')
    outcome = run(tmp_path, site, portal())
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")
    (record,) = Archive(tmp_path).crawls()
    assert record.problems == {
        "crawl": "demo: the portal counts 40 data sets, its pages list 5",
        "dataset/one": "the portal answers with an error: gone",
    }


class Session:
    """What a spider needs of a session to follow pages."""

    def __init__(self, source: Source) -> None:
        self.source, self.planned, self.problems = source, planned_requests(source), {}  # type: ignore[var-annotated]

    def fail(self, key: str, reason: str) -> None:
        self.problems[key] = reason


def listed(following: str | None, *numbers: int) -> bytes:
    data = [{"id": str(number), "title": "x", "slug": "x"} for number in numbers]
    return orjson.dumps({"data": data, "next_page": following, "total": len(numbers)})


@pytest.mark.parametrize(
    ("key", "following", "problem"),
    [
        ("demo", f"{PORTAL}/?page=2", None),
        ("demo", f"{PORTAL}/?page=1", "page 1 is followed by one that is not 2"),
        ("demo", "http://[", "page 1 is followed by one that is not 2"),
        ("demo/page-2", f"{PORTAL}/?page=3", "page 2 lists nothing that is new, and names a next page"),
        ("demo/page-400", f"{PORTAL}/?page=401", "more than 400 pages"),
    ],
)
def test_paging_that_goes_round_ends(key: str, following: str, problem: str | None) -> None:
    session = Session(portal())
    spider = UdataSpider(session=session)
    if key == "demo/page-2":
        list(spider.follow(listed(f"{PORTAL}/?page=2", 1, 2), "", "demo"))
    found = list(spider.follow(listed(following, 1, 2), "", key))
    assert [planned.key for planned in found] == ([] if problem else ["demo/page-2"])
    assert (session.problems or None) == (problem and {"crawl": f"demo: {problem}"})
    assert all(urlsplit(planned.url).hostname == HOST for planned in found)


def test_a_change_of_an_entry_is_a_change_and_one_of_its_visitors_is_none() -> None:
    spider = UdataSpider(session=Session(portal()))
    first = {"data": [{"id": "1", "metrics": {"views": 1}, "resources": [{"id": "r", "metrics": {"views": 1}}]}]}
    visited = {"data": [{"id": "1", "metrics": {"views": 9}, "resources": [{"id": "r", "metrics": {"views": 9}}]}]}
    changed = {"data": [{"id": "1", "resources": [{"id": "r2"}]}]}
    same, other = spider.identity(orjson.dumps(first)), spider.identity(orjson.dumps(changed))
    assert spider.identity(orjson.dumps(visited)) == same != other


def test_a_file_at_a_permanent_address_is_followed_to_its_edition(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    site.serve("/fr/datasets/r/1", b"", 302, Location="https://download.example/resources/x/20260921-080000/a.csv")
    csv = b"Date;Nature_contrat;Postes_declares;Stock_postes_vacants\n31-08-2026;Emploi;5;6\n"
    site.serve("/resources/x/20260921-080000/a.csv", csv)
    site.serve("/fr/datasets/r/2", b"<!DOCTYPE html><html><body>Maintenance</body></html>")
    files = [
        {"key": "series", "url": f"{PORTAL}/fr/datasets/r/1"},
        {"key": "other", "url": f"{PORTAL}/fr/datasets/r/2"},
    ]
    source = source_by_id("adem_vacancies").model_copy(
        update={"params": {"files": files}, "delay_seconds": 0.0, "modes": ("live", "replay")}
    )
    outcome = run(tmp_path, site, source)
    assert "an HTML page stands where a file is due" in str(outcome.problem)
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    assert record.complete_keys == ["series"]
    found = decode_crawl(archive, source, record.crawl_id)
    assert [record.value for record in found.records] == [5.0, 6.0]  # type: ignore[attr-defined]
    assert [reject.reason for reject in found.rejects] == ["not_a_table"]


def test_a_page_leads_to_its_document(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    news = b"<!DOCTYPE html><html><body>%s<a href='/doc/review/'>Review</a><a href='/other.pdf'>no</a></body></html>"
    site.serve("/news/review/", news % b"12:00")
    site.serve(
        "/doc/review/", b"<html><body><a href='/files/review-ai.pdf#p2'>PDF</a><a href='/news/review/'>up</a></body>"
    )
    site.serve("/files/review-ai.pdf", make())
    site.serve("/other.pdf", make())
    params = {"pages": [{"key": "review", "url": PAGE, "links": r"/(?:doc|files)/.*review"}]}
    source = source_by_id("cssf_ai_review").model_copy(
        update={"params": params, "delay_seconds": 0.0, "modes": ("live", "replay")}
    )
    outcome = run(tmp_path, site, source)
    assert (outcome.complete, outcome.problem) == (True, None)
    assert site.paths().count("/other.pdf") == 0
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    assert record.complete_keys == [
        "https://supervisor.example/doc/review/",
        "https://supervisor.example/files/review-ai.pdf",
        "review",
    ]
    found = decode_crawl(archive, source, record.crawl_id)
    assert [reject.reason for reject in found.rejects] == ["unknown_review"]  # the demo is none of the declared ones
    assert sum("leads to documents" in note for note in found.notes) == 2

    spider = FilesSpider(session=Session(source))
    assert spider.problem_of(b"<!DOCTYPE html><html><body>The page was moved.</body></html>", "review") == (
        "no link of the page matches '/(?:doc|files)/.*review'"
    )
    assert spider.problem_of(make(), "review") is None
    assert spider.identity(news % b"1") == spider.identity(news % b"2")  # a clock on the page is no change
    assert spider.identity(news % b"1") != spider.identity(news.replace(b"review", b"other") % b"1")
    assert spider.problem_of(b"", "review") == "the file is empty"


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"portal": "data.public.lu"}, "params.portal"),
        ({"portal": PORTAL, "page_size": 500}, "params.page_size"),
        ({"portal": PORTAL, "queries": [{"key": "a"}]}, "params.queries.0"),
        ({"portal": PORTAL, "queries": [{"key": "A b", "q": "x"}]}, "params.queries.0.key"),
        ({"portal": PORTAL, "queries": [{"key": "a", "colour": "x"}]}, "params.queries.0"),
        ({"portal": PORTAL, "queries": "a"}, "params.queries"),
        ({"portal": PORTAL, "datasets": ["a/b"]}, "params.datasets.0"),
        ({"portal": PORTAL}, "params: nothing is planned"),
    ],
)
def test_parameters_of_a_portal_are_checked(params: dict[str, Any], where: str) -> None:
    with pytest.raises(RegistryError, match=rf"^data_public_lu\.yaml: {where}"):
        planned_requests(portal(params=params))


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"files": [{"key": "a", "url": "ftp://x/y"}]}, r"params\.files\.0\.url"),
        ({"pages": [{"key": "a", "url": PAGE}]}, r"params\.pages\.0\.links"),
        ({"pages": [{"key": "a", "url": PAGE, "links": "("}]}, r"params\.pages\.0\.links"),
        ({"files": [{"url": PAGE}]}, r"params\.files\.0\.key"),
    ],
)
def test_parameters_of_files_are_checked(params: dict[str, Any], where: str) -> None:
    with pytest.raises(RegistryError, match=rf"^adem_vacancies\.yaml: {where}"):
        planned_requests(source_by_id("adem_vacancies").model_copy(update={"params": params}))


def test_only_the_number_of_a_page_is_taken_from_an_answer() -> None:
    first = udata_list_url(PORTAL, {"q": "l'emploi & co"}, 20)
    assert first == f"{PORTAL}/api/1/datasets/?page=1&page_size=20&q=l%27emploi+%26+co&sort=created"
    assert udata_page(first, 7) == first.replace("page=1", "page=7")
