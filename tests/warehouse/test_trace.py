"""Tracing a value down to captures, with a stand-in for the archive's proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.make_release import World, sha
from warehouse.connection import opened
from warehouse.release import Release
from warehouse.trace import Trace, TracedCapture, TraceError, quarters, trace


@dataclass
class Proof:
    """What the archive answers about a capture."""

    capture_id: str
    verified: bool = True
    problem: str | None = None
    url: str = "https://boards.example/jobs"
    retrieved_at: datetime = datetime(2025, 1, 6, 3, tzinfo=UTC)
    source_id: str = "greenhouse_sample"
    crawl_id: str = "c"
    warc: str = "greenhouse_sample/c.warc.gz"
    offset: int = 10
    length: int = 20
    is_reconstructed: bool = True
    reconstructed_from: str | None = "the sample"


def test_every_published_value_can_be_traced(world: World, release: Release) -> None:
    with opened(release.public_file, read_only=True) as connection:
        cells = connection.execute(
            "select indicator_code, geo, period, dimensions from indicator_value order by all"
        ).fetchall()
    for code, geo, period, dimensions in cells[::3]:
        found = trace(world.releases, code, geo, period, dimensions, prove=Proof)
        assert found.verified, (code, geo, period, dimensions, found.problems)
        assert found.models
        assert found.captures > 0


def test_a_record_is_shown_with_its_place_in_the_capture(world: World, release: Release) -> None:
    found = trace(world.releases, "A1", period="2024", prove=Proof)
    assert [record.locator for record in found.records] == ["cell GE10 LU 2024"]
    assert any(line.endswith(" at cell GE10 LU 2024") for line in found.lines())
    openings = trace(world.releases, "T1", prove=Proof).records
    assert openings
    assert all(record.locator.startswith("$.jobs[") for record in openings), "postings are in the restricted part"


def test_the_chain_of_the_headline(world: World, release: Release) -> None:
    found = trace(world.releases, "T1", prove=Proof)
    assert found.value["period"] == "2025-Q4"
    assert found.counts == {"denominator": found.value["n"], "numerator": found.value["k"]}
    assert any("share_counts" not in model.sql and "core_opening" in model.sql for model in found.models)
    lines = found.lines()
    assert lines[-1] == "└─ verified"
    assert any("reconstructed by the project" in line and "the sample" in line for line in lines)
    assert len(found.lines(sql=True)) > len(lines) + 100
    as_json = json.loads(json.dumps(found.to_dict(), default=str))
    assert as_json["verified"] is True
    assert as_json["proven"][0]["warc"].endswith(".warc.gz")


def test_a_window_is_the_union_of_its_quarters(world: World, release: Release) -> None:
    year = trace(world.releases, "T1", period="2025-Q4", dimensions={"window": "4q"}, prove=Proof)
    single = [trace(world.releases, "T1", period=f"2025-Q{part}", prove=Proof).counts for part in (1, 2, 3, 4)]
    assert year.counts["denominator"] == sum(counts["denominator"] for counts in single)
    assert quarters("2025-Q1", 4) == ["2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1"]
    assert quarters("2025", 4) == ["2025"]


def test_an_official_cell_stands_on_the_capture_that_last_changed_it(world: World, release: Release) -> None:
    unchanged = trace(world.releases, "A1", "EU27_2020", "2021", prove=Proof)
    revised = trace(world.releases, "A1", "EU27_2020", "2023", prove=Proof)
    assert [capture.capture_id for capture in unchanged.proven] == [sha("eurostat_isoc_eb_ai 2025-02-01")]
    assert [capture.capture_id for capture in revised.proven] == [sha("eurostat_isoc_eb_ai 2025-12-20")]


def test_a_damaged_capture_is_named(world: World, release: Release) -> None:
    victim = trace(world.releases, "T1", prove=Proof).proven[7].capture_id

    def prove(capture_id: str) -> Proof:
        return Proof(capture_id, capture_id != victim, "hash differs" if capture_id == victim else None)

    found = trace(world.releases, "T1", prove=prove)
    assert not found.verified
    assert found.lines()[-1] == "└─ NOT verified"
    assert len(found.problems) == 1
    assert victim in found.problems[0]
    assert "hash differs" in found.problems[0]


def test_a_proof_that_raises_or_is_missing_is_a_finding(world: World, release: Release) -> None:
    def raises(capture_id: str) -> Proof:
        raise OSError("disk gone")

    assert "disk gone" in trace(world.releases, "A1", prove=raises).problems[0]
    assert "does not hold it" in trace(world.releases, "A1", prove=lambda _: None).problems[0]


def test_beyond_the_limit_the_trace_says_how_many_were_proven(world: World, release: Release) -> None:
    found = trace(world.releases, "T1", prove=Proof, at_most=20)
    assert len(found.proven) <= 20 < found.captures
    assert any(f"{found.captures} distinct, {len(found.proven)} read" in line for line in found.lines())


def test_a_changed_release_file_is_noticed(releases: Path, release: Release) -> None:
    file = releases / release.release_id / "restricted.duckdb"
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    found = trace(releases, "A1", prove=Proof)
    assert found.problems == ["release file restricted.duckdb does not match its manifest"]


def test_without_the_restricted_part_only_official_values_are_traced(releases: Path, release: Release) -> None:
    (releases / release.release_id / "restricted.duckdb").unlink()
    assert trace(releases, "A1", prove=Proof).verified
    found = trace(releases, "T1", prove=Proof)
    assert not found.verified
    assert found.problems == ["the records behind this value are listed in restricted.duckdb, which is not there"]
    assert found.records == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Z9",), "there are A1"),
        (("T1c",), "planned.*audit sample"),
        (("T1", "DE"), "it has LU"),
        (("T1", "LU", "2031"), "no period 2031; it has 2024-Q4"),
        (("T1", "LU", None, {"colour": "red"}), "no cell for colour=red"),
    ],
)
def test_what_is_not_there_is_said(world: World, release: Release, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(TraceError, match=said):
        trace(world.releases, *arguments, prove=Proof)  # type: ignore[arg-type]


def with_months(releases: Path, release: Release) -> None:
    """Months of N1 planted into a copied release: a zero among three announcements, four, unfinished, unwatched."""
    folder = releases / release.release_id
    for file in (folder / release.public_file.name, folder / release.restricted_file.name):
        file.chmod(0o644)
    with opened(folder / release.public_file.name, read_only=False) as connection:
        for period, dimensions, value, flags, because in (
            ("2026-05", "map{}", 0, None, None),
            ("2026-05", "map{'base': 'all'}", 3, None, None),
            ("2026-06", "map{}", 0, None, None),
            ("2026-07", "map{}", 4, "p", None),
            ("2026-08", "map{}", None, None, "not_watched"),
        ):
            connection.execute(
                f"insert into indicator_value by name select 'N1' as indicator_code, 'LU' as geo, ? as period, "
                f"{dimensions} as dimensions, ? as value, ? as k, 'announcements' as unit, "
                "'poisson_exact' as estimator, ? as flags, ? as suppressed_because, now() as known_from, "
                "? as release_id, true as is_sample",
                [period, value, value, flags, because, release.release_id],
            )
    with opened(folder / release.restricted_file.name, read_only=False) as connection:
        for number in range(3):
            connection.execute(
                "insert into lineage by name select 'N1' as indicator_code, 'LU' as geo, '2026-05' as period, "
                "map{'base': 'all'} as dimensions, 'numerator' as role, ? as record_id, ? as capture_id, "
                "'announcements_sample' as source_id",
                [f"announcements_sample:{number}", sha(f"feed {number % 2}")],
            )


def test_without_a_period_the_newest_settled_value_is_traced(
    releases: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_months(releases, release)
    monkeypatch.setattr("warehouse.trace._release_problems", lambda _: [])
    assert trace(releases, "N1", prove=Proof).value["period"] == "2026-06"  # neither unfinished nor withheld


def test_a_zero_is_proven_by_what_was_read_for_it(
    releases: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_months(releases, release)
    monkeypatch.setattr("warehouse.trace._release_problems", lambda _: [])
    found = trace(releases, "N1", period="2026-05", prove=Proof)
    assert found.verified
    assert (found.read, found.captures, found.counts) == (3, 2, {})
    assert any("none stands behind this zero; 3 were read" in line for line in found.lines())
    damaged = trace(releases, "N1", period="2026-05", prove=lambda name: Proof(name, False, "hash differs"))
    assert not damaged.verified
    assert len(damaged.problems) == 2
    # A month without any announcement: the indicator's other readings are what is left to prove.
    assert trace(releases, "N1", period="2026-06", prove=Proof).captures == 2


def test_a_withheld_value_says_why_and_is_no_failure(
    releases: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_months(releases, release)
    monkeypatch.setattr("warehouse.trace._release_problems", lambda _: [])
    found = trace(releases, "N1", period="2026-08", prove=Proof)
    assert found.verified
    assert found.lines()[-1] == "└─ withheld (not_watched): there is no number to prove"


def test_what_can_be_traced_is_named_ready_to_run(
    releases: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_months(releases, release)
    with pytest.raises(TraceError, match=r"observatory trace N1 --geo LU --period 2026-06$"):
        trace(releases, "N1", dimensions={"colour": "red"}, prove=Proof)


def test_a_list_of_our_own_is_called_that_and_no_sample() -> None:
    empty = dict.fromkeys(("n", "low", "suppressed_because"))
    cell = {"dimensions": {}, "geo": "LU", "period": "2026", "value": 1.0, "k": 1, "flags": "", "unit": "EUR", **empty}
    cell["known_from"] = "2026-11-22"
    what = {"code": "X1", "name_en": "X", "formula": "x", "numerator": "x", "denominator": None}
    own = TracedCapture("a" * 64, True, reviewed_on="2026-11-22")
    lines = Trace("r", what, cell, [], {}, [], 1, [own]).lines()
    said = "├─ own list   the project's own reviewed list, not given by a server; reviewed on 2026-11-22"
    assert said in lines
    assert not any("sample" in line for line in lines)
    assert lines[-1] == "└─ verified"
