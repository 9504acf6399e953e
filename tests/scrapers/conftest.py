"""Fixtures of the collecting tests: loopback sites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scrapers.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()
