"""kill -9 during crawl, decode, classify, dbt and publish: the next run completes, nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import OBSERVATORY, observatory
from tests.live import EUROSTAT_PATH, JOBS_PATH, Site, site
from tests.payloads import board, job, jsonstat
from warehouse.release import verify

pytestmark = pytest.mark.endurance

Content = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]

CELLS = (
    "select indicator_code, geo, period, cast(dimensions as varchar) as dimensions, value, low, high, n, k, flags, "
    "suppressed_because from indicator_value order by all"
)
POSTINGS = "select record_id, opening_id, title, sha256(text), ai_class, closed_on is null from posting order by all"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path, Content]]:
    """A publisher that has just changed, a data root from before the change, and the cells a whole run then gives."""
    with site(tmp_path_factory.mktemp("sources")) as running:
        before = tmp_path_factory.mktemp("before") / "data"
        jobs = [job(number, kind="ai" if number % 10 == 0 else "plain") for number in range(1000, 1120)]
        running.publisher.serve(JOBS_PATH, board(jobs))
        running.publisher.serve(EUROSTAT_PATH, jsonstat({("LU", "2024"): 20.0, ("LU", "2025"): 25.0}))
        first = observatory(before, "run", **running.environment)
        assert first.returncode == 0, first.stdout + first.stderr
        changed = [*jobs[5:], *(job(number, kind="ai") for number in range(2000, 2030))]
        running.publisher.serve(JOBS_PATH, board(changed))
        running.publisher.serve(
            EUROSTAT_PATH, jsonstat({("LU", "2024"): 20.5, ("LU", "2025"): 25.0, ("BE", "2025"): 30.0})
        )
        whole = Path(shutil.copytree(before, tmp_path_factory.mktemp("whole") / "data"))
        result = observatory(whole, "run", **running.environment)
        assert result.returncode == 0, result.stdout + result.stderr
        expected, earlier = content(whole), content(before)
        assert [len(part) for part in expected] == [3, 150], (
            "three cells; 120 ads, of which 5 are closed now, and 30 new"
        )
        assert all(new != old for new, old in zip(expected, earlier, strict=True)), "or this test could not fail"
        yield running, before, expected


def content(root: Path) -> Content:
    """What a release says: every published cell, and every posting without its times."""
    folder = root / "releases" / current(root)
    found = []
    for name, query in (("observatory", CELLS), ("restricted", POSTINGS)):
        with duckdb.connect(str(folder / f"{name}.duckdb"), read_only=True) as connection:
            found.append(connection.execute(query).fetchall())
    return found[0], found[1]


def newer_than(root: Path, pattern: str) -> Callable[[], bool]:
    """True as soon as a file that matches exists and was not there when this was called."""
    known = {path: path.stat().st_mtime_ns for path in root.glob(pattern)}

    def happened() -> bool:
        for path in root.glob(pattern):
            try:
                if known.get(path) != path.stat().st_mtime_ns:
                    return True
            except FileNotFoundError:
                continue
        return False

    return happened


# What shows that a stage has begun, and how long the moment of death is then drawn from.
STAGES = {
    "crawl": ("archive/*/*.warc.gz*", 1.0),
    "decode": ("archive/*/*.crawl.json", 1.0),
    "classify": ("records/*/greenhouse_boards/*", 1.5),
    "dbt": ("dagster/dbt/*/runs/*", 6.0),
    "publish": ("releases/*", 0.6),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run_is_completed_by_the_next(
    stage: str, prepared: tuple[Site, Path, Content], tmp_path: Path
) -> None:
    running, before, expected = prepared
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    root = Path(shutil.copytree(before, tmp_path / "data"))
    release_before = current(root)
    pattern, span = STAGES[stage]
    happened = newer_than(root, pattern)
    running.publisher.delay_seconds = 0.3 if stage == "crawl" else 0.0
    process = subprocess.Popen(
        [*OBSERVATORY, "run"],
        env={**os.environ, "OBSERVATORY_DATA": str(root), **running.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert process.poll() is None, f"the run ended before {stage} was seen to begin"
    time.sleep(random.Random(seed).uniform(0, span))
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    running.publisher.delay_seconds = 0.0

    assert verify(root / "releases") == []
    assert current(root) >= release_before

    again = observatory(root, "run", **running.environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert content(root) == expected
    assert verify(root / "releases") == []
    # The week's edition was out before the kill: it stays as it is, and there is no second one.
    assert editions(root) == editions(before) != {}
    left = [p for p in root.rglob("*") if p.name.endswith((".part", ".tmp"))]
    assert left == []


def editions(root: Path) -> dict[str, bytes]:
    """The files of every edition."""
    return {path.name: path.read_bytes() for path in (root / "state" / "outbox" / "editions").glob("edition-*")}


def current(root: Path) -> str:
    return str(json.loads((root / "releases" / "current.json").read_text(encoding="utf-8"))["release_id"])
