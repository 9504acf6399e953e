"""OpenAlex through a real crawl process: cursor pages, completeness, two kinds of 429, where the key is never seen."""

from __future__ import annotations

import base64
import gzip
import os
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from scrapy.http import Response

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.keyring import BadKeyError, WireKey, wire_key
from scrapers.netguard import budget_is_spent
from scrapers.registry import Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from scrapers.watch import look
from tests.scrapers.site import CONTACT, Answer, Asked, Site

HOST = "api.openalex.org"
KEY = "Sk3cret-Key_0123456789"


def works_source(first: int = 2024, last: int = 2024, **changes: object) -> Source:
    params = {"country": "LU", "first_year": first, "last_year": last, "per_page": 2}
    base = {"params": params, "delay_seconds": 0.0, "modes": ("live", "replay")}
    return source_by_id("openalex_works").model_copy(update=base | changes)


class Catalogue:
    """A loopback OpenAlex: works by year in pages of two, cursors made of the last work's number."""

    def __init__(self, site: Site) -> None:
        self.works = {2024: list(range(1, 6))}
        self.refusals: list[Answer] = []
        self.counted: int | None = None
        self.loop = False
        self.budget: list[int] = []  # of the day, and what remains of it; empty where answers do not say
        self.asked: list[dict[str, str]] = []
        self.times: list[float] = []
        site.pages["/works"] = self.answer

    def answer(self, asked: Asked) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        self.asked.append(query)
        self.times.append(time.monotonic())
        if self.refusals:
            return self.refusals.pop(0)
        year = int(query["filter"].rpartition(":")[2])
        cursor = query["cursor"]
        after = 0 if cursor == "*" else int(base64.b64decode(cursor).decode())
        every = self.works.get(year, [])
        part = [number for number in every if number > after][: int(query["per_page"])]
        following = base64.b64encode(str(part[-1]).encode()).decode() if part else None
        if self.loop:
            following = base64.b64encode(b"1").decode()
        count = len(every) if self.counted is None else self.counted
        meta = {"count": count, "db_response_time_ms": len(self.asked), "next_cursor": following}
        results = [
            {"id": f"https://openalex.org/W{year}{number:03d}", "title": f"Work {number}", "authorships": []}
            for number in part
        ]
        fields = {}
        if self.budget:
            self.budget[1] -= 1
            fields = {"X-RateLimit-Limit": str(self.budget[0]), "X-RateLimit-Remaining": str(self.budget[1]),
                      "X-RateLimit-Credits-Used": "1", "X-RateLimit-Reset": "41000"}  # fmt: skip
        return Answer(orjson.dumps({"meta": meta, "results": results}), headers=fields, etag=False)


@pytest.fixture
def catalogue(site: Site) -> Catalogue:
    site.serve("/robots.txt", b"")
    return Catalogue(site)


def run(root: Path, site: Site, source: Source | None = None, **options: object) -> CrawlOutcome:
    given: dict = {"mode": "live", "contact": CONTACT, "host_map": {HOST: site.base}, "timeout_s": 60.0} | options
    return crawl(source or works_source(), root, **given)


