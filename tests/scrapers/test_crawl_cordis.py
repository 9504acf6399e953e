"""CORDIS through a real crawl process: one large file, asked for again only when it changed, within its own limit."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.plan import planned_requests
from scrapers.registry import MAX_DOWNLOAD_MIB, RegistryError, Source, load_sources, source_by_id
from scrapers.run import CrawlOutcome, crawl
from tests.scrapers.site import CONTACT, Answer, Asked, Site
from tests.scrapers.test_decode_cordis import of, packed, part

HOST = "cordis.europa.eu"
PATH = "/data/cordis-HORIZONprojects-csv.zip"


def projects_source(**changes: object) -> Source:
    base: dict[str, object] = {"delay_seconds": 0.0, "modes": ("live", "replay")}
    return source_by_id("cordis_horizon").model_copy(update=base | changes)


def run(root: Path, site: Site, source: Source | None = None) -> CrawlOutcome:
    return crawl(
        source or projects_source(), root, mode="live", contact=CONTACT, host_map={HOST: site.base}, timeout_s=60
    )


def test_the_file_is_fetched_once_and_then_confirmed(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    body, stamp, asked_for = of([part()]), "Mon, 05 Oct 2026 10:00:00 GMT", []

    def page(asked: Asked) -> Answer:
        asked_for.append(asked.headers.get("if-modified-since"))
        known = asked.headers.get("if-modified-since") == stamp
        return Answer(b"" if known else body, 304 if known else 200, {"Last-Modified": stamp}, etag=False)

    site.pages[PATH] = page
    source = projects_source()
    first, second = run(tmp_path, site, source), run(tmp_path, site, source)
    assert asked_for == [None, stamp]
    assert (first.complete, first.unchanged, second.complete, second.unchanged) == (True, False, True, True)
    assert str(first.upstream_at) == "2026-10-05 10:00:00+00:00"
    archive = Archive(tmp_path)
    for record in archive.crawls():
        assert len(decode_crawl(archive, source, record.crawl_id).records) == 1


def test_a_page_in_place_of_the_file_is_a_changed_shape(tmp_path: Path, site: Site) -> None:
    site.serve(PATH, b"<html>planned maintenance</html>")
    outcome = run(tmp_path, site)
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")
    assert "HTML" in str(outcome.problem)
    site.serve(PATH, packed({"readme.txt": b"moved"}))
    assert "not project.csv and organization.csv" in str(run(tmp_path, site).problem)


@pytest.mark.slow
def test_the_limit_is_the_sources_own_all_the_way(tmp_path: Path, site: Site) -> None:
    """A file beyond the usual 32 MiB is fetched, archived, read back and decoded; a smaller limit refuses it."""
    noise = random.Random(1).randbytes(36 * 2**20)  # does not pack
    body = packed(
        {
            "organization.csv": _member(of([part()]), "organization.csv"),
            "project.csv": _member(of([part()]), "project.csv"),
            "report.bin": noise,
        }
    )
    site.serve("/robots.txt", b"")
    site.serve(PATH, body)
    refused = run(tmp_path / "small", site, projects_source(max_download_mib=32))
    assert "larger than the limit of 32 MiB" in str(refused.problem)
    source = projects_source()
    outcome = run(tmp_path / "large", site, source)
    assert (outcome.complete, outcome.problem) == (True, None)
    archive = Archive(tmp_path / "large")
    (record,) = archive.crawls()
    (capture,) = archive.captures(source.id, record.crawl_id)
    assert len(capture.body) == len(body) > 36 * 2**20
    assert archive.prove(capture.capture_id).verified
    assert len(decode_crawl(archive, source, record.crawl_id).records) == 1


def _member(body: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as source:
        return source.read(f"csv/{name}")


def test_no_source_file_may_ask_for_more_than_the_ceiling(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "scrapers" / "sources" / "cordis_horizon.yaml").read_text(encoding="utf-8")
    changed = text.replace("max_download_mib: 96", f"max_download_mib: {MAX_DOWNLOAD_MIB + 1}")
    assert changed != text
    (tmp_path / "cordis_horizon.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(RegistryError, match=r"^cordis_horizon\.yaml: max_download_mib: "):
        load_sources(tmp_path)


def test_a_look_costs_one_head_or_one_row() -> None:
    """The file is never fetched to see whether it changed, nor is a page of works."""
    assert source_by_id("cordis_horizon").watch.kind == "head"
    assert str(source_by_id("cordis_horizon").watch.url) == planned_requests(source_by_id("cordis_horizon"))[0].url
    watch = source_by_id("openalex_works").watch
    assert (watch.kind, watch.pointers) == ("json_pointer", ("/meta/count", "/results/0/id"))
    assert "per_page=1&select=id" in str(watch.url)
    params = source_by_id("openalex_works").params
    assert f"publication_year:{params['first_year']}-{params['last_year']}" in str(watch.url)


@pytest.mark.parametrize(
    ("source_id", "params"),
    [
        ("openalex_works", {"country": "Luxembourg", "first_year": 2020, "last_year": 2021}),
        ("openalex_works", {"country": "LU", "first_year": 2021, "last_year": 2020}),
        ("openalex_works", {"country": "LU", "first_year": 2020, "last_year": 2021, "per_page": 200}),
        ("openalex_works", {"country": "LU"}),
        ("cordis_horizon", {"programmes": ["../x"]}),
        ("cordis_horizon", {"programmes": []}),
    ],
)
def test_parameters_that_cannot_be_planned_are_refused(source_id: str, params: dict) -> None:
    with pytest.raises(RegistryError, match=rf"^{source_id}\.yaml: params"):
        planned_requests(source_by_id(source_id).model_copy(update={"params": params}))
