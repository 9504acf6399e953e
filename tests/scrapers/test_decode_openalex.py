"""OpenAlex works: three shapes of the API as recorded, and shapes made up for what recordings do not show."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.decode import FORMATS
from scrapers.decoders import openalex, openalex_work
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.items import RECORD_KINDS, ResearchOutput
from tests.scrapers.test_fixture_pairs import FIXTURES as PAIRS_FOLDER
from tests.shared import shared_path

FIXTURES = PAIRS_FOLDER / "openalex"

CONTEXT = DecodeContext(
    source_id="openalex_test",
    crawl_id="20261001T000000Z-00000000",
    capture_id="a" * 64,
    url="https://api.openalex.org/works",
    retrieved_at=datetime(2026, 10, 1, tzinfo=UTC),
)


def recorded(name: str) -> bytes:
    return shared_path(f"recordings/research/openalex/{name}").read_bytes()


def decode(payload: object) -> Decoded:
    return openalex.decode(payload if isinstance(payload, bytes) else orjson.dumps(payload), CONTEXT)


def one(**fields: Any) -> ResearchOutput:
    work = {"id": "https://openalex.org/W1", "title": "A title", "authorships": []} | fields
    (record,) = decode({"results": [work]}).records
    assert isinstance(record, ResearchOutput)
    return record


def author(*institutions: tuple[str, str | None], **fields: Any) -> dict[str, Any]:
    places = [{"id": f"https://openalex.org/I{name}", "ror": None, "country_code": code} for name, code in institutions]
    return {"author": {"id": "https://openalex.org/A1", "display_name": "Jane Roe"}, "institutions": places} | fields


def topic(name: str, score: float | None, subfield: str = "2202", number: int = 1) -> dict[str, Any]:
    place = {"id": f"https://openalex.org/subfields/{subfield}", "display_name": "x"}
    return {"id": f"https://openalex.org/T{number}", "display_name": name, "score": score, "subfield": place}


# -- recordings --------------------------------------------------------------------------------------------------------


def test_the_shape_of_2022() -> None:
    decoded = decode(recorded("v2022_cursor_ends__01.json"))
    first, second = decoded.records
    assert isinstance(first, ResearchOutput)
    assert isinstance(second, ResearchOutput)
    assert (decoded.rejects, decoded.notes) == ([], [])
    assert (first.work_id, first.doi) == ("W4224016882", "10.1371/journal.pone.0266781")
    assert (first.schema_generation, first.topic_ids, first.subfield_ids) == ("2022", [], [])
    assert first.concept_ids[0] == "C71924100"
    assert first.published_on == date(2022, 4, 18)
    assert first.text.startswith("Healthcare workers (HCWs) were among the first group of people vaccinated with")
    assert (first.authors_total, first.country_shares) == (8, {"US": 1.0})
    assert second.country_shares == {"JP": 1.0}
    assert decode(recorded("v2022_cursor_ends__02.json")).records == []


def test_the_shapes_of_2024_and_2026() -> None:
    (old,) = decode(recorded("v2024_W-api-response.json")).records
    assert isinstance(old, ResearchOutput)
    assert (old.schema_generation, old.topic_ids, old.subfield_ids) == ("2024", ["T10309"], ["3103"])
    assert old.title.startswith("GW170104")
    new, other = decode(recorded("py2026_works_list.json")).records
    assert isinstance(new, ResearchOutput)
    assert isinstance(other, ResearchOutput)
    assert (new.schema_generation, new.topic_ids) == ("2026", ["T12267", "T13551", "T12964"])
    assert new.subfield_ids == ["2737", "2712"]
    # Eight authors, four of them with institutions, all of these in France.
    assert new.country_shares == {"": 0.5, "FR": 0.5}
    assert other.country_shares == {"FR": round(4 / 7, 9), "US": round(3 / 7, 9)}
    assert not new.is_default_topic


def test_lines_of_the_snapshot() -> None:
    path = shared_path("recordings/research/openalex_snapshot/works_updated_date=2023-05-16_part_000.gz")
    records = [record for line in gzip.decompress(path.read_bytes()).splitlines() for record in decode(line).records]
    assert len(records) == 27
    first = records[0]
    assert isinstance(first, ResearchOutput)
    assert (first.work_id, first.language_declared, first.country_shares) == ("W4206759534", "ro", {"": 1.0})


def test_no_name_of_an_author_is_kept() -> None:
    body = recorded("py2026_works_list.json")
    names = {
        author["author"]["display_name"] for work in orjson.loads(body)["results"] for author in work["authorships"]
    }
    written = b"".join(orjson.dumps(record.model_dump(mode="json")) for record in decode(body).records)
    assert len(names) > 10
    assert not [name for name in names if name.encode() in written]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("v2024_A5317838346.json", "not_works"), ("py2026_topic.json", "not_works"), ("award_example.json", "not_works")],
)
def test_other_entities_are_no_works(name: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        decode(recorded(name))
    assert error.value.reason == reason


def test_lists_of_other_entities_and_counts_of_groups() -> None:
    with pytest.raises(UnreadableError, match="a list of another kind of entity \\(venue\\)"):
        decode(recorded("v2022_per_page_too_low.json"))
    counts = decode(recorded("v2022_works_group_by.json"))
    assert (counts.records, counts.notes) == ([], ["counts of groups, which hold no works"])
    mixed = decode({"results": [{"id": "https://openalex.org/W1", "title": "x"}, {"id": "https://openalex.org/I1"}]})
    assert (len(mixed.records), [reject.reason for reject in mixed.rejects]) == (1, ["missing_id"])


# -- one work in three shapes ------------------------------------------------------------------------------------------

# What a shape has no field for: languages and topics came after 2022, ids of locations after 2024.
LACKING: dict[str, set[str]] = {
    "2022": {"language_declared", "topic_ids", "subfield_ids", "funders", "awards"},
    "2024": set(),
}


@pytest.mark.parametrize("generation", ["2022", "2024"])
def test_one_work_says_the_same_in_every_shape(generation: str) -> None:
    def said(shape: str) -> dict[str, Any]:
        (record,) = decode((FIXTURES / f"work_{shape}.json").read_bytes()).records
        left_out = {"schema_generation", "content_sha256", *LACKING[generation]}
        return {name: value for name, value in record.model_dump().items() if name not in left_out} | {
            "other_ids": [one for one in getattr(record, "other_ids", []) if not one.startswith("oai:")]
        }

    older, newest = said(generation), said("2026")
    assert older == newest
    assert newest["institution_shares"] == {"099aaaa11": 0.375, "I9900003": 0.25}


# -- shares ------------------------------------------------------------------------------------------------------------


def test_shares_are_fractional_by_author_then_institution() -> None:
    record = one(
        authorships=[
            author(("1", "LU"), ("2", "FR")),
            author(("1", "LU"), ("1", "LU")),  # listed twice, counted once
            author(countries=["DE"]),
            author(),
        ]
    )
    assert record.country_shares == {"": 0.25, "DE": 0.25, "FR": 0.125, "LU": 0.375}
    assert record.home_institutions == ["I1"]
    assert (record.authors_total, record.authors_truncated) == (4, False)
    ror = {"id": "https://openalex.org/I5", "ror": "https://ror.org/036x5ad56", "country_code": "lu"}
    record = one(authorships=[{"institutions": [ror, {"country_code": "Germany"}, None, 7]}])
    assert record.home_institutions == ["036x5ad56"]
    assert record.country_shares == {"": 0.5, "LU": 0.5}


@pytest.mark.parametrize(
    ("authors", "fields", "cut", "total"),
    [
        (100, {}, True, 100),  # without a mark
        (3, {"is_authors_truncated": True}, True, 3),
        (100, {"is_authors_truncated": False}, False, 100),
        (100, {"authors_count": 100}, False, 100),
        (100, {"authors_count": 2_931}, True, 2_931),
        (150, {}, False, 150),  # files and single works are not cut
        (99, {}, False, 99),
    ],
)
def test_a_cut_list_of_authors_is_noted(authors: int, fields: dict[str, Any], cut: bool, total: int) -> None:
    work = {"id": "W2", "title": "Many", "authorships": [author(("1", "LU"))] * authors} | fields
    decoded = decode({"results": [work]})
    (record,) = decoded.records
    assert isinstance(record, ResearchOutput)
    assert (record.authors_truncated, record.authors_total) == (cut, total)
    assert decoded.notes == [f"work whose authors are cut at {authors}: its shares speak of these alone"] * cut
    assert record.country_shares == {"LU": 1.0}


def test_the_hundredth_author_may_be_the_last() -> None:
    listed = [author(("1", "LU"))] * 99 + [author(("1", "LU"), author_position="last")]
    assert not one(authorships=listed).authors_truncated
    listed[-1] = author(("1", "LU"), author_position="middle")
    assert one(authorships=listed).authors_truncated


def test_shares_of_institutions_add_up_to_those_of_the_country() -> None:
    ror = {"id": "https://openalex.org/I5", "ror": "https://ror.org/036x5ad56", "country_code": "LU"}
    record = one(
        authorships=[
            {"institutions": [ror, ror, {"id": "https://openalex.org/I6", "country_code": "LU"}]},
            {"institutions": [ror, {"id": "https://openalex.org/I7", "country_code": "DE"}]},
            {"institutions": [], "countries": ["LU"]},
            {"institutions": []},
        ]
    )
    assert record.institution_shares == {"036x5ad56": 0.25, "I6": 0.125}
    # The third author's country is known, the institution is not.
    assert record.country_shares == {"": 0.25, "DE": 0.125, "LU": 0.625}
    assert record.home_institutions == list(record.institution_shares)


# -- topics ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ([topic(openalex_work.DEFAULT_TOPIC, 0.0184)], True),
        ([topic(openalex_work.DEFAULT_TOPIC, None)], True),
        ([topic(openalex_work.DEFAULT_TOPIC, 0.97)], False),  # a work on the military
        ([topic("Image processing", 0.01)], False),
        ([topic("Image processing", 0.9), topic(openalex_work.DEFAULT_TOPIC, 0.0184, number=2)], False),
        (
            [
                topic(openalex_work.DEFAULT_TOPIC, 0.6, number=1),
                topic("Legal and Regulatory Analysis", 0.5, number=2),
                topic("Linguistic, Cultural, and Literary Studies", 0.4, number=3),
            ],
            True,
        ),
        ([], False),
    ],
)
def test_the_default_topic_is_told_from_a_real_one(topics: list[Any], expected: bool) -> None:
    assert one(topics=topics, primary_topic=topics[0] if topics else None).is_default_topic is expected


def test_the_primary_topic_comes_first() -> None:
    first, second = topic("A", 0.5, "1707", 2), topic("B", 0.9, "1702", 1)
    record = one(topics=[second, first], primary_topic=first)
    assert (record.topic_ids, record.subfield_ids) == (["T2", "T1"], ["1707", "1702"])


# -- abstracts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"world": [1], "Hello": [0]}, "Hello world"),
        ({"a": [0, 2], "b": [1, 9]}, "a b a b"),  # a gap is closed
        ({"a": [0], "b": [0]}, "a"),
        ({"a": [-1, 1.5, True, "0", None, 10**18], "b": [3]}, "b"),
        ({"a": "0", "b": {"0": 1}, "c": None, "d": [1]}, "d"),
        ({"<jats:p>Deep": [0], "learning</jats:p>": [1]}, "Deep learning"),
        ({"IndexLength": 2, "InvertedIndex": {"x": [0], "y": [1]}}, "x y"),
        ("abc", ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_abstracts_are_put_together_whatever_the_positions(index: object, text: str) -> None:
    assert one(abstract_inverted_index=index).text == text


def test_an_abstract_without_end_is_not_kept() -> None:
    work = {"id": "W1", "title": "T", "abstract_inverted_index": {"a": list(range(openalex_work.MAX_WORDS + 5))}}
    decoded = decode({"results": [work, {"id": "W2", "title": "good"}]})
    assert [getattr(record, "text", None) for record in decoded.records] == ["", ""]
    assert any("not kept" in note for note in decoded.notes)
    hostile = {str(number): [-1] * 100 for number in range(2_000)}
    assert decode({"results": [work | {"abstract_inverted_index": hostile}]}).records


# -- what is left out --------------------------------------------------------------------------------------------------


def test_a_bad_work_never_costs_a_good_one() -> None:
    works: list[Any] = [
        None,
        7,
        {"title": "no id"},
        {"id": "https://openalex.org/A1", "title": "an author"},
        {"id": "https://openalex.org/W4", "title": "Deleted Work"},
        {"id": "https://openalex.org/W5", "title": "Contents", "is_paratext": True},
        {"id": "https://openalex.org/W6", "title": "bad authors", "authorships": "x"},
        {"id": "https://openalex.org/W7", "title": "good", "is_retracted": True, "publication_year": "x"},
        {"id": "https://openalex.org/w7", "title": "again"},
        {"id": "https://openalex.org/W8", "publication_date": "2024-02-30", "doi": "none", "language": "??"},
    ]
    decoded = decode({"meta": {"count": len(works)}, "results": works})
    assert [
        (record.record_id, record.is_retracted) for record in decoded.records if isinstance(record, ResearchOutput)
    ] == [
        ("openalex_test:W7", True),
        ("openalex_test:W8", False),
    ]
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [
        ("$.results[0]", "not_a_work"),
        ("$.results[1]", "not_a_work"),
        ("$.results[2]", "missing_id"),
        ("$.results[3]", "missing_id"),
        ("$.results[6]", "bad_authorships"),
    ]
    said = " ".join(decoded.notes)
    for part in ("deleted by OpenAlex", "paratext", "stands twice", "without a title"):
        assert part in said


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"error": "Invalid query parameters error.", "message": "x is not a valid field"}, "upstream_error"),
        ({"results": {"a": 1}}, "not_works"),
        ([], "not_works"),
        (b"<html>busy</html>", "not_json"),
        (b"", "empty"),
        ({"results": [None] * 1_001}, "too_many_elements"),
    ],
)
def test_what_is_no_page_of_works(payload: object, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        decode(payload)
    assert error.value.reason == reason


# -- any input ---------------------------------------------------------------------------------------------------------

_leaves = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12)
_json = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
_FIELDS = sorted(openalex_work.KNOWN)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.dictionaries(st.sampled_from(_FIELDS), _json, max_size=8).map(
            lambda fields: {"id": "https://openalex.org/W12", "authorships": [], **fields}
        ),
        max_size=3,
    )
)
def test_any_values_give_valid_records_or_rejects(works: list[Any]) -> None:
    good = {"id": "https://openalex.org/W999", "title": "good"}
    payload = {"results": [*works, good]}
    decoded = decode(json.dumps(payload).encode("utf-8", "surrogatepass"))
    for record in decoded.records:
        assert RECORD_KINDS["research_output"].model_validate(record.model_dump(exclude={"content_sha256"})) == record
        assert record.content_sha256
        shares = getattr(record, "country_shares", {})
        assert abs(sum(shares.values()) - 1) < 1e-6
    assert "openalex_test:W999" in {record.record_id for record in decoded.records}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_recordings_never_crash(data: st.DataObject) -> None:
    body = bytearray(recorded("v2022_cursor_ends__01.json"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    try:
        decoded = FORMATS["openalex"](bytes(body), CONTEXT)
    except UnreadableError:
        return
    for record in decoded.records:
        orjson.dumps(record.model_dump(mode="json"))