def test_pages_are_followed_to_the_end_and_keep_their_names(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    catalogue.works[2025] = [1]
    source = works_source(2024, 2025)
    first = run(tmp_path, site, source)
    assert (first.complete, first.problem, first.trouble) == (True, None, None)
    archive = Archive(tmp_path)
    (record,) = archive.crawls()
    assert record.complete_keys == [
        "works/2024", "works/2024/page-2", "works/2024/page-3", "works/2024/page-4", "works/2025", "works/2025/page-2",
    ]  # fmt: skip
    assert [query["cursor"] for query in catalogue.asked].count("*") == 2
    assert {query["sort"] for query in catalogue.asked} == {"publication_date"}
    assert "authorships.institutions.country_code:LU,publication_year:2024" in {q["filter"] for q in catalogue.asked}
    decoded = decode_crawl(archive, source, record.crawl_id)
    assert len(decoded.records) == 6

    # Each answer says how long its query took, so every body is new; that nothing changed is seen all the same.
    again = run(tmp_path, site, source)
    assert (again.complete, again.unchanged) == (True, True)
    assert again.new_captures > 0

    # A new work at the end changes the end of its year's chain, and no cursor before it.
    catalogue.works[2024].append(6)
    before = {query["cursor"] for query in catalogue.asked}
    catalogue.asked.clear()
    changed = run(tmp_path, site, source)
    assert (changed.complete, changed.unchanged) == (True, False)
    assert len({query["cursor"] for query in catalogue.asked} - before) == 1

    replayed = run(tmp_path, site, source, mode="replay")
    assert (replayed.complete, replayed.misses, replayed.hits) == (True, 0, 6)


def test_a_year_that_is_not_all_there_is_not_complete(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    catalogue.counted = 9
    outcome = run(tmp_path, site)
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")
    assert "OpenAlex counts 9 works, its pages list 5" in str(outcome.problem)
    catalogue.counted, catalogue.loop = None, True
    outcome = run(tmp_path, site)
    assert not outcome.complete
    assert "the cursor goes round" in str(outcome.problem)


def test_an_error_document_with_status_200_is_not_healthy(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    catalogue.refusals = [Answer(b'{"error":"Invalid query parameters error.","message":"x is no field"}', etag=False)]
    outcome = run(tmp_path, site)
    assert (outcome.complete, outcome.trouble) == (False, "changed_shape")
    assert "x is no field" in str(outcome.problem)


def test_a_burst_is_waited_for(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    fields = {"Retry-After": "1", "X-RateLimit-Remaining": "900", "X-RateLimit-Reset": "40000"}
    catalogue.refusals = [Answer(b'{"error":"Rate limit exceeded"}', 429, fields)]
    outcome = run(tmp_path, site)
    assert (outcome.complete, outcome.problem) == (True, None)
    assert catalogue.times[1] - catalogue.times[0] >= 1.0


def test_a_spent_budget_stops_the_host_at_once(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    fields = {"X-RateLimit-Remaining": "0", "X-RateLimit-Credits-Required": "10", "X-RateLimit-Reset": "41000"}
    catalogue.refusals = [Answer(b'{"error":"Rate limit exceeded"}', 429, fields)] * 5
    outcome = run(tmp_path, site, works_source(2022, 2025))
    assert len(catalogue.asked) == 1
    assert (outcome.complete, outcome.trouble) == (False, "refused")
    said = Archive(tmp_path).crawls()[0].problems[HOST]
    assert said == "HTTP 429: the budget of requests is spent, asks to wait 41000 s"


def test_a_crawl_stops_at_its_share_of_the_day_and_the_next_goes_on(
    tmp_path: Path, site: Site, catalogue: Catalogue
) -> None:
    catalogue.works = {2023: [1], 2024: list(range(1, 8))}
    catalogue.budget = [8, 8]
    source = works_source(2023, 2024)
    stopped = run(tmp_path, site, source)
    assert (stopped.complete, stopped.trouble, len(catalogue.asked)) == (False, "refused", 4)
    assert "api.openalex.org: the day's budget is spent; goes on at 20" in str(stopped.problem)
    run(tmp_path, site, source)
    assert len(catalogue.asked) == 4, "the archive remembers what was told"

    whole = source.model_copy(update={"params": source.params | {"budget_share": 1.0}})
    on = run(tmp_path, site, whole)
    first, _, last = Archive(tmp_path).crawls(source.id)
    assert (on.complete, on.problem, first.whole, last.whole) == (True, None, [], ["2023", "2024"])
    assert first.complete_keys == ["works/2024", "works/2024/page-2", "works/2024/page-3", "works/2024/page-4"]
    assert last.complete_keys == ["works/2023", "works/2023/page-2", "works/2024/page-4", "works/2024/page-5"]
    assert len(decode_crawl(Archive(tmp_path), whole, last.crawl_id).records) == 8


@pytest.mark.parametrize(
    ("wait", "fields", "spent"),
    [
        (41000.0, {"Remaining": "0"}, True),
        (None, {"Remaining": "3", "Credits-Required": "10", "Reset": "41000"}, True),
        (None, {"Remaining-USD": "0.00005", "Cost-Required-USD": "0.0001"}, True),
        (1.0, {"Remaining": "900", "Reset": "40000"}, False),  # a burst
        (1.0, {"Remaining": "0"}, False),  # it comes back within a second
        (None, {"Reset": "40000"}, False),
        (None, {"Remaining": "none", "Reset": "-1"}, False),
    ],
)
def test_the_two_kinds_of_429(wait: float | None, fields: dict[str, str], spent: bool) -> None:
    headers = {f"X-RateLimit-{name}": value for name, value in fields.items()}
    answer = Response(f"https://{HOST}/works", status=429, headers=headers)
    assert bool(budget_is_spent(answer, wait)) is spent


def test_the_key_reaches_the_publisher_and_nothing_else(
    tmp_path: Path, site: Site, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATORY_OPENALEX_KEY", KEY)
    echo = orjson.dumps({"error": "busy", "message": f"asked for /works?api_key={KEY}"})
    moved = {"Location": f"https://{HOST}/works?cursor=%2A&api_key={KEY}&moved=1", "X-Echo": f"key={KEY}"}
    catalogue.refusals = [
        Answer(echo, 500, {"X-Echo": KEY}),
        Answer(gzip.compress(echo), 500, {"Content-Encoding": "gzip"}),
        Answer(b"x" + echo, 200, {"Content-Encoding": "br"}, etag=False),  # cannot be decoded
    ]
    outcome = run(tmp_path, site, keys={"openalex_key": KEY, "other": "another-secret"})
    assert not outcome.complete
    catalogue.refusals = [Answer(b"", 302, moved)]
    run(tmp_path, site, keys={"openalex_key": KEY})
    catalogue.refusals = []
    outcome = run(tmp_path, site, keys={"openalex_key": KEY})
    assert outcome.complete
    assert {query.get("api_key") for query in catalogue.asked if "filter" in query} == {KEY}
    for asked in site.asked:
        assert KEY not in str(asked.headers)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"".join(path.suffixes[-2:]) for path in files} >= {".warc.gz", ".cdxj", ".crawl.json", ".ledger.jsonl"}
    for path in files:
        content = path.read_bytes()
        assert KEY.encode() not in content
        if path.suffix == ".gz":
            assert KEY.encode() not in gzip.decompress(content)
    assert KEY not in str(outcome)
    archive = Archive(tmp_path)
    for record in archive.crawls():
        for capture in archive.captures(record.source_id, record.crawl_id, include_robots=True):
            assert KEY not in f"{capture!r}{capture.headers}{capture.url}"


def test_a_failing_transport_does_not_quote_the_key(tmp_path: Path, site: Site, catalogue: Catalogue) -> None:
    site.pages["/works"] = lambda asked: Answer(b"0" * 2_000_000, etag=False)
    source = works_source(max_download_mib=1)
    outcome = run(tmp_path, site, source, keys={"openalex_key": KEY})
    assert "larger than the limit of 1 MiB" in str(outcome.problem)
    closed = "http://127.0.0.1:9"  # nobody listens
    outcome = run(tmp_path / "two", site, keys={"openalex_key": KEY}, host_map={HOST: closed})
    assert (outcome.complete, outcome.trouble) == (False, "unreachable")
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
    assert KEY not in str(outcome)


def test_a_key_goes_to_its_own_host_alone() -> None:
    key = WireKey(HOST, "api_key", KEY)
    assert key.on(f"https://{HOST}/works?a=1&api_key=old", HOST) == f"https://{HOST}/works?a=1&api_key={KEY}"
    assert key.on("https://example.org/x", "example.org") == "https://example.org/x"
    assert KEY not in repr(key)
    assert (
        str(key.redacted_error(ValueError(f"GET https://{HOST}/?api_key={KEY}")))
        == f"GET https://{HOST}/?api_key=[key]"
    )
    source = works_source()
    assert wire_key(source, {}) is None
    assert wire_key(source_by_id("cordis_horizon"), {"openalex_key": KEY}) is None
    with pytest.raises(BadKeyError) as error:
        wire_key(source, {"openalex_key": "two words\n"})
    assert "two words" not in str(error.value)
    assert KEY not in os.environ.values()


def test_a_look_is_one_row_and_sees_more_works_or_a_newer_one(tmp_path: Path, site: Site) -> None:
    site.serve("/robots.txt", b"")
    asked_for: list[dict[str, list[str]]] = []
    state = {"count": 5, "newest": "https://openalex.org/W5"}

    def page(asked: Asked) -> Answer:
        asked_for.append(parse_qs(urlsplit(asked.path).query))
        meta = {"count": state["count"], "db_response_time_ms": len(asked_for), "next_cursor": None}
        return Answer(orjson.dumps({"meta": meta, "results": [{"id": state["newest"]}]}), etag=False)

    site.pages["/works"] = page
    source = works_source(2019, 2027)

    def version() -> str | None:
        outcome = look([source], tmp_path, contact=CONTACT, host_map={HOST: site.base}, keys={"openalex_key": KEY})
        assert outcome[source.id].trouble is None
        return outcome[source.id].version

    first, second = version(), version()
    assert first is not None
    assert first == second
    state["newest"] = "https://openalex.org/W6"
    assert version() != second
    assert {query["per_page"][0] for query in asked_for} == {"1"}
    assert {query["api_key"][0] for query in asked_for} == {KEY}
    assert len(asked_for) == 3
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
