"""Pages that state postings for machines: faults of JSON, shapes of values, microdata, hostile pages. All invented."""

from __future__ import annotations

import contextlib
import gzip
import html
import json
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import sitemaps
from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders.around import Around
from scrapers.decoders.closed import says_closed
from scrapers.decoders.jobposting_html import finish, posting_id
from scrapers.decoders.loose_json import BrokenBlockError, read_block
from scrapers.decoders.schema_values import day_of, occupations_of, pay_of, places_of
from scrapers.html import to_text
from scrapers.items import JobPosting
from scrapers.sitemaps import read_sitemap

PAGE = "https://jobs.ecluses.example/offres/eclusier-7"


def context(url: str = PAGE, **params: Any) -> DecodeContext:
    return DecodeContext("careers_pages", "c", "a" * 64, url, datetime(2026, 10, 1, tzinfo=UTC), params=params)


def page(*blocks: object, body: str = "", kind: str = ' type="application/ld+json"') -> bytes:
    scripts = "".join(
        f"<script{kind}>{block if isinstance(block, str) else json.dumps(block)}</script>" for block in blocks
    )
    return f"<!doctype html><html><head>{scripts}</head><body>{body}</body></html>".encode()


def posting(**fields: Any) -> dict[str, Any]:
    said = {"@type": "JobPosting", "title": "Éclusier", "description": "Ouvrir."}
    return said | {"hiringOrganization": {"name": "Atelier"}} | fields


def readable(body: bytes) -> bool:
    """Whether a page is read; one that is not is refused with a code, and nothing else ever happens."""
    try:
        found = read(body)
    except UnreadableError as error:
        return not error.reason.isidentifier()
    return bool(found.records or found.rejects or found.notes)


def read(body: bytes, url: str = PAGE, **params: Any) -> Decoded:
    return decode("jobposting-html", body, context(url, **params))


def only(body: bytes, **params: Any) -> JobPosting:
    [record] = read(body, **params).records
    assert isinstance(record, JobPosting)
    return record


def refused(body: bytes, url: str = PAGE) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(body, url)
    assert "\n" not in str(caught.value)
    assert len(caught.value.detail) <= 300
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "values", "repair"),
    [
        ('{"a": 1}', [{"a": 1}], ""),
        ("", [], ""),
        (' \n<!--  {"a": 1} -->', [{"a": 1}], "wrapper"),
        ('/*<![CDATA[*/{"a": 1}/*]]>*/', [{"a": 1}], "wrapper"),
        ('<![CDATA[ {"a": 1} ]]>', [{"a": 1}], "wrapper"),
        ('{"a": 1};', [{"a": 1}], ""),
        ('{"a": "x\ny\tz"}', [{"a": "x\ny\tz"}], "raw control characters"),
        ('{"a": "x"\n "b": {"c": 1} "d": [1 2]}', [{"a": "x", "b": {"c": 1}, "d": [1, 2]}], "a missing comma"),
        ('{"a": [1, 2,], "b": 1,}', [{"a": [1, 2], "b": 1}], "a comma too many"),
        ('{"a": 1,, "b": 2}', [{"a": 1, "b": 2}], "a comma too many"),
        (r'{"a": "5 \$ and l\'eau \x41"}', [{"a": "5 $ and l'eau A"}], "an escape that JSON does not know"),
        ("{'a': 'x', 'b': \"it's\"}", [{"a": "x", "b": "it's"}], "single quotes"),
        ('{"a": "He said "go", and went", "b": 1}', [{"a": 'He said "go", and went', "b": 1}], "not escaped"),
        ("{a: 1, b: true}", [{"a": 1, "b": True}], "a name without quotes"),
        ('{"a": NaN, "b": undefined}', [{"a": None, "b": None}], "read as nothing"),
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}], "glued together"),
        ('{"a": 1}}', [{"a": 1}], "a bracket too many"),
        ('/* made by hand */ {"a": "http://x//y"}', [{"a": "http://x//y"}], "comments in JSON"),
        ("{&quot;a&quot;: &quot;b &amp;amp; c&quot;}", [{"a": "b &amp; c"}], "escaped as HTML"),
    ],
)
def test_a_block_is_mended_and_the_mending_is_said(text: str, values: list[object], repair: str) -> None:
    found, remarks = read_block(text)
    assert found == values
    assert bool(remarks) == bool(repair)
    assert any(repair in remark for remark in remarks) or not repair


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": {"b": 1}', "cut_off"),
        ('{"a": "x', "cut_off"),
        ("Loading", "not_json"),
        ('{"a": 1]', "not_json"),
        ('{"a": hello}', "not_json"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        (" " * 1_000_001, "too_large"),
    ],
)
def test_a_block_that_has_no_one_reading_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BrokenBlockError) as caught:
        read_block(text)
    assert caught.value.reason == reason


