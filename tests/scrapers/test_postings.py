"""The builder of postings: what every board's decoder leaves to it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError
from scrapers.decoders.postings import PostingBuilder, Salary, failure_of, plain
from scrapers.html import MAX_CHARS
from scrapers.items import Precision

BOARDS = {"boards": [{"board": "acme", "employer": "Acme Fictive", "country": "LU"}, {"board": "other"}]}
CONTEXT = DecodeContext(
    "t_boards", "c", "0" * 64, "https://x.example/", datetime(2026, 10, 1, tzinfo=UTC), params=BOARDS
)


def builder(board: str | None = "acme") -> PostingBuilder:
    return PostingBuilder(CONTEXT, Sink(CONTEXT, "job_posting"), board)


def test_a_posting_of_little_is_one_of_defaults() -> None:
    found = builder()
    record = found.build("$[0]", posting_id=1, title="Cook", text_is_due=False)
    assert record is not None
    assert (record.record_id, record.employer, record.text) == ("t_boards:acme:1", "Acme Fictive", "")
    assert (record.salary_min, record.published_on, record.published_precision) == (None, None, "")
    assert found.decoded().notes == []


def test_employer_and_country_come_from_the_registry() -> None:
    found = builder()
    named = found.build("a", posting_id=1, title="Cook", employer="Acme S.A.", location="Remote", html="x")
    assert named is not None
    assert (named.employer, named.is_luxembourg, named.luxembourg_basis) == ("Acme S.A.", True, "remote_contract")
    unlisted = builder("stranger").build("a", posting_id=1, title="Cook", location="Remote", html="x")
    assert unlisted is not None
    assert (unlisted.employer, unlisted.is_luxembourg) == ("stranger", False)


def test_a_text_is_one_of_html_parts_and_plain() -> None:
    found = builder()
    parts = found.build("a", posting_id=1, title="A", parts=[("Tasks", "<p>x</p>"), ("None", ""), ("", "<p>y</p>")])
    text = found.build("b", posting_id=2, title="B", text="List<String>\r\n\r\n\r\n\r\nx\x00 y ")
    assert parts is not None
    assert text is not None
    assert (parts.text, text.text) == ("Tasks\nx\n\ny", "List<String>\n\nx y")
    assert found.build("c", posting_id=3, title="C", parts=[("", "a " * MAX_CHARS)]) is None
    assert found.build("d", posting_id=4, title="D", text="a " * MAX_CHARS) is None
    assert [reject.reason for reject in found.decoded().rejects] == ["text_too_long", "text_too_long"]


def test_the_same_job_again_is_merged_or_refused() -> None:
    found = builder()
    found.build("a", posting_id=1, title="Cook", html="x", departments=["Kitchen"])
    again = found.build("b", posting_id="1", title="Cook", html="x", departments=["Bar"])
    assert again is not None
    assert (again.departments, again.locator) == (["Kitchen", "Bar"], "a")
    assert found.build("c", posting_id=1, title="Chef", html="x") is None
    decoded = found.decoded()
    assert len(decoded.records) == 1
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [("c", "duplicate_id")]
    assert decoded.notes == ["job listed twice, alike"]


def test_a_job_set_aside_is_named_where_its_id_can_be_read() -> None:
    found = builder()
    found.build("a", posting_id=1, title="")
    found.build("b", posting_id=2, title="x" * 501)
    found.build("c", posting_id=3, title="Cook", html=["x"])
    found.build("d", posting_id=4, title="Cook", text="a " * MAX_CHARS)
    found.build("e", posting_id=5, title="Cook", html="x", deadline_on="soon")  # type: ignore[arg-type]
    found.build("f", posting_id=6, title="Cook", html="x")
    found.build("g", posting_id=6, title="Chef", html="x")
    found.build("h", posting_id=None, title="Cook")
    assert [(reject.reason, reject.record_id) for reject in found.decoded().rejects] == [
        ("missing_title", "t_boards:acme:1"),
        ("title_too_long", "t_boards:acme:2"),
        ("bad_content", "t_boards:acme:3"),
        ("text_too_long", "t_boards:acme:4"),
        ("invalid_field", "t_boards:acme:5"),
        ("duplicate_id", "t_boards:acme:6"),
        ("missing_id", None),
    ]


def test_a_day_reckoned_from_the_reading_is_no_content() -> None:
    def said(precision: Precision, day: int) -> str:
        published = date(2026, 9, day)
        record = builder().build("a", posting_id=1, title="Cook", published_on=published, published_precision=precision)
        assert record is not None
        return record.content_sha256

    assert said("days", 1) == said("days", 2)
    assert said("on_or_before", 1) == said("on_or_before", 2)
    assert said("day", 1) != said("day", 2)
    assert said("month", 1) != said("month", 2)


def test_fields_that_cannot_be_kept_cost_themselves() -> None:
    found = builder()
    record = found.build(
        "a",
        posting_id=1,
        title="Cook",
        html="x",
        url="javascript:alert(1)",
        location={"not": "text"},
        offices=["A", "", "A", "B"],
        departments=[f"d{number}" for number in range(500)],
        employment_type=7,
        pay=Salary(3000.0, None, "EUR", "month", "index-linked"),
        languages_required=["fr", "fr", "de"],
        language=found.language("??"),
        published_on=found.day({"deep": []}, "posted"),
        vacancies=2,
    )
    assert record is not None
    assert (record.posting_url, record.location_raw, record.offices) == ("", "", ["A", "B"])
    assert (len(record.departments), record.employment_type, record.vacancies) == (100, None, 2)
    assert (record.salary_min, record.salary_currency, record.salary_text) == (3000.0, "EUR", "index-linked")
    assert (record.languages_required, record.language_declared) == (["fr", "de"], None)
    assert found.decoded().notes == [
        "language '??' is no language code",
        "posted a dict is no date",
        "job with more than 100 departments or offices: the others are not kept",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"posting_id": None, "title": "Cook"}, "missing_id"),
        ({"posting_id": 1, "title": [["Cook"]]}, "missing_title"),
        ({"posting_id": 1, "title": "x" * 501}, "title_too_long"),
        ({"posting_id": 1, "title": "Cook", "html": 5}, "bad_content"),
        ({"posting_id": 1, "title": "Cook", "vacancies": "x"}, "invalid_field"),
    ],
)
def test_what_is_no_posting_is_set_aside(fields: dict[str, object], reason: str) -> None:
    found = builder()
    assert found.build("a", **fields) is None  # type: ignore[arg-type]
    assert [reject.reason for reject in found.decoded().rejects] == [reason]


def test_nobody_knows_the_board() -> None:
    found = builder(None)
    unnamed = found.build("a", posting_id=1, title="Cook", html="x")
    named = found.build("b", posting_id=2, title="Cook", employer="Acme", html="x")
    assert unnamed is not None
    assert named is not None
    assert (unnamed.employer, unnamed.board_id) == ("not named", "unknown")
    assert (named.employer, named.board_id) == ("Acme", "unknown")


def test_lists_of_jobs_are_walked_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builder()
    assert [where for where, _ in found.objects([{}, 1, {}], "$.jobs")] == ["$.jobs[0]", "$.jobs[2]"]
    with pytest.raises(UnreadableError) as none:
        list(found.objects({"a": 1}, "$.jobs"))
    monkeypatch.setattr("scrapers.decoders.postings.MAX_ELEMENTS", 2)
    with pytest.raises(UnreadableError) as many:
        list(found.objects([{}] * 3, "$.jobs"))
    assert (none.value.reason, many.value.reason) == ("not_a_board", "too_many_elements")


def test_a_quiet_board_says_so_and_one_of_drafts_does_not() -> None:
    assert builder().decoded().notes == ["the board lists no jobs"]
    drafts = builder()
    drafts.leave_out("a draft")
    assert drafts.decoded().notes == ["a draft"]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"ok": False, "error": "Document not found"}, "Document not found"),
        ({"success": False}, "that it failed, without a reason"),
        ({"errors": [{"message": "closed", "code": 7}]}, "closed"),
        ({"status": 404, "error": "gone"}, "404 gone"),
        ({"error": {"deep": []}}, "that it failed, without a reason"),
        ({"jobs": [], "error": None}, None),
        ({"jobs": []}, None),
        ({"message": "hello", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}, None),
    ],
)
def test_answers_that_say_that_they_failed(payload: dict[str, object], said: str | None) -> None:
    assert failure_of(payload) == said


def test_half_an_emoji_in_plain_text_is_replaced() -> None:
    assert plain("a\ud83d b") == "a? b"
