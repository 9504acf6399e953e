"""The product on its sample, end to end: what `make run` gives, a second run, rebuild, proof."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.conftest import observatory

pytestmark = pytest.mark.slow

VALUES = {"A1": [], "T1": [], "T5": ["--dim", "skill={skill}"], "T12": ["--dim", "language=FR"]}


def frame(root: Path, sql: str) -> pd.DataFrame:
    result = observatory(root, "query", sql, "--format", "json")
    assert result.returncode == 0, result.stderr
    return pd.DataFrame(json.loads(result.stdout))


def current(root: Path) -> str:
    return str(json.loads((root / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"])


def test_every_indicator_of_the_spine_has_values_marked_as_sample(sample_run: Path) -> None:
    found = frame(
        sample_run,
        "select indicator_code, count(*) as cells, count(value) as shown, bool_and(is_sample) as all_sample "
        "from indicator_value group by all order by all",
    ).set_index("indicator_code")
    assert set(found.index) >= set(VALUES)
    assert (found["shown"] > 0).all()
    assert found["all_sample"].all()


def test_every_share_of_ours_has_an_interval_and_every_gap_a_reason(sample_run: Path) -> None:
    broken = frame(
        sample_run,
        # A share of a register's own total is counted in full: there is nothing to estimate.
        "select * from indicator_value where (unit = 'share' and value is not null and (n is null or k is null "
        "or (estimator <> 'share_of_sum' and (low is null or high is null or not (low <= value and value <= high))))) "
        "or (value is null and suppressed_because is null and flags is null)",
    )
    assert broken.empty, broken.head()


def test_a_second_run_rewrites_nothing(sample_copy: Path) -> None:
    def states() -> dict[Path, tuple[int, int]]:
        folders = ("archive", "records", "classified", "warehouse", "releases", "state", "sample")
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size)
            for folder in folders
            for path in (sample_copy / folder).rglob("*")
            if path.is_file() and path.name not in {".lock", "dbt.log"}
        }

    before = states()
    result = observatory(sample_copy, "run")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing new" in result.stdout
    assert states() == before


def test_rebuild_gives_equal_content(sample_copy: Path) -> None:
    before = current(sample_copy)
    for folder in ("records", "classified", "warehouse"):
        shutil.rmtree(sample_copy / folder)
    result = observatory(sample_copy, "rebuild")
    assert result.returncode == 0, result.stdout + result.stderr
    # A release is made of whatever differs by content digest, so equal content is not published twice.
    assert current(sample_copy) == before
    assert "Nothing new" in result.stdout


@pytest.mark.parametrize("code", VALUES)
def test_trace_ends_in_verified_and_names_the_sample(code: str, sample_run: Path) -> None:
    result = observatory(sample_run, "trace", code, *dimensions(sample_run, code))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "verified" in result.stdout
    assert "reconstructed" in result.stdout


def dimensions(root: Path, code: str) -> list[str]:
    if code != "T5":
        return VALUES[code]
    skill = frame(
        root,
        "select dimensions['skill'] as skill from indicator_value where indicator_code = 'T5' and value is not null "
        "and cardinality(dimensions) = 1 order by period desc, value desc limit 1",
    )["skill"].iloc[0]
    return [part.format(skill=skill) for part in VALUES[code]]


def test_a_flipped_byte_is_named(sample_copy: Path) -> None:
    traced = json.loads(observatory(sample_copy, "trace", "A1", "--json").stdout)
    capture = next(find(traced, "warc"))
    path = sample_copy / "archive" / capture["warc"]
    path.chmod(0o644)
    damaged = bytearray(path.read_bytes())
    middle = capture["offset"] + capture["length"] // 2
    damaged[middle] ^= 0x40
    path.write_bytes(damaged)
    result = observatory(sample_copy, "trace", "A1")
    assert result.returncode == 1
    assert capture["capture_id"][:12] in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def find(tree: object, key: str):  # type: ignore[no-untyped-def]
    """Every dict in a tree that has a key."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree
        for value in tree.values():
            yield from find(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from find(value, key)


def test_the_mail_and_the_page_exist_in_two_languages(sample_run: Path) -> None:
    for language in ("en", "fr"):
        assert list((sample_run / "state" / "outbox").rglob(f"*{language}*.eml")), language
        assert list((sample_run / "state" / "outbox").rglob(f"*{language}*.html")), language


def test_no_contact_of_the_sample_reaches_records_or_releases(sample_run: Path) -> None:
    for pattern in ("records/job_posting/**/*.parquet", "records/quarantine/**/*.parquet"):
        relation = duckdb.read_parquet(str(sample_run / pattern))
        text_columns = [c for c, t in zip(relation.columns, relation.types, strict=True) if str(t) == "VARCHAR"]
        for column in text_columns:
            hits = relation.filter(f"regexp_matches({column}, '[A-Za-z0-9._-]+@[a-z-]+\\.[a-z]+')").limit(3).fetchall()
            assert hits == [], (pattern, column)


def test_headline_figures_outlive_a_later_answer_without_them(sample_run: Path) -> None:
    """The newest reconstructed answer holds other cells only: what it leaves out was not withdrawn."""
    shown = frame(
        sample_run,
        "select geo, period, value from indicator_value where indicator_code = 'A1' and cardinality(dimensions) = 0 "
        "and geo in ('LU', 'EU27_2020') order by all",
    )
    assert {("EU27_2020", "2023", 8.1), ("EU27_2020", "2025", 19.95), ("LU", "2024", 24.0)} <= set(
        shown.itertuples(index=False, name=None)
    )
    revisions = frame(sample_run, "select time_period, old_value, new_value from revision")
    assert list(revisions.itertuples(index=False, name=None)) == [("2023", 8.0, 8.1)]