@given(st.text(alphabet="{}[]:,\"'\\/ab1\n \x00<!-é-", max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_block_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BrokenBlockError):
        assert all(isinstance(remark, str) for remark in read_block(text)[1])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_good_json_is_never_changed(value: object) -> None:
    text = json.dumps({"a": value})
    assert read_block(text) == ([{"a": value}], [])


@pytest.mark.parametrize(
    "kind",
    [
        ' type="application/ld+json"',
        " type='application/ld+json'",
        " type=application/ld+json",
        ' TYPE="Application/LD+JSON; charset=utf-8" nonce="a>b"',
        ' id="x" type="application/ld&#x2B;json"',
        ' type="application/ld+json"\n data-react-helmet="true"',
    ],
)
def test_the_type_of_a_block_is_known_however_it_is_written(kind: str) -> None:
    assert only(page(posting(), kind=kind)).title == "Éclusier"


@pytest.mark.parametrize(
    "block",
    [
        posting(),
        [posting()],
        {"@graph": [{"@type": "WebSite"}, posting()]},
        {"@type": "WebPage", "mainEntity": posting()},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": posting()}]},
        posting(**{"@type": ["Thing", "JobPosting"]}),
        posting(**{"@type": "https://schema.org/JobPosting"}),
        {f"schema:{name}" if name[0] != "@" else name: value for name, value in posting().items()},
        posting(title={"@value": "Éclusier", "@language": "fr"}),
        posting(title=["Éclusier"], hiringOrganization="Atelier"),
        posting(hiringOrganization=[{"legalName": "Atelier"}]),
    ],
)
def test_a_posting_is_found_wherever_it_stands(block: object) -> None:
    record = only(page(block))
    assert (record.title, record.employer, record.posting_url) == ("Éclusier", "Atelier", PAGE)
    assert record.record_id == f"careers_pages:jobs.ecluses.example:{posting_id(PAGE)}"


def test_an_item_that_is_pointed_at_in_another_block_is_put_in_its_place() -> None:
    us = {"@type": "Organization", "@id": f"{PAGE}#us", "name": "Atelier des Écluses"}
    assert only(page(us, posting(hiringOrganization={"@id": f"{PAGE}#us"}))).employer == "Atelier des Écluses"


def test_a_broken_block_costs_no_good_one() -> None:
    found = read(page(posting(), '{"@type": "JobPosting", "title": "Half', '{"@type": "WebSite"', ""))
    assert [record.title for record in found.records if isinstance(record, JobPosting)] == ["Éclusier"]
    assert [(reject.locator, reject.reason) for reject in found.rejects] == [("script 2", "cut_off")]
    assert "a block of JSON-LD that is none, and speaks of no posting" in found.notes


def test_microdata_that_repeats_the_json_is_left_out() -> None:
    body = '<div itemscope itemtype="http://schema.org/JobPosting"><h1 itemprop="title">Éclusier</h1></div>'
    found = read(page(posting(), body=body))
    assert len(found.records) == 1
    assert "microdata that repeats the JSON-LD" in found.notes


def test_several_postings_of_a_page_have_ids_of_their_own_and_twins_are_one() -> None:
    blocks = [posting(), posting(), posting(title="Peintre"), posting(title="Marin", url="/offres/marin")]
    found = read(page(*blocks))
    assert len({record.record_id for record in found.records}) == len(found.records) == 3
    assert "posting stated twice, alike" in found.notes
    again = read(page(*reversed(blocks)))
    assert {record.record_id for record in again.records} == {record.record_id for record in found.records}


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        ({"address": {"addressLocality": "Remich", "addressCountry": "LU"}}, ["Remich, LU"]),
        ({"address": "12, quai, L-5555 Remich"}, ["12, quai, L-5555 Remich"]),
        ({"addressRegion": "Luxembourg"}, ["Luxembourg"]),
        ("Luxembourg", ["Luxembourg"]),
        ({"name": "Remich"}, ["Remich"]),
        ({"address": {"streetAddress": "Quai 1, L - 5555", "addressLocality": "Remich"}}, ["L - 5555 Remich"]),
        ({"address": {"addressLocality": ["Luxembourg", "Metz"]}}, ["Luxembourg / Metz"]),
        ({"address": [{"addressLocality": "Metz"}, {"addressLocality": "Remich"}]}, ["Metz", "Remich"]),
        ([{"name": "A", "address": "X"}, {"name": "B", "address": "X"}], ["A", "B"]),
        ({"address": {"addressCountry": {"name": ["LU", "LU"]}, "postalCode": 5555}}, ["5555, LU"]),
        ([None, 7, [], {}, {"address": None}], []),
    ],
)
def test_places_of_all_shapes(place: object, lines: list[str]) -> None:
    assert places_of(place) == lines


