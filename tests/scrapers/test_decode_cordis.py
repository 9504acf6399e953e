"""CORDIS zips: tables as recorded and as made up, hostile zips, broken rows."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.decoders import cordis_csv, tables, zipped
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.decoders.cordis_records import parse_amount
from scrapers.decoders.natural_persons import is_natural_person
from scrapers.decoders.tables import Table
from scrapers.items import RECORD_KINDS, FundingEvent
from tests.shared import shared_path

CONTEXT = DecodeContext(
    source_id="cordis_test",
    crawl_id="20261001T000000Z-00000000",
    capture_id="a" * 64,
    url="https://cordis.europa.eu/data/cordis-HORIZONprojects-csv.zip",
    retrieved_at=datetime(2026, 10, 1, tzinfo=UTC),
)
ORGANISATION = (
    "projectID;projectAcronym;organisationID;vatNumber;name;shortName;SME;activityType;country;contentUpdateDate;order;"
    "role;ecContribution;netEcContribution;totalCost;endOfParticipation"
)
PROJECT = (
    "id;acronym;status;title;startDate;endDate;totalCost;ecMaxContribution;ecSignatureDate;frameworkProgramme;objective;"
    "contentUpdateDate"
)


def row(*cells: str) -> str:
    return ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def part(
    project: str = "101000001",
    number: str = "999999001",
    name: str = "FIRM SA",
    country: str = "LU",
    net: str = "100.5",
    cost: str = "200,25",
    role: str = "participant",
    order: str = "1",
    **more: str,
) -> str:
    known = {"vat": "LU123", "short": "", "activity": "PRC", "ended": "false", "ec": net} | more
    return row(
        project, "ACRO", number, known["vat"], name, known["short"], "true", known["activity"], country,
        "2024-01-02 03:04:05", order, role, known["ec"], net, cost, known["ended"],
    )  # fmt: skip


def project(number: str = "101000001", title: str = "A title", objective: str = "An objective.\nIn two lines") -> str:
    return row(
        number, "ACRO", "SIGNED", title, "2024-02-01", "2027-01-31", "1000,5", "900.25", "2023-12-15", "HORIZON",
        objective, "2024-03-01 00:00:00",
    )  # fmt: skip


def packed(files: dict[str, bytes], folder: str = "csv/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(folder + name, content)
    return out.getvalue()


def of(
    parts: list[str], projects: list[str] | None = None, topics: list[str] | None = None, head: str = ORGANISATION
) -> bytes:
    tagged = [row("101000001", "/23/47/297", "/x/ai", "ai")] if topics is None else topics
    return packed(
        {
            "organization.csv": "\n".join([head, *parts, ""]).encode(),
            "project.csv": "\n".join([PROJECT, *([project()] if projects is None else projects), ""]).encode(),
            "euroSciVoc.csv": "\n".join(
                ["projectID;euroSciVocCode;euroSciVocPath;euroSciVocTitle", *tagged, ""]
            ).encode(),
        }
    )


def decode(body: bytes) -> Decoded:
    return cordis_csv.decode(body, CONTEXT)


def events(decoded: Decoded) -> list[FundingEvent]:
    return [record for record in decoded.records if isinstance(record, FundingEvent)]


# -- recordings --------------------------------------------------------------------------------------------------------


def test_recorded_rows_with_mixed_decimals_and_the_commissions_country_codes() -> None:
    decoded = decode(shared_path("recordings/funding/cordis_csv/organization_h2020_rows.csv").read_bytes())
    found = {event.project_id: event for event in events(decoded)}
    assert (len(found), decoded.rejects) == (8, [])
    greek = found["633053"]
    assert (greek.net_contribution, greek.participant_cost, greek.country) == (528340.97, 960619.95, "GR")
    assert (greek.contribution, greek.role, greek.is_sme) == (0.0, "thirdParty", False)
    assert greek.content_updated_at == datetime(2017, 9, 11, 10, 25, 16, tzinfo=UTC)
    assert (found["633413"].participant_cost, found["633413"].country) == (51611.25, "GB")
    assert (found["641607"].country, found["690850"].contribution) == ("XK", None)
    assert (found["792210"].contribution, found["792210"].is_sme) == (284812.5, True)
    assert all(event.organisation for event in found.values())


def test_recorded_firms_of_luxembourg_are_no_natural_persons() -> None:
    path = shared_path("recordings/funding/cordis_h2020_2017/lu_participants_network_dump.csv")
    text = path.read_text(encoding="utf-8", errors="replace")
    found = [
        entry["name"]
        for entry in csv.DictReader(text.splitlines())
        if is_natural_person({"name": entry["name"], "activityType": entry["activityType"]})
    ]
    assert len(found) <= 3, found  # without VAT number and site in this table, the guess has little to go by


# -- records -----------------------------------------------------------------------------------------------------------


def test_projects_with_a_participant_in_luxembourg_are_kept_whole_and_the_others_counted() -> None:
    body = of(
        [
            part(),
            part(number="999999002", name="UNI", country="EL", order="2", role="coordinator", net="1.5"),
            part(project="101000002", country="FR"),
            part(project="101000003", country="DE"),
        ],
        [project(), project("101000002"), project("101000003")],
    )
    decoded = decode(body)
    home, abroad = events(decoded)
    assert home.record_id == "cordis_test:101000001:999999001"
    assert (home.programme, home.status, home.title) == ("HORIZON", "SIGNED", "A title")
    assert (home.signed_on, home.ends_on) == (date(2023, 12, 15), date(2027, 1, 31))
    assert (home.total_cost, home.project_contribution, home.participant_cost) == (1000.5, 900.25, 200.25)
    assert (home.topic_codes, home.text) == (["/23/47/297"], "An objective.\nIn two lines")
    assert home.content_updated_at == datetime(2024, 3, 1, tzinfo=UTC)  # the later of the two tables
    assert abroad.text == ""  # once a project, not once a partner
    assert (abroad.country, abroad.role, abroad.net_contribution) == ("GR", "coordinator", 1.5)
    assert any("4 participations in 3 projects read; 2 in 1 projects" in note for note in decoded.notes)
    assert decoded.rejects == []


def test_an_organisation_twice_in_a_project_gives_two_records() -> None:
    decoded = decode(of([part(), part(role="thirdParty", order="2"), part(role="thirdParty", order="3")]))
    assert [event.record_id.partition(":")[2] for event in events(decoded)] == [
        "101000001:999999001",
        "101000001:999999001:thirdParty",
        "101000001:999999001:thirdParty:3",
    ]


def test_a_natural_person_is_counted_without_name_and_number() -> None:
    decoded = decode(
        of([part(name="MARLOW QUENDREL", vat="", number="912345678", order="4"), part(name="Dr. Nemo Blank")])
    )
    assert [(event.organisation, event.organisation_id) for event in events(decoded)] == [
        ("", "person-4"),
        ("", "person-1"),
    ]
    assert "912345678" not in str(events(decoded))
    assert "QUENDREL" not in str(decoded)
    assert events(decoded)[0].net_contribution == 100.5


# Names with parts that also begin words for bodies (hub, ville, park, city, fonda, stadt, lab, kammer, bank, bio).
PEOPLE = """Marc Huberty|Hubert Schmit|Jean Villeneuve|Sarah Parker|Felicity Jones|Jane Fonda|Anna Stadtler|Pierre Labbé
Josef Kammerer|Anna Banks|Léa Biotti|Winston Churchill|Dr Jean Villeneuve|Prof. Marc Huberty|M. Jean Schmit
Me Jean Schmit|Maria José de la Cruz Santos
SCHMIT, Jean Marie Paul Emile|Jean Schmit (LU)|Joana de Sa|Dr. Jean Research""".replace("\n", "|").split("|")
FIRMS = """LUXEMBOURG INSTITUTE OF SCIENCE AND TECHNOLOGY|Kelmond Space Systems|Quendrel GmbH & Co. KG|Kelmond s.r.o.
Gradel Quay S.à r.l.|Marlow Engineering|Nordlicht Stiftung|Orbis Technologies|Post Quay S.A.|ING BANK
Kelmond Parker Sarl|Universite du Quay|Quay & Marlow|Blank Consulting (LU)""".replace("\n", "|").split("|")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kelmond Sarl", False),
        ("QUAYLIGHT SERVICES", False),
        ("ORBISEND", False),
        ("ANNA MARIA BLANK", True),
        *((name, True) for name in PEOPLE),
        *((name, False) for name in FIRMS),
        ("Blank, J.", True),
    ],
)
def test_who_looks_like_a_person(name: str, expected: bool) -> None:
    assert is_natural_person({"name": name, "activityType": "PRC"}) is expected
    assert is_natural_person({"name": name, "activityType": "PRC", "vatNumber": "LU12345678"}) is expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("51611,25", 51611.25), ("528340.97", 528340.97), ("1.234.567,89", 1234567.89), ("1,234,567.89", 1234567.89),
        ("1 234,5", 1234.5), ("1\u00a0234\u00a0567", 1234567.0), ("1.3752e+06", 1375200.0), ("1,234", 1.234),
        ("-5", -5.0), ("0", 0.0), ("abc", None), ("12,34,5", None), ("1e99", None),
        ("nan", None), ("inf", None), ("٣", None),
    ],
)  # fmt: skip
def test_amounts(text: str, value: float | None) -> None:
    assert parse_amount(text) == value


def test_text_is_plain_and_mojibake_is_noted() -> None:
    decoded = decode(of([part()], [project(title="CafÃ© <b>x</b> &amp; y", objective="a<br>b")]))
    (event,) = events(decoded)
    assert (event.title, event.text) == ("CafÃ© x & y", "a\nb")
    assert any("encoded twice" in note for note in decoded.notes)


# -- broken rows -------------------------------------------------------------------------------------------------------


def test_a_broken_row_never_costs_the_next() -> None:
    good = [part(number=f"99999900{number}") for number in range(6)]
    open_quote = good[1][:-1]  # its last cell never closes
    body = of([good[0], open_quote, good[2], good[3].rpartition(";")[0], good[4], part(net="lots"), good[5]])
    decoded = decode(body)
    assert [event.organisation_id[-1] for event in events(decoded)] == ["0", "2", "4", "5"]
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [
        ("organization.csv line 3", "open_quote"),
        ("organization.csv line 5", "wrong_columns"),
        ("organization.csv line 7", "bad_amount"),
    ]


def test_a_quote_that_never_closes_ends_at_the_next_row_even_at_the_end_of_the_file() -> None:
    decoded = decode(of([part(), part(number="999999009")[:-1]]))
    assert len(events(decoded)) == 1
    assert [reject.reason for reject in decoded.rejects] == ["open_quote"]


def test_encodings_marks_and_missing_tables() -> None:
    table = ("\ufeff" + ORGANISATION + "\r\n").encode() + part(name="SOCI\u00c9T\u00c9 SA").encode("latin-1") + b"\r\n"
    body = packed({"ORGANIZATION.CSV": table, "project.csv": f"{PROJECT}\n".encode()}, folder="")
    decoded = decode(body)
    (event,) = events(decoded)
    assert (event.organisation, event.programme, event.title) == ("SOCI\ufffdT\ufffd SA", "HORIZON", "")
    said = " ".join(decoded.notes)
    for expected in ("byte order mark", "not UTF-8", "no table of EuroSciVoc", "missing in project.csv"):
        assert expected in said
    with pytest.raises(UnreadableError) as error:
        decode(packed({"project.csv": b"id;title\n"}))
    assert error.value.reason == "not_cordis"
    with pytest.raises(UnreadableError) as error:
        decode(packed({"organization.csv": b"a;b\n1;2\n", "project.csv": b"id;title\n"}))
    assert error.value.reason == "not_cordis"


# -- hostile zips ------------------------------------------------------------------------------------------------------


def renamed(name: str) -> bytes:
    return packed({name: b"x", "project.csv": b"id;title\n", "organization.csv": b"a;b\n"}, folder="")


def encrypted() -> bytes:
    body = bytearray(of([part()]))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = body.index(signature) + at
        body[place : place + 2] = struct.pack("<H", 1)
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_zip"),
        (b"<html>maintenance</html>", "not_zip"),
        (b"PK\x03\x04 no more", "damaged_zip"),
        (renamed("../../etc/passwd"), "unsafe_name"),
        (renamed("/etc/passwd"), "unsafe_name"),
        (renamed("C:\\windows\\x"), "unsafe_name"),
        (renamed("..\\..\\x"), "unsafe_name"),
        (packed({f"{number}.csv": b"" for number in range(101)}), "too_many_members"),
        (packed({"organization.csv": b"0" * 3_000_000}), "zip_bomb"),
        (encrypted(), "encrypted"),
        (of([part()])[:-30], "damaged_zip"),
    ],
)
def test_hostile_zips_are_refused(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        decode(body)
    assert error.value.reason == reason


def test_sizes_add_up_to_a_bomb_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MAX_UNPACKED", 1_000)
    with pytest.raises(UnreadableError) as error:
        decode(of([part()] * 10))
    assert error.value.reason == "zip_bomb"


def test_a_zip_within_the_zip_stays_closed() -> None:
    inner = of([part(name="HIDDEN SA")])
    with zipfile.ZipFile(io.BytesIO(of([part()]))) as source:
        files = {name: source.read(name) for name in source.namelist()}
    decoded = decode(packed(files | {"more.zip": inner}, folder=""))
    assert [event.organisation for event in events(decoded)] == ["FIRM SA"]
    assert any("not opened" in note for note in decoded.notes)


def test_a_damaged_member_gives_the_rows_before_the_damage() -> None:
    rows = [part(number=f"{number}", net=f"{number}.5") for number in range(900_000_000, 900_004_000)]
    body = bytearray(of(rows))
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as source:
        info = source.getinfo("csv/organization.csv")
    at = info.header_offset + info.compress_size // 2
    body[at : at + 20] = b"\xff" * 20
    decoded = decode(bytes(body))
    assert 0 < len(decoded.records) < len(rows)
    assert "damaged_member" in {reject.reason for reject in decoded.rejects}


def test_a_row_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW_CHARS", 2_000)
    endless = part(number="999999007").replace('"FIRM SA"', '"' + "word\n" * 500) + "\n" + part(number="999999008")
    decoded = decode(of([part(), endless]))
    assert events(decoded)[0].organisation_id == "999999001"
    assert "999999008" in {event.organisation_id for event in events(decoded)}
    assert "row_too_long" in {reject.reason for reject in decoded.rejects}


# -- any input ---------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.text(max_size=10), min_size=16, max_size=16), max_size=4), st.binary(max_size=30))
def test_any_cells_give_valid_records_or_rejects(cells: list[list[str]], noise: bytes) -> None:
    rows = [row("101000001", *line[1:8], "LU", *line[9:]) for line in cells]
    table = (
        "\n".join([ORGANISATION, *rows]).encode("utf-8", "replace") + b"\n" + noise + b"\n" + part().encode() + b"\n"
    )
    decoded = decode(packed({"organization.csv": table, "project.csv": f"{PROJECT}\n{project()}\n".encode()}))
    for record in decoded.records:
        assert RECORD_KINDS["funding_event"].model_validate(record.model_dump(exclude={"content_sha256"})) == record
        assert record.content_sha256
    if noise.count(b'"') % 2 == 0:
        assert any(record.record_id.startswith("cordis_test:101000001:999999001") for record in decoded.records)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_mutated_zips_never_crash(data: st.DataObject) -> None:
    body = bytearray(of([part(), part(number="999999002", country="FR")]))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    try:
        decoded = decode(bytes(body))
    except UnreadableError:
        return
    assert all(isinstance(record, FundingEvent) for record in decoded.records)


def test_a_name_that_could_be_a_persons_needs_somebody_to_vouch() -> None:
    row = {"name": "Marlow Quendrel", "activityType": "PRC", "vatNumber": "LU12345678"}
    assert is_natural_person(row)
    assert is_natural_person(row | {"shortName": "Quendrel"})
    assert not is_natural_person(row | {"shortName": "MARQUEN"})
    assert not is_natural_person(row | {"organizationURL": "https://quendrel.example"})
    assert not is_natural_person(row | {"activityType": "REC"})


def test_long_texts_of_a_file_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.decoders.cordis_records._MAX_CHARS", 2_500)
    parts = [part(number=f"99999900{number}", order=str(number)) for number in range(1, 9)]
    decoded = decode(of(parts, [project(objective="word " * 200)]))
    assert len(events(decoded)) == 8
    assert 0 < sum(len(event.text) for event in events(decoded)) <= 2_500
    assert any("objective left out" in note for note in decoded.notes)


def test_a_table_of_broken_rows_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.decoders.tables.MAX_BROKEN", 50)
    rows = Table([b"a;b;c\n", *([b"1\n"] * 100)]).rows()
    with pytest.raises(UnreadableError, match="too_many_broken"):
        for _ in rows:
            pass
    assert sum(1 for _ in Table([b"a;b;c\n", *([b"1\n"] * 40), b"1;2;3\n"]).rows()) == 41
