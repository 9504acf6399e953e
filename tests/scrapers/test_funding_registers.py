"""Registers of funding beside CORDIS: what is kept of a row, what never is, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders.double_encoding import Mender
from scrapers.decoders.natural_persons import without_name
from scrapers.items import FundingCall, FundingEvent

HERE = Path(__file__).parent / "fixtures"


def read(format: str, body: bytes, url: str = "https://publisher.example/results-2026/", **params: Any) -> Decoded:
    context = DecodeContext("test", "c", "a" * 64, url, datetime(2026, 10, 1, tzinfo=UTC), params=params)
    return decode(format, body, context)


def calls(decoded: Decoded) -> list[FundingCall]:
    return [record for record in decoded.records if isinstance(record, FundingCall)]


def events(decoded: Decoded) -> list[FundingEvent]:
    return [record for record in decoded.records if isinstance(record, FundingEvent)]


def result(identifier: str, **metadata: Any) -> dict[str, Any]:
    base = {"identifier": [identifier], "title": [f"Topic {identifier}"], "type": ["1"], "language": ["en"]}
    return {"reference": f"{identifier}TOPICSen", "metadata": base | metadata}


def page(*results: Any, total: int | None = None) -> bytes:
    return json.dumps({"totalResults": len(results) if total is None else total, "results": results}).encode()


def test_a_topic_has_its_own_budget_days_and_status_not_the_calls() -> None:
    overview = {
        "budgetTopicActionMap": {
            "1": [{"action": "QUAY-2026-02 - HORIZON-IA", "maxContribution": 2, "expectedGrants": 9}],
            "2": [
                {
                    "action": "QUAY-2026-01 - HORIZON-RIA", "minContribution": 3000000, "maxContribution": 4000000,
                    "expectedGrants": 5, "budgetYearMap": {"2026": "12000000", "2027": 8000000},
                }
            ],
        }
    }  # fmt: skip
    actions = [
        {"status": {"abbreviation": "Open"}, "plannedOpeningDate": "2026-03-04", "deadlineDates": ["2026-09-15"]},
    ]
    (call,) = calls(
        read(
            "eu-portal",
            page(
                result(
                    "QUAY-2026-01", callIdentifier=["QUAY-2026"], status=["31094503"], frameworkProgramme=["43108390"],
                    deadlineDate=["2026-04-01T00:00:00.000+0000", "soon"], budgetOverview=[json.dumps(overview)],
                    actions=[json.dumps(actions)], descriptionByte=["<p>To map <b>quays</b>.</p>"], keywords=["Maps"],
                )
            ),
        )
    )  # fmt: skip
    assert (call.call_id, call.parent_id, call.programme, call.status) == (
        "QUAY-2026-01", "QUAY-2026", "Horizon Europe", "open"
    )  # fmt: skip
    assert (call.budget_min, call.budget_max, call.budget_total) == (3_000_000.0, 4_000_000.0, 20_000_000.0)
    assert (call.grants_expected, call.deadlines, str(call.opens_on)) == (5, ["2026-04-01", "2026-09-15"], "2026-03-04")
    assert (call.text, call.keywords) == ("To map quays.", ["Maps"])
    assert call.page_url.endswith("/topic-details/QUAY-2026-01")


def test_translations_are_one_topic_and_tenders_are_none() -> None:
    decoded = read(
        "eu-portal",
        page(
            result("QUAY-1", language=["fr"], title=["Sujet"]),
            result("QUAY-1"),
            result("TENDER-1", type=["0"]),
            {"reference": "x"},
            result("", callIdentifier=[]),
        ),
    )
    assert [(call.call_id, call.title) for call in calls(decoded)] == [("QUAY-1", "Topic QUAY-1")]
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [
        ("$.results[3]", "not_an_object"),
        ("$.results[4]", "missing_id"),
    ]


@pytest.mark.parametrize(
    ("format", "body", "reason"),
    [
        ("eu-portal", b"", "empty"),
        ("eu-portal", b"<html></html>", "not_json"),
        ("eu-portal", b'{"results": [], "totalResults": "many"}', "not_calls"),
        ("eu-portal", b'{"date": "2026-08-10", "events": []}', "not_calls"),
        ("erc", b"a,b\n1,2\n", "not_erc"),
        ("erc", b"<html></html>", "not_a_table"),
        ("kohesio", b"a,b\n1,2\n", "not_kohesio"),
        ("kohesio", b"{}", "not_a_table"),
        ("fnr", b"", "not_fnr"),
        ("fnr", b'{"code": "rest_no_route"}', "not_fnr"),
        ("fnr", b"<html><table><tr><td>Acronym</td></tr></table></html>", "no_projects"),
    ],
)
def test_what_is_something_else_is_refused_by_name(format: str, body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        read(format, body)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("text", "mended", "left"),
    [
        ("lâ€™appel du cafÃ©", "l\u2019appel du caf\u00e9", 0),
        ("déjà vu", "déjà vu", 0),
        ("déjà lâ€™appel", "déjà l\u2019appel", 0),  # a text can hold both
        ("lâ€\ufffdappel, cafÃ©", "lâ€\ufffdappel, caf\u00e9", 0),
        ("Ã©Ã\u0439", "Ã©Ã\u0439", 1),  # a run that is no UTF-8 as a whole
        ("plain", "plain", 0),
    ],
)
def test_text_encoded_twice_is_undone_where_a_round_trip_proves_it(text: str, mended: str, left: int) -> None:
    mender = Mender()
    assert (mender.text(text), mender.left) == (mended, left)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Led by Nemo Blank since 2020", "Nemo Blank", "Led by […] since 2020"),
        ("BLANK, Nemo and others", "Dr. Nemo Blank", "[…] and others"),
        ("A blank page", "Blank", "A blank page"),
        ("Nemo Blankett", "Nemo Blank", "Nemo Blankett"),
    ],
)
def test_a_name_is_taken_out_of_a_text(text: str, name: str, expected: str) -> None:
    assert without_name(text, name) == expected


def test_erc_tables_go_by_several_names_of_columns() -> None:
    body = (
        '"Project Number";"Acronym";"Title";"Principal Investigator";"Host Institution";"HI Country";"Max ERC Funding";'
        '"Start Date"\n"101900009";"QUAY";"Quays by Nemo Blank";"Nemo Blank";"FRETAL UNIVERSITAET";"EL";"2 499 595 €";'
        '"01/10/2017"\n'
    )
    (event,) = events(read("erc", body.encode()))
    assert (event.project_id, event.country, event.project_contribution) == ("101900009", "GR", 2_499_595.0)
    assert (str(event.starts_on), event.title, event.organisation) == (
        "2017-10-01",
        "Quays by […]",
        "FRETAL UNIVERSITAET",
    )
    assert "Blank" not in str(event)


def test_kohesio_exports_of_42_columns_state_the_unions_share() -> None:
    body = (
        "Operation_Unique_Identifier,Operation_Name_English,CountryCode,Operation_Start_Date,Operation_End_Date,"
        "Total_Eligible_Expenditure_amount,Total_Eligible_Expenditure_Currency,Project_EU_Budget,Beneficiary_Name,"
        "Beneficiary_Unique_Identifier,Fund_Code,Programme_Code,Date_Of_Last_Update\n"
        "https://linkedopendata.eu/entity/Q1,Quays,LU,04/09/2023,,1000.5,EUR,400.25,KELMOND SARL,"
        "https://linkedopendata.eu/entity/Q7,ESF+,,01/02/2026\n"
        "https://linkedopendata.eu/entity/Q2,Jetties,FR,04/09/2023,,1,EUR,1,FRETAL SA,,ESF+,,\n"
    )
    decoded = read("kohesio", body.encode(), country="LU")
    (event,) = events(decoded)
    assert (event.record_id, event.programme, event.organisation_id) == ("test:Q1", "Kohesio/ESF+", "Q7")
    assert (event.total_cost, event.project_contribution, event.contribution) == (1000.5, 400.25, None)
    assert event.content_updated_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert "operation in another country left out" in decoded.notes


def test_the_list_of_the_national_fund_names_pages_and_holds_no_projects() -> None:
    listing = {"actus": [{"permalink": "https://www.fnr.lu/results-a/", "title": "Results A"}, {"permalink": "x y"}, 7]}
    decoded = read("fnr", json.dumps(listing).encode())
    assert (decoded.records, decoded.listed) == ([], ["https://www.fnr.lu/results-a/"])
