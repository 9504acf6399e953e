"""Answers of boards that are not what they seem: of another system, a part, a failure, a challenge. All invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders.board_answers import refuse_other
from scrapers.sniff import guess

GREENHOUSE = {
    "id": 1,
    "title": "Cook",
    "absolute_url": "https://boards.greenhouse.io/acme/jobs/1",
    "internal_job_id": 2,
}
ASHBY = {"id": "a1", "title": "Cook", "isListed": False, "jobUrl": "https://jobs.ashbyhq.com/acme/a1"}
WORKABLE = {"id": 1, "shortcode": "AB12", "title": "Cook", "isInternal": False}
MUSE = {"id": 1, "name": "Cook", "contents": "x", "company": {"name": "A"}, "publication_date": "2026-09-01T00:00:00Z"}
LEVER = {"id": "b2", "text": "Cook", "hostedUrl": "https://jobs.lever.co/acme/b2", "categories": {"team": "K"}}
GOOGLE = 'xmlns:g="http://base.google.com/ns/1.0"'
ITEM = "<item><title>Cook</title><link>https://a.example/job/1234567/</link>%s</item>"
ISLAND = '<html><body><script id="__NUXT_DATA__" type="application/json">%s</script></body></html>'
CLOUDFLARE = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>"


def outcome(format: str, payload: Any, url: str = "https://publisher.example/payload") -> Decoded | str:
    """What comes of an answer: its records and notes, or the reason for which it is refused."""
    body = payload if isinstance(payload, str) else json.dumps(payload)
    try:
        return decode(
            format, body.encode(), DecodeContext("fixture", "fixture", "a" * 64, url, datetime(2026, 10, 1, tzinfo=UTC))
        )
    except UnreadableError as error:
        return error.reason


@pytest.mark.parametrize(
    ("format", "payload"),
    [
        ("greenhouse", {"jobs": [ASHBY], "apiVersion": "1"}),
        ("greenhouse", {"jobs": [ASHBY]}),
        ("greenhouse", {"jobs": [], "apiVersion": "1"}),
        ("greenhouse", WORKABLE),
        ("ashby", {"jobs": [GREENHOUSE], "meta": {"total": 1}}),
        ("ashby", {"jobs": [], "meta": {"total": 0}}),
        ("workable", {"jobs": [], "meta": {"total": 0}}),
        ("workable", {"results": [], "total": 0, "page": 0, "page_count": 0}),
        ("themuse", {"results": [], "total": 0}),
        ("smartrecruiters", MUSE),
        ("smartrecruiters", {"id": 1, "name": "A", "url": "x"}),
        ("smartrecruiters", {"content": []}),
        ("arbeitnow", {"data": []}),
        ("successfactors", f"<rss><channel>{ITEM % ''}</channel></rss>"),
        ("successfactors", "<rss><channel><title>Blog</title></channel></rss>"),
        ("teamtailor", f"<rss><channel>{ITEM % ''}</channel></rss>"),
        ("skeeled", ISLAND % "[]"),
        ("skeeled", ISLAND % '[["Reactive",1],{"data":2,"serverRendered":3},{},false]'),
    ],
)
def test_an_answer_of_another_system_is_no_board(format: str, payload: Any) -> None:
    assert outcome(format, payload) == "not_a_board"


def test_a_trimmed_answer_is_of_whom_it_is_said_to_be() -> None:
    for format, payload in (
        ("greenhouse", {"jobs": [{"id": 1, "title": "Cook"}]}),
        ("greenhouse", {"jobs": [{"id": 1, "title": "Cook"}, GREENHOUSE, ASHBY]}),
        ("ashby", {"jobs": [{"id": "a1", "title": "Cook"}]}),
        ("successfactors", f"<rss {GOOGLE}><channel>{ITEM % '<g:id>1</g:id>'}</channel></rss>"),
        ("themuse", MUSE),
    ):
        found = outcome(format, payload)
        assert isinstance(found, Decoded), (format, found)
        assert found.records
    refuse_other("Greenhouse", [None, 7, {}, GREENHOUSE])


@pytest.mark.parametrize(
    ("format", "payload", "later"),
    [
        ("smartrecruiters", {"content": [], "totalFound": 80}, {"offset": 100}),
        ("smartrecruiters", {"content": [], "totalFound": 80}, "?offset=100"),
        ("workable", {"results": [], "total": 5}, "?page=2"),
        ("workday", {"jobPostings": [], "total": 20}, None),
        ("bamboohr", {"result": [], "meta": {"totalCount": 3}}, None),
        ("greenhouse", {"jobs": [], "meta": {"total": 12}}, None),
        ("themuse", {"results": [], "page": 0, "page_count": 9, "total": 170}, {"page": 9}),
        ("themuse", {"results": [], "page": 0, "page_count": 0, "timed_out": True}, {"timed_out": False}),
        ("eures", {"jvs": [], "numberRecords": 50}, None),
        ("arbeitnow", {"data": [], "links": {"next": "https://x.example/?page=2"}}, {"links": {"next": None}}),
    ],
)
def test_a_part_is_no_empty_board(format: str, payload: dict[str, Any], later: dict[str, Any] | str | None) -> None:
    assert outcome(format, payload) == "partial"
    if later is None:
        return
    if isinstance(later, str):
        found = outcome(format, payload, f"https://publisher.example/payload{later}")
    else:
        found = outcome(format, payload | later)
    assert isinstance(found, Decoded)
    assert "the board lists no jobs" in found.notes


@pytest.mark.parametrize(
    ("island", "expected"),
    [
        ('[["Reactive",1],{"error":2},{"statusCode":3,"message":4},404,"Page not found"]', "upstream_error"),
        ('[{"offers":1},[2],{"name":3},"x"]', "changed_shape"),
    ],
)
def test_a_page_of_skeeled_without_ads_says_why(island: str, expected: str) -> None:
    assert outcome("skeeled", ISLAND % island) == expected


def test_a_challenge_is_called_one_whatever_was_asked_for() -> None:
    data_dome = {"url": "https://geo.captcha-delivery.com/captcha/?initialCid=x"}
    for format in ("greenhouse", "personio", "jobposting-html", "govjobs", "jsonstat", "skeeled", "feed"):
        assert outcome(format, CLOUDFLARE) == "challenge", format
    for format in ("greenhouse", "ashby", "personio", "workday"):
        assert outcome(format, data_dome) == "challenge", format


@pytest.mark.parametrize(
    ("payload", "format"),
    [
        ({"meta": {"totalCount": 0}, "result": []}, "bamboohr"),
        ({"offers": []}, "recruitee"),
        ({"total": 0, "results": []}, "workable"),
        ({"name": "A", "description": None, "jobs": []}, "workable"),
        ({"page": 0, "page_count": 0, "results": []}, "themuse"),
        ({"data": [], "links": {"next": None}, "meta": {}}, "arbeitnow"),
        (
            {"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://a.example/jobs.json", "items": []},
            "teamtailor",
        ),
        ([], "lever"),
        (LEVER, "lever"),
        ([{"title": "Kitchen", "postings": [LEVER]}], "lever"),
        ({"offices": [{"id": 1, "name": "L", "departments": [{"id": 2, "jobs": [GREENHOUSE]}]}]}, "greenhouse"),
    ],
)
def test_an_answer_is_known_by_its_marks_and_read(payload: Any, format: str) -> None:
    assert guess(json.dumps(payload).encode()).format == format
    assert isinstance(outcome(format, payload), Decoded)


def test_what_holds_no_data_is_called_so() -> None:
    for payload, why in (
        ({"status": 404, "error": "Job not found"}, "a message of failure, which holds no data: 404 Job not found"),
        ({"ok": False, "error": "Document not found"}, "a message of failure"),
        ({"url": "https://geo.captcha-delivery.com/captcha/?x=1"}, "a bot challenge (DataDome)"),
    ):
        found = guess(json.dumps(payload).encode())
        assert found.format is None
        assert why in found.why
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert guess("<!doctype html><html><body>Ä</body></html>".encode(encoding)).format == "jobposting-html"
