"""Crossref and ROR where a fixture would be too large or too many: dates, affiliations, dumps and their bounds."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import orjson
import pytest

from scrapers.decoders import crossref, ror
from scrapers.decoders.affiliations import Affiliation, AffiliationReader, country_of
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.decoders.work_ids import arxiv_id_of, doi_of
from scrapers.items import ResearchOutput
from scrapers.sniff import guess
from tests.scrapers.made.ror_dump import dump, organisation
from tests.scrapers.test_fixture_pairs import FIXTURES

UNI, LIST = "036x5ad56", "01t178j62"


def context(**params: Any) -> DecodeContext:
    return DecodeContext(
        "test", "test", "0" * 64, "https://register.example/", datetime(2026, 10, 1, tzinfo=UTC), params=params
    )


@pytest.mark.parametrize(
    ("parts", "year", "day"),
    [
        ([[2024, 5, 29]], 2024, date(2024, 5, 29)),
        ([[2024, 5]], 2024, None),
        ([[2024]], 2024, None),
        ([["2024", "5", "29"]], 2024, date(2024, 5, 29)),
        ([[2024, 2, 30]], 2024, None),
        ([[2024, 0, 0]], 2024, None),
        ([[None]], None, None),
        ([[]], None, None),
        ([], None, None),
        ([2024], 2024, None),
        ([[0]], None, None),
        ([[99999999]], None, None),
        ("2024", None, None),
    ],
)
def test_a_date_is_a_day_only_if_it_is_whole(parts: object, year: int | None, day: date | None) -> None:
    assert crossref.date_parts({"date-parts": parts}) == (year, day)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Department of Demo, University of Luxembourg, Esch-sur-Alzette, Luxembourg", "LU"),
        ("Demo Works, L-4362 Esch-sur-Alzette, Grand Duchy of Luxembourg.", "LU"),
        ("University of Luxembourg", ""),  # a name, not a place
        ("Demo Campus, Arlon, Luxembourg", ""),  # the Belgian province
        ("Demo Campus, Arlon, Luxembourg, Belgium", "BE"),
        ("Demo Institute, Springfield, Illinois, U.S.A.", "US"),
        ("Demo Department Glasgow UK", "GB"),
        ("Demo Institute, Atlanta, Georgia", ""),  # a country and a state
        ("Demo Institute, Albuquerque, New Mexico", ""),
        ("Institut Démo, Genève, Suisse", "CH"),
        ("Demo-Institut, Wien, Österreich", "AT"),
        ("Demo, Seoul, Republic of Korea; ", "KR"),
        ("Technical University of Denmark", ""),
        ("", ""),
    ],
)
def test_a_country_is_taken_only_where_it_is_told(text: str, country: str) -> None:
    assert country_of(text) == country


def test_shares_of_authors_and_their_institutions() -> None:
    shares = AffiliationReader().shares(
        [
            [Affiliation("Demo", ror=LIST), Affiliation("Elsewhere, Oslo, Norway", ror="0demxa196")],
            [Affiliation("University", ror=UNI)],
            [],
            [Affiliation("A demo institute")],
        ]
    )
    assert shares.country_shares == {"": 0.5, "LU": 0.375, "NO": 0.125}
    assert shares.institution_shares == {LIST: 0.125, UNI: 0.25}
    assert shares.home_institutions == [LIST, UNI]
    assert AffiliationReader().shares([]).country_shares == {"": 1.0}


def test_parts_of_one_address_are_one_affiliation() -> None:
    parts = [Affiliation(text) for text in ("Department of Demo", "Demo University", "Utrecht", "The Netherlands")]
    assert AffiliationReader().shares([parts]).country_shares == {"NL": 1.0}
    beside = [Affiliation("Demo Institute, Oslo, Norway"), Affiliation("France")]
    assert AffiliationReader().shares([beside]).country_shares == {"FR": 0.5, "NO": 0.5}


def test_a_funder_may_be_known_by_its_ror_id_alone_and_an_affiliation_may_say_nothing() -> None:
    funder = {"award": ["10.5555/award"], "id": [{"id": "https://ror.org/0demxa196", "id-type": "ROR"}]}
    author = {"affiliation": [{}, {"name": ["A, Oslo, Norway"], "place": ["Oslo"]}]}
    work = {"DOI": "10.5555/1", "title": ["T"], "funder": [funder], "author": [author]}
    body = orjson.dumps({"status": "ok", "message-type": "work", "message": work})
    (record,) = crossref.decode(body, context()).records
    assert isinstance(record, ResearchOutput)
    assert (record.funders, record.awards) == (["0demxa196"], ["0demxa196 10.5555/award"])
    assert record.country_shares == {"NO": 1.0}


def test_affiliations_beyond_those_that_are_read_are_unknown() -> None:
    reader = AffiliationReader()
    reader.left = 1
    assert reader.shares([[Affiliation("A, Norway")]]).country_shares == {"NO": 1.0}
    assert reader.shares([[Affiliation("A, Norway")]]).country_shares == {"": 1.0}


@pytest.mark.parametrize(
    ("given", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/x(1)2", "10.1000/x(1)2"),
        ("doi: 10.1000/x", "10.1000/x"),
        ("10.1000/with space", None),
        ("11.1000/x", None),
        (None, None),
    ],
)
def test_dois(given: object, doi: str | None) -> None:
    assert doi_of(given) == doi


def test_arxiv_ids() -> None:
    assert [arxiv_id_of(text) for text in ("2601.01234v3", "arXiv:2601.01234", "quant-ph/0201082v1", "x", None)] == [
        "2601.01234", "2601.01234", "quant-ph/0201082", "", "",
    ]  # fmt: skip


def read(body: bytes, **params: Any) -> Decoded:
    return ror.decode(body, context(**params))


def ids(found: Decoded) -> list[str]:
    return [record.organisation_id for record in found.records]  # type: ignore[attr-defined]


def test_a_dump_that_breaks_off_gives_what_came_before() -> None:
    text = json.dumps([organisation("0demxa196", "One"), organisation("0demxa293", "Two")])
    for cut in (text[:-40], text[:-1], text.replace("Two", 'T"wo')):
        found = read(zipped({"v9-ror-data.json": cut}))
        assert ids(found)[0] == "0demxa196"
        assert found.rejects[-1].reason == "cut_off"


def test_a_dump_larger_than_a_buffer_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.decoders.zipped._CHUNK", 7_000)
    many = [organisation("0demxa196", f"Überall {number}") for number in range(50)] + [
        organisation("0demxa293", "Last")
    ]
    found = read(dump(many))
    assert ids(found) == ["0demxa196", "0demxa293"]
    assert found.rejects == []
    assert found.records[0].name == "Überall 0"  # type: ignore[attr-defined]


def test_without_a_country_a_dump_is_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ror, "MAX_KEPT", 1)
    found = read(dump([organisation("0demxa196", "One"), organisation("0demxa293", "Two", country="NO")]))
    assert ids(found) == ["0demxa196"]
    assert "1 organisations beyond the first 1 left out: a country narrows them" in found.notes
    assert ids(
        read(dump([organisation("0demxa196", "One"), organisation("0demxa293", "Two", country="NO")]), country="NO")
    ) == ["0demxa293"]


def zipped(members: dict[str, str]) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return body.getvalue()


@pytest.mark.parametrize(
    ("members", "reason"),
    [({"x.csv": "id,name"}, "not_a_dump"), ({"a.json": "[]", "b.json": "[]"}, "not_a_dump"), ({}, "not_a_dump")],
)
def test_a_zip_file_that_is_no_dump(members: dict[str, str], reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(zipped(members))
    assert caught.value.reason == reason


def test_a_member_without_a_name_is_damage() -> None:
    nameless = zipped({"a.json": "[]"}).replace(b"a.json", b"\x00.json")  # a name ends at its first zero
    with pytest.raises(UnreadableError) as caught:
        read(nameless)
    assert (caught.value.reason, caught.value.detail) == ("damaged_zip", "a member has no name")


def test_a_member_that_is_no_list() -> None:
    found = read(zipped({"v9-ror-data.json": '{"a": 1}'}))
    assert (found.records, [reject.reason for reject in found.rejects]) == ([], ["missing_id"])


@pytest.mark.parametrize(
    ("fixture", "format"),
    [
        ("crossref/page.json", "crossref"),
        ("crossref/work.json", "crossref"),
        ("crossref/failed.json", "crossref"),
        ("crossref/gone.txt", None),
        ("semantic-scholar/search.json", "semantic-scholar"),
        ("semantic-scholar/bulk.json", "semantic-scholar"),
        ("semantic-scholar/empty.json", "semantic-scholar"),
        ("semantic-scholar/refused.json", None),
        ("ror/list.json", "ror"),
        ("ror/v1.json", "ror"),
        ("ror/match.json", "ror"),
        ("course-html/catalogue.html", "course-html"),
        ("course-html/single.html", "course-html"),
        ("course-html/programme.html", "course-html"),
        ("course-html/plain.html", "jobposting-html"),
    ],
)
def test_a_payload_is_told_by_its_marks(fixture: str, format: str | None) -> None:
    assert guess((FIXTURES / fixture).read_bytes()).format == format


def test_a_dump_is_told_by_the_names_in_it() -> None:
    assert guess(dump([])).format == "ror"


def test_names_of_persons_enter_no_record() -> None:
    author = {
        "given": "Ada",
        "family": "Inventedname",
        "ORCID": "https://orcid.org/0000-0000-0000-0000",
        "affiliation": [],
    }
    work = {"DOI": "10.5555/1", "title": ["T"], "author": [author], "editor": [author], "assertion": [{"value": "Ada"}]}
    body = orjson.dumps({"status": "ok", "message-type": "work", "message": work})
    (record,) = crossref.decode(body, context()).records
    assert "nvented" not in record.model_dump_json()
    assert "orcid" not in record.model_dump_json()
