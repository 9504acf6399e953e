"""Greenhouse boards: our own board in the publisher's layout, the recorded ones, and HTML to text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.html import MAX_CHARS, TooLongError, to_text
from scrapers.items import JobPosting
from tests.shared import shared_path

FIXTURES = Path(__file__).parent / "fixtures" / "greenhouse"
API = "https://boards-api.greenhouse.io/v1/boards"
CONTEXT = DecodeContext(
    source_id="greenhouse_test",
    crawl_id="20260601T000000Z-00000000",
    capture_id="b" * 64,
    url=f"{API}/fernhollow/jobs?content=true",
    retrieved_at=datetime(2026, 6, 1, tzinfo=UTC),
    is_sample=True,
    params={
        "boards": [{"board": "fernhollow", "employer": "Fernhollow Space"}, {"board": "other", "employer": "Other"}]
    },
)


def read(body: bytes, context: DecodeContext = CONTEXT) -> Decoded:
    return decode("greenhouse", body, context)


def postings(decoded: Decoded) -> dict[str, JobPosting]:
    return {record.posting_id: record for record in decoded.records if isinstance(record, JobPosting)}


@pytest.fixture
def board() -> Decoded:
    return read((FIXTURES / "jobs.json").read_bytes())


def test_a_board_gives_its_good_jobs_and_a_reason_for_each_bad_one(board: Decoded) -> None:
    assert sorted(postings(board)) == ["501", "502", "503", "504", "507"]
    assert [(reject.locator, reject.reason) for reject in board.rejects] == [
        ("$.jobs[4]", "missing_title"),
        ("$.jobs[5]", "bad_content"),
        ("$.jobs[6]", "missing_id"),
        ("$.jobs[7]", "not_an_object"),
        ("$.jobs[8]", "not_an_object"),
        ("$.jobs[9]", "duplicate_id"),
    ]
    assert {(reject.record_kind, reject.is_sample) for reject in board.rejects} == {("job_posting", True)}


def test_a_job_keeps_what_the_board_says(board: Decoded) -> None:
    job = postings(board)["501"]
    assert job.record_id == "greenhouse_test:fernhollow:501"
    assert (job.board_id, job.posting_id, job.requisition_id) == ("fernhollow", "501", "R-501")
    assert (job.employer, job.title) == ("Fernhollow Space S.A.", "Machine Learning Engineer & Data Wrangler")
    assert job.posting_url == "https://job-boards.greenhouse.io/fernhollow/jobs/501"
    assert (job.offices, job.departments) == (["Betzdorf (Betzdorf, Luxembourg)"], ["Software"])
    assert (job.employment_type, job.language_declared) == ("Full-time", "en")
    # 22:30 in New York is the next day in UTC.
    assert (job.published_on, job.deadline_on) == (date(2026, 5, 1), date(2026, 7, 1))
    assert job.updated_at == datetime(2026, 5, 4, 11, 2, 31, tzinfo=UTC)
    assert (job.is_luxembourg, job.luxembourg_basis, job.is_remote) == (True, "commune", False)
    assert (job.is_sample, job.capture_id) == (True, "b" * 64)
    assert job.text == (
        "Fernhollow Space builds small satellites & the software that flies them.\n\n"
        "What you will do\n"
        "- Train models that read images of the Earth\n"
        "- Write tests\n\n"
        "Ask us:\nwe answer."
    )


def test_places_and_contracts_decide_on_luxembourg(board: Decoded) -> None:
    found = {key: (job.is_luxembourg, job.luxembourg_basis, job.is_remote) for key, job in postings(board).items()}
    assert found == {
        "501": (True, "commune", False),
        "502": (True, "commune", False),
        "503": (False, "none", False),
        "504": (True, "remote_contract", True),
        "507": (False, "none", False),
    }


def test_slips_in_fields_cost_the_field_and_are_noted(board: Decoded) -> None:
    job = postings(board)["507"]
    assert (job.published_on, job.updated_at, job.language_declared, job.location_raw) == (None, None, None, "")
    assert (job.offices, job.departments, job.employment_type) == ([], [], None)
    assert board.notes == [
        "the board counts 12 jobs, the payload holds 11",
        "unknown field of a job: 'salary_secret' is not kept",
        "language 7 is no language code",
        "first_published 'last spring' is no date",
        "updated_at '2026-13-45T00:00:00Z' is no date",
    ]
    assert postings(board)["502"].employment_type == "CDI, 40 h"


def test_an_empty_board_is_healthy() -> None:
    assert read((FIXTURES / "empty.json").read_bytes()) == Decoded(notes=["the board lists no jobs"])


def test_jobs_of_several_departments_are_one_record() -> None:
    decoded = read((FIXTURES / "departments.json").read_bytes(), replace(CONTEXT, url=f"{API}/fernhollow/departments"))
    assert {key: job.departments for key, job in postings(decoded).items()} == {
        "601": ["People", "Finance"],
        "602": ["Finance"],
    }
    assert {job.employer for job in postings(decoded).values()} == {"Fernhollow Space"}  # named by the registry only
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [("$.departments[3].jobs", "not_a_list")]
    assert "job listed in several departments" in decoded.notes


def test_a_single_job_is_read() -> None:
    decoded = read((FIXTURES / "single.json").read_bytes(), replace(CONTEXT, url=f"{API}/fernhollow/jobs/701"))
    assert [(job.posting_id, job.luxembourg_basis) for job in postings(decoded).values()] == [("701", "postcode")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ((FIXTURES / "not_found.json").read_bytes(), "upstream_error"),
        (b'{"errors": ["closed"]}', "upstream_error"),
        (b"[]", "not_a_board"),
        (b"{}", "not_a_board"),
        (b'{"jobs": {"a": 1}}', "not_a_board"),
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html></html>", "not_json"),
    ],
)
def test_what_is_no_board_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        read(body)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("url", "params", "board", "employer"),
    [
        (f"{API}/other/jobs", CONTEXT.params, "other", "Other"),
        (f"{API}/stranger/jobs", CONTEXT.params, "stranger", "stranger"),
        ("file:///tmp/x.json", {"boards": [{"board": "only", "employer": "Only One"}]}, "only", "Only One"),
    ],
)
def test_board_and_employer_come_from_address_and_registry(
    url: str, params: dict[str, object], board: str, employer: str
) -> None:
    decoded = read(b'{"jobs": [{"id": 1, "title": "Cook"}]}', replace(CONTEXT, url=url, params=params))
    assert [(job.board_id, job.employer) for job in postings(decoded).values()] == [(board, employer)]


def test_a_job_that_nobody_names_an_employer_for_says_so() -> None:
    decoded = read(b'{"jobs": [{"id": 1, "title": "Cook"}]}', replace(CONTEXT, url="file:///x", params={}))
    assert [job.employer for job in postings(decoded).values()] == ["not named"]
    assert any("names the employer" in note for note in decoded.notes)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://a b", 7, None, "//x.lu/1"])
def test_only_web_addresses_are_kept(address: object) -> None:
    body = json.dumps({"jobs": [{"id": 1, "title": "Cook", "absolute_url": address}]}).encode()
    assert postings(read(body))["1"].posting_url == ""


def test_a_text_without_end_is_set_aside() -> None:
    jobs = [{"id": 1, "title": "Novel", "content": "a " * MAX_CHARS}, {"id": 2, "title": "Cook", "content": "ok"}]
    decoded = read(json.dumps({"jobs": jobs}).encode())
    assert [reject.reason for reject in decoded.rejects] == ["text_too_long"]
    assert sorted(postings(decoded)) == ["2"]


def test_half_an_emoji_costs_nothing_but_itself() -> None:
    decoded = read(
        b'{"jobs": [{"id": 1, "title": "Cook \\ud83d", "content": "<p>a\\udc00b"}, {"id": 2, "title": "Baker"}]}'
    )
    assert {key: job.title for key, job in postings(decoded).items()} == {"1": "Cook", "2": "Baker"}
    assert postings(decoded)["1"].text == "a\ufffdb"
    assert decoded.notes[0].startswith("not strict JSON")


@pytest.mark.parametrize(
    ("file", "board", "count", "spot"),
    [
        ("greenhouse.json", "amplitude", 2, ("8636903002", "Customer Data Scientist - Experimentation", "London, UK")),
        ("greenhouse_small.json", "stripe", 6, ("8077887", "Account Executive, Bridge", "SF, NYC, SEA, CHI")),
        (
            "gh_departments.json",
            "stripe",
            131,
            ("7521020", "Business Development Manager, Training & Certification", ""),
        ),
    ],
)
def test_recorded_boards_are_read_whole(file: str, board: str, count: int, spot: tuple[str, str, str]) -> None:
    body = shared_path(f"recordings/jobs/greenhouse/{file}").read_bytes()
    decoded = read(body, replace(CONTEXT, url=f"{API}/{board}/jobs", params={}))
    assert (len(decoded.records), decoded.rejects) == (count, [])
    job = postings(decoded)[spot[0]]
    assert (job.title, job.location_raw) == spot[1:]
    assert not any("unknown field" in note for note in decoded.notes)
    assert not any(job.is_luxembourg for job in postings(decoded).values())


def test_a_trimmed_recording_says_so_and_its_texts_are_plain() -> None:
    body = shared_path("recordings/jobs/greenhouse/greenhouse.json").read_bytes()
    decoded = read(body, replace(CONTEXT, url=f"{API}/amplitude/jobs", params={}))
    assert decoded.notes == ["the board counts 37 jobs, the payload holds 2"]
    for job in postings(decoded).values():
        assert job.employer == "Amplitude"
        assert job.text.startswith("Amplitude is the leading AI analytics platform")
        assert job.text.count("\n- ") > 10
        assert "<" not in job.text
        assert "&" not in job.text.replace(" & ", "")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("one line\nand another", "one line\nand another"),
        ("a &amp; b", "a & b"),
        ("<p>one\n two</p><p>three</p>", "one two\n\nthree"),
        ("&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "a & b"),
        ("&amp;lt;p&amp;gt;a&amp;lt;/p&amp;gt;", "a"),
        ("<p>5 &lt; 6 and &lt;p&gt;</p>", "5 < 6 and <p>"),
        ("a<br/>b<br><br><br><br>c", "a\nb\n\nc"),
        ("<ul><li>a<ul><li>b</li></ul></li><li></li><li>c</li></ul>d", "- a\n- b\n- c\n\nd"),
        ("<table><tr><td>x</td><td>y</td></tr><tr><th>z</th></tr></table>", "x | y\nz"),
        ("<b>bo</b>ld <i> it </i>", "bold it"),
        ("a<script>x()</script><style>y</style><!-- z --><template>t</template>b", "ab"),
        ("<p>un&nbsp;&nbsp;deux\u200b</p>", "un deux"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("<div><div>a</div><div>b</div></div>", "a\nb"),
        ("\x00<p>\x07a\x1b</p>", "a"),
    ],
)
def test_html_to_text(markup: str, text: str) -> None:
    assert to_text(markup) == text


def test_html_to_text_is_bounded() -> None:
    with pytest.raises(TooLongError):
        to_text("x" * (MAX_CHARS + 1))
    # A tree of this depth takes minutes; without one it is read at once.
    assert to_text("<div>" * 150_000 + "deep") == "deep"
    assert to_text("<b><i>" * 50_000 + "x" + "<p>" * 50_000) == "x"
    assert to_text("".join(f"<b a{at}>" for at in range(100)) + "<p>x</p>" * 50_000).startswith("x\n\nx")


@pytest.mark.parametrize(
    "filler",
    [" ", "\n", "\t", "<br>", "<td>", "</p>", "<p>x</p>", "&nbsp;", "&lt;", "<", "&amp;", "<a ", "<li>", "</b>"],
)
def test_long_runs_take_linear_time(filler: str) -> None:
    """With quadratic time each of these would take minutes; the limit is far above the tenths of a second they need."""
    started = time.process_time()
    assert to_text("<p>a</p>" + filler * (300_000 // len(filler)) + "<p>b</p>").startswith("a")
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {
                "pay_input_ranges": [
                    {"min_cents": 600, "max_cents": 800, "currency_type": "EUR", "title": "Annual salary"}
                ]
            },
            (6.0, 8.0, "EUR", "year", "Annual salary"),
        ),
        (
            {
                "pay_input_ranges": [
                    {"min_cents": 6000000, "max_cents": 8000000, "currency_type": "EUR", "title": "Wiltz"},
                    {"min_cents": 9000000, "currency_type": "USD", "title": "Ely"},
                ]
            },
            (None, None, "", "", "Wiltz: EUR 60000 - 80000; Ely: USD 90000"),
        ),
        (
            {
                "metadata": [
                    {"name": "Bonus", "value": {"unit": "EUR", "amount": "500"}, "value_type": "currency"},
                    {
                        "name": "Monthly pay",
                        "value": {"unit": "EUR", "min_value": "4000.0", "max_value": "5000.0"},
                        "value_type": "currency_range",
                    },
                ]
            },
            (4000.0, 5000.0, "EUR", "month", "Monthly pay"),
        ),
    ],
)
def test_pay_wherever_it_is_stated(fields: dict[str, object], expected: tuple[object, ...]) -> None:
    [job] = postings(read(json.dumps({"jobs": [{"id": 1, "title": "Cook", **fields}]}).encode())).values()
    pay = (job.salary_min, job.salary_max, job.salary_currency, job.salary_period, job.salary_text)
    assert pay == expected
