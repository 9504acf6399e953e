"""TED and Legilux asked page by page: whole or said not to be, through real crawl processes and over sixty days."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from scrapy.http import Request

from scrapers.archive import Archive
from scrapers.decode import DecodeContext, decode, decode_crawl
from scrapers.items import Record, utc_now
from scrapers.plan import planned_requests
from scrapers.plan.procurement import TED_FIELDS, TED_PAGE, TED_VALUES
from scrapers.registry import RegistryError, Source, source_by_id
from scrapers.run import crawl_many
from tests.scrapers.law_and_tenders import Bill, Legilux, Ted
from tests.scrapers.paging import Crawled
from tests.scrapers.site import CONTACT

TED_HOST, LEGILUX_HOST = "api.ted.europa.eu", "data.legilux.public.lu"


@cache  # the registry is read as a whole
def registered(source_id: str) -> Source:
    return source_by_id(source_id)


def ted_source(**params: Any) -> Source:
    source = registered("ted")
    return source.model_copy(
        update={"params": source.params | params, "delay_seconds": 0.0, "modes": ("live", "replay")}
    )


def legilux_source(first: int = 2026, last: int = 2026) -> Source:
    source = registered("legilux")
    params = {"chains": ["bills", "acts"], "first_year": first, "last_year": last}
    changes = {"params": params, "delay_seconds": 0.0, "modes": ("live", "replay"), "disabled": None}
    return source.model_copy(update=changes)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 20 notices, of which pages by number reach 60; pages of 10 rows of law."""
    for module in ("scrapers.plan.procurement", "scrapers.spiders.ted"):
        monkeypatch.setattr(f"{module}.TED_PAGE", 20)
    monkeypatch.setattr("scrapers.spiders.ted.TED_PAGED", 60)
    for module in ("scrapers.plan.law", "scrapers.spiders.legilux"):
        monkeypatch.setattr(f"{module}.PAGE_ROWS", 10)


def ask_ted(ted: Ted, archive: Archive, bodies: list[bytes] | None = None) -> Crawled:
    def publisher(request: Request) -> tuple[int, bytes]:
        status, said = ted.answer(request.body)
        body = orjson.dumps(said)
        if bodies is not None:
            bodies.append(body)
        return status, body

    return Crawled(ted_source(), publisher, archive)


def ask_legilux(legilux: Legilux, archive: Archive, bodies: list[bytes] | None = None, **years: int) -> Crawled:
    def publisher(request: Request) -> tuple[int, bytes]:
        status, body = legilux.answer(request.url)
        if bodies is not None:
            bodies.append(body)
        return status, body

    return Crawled(legilux_source(**years), publisher, archive)


def records_of(format: str, bodies: list[bytes]) -> dict[str, Record]:
    context = DecodeContext("simulated", "crawl", "0" * 64, "https://publisher.example/", utc_now())
    return {record.record_id: record for body in bodies for record in decode(format, body, context).records}


# ---- What is asked


def test_the_question_is_about_buyers_and_stays_the_same_from_day_to_day() -> None:
    (planned,) = planned_requests(registered("ted"))
    asked = orjson.loads(planned.body)
    assert (planned.key, planned.method, planned.url) == (
        "recent",
        "POST",
        "https://api.ted.europa.eu/v3/notices/search",
    )
    assert asked["query"] == "buyer-country=LUX AND publication-date>=today(-45) SORT BY publication-number"
    assert (asked["page"], asked["limit"], asked["paginationMode"], asked["scope"]) == (1, 250, "PAGE_NUMBER", "ALL")
    assert asked["fields"] == list(TED_FIELDS)
    assert (len(TED_FIELDS) + 1) * TED_PAGE <= TED_VALUES
    assert planned_requests(registered("ted")) == [planned]
    history = planned_requests(registered("ted_history"))
    assert [request.key for request in history] == ["y2023", "y2024", "y2025", "since-2026"]
    assert b"publication-date>=20230101 AND publication-date<=20231231 SORT BY" in history[0].body
    assert b"publication-date>=20260101 SORT BY" in history[3].body


