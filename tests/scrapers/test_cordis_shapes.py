"""CORDIS in every shape: today's tables, older ones, JSON and XML; the same participation gives the same record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scrapers.decode import decode
from scrapers.decoders import cordis_tables
from scrapers.decoders.base import Decoded, UnreadableError
from scrapers.items import FundingEvent
from scrapers.sniff import guess
from tests.scrapers.made.xlsx import workbook
from tests.scrapers.test_decode_cordis import CONTEXT, packed

ORGANISATIONS: list[dict[str, Any]] = [
    {
        "projectID": "101900001", "projectAcronym": "QUAYMAP", "organisationID": "999000001", "vatNumber": "LU10000001",
        "name": "KELMOND SARL", "shortName": "KELMOND", "SME": "true", "activityType": "PRC", "country": "LU",
        "organizationURL": "https://kelmond.example", "contentUpdateDate": "2024-01-02 03:04:05", "order": "1",
        "role": "coordinator", "ecContribution": "250000.5", "netEcContribution": "200000", "totalCost": "300000,75",
        "endOfParticipation": "false",
    },
    {
        "projectID": "101900001", "projectAcronym": "QUAYMAP", "organisationID": "999000002", "vatNumber": "",
        "name": "PANEPISTIMIO OSTRALIS", "shortName": "", "SME": "false", "activityType": "HES", "country": "EL",
        "organizationURL": "", "contentUpdateDate": "2024-01-02 03:04:05", "order": "2", "role": "participant",
        "ecContribution": "1000", "netEcContribution": "1000", "totalCost": "1000", "endOfParticipation": "true",
    },
    {
        "projectID": "101900001", "projectAcronym": "QUAYMAP", "organisationID": "999000003", "vatNumber": "",
        "name": "MARLOW QUENDREL", "shortName": "", "SME": "", "activityType": "PRC", "country": "UK",
        "organizationURL": "", "contentUpdateDate": "2024-01-02 03:04:05", "order": "3", "role": "thirdParty",
        "ecContribution": "", "netEcContribution": "0", "totalCost": "", "endOfParticipation": "false",
    },
]  # fmt: skip
PROJECT: dict[str, Any] = {
    "id": "101900001", "acronym": "QUAYMAP", "status": "SIGNED", "title": "Maps of quays & jetties",
    "startDate": "2024-02-01", "endDate": "2027-01-31", "totalCost": "301000,75", "ecMaxContribution": "251000.5",
    "ecSignatureDate": "2023-12-15", "frameworkProgramme": "HORIZON", "objective": "To map.\nEvery quay.",
    "contentUpdateDate": "2024-03-01 00:00:00",
}  # fmt: skip
TOPICS = [
    {"projectID": "101900001", "euroSciVocCode": "/23/47/297"},
    {"projectID": "101900001", "euroSciVocCode": "/9"},
]


def table(rows: list[dict[str, Any]]) -> bytes:
    lines = [";".join(rows[0])] + [";".join(f'"{value}"' for value in row.values()) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def as_csv() -> bytes:
    return packed(
        {"organization.csv": table(ORGANISATIONS), "project.csv": table([PROJECT]), "euroSciVoc.csv": table(TOPICS)}
    )


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    """As the JSON tables have it: numbers of things are numbers, missing amounts null."""
    typed = {name: int(row[name]) for name in ("id", "projectID", "organisationID", "order") if name in row}
    return {name: value if value != "" else None for name, value in row.items()} | typed


def as_json() -> bytes:
    files = {
        "organization.json": [numbers(row) for row in ORGANISATIONS],
        "project.json": [numbers(PROJECT)],
        "euroSciVoc.json": [numbers(row) for row in TOPICS],
    }
    return packed({name: json.dumps(rows).encode() for name, rows in files.items()}, folder="")


def document(style: str) -> dict[str, Any]:
    """The project with its relations, as single JSON exports and the zip of documents have it."""

    def with_attributes(attributes: dict[str, str], rest: dict[str, Any]) -> dict[str, Any]:
        return {"@attributes": attributes} | rest if style == "export" else attributes | rest

    participants = [
        with_attributes(
            {
                "type": row["role"], "order": row["order"], "sme": row["SME"], "terminated": row["endOfParticipation"],
                "ecContribution": row["ecContribution"], "netEcContribution": row["netEcContribution"],
                "totalCost": row["totalCost"],
            },
            {
                "contenttype": "organization", "id": row["organisationID"], "legalName": row["name"],
                "shortName": row["shortName"], "contentUpdateDate": row["contentUpdateDate"],
                "address": {"country": row["country"], "url": row["organizationURL"]},
                "relations": {
                    "categories": {
                        "category": with_attributes(
                            {"classification": "organizationActivityType"}, {"code": row["activityType"]}
                        )
                    }
                },
            },
        )
        for row in ORGANISATIONS
    ]  # fmt: skip
    programme = {"contenttype": "programme", "code": "HORIZON.2.4"}
    topics = [with_attributes({"classification": "euroSciVoc"}, {"code": row["euroSciVocCode"]}) for row in TOPICS]
    associations: Any = (
        {"organization": participants, "programme": programme} if style == "export" else [*participants, programme]
    )
    categories: Any = {"category": topics} if style == "export" else topics
    held = {name: value for name, value in PROJECT.items() if name != "frameworkProgramme"}
    return held | {"relations": {"associations": associations, "categories": categories}}


def as_xml() -> bytes:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;")

    def organisation(row: dict[str, Any]) -> str:
        return (
            f'<organization type="{row["role"]}" source="corda" order="{row["order"]}" sme="{row["SME"]}" '
            f'terminated="{row["endOfParticipation"]}" ecContribution="{row["ecContribution"]}" '
            f'netEcContribution="{row["netEcContribution"]}" totalCost="{row["totalCost"]}">'
            f"<id>{row['organisationID']}</id><legalName>{row['name']}</legalName>"
            f"<shortName>{row['shortName']}</shortName><contentUpdateDate>{row['contentUpdateDate']}"
            f"</contentUpdateDate><address><country>{row['country']}</country><url>{row['organizationURL']}</url>"
            '</address><relations><categories><category classification="organizationActivityType">'
            f"<code>{row['activityType']}</code></category></categories></relations></organization>"
        )

    fields = "".join(
        f"<{name}>{escaped(value)}</{name}>" for name, value in PROJECT.items() if name != "frameworkProgramme"
    )
    topics = "".join(
        f'<category classification="euroSciVoc"><code>{row["euroSciVocCode"]}</code></category>' for row in TOPICS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<project xmlns="http://cordis.europa.eu">'
        f"<language>en</language><rcn>1</rcn>{fields}<relations><associations>"
        f"{''.join(map(organisation, ORGANISATIONS))}"
        '<programme source="corda" type="relatedLegalBasis"><code>HORIZON.2.4</code></programme>'
        '<programme type="relatedTopic"><code>HORIZON-CL4</code><frameworkProgramme>HORIZON</frameworkProgramme>'
        f"</programme></associations><categories>{topics}</categories></relations></project>"
    ).encode()


def as_xlsx() -> bytes:
    books = {}
    for name, rows in {"organization": ORGANISATIONS, "project": [PROJECT], "euroSciVoc": TOPICS}.items():
        typed = [list(numbers(row).values()) for row in rows]
        books[f"{name}.xlsx"] = workbook({"DATA": [list(rows[0]), *typed]})  # its extent is wrong, as CORDIS's is
    return packed(books, folder="")


SHAPES: dict[str, tuple[str, bytes]] = {
    "json tables": ("cordis-json", as_json()),
    "json export": ("cordis-json", json.dumps({"project": document("export")}).encode()),
    "json search": ("cordis-json", json.dumps({"hits": {"hit": [{"project": document("export")}]}}).encode()),
    "json glued": ("cordis-json", b"\xef\xbb\xbf" + json.dumps(document("flat")).encode()),
    "json documents": ("cordis-json", packed({"project-rcn-1_en.json": json.dumps(document("flat")).encode()}, "")),
    "xml": ("cordis-xml", as_xml()),
    "xml zip": ("cordis-xml", packed({"project-rcn-1_en.xml": as_xml()}, "xml/")),
    "xlsx": ("cordis-csv", as_xlsx()),
}


def said(decoded: Decoded) -> list[dict[str, Any]]:
    return [record.model_dump(exclude={"locator"}) for record in decoded.records]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_participation_gives_the_same_record(shape: str) -> None:
    expected = decode("cordis-csv", as_csv(), CONTEXT)
    home, greek, person = (record for record in expected.records if isinstance(record, FundingEvent))
    assert (home.record_id, home.programme, home.country) == ("cordis_test:101900001:999000001", "HORIZON", "LU")
    assert (home.contribution, home.net_contribution, home.participant_cost) == (250000.5, 200000.0, 300000.75)
    assert (home.title, home.text) == ("Maps of quays & jetties", "To map.\nEvery quay.")
    assert (home.topic_codes, home.is_sme, home.has_ended) == (["/23/47/297", "/9"], True, False)
    assert (greek.country, greek.text, greek.has_ended) == ("GR", "", True)
    assert (person.organisation, person.organisation_id, person.country) == ("", "person-3", "GB")
    format, body = SHAPES[shape]
    decoded = decode(format, body, CONTEXT)
    assert said(decoded) == said(expected)
    assert decoded.rejects == []
    assert "QUENDREL" not in str(decoded)
    assert guess(body).format == format


# -- older layouts -----------------------------------------------------------------------------------------------------

OLD_ORGANISATIONS = (
    "projectRcn;projectID;projectAcronym;role;id;name;shortName;activityType;endOfParticipation;ecContribution;country;"
    "street;city;postCode;organizationUrl;vatNumber;contactForm;contactType;contactTitle;contactFirstNames;"
    "contactLastNames;contactFunction;contactTelephoneNumber;contactFaxNumber\n"
    '86001;202001;OLDQUAY;coordinator;999000001;KELMOND SARL;KELMOND;PRC;false;"1.2345e+06";LU;"RUE ""X"" 1";ESCH;4001;'
    ";;;Main;Ms;Nemo;Blank;Director;+3521;\n"
    "86001;202001;OLDQUAY;participant;999000004;ORBISEND SA;;PRC;true;51611,25;UK;;;;;;;;;;;;;\n"
    "86002;202002;OTHER;coordinator;999000005;FRETAL SA;;PRC;false;1;DE;;;;;;;;;;;;;\n"
)
OLD_PROJECTS = (
    "rcn;id;acronym;status;programme;topics;frameworkProgramme;title;startDate;endDate;projectUrl;objective;totalCost;"
    "ecMaxContribution;call;fundingScheme;coordinator;coordinatorCountry;participants;participantCountries;subjects\n"
    "86001;202001;OLDQUAY;CLO;FP7-ICT;ICT-2007;FP7;Old quays;2008-01-01;2010-12-31;;An objective.;2000000,5;1500000;"
    "FP7-ICT-1;CP;KELMOND SARL;LU;ORBISEND SA;UK;INF\n"
)


@pytest.mark.parametrize("projects", ["rcn;id;", "rcn;reference;"])
def test_older_tables_of_fp7_give_participations_and_no_contacts(projects: str) -> None:
    body = packed(
        {
            "cordis-fp7organizations.csv": OLD_ORGANISATIONS.encode(),
            "cordis-fp7projects.csv": OLD_PROJECTS.replace("rcn;id;", projects, 1).encode(),
        },
        folder="",
    )
    decoded = decode("cordis-csv", body, CONTEXT)
    home, partner = (record for record in decoded.records if isinstance(record, FundingEvent))
    assert (home.programme, home.status, home.title) == ("FP7", "CLO", "Old quays")
    assert (home.contribution, home.net_contribution, home.total_cost) == (1234500.0, None, 2000000.5)
    assert (partner.contribution, partner.country, partner.has_ended) == (51611.25, "GB", True)
    assert "Nemo" not in str(decoded)
    assert decoded.rejects == []
    assert not any("unknown field" in note for note in decoded.notes)
    assert guess(body).format == "cordis-csv"


def test_a_single_older_table_is_read_too() -> None:
    text = OLD_ORGANISATIONS.replace("projectRcn;projectID", "projectRcn;projectReference")
    decoded = decode("cordis-csv", text.encode("latin-1"), CONTEXT)
    assert [record.record_id for record in decoded.records] == [
        "cordis_test:202001:999000001",
        "cordis_test:202001:999000004",
        "cordis_test:202002:999000005",
    ]


def test_an_open_quote_in_an_unquoted_table_costs_its_row_alone() -> None:
    lines = OLD_ORGANISATIONS.splitlines()
    lines[1] = lines[1].replace("KELMOND SARL", '"KELMOND SARL')
    decoded = decode("cordis-csv", "\n".join(lines).encode(), CONTEXT)
    assert [record.record_id[-9:] for record in decoded.records] == ["999000004", "999000005"]
    assert [reject.reason for reject in decoded.rejects] == ["open_quote"]


@pytest.mark.parametrize(
    ("format", "body", "reason"),
    [
        ("cordis-csv", b"projectID;topic;title\n1;2;3\n", "no_participations"),
        ("cordis-csv", b"orgId;name;country;numProjects\n1;2;3;4\n", "no_participations"),
        ("cordis-csv", b"a;b\n1;2\n", "not_cordis"),
        ("cordis-csv", b"{}", "not_zip"),
        ("cordis-json", b'[{"projectID": 1, "euroSciVocCode": "/1"}]', "no_participations"),
        ("cordis-json", b'[{"id": 1, "acronym": "A", "objective": "x"}]', "no_participations"),
        ("cordis-json", b'{"a": 1}', "not_cordis"),
        ("cordis-json", b"[]", "not_cordis"),
        ("cordis-json", b"", "empty"),
        ("cordis-json", b"<html></html>", "not_json"),
        ("cordis-json", packed({"a.json": b"{}"}, ""), "not_cordis"),
        ("cordis-json", packed({"organization.json": b"[]"}, ""), "not_cordis"),
        ("cordis-xml", b"<programme/>", "not_cordis"),
        ("cordis-xml", b"{}", "not_xml"),
        ("cordis-xml", packed({"a.txt": b"x"}, ""), "not_cordis"),
        ("cordis-xml", b'<!DOCTYPE p [<!ENTITY a "b">]><project>&a;</project>', "entities_refused"),
    ],
)
def test_what_holds_no_participations_is_refused_by_name(format: str, body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        decode(format, body, CONTEXT)
    assert error.value.reason == reason


# -- damage ------------------------------------------------------------------------------------------------------------


def test_glued_objects_lose_only_the_damaged_one() -> None:
    first, second, third = (
        document("flat") | {"id": f"10190000{n}"} for n in (1, 2, 3)
    )  # one object after another, the second without its end
    text = [json.dumps(each).encode() for each in (first, second, third)]
    decoded = decode("cordis-json", b"\xef\xbb\xbf" + text[0] + text[1][:-30] + b"\xef\xbb\xbf" + text[2], CONTEXT)
    assert {record.project_id for record in decoded.records if isinstance(record, FundingEvent)} == {
        "101900001",
        "101900003",
    }
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [("$[1]", "cut_off")]


def test_a_damaged_document_of_a_zip_costs_its_own_project() -> None:
    other = as_xml().replace(b"101900001", b"101900002")
    body = packed({"project-rcn-1_en.xml": other[:-200], "project-rcn-2_en.xml": as_xml()}, "")
    decoded = decode("cordis-xml", body, CONTEXT)
    assert {record.record_id.split(":")[1] for record in decoded.records} == {"101900001"}
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [("project-rcn-1_en.xml", "not_xml")]


def test_of_many_documents_those_with_a_participant_here_are_kept() -> None:
    abroad = as_xml().replace(b"101900001", b"101900002").replace(b"<country>LU<", b"<country>FR<")
    decoded = decode("cordis-xml", packed({"a.xml": abroad, "b.xml": as_xml()}, ""), CONTEXT)
    assert len(decoded.records) == 3
    assert any("6 participations in 2 projects read; 3 in 1 projects" in note for note in decoded.notes)
    alone = decode("cordis-xml", abroad, CONTEXT)
    assert [bool(record.text) for record in alone.records if isinstance(record, FundingEvent)] == [True, False, False]


def test_rows_of_json_tables_that_cannot_be_read_are_rejected() -> None:
    rows = [numbers(row) for row in ORGANISATIONS]
    rows[1] |= {"ecContribution": "lots"}
    rows[2] |= {"projectID": None}
    decoded = decode("cordis-json", json.dumps(rows).encode() + b"7", CONTEXT)
    assert [record.record_id for record in decoded.records] == ["cordis_test:101900001:999000001"]
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [
        ("organization.json[1]", "bad_amount"),
        ("organization.json[2]", "missing_id"),
        ("organization.json[3]", "no_object"),
    ]


def test_tables_are_known_under_older_names() -> None:
    names = ["project.csv", "cordis-h2020organizations.csv", "euroscivoc.csv", "readme.csv", "organization.json"]
    assert cordis_tables.members_of(names, "csv") == {
        "project": "project.csv",
        "organization": "cordis-h2020organizations.csv",
        "euroscivoc": "euroscivoc.csv",
    }
