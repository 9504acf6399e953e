"""Releases: immutable, checksummed, compared cell by cell, safe through a crash."""

from __future__ import annotations

import json
import random
import shutil
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.make_release import PUBLISHED_AT, World, whole_world
from warehouse import manifest
from warehouse import release as releasing
from warehouse.connection import in_memory, opened
from warehouse.digest import table_digest
from warehouse.release import Release, ReleaseError, current_id, diff, find, list_releases, rollback, show, verify

LATER = PUBLISHED_AT + timedelta(days=1)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> tuple[World, Release, Release]:
    """The same world built elsewhere from shuffled rows and released; then a release with three other cells."""
    world = whole_world(tmp_path_factory.mktemp("second"), dbt_target)
    random.Random(5).shuffle(world.records)
    world.build()
    first = world.publish()
    with opened(world.warehouse_file) as connection:
        cell = "indicator_code = 'A1' and geo = 'LU' and period = '2025' and cardinality(dimensions) = 0"
        connection.execute(f"update marts.indicator_value set value = 27.5 where {cell}")
        connection.execute(
            "insert into marts.indicator_value select * replace ('FR' as geo, 15.0 as value) "
            f"from marts.indicator_value where {cell}"
        )
        connection.execute(
            "delete from marts.indicator_value where indicator_code = 'A1' and geo = 'DE' and period = '2021' "
            "and dimensions = map {'indic_is': 'E_AI_TTM'}"
        )
        # Known a little later and added in another order, but the same: no change.
        connection.execute(
            "update marts.indicator_value set value = value * (1 + 1e-15), known_from = known_from + interval 1 day "
            "where indicator_code = 'T1'"
        )
    changed = world.publish(LATER)
    assert first is not None
    assert changed is not None
    return world, first, changed


def test_a_release_holds_the_tables_of_the_contract(release: Release) -> None:
    expected = {
        "indicator_value",
        "indicator",
        "source",
        "board",
        "remark",
        "revision",
        "observation",
        "project",
        "announcement",
        "tender",
        "funding_call",
        "legal_step",
        "course",
        "organisation",
        "definition",
        "definition_agreement",
        "actor",
        "initiative",
        "recommendation",
        "funding_claim",
        "funding_event",
        "definition_count",
        "concept",
        "lineage",
        "quarantine",
        "release",
        "code_label",
        "model_sql",
    }
    with opened(release.public_file, read_only=True) as connection:
        tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        assert tables == expected
        undescribed = connection.execute(
            "select column_name from duckdb_columns() where comment is null and not internal"
        )
        assert undescribed.fetchall() == []
        ids = connection.execute("select distinct release_id from indicator_value").fetchall()
    assert ids == [(release.release_id,)]
    assert {path.stem for path in (release.path / "parquet").iterdir()} == expected - {"model_sql"}
    assert release.is_current
    assert release.is_sample
    assert show(release.path.parent).tables["indicator_value"] > 100


def test_the_public_part_holds_no_text_employer_or_posting_id(world: World, release: Release) -> None:
    public = release.public_file.read_bytes() + b"".join(
        path.read_bytes() for path in (release.path / "parquet").iterdir()
    )
    with opened(release.restricted_file, read_only=True) as connection:
        secrets = connection.execute("select distinct employer, record_id, left(text, 30) from posting").fetchall()
        assert connection.execute("select count(*) from evidence").fetchone() != (0,)
    assert len(secrets) > 900
    assert not [word for row in secrets for word in row if word.encode() in public]
    with opened(release.public_file, read_only=True) as connection:
        # Compressed blocks hide strings from the scan above: ask the tables as well.
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            text = str(connection.execute(f"select * from {table}").fetchall())
            assert "Employer board" not in text, table
            assert "greenhouse_sample:board" not in text, table


def test_publishing_the_same_again_publishes_nothing(world: World, release: Release) -> None:
    assert world.publish(LATER) is None
    assert [item.release_id for item in list_releases(world.releases)] == [release.release_id]


def test_counters_and_times_of_sources_are_no_reason_for_a_release_and_their_terms_are(
    world: World, release: Release, tmp_path: Path
) -> None:
    file, releases = tmp_path / "warehouse" / "observatory.duckdb", tmp_path / "releases"
    file.parent.mkdir()
    shutil.copy(world.warehouse_file, file)
    shutil.copytree(world.releases, releases)

    def publish_after(change: str) -> Release | None:
        with opened(file) as connection:
            connection.execute(change)
        versions = {"code_version": "c", "model_version": "m", "taxonomy_version": "t"}
        return releasing.publish(file, releases, **versions, inputs={}, now=LATER)

    looked_again = "last_checked_at = now(), last_changed_at = now(), records = records + 1, rejects = rejects + 1"
    assert publish_after(f"update marts.mart_source set {looked_again}") is None
    assert publish_after("update marts.mart_quarantine set n = n + 1") is None
    quarantine = "marts.mart_quarantine"
    assert publish_after(f"insert into {quarantine} select * replace ('x' as reason) from {quarantine}") is None
    assert publish_after("update marts.mart_source set licence_name = 'other'") is not None


def test_files_are_read_only(release: Release) -> None:
    modes = [path.stat().st_mode for path in release.path.rglob("*") if path.is_file()]
    assert modes
    assert not any(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) for mode in modes)


def test_equal_records_give_equal_digests_whatever_their_order(
    release: Release, second: tuple[World, Release, Release]
) -> None:
    assert second[1].content_digest == release.content_digest
    tables = {table["name"]: table["digest"] for table in release.manifest["tables"] if table["counts"]}
    again = {table["name"]: table["digest"] for table in second[1].manifest["tables"] if table["counts"]}
    assert again == tables


