"""Answers of Eurostat's that hold no data yet: what they say, how long is waited, and that waiting has an end."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from scrapy.http import Request, Response

from scrapers.archive import Archive
from scrapers.archive.model import Mode
from scrapers.decoders.eurostat_async import later
from scrapers.pace import Pace
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.run import crawl
from scrapers.session import CrawlSession
from scrapers.spiders.eurostat import EurostatSpider
from tests.scrapers.site import CONTACT, EUROSTAT, EUROSTAT_BODY, EUROSTAT_PATH, Answer, Site, statistics
from tests.shared import shared_path

URL = f"https://{EUROSTAT}/eurostat/api/dissemination/sdmx/2.1/data/tst/A.LU?format=TSV"
QUEUED = b'{"warning":{"status":413,"label":"ASYNCHRONOUS_RESPONSE. Your request will be treated later. Try again."}}'
TABLE = b"freq,geo\\TIME_PERIOD\t2024 \t2025 \nA,LU\t1.5 \t: c\n"


def state(said: str) -> bytes:
    return (
        b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><a:asyncResponse xmlns:a='urn:a'>"
        b"<queued><id>1a2b3c4d-0000-1111-2222-333344445555</id><status>" + said.encode() + b"</status></queued>"
        b"</a:asyncResponse></e:Body></e:Envelope>"
    )


def footer(address: str) -> bytes:
    return (
        b"<m:GenericData xmlns:m='urn:m' xmlns:f='urn:f' xmlns:c='urn:c'><f:Footer><f:Message code='413'>"
        b"<c:Text>The response will be written to a file under URL: " + address.encode() + b"</c:Text>"
        b"<c:Text>" + address.encode() + b"</c:Text></f:Message></f:Footer></m:GenericData>"
    )


@pytest.mark.parametrize(
    ("body", "kind", "next_url"),
    [
        (QUEUED, "again", URL),
        (b'{"warning":[{"status":413,"label":""}]}', "again", URL),
        (b'{"error":[{"status":413,"label":"EXTRACTION_TOO_BIG: too big"}]}', "never", None),
        (b'{"error":[{"status":400,"id":150,"label":"no such dimension"}]}', "never", None),
        (footer(f"http://{EUROSTAT}/eurostat/SDMX/file/abc."), "file", f"https://{EUROSTAT}/eurostat/SDMX/file/abc"),
        (footer("http://elsewhere.example/file"), "never", None),
        (footer(f"http://user:word@{EUROSTAT}/file"), "never", None),
        (footer(f"http://{EUROSTAT}:99999/file"), "never", None),
        (footer("nowhere"), "never", None),
        (state("SUBMITTED"), "state", "/1.0/async/status/1a2b3c4d-0000-1111-2222-333344445555"),
        (state("PROCESSING"), "state", "/1.0/async/status/1a2b3c4d-0000-1111-2222-333344445555"),
        (state("AVAILABLE"), "ready", "/1.0/async/data/1a2b3c4d-0000-1111-2222-333344445555"),
        (state("EXPIRED"), "never", None),
        (b"<S:Fault xmlns:S='urn:s'><faultcode>413</faultcode><faultstring>EXTRACTION_TOO_BIG</faultstring></S:Fault>",
         "never", None),
    ],
)  # fmt: skip
def test_what_an_answer_without_data_says(body: bytes, kind: str, next_url: str | None) -> None:
    said = later(body, URL)
    assert said is not None
    assert said.kind == kind
    assert (said.next_url or "").endswith(next_url or "")
    assert (said.next_url is None) == (next_url is None)


ENTITY = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<", b"[1]", TABLE, EUROSTAT_BODY, b"<m:GenericData xmlns:m='urn:m'/>", ENTITY]
)
def test_other_answers_are_no_promise(body: bytes) -> None:
    assert later(body, URL) is None


def test_the_recorded_footer_names_its_file() -> None:
    body = shared_path("recordings/stats/eurostat/async_413_footer.xml").read_bytes()
    said = later(body, f"https://{EUROSTAT}/eurostat/api/dissemination/sdmx/2.1/data/apro_mk_pobta")
    assert said is not None
    assert (said.kind, said.next_url) == ("file", f"https://{EUROSTAT}/eurostat/SDMX/diss-web/file/wHsvjs7hQCy7Dqf4")


@cache
def registered() -> Source:
    return source_by_id("eurostat_isoc_eb_ai")


def tables(*waits: int) -> Source:
    source = registered()
    params = {"dataset": "tst", "api": "tsv", "waits": list(waits), "queries": [{"key": "k", "filters": {}}]}
    return source.model_copy(update={"params": params, "format": "eurostat-tsv"})


class Asking:
    """A spider without a network: what it asks next, and after how many seconds."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, source: Source, mode: Mode = "live", seconds: float = 600
    ) -> None:
        self.slept: list[float] = []

        async def sleep(delay: float) -> None:
            self.slept.append(delay)

        monkeypatch.setattr("scrapers.spiders.eurostat.asyncio.sleep", sleep)
        self.session = CrawlSession(
            source=source,
            mode=mode,
            archive=cast("Archive", None),
            pace=cast("Pace", None),
            deadline=time.monotonic() + seconds,
            user_agent="tests",
            planned=planned_requests(source),
        )
        self.spider = EurostatSpider(session=self.session)

    def answer(self, body: bytes, status: int = 200, url: str = URL) -> list[str]:
        response = Response(url, status=status, body=body, request=Request(url))

        async def run() -> list[str]:
            return [request.url async for request in self.spider.parse(response, "k")]

        return asyncio.run(run())


