"""Shapes in which publishers send SDMX: which components are dimensions, marks of missing values, packed answers."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from scrapers.decode import UnreadableError
from scrapers.decoders.flags import normal_status
from scrapers.decoders.packed import unpacked
from scrapers.items import Observation
from scrapers.sniff import guess
from tests.scrapers.test_sdmx import cells, read

NOWHERE = "https://h.example/"
ML = (
    '<m:StructureSpecificData xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"><m:Header>'
    '<m:Structure structureID="S" dimensionAtObservation="TIME_PERIOD">{0}</m:Structure></m:Header>'
    '<m:DataSet structureRef="S">{1}</m:DataSet></m:StructureSpecificData>'
)
FLOW = '<StructureUsage><Ref agencyID="L" id="DF_DEMO" version="1.0"/></StructureUsage>'
DSD = "<Structure><URN>urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=L:DSD_DEMO(1.0)</URN></Structure>"
OBS = '<Obs TIME_PERIOD="2024" OBS_VALUE="{}"/>'


def only(format: str, text: str | bytes, url: str = NOWHERE) -> Observation:
    (record,) = read(format, text, url=url).records
    assert isinstance(record, Observation)
    return record


# -- which components are dimensions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "rows", "url", "keys"),
    [
        # Before the period all are dimensions, whatever their names; behind it none.
        ("GEO,METHODOLOGY,TIME_PERIOD,OBS_VALUE", ["LU,N,2024,1", "LU,H,2024,2"], NOWHERE, ["LU.N", "LU.H"]),
        ("GEO,STATUS,SOURCE,TIME_PERIOD,UNIT_MEASURE,OBS_CONF,OBS_VALUE", ["LU,S,X,2024,P,F,1"], NOWHERE, ["LU.S.X"]),
        ("GEO,OBS_FLAG,TIME_PERIOD,OBS_VALUE", ["LU,b,2024,1"], NOWHERE, ["LU"]),
        # The period elsewhere: names, and what tells cells apart.
        ("TIME_PERIOD,GEO,METHODOLOGY,OBS_VALUE", ["2024,LU,N,1"], NOWHERE, ["LU"]),
        ("TIME_PERIOD,GEO,METHODOLOGY,OBS_VALUE", ["2024,LU,N,1", "2024,LU,H,2"], NOWHERE, ["LU.N", "LU.H"]),
        ("GEO,TIME_PERIOD,SEX,OBS_VALUE", ["LU,2024,F,1", "LU,2024,M,2"], NOWHERE, ["LU.F", "LU.M"]),
        # The address knows how many there are.
        ("TIME_PERIOD,GEO,SOURCE,OBS_VALUE", ["2024,LU,X,1"], "https://h.example/rest/data/D/LU.X", ["LU.X"]),
    ],
)
def test_columns_of_a_table_are_dimensions_by_their_place(
    header: str, rows: list[str], url: str, keys: list[str]
) -> None:
    table = f"DATAFLOW,{header}\n" + "".join(f"L:D(1),{row}\n" for row in rows)
    assert [key for key, _, _ in cells(read("sdmx-csv", table, url=url))] == keys


@pytest.mark.parametrize(
    ("series", "url", "keys"),
    [
        # As the ECB writes: dimensions, then attributes in the order of names; a value that is no code.
        (['FREQ="D" CUR="USD" COLLECTION="A" DECIMALS="4" UNIT="USD" UNIT_INDEX_BASE="99Q1=100"'], NOWHERE, ["D.USD"]),
        (['FREQ="D" CUR="USD" REMARK="a remark" GEO="LU"'], NOWHERE, ["D.USD"]),
        # Document order, not that of names.
        (['MEASURE="SAL" FREQ="Q" ACTIVITY="J" NOTE_X="n"'], NOWHERE, ["SAL.Q.J"]),
        # One layout: what a series may lack is no dimension, and a name that attributes may have is one here.
        (
            ['GEO="LU" METHODOLOGY="N" MEASURE="C" DURABILITY="D"', 'GEO="LU" METHODOLOGY="H" MEASURE="C"'],
            NOWHERE,
            ["LU.N.C", "LU.H.C"],
        ),
        (['GEO="LU" EXTRA="E" SOURCE="S"'], "https://h.example/rest/data/D/LU", ["LU.E"]),
        (['GEO="LU" EXTRA="E" SOURCE="S"'], "https://h.example/rest/data/D/LU.E.S", ["LU.E.S"]),
    ],
)
def test_components_of_series_are_dimensions_by_their_place(series: list[str], url: str, keys: list[str]) -> None:
    body = ML.format(FLOW, "".join(f"<Series {said}>{OBS.format(1)}</Series>" for said in series))
    assert [key for key, _, _ in cells(read("sdmx-ml", body, url=url))] == keys


def test_a_series_without_one_of_its_dimensions_is_set_aside() -> None:
    series = [f'<Series FREQ="A" GEO="G{n}">{OBS.format(n)}</Series>' for n in range(20)]
    found = read("sdmx-ml", ML.format(FLOW, "".join(series) + f'<Series FREQ="A">{OBS.format(1)}</Series>'))
    assert len(found.records) == 20
    assert [(reject.reason, reject.detail) for reject in found.rejects] == [("bad_key", "the cell has no GEO")]


# -- names of data sets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "of_flow", "of_structure"),
    [(NOWHERE, "DF_DEMO", "DSD_DEMO"), ("https://h.example/rest/data/L,ASKED,1.0/all", "DF_DEMO", "ASKED")],
)
def test_a_data_set_is_named_by_its_flow_then_the_address_then_its_structure(
    url: str, of_flow: str, of_structure: str
) -> None:
    series = f'<Series FREQ="A" GEO="LU">{OBS.format(1)}</Series>'
    assert only("sdmx-ml", ML.format(FLOW, series), url).dataset_id == of_flow
    assert only("sdmx-ml", ML.format(DSD, series), url).dataset_id == of_structure
    table = "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,TIME_PERIOD,OBS_VALUE\n{},I,A,2024,1\n"
    assert only("sdmx-csv", table.format("dataflow,L:DF_DEMO(1.0)"), url).dataset_id == of_flow
    assert only("sdmx-csv", table.format("datastructure,L:DSD_DEMO(1.0)"), url).dataset_id == of_structure


def test_older_messages_and_tables_of_the_ecb_name_their_data_sets_elsewhere() -> None:
    compact = (
        '<CompactData xmlns="http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message"><Header>'
        '<KeyFamilyRef>DEMO_C</KeyFamilyRef></Header><DataSet><Series FREQ="A" geo="LU" TIME_FORMAT="P1Y">'
        '<Obs TIME_PERIOD="2012" OBS_VALUE="1" OBS_STATUS="P"/></Series></DataSet></CompactData>'
    )
    assert guess(compact.encode()).format == "sdmx-ml"
    assert only("sdmx-ml", compact).record_id == "demo:DEMO_C:A.LU:2012"
    table = "KEY,FREQ,CUR,TIME_PERIOD,OBS_VALUE,OBS_STATUS\nDEMO.D.USD,D,USD,2026-11-20,1.5,A\n"
    assert guess(table.encode()).format == "sdmx-csv"
    assert only("sdmx-csv", table).record_id == "demo:DEMO:D.USD:2026-11-20"
    assert only("sdmx-csv", table, "https://h.example/data/ASKED/D.USD").record_id == "demo:ASKED:D.USD:2026-11-20"


# -- flags -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "flag", "closed", "expected"),
    [
        ("1.5", "P", "F", (1.5, "p", "P|F")),
        ("0", "b, u", "", (0.0, "bu", "b, u")),
        ("", ":", "", (None, "O", ":")),
        (":", "", "", (None, "O", ":")),
        (": c", "", "", (None, "c", ": c")),
        ("NaN", ": c", "C", (None, "c|C", "NaN : c|C")),
        ("NaN", "A", "", (None, "O", "NaN A")),
        ("", "o", "", (None, "O", "o")),
        ("", "@C", "", (None, "|C", "@C")),
        ("2", "bp@C", "", (2.0, "bp|C", "bp@C")),
    ],
)
def test_values_and_flags_have_three_states_in_every_format(
    value: str, flag: str, closed: str, expected: tuple[float | None, str, str]
) -> None:
    table = f'DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\nL:D(1),LU,2024,{value},"{flag}",{closed}\n'
    obs = f'<Obs TIME_PERIOD="2024" OBS_VALUE="{value}" OBS_FLAG="{flag}" CONF_STATUS="{closed}"/>'
    for record in (
        only("sdmx-csv", table),
        only("sdmx-ml", ML.format(FLOW, f'<Series GEO="LU">{obs}</Series>')),
    ):
        assert (record.value, record.obs_status, record.flags_published) == expected


def test_status_has_one_alphabet_whoever_publishes() -> None:
    assert [normal_status(flag, has_value=True) for flag in ("A", "B", "e", "A|F", "b|c", "_Z", "9")] == [
        *("", "b", "e", "", "b|C"),
        *(None, None),
    ]


# -- labels ----------------------------------------------------------------------------------------------------------


def test_free_text_is_not_cut_where_codes_stand_beside_their_names() -> None:
    table = "DATAFLOW: Flow,GEO: Area,TIME_PERIOD: Time,OBS_VALUE: Value,OBS_STATUS: Status,COMMENT_OBS: Comment\n"
    record = only("sdmx-csv", table + "L:D(1): Demo,LU: Luxembourg,2024: 2024,1,P: Provisional,Source: an office\n")
    assert (record.obs_status, record.attributes) == ("p", {"COMMENT_OBS": "Source: an office"})


def test_columns_of_names_are_read_beside_codes_and_refused_without_them() -> None:
    row = "ESTAT:DEMO(1.0),12/12/25 11:00:00,{},2024,6.4,,\n"
    head = "DATAFLOW,LAST UPDATE,{},TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\n"
    pairs = head.format("freq,Time frequency,geo,Geopolitical entity (reporting)") + row.format(
        "A,Annual,LU,Luxembourg"
    )
    found = read("sdmx-csv", pairs)
    assert cells(found) == [("A.LU", "2024", 6.4)]
    assert not any("readable name" in note for note in found.notes)
    with pytest.raises(UnreadableError, match="names_only"):
        read(
            "sdmx-csv", head.format("Time frequency,Geopolitical entity (reporting)") + row.format("Annual,Luxembourg")
        )


# -- packed answers, and answers without data ------------------------------------------------------------------------


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in members.items():
            archive.writestr(name.replace("_", "."), body)
    return target.getvalue()


TABLE = b"DATAFLOW,GEO,TIME_PERIOD,OBS_VALUE\nL:D(1),LU,2024,1\n"


def test_packed_answers_are_read_and_told_by_their_marks() -> None:
    message = ML.format(FLOW, f'<Series GEO="LU">{OBS.format(1)}</Series>').encode()
    for format, body in (("sdmx-csv", TABLE), ("sdmx-ml", message)):
        for packed in (gzip.compress(body), zipped(a_b=body)):
            assert cells(read(format, packed)) == [("LU", "2024", 1.0)]
            assert guess(packed).format == format
        in_two = gzip.compress(body[:20]) + gzip.compress(body[20:])
        assert cells(read(format, in_two)) == [("LU", "2024", 1.0)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(TABLE)[:-9], "damaged_gzip"),
        (b"\x1f\x8bnone", "damaged_gzip"),
        (gzip.compress(bytes(70_000_000), 1), "too_large"),
        (zipped(a_csv=TABLE, b_csv=TABLE), "not_one_member"),
        (zipped(), "not_one_member"),
        (b"PK\x03\x04none", "damaged_zip"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "not_sdmx_csv"),
        (b'{"warning": {"status": 413, "label": "ASYNCHRONOUS_RESPONSE. Try again"}}', "not_ready"),
        (b'{"error": [{"status": 413, "label": "EXTRACTION_TOO_BIG"}]}', "upstream_error"),
        (b"<S:Fault xmlns:S='u'><faultcode>100</faultcode><faultstring>none</faultstring></S:Fault>", "upstream_error"),
        (b"<e:Envelope xmlns:e='u'><q><syncResponse/><id>3f1c6a1e-0000</id><status>SUBMITTED</status></q></e:Envelope>",
         "not_ready"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # packed bytes hold the time of day
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(body: bytes, reason: str) -> None:
    for format in ("sdmx-csv",) if reason == "not_sdmx_csv" else ("sdmx-csv", "sdmx-ml", "sdmx-json"):
        with pytest.raises(UnreadableError) as caught:
            read(format, body)
        assert caught.value.reason == reason
        assert caught.value.detail.isprintable()
        assert "\ufffd" not in caught.value.detail


def test_of_several_members_the_one_with_the_format_s_ending_is_taken() -> None:
    assert unpacked(zipped(readme_txt=b"words", a_csv=TABLE), ".csv") == (TABLE, "a.csv")