@pytest.mark.parametrize(
    ("fields", "is_luxembourg", "basis", "is_remote"),
    [
        ({"jobLocation": {"address": {"addressLocality": "Luxembourg", "addressCountry": "BE"}}}, False, "none", False),
        (
            {"jobLocation": {"address": {"addressLocality": "Arlon", "addressRegion": "Luxembourg"}}},
            False,
            "none",
            False,
        ),
        ({"jobLocation": [{"address": "Paris"}, {"address": "Luxembourg"}]}, True, "name", False),
        ({"jobLocationType": "TELECOMMUTE"}, False, "none", True),
        (
            {"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": {"name": "LU"}},
            True,
            "remote_contract",
            True,
        ),
        (
            {"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": [{"name": "LU"}, {"name": "DE"}]},
            False,
            "none",
            True,
        ),
        (
            {
                "jobLocationType": "TELECOMMUTE",
                "hiringOrganization": {"name": "Atelier", "address": {"addressCountry": "Luxembourg"}},
            },
            True,
            "remote_contract",
            True,
        ),
        ({"jobLocation": "Remich", "jobLocationType": "TELECOMMUTE"}, True, "remote_contract", True),
    ],
)
def test_where_a_posting_is(fields: dict[str, Any], is_luxembourg: bool, basis: str, is_remote: bool) -> None:
    record = only(page(posting(**fields)))
    assert (record.is_luxembourg, record.luxembourg_basis, record.is_remote) == (is_luxembourg, basis, is_remote)