def test_a_queued_query_is_asked_for_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(monkeypatch, tables(5, 10, 20))
    assert asking.answer(state("SUBMITTED"))[0].endswith("/status/1a2b3c4d-0000-1111-2222-333344445555")
    (data,) = asking.answer(state("AVAILABLE"))
    assert data.endswith("/data/1a2b3c4d-0000-1111-2222-333344445555")
    assert asking.answer(TABLE, url=data) == []
    assert (asking.slept, asking.session.complete) == ([5, 0], True)


def test_a_file_to_come_is_polled_while_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(monkeypatch, tables(5, 10))
    (file,) = asking.answer(footer(f"http://{EUROSTAT}/file/abc"))
    assert asking.answer(b"", 404, file) == [file]
    assert asking.answer(TABLE, url=file) == []
    assert asking.session.complete
    gone = Asking(monkeypatch, tables(5))
    assert gone.answer(b"", 404) == []
    assert gone.session.troubles == {"k": "changed_shape"}, "a 404 of the query itself is no promise"


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(monkeypatch, tables(5, 10))
    assert len(asking.answer(QUEUED)) == len(asking.answer(QUEUED)) == 1
    assert asking.answer(QUEUED) == []
    assert asking.slept == [5, 10]
    assert asking.session.troubles == {"k": "unreachable"}
    assert "asked 3 times" in asking.session.problems["k"]
    hurried = Asking(monkeypatch, tables(30), seconds=10)
    assert hurried.answer(QUEUED) == []
    assert (hurried.slept, hurried.session.complete) == ([], False)


def test_a_refusal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(monkeypatch, tables(5))
    assert asking.answer(b'{"error":[{"status":413,"label":"EXTRACTION_TOO_BIG"}]}') == []
    assert (asking.slept, asking.session.troubles) == ([], {"k": "changed_shape"})


def test_replay_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(monkeypatch, tables(5), mode="replay")
    assert asking.answer(QUEUED) == []
    assert not asking.session.complete
    asking = Asking(monkeypatch, tables(5), mode="replay")
    (file,) = asking.answer(footer(f"http://{EUROSTAT}/file/abc"))
    assert asking.answer(TABLE, url=file) == []
    assert (asking.slept, asking.session.complete) == ([0], True)


@pytest.mark.parametrize("mode", ["live", "replay"])
@pytest.mark.parametrize("said", ["AVAILABLE", "PROCESSING"])
def test_a_promise_that_is_never_kept_has_an_end(monkeypatch: pytest.MonkeyPatch, mode: Mode, said: str) -> None:
    asking = Asking(monkeypatch, tables(1, 1), mode=mode)
    for _ in range(5):
        if not (addresses := asking.answer(state(said))):
            break
        assert len(addresses) == 1
    assert asking.session.troubles == {"k": "unreachable"}
    assert len(asking.slept) <= 3


