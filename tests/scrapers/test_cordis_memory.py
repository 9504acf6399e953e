"""What a CORDIS file of a gigabyte takes: decoded in a process of its own, whose memory is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.bench_memory import peak_mb, write_cordis
from tests.scrapers.made import cordis_large

MOST_MB = 300  # the packed file among them


@pytest.mark.parametrize("size", [5_000_000, pytest.param(1_000_000_000, marks=pytest.mark.endurance)])
def test_memory_follows_what_is_kept_not_what_is_read(size: int, tmp_path: Path) -> None:
    path = tmp_path / "cordis.zip"
    projects = write_cordis(path, size)
    peak, records = peak_mb("decode", path)
    assert records == cordis_large.participations(projects)
    assert peak <= MOST_MB