@pytest.mark.parametrize(
    ("salary", "expected"),
    [
        ({"currency": "EUR", "value": {"value": 45000, "unitText": "YEAR"}}, (45000, 45000, "EUR", "year", "")),
        (
            {"currency": "EUR", "value": {"minValue": "3,000", "maxValue": "4 000", "unitText": "MON"}},
            (3000, 4000, "EUR", "month", ""),
        ),
        ({"currency": "EUR", "value": 18.5, "unitText": "HOUR"}, (18.5, 18.5, "EUR", "hour", "")),
        ({"currency": "EUR", "minValue": 10, "maxValue": 20, "unitText": "HOUR"}, (10, 20, "EUR", "hour", "")),
        ({"value": {"currency": "CHF", "minValue": 0, "maxValue": 9000}}, (None, 9000, "CHF", "", "")),
        ([{"currency": "EUR", "value": {"value": "52000.0000"}}], (52000, 52000, "EUR", "", "")),
        ("selon barème", (None, None, "", "", "selon barème")),
        ({"currency": "EUR", "value": "à négocier"}, (None, None, "", "", "à négocier")),
        ({"currency": "EUR", "value": {"minValue": 0, "maxValue": 0}}, None),
        ({"currency": "EUR", "value": {"minValue": -5, "maxValue": 1e300}}, None),
        ([[], None], None),
        ({"currency": "EUR", "value": {"value": "60000-80000", "unitText": "ANN"}}, (60000, 80000, "EUR", "year", "")),
        ({"currency": "EUR", "value": {"value": "by agreement"}}, (None, None, "", "", "by agreement")),
        ({"currency": "EUR", "value": {"minValue": "60k", "maxValue": "80K"}}, (60000, 80000, "EUR", "", "")),
    ],
)
def test_pay_of_all_shapes(salary: object, expected: tuple[object, ...] | None) -> None:
    found = pay_of({"baseSalary": salary})
    assert (found and (found.minimum, found.maximum, found.currency, found.period, found.text)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-09-30", date(2026, 9, 30)),
        ("2026-09-30T00:00:00+02:00", date(2026, 9, 30)),  # the 29th in UTC, but the 30th is meant
        ("2026-9-3 10:00", date(2026, 9, 3)),
        ("20260930", date(2026, 9, 30)),
        ("2026/09/30", date(2026, 9, 30)),
        ("30.09.2026", date(2026, 9, 30)),
        ("30/09/2026", date(2026, 9, 30)),
        ("09/30/2026", date(2026, 9, 30)),
        ("September 30, 2026", date(2026, 9, 30)),
        ("Sep 30th 2026", date(2026, 9, 30)),
        ("30 septembre 2026", date(2026, 9, 30)),
        ("Wed, 30 Sep 2026 10:00:00 GMT", date(2026, 9, 30)),
        ("Wed Sep 30 2026 00:00:00 GMT+0200 (CEST)", date(2026, 9, 30)),
        (1790726400, date(2026, 9, 30)),
        (1790726400000, date(2026, 9, 30)),
        ("1790726400000", date(2026, 9, 30)),
        (["2026-09-30"], date(2026, 9, 30)),
        ("Wed Sep 30 00:00:00 UTC 2026", date(2026, 9, 30)),
        ("Wed Sep 30 23:30:00 CEST 2026", date(2026, 9, 30)),
        ("1er octobre 2026", date(2026, 10, 1)),
        ("30-Sep-2026", date(2026, 9, 30)),
        ("/Date(1790726400000)/", date(2026, 9, 30)),
        ("09/30/26", None),  # which is the year, and which the month?
        ("2026-W40", None),  # a week
        ("2026-02-31", None),
        ("31/31/2026", None),
        ("soon", None),
        (True, None),
        ({"x": 1}, None),
        (1e300, None),
    ],
)
def test_days_of_all_shapes(said: object, expected: date | None) -> None:
    assert day_of(said)[0] == expected


def test_a_day_that_may_be_two_is_read_day_first_and_said() -> None:
    found = read(page(posting(datePosted="03/04/2026", validThrough="never", dateModified="x")))
    [record] = found.records
    assert isinstance(record, JobPosting)
    assert (record.published_on, record.deadline_on, record.updated_at) == (date(2026, 4, 3), None, None)
    assert "datePosted '03/04/2026' is read with the day first" in found.notes
    assert "validThrough 'never' is no date" in found.notes


