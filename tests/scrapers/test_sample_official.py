"""The sample's official figures: no cell without a row of the facts file, Eurostat's layout, one true revision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import Observation
from scrapers.registry import source_by_id
from scrapers.sample import official
from scrapers.sample.crawls import crawl_id, write_official
from tests.shared import shared_path

RECORDED = "recordings/stats/eurostat/isoc_eb_ai_E_AI_TTM_2024_2025.json"


def _cells(answer: dict[str, Any]) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """(size, indicator, unit, geo, year) -> value and flag, read by the JSON-stat rules, not by our code."""
    codes = [sorted(d["category"]["index"], key=d["category"]["index"].get) for d in answer["dimension"].values()]
    found = {}
    for position in sorted(set(answer["value"]) | set(answer.get("status", {})), key=int):
        rest, key = int(position), []
        for size, names in zip(reversed(answer["size"]), reversed(codes), strict=True):
            rest, at = divmod(rest, size)
            key.insert(0, names[at])
        assert rest == 0
        _, size_emp, _, indic, unit, geo, year = key
        found[size_emp, indic, unit, geo, year] = (
            answer["value"].get(position),
            answer.get("status", {}).get(position, ""),
        )
    return found


@pytest.mark.parametrize("vintage", official.VINTAGES, ids=lambda v: v.released_on)
def test_each_cell_is_a_fact_and_each_fact_a_cell(vintage: official.Vintage) -> None:
    facts = {
        (f.size_emp, f.indic_is, f.unit, f.geo, f.time_period): (f.value, f.flag)
        for f in official.load_facts()
        if f.vintage == vintage.released_on and not f.left_out_because
    }
    assert facts
    assert _cells(json.loads(official.answer(official.load_facts(), vintage))) == facts


def test_facts_name_their_source() -> None:
    for fact in official.load_facts():
        assert fact.source_url.startswith("https://")
        assert fact.locator
        assert fact.confidence in ("high", "medium")
        assert any(name in fact.source for name in ("Eurostat", "STATEC"))
        assert (fact.value is None) is (fact.flag == "|C")
        assert fact.vintage in {vintage.released_on for vintage in official.VINTAGES}


def test_facts_agree_with_the_collected_evidence() -> None:
    import csv

    with shared_path("facts/adoption_indicators.csv").open(encoding="utf-8", newline="") as file:
        collected = {
            (row["indicator_code"], row["geo"], row["breakdown_code"], row["time_period"], float(row["value"]))
            for row in csv.DictReader(file)
            if row["unit"] == "PC_ENT"
            and row["breakdown_dim"] == "size_emp"
            and row["indicator_code"].startswith("E_AI")
        }
    mine = {
        (f.indic_is, f.geo, f.size_emp, f.time_period, f.value) for f in official.load_facts() if f.value is not None
    }
    assert collected <= mine


def test_facts_of_june_2026_agree_with_the_recorded_answer() -> None:
    recorded = _cells(
        json.loads(shared_path("recordings/stats/eurostat/isoc_eb_ai_E_AI_TTM_2024_2025.json").read_bytes())
    )
    laid_out = _cells(json.loads(official.answer(official.load_facts(), official.VINTAGES[-1])))
    assert {key: recorded.get(key) for key in laid_out} == laid_out


def test_layout_is_the_publishers() -> None:
    recorded = json.loads(shared_path(RECORDED).read_bytes())
    laid_out = json.loads(official.answer(official.load_facts(), official.VINTAGES[-1]))
    assert list(laid_out) == list(recorded)
    assert laid_out["id"] == recorded["id"]
    for name in ("size_emp", "nace_r2", "freq", "unit", "time"):
        assert laid_out["dimension"][name] == recorded["dimension"][name]
    assert laid_out["updated"] == recorded["updated"]
    assert set(laid_out["extension"]) <= set(recorded["extension"])


def test_replay_finds_the_vintages_and_one_revision(tmp_path: Path) -> None:
    def name(moment: Any, source_id: str) -> str:
        return crawl_id(moment, 1, 7, source_id)

    assert len(write_official(tmp_path, name)) == 3
    archive, source = Archive(tmp_path), source_by_id(official.SOURCE_ID)
    held = archive.latest("GET", official.requests()[0].url)
    assert held is not None
    assert held.is_reconstructed
    assert "Eurostat" in (held.reconstructed_from or "")
    values: dict[tuple[str, str], list[float | None]] = {}
    for crawl in archive.crawls(official.SOURCE_ID):
        decoded = decode_crawl(archive, source, crawl.crawl_id)
        assert not decoded.rejects
        for record in decoded.records:
            assert isinstance(record, Observation)
            assert record.published_at is not None
            assert record.published_at <= record.retrieved_at
            values.setdefault((record.series_key, record.time_period), []).append(record.value)
    revised = {key: seen for key, seen in values.items() if len(set(seen)) > 1}
    assert revised == {("A.GE10.C10-S951_X_K.E_AI_TANY.PC_ENT.EU27_2020", "2023"): [8.0, 8.1]}
