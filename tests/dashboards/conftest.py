"""Data folders for the dashboard tests: with two releases, with an empty one, with none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.release_builder import empty_release, two_releases


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    two_releases(root / "releases")
    return root


@pytest.fixture(scope="session")
def empty_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("empty")
    empty_release(root / "releases")
    return root