def test_codes_of_occupations_are_those_of_isco_and_esco_alone() -> None:
    esco = "http://data.europa.eu/esco/occupation/114e1eff-215e-47df-8e10-45a5b72f8197"
    said = ["15-1132.00", {"inCodeSet": {"name": "ISCO-08"}, "codeValue": "2512"}, esco, "ISCO-08: 2511 Analysts", {}]
    assert occupations_of(said) == ["2512", esco, "2511"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>Words alone</body></html>", "no_structured_data"),
        (page(""), "no_structured_data"),
        (page({"@type": "Organization"}), "no_structured_data"),
        (page('{"@type": "JobPosting", "title": "Half'), "broken_structured_data"),
        (page({"@type": "JobPosting", "url": "/x"}), "no_structured_data"),
        (b"<p>Cette offre d'emploi n'est plus disponible.</p>", "expired"),
        (b"<p>We are no longer accepting applications.</p>", "expired"),
        (b"<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", "challenge"),
        (b'<meta name="tdm-reservation" content="1"><p>x</p>' + page(posting()), "tdm_reserved"),
        (b"<div>" * 5000, "too_deep"),
        (b"<p>" + b"x" * 1_100_000, "text_too_long"),
        (b"<urlset><url><loc>https://x.example/</loc></url></urlset>", "a_listing"),
        (b"\x1f\x8bnot packed", "bad_gzip"),
        (b"\x00\xff" * 1000, "no_structured_data"),
        (b"{}", "no_structured_data"),
    ],
)
def test_a_page_without_a_posting_says_why(body: bytes, reason: str) -> None:
    assert refused(body) == reason


TITLE = "<h1>Éclusier</h1>"


@pytest.mark.parametrize(
    ("body", "fields", "is_over"),
    [
        ("<main><p>This position has been filled.</p></main>", {}, True),
        ("<main><h1>Éclusier</h1><p>Die Stellenausschreibung ist nicht mehr aktiv.</p></main>", {}, True),
        ("<main>Words</main><div role=alert>Applications are closed for this job</div>", {}, False),
        ("<main><div role=alert>Applications are closed for this job</div></main>", {}, True),
        (f"{'<nav>Menu</nav>' * 500}{TITLE}<p>Cette offre n\u2019est plus disponible.</p>", {}, True),
        (f"{TITLE}<p>The role is closed to internal candidates.</p>", {}, False),
        (
            f"{TITLE}<p>This position was filled.</p>",
            {"description": "<p>Twice: This position was filled.</p>"},
            False,
        ),
        (f"{TITLE}{'<p>Words of the ad.</p>' * 300}<p>This job is no longer available.</p>", {}, False),
        (
            f"{TITLE}{'<p>Words of the ad.</p>' * 300}<p>This job is no longer available.</p>",
            {"validThrough": "2026-09-01"},
            True,
        ),
        (TITLE, {"validThrough": "2026-09-01"}, False),
    ],
)
def test_a_page_that_calls_its_posting_over_gives_none(body: str, fields: dict[str, Any], is_over: bool) -> None:
    whole = page(posting(**fields), body=body)
    if is_over:
        assert refused(whole) == "expired"
    else:
        assert only(whole).deadline_on == (date(2026, 9, 1) if fields.get("validThrough") else None)
        assert "posting whose closing day has passed" in read(whole).notes or "validThrough" not in fields


@pytest.mark.parametrize(
    ("words", "is_over"),
    [
        ("Dieses Stellenangebot ist leider nicht mehr online", True),
        ("The job you are trying to apply for has been filled.", True),
        ("The page does not exist.\nJob not found", True),
        ("This vacancy is closed to new applications", True),
        ("L\u2019offre a été pourvue", True),
        ("Dës Annonce ass net méi disponibel", True),
        ("The role is closed to internal staff; our last position was filled with joy", False),
        ("A job not found elsewhere", False),
        ("Applications close on Friday", False),
    ],
)
def test_words_that_call_an_advertisement_over(words: str, is_over: bool) -> None:
    assert says_closed(words) is is_over


