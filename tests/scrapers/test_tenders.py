"""What notices and steps of law have in common, value by value: money, days, countries, tests, institutions, stages."""

from __future__ import annotations

from datetime import date

import pytest

from scrapers.countries import country_code
from scrapers.decode import DecodeContext
from scrapers.decoders.base import Sink
from scrapers.decoders.tenders import (
    Money,
    Notice,
    Party,
    day,
    is_eu_body,
    is_test,
    language,
    money,
    number_in,
    publication_number,
    total,
    winner,
)
from scrapers.items import utc_now
from scrapers.legal_stages import stage_of
from scrapers.sniff import guess


@pytest.fixture
def sink() -> Sink:
    return Sink(DecodeContext("ted", "crawl", "0" * 64, "https://publisher.example/", utc_now()), "tender")


@pytest.mark.parametrize(
    ("said", "code"),
    [("LUX", "LU"), ("lux", "LU"), ("LU", "LU"), ("EL", "GR"), ("UK", "GB"), ("GBR", "GB"), ("1A0", "XK"),
     ("XKX", "XK"), ("ROU", "RO"), ("Luxembourg", ""), ("XXX", ""), ("ZZ", ""), (None, ""), (["LUX"], "")],
)  # fmt: skip
def test_countries_are_told_by_any_of_their_codes(said: object, code: str) -> None:
    assert country_code(said) == code


@pytest.mark.parametrize(
    ("value", "kept"),
    [("460000", 460000.0), ("60000000.00", 6e7), (1875000.5, 1875000.5), (480000, 480000.0), ("12345.678", 12345.678),
     ("99999.00", 99999.0), ("10", 10.0)],
)  # fmt: skip
def test_a_sum_is_kept(sink: Sink, value: object, kept: float) -> None:
    assert money(sink, value, "CHF", "value") == Money(kept, "CHF")
    assert sink.decoded().notes == []


@pytest.mark.parametrize(
    "value",
    ["9.99", ".01", "0.01", "1.00", "1", "0", 0.0, 0.1, "99.99", "999.99", "999999", "999999999.99", "9999999.00",
     "111111", "1234567", "123456789.00", "99999999999999999", "-1", "1 000 000", "1,000", "NaN", "1e6", True, [],
     float("inf")],
)  # fmt: skip
def test_a_placeholder_and_what_is_no_sum_are_left_out_and_said(sink: Sink, value: object) -> None:
    assert money(sink, value, "EUR", "value") is None
    assert len(sink.decoded().notes) == 1


def test_a_sum_without_its_currency_is_none(sink: Sink) -> None:
    assert money(sink, "5000", "", "value") is None
    assert money(sink, "5000", "euro", "value") is None
    assert money(sink, "", "EUR", "value") is None
    assert sink.decoded().notes == ["value: a sum without its currency is left out (2 times)"]


def test_parts_are_added_up_if_they_are_all_there_and_in_one_currency(sink: Sink) -> None:
    assert total(sink, [Money(0.1, "EUR"), Money(0.2, "EUR")], "parts") == Money(0.3, "EUR")
    assert total(sink, [], "parts") is None
    assert total(sink, [Money(1, "EUR"), None], "parts") is None
    assert total(sink, [Money(1, "EUR"), Money(1, "GBP")], "parts") is None


@pytest.mark.parametrize(
    ("said", "found"),
    [("2023-05-25Z", date(2023, 5, 25)), ("2024-01-02+01:00", date(2024, 1, 2)), ("20210204 12:00", date(2021, 2, 4)),
     ("2024-08-01T00:30:00+02:00", date(2024, 8, 1)), ("2024-13-01", None), ("soon", None), (20210204, None)],
)  # fmt: skip
def test_a_day_is_that_of_the_publishers_clock(said: object, found: date | None) -> None:
    assert day(said) == found


