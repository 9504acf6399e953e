"""The dbt project as a project: parses, names what failed, and one writer at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from warehouse.build import PROJECT_DIR, BuildError, dbt_build
from warehouse.connection import opened
from warehouse.lock import WarehouseBusyError, writer


def test_a_build_without_loaded_tables_is_one_line_naming_models(tmp_path: Path, dbt_target: Path) -> None:
    with pytest.raises(BuildError, match="stg_observation") as caught:
        dbt_build(tmp_path / "empty" / "observatory.duckdb", dbt_target)
    assert "\n" not in str(caught.value)


def test_dbt_leaves_nothing_in_the_package(world: object) -> None:
    left = {path.name for path in PROJECT_DIR.iterdir()} & {"target", "logs", "dbt_packages", ".user.yml"}
    assert not left


def test_all_unit_tests_of_models_ran(world: object, dbt_target: Path) -> None:
    manifest = json.loads((dbt_target / "manifest.json").read_text(encoding="utf-8"))
    tested = {item["model"] for item in manifest["unit_tests"].values()}
    assert {
        "core_posting",
        "core_posting_duplicate",
        "core_observation_vintage",
        "core_board_crawl",
        "core_catalogue_entry",
        "core_story_member",
        "core_work",
        "core_work_institution",
        "core_work_member",
        "core_work_record",
        "stg_job_posting",
        "stg_observation",
        "stg_research_output",
    } <= tested


def test_the_same_thread_may_enter_twice_and_another_process_waits(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from warehouse.lock import writer\n"
        "with writer(Path(sys.argv[1]), wait_seconds=0.2): pass"
    )
    with writer(tmp_path), writer(tmp_path):
        blocked = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert WarehouseBusyError.__name__ in blocked.stderr
    free = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert free.returncode == 0, free.stderr


def test_a_process_that_outlived_its_parent_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "observatory.duckdb"
    program = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); "
        "sys.stdin.read(); held.close()"
    )
    command = [sys.executable, "-c", program, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"held\n"
        monkeypatch.setattr("warehouse.connection.ORPHAN_SECONDS", 0.3)
        with pytest.raises(duckdb.IOException, match="lock"), opened(file):
            pass
        monkeypatch.setattr("warehouse.connection.ORPHAN_SECONDS", 30.0)
        assert orphan.stdin is not None
        threading.Timer(0.5, orphan.stdin.close).start()
        with opened(file) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
