"""Releases that the reading tests share: built once, read only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reading.release_builder import empty_release, two_releases
from warehouse.reading import ReleaseReader, open_release


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def reader(releases: Path) -> Iterator[ReleaseReader]:
    opened = open_release(releases)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def empty_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_release(tmp_path_factory.mktemp("empty"))