def test_diff_names_exactly_the_changed_cells(second: tuple[World, Release, Release]) -> None:
    world, first, changed = second
    cells = diff(world.releases, first.release_id, changed.release_id)
    found = [
        tuple(row) for row in cells[["change", "geo", "period", "dimensions", "value_old", "value_new"]].to_numpy()
    ]
    assert [row[:4] for row in found] == [
        ("removed", "DE", "2021", "{indic_is=E_AI_TTM}"),
        ("added", "FR", "2025", "{}"),
        ("changed", "LU", "2025", "{}"),
    ]
    assert found[2][4:] == (26.5, 27.5)
    assert diff(world.releases, first.release_id, first.release_id).empty


def test_verify_is_silent_about_a_whole_release(world: World, release: Release) -> None:
    assert verify(world.releases) == []


@pytest.mark.parametrize(
    "name", ["observatory.duckdb", "restricted.duckdb", "parquet/lineage.parquet", "manifest.json"]
)
def test_one_flipped_byte_is_named(releases: Path, release: Release, name: str) -> None:
    file = releases / release.release_id / name
    file.chmod(0o644)
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    assert any(name in problem for problem in verify(releases, release.release_id))


def test_missing_and_added_files_are_named(releases: Path, release: Release) -> None:
    folder = releases / release.release_id
    (folder / "parquet" / "source.parquet").unlink()
    (folder / "notes.txt").write_text("hello", encoding="utf-8")
    problems = verify(releases)
    assert "parquet/source.parquet: missing" in problems
    assert "notes.txt: not in the manifest" in problems


def test_a_changed_cell_with_a_mended_manifest_is_still_found(releases: Path, release: Release) -> None:
    folder = releases / release.release_id
    for name in ("observatory.duckdb", "manifest.json", "manifest.sha256"):
        (folder / name).chmod(0o644)
    with duckdb.connect(str(folder / "observatory.duckdb")) as connection:
        connection.execute("update indicator_value set value = 99 where geo = 'LU' and period = '2025'")
    written = manifest.read(folder)
    written["files"]["observatory.duckdb"]["sha256"] = manifest.file_sha256(folder / "observatory.duckdb")
    (folder / "manifest.json").write_text(json.dumps(written), encoding="utf-8")
    (folder / "manifest.sha256").write_text(manifest.file_sha256(folder / "manifest.json"), encoding="ascii")
    assert verify(releases) == ["observatory.duckdb: table indicator_value: its content does not match the manifest"]


def test_rollback_moves_the_pointer_and_holds_the_faulty_one_back(second: tuple[World, Release, Release]) -> None:
    world, first, changed = second
    try:
        assert rollback(world.releases, first.release_id).is_current
        assert current_id(world.releases) == first.release_id
        assert world.publish(LATER + timedelta(days=1)) is None, "the same faulty content is not published again"
    finally:
        rollback(world.releases, changed.release_id)
    assert find(world.releases).release_id == changed.release_id


def test_rollback_refuses_a_damaged_or_unknown_release(releases: Path, release: Release) -> None:
    for wrong in ("20200101T000000Z-00000000", "../elsewhere", ""):
        with pytest.raises(ReleaseError, match="no release"):
            rollback(releases, wrong or "none")
    (releases / release.release_id / "restricted.duckdb").unlink()
    with pytest.raises(ReleaseError, match="damaged"):
        rollback(releases, release.release_id)


def crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("module", "function"),
    [(manifest, "_write_database"), (manifest, "_write_parquet"), (manifest, "sync_folder"), (releasing, "_point_to")],
)
def test_a_crash_while_publishing_leaves_the_current_release_and_the_next_run_publishes(
    world: World, releases: Path, release: Release, monkeypatch: pytest.MonkeyPatch, module: object, function: str
) -> None:
    def publish() -> Release | None:
        return releasing.publish(
            world.warehouse_file,
            releases,
            code_version="c",
            model_version="m",
            taxonomy_version="t",
            inputs={},
            now=LATER,
        )

    # As if the current release said something else.
    (releases / "current.json").write_text(json.dumps({"release_id": release.release_id, "content_digest": "old"}))
    real: Callable[..., object] = getattr(module, function)
    monkeypatch.setattr(module, function, crash)
    with pytest.raises(KeyboardInterrupt):
        publish()
    assert find(releases).release_id == release.release_id
    assert verify(releases) == []
    monkeypatch.setattr(module, function, real)
    done = publish()
    assert done is not None
    assert done.is_current
    assert verify(releases) == []
    assert len(list_releases(releases)) == 2
    assert not list(releases.glob(".partial*"))


def test_an_empty_root_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="observatory run"):
        find(tmp_path)
    with pytest.raises(ReleaseError, match="load, build and estimate"):
        releasing.publish(
            tmp_path / "w.duckdb",
            tmp_path / "releases",
            code_version="",
            model_version="",
            taxonomy_version="",
            inputs={},
        )


def test_a_digest_sees_values_not_their_order_or_noise() -> None:
    def digest(rows: str) -> str:
        with in_memory() as connection:
            return table_digest(connection, f"select * from (values {rows}) as t (a, b)")

    assert digest("('x', 0.1::double), ('y', 2.0)") == digest("('y', 2.0::double), ('x', 0.1)")
    assert digest("('x', (0.1::double + 0.2))") == digest("('x', 0.3::double)")
    assert digest("('x', 0.0::double)") == digest("('x', -0.0::double)")
    assert digest("('x', 0.3::double)") != digest("('x', 0.30000000001::double)")
    assert digest("(null, 1.0::double)") != digest("('', 1.0::double)")
    assert digest("('x', 1.0::double)") != digest("('x', 1.0::double), ('x', 1.0)")
