"""Addresses of employers' own careers pages: the listing of each site that the registry names.

Belongs here: what a crawl of careers pages begins with. Never here: the pages that a listing names (the spider's
``follow``), how a listing is read (``scrapers/careers.py``).
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.careers import sites
from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

BOUNDS = {"pages_per_crawl": (1, 5_000), "refresh_days": (0, 30), "max_listings": (1, 500)}


def _careers(source: Source, params: dict[str, Any]) -> list[Planned]:
    boards = params.get("boards")
    lines = boards if isinstance(boards, list) else []
    known = {site.board: site for site in sites(params)}
    for number, line in enumerate(lines):
        name = line.get("board") if isinstance(line, dict) else None
        options = line.get("options") if isinstance(line, dict) else None
        if name not in known:
            where = f"{source.id}.yaml: params.boards.{number} ({name}): options"
            raise RegistryError(f"{where}: listing, an http(s) address, and pattern, a regular expression, are needed")
        unknown = set(options or {}) - {"listing", "pattern"}
        if unknown:
            raise RegistryError(
                f"{source.id}.yaml: params.boards.{number} ({name}): options: {sorted(unknown)} unknown"
            )
    for name, (least, most) in BOUNDS.items():
        value = params.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise RegistryError(f"{source.id}.yaml: params.{name}: a number from {least} to {most} is needed")
    return [Planned(site.board, site.listing) for site in known.values() if re.fullmatch(r"[^/]+", site.board)]


PLANS: dict[str, Plan] = {"careers": _careers}
