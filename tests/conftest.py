"""Fixtures that several rooms share: one finished run on the bundled sample, made once for all test processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from state.settings import Settings

OBSERVATORY = [sys.executable, "-m", "pipelines.cli"]


def observatory(
    root: Path, *arguments: str, timeout: int = 400, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Call the command line as a user does, on one data root."""
    return subprocess.run(
        [*OBSERVATORY, *arguments],
        env={**os.environ, "OBSERVATORY_DATA": str(root), **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Data root after one `observatory run` on the bundled sample. Read it only; ``sample_copy`` is for changes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    root = shared / "sample_run"
    done = root / "run.txt"
    with FileLock(shared / "sample_run.lock"):
        if not done.exists():
            result = observatory(root, "run")
            assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
            done.write_text(result.stdout, encoding="utf-8")
    return root


@pytest.fixture
def sample_copy(sample_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may damage."""
    # SQLite's side files are there only while another test reads the run, and are that reader's.
    ignore = shutil.ignore_patterns("*.sqlite-wal", "*.sqlite-shm")
    return Path(shutil.copytree(sample_run, tmp_path / "data", ignore=ignore))


@pytest.fixture
def settings_at() -> Callable[[Path], Settings]:
    """Settings of a data root, without the environment's."""
    return lambda root: Settings(data=root, _env_file=None)  # type: ignore[call-arg]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: started last, one of two processes would wait for them alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
