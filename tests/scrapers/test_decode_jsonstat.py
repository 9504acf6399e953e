"""JSON-stat: our own cube in the publisher's layout, and the recorded Eurostat answer against the table of facts."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from scrapers.decode import DecodeContext, Decoded, UnreadableError, decode
from scrapers.decoders.flags import normal_status
from scrapers.items import Observation
from tests.shared import shared_path

FIXTURES = Path(__file__).parent / "fixtures" / "jsonstat"
CONTEXT = DecodeContext(
    source_id="eurostat_test",
    crawl_id="20260601T000000Z-00000000",
    capture_id="a" * 64,
    url="https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data/tst_eb_ai?lang=en",
    retrieved_at=datetime(2026, 6, 1, tzinfo=UTC),
)
RECORDED = "recordings/stats/eurostat/isoc_eb_ai_E_AI_TTM_2024_2025.json"


def read(body: bytes) -> Decoded:
    return decode("jsonstat", body, CONTEXT)


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    cube = json.loads((FIXTURES / "cube.json").read_text(encoding="utf-8"))
    change(cube)
    return json.dumps(cube).encode()


def cells(decoded: Decoded) -> dict[str, Observation]:
    return {record.record_id.split(":", 2)[2]: record for record in decoded.records if isinstance(record, Observation)}


def test_a_cube_gives_each_cell_with_value_or_flag() -> None:
    decoded = read((FIXTURES / "cube.json").read_bytes())
    assert (decoded.rejects, decoded.notes) == ([], [])
    found = {
        key.removeprefix("A."): (cell.value, cell.obs_status, cell.flags_published)
        for key, cell in cells(decoded).items()
    }
    assert found == {
        "GE10.C10-S951_X_K.PC_ENT.EU27_2020:2024": (4.5, "", ""),
        "GE10.C10-S951_X_K.PC_ENT.EU27_2020:2025": (6.25, "", ""),
        "GE10.C10-S951_X_K.PC_ENT.LU:2024": (None, "|C", "|C"),
        "GE10.C10-S951_X_K.PC_ENT.LU:2025": (0.0, "u", "u"),  # zero is a value
        "GE10.C10-S951_X_K.PC_ENT.BE:2024": (12.5, "b", "b"),
        "GE10.C10-S951_X_K.PC_ENT.BE:2025": (None, "O", ":"),
        "10-49.C10-S951_X_K.PC_ENT.EU27_2020:2025": (55.0, "bu|C", "bu|C"),
        "10-49.C10-S951_X_K.PC_ENT.LU:2024": (None, "|N", "|N"),
        "10-49.C10-S951_X_K.PC_ENT.LU:2025": (8.75, "", ""),
        "10-49.C10-S951_X_K.PC_ENT.BE:2024": (31.0, "", ""),
    }


def test_a_record_says_where_it_stands_and_whom_it_speaks_of() -> None:
    cell = cells(read((FIXTURES / "cube.json").read_bytes()))["A.10-49.C10-S951_X_K.PC_ENT.LU:2025"]
    assert cell.record_id == "eurostat_test:tst_eb_ai:A.10-49.C10-S951_X_K.PC_ENT.LU:2025"
    assert list(cell.dimensions.items()) == [
        ("freq", "A"),
        ("size_emp", "10-49"),
        ("nace_r2", "C10-S951_X_K"),
        ("unit", "PC_ENT"),
        ("geo", "LU"),
    ]
    assert (cell.dataset_id, cell.time_period, cell.unit) == ("tst_eb_ai", "2025", "PC_ENT")
    assert cell.published_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert cell.universe == (
        "size_emp 10-49: From 10 to 49 persons employed; nace_r2 C10-S951_X_K: Business economy without finance; "
        "finance (NACE K) is left out"
    )
    assert cell.capture_id == CONTEXT.capture_id
    assert not cell.is_sample
    assert (cell.locator, cell.nace_version) == ('$.value["9"]', "2")
    assert cell.dimension_labels["size_emp"] == "From 10 to 49 persons employed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.update({"class": "collection"}), "not_a_dataset"),
        (lambda c: c.update({"class": "dimension"}), "not_a_dataset"),
        (lambda c: (c.pop("value"), c.pop("dimension"), c.pop("class")), "not_a_dataset"),
        (lambda c: c.update(size=[1, 2, 1, 1, 3, 3]), "size_mismatch"),
        (lambda c: c.update(size=[1, 2, 1, 1, 3]), "size_mismatch"),
        (lambda c: c.update(size=[1, 2, 1, 1, 3, True]), "size_mismatch"),
        (lambda c: c.update(size="12"), "size_mismatch"),
        (lambda c: c.update(value=[1.0, 2.0]), "size_mismatch"),
        (lambda c: c.update(status=["b", "b"]), "size_mismatch"),
        (lambda c: c.update(id=["freq", "freq"]), "bad_dimension"),
        (lambda c: c.update(id=[]), "bad_dimension"),
        (lambda c: c.update(dimension=[]), "bad_dimension"),
        (lambda c: c["dimension"].pop("geo"), "bad_dimension"),
        (lambda c: c["dimension"]["geo"]["category"]["index"].update(LU=0), "bad_dimension"),
        (lambda c: c["dimension"]["geo"]["category"].update(index=["LU", "LU", "BE"]), "bad_dimension"),
        (lambda c: c["dimension"]["geo"]["category"].update(index=[1, 2, 3]), "bad_dimension"),
        (lambda c: c["dimension"]["geo"]["category"].update(index=7), "bad_dimension"),
        (lambda c: c.update(value="many"), "bad_values"),
        (lambda c: c.update(status=3), "bad_values"),
        (lambda c: c.update(role={"time": ["freq", "time"]}), "no_time_dimension"),
        (lambda c: c.update(role={"time": ["epoch"]}), "no_time_dimension"),
    ],
)
def test_a_broken_frame_refuses_the_whole_payload(change: Callable[[dict[str, Any]], Any], reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        read(changed(change))
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


def test_a_cube_of_absurd_size_is_refused_before_it_is_walked() -> None:
    wide = {f"c{at}": at for at in range(6000)}

    def grow(cube: dict[str, Any]) -> None:
        cube["dimension"]["geo"]["category"]["index"] = wide
        cube["dimension"]["size_emp"]["category"]["index"] = wide
        cube["size"] = [1, 6000, 1, 1, 6000, 2]

    with pytest.raises(UnreadableError, match="too_many_cells"):
        read(changed(grow))


@pytest.mark.parametrize(("file", "reason"), [("async_warning.json", "not_ready"), ("error.json", "upstream_error")])
def test_an_error_in_a_200_is_no_empty_answer(file: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        read((FIXTURES / file).read_bytes())
    assert error.value.reason == reason
    assert "publisher's" in error.value.detail


@pytest.mark.parametrize(
    ("part", "key", "content", "reason", "locator"),
    [
        ("value", "12", 1.0, "index_out_of_range", '$.value["12"]'),
        ("value", "-1", 1.0, "bad_index", '$.value["-1"]'),
        ("value", "1.5", 1.0, "bad_index", '$.value["1.5"]'),
        ("value", "٣", 1.0, "bad_index", '$.value["٣"]'),
        ("value", "01", 1.0, "duplicate_cell", '$.value["01"]'),
        ("value", "11", "7,5", "not_a_number", '$.value["11"]'),
        ("value", "11", True, "not_a_number", '$.value["11"]'),
        ("value", "11", [1], "not_a_number", '$.value["11"]'),
        ("value", "11", float("nan"), "not_finite", '$.value["11"]'),
        ("value", "11", float("inf"), "not_finite", '$.value["11"]'),
        ("status", "11", 5, "bad_flag", '$.status["11"]'),
        ("status", "11", "très confidentiel", "bad_flag", '$.status["11"]'),
        ("status", "99", "b", "index_out_of_range", '$.status["99"]'),
    ],
)
def test_a_bad_cell_never_costs_a_good_one(part: str, key: str, content: object, reason: str, locator: str) -> None:
    decoded = read(changed(lambda cube: cube[part].update({key: content})))
    assert [(reject.reason, reject.locator) for reject in decoded.rejects] == [(reason, locator)]
    assert len(decoded.records) == 10
    assert decoded.rejects[0].record_kind == "observation"


def test_numbers_out_of_range_cost_one_cell() -> None:
    body = (FIXTURES / "cube.json").read_bytes()
    for huge in (b"1e999", b"9" * 5000, b"-1e999"):
        decoded = read(body.replace(b'"1": 6.25', b'"1": ' + huge))
        assert [reject.reason for reject in decoded.rejects] == ["not_finite"]
        assert len(decoded.records) == 9


def test_null_values_and_empty_flags_are_no_records() -> None:
    decoded = read(
        changed(lambda cube: (cube["value"].update({"0": None, "11": None}), cube["status"].update({"11": ""})))
    )
    assert len(decoded.records) == 9
    assert decoded.notes == ["cell with neither value nor flag (2 times)"]


def test_dense_values_and_flags_read_as_the_sparse_ones() -> None:
    def dense(cube: dict[str, Any]) -> None:
        for part in ("value", "status"):
            cube[part] = [cube[part].get(str(at)) for at in range(12)]

    def said(decoded: Decoded) -> list[dict[str, Any]]:
        return [record.model_dump(exclude={"locator"}) for record in decoded.records]

    lists = read(changed(dense))
    assert said(lists) == said(read((FIXTURES / "cube.json").read_bytes()))
    assert [record.locator for record in lists.records][:3] == ["$.value[0]", "$.value[1]", "$.value[2]"]


@pytest.mark.parametrize("flag", ["p", ["p"]])
def test_one_flag_for_all_marks_the_values_that_were_sent(flag: object) -> None:
    decoded = read(changed(lambda cube: cube.update(status=flag)))
    assert {(cell.obs_status, cell.value is None) for cell in cells(decoded).values()} == {("p", False)}
    assert len(decoded.records) == 7


def test_unknown_fields_are_named_not_dropped_in_silence() -> None:
    decoded = read(changed(lambda cube: cube.update(novelty=1)))
    assert decoded.notes == ["unknown field 'novelty' is not kept"]


def test_the_moment_of_publication_falls_back_and_is_noted_when_unreadable() -> None:
    def without_annotation(cube: dict[str, Any]) -> None:
        cube["extension"]["annotation"] = {"not": "a list"}

    assert {cell.published_at for cell in cells(read(changed(without_annotation))).values()} == {
        datetime(2026, 3, 2, 10, tzinfo=UTC)
    }
    decoded = read(changed(lambda cube: (without_annotation(cube), cube.update(updated="17/10/2013 16:51:00"))))
    assert {cell.published_at for cell in cells(decoded).values()} == {None}
    assert decoded.notes == ["no readable moment of publication"]


def test_the_old_wrapper_is_read_too() -> None:
    decoded = read((FIXTURES / "old_wrapper.json").read_bytes())
    assert {key: (cell.value, cell.obs_status) for key, cell in cells(decoded).items()} == {
        "EUR.LU:2013": (None, "O"),
        "EUR.LU:2014": (10.0, "p"),
        "EUR.BE:2013": (11.5, ""),
    }
    assert {record.dataset_id for record in cells(decoded).values()} == {"tst_old"}
    assert decoded.notes == ["cell with neither value nor flag"]


@pytest.mark.parametrize(
    ("published", "has_value", "status"),
    [
        ("", True, ""),
        ("b", True, "b"),
        ("|C", False, "|C"),
        ("b,u", True, "bu"),
        (" e p ", True, "ep"),
        (":", False, "O"),
        (":", True, ""),
        (":c", False, "c"),
        (":|C", False, "|C"),
        ("b|", True, "b"),
        ("5", True, None),
        ("much too long", True, None),
    ],
)
def test_flags_have_one_normal_form(published: str, has_value: bool, status: str | None) -> None:
    assert normal_status(published, has_value=has_value) == status


def test_the_recorded_answer_agrees_with_every_fact_taken_from_it() -> None:
    body = shared_path(RECORDED).read_bytes()
    decoded = read(body)
    assert (len(decoded.records), decoded.rejects, decoded.notes) == (365, [], [])
    values = cells(decoded)
    with shared_path("facts/adoption_indicators.csv").open(encoding="utf-8", newline="") as file:
        facts = [row for row in csv.DictReader(file) if RECORDED in row["source_quote_or_locator"]]
    assert len(facts) == 50
    raw = json.loads(body)["value"]
    for fact in facts:
        series = ("A", fact["breakdown_code"], "C10-S951_X_K", fact["indicator_code"], fact["unit"], fact["geo"])
        key = f"{'.'.join(series)}:{fact['time_period']}"
        number = re.search(r'value\["(\d+)"\]', fact["source_quote_or_locator"])
        assert number is not None
        assert values[key].value == float(fact["value"]) == raw[number[1]], key


def test_the_recorded_answer_keeps_flags_on_cells_without_value() -> None:
    flagged = [cell for cell in cells(read(shared_path(RECORDED).read_bytes())).values() if cell.obs_status]
    assert {(cell.value, cell.obs_status, cell.flags_published) for cell in flagged} == {(None, "|C", "|C")}
    assert sorted((cell.dimensions["size_emp"], cell.dimensions["geo"], cell.time_period) for cell in flagged) == [
        ("50-249", "ME", "2024"),
        ("50-249", "ME", "2025"),
        ("GE250", "ME", "2024"),
        ("GE250", "ME", "2025"),
    ]
    assert {cell.published_at for cell in flagged} == {datetime(2026, 6, 15, 9, tzinfo=UTC)}
    assert all("finance (NACE K) is left out" in cell.universe for cell in flagged)


@pytest.mark.parametrize(
    ("file", "records"),
    [
        ("jsonstat/galicia-2.0.json", 3956),
        ("jsonstat/galicia.json", 3956),
        ("jsonstat/oecd-canada.json", 552),
        ("eurostat/jsonstat1_name_gdp_c_IT.json", 69),
        ("eurostat/jsonstat1_name_gdp_c_IT_FR.json", 138),
    ],
)
def test_other_recorded_datasets_are_read(file: str, records: int) -> None:
    decoded = read(shared_path(f"recordings/stats/{file}").read_bytes())
    assert (len(decoded.records), decoded.rejects) == (records, [])


@pytest.mark.parametrize("file", ["collection.json", "dimension.json"])
def test_recorded_payloads_that_are_no_datasets_are_refused(file: str) -> None:
    with pytest.raises(UnreadableError, match=r"^not_a_dataset: "):
        read(shared_path(f"recordings/stats/jsonstat/{file}").read_bytes())


@pytest.mark.parametrize(
    ("period", "kept"),
    [
        *((f"2025{part}", True) for part in ("", "-Q4", "Q4", "-S1", "S1", "B1", "-05", "M05", "-W07")),
        ("2025-05-31", True),
        *(
            (period, False)
            for period in ("2025\x1c<b>", "2025\u202e", "soon", "2025-13", "2025-Q5", "\u0662\u0660\u0662\u0665", "")
        ),
    ],
)
def test_periods_are_of_a_known_grammar_and_stay_as_published(period: str, kept: bool) -> None:
    def change(cube: dict[str, Any]) -> None:
        cube["dimension"]["time"]["category"] = {"index": {"2024": 0, period: 1}}

    decoded = read(changed(change))
    found = {cell.time_period for cell in decoded.records if isinstance(cell, Observation)}
    assert found == ({"2024", period} if kept else {"2024"})
    assert {reject.reason for reject in decoded.rejects} == (set() if kept else {"bad_code"})
    assert all(reject.detail.isprintable() for reject in decoded.rejects)


@pytest.mark.parametrize("code", ["LU\n", "", "LU\u2028", "x" * 81, "\ud800"])
def test_a_code_that_is_none_costs_its_cells_alone(code: str) -> None:
    def change(cube: dict[str, Any]) -> None:
        codes = cube["dimension"]["geo"]["category"]["index"]
        cube["dimension"]["geo"]["category"] = {"index": [code if name == "LU" else name for name in codes]}

    decoded = read(changed(change))
    assert {cell.dimensions["geo"] for cell in decoded.records if isinstance(cell, Observation)} == {"EU27_2020", "BE"}
    assert {reject.reason for reject in decoded.rejects} == {"bad_code"}


def test_nace_revisions_are_told_apart_by_the_dimension() -> None:
    def renamed(cube: dict[str, Any]) -> None:
        cube["id"][2] = "nace_r2_1"
        cube["dimension"]["nace_r2_1"] = cube["dimension"].pop("nace_r2")

    assert {cell.nace_version for cell in cells(read(changed(renamed))).values()} == {"2.1"}
    assert {cell.nace_version for cell in cells(read((FIXTURES / "cube.json").read_bytes())).values()} == {"2"}


def test_a_source_says_unit_and_population_where_the_dataset_does_not() -> None:
    def vacancies(cube: dict[str, Any]) -> None:
        cube["id"][3] = "indic_em"
        cube["dimension"].pop("unit")
        cube["dimension"]["indic_em"] = {"category": {"index": ["JVR"], "label": {"JVR": "Job vacancy rate"}}}

    params = {"units": {"indic_em": {"JVR": "PC", "JOBVAC": "NR"}}, "population": "Vacant posts"}
    context = replace(CONTEXT, params=params)
    decoded = decode("jsonstat", changed(vacancies), context)
    assert {(cell.unit, cell.universe.partition(";")[0]) for cell in cells(decoded).values()} == {
        ("PC", "Vacant posts")
    }
    alone = read(changed(vacancies))
    assert {cell.unit for cell in cells(alone).values()} == {""}
    assert alone.notes == ["no unit is given for a series (6 times)"]


def test_an_empty_answer_is_no_answer() -> None:
    for change in (
        lambda c: c.update(value={}, status={}),
        lambda c: (
            c.update(value={}, status={}, size=[1, 2, 1, 1, 0, 2]),
            c["dimension"]["geo"].update(category={"index": {}}),
        ),
    ):
        with pytest.raises(UnreadableError) as error:
            read(changed(change))
        assert error.value.reason == "no_data"


def test_size_without_dimensions_of_one_category_is_read_by_the_dimensions() -> None:
    decoded = read(changed(lambda cube: cube.update(size=[2, 3, 2])))
    assert len(decoded.records) == 10
    assert decoded.notes == ["size does not count all dimensions of one category: read by the dimensions"]


def test_periods_may_stand_in_the_names_of_codes() -> None:
    def coded(cube: dict[str, Any]) -> None:
        labels = {"CI_0000001": "2024", "CI_0000002": "2025"}
        cube["dimension"]["time"]["category"] = {"index": list(labels), "label": labels}

    assert {cell.time_period for cell in cells(read(changed(coded))).values()} == {"2024", "2025"}


def bundle(*cubes: tuple[str, Callable[[dict[str, Any]], Any]], extra: dict[str, Any] | None = None) -> dict[str, Any]:
    return {name: json.loads(changed(change)) for name, change in cubes} | (extra or {})


def test_a_bundle_gives_all_datasets_and_a_bad_one_costs_no_other() -> None:
    def coded(code: str) -> Callable[[dict[str, Any]], Any]:
        return lambda cube: cube["extension"].update(id=code)

    body = bundle(("one", coded("ONE")), ("bad", lambda cube: cube.update(size=[9])), ("two", coded("TWO")))
    decoded = read(json.dumps(body).encode())
    assert {cell.dataset_id for cell in decoded.records if isinstance(cell, Observation)} == {"one", "two"}
    assert len(decoded.records) == 20
    assert [(reject.locator, reject.reason) for reject in decoded.rejects] == [('$["bad"]', "size_mismatch")]
    assert decoded.records[10].locator == '$["two"].value["0"]'
    twice = read(json.dumps(bundle(("one", coded("ONE")), ("again", coded("ONE")))).encode())
    assert len(twice.records) == 10
    assert {reject.reason for reject in twice.rejects} == {"duplicate_cell"}


def test_datasets_within_a_collection_are_read_and_links_are_not() -> None:
    inner = bundle(("x", lambda cube: None))["x"]
    link = {"class": "dataset", "href": "https://publisher.example/one.json"}
    nested = {"class": "collection", "link": {"item": [link, {"class": "collection", "link": {"item": [inner]}}]}}
    decoded = read(json.dumps(nested).encode())
    assert len(decoded.records) == 10
    assert decoded.records[0].locator == '$.link.item[1].link.item[0].value["0"]'
    with pytest.raises(UnreadableError, match=r"^not_a_dataset: a JSON-stat collection of 1 links"):
        read(json.dumps({"class": "collection", "link": {"item": [link]}}).encode())


def test_the_recorded_census_table_is_read_by_its_names() -> None:
    decoded = read(shared_path("recordings/stats/jsonstat/QS104EW.json").read_bytes())
    found = {cell.dimension_labels["CL_0000035"]: (cell.time_period, cell.value) for cell in cells(decoded).values()}
    assert found == {
        "All categories: Sex": ("2011", 56075912.0),
        "Males": ("2011", 27573376.0),
        "Females": ("2011", 28502536.0),
    }


def nordic(**changes: Any) -> bytes:
    """A cube as PxWeb services of Nordic offices give it, of invented figures."""
    cube = {
        "class": "dataset",
        "version": "2.0",
        "updated": "2026-01-05T07:00:00Z",
        "id": ["Alder", "Tid"],
        "size": [2, 2],
        "role": {"time": ["Tid"]},
        "dimension": {
            "Alder": {"category": {"index": ["0-4", "65+"], "label": {"65+": "65 or older"}}},
            "Tid": {"category": {"index": {"2025K2": 0, "2025U40": 1}}},
        },
        "value": ["1.5", None, None, 4],
        "status": {"1": "..", "2": "."},
    }
    return orjson.dumps(cube | changes)


def test_codes_periods_marks_and_numbers_of_nordic_offices_are_read() -> None:
    found = read(nordic(extension={"px": {"tableid": "01234"}}))
    assert not found.rejects
    assert [
        (cell.series_key, cell.dimensions["Alder"], cell.time_period, cell.value, cell.obs_status, cell.flags_published)
        for cell in found.records
        if isinstance(cell, Observation)
    ] == [
        ("0-4", "0-4", "2025K2", 1.5, "", ""),
        ("0-4", "0-4", "2025U40", None, "O", ".."),
        ("65%2B", "65+", "2025K2", None, "O", "."),
        ("65%2B", "65+", "2025U40", 4.0, "", ""),
    ]
    assert len({cell.record_id for cell in found.records}) == 4


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"extension": {"px": {"tableid": "07129"}}}, "07129"),
        ({"extension": {"matrix": "EIA50"}}, "eia50"),
        ({"href": "https://office.example/v0/en/table/07129/"}, "07129"),
        ({"href": "https://[office/table/x"}, "answer"),
        ({"href": "https://office.example/ReadDataset/EIA50/JSON-stat/2.0/en"}, "eia50"),
    ],
)
def test_a_dataset_is_named_wherever_its_office_names_it(said: dict[str, Any], name: str) -> None:
    found = decode("jsonstat", nordic(**said), replace(CONTEXT, url="https://office.example/answer.json"))
    assert {cell.dataset_id for cell in found.records if isinstance(cell, Observation)} == {name}


def test_names_of_codes_and_the_day_of_publication_are_no_revision() -> None:
    first, later = (cells(read(nordic(updated=day))) for day in ("2026-01-05", "2026-02-05"))
    assert [cell.content_sha256 for cell in first.values()] == [cell.content_sha256 for cell in later.values()]
    worded = orjson.loads(nordic())["dimension"] | {"Alder": {"category": {"index": ["0-4", "65+"]}}}
    other = cells(read(nordic(dimension=worded)))
    assert [cell.content_sha256 for cell in first.values()] == [cell.content_sha256 for cell in other.values()]