@pytest.mark.parametrize(
    "params",
    [
        {"buyer_country": "LU"},
        {"windows": "all"},
        {"windows": []},
        {"windows": [{"key": "A b", "days": 3}]},
        {"windows": [{"key": "a", "days": 0}]},
        {"windows": [{"key": "a", "from": "2024-01-01", "to": "later"}]},
        {"windows": [{"key": "a", "days": 1}, {"key": "b"}]},
    ],
)
def test_windows_that_cannot_be_asked_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(RegistryError, match=r"^ted\.yaml: params"):
        planned_requests(ted_source(**params))


def test_law_is_counted_year_by_year_before_it_is_read() -> None:
    source = legilux_source(2023, 2024)
    planned = planned_requests(source)
    assert [request.key for request in planned] == ["bills/2023", "bills/2024", "acts/2023", "acts/2024"]
    assert {request.method for request in planned} == {"GET"}
    assert all("COUNT" in request.url and len(request.url) < 2_000 for request in planned)
    with pytest.raises(RegistryError, match=r"^legilux\.yaml: params\.chains"):
        planned_requests(source.model_copy(update={"params": source.params | {"chains": ["x"]}}))


# ---- TED, page by page


def test_pages_by_number_are_read_to_the_count(tmp_path: Path, small_pages: None) -> None:
    ted = Ted()
    for number in range(1, 45):
        ted.publish(number)
    crawled = ask_ted(ted, Archive(tmp_path))
    assert crawled.complete
    assert crawled.keys == ["recent", "recent/page-2", "recent/page-3"]
    assert crawled.spider.read_whole() == {""}
    assert ask_ted(ted, Archive(tmp_path)).session.fingerprint == crawled.session.fingerprint
    ted.notices["7-2026"]["notice-title"] = {"fra": "Avis corrigé"}
    assert ask_ted(ted, Archive(tmp_path)).session.fingerprint != crawled.session.fingerprint
    for empty in (Ted(), ted):
        assert ask_ted(empty, Archive(tmp_path)).complete
    assert ask_ted(Ted(), Archive(tmp_path)).keys == ["recent"]


@pytest.mark.parametrize("same_token", [False, True])
def test_beyond_the_reach_of_page_numbers_tokens_lead_on(tmp_path: Path, small_pages: None, same_token: bool) -> None:
    ted = Ted()
    for number in range(1, 82):
        ted.publish(number)
    if same_token:  # some engines name a walk, not a place
        walks = iter(range(0, 400, 20))
        plain = ted.answer

        def walk(body: bytes) -> tuple[int, dict[str, Any]]:
            asked = orjson.loads(body)
            if asked["paginationMode"] == "ITERATION":
                status, said = plain(orjson.dumps(asked | {"iterationNextToken": str(next(walks))}))
                return status, said | {"iterationNextToken": "walk"}
            return plain(body)

        ted.answer = walk  # type: ignore[method-assign]
    crawled = ask_ted(ted, Archive(tmp_path))
    assert crawled.complete
    assert crawled.keys == ["recent", "recent/all", *(f"recent/all/page-{number}" for number in range(2, 6))]
    asked = [orjson.loads(request.body) for request in crawled.asked[1:]]
    assert {one["query"] for one in asked} == {"buyer-country=LUX AND publication-date>=today(-45)"}
    assert "iterationNextToken" not in asked[0]
    assert len({request.body for request in crawled.asked}) == 6  # pages stay apart in the archive


