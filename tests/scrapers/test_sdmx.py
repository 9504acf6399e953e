"""SDMX beyond the fixture pairs: references, actions, dimensions told from attributes, plans, healthy answers."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders import sdmx_cells
from scrapers.decoders.classifications import nace_version
from scrapers.decoders.sdmx import asked_for, structure_of
from scrapers.decoders.sdmx_structures import described
from scrapers.items import Observation
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source, load_sources, source_by_id
from scrapers.session import CrawlSession
from scrapers.spiders.sdmx import SdmxSpider, SdmxStructuresSpider

LUSTAT = "https://lustat.statec.lu/rest/data/LU1,DF_DEMO,1.0/all"


def read(format: str, text: str | bytes, url: str = LUSTAT, **params: Any) -> Decoded:
    body = text.encode() if isinstance(text, str) else text
    context = DecodeContext(
        source_id="demo",
        crawl_id="demo",
        capture_id=hashlib.sha256(body).hexdigest(),
        url=url,
        retrieved_at=datetime(2026, 10, 1, 6, tzinfo=UTC),
        params=params,
    )
    return decode(format, body, context)


def cells(found: Decoded) -> list[tuple[str, str, float | None]]:
    return [(r.series_key, r.time_period, r.value) for r in found.records if isinstance(r, Observation)]


# -- references and descriptions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("LU1:DF_X021(1.1)", ("LU1", "DF_X021", "1.1")),
        ("LU1,DSD_A@DF_B,1.0", ("LU1", "DSD_A@DF_B", "1.0")),
        ("LU1,DF_B", ("LU1", "DF_B", "")),
        ("urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=ECB:EXR(1.0)", ("ECB", "EXR", "1.0")),
        ("MD:MD_TEST(1.0): MD TEST", ("MD", "MD_TEST", "1.0")),
        ("", ("", "", "")),
        (None, ("", "", "")),
    ],
)
def test_references_are_read_in_every_form(reference: object, expected: tuple[str, str, str]) -> None:
    assert structure_of(reference) == expected


def test_an_address_says_what_was_asked_for() -> None:
    assert asked_for("https://h.example/rest/data/LU1,DF_X021,1.1/A.?startPeriod=2010") == ("LU1,DF_X021,1.1", 2)
    assert asked_for(LUSTAT) == ("LU1,DF_DEMO,1.0", 0)
    assert asked_for("https://h.example/sdmx/3.0/data/dataflow/ESTAT/demo/1.0/A.B.C") == ("ESTAT,demo,1.0", 3)
    assert asked_for("https://h.example/") == ("", 0)


@pytest.mark.parametrize(
    ("text", "day", "frequency"),
    [
        ("Publication date: 06/06/2026 - Periodicity: variable - Author: X", (2026, 6, 6), "variable"),
        ("Date de publication : 31/12/2025 – Périodicité : trimestrielle – Auteur", (2025, 12, 31), "trimestrielle"),
        ("Publication date: 31/02/2026 - Periodicity: yearly<br>", None, "yearly"),
        ("no word of it", None, ""),
    ],
)
def test_the_day_of_publication_stands_in_the_description(
    text: str, day: tuple[int, int, int] | None, frequency: str
) -> None:
    found = described([text])
    assert found.published_at == (datetime(*day, tzinfo=UTC) if day else None)
    assert found.frequency == frequency


def test_the_revision_of_nace_is_told_by_id_or_by_name() -> None:
    assert nace_version({"nace_r2": "J"}) == "2"
    assert nace_version({"nace_r2_1": "J"}) == nace_version({"NACE_R21": "J"}) == "2.1"
    assert nace_version({"ACTIVITY": "J"}) == ""
    assert nace_version({"ACTIVITY": "J"}, {"ACTIVITY": "Economic activity (NACE Rev.2)"}) == "2"
    assert nace_version({"ACTIVITY": "J"}, {"ACTIVITY": "Activité (NACE Rév. 2.1)"}) == "2.1"
    assert nace_version({"ACTIVITY": "_Z"}, {"ACTIVITY": "Economic activity (NACE Rev.2)"}) == ""


# -- tables ----------------------------------------------------------------------------------------------------------


def test_dimensions_are_told_by_the_source_else_by_place_and_name() -> None:
    table = "DATAFLOW,FREQ,UNIT_MEASURE,DECIMALS,OBS_VALUE,TIME_PERIOD,EXTRA\nL:D(1),A,PS,0,1,2024,x\n"
    assert cells(read("sdmx-csv", table)) == [("A.PS", "2024", 1.0)]
    assert cells(read("sdmx-csv", table, dimensions=["EXTRA", "FREQ"])) == [("x.A", "2024", 1.0)]
    with pytest.raises(UnreadableError, match="not_sdmx_csv"):
        read("sdmx-csv", table, dimensions=["GEO"])
    last = read("sdmx-csv", table, url="https://h.example/rest/data/L,D,1/A.B.C")
    assert any("asks by 3 dimensions, the table seems to have 2" in note for note in last.notes)


@pytest.mark.parametrize(
    ("encoding", "newline", "delimiter"),
    [("utf-8", "\r\n", ","), ("utf-8-sig", "\n", ";"), ("utf-16", "\r\n", "\t"), ("cp1252", "\n", ",")],
)
def test_tables_come_in_several_writings(encoding: str, newline: str, delimiter: str) -> None:
    rows = [("DATAFLOW", "GEO", "TIME_PERIOD", "OBS_VALUE", "NOTE_1"), ("L:D(1.0)", "0204", "2024", "-1.5e3", "été")]
    body = newline.join(delimiter.join(row) for row in rows).encode(encoding)
    (record,) = read("sdmx-csv", body).records
    assert isinstance(record, Observation)
    assert (record.series_key, record.value, record.attributes) == ("0204", -1500.0, {"NOTE_1": "été"})


def test_a_field_may_go_over_lines_and_an_open_quote_costs_its_line_only() -> None:
    head = "DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE,NOTE_1\n"
    found = read("sdmx-csv", head + 'L:D(1),A,2023,1,"two\nlines"\nL:D(1),B,2023,2,"open\n' + "L:D(1),C,2023,3,x\n" * 3)
    assert cells(found) == [("A", "2023", 1.0), ("C", "2023", 3.0)]
    assert [(r.locator, r.reason) for r in found.rejects] == [("line 4", "unclosed_quote")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"<html><body>busy</body></html>", "not_sdmx_csv"),
        (b'{"errors": []}', "not_sdmx_csv"),
        (b"NoRecordsFound", "not_sdmx_csv"),
        (b"DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE\r\n", "no_data"),
        (b"DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE\nL:D(1),A,2024,\n", "no_data"),
        (b"DATAFLOW,GEO,GEO,TIME_PERIOD,OBS_VALUE\nL:D(1),A,A,2024,1\n", "not_sdmx_csv"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read("sdmx-csv", body)
    assert caught.value.reason == reason


def test_a_deletion_takes_back_what_the_payload_gave_before_it() -> None:
    head = "STRUCTURE,STRUCTURE_ID,ACTION,GEO,AGE,TIME_PERIOD,OBS_VALUE\n"
    row = "dataflow,L:D(1.0),{}\n"
    said = ["I,A,Y,2023,1", "I,A,Z,2023,2", "I,B,Y,2023,3", "D,A,,,", "I,A,Y,2023,4", "D,B,Y,2023,"]
    found = read("sdmx-csv", head + "".join(row.format(line) for line in said))
    assert cells(found) == [("A.Y", "2023", 4.0)]
    assert [reject.reason for reject in found.rejects] == ["deleted_upstream", "deleted_upstream"]
    with pytest.raises(UnreadableError, match="too_many_deletions"):
        read("sdmx-csv", head + row.format(said[0]) + row.format("D,Q,,,") * 30)


def test_codes_of_several_kinds_in_one_dimension_are_spoken_of() -> None:
    head = "DATAFLOW,CANTON,TIME_PERIOD,OBS_VALUE\n"
    mixed = read("sdmx-csv", head + "L:D(1),C07,2024,1\nL:D(1),0204,2024,1\n")
    assert any("CANTON mixes kinds of codes (C07, 0204)" in note for note in mixed.notes)
    total = read("sdmx-csv", head + "L:D(1),_T,2024,1\nL:D(1),0204,2024,1\n")
    assert any("CANTON holds totals (_T) beside their parts" in note for note in total.notes)


def test_cells_and_attributes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    head = "DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE,NOTE_1\n"
    rows = "".join(f"L:D(1),G{n},2024,1,note {n}\n" for n in range(30))
    monkeypatch.setattr(sdmx_cells, "MAX_FILLED", 20)
    with pytest.raises(UnreadableError, match="too_many_cells"):
        read("sdmx-csv", head + rows)
    monkeypatch.setattr(sdmx_cells, "MAX_FILLED", 100)
    monkeypatch.setattr(sdmx_cells, "_MAX_WEIGHT", 20)
    with pytest.raises(UnreadableError, match="too_many_cells"):
        read("sdmx-csv", head + rows)


def test_eurostat_tables_say_when_they_were_updated() -> None:
    table = "DATAFLOW,LAST UPDATE,freq,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\n"
    table += "ESTAT:ISOC_DEMO(1.0),14/02/24 23:00:00,A,LU,2024,,c,\n"
    (record,) = read("sdmx-csv", table).records
    assert isinstance(record, Observation)
    assert (record.dataset_id, record.value, record.obs_status) == ("isoc_demo", None, "c")
    assert record.published_at == datetime(2024, 2, 14, 22, tzinfo=UTC)


# -- messages --------------------------------------------------------------------------------------------------------


def json_message(**dataset: Any) -> dict[str, Any]:
    time = {"id": "TIME_PERIOD", "values": [{"id": "2024"}]}
    areas = {"id": "GEO", "values": [{"id": "LU", "name": "Luxembourg"}, {"id": "BE"}]}
    return {
        "data": {
            "dataSets": [{"structure": 0, **dataset}],
            "structures": [{"dimensions": {"series": [areas], "observation": [time]}, "attributes": {}}],
        }
    }


def test_json_series_are_read_and_bad_parts_set_aside() -> None:
    series = {"0": {"observations": {"0": [1]}}, "7": {"observations": {"0": [1]}}, "1": None}
    found = read("sdmx-json", json.dumps(json_message(series=series)))
    assert cells(found) == [("LU", "2024", 1.0)]
    assert [reject.reason for reject in found.rejects] == ["bad_key", "bad_key"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ([], "not_sdmx_json"),
        ({}, "no_data"),
        ({"data": {"dataSets": []}, "meta": {}}, "no_data"),
        ({"data": {"dataSets": {}}}, "not_sdmx_json"),
        ({"data": {"dataSets": [{}], "structures": [None]}}, "bad_structure"),
        ({"data": {"dataSets": [{}], "structures": [{"dimensions": {"observation": [3]}}]}}, "bad_structure"),
        ({"errors": [{"code": 413, "title": "later"}]}, "not_ready"),
        ({"errors": ["busy"]}, "upstream_error"),
        (json_message(series={}), "no_data"),
        (json_message(observations=[1, 2]), "no_data"),
    ],
)
def test_json_that_is_no_message_is_refused(message: Any, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read("sdmx-json", json.dumps(message))
    assert caught.value.reason == reason


def test_json_structures_give_codes() -> None:
    codes = [{"id": "0204", "names": {"fr": "Esch", "en": "Esch"}, "parent": "C02"}, 7]
    data = {"codelists": [{"id": "CL", "agencyID": "LU1", "version": "1.0", "codes": codes}]}
    found = read("sdmx-json", json.dumps({"data": data}))
    assert [record.model_dump()["parent_code"] for record in found.records] == ["C02"]
    assert [reject.reason for reject in found.rejects] == ["bad_element"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<rss><channel/></rss>", "not_sdmx_ml"),
        ("<!DOCTYPE html><html/>", "not_xml"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "entities_refused"),
        (
            '<m:Error xmlns:m="http://www.sdmx.org/m"><m:ErrorMessage code="100">none</m:ErrorMessage></m:Error>',
            "upstream_error",
        ),
        ('<m:GenericData xmlns:m="http://www.sdmx.org/m"><m:DataSet/></m:GenericData>', "no_data"),
        (
            '<GenericData xmlns="http://www.sdmx.org/m"><Footer><Message code="413"/></Footer></GenericData>',
            "not_ready",
        ),
    ],
)
def test_xml_that_is_no_message_is_refused(body: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read("sdmx-ml", body)
    assert caught.value.reason == reason


def test_xml_series_across_another_dimension_keep_their_period() -> None:
    body = """<m:GenericData xmlns:m="http://www.sdmx.org/m" xmlns:g="http://www.sdmx.org/g"><m:Header>
      <m:Structure structureID="S" dimensionAtObservation="CURRENCY"/></m:Header><m:DataSet structureRef="S"><g:Series>
      <g:SeriesKey><g:Value id="FREQ" value="D"/><g:Value id="TIME_PERIOD" value="2024-05-06"/></g:SeriesKey>
      <g:Obs><g:ObsDimension value="CHF"/><g:ObsValue value="1.5"/></g:Obs></g:Series></m:DataSet></m:GenericData>"""
    assert cells(read("sdmx-ml", body)) == [("D.CHF", "2024-05-06", 1.5)]


# -- plans and spiders -----------------------------------------------------------------------------------------------


def test_every_sdmx_source_asks_its_service_for_what_it_says() -> None:
    sources = [source for source in load_sources() if source.spider in ("sdmx", "sdmx_structures")]
    assert {"statec_employment_sector", "statec_structures", "oecd_ict"} <= {source.id for source in sources}
    for source in sources:
        assert source.evidence in ("payload", "docs", "unverified")
        for planned in planned_requests(source):
            assert planned.url.startswith(("https://lustat.statec.lu/rest/", "https://sdmx.oecd.org/public/rest/"))
            assert set(planned.headers) & {"Accept", "Accept-Language"}


def test_plans_refuse_what_no_service_understands() -> None:
    source = source_by_id("oecd_ict")
    for params in (
        {"service": "nobody", "queries": [{"flow": "A,B"}]},
        {"service": "oecd", "queries": [{"flow": "B"}]},
        {"service": "oecd", "queries": [{"flow": "A,B", "key": "x/y"}]},
        {"service": "oecd", "queries": [{"flow": "A,B", "filters": {"format": "csv"}}]},
        {"service": "oecd", "queries": []},
    ):
        with pytest.raises(RegistryError):
            planned_requests(Source.model_construct(**{**dict(source), "params": params}))


def spider(kind: type[SdmxSpider]) -> SdmxSpider:
    return kind(session=cast(CrawlSession, None))


XML = '<m:{0} xmlns:m="http://www.sdmx.org/m"><m:Header><m:ID>{1}</m:ID></m:Header>{2}</m:{0}>'


@pytest.mark.parametrize(
    ("body", "is_healthy"),
    [
        (b"DATAFLOW,GEO\nL:D(1),A\n", True),
        (b"DATAFLOW,GEO\n", False),
        (b"NoRecordsFound", False),
        (b'{"data": {"dataSets": [{}]}}', True),
        (b'{"errors": [{"code": 404}]}', False),
        (b"<html></html>", False),
        (XML.format("GenericData", "1", "").encode(), True),
        (XML.format("GenericData", "1", "").encode()[:-5], False),
        (XML.format("GenericData", "1", '<f:Footer><f:Message code="413"/></f:Footer>').encode(), False),
        (XML.format("Structure", "1", "").encode(), False),
        (XML.format("Error", "1", "").encode(), False),
    ],
)
def test_a_200_is_healthy_only_with_data(body: bytes, is_healthy: bool) -> None:
    assert (spider(SdmxSpider).problem_with(body) is None) is is_healthy


def test_structures_are_asked_for_apart() -> None:
    asked = spider(SdmxStructuresSpider)
    assert asked.problem_with(XML.format("Structure", "1", "").encode()) is None
    assert asked.problem_with(XML.format("GenericData", "1", "").encode()) is not None
    assert asked.problem_with(b"DATAFLOW,GEO\nL:D(1),A\n") is not None


def test_when_an_answer_was_made_does_not_make_it_another_one() -> None:
    asked = spider(SdmxSpider)
    assert asked.identity(XML.format("Structure", "1", "<x/>").encode()) == asked.identity(
        XML.format("Structure", "2", "<x/>").encode()
    )
    assert asked.identity(XML.format("Structure", "1", "<x/>").encode()) != asked.identity(
        XML.format("Structure", "1", "<y/>").encode()
    )
    one, two = ({"meta": {"prepared": day}, "data": {"dataSets": [1]}} for day in ("2026-01-01", "2026-01-02"))
    assert asked.identity(json.dumps(one).encode()) == asked.identity(json.dumps(two).encode())
    told = b"<d>Publication date: 05/06/2026 - P</d><d>Publication date: 06/06/2026 - P</d>"
    assert asked.upstream_at(told) == datetime(2026, 6, 6, tzinfo=UTC)
    assert asked.upstream_at(b"DATAFLOW") is None