def test_a_posting_keeps_the_identity_of_its_page_whatever_stands_beside_it() -> None:
    alone = only(page(posting())).record_id
    similar = posting(title="Batelier", url="/offres/batelier-8")
    for blocks in (
        [posting(), posting()],
        [posting(), similar],
        [similar, posting()],
        [similar, posting(url=PAGE)],
        [similar, posting(url=PAGE), posting(title="Passeur")],
        [posting(url="https://elsewhere.example/1"), similar],
    ):
        found = read(page(*blocks, body=TITLE))
        assert [r.record_id for r in found.records if isinstance(r, JobPosting) and r.title == "Éclusier"] == [alone]
        assert not found.rejects


def test_several_postings_of_a_page_are_told_apart() -> None:
    for blocks in (
        [posting(title=title, identifier="ACME") for title in "ABC"],
        [posting(jobLocation=where) for where in ("Remich", "Wiltz", "Metz")],
        [posting(identifier=number) for number in ("1", "2", "2 bis")],
    ):
        found = read(page(*blocks))
        assert (len({record.record_id for record in found.records}), found.rejects) == (3, [])


def test_rdfa_is_seen_and_not_read() -> None:
    with pytest.raises(UnreadableError, match="RDFa"):
        read(b'<div vocab="https://schema.org/" typeof="JobPosting"><h1 property="title">Dev</h1></div>')


def test_missing_values_cost_themselves_and_not_the_posting() -> None:
    nothing = dict.fromkeys(
        (
            "description",
            "hiringOrganization",
            "jobLocation",
            "datePosted",
            "baseSalary",
            "identifier",
            "industry",
            "url",
        )
    )
    values: tuple[object, ...] = (None, [], {}, "", 0, False, [[[]]], {"@value": None}, 10**30, "\ud800")
    for value in values:
        block = posting(**dict.fromkeys(nothing, value))
        found = read(page(json.dumps(block)))
        assert [record.title for record in found.records if isinstance(record, JobPosting)] == ["Éclusier"]


@pytest.mark.parametrize("where", ["title", "hiringOrganization", "jobLocation", "description", "baseSalary", "@type"])
def test_deep_and_wide_values_are_bounded(where: str) -> None:
    deep: object = "x"
    for _ in range(150):
        deep = {"name": [deep], "value": deep} if len(str(deep)) < 10_000 else [deep]
    for value in (deep, ["x"] * 50_000, "x" * 600_000):
        started = time.process_time()
        assert readable(page(posting(**{where: value}))) or where == "@type"
        assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "junk",
    [
        b'<script type="application/ld+json">' * 20_000,
        b"<!--" * 200_000,
        b"<script " * 100_000,
        b'<div itemscope itemtype="JobPosting" itemprop="title">' * 100 + b"<i itemprop=title>" * 3_000,
        b'<script type="application/ld+json">{"@type":"JobPosting","title":"' + b'" ' * 400_000,
        page(*[posting(title=f"T{n}") for n in range(1_200)]),
        page([{"@type": "JobPosting"}] * 60_000),
        b'<p id=a itemprop=title itemscope itemref="a"><b itemscope itemtype="JobPosting" itemref="a a a">' * 5_000,
        b'<p itemscope itemtype="JobPosting" itemprop="skills" itemref="a">' * 3_000 + b'<i id="a">' * 3_000,
        b'<div itemscope itemtype="JobPosting" itemprop="x">' * 119 + b"<i itemprop=title>T</i>" + b"</div>" * 119,
    ],
    ids=["scripts", "comments", "tags", "nested", "quotes", "many", "stubs", "circles", "references", "deep"],
)
def test_hostile_pages_take_time_in_proportion(junk: bytes) -> None:
    started = time.process_time()
    readable(junk)
    assert time.process_time() - started < 4


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_damaged_page_is_read_or_refused(junk: bytes, at: int) -> None:
    whole = page(posting(jobLocation="Remich", datePosted="2026-09-01"))
    for body in (whole[:at] + junk + whole[at:], whole[:at] + junk):
        with contextlib.suppress(UnreadableError):
            found = read(body)
            assert found.records or found.rejects or found.notes


