"""ADEM's tables: which declared table a header is, and what does not fit it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers.column_tables import declared, match_header
from scrapers.decoders import adem
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.files import RegistryError
from scrapers.items import Observation
from scrapers.plan import planned_requests
from scrapers.registry import source_by_id

TABLES = declared("adem").tables


def decode(text: str, **params: Any) -> Decoded:
    body = text.encode()
    context = DecodeContext(
        source_id="demo",
        crawl_id="c",
        capture_id=hashlib.sha256(body).hexdigest(),
        url="https://data.public.lu/fr/datasets/r/x",
        retrieved_at=datetime(2026, 10, 1, tzinfo=UTC),
        params=params,
    )
    return adem.decode(body, context)


@pytest.mark.parametrize("name", TABLES)
def test_every_declared_table_is_known_by_its_own_header(name: str) -> None:
    table = TABLES[name]
    for columns in (table.required, table.known, tuple(column.upper() for column in table.required)):
        header = match_header(list(columns), declared("adem"))
        assert header is not None
        assert (header.name, header.unknown) == (name, {})
    if len(table.required) > 2:
        lacking = match_header(list(table.required[:-1]), declared("adem", only=[name]))
        assert lacking is None


@pytest.mark.parametrize("name", TABLES)
def test_every_declared_table_gives_its_measures(name: str) -> None:
    table = TABLES[name]
    row = ["31-08-2026", *(f"demo {at}" for at, _ in enumerate(table.dimensions)), *("7" for _ in table.measures)]
    found = decode(f"{';'.join(table.required)}\n{';'.join(row)}\n")
    assert not found.rejects
    assert [(record.dataset_id, record.value, record.universe) for record in observations(found)] == [
        (table.dataset_id, 7.0, table.universe)
    ] * len(table.measures)
    assert len({record.record_id for record in found.records}) == len(table.measures)


def observations(found: Decoded) -> list[Observation]:
    return [record for record in found.records if isinstance(record, Observation)]


def test_sources_ask_for_declared_tables_at_addresses_that_last() -> None:
    for source_id in ("adem_vacancies", "adem_jobseekers"):
        source = source_by_id(source_id)
        assert set(source.params["tables"]) <= set(TABLES)
        for planned in planned_requests(source):
            assert planned.url.startswith("https://data.public.lu/fr/datasets/r/")
            assert planned.key in TABLES
        assert source.evidence == "unverified"


def test_a_table_without_a_declared_column_is_refused_as_a_whole() -> None:
    found = decode("Date;Genre;Age\n31-08-2026;F;20 - 24\n31-08-2026;M;20 - 24\n")
    assert not found.records
    assert [(reject.locator, reject.reason) for reject in found.rejects] == [("line 1", "missing_column")]
    assert "without Personnes" in found.rejects[0].detail


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a;b\n1;2\n", "no_declared_table"),
        ("Date;Genre;Age;Personnes\n", "no_data"),
        ("Date;Genre;Age;Personnes\n31-08-2026;F;20 - 24;\n", "no_data"),
    ],
)
def test_a_file_without_anything_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize("second", ["5", "6"])
def test_rows_that_an_undeclared_column_tells_apart_are_never_merged(second: str) -> None:
    table = (
        "Date;Genre;Age;Personnes;{}\n"
        f"31-08-2026;F;20 - 24;5;{{}}\n31-08-2026;F;20 - 24;{second};{{}}\n31-08-2026;M;20 - 24;7;{{}}\n"
    )
    worded = decode(table.format("Canton", "Esch", "Mersch", "Esch"))
    assert [(record.dimensions["Canton"], record.value) for record in observations(worded)] == [
        ("Esch", 5.0),
        ("Mersch", float(second)),
        ("Esch", 7.0),
    ]
    assert len({record.record_id for record in worded.records}) == 3
    numbered = decode(table.format("Zone", "1", "2", "1"))
    assert [record.value for record in observations(numbered)] == [7.0]
    assert [reject.reason for reject in numbered.rejects] == ["duplicate_cell"] * 2
    assert any("'Zone' is not declared and not kept" in note for note in numbered.notes)


@pytest.mark.parametrize(
    ("header", "row", "cell"),
    [
        ("Mois;Sexe;Tranche d'âge;Nombre de demandeurs d'emploi", "janvier 2026;F;<25;3", ("2026-01", 3.0, "")),
        ("Année;Mois;Sexe;Age;Personnes", "2026;1;F;20;3", ("2026-01", 3.0, "")),
        ("Mois;Année;Sexe;Age;Personnes", "févr.;2026;F;20;3", ("2026-02", 3.0, "")),
        ("Date;Année;Sexe;Age;Personnes", "31/01/2026;2026;F;20;3", ("2026-01", 3.0, "")),
        ("Date;Genre;Age;Personnes", "2026-01;F;20;<5", ("2026-01", None, "|C")),
        ("Date;Genre;Age;Personnes", "2026-01;F;20;moins de 5", ("2026-01", None, "|C")),
    ],
)
def test_columns_are_known_under_several_names(header: str, row: str, cell: tuple[str, float | None, str]) -> None:
    (record,) = observations(found := decode(f"{header}\n{row}\n"))
    assert (record.time_period, record.value, record.obs_status) == cell
    assert "Année" not in record.dimensions
    assert not found.rejects


def test_a_refusal_shows_the_header_that_was_seen() -> None:
    assert "the header is Date, Genre, Alter" in decode("Date;Genre;Alter\n2026-01;F;20\n").rejects[0].detail
    with pytest.raises(UnreadableError, match="the first row is Datum, Zahl"):
        decode("Datum;Zahl\n2026-01;3\n")


def test_the_source_says_which_rows_it_keeps() -> None:
    text = (
        "Date;Nature_contrat;ROME_metier;ROME_metier_libelle;Postes_declares;Stock_postes_vacants\n"
        "31-08-2026;Emploi;M1805;Demo development;3;9\n"
        "31-08-2026;Emploi;A1101;Demo gardening;4;8\n"
        "31-12-2019;Emploi;M1805;Demo development;1;1\n"
    )
    found = decode(text, since="2022-01", only={"ROME_metier": ["M18"]}, tables=["offres-details"])
    assert [(record.dimensions["ROME_metier"], record.value) for record in observations(found)] == [
        ("M1805", 3.0),
        ("M1805", 9.0),
    ]
    assert observations(found)[0].dimension_labels == {"ROME_metier": "Demo development"}
    assert any("rows are left out" in note and "2 times" in note for note in found.notes)


def test_categories_that_only_a_sign_tells_apart_stay_apart() -> None:
    assert adem.code("20 - 24") == "20-24"
    assert adem.code("Esch-sur-Alzette") == "esch-sur-alzette"
    assert len({adem.code(text) for text in ("C", "C++", "C#", "< 4 mois", "> 4 mois", "≥ 4 mois")}) == 6
    assert adem.code("") == "none"
    assert len(adem.code("é" * 200)) <= 60


def test_more_cells_than_can_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adem, "MAX_CELLS", 3)
    rows = "".join(f"31-08-2026;F;{age};1\n" for age in range(5))
    with pytest.raises(UnreadableError) as caught:
        decode(f"Date;Genre;Age;Personnes\n{rows}")
    assert caught.value.reason == "too_many_cells"


def test_a_declaration_that_cannot_be_used_is_said_so() -> None:
    with pytest.raises(RegistryError, match=r"adem\.yaml: tables: nothing is not declared"):
        declared("adem", only=["nothing"])
    twice = {"period": "Date", "dimensions": ["date"], "measures": {"N": {}}}
    table = {"dataset_id": "demo_x", "title": "Demo", "universe": "Demo", **twice}
    with pytest.raises(RegistryError, match="a column is declared twice"):
        declared("demo", inline={"publisher": "Demo", "unit": "NR", "tables": {"x": table}})
    with pytest.raises(UnreadableError, match="bad_declaration"):
        decode("a;b\n", tables=["nothing"])
