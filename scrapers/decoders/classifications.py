"""Classifications of economic activities that statistics are broken down by.

Belongs here: telling one revision of a classification from another, and what an aggregate leaves out.
Never here: the codes themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

NaceVersion = Literal["", "2", "2.1"]
# Queries of the Eurostat API are seen with either spelling of the newer; other offices write NACE_REV2, NACE2, NACE21.
_BY_ID = re.compile(r"nace_?(?:r|rev_?)?(2(?:[_.]?1)?)(?:_.*)?", re.I)
# "Economic activity (NACE Rev.2)", "Activités (NACE Rév. 2.1)": names of dimensions whose id says nothing.
_BY_NAME = re.compile(r"nace\W{0,3}r[eé]v(?:ision)?\W{0,3}(2(?:[.,]1)?)(?!\d)", re.I)
_ACTIVITY = re.compile(r"nace.*|(?:economic_)?activity|branche?", re.I)
_LEFT_OUT = re.compile(r"_X_([A-U])$")
_NO_ACTIVITY = frozenset({"", "_Z", "_X", "_U"})


def nace_version(dimensions: Mapping[str, str], names: Mapping[str, str] | None = None) -> NaceVersion:
    """Which NACE a cell's activity is coded in; "" where there is no such dimension or no activity in it.

    Told by the id of its dimension, else by its name (``names``: dimension -> name, where the payload gives them).
    """
    for name, code in dimensions.items():
        if code in _NO_ACTIVITY:
            continue
        found = _BY_ID.fullmatch(name) or _BY_NAME.search((names or {}).get(name, "")[:200])
        if found:
            return "2.1" if found[1] != "2" else "2"
    return ""


def left_out(dimensions: Mapping[str, str]) -> list[str]:
    """The section that an aggregate of activities leaves out, in words: ``C10-S951_X_K`` is without finance."""
    found = [_LEFT_OUT.search(code) for name, code in dimensions.items() if _ACTIVITY.fullmatch(name)]
    return [
        "finance (NACE K) is left out" if section[1] == "K" else f"NACE {section[1]} is left out"
        for section in found
        if section
    ]
