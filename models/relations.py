"""What one posting of an opening is to another: a repost, a copy on another portal, a clone, a variant.

Belongs here: the order in which the kinds are told. Never here: whether two are of one opening (duplicates.py).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pandas as pd

from models.duplicate_text import duplicate_data, town
from models.names import fold

DISTINCT = "distinct"


@lru_cache(maxsize=1)
def _status() -> re.Pattern[str]:
    return re.compile(rf"\b([{duplicate_data().status_letters}])[-_ ]?\d{{4,}}\b")


def relation_of(first: Any, later: Any) -> tuple[str, str]:
    """(relation, what tells it) of the posting ``later`` to ``first``, which advertise one opening.

    Both have ``title``, ``place``, ``source_id``, ``first_seen_on`` and ``last_seen_on`` (NaT where unknown).
    """
    here, there = town(first.place), town(later.place)
    if here and there and not (here <= there or there <= here):
        return "multi_city", f"{later.place} beside {first.place}"
    if later.first_seen_on is not pd.NaT and later.first_seen_on > first.last_seen_on:
        return "repost", f"seen again after {(later.first_seen_on - first.last_seen_on).days} days"
    if later.source_id != first.source_id:
        return "portal_copy", f"{later.source_id} beside {first.source_id}"
    marks = _status().search(first.title), _status().search(later.title)
    if marks[0] and marks[1] and marks[0].group(1) != marks[1].group(1):
        return "status_variant", f"{marks[1].group()} beside {marks[0].group()}"
    if fold(first.title).split() != fold(later.title).split():
        return "gender_variant", f"{later.title} beside {first.title}"
    return "repost", "listed twice"
