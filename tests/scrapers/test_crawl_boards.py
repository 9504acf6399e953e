"""Boards asked on a loopback site, and what their spiders and plans say without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from scrapers.archive import Archive
from scrapers.boards import load_boards
from scrapers.decode import decode_crawl
from scrapers.items import JobPosting
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, load_sources, source_by_id
from scrapers.run import crawl_many
from scrapers.spiders import spider_class
from scrapers.spiders.base import PlannedSpider
from tests.scrapers.site import CONTACT, Answer, Asked, Site

ATS = ("ashby", "greenhouse", "lever", "personio", "recruitee", "successfactors", "teamtailor")
RSS = b'<rss xmlns:tt="https://teamtailor.com/locations"><channel><title>F</title>%s</channel></rss>'


def source(ats: str, *boards: dict[str, Any]) -> Source:
    registered = source_by_id(f"{ats}_boards")
    return registered.model_copy(update={"params": {"boards": list(boards)}, "delay_seconds": 0.0})


def spider(ats: str) -> PlannedSpider:
    return spider_class(ats)(cast(Any, None))


def item(number: int) -> bytes:
    return b"<item><title>Job %d</title><link>https://fjord.teamtailor.com/jobs/%d-x</link></item>" % (number, number)


def test_boards_page_move_and_close(tmp_path: Path, site: Site) -> None:
    """One crawl of five ATSes: pages until the last, an empty feed, a page gone, a feed switched off, two languages."""

    def lever(asked: Asked) -> Answer:
        skip = int(asked.path.partition("skip=")[2].partition("&")[0])
        return Answer(json.dumps([{"id": f"p{n}", "text": f"Job {n}"} for n in range(130)][skip : skip + 100]).encode())

    def teamtailor(asked: Asked) -> Answer:
        begin = int(asked.path.partition("offset=")[2].partition("&")[0])
        return Answer(RSS % b"".join(item(n) for n in range(1, 151)[begin : begin + 100]))

    def personio(asked: Asked) -> Answer:
        if asked.headers["host"].startswith("gone"):
            return Answer(b"", 301, {"Location": "https://www.personio.de/"})
        return Answer(b"<workzag-jobs></workzag-jobs>")

    def feed(asked: Asked) -> Answer:
        off = b"<!DOCTYPE html><html>Welcome</html>"
        on = (
            b'<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><title>Clerk (Wiltz, LU)</title>'
            b"<g:id>1234567</g:id><link>https://a.example/job/1234567/</link></item></channel></rss>"
        )
        return Answer(off if asked.headers["host"].startswith("off") else on)

    site.pages = {
        "/v0/postings/acme": lever,
        "/jobs.rss": teamtailor,
        "/xml": personio,
        "/googlefeed.xml": feed,
        "/posting-api/job-board/acme": lambda asked: Answer(b'{"success": false, "errors": ["closed"]}'),
    }
    site.serve("/robots.txt", b"User-agent: *\nDisallow:\n")
    sources = [
        source("lever", {"board": "acme", "employer": "Acme"}),
        source("ashby", {"board": "acme", "employer": "Acme"}),
        source("teamtailor", {"board": "fjord", "employer": "Fjord", "options": {"feed": "rss"}}),
        source("personio", {"board": "quiet", "employer": "Q"}, {"board": "gone", "employer": "G"}),
        source(
            "successfactors",
            {"board": "on", "employer": "On", "options": {"host": "on.example.com"}},
            {"board": "off", "employer": "Off", "options": {"host": "off.example.com"}},
        ),
    ]
    hosts = (
        "api.lever.co",
        "api.ashbyhq.com",
        "fjord.teamtailor.com",
        "quiet.jobs.personio.de",
        "gone.jobs.personio.de",
    )
    host_map = dict.fromkeys((*hosts, "on.example.com", "off.example.com"), site.base)
    outcomes = crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=host_map)
    archive = Archive(tmp_path)
    keys = {ats: archive.crawls(ats)[0].complete_keys for ats in outcomes}
    assert keys == {
        "lever_boards": ["acme", "acme/page-2"],
        "ashby_boards": [],
        "teamtailor_boards": ["fjord", "fjord/page-2"],
        "personio_boards": ["quiet"],
        "successfactors_boards": ["on"],
    }
    problems = {ats: list(archive.crawls(ats)[0].problems.values()) for ats in outcomes}
    assert problems["ashby_boards"] == ["the answer says closed"]
    assert problems["personio_boards"] == ["HTTP 301 to https://www.personio.de/, which is not followed"]
    assert problems["successfactors_boards"] == ["an HTML page stands where XML is due"]
    assert (outcomes["lever_boards"].complete, outcomes["personio_boards"].complete) == (True, False)
    found = {s.id: decode_crawl(archive, s, str(outcomes[s.id].crawl_id)).records for s in sources}
    assert {ats: len(records) for ats, records in found.items()} == {
        "lever_boards": 130,
        "ashby_boards": 0,
        "teamtailor_boards": 150,
        "personio_boards": 0,
        "successfactors_boards": 1,
    }
    clerk = found["successfactors_boards"][0]
    assert isinstance(clerk, JobPosting)
    assert (clerk.board_id, clerk.employer, clerk.posting_id) == ("on", "On", "1234567")


@pytest.mark.parametrize(
    ("ats", "body", "problem"),
    [
        ("greenhouse", b'{"jobs": [{}], "meta": {"total": 3}}', "the answer lists 1 of 3 jobs"),
        ("greenhouse", b'{"jobs": []}', None),
        ("lever", b"[]", None),
        ("lever", b'{"ok": false, "error": "Document not found"}', "the answer says Document not found"),
        ("lever", b"not json", "the answer is not a JSON list"),
        ("ashby", b'{"jobs": [], "apiVersion": "1"}', None),
        ("ashby", b'{"apiVersion": "1"}', "the answer lists no jobs"),
        ("ashby", b"<html>", "the answer is not a JSON object"),
        ("recruitee", b'{"offers": []}', None),
        ("recruitee", b'{"jobs": []}', "the answer lists no offers"),
        ("teamtailor", b'{"items": []}', None),
        ("teamtailor", b'{"items": {}}', "the answer is not a feed of jobs"),
        ("teamtailor", RSS % b"", None),
        ("teamtailor", b"<!doctype html><html></html>", "an HTML page stands where XML is due"),
        ("personio", b"<workzag-jobs/>", None),
        ("personio", b"<rss/>", "the root element is <rss>"),
        ("personio", b"<workzag-jobs><position><id>1</id></position>", "the feed breaks off"),
        ("successfactors", b"", "the body is empty"),
    ],
)
def test_a_board_is_told_from_what_stands_in_its_place(ats: str, body: bytes, problem: str | None) -> None:
    said = spider(ats).problem_of(body, "acme")
    assert said == problem or (problem is not None and said is not None and said.startswith(problem))


def test_pages_follow_only_while_they_are_full() -> None:
    lever, url = spider("lever"), "https://api.lever.co/v0/postings/acme?mode=json&skip=100&limit=100"
    assert list(lever.follow(b"[" + b"{}," * 98 + b"{}]", url, "acme/page-2")) == []
    full = list(lever.follow(b"[" + b"{}," * 99 + b"{}]", url, "acme/page-2"))
    assert [(planned.key, planned.url) for planned in full] == [("acme/page-3", url.replace("skip=100", "skip=200"))]


@pytest.mark.parametrize(
    ("following", "asked"),
    [
        ("https://fjord.teamtailor.com/jobs.json?page=2", True),
        ("https://elsewhere.example/jobs.json?page=2", False),
        ("javascript:1", False),
        (None, False),
    ],
)
def test_a_json_feed_names_its_next_page_on_its_own_host(following: object, asked: bool) -> None:
    body = json.dumps({"items": [{}], "next_url": following}).encode()
    found = list(spider("teamtailor").follow(body, "https://fjord.teamtailor.com/jobs.json", "fjord"))
    assert [planned.key for planned in found] == (["fjord/page-2"] if asked else [])


def test_the_moment_a_feed_was_made_is_no_change() -> None:
    teamtailor = spider("teamtailor")
    one, two = (RSS % (b"<lastBuildDate>%s</lastBuildDate>" % day + item(1)) for day in (b"Mon", b"Tue"))
    assert teamtailor.identity(one) == teamtailor.identity(two)
    assert teamtailor.identity(one) != teamtailor.identity(RSS % item(2))


@pytest.mark.parametrize(
    ("ats", "board", "url"),
    [
        ("lever", {"board": "a", "options": {"region": "eu"}}, "https://api.eu.lever.co/v0/postings/a?mode=json&skip=0&limit=100"),
        ("personio", {"board": "a", "options": {"domain": "com", "language": "fr"}}, "https://a.jobs.personio.com/xml?language=fr"),
        ("recruitee", {"board": "a", "options": {"host": "jobs.Acme.lu"}}, "https://jobs.acme.lu/api/offers"),
        ("teamtailor", {"board": "a"}, "https://a.teamtailor.com/jobs.json"),
        ("successfactors", {"board": "a", "options": {"host": "careers.acme.lu"}}, "https://careers.acme.lu/googlefeed.xml"),
    ],
)  # fmt: skip
def test_a_line_of_boards_is_an_address(ats: str, board: dict[str, Any], url: str) -> None:
    assert [(planned.key, planned.url) for planned in planned_requests(source(ats, board))] == [("a", url)]


@pytest.mark.parametrize(
    ("ats", "board", "words"),
    [
        ("lever", {"board": "a", "options": {"region": "moon"}}, "options.region"),
        ("personio", {"board": "a.b/c"}, "board's id"),
        ("personio", {"board": "a", "options": {"domain": "org"}}, "domain is de or com"),
        ("recruitee", {"board": "a", "options": {"host": "127.0.0.1"}}, "no name of a host"),
        ("recruitee", {"board": "a", "options": {"host": "a.lu/x"}}, "no name of a host"),
        ("teamtailor", {"board": "a", "options": {"feed": "atom"}}, "options.feed"),
        ("successfactors", {"board": "a"}, "options.host"),
        ("greenhouse", {"board": "a", "endpoint": "x"}, "endpoint"),
    ],
)
def test_a_line_that_is_no_address_is_refused(ats: str, board: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        planned_requests(source(ats, board))


def test_every_ats_has_boards_that_somebody_saw_or_is_disabled() -> None:
    sources = {found.id: found for found in load_sources()}
    for ats in ATS:
        registered = sources[f"{ats}_boards"]
        listed = [board for board in load_boards() if board.ats == ats]
        assert listed or registered.disabled
        if not registered.disabled:
            assert [planned.key for planned in planned_requests(registered)] == [board.board for board in listed]
