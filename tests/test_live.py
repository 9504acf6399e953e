"""The live path on real payloads: recorded answers of two publishers, served on loopback under their own paths."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers.archive import Archive
from tests.conftest import observatory
from tests.live import EUROSTAT_PATH, OWN_QUERY, Site, registry_entry, site
from tests.shared import shared_path

pytestmark = pytest.mark.endurance

EUROSTAT = "recordings/stats/eurostat/isoc_eb_ai_E_AI_TTM_2024_2025.json"
BOARDS = {
    "/v1/boards/amplitude/jobs": "recordings/jobs/greenhouse/greenhouse.json",
    "/v1/boards/stripe/jobs": "recordings/jobs/greenhouse/greenhouse_small.json",
    "/v1/boards/departments/departments": "recordings/jobs/greenhouse/gh_departments.json",
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """Everything recorded is served; one live run is done."""
    entries = (
        registry_entry(
            "eurostat_isoc_eb_ai",
            delay_seconds=0,
            min_items=1,
            watch=OWN_QUERY,
        ),
        registry_entry(
            "greenhouse_boards",
            delay_seconds=0,
            min_items=1,
            params={
                "boards": [
                    {"board": "amplitude", "employer": "Amplitude", "evidence": "recorded"},
                    {"board": "stripe", "employer": "Stripe", "evidence": "recorded"},
                    {"board": "departments", "employer": "Recorded", "endpoint": "departments", "evidence": "recorded"},
                ]
            },
        ),
    )
    with site(tmp_path_factory.mktemp("sources"), *entries) as running:
        running.publisher.serve(EUROSTAT_PATH, shared_path(EUROSTAT).read_bytes())
        for path, file in BOARDS.items():
            running.publisher.serve(path, shared_path(file).read_bytes())
        root = tmp_path_factory.mktemp("live") / "data"
        result = observatory(root, "run", **running.environment)
        # The recorded answer of one board was trimmed to 2 of its 37 ads: a real publisher's would be whole, and a part
        # must be told as a part. Everything else is read, and published all the same.
        assert result.returncode == 1, result.stdout + result.stderr
        assert [line for line in result.stdout.splitlines() if line.startswith("!")] == [
            line for line in result.stdout.splitlines() if "2 of 37" in line
        ]
        assert "Published release" in result.stdout
        yield running, root


def rows(root: Path, sql: str) -> list[dict[str, str]]:
    result = observatory(root, "query", sql, "--format", "csv")
    assert result.returncode == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_every_recorded_cell_and_posting_is_a_record(recorded: tuple[Site, Path]) -> None:
    _, root = recorded
    answer = json.loads(shared_path(EUROSTAT).read_text(encoding="utf-8"))
    cells = set(answer["value"]) | set(answer["status"])
    observations = rows(
        root,
        "select value, obs_status, dimensions['geo'] as geo, dimensions['size_emp'] as size, "
        "time_period from observation",
    )
    assert len(observations) == len(cells)
    spot = {(o["geo"], o["size"], o["time_period"]): o["value"] for o in observations}
    assert float(spot["LU", "10-49", "2024"]) == 15.75
    assert float(spot["LU", "10-49", "2025"]) == 22.98
    assert sum(1 for o in observations if o["value"] == "") == len(answer["status"])
    source = {r["source_id"]: r for r in rows(root, "select source_id, records, is_sample from source")}
    assert source["greenhouse_boards"]["records"] == "139", "2 of amplitude, 6 of stripe, 131 under departments"
    assert source["eurostat_isoc_eb_ai"]["is_sample"].lower() == "false"


def test_a_second_run_costs_one_conditional_request_an_address_and_changes_nothing(recorded: tuple[Site, Path]) -> None:
    running, root = recorded
    before = {path: path.read_bytes() for path in (root / "records").rglob("*.parquet")}
    release = (root / "releases" / "current.json").read_bytes()
    running.publisher.requests.clear()
    result = observatory(root, "run", **running.environment)
    assert "Nothing new" in result.stdout, result.stdout + result.stderr
    for path in (EUROSTAT_PATH, *BOARDS):
        assert running.publisher.asked(path) == [304], path
    assert (root / "releases" / "current.json").read_bytes() == release
    assert {path: path.read_bytes() for path in before} == before


def test_a_changed_cell_is_exactly_what_the_releases_differ_in(recorded: tuple[Site, Path]) -> None:
    running, root = recorded
    answer = json.loads(shared_path(EUROSTAT).read_text(encoding="utf-8"))
    before = current(root)
    assert answer["value"]["250"] == 15.75
    answer["value"]["250"] = 16.5
    running.publisher.serve(EUROSTAT_PATH, json.dumps(answer).encode())
    observatory(root, "run", **running.environment)
    after = current(root)
    assert after != before
    printed = observatory(root, "release", "diff", before, after, "--format", "json")
    cells = json.loads(printed.stdout)
    assert [(c["indicator_code"], c["geo"], c["period"], c["value_old"], c["value_new"]) for c in cells] == [
        ("A1", "LU", "2024", 15.75, 16.5)
    ]
    vintages = rows(
        root,
        "select value from observation where dimensions['geo'] = 'LU' and time_period = '2024' "
        "and dimensions['size_emp'] = '10-49' order by known_from",
    )
    assert [float(v["value"]) for v in vintages] == [15.75, 16.5]
    revisions = rows(root, "select old_value, new_value from revision")
    assert [(float(r["old_value"]), float(r["new_value"])) for r in revisions] == [(15.75, 16.5)]


def test_a_live_value_is_proven_down_to_the_answer(recorded: tuple[Site, Path]) -> None:
    _, root = recorded
    result = observatory(
        root, "trace", "A1", "--period", "2025", "--dim", "indic_is=E_AI_TTM", "--dim", "size_emp=10-49"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "verified" in result.stdout
    assert "reconstructed" not in result.stdout


def test_nothing_of_a_person_is_in_records(recorded: tuple[Site, Path]) -> None:
    _, root = recorded
    assert Archive(root / "archive").crawls(), "the crawl is archived"
    import duckdb

    found = duckdb.sql(
        f"select text from read_parquet('{root}/records/job_posting/**/*.parquet') "  # test data root
        "where regexp_matches(text, '[\\w.]+@[\\w-]+\\.[a-z]{2,}')"
    ).fetchall()
    assert found == []


def current(root: Path) -> str:
    return str(json.loads((root / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"])


def test_source_check_says_what_changed_and_what_is_allowed(recorded: tuple[Site, Path]) -> None:
    running, root = recorded
    result = observatory(root, "source", "check", "eurostat_isoc_eb_ai", **running.environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "documented_api" in result.stdout
    assert "1 x 304" in result.stdout
    assert "upstream unchanged" in result.stdout
