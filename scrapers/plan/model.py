"""One request of a crawl, and the shape of a plan.

Belongs here: what every plan is made of. Never here: addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scrapers.registry import Source


@dataclass(frozen=True)
class Planned:
    """One request that a crawl is for. ``key`` names it in the crawl record (a board token, a query)."""

    key: str
    url: str
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


# From a source and its resolved parameters; raises RegistryError for parameters that the spider cannot use.
Plan = Callable[[Source, dict[str, Any]], list[Planned]]