@pytest.mark.parametrize(
    ("number", "faults", "problem"),
    [
        (44, {"timeout": 1}, "timed out"),
        (44, {"timeout": 2}, "timed out"),
        (44, {"error": 1}, "TED answers with an error: Search is down"),
        (44, {"loses_one": 2}, "TED counts 44 notices, 39 were listed on 2 pages"),
        (44, {"loses_one": 3}, "TED counts 44 notices, 43 were listed on 3 pages"),
        (44, {"same_page": 2}, "TED counts 44 notices, 20 were listed on 2 pages"),
        (81, {"no_token": 3}, "TED counts 81 notices, 40 were listed on 2 pages"),
        (81, {"loses_one": 4}, "TED counts 81 notices, 80 were listed on 6 pages"),
        (81, {"same_page": 4}, "TED counts 81 notices, 40 were listed on 3 pages"),
    ],
)
def test_what_is_not_whole_is_said(
    tmp_path: Path, small_pages: None, number: int, faults: dict[str, int], problem: str
) -> None:
    ted = Ted()
    for each in range(1, number + 1):
        ted.publish(each)
    ted.begin(**faults)
    crawled = ask_ted(ted, Archive(tmp_path))
    assert not crawled.complete
    assert problem in " ".join(crawled.session.problems.values())
    assert crawled.spider.read_whole() == set()


def test_a_notice_published_while_pages_are_read_is_on_the_last_of_them(tmp_path: Path, small_pages: None) -> None:
    ted = Ted()
    for number in range(1, 41):
        ted.publish(number)
    ted.begin(grows=2)
    crawled = ask_ted(ted, Archive(tmp_path))
    assert crawled.complete
    assert crawled.keys[-1] == "recent/page-3"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>down</html>", "not a JSON object"),
        (b'{"totalNoticeCount": 3}', "lists no notices"),
        (b'{"notices": [], "totalNoticeCount": null}', "does not say how many"),
        (b'{"notices": [], "totalNoticeCount": true}', "does not say how many"),
    ],
)
def test_an_answer_of_another_shape_is_not_healthy(tmp_path: Path, body: bytes, problem: str) -> None:
    crawled = Crawled(ted_source(), lambda request: (200, body), Archive(tmp_path))
    assert problem in str(crawled.session.problems["recent"])


# ---- Legilux, page by page


def some_law(bills: int = 7, acts: int = 12) -> Legilux:
    legilux = Legilux()
    for number in range(bills):
        titles = {"fr": f"Projet inventé {number}", "de": f"Erdachter Entwurf {number}"}
        steps = {("dept", 1): ("", "2026-02-01"), ("avce", 1): ("Avis du Conseil d'État", "2026-03-01")}
        legilux.bills[f"2026/{number:03}"] = Bill(str(8_900 + number), titles, "2026-01-15", steps)
    for number in range(acts):
        said = {"title": f"Loi inventée {number}", "documentdate": "2026-04-01", "published": "2026-04-03"}
        legilux.acts[f"eli/etat/leg/loi/2026/04/01/a{number:03}/jo"] = said
    return legilux


def test_as_many_pages_are_asked_as_rows_are_counted(tmp_path: Path, small_pages: None) -> None:
    bodies: list[bytes] = []
    crawled = ask_legilux(some_law(), Archive(tmp_path), bodies)
    assert crawled.complete
    assert crawled.keys == [
        "bills/2026", "acts/2026", "bills/2026/page-1", "bills/2026/page-2", "bills/2026/page-3",
        "acts/2026/page-1", "acts/2026/page-2",
    ]  # fmt: skip
    records = records_of("legilux", bodies)
    assert len(records) == 7 * 3 + 12 * 2
    assert records["simulated:8903:evenement/avce/1"].model_dump()["title"] == "Projet inventé 3"


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("cut", "acts/2026/page-2: 2 rows are due, 1 were given"),
        ("error", "the engine answers with an error"),
        ("grows", "bills/2026/page-3: 8 rows are due, 9 were given"),
    ],
)
def test_rows_that_are_missing_or_too_many_are_said(
    tmp_path: Path, small_pages: None, fault: str, problem: str
) -> None:
    legilux = some_law()
    legilux.faults = {fault}
    crawled = ask_legilux(legilux, Archive(tmp_path))
    assert crawled.spider.read_whole() == set()
    assert problem in " ".join(crawled.session.problems.values())