def test_numbers_of_publication() -> None:
    assert publication_number("00643121-2023") == "643121-2023"
    assert publication_number(None, "x", "057196-2021") == "57196-2021"
    assert number_in("https://ted.europa.eu/en/notice/643121-2023/xml") == "643121-2023"
    assert number_in("file:///data/2023-2024/00643121-2023.xml") == "643121-2023"
    assert number_in("https://x.example/111-2023_222-2023.xml") == ""
    assert number_in("https://x.example/notice.xml") == ""
    assert (language("FRA"), language("fr"), language("LTZ"), language("xyz"), language("")) == (
        "fr",
        "fr",
        "lb",
        "xyz",
        "",
    )


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (Notice(title="This is a TEST notice. Please disregard"), True),
        (Notice(title="Services", buyers=[Party("TEST MAIN BUYER")]), True),
        (Notice(title="TEST"), True),
        (Notice(title="Services", test_texts=["", "This is a test."]), True),
        (Notice(title="Test equipment", buyers=[Party("Test Laboratory Authority of Somewhere")]), False),
        (Notice(title="Acquisition of test notice boards"), False),
    ],
)
def test_a_test_says_that_it_is_one(notice: Notice, expected: bool) -> None:
    assert is_test(notice) is expected


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (Party("Publications Office of the European Union", "LU"), True),
        (Party("Commission européenne, DG inventée", "LU"), True),
        (Party("Europäische Investitionsbank", "LU"), True),
        (Party("Commune inventée", "LU"), False),
        (Party("Commission européenne", "LU", False), False),  # what the notice says of its buyer goes before
        (Party("Agence inventée", "LU", True), True),
    ],
)
def test_institutions_of_the_union_are_told_by_type_or_name(party: Party, expected: bool) -> None:
    assert is_eu_body(party) is expected


def test_a_winner_that_could_be_a_person_is_left_out(sink: Sink) -> None:
    assert winner(sink, "Réseaux Inventés S.à r.l.", "LU") == Party("Réseaux Inventés S.à r.l.", "LU")
    assert winner(sink, "Camille Inventée", "LU") is None
    assert winner(sink, "Camille Inventée", "LU", person=False) == Party("Camille Inventée", "LU")
    assert winner(sink, "Inventée S.A.", "LU", person=True) is None
    assert sink.decoded().notes == ["a winner that is or could be a natural person is left out (2 times)"]


@pytest.mark.parametrize(
    ("said", "code", "stage"),
    [
        ("", "dept", "filed"),
        ("", "avce", "opinion"),
        ("Dépôt du projet", "", "filed"),
        ("Avis complémentaire du Conseil d'État", "", "opinion"),
        ("Amendements gouvernementaux", "", "amended"),
        ("Rapport de commission(s)", "", "reported"),
        ("Premier vote constitutionnel (vote positif)", "", "first_vote"),
        ("Second vote constitutionnel", "", "second_vote"),
        ("Dispense du second vote constitutionnel", "disp", "other"),
        ("Saisine pour avis", "sace", "other"),
        ("Promulgation", "", "signed"),
        ("Publication au Mémorial A", "", "published"),
        ("Entrée en vigueur", "", "in_force"),
        ("Retrait du rôle", "", "withdrawn"),
        ("Étape jamais vue", "xyz", "other"),
        ("", "", "other"),
    ],
)
def test_the_stage_of_a_step_is_told_by_one_table(said: str, code: str, stage: str) -> None:
    assert stage_of(said, code) == stage


@pytest.mark.parametrize(
    ("body", "format"),
    [
        (b'{"notices":[],"totalNoticeCount":0,"timedOut":false}', "ted-search"),
        (b'{"notices":[{"ND":"1-2026"}]}', "ted-search"),
        (b'{"head":{"vars":["a"]},"results":{"bindings":[]}}', "legilux"),
        (
            b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head></sparql>',
            "legilux",
        ),
        (b'<TED_EXPORT DOC_ID="1-2020"></TED_EXPORT>', "ted-eforms"),
        (b'<x:PriorInformationNotice xmlns:x="urn:x"></x:PriorInformationNotice>', "ted-eforms"),
        ("Numéro dossier;Intitulé;Date dépôt\n8999;Projet;2024-01-01\n".encode(), "chamber"),
        (b'[{"numero": "8999", "titre": "Projet", "statut": "Avis"}]', "chamber"),
    ],
)
def test_their_formats_are_told_by_their_marks(body: bytes, format: str) -> None:
    assert guess(body).format == format
