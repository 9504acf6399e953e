"""Releases that the digest tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reading.release_builder import RELEASE_A, RELEASE_B, two_releases
from warehouse.reading import ReleaseReader, open_release


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def now_and_before(releases: Path) -> Iterator[tuple[ReleaseReader, ReleaseReader]]:
    now, before = open_release(releases, RELEASE_B), open_release(releases, RELEASE_A)
    yield now, before
    now.close()
    before.close()