def test_more_rows_than_the_engine_sorts_are_said(
    tmp_path: Path, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrapers.spiders.legilux.MOST_ROWS", 20)
    crawled = ask_legilux(some_law(), Archive(tmp_path))
    assert "28 rows, of which the engine sorts 20 at most" in crawled.session.problems["crawl"]
    assert crawled.keys.count("bills/2026/page-3") == 0


# ---- Through real processes


class Both:
    """The two publishers on this machine."""

    def __init__(self, ted: Ted, legilux: Legilux) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                status, said = ted.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send(status, orjson.dumps(said))

            def do_GET(self) -> None:
                self.send(*legilux.answer(self.path) if "sparqlendpoint" in self.path else (404, b""))

            def send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def both() -> Iterator[str]:
    ted, legilux = Ted(), some_law(260, 3)
    for number in range(1, 302):
        ted.publish(number)
    served = Both(ted, legilux)
    yield served.base
    served.close()


def test_both_through_real_crawls_and_again_out_of_the_archive(tmp_path: Path, both: str) -> None:
    sources = [ted_source(), legilux_source()]
    hosts = dict.fromkeys((TED_HOST, LEGILUX_HOST), both)
    first = crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=hosts)
    assert {name: (one.complete, one.problem) for name, one in first.items()} == {
        "ted": (True, None),
        "legilux": (True, None),
    }
    archive = Archive(tmp_path)
    (of_ted,), (of_law,) = archive.crawls("ted"), archive.crawls("legilux")
    assert of_ted.complete_keys == ["recent", "recent/page-2"]
    assert of_ted.whole == [""]
    assert of_law.complete_keys == [
        "acts/2026", "acts/2026/page-1", "bills/2026", "bills/2026/page-1", "bills/2026/page-2",
    ]  # fmt: skip
    assert len(decode_crawl(archive, sources[0], of_ted.crawl_id).records) == 301
    assert len(decode_crawl(archive, sources[1], of_law.crawl_id).records) == 260 * 3 + 3 * 2

    replayed = crawl_many(sources, tmp_path, mode="replay", contact=CONTACT)
    assert {name: (one.complete, one.misses, one.hits) for name, one in replayed.items()} == {
        "ted": (True, 0, 2),
        "legilux": (True, 0, 5),
    }


# ---- Sixty days


@pytest.mark.endurance
def test_sixty_days_of_notices(tmp_path: Path, small_pages: None) -> None:
    """Each day brings notices, corrections and removals; some days fail. What was seen last is what was true."""
    dice, ted, archive = random.Random(7), Ted(), Archive(tmp_path)
    truth: dict[str, str] = {}  # publication number -> title, of every notice while it was listed
    latest: dict[str, str] = {}
    flagged = 0
    for day in range(60):
        for _ in range(dice.randint(0, 4)):
            ted.publish(1_000 + 10 * day + len(ted.notices) % 10 + 5_000 * len(ted.notices))
        if ted.notices and day % 3 == 0:  # a correction under the same number
            key = dice.choice(sorted(ted.notices))
            ted.notices[key]["notice-title"] = {"fra": f"Avis corrigé le jour {day}"}
        if len(ted.notices) > 5 and day % 7 == 0:  # taken down: absent from a window is not gone
            del ted.notices[dice.choice(sorted(ted.notices))]
        fault = {9: "timeout", 10: "error", 23: "loses_one", 31: "same_page", 44: "no_token", 45: "timeout"}.get(day)
        at = 1 if fault in ("timeout", "error") else 2 + (fault == "no_token")
        ted.begin(**({fault: at} if fault else {}))
        now = {key: one["notice-title"]["fra"] for key, one in ted.notices.items()}
        bodies: list[bytes] = []
        before = len(ted.asked)
        crawled = ask_ted(ted, archive, bodies)
        assert len(ted.asked) - before <= len(now) // 20 + 4
        healthy = [body for body in bodies if crawled.spider.problem_with(body) is None]
        seen = {one.publication_number: one.title for one in records_of("ted-search", healthy).values()}  # type: ignore[attr-defined]
        is_whole = crawled.complete and crawled.spider.read_whole() == {""}
        assert is_whole == (seen == now), (day, crawled.session.problems)  # a loss is flagged, and nothing else is
        flagged += not is_whole
        latest |= seen
        if is_whole:
            truth |= now
    assert flagged == 6
    assert len(truth) > 80
    assert len(truth) > len(ted.notices)  # some were taken down, and are known all the same
    assert {key: latest[key] for key in ted.notices} == {
        key: one["notice-title"]["fra"] for key, one in ted.notices.items()
    }
    assert set(truth) <= set(latest)


