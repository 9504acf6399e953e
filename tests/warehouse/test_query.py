"""SQL from outside: answers questions about a release and reaches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.make_release import World
from warehouse.query import QueryError, query
from warehouse.release import Release


def test_a_select_answers(world: World, release: Release) -> None:
    found = query(world.releases, "select code from indicator where status = 'planned' order by code")
    assert list(found["code"]) == ["T1c", "T2", "T3"]
    same = query(world.releases, "select count(*) as n from indicator_value", release.release_id)
    assert same["n"].iloc[0] == release.tables["indicator_value"]


def test_times_are_utc(world: World, release: Release) -> None:
    found = query(world.releases, "select cast(max(known_from) as varchar) as t from indicator_value")["t"].iloc[0]
    assert found.endswith("+00")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{secret}')",
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "from query('select * from read_text(''{secret}'')')",
        "select * from glob('{folder}/*')",
        "select * from restricted.posting",
        "attach '{folder}/x.duckdb' as x",
        "copy indicator to '{folder}/out.csv'",
        "export database '{folder}'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "create table mine as select 1",
        "insert into indicator values (1)",
        "update indicator_value set value = 1",
        "drop table indicator",
        "select 1; drop table indicator",
        "call pragma_version()",
        "select * from secret_frame",
        "",
        "this is not sql",
    ],
)
def test_everything_else_is_refused(world: World, release: Release, tmp_path: Path, sql: str) -> None:
    secret_frame = {"a": [1]}
    secret = tmp_path / "secret.txt"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QueryError) as caught:
        query(world.releases, sql.format(secret=secret, folder=tmp_path))
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before
    assert secret_frame


def test_too_many_rows_and_too_much_time_are_refused(world: World, release: Release) -> None:
    with pytest.raises(QueryError, match="more than 10 rows"):
        query(world.releases, "select * from range(11)", limit=10)
    with pytest.raises(QueryError, match="not done after"):
        query(world.releases, "select count(*) from range(100000000000) as a, range(1000000) as b", timeout_s=0.3)
