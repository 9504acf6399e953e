"""One world built once for all tests of the warehouse; what changes a release works on a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.warehouse.make_release import World, whole_world
from warehouse.release import Release


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> World:
    """Built with dbt's own unit tests; tests only read it."""
    built = whole_world(tmp_path_factory.mktemp("world"), dbt_target)
    built.build(unit_tests=True)
    return built


@pytest.fixture(scope="session")
def release(world: World) -> Release:
    """The first release of the world."""
    published = world.publish()
    assert published is not None
    return published


@pytest.fixture
def releases(world: World, release: Release, tmp_path: Path) -> Path:
    """A copy of the releases, to be damaged or rolled back."""
    copied = tmp_path / "releases"
    shutil.copytree(world.releases, copied)
    return copied