def test_a_country_without_figures_is_no_fault_but_an_empty_dataset_is(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = [{"key": "tst", "each": "geo", "filters": {"geo": ["LU", "MT"]}}]
    source = registered().model_copy(update={"params": {"dataset": "tst", "queries": queries}})
    spider = Asking(monkeypatch, source).spider
    empty = b'{"class":"dataset","dimension":{},"value":{},"id":[],"size":[]}'
    assert spider.problem_of(empty, "tst/MT") is None
    assert "no value" in str(spider.problem_of(empty, "tst/LU"))
    assert spider.problem_of(EUROSTAT_BODY, "tst/LU") is None


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"waits": [-1]}, "waits"),
        ({"waits": 5}, "waits"),
        ({"waits": [3600]}, "waits"),
        ({"api": "bulk"}, "api"),
        ({"queries": [{"key": "a", "filters": {"geo": "LU", "geoLevel": "nuts2"}}]}, "geoLevel"),
        ({"queries": [{"key": "a", "each": "geo", "filters": {"geo": "LU"}}]}, "each"),
        ({"queries": [{"key": "a", "each": "unit", "filters": {"geo": ["LU"]}}]}, "each"),
        ({"queries": [{"key": "a"}]}, "filters"),
        ({"dataset": "../etc"}, "dataset"),
    ],
)
def test_a_source_that_cannot_be_asked_says_why(params: dict[str, Any], named: str) -> None:
    source = registered()
    with pytest.raises(RegistryError, match=named):
        planned_requests(source.model_copy(update={"params": {"dataset": "tst", **params}}))


def test_queries_are_split_and_addressed() -> None:
    queries = [{"key": "a", "each": "geo", "filters": {"geo": ["LU", "BE"], "unit": "PC"}}]
    source = registered().model_copy(update={"params": {"dataset": "tst", "queries": queries}})
    planned = {request.key: request.url.partition("?")[2] for request in planned_requests(source)}
    assert planned == {"a/LU": "geo=LU&lang=en&unit=PC", "a/BE": "geo=BE&lang=en&unit=PC"}
    table = [{"key": "a", "series": "A..PC.LU+BE", "filters": {"startPeriod": 2021}}]
    for api, format in (("tsv", "eurostat-tsv"), ("sdmx-csv", "sdmx-csv")):
        params = {"dataset": "tst", "api": api, "queries": table}
        (asked,) = planned_requests(source.model_copy(update={"params": params, "format": format}))
        assert asked.url.endswith(f"/sdmx/2.1/data/tst/A..PC.LU+BE?format={api.upper()}&startPeriod=2021")
        with pytest.raises(RegistryError, match="api"):
            planned_requests(source.model_copy(update={"params": params}))


def test_a_table_in_sdmx_csv_is_known_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    source = tables(5).model_copy(update={"format": "sdmx-csv"})
    source = source.model_copy(update={"params": {**source.params, "api": "sdmx-csv"}})
    body = b"DATAFLOW,LAST UPDATE,freq,geo,TIME_PERIOD,OBS_VALUE\nESTAT:TST(1.0),11/12/25 11:00:00,A,LU,2024,1.5\n"
    asking = Asking(monkeypatch, source)
    (file,) = asking.answer(footer(f"http://{EUROSTAT}/file/abc"))
    assert asking.answer(body, url=file) == []
    assert asking.session.complete
    assert asking.spider.problem_with(TABLE)
    assert asking.spider.problem_with(b"<html></html>")


def test_a_crawl_waits_for_its_answer_and_the_archive_has_both(tmp_path: Path, site: Site) -> None:
    answers = [QUEUED, EUROSTAT_BODY]
    site.pages[EUROSTAT_PATH] = lambda asked: Answer(answers.pop(0) if answers else b"", etag=False)
    source = statistics()
    source = source.model_copy(update={"params": {**source.params, "waits": [0]}})
    done = crawl(source, tmp_path, mode="live", contact=CONTACT, host_map={EUROSTAT: site.base}, timeout_s=30)
    assert (done.complete, done.problem) == (True, None)
    bodies = [capture.body for capture in Archive(tmp_path).captures(source.id, str(done.crawl_id))]
    assert bodies[-2:] == [QUEUED, EUROSTAT_BODY]
    again = crawl(source, tmp_path, mode="replay")
    assert (again.complete, again.problem) == (True, None)