def test_sitemaps_of_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = b"<url><loc>/offres/1</loc><lastmod>2026-09-01</lastmod></url>"
    plain = b"\xef\xbb\xbfhttps://x.example/offres/1\r\nhttps://x.example/offres/2\r\n"
    spaced = (
        b'<?xml version="1.0"?><s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9">'
        b"<s:url><s:loc> https://x.example/offres/1 </s:loc></s:url></s:urlset>"
    )
    for body in (b"<urlset>" + entry + b"</urlset>", gzip.compress(b"<urlset>" + entry + b"</urlset>"), plain, spaced):
        assert next(iter(read_sitemap(body, "https://x.example/s.xml").entries)) == "https://x.example/offres/1"
    monkeypatch.setattr(sitemaps, "MAX_ENTRIES", 3)
    with pytest.raises(UnreadableError, match="too_many_elements"):
        read_sitemap(b"<urlset>" + entry * 4 + b"</urlset>", "https://x.example/")
    with pytest.raises(UnreadableError, match="too_large"):
        read_sitemap(gzip.compress(b"<urlset>" + b" " * (65 * 2**20)), "https://x.example/")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>'
    with pytest.raises(UnreadableError, match="entities_refused"):
        read_sitemap(bomb, "https://x.example/")


def test_a_crawl_without_earlier_ones_is_as_it_was_read() -> None:
    found = read(page(posting()))
    listed = Decoded(found.records, found.rejects, found.notes, [PAGE, f"{PAGE}-never-read"])
    put = finish(listed, Around(datetime(2026, 10, 1, tzinfo=UTC), {}, lambda: iter(()), "c"))
    assert put.records == found.records
    assert "1 listed pages that were not read yet, or had no posting" in put.notes


def test_microdata_in_list_items_keeps_no_bullets_and_incentives_are_text() -> None:
    body = (
        '<ul itemscope itemtype="http://schema.org/JobPosting"><li itemprop="title">Baker</li>'
        '<li itemprop="employmentType">Full-time</li><li itemprop="hiringOrganization">Atelier</li>'
        '<li itemprop="description"><ul><li>Bread</li><li>Cake</li></ul></li><li itemprop="incentives">A car</li></ul>'
    )
    record = only(body.encode())
    assert (record.title, record.employment_type, record.employer) == ("Baker", "Full-time", "Atelier")
    assert record.text == "- Bread\n- Cake\n\nA car"


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ({"address": {"streetAddress": "Kirchberg, Luxembourg"}}, "Luxembourg"),
        ({"name": "Office", "address": {"streetAddress": "5 rue X, 1637 Luxembourg"}}, "Office, 1637 Luxembourg"),
        ({"address": {"streetAddress": "rue de Luxembourg, 12"}}, ""),
        ({"address": {"streetAddress": "Kirchberg, Luxembourg", "addressCountry": "BE"}}, "BE"),
    ],
)
def test_a_town_that_stands_in_the_street_alone(place: dict[str, Any], line: str) -> None:
    assert places_of(place) == ([line] if line else [])


@pytest.mark.parametrize("times", range(1, 6))
def test_texts_escaped_over_and_over(times: int) -> None:
    text = "<p>R&amp;D for x &lt; 5</p>"
    for _ in range(times):
        text = html.escape(text)
    assert to_text(text) == "R&D for x < 5"
    assert to_text("<p>R&amp;amp;D, l&amp;#39;été</p>") == "R&D, l'été"