@pytest.mark.endurance
def test_sixty_days_of_law(tmp_path: Path, small_pages: None) -> None:
    """Bills go from step to step, laws come into force; the records of a whole crawl are what the publisher holds."""
    dice, legilux, archive = random.Random(11), Legilux(), Archive(tmp_path)
    path = [("avce", "Avis du Conseil d'État", "opinion"), ("rapp", "Rapport de la commission", "reported")]
    path += [("vot1", "Premier vote constitutionnel", "first_vote"), ("retr", "Retrait du projet", "withdrawn")]
    stages = {"dept": "filed"} | {code: stage for code, _, stage in path}
    flagged = 0
    for day in range(60):
        date = f"2026-{1 + day // 28:02}-{1 + day % 28:02}"
        for _ in range(dice.randint(0, 2)):
            number = len(legilux.bills)
            titles = {"fr": f"Projet inventé {number}"} | ({"de": f"Entwurf {number}"} if number % 3 == 0 else {})
            legilux.bills[f"2026/{number:03}"] = Bill(str(8_000 + number), titles, date, {("dept", 1): ("", date)})
        for bill in legilux.bills.values():
            if dice.random() < 0.1 and len(bill.steps) <= len(path):
                code, words, _ = path[len(bill.steps) - 1]
                bill.steps[code, 1] = (words, date)
        if day % 5 == 0:
            said = {"title": f"Loi inventée {day}", "documentdate": date, "published": date}
            legilux.acts[f"eli/etat/leg/loi/2026/{date[5:7]}/{date[8:]}/a{day:03}/jo"] = said
        if day % 11 == 0 and legilux.acts:
            legilux.acts[dice.choice(sorted(legilux.acts))]["entry"] = date
        legilux.faults = {{13: "cut", 14: "error", 29: "grows", 50: "cut"}.get(day, "")} - {""}
        expected = {}
        for bill in legilux.bills.values():
            expected[f"simulated:{bill.number}:accepted"] = ("other", bill.accepted)
            for (code, number), (_, when) in bill.steps.items():
                expected[f"simulated:{bill.number}:evenement/{code}/{number}"] = (stages[code], when)
        for eli, said in legilux.acts.items():
            told = {
                "documentdate": ("signed", "signed"),
                "published": ("published",) * 2,
                "entry": ("entry", "in_force"),
            }
            for name, (role, stage) in told.items():
                if name in said:
                    expected[f"simulated:{eli}:{role}"] = (stage, said[name])
        bodies: list[bytes] = []
        before = len(legilux.asked)
        crawled = ask_legilux(legilux, archive, bodies)
        assert len(legilux.asked) - before <= 2 + len(expected) // 4 + 2
        is_whole = crawled.complete and crawled.spider.read_whole() == {""}
        assert is_whole == (not legilux.faults), (day, crawled.session.problems)
        flagged += not is_whole
        if is_whole:
            found = {key: (one.stage, str(one.happened_on)) for key, one in records_of("legilux", bodies).items()}  # type: ignore[attr-defined]
            assert found == expected
    assert flagged == 4
    assert len(legilux.bills) > 30
