"""Every live source of the registry against publishers that answer nothing, nonsense, or a page for people."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.plan import planned_requests
from scrapers.registry import load_sources
from scrapers.run import crawl_many
from tests.scrapers.site import CONTACT, Answer, Site

pytestmark = pytest.mark.endurance

ABOUT_CRAWLING = ("/robots.txt", "/.well-known/tdmrep.json")


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (200, b'{"weird": [1, 2, {"x": null}]}'), (200, b"<html><body><h1>Welcome</h1></body></html>")],
    ids=["nothing", "nonsense", "a page"],
)
def test_no_source_takes_it_for_data(status: int, body: bytes, tmp_path: Path, site: Site) -> None:
    site.otherwise = lambda asked: Answer(b"", 404) if asked.path in ABOUT_CRAWLING else Answer(body, status)
    sources = [
        source.model_copy(update={"delay_seconds": 0.0, "params": {**source.params, "waits": [0]}})
        for source in load_sources()
        if "live" in source.modes and source.disabled is None and source.access != "own_list"
    ]
    hosts = {urlsplit(planned.url).hostname or "" for source in sources for planned in planned_requests(source)}
    outcomes = crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=dict.fromkeys(hosts, site.base))
    assert set(outcomes) == {source.id for source in sources}
    archive = Archive(tmp_path)
    for source in sources:
        outcome = outcomes[source.id]
        assert not outcome.complete, source.id
        assert outcome.problem, source.id
        assert outcome.trouble in ("changed_shape", "unreachable"), (source.id, outcome.trouble)
        (record,) = archive.crawls(source.id)
        assert decode_crawl(archive, source, record.crawl_id).records == [], source.id
