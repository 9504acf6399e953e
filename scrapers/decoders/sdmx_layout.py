"""Which components of SDMX data are dimensions, where a format does not tell them from attributes.

Belongs here: judging names, their order, and whether they tell cells apart. Never here: how CSV or XML lay them out.

Publishers write the dimensions of a data set first, in the order of its key, and attributes behind them. Some names
are of attributes everywhere (OBS_STATUS); others name a dimension here and an attribute there (METHODOLOGY is a
dimension of OECD's prices): one of these is taken for a dimension if a dimension follows it. An address that gives a
key tells how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# Of single cells in every data set: a dimension wherever it stands is not among them.
_OF_CELLS = re.compile(
    r"OBS_(STATUS|FLAG|CONF|PRE_BREAK|COM(MENT)?|NOTE|DECIMALS)|CONF_STATUS.*|(CURRENCY_)?DECIMALS", re.I
)
# Attributes in the cross-domain concepts and in the data of STATEC, Eurostat, OECD and ECB.
_ATTRIBUTE = re.compile(
    r"UNIT_MULT(IPLIER)?|POWERCODE|TIME_FORMAT|TIME_PER_COLLECT|COLL_METHOD|COLLECTION_.*|TITLE_.*|COMMENT(_.*)?"
    r"|NOTES?(_.*)?|REF_?PERIOD(_.*)?|REF_YEAR_PRICE|BASE_PER(_.*)?|PREF_SCALE|SOURCE_(AGENCY|PUB)(_.*)?|EMBARGO(_.*)?"
    r"|BREAKS?|PRE_BREAK_VALUE|CONTACT.*|UPDATED|LAST.UPDATE|REPORTING_YEAR_START_DAY|ATTR?(IBUTE)?_?\d+|ACTION"
    r"|VALID(FROM|TO)|DATA_COMP|PUBL_(ECB|MU|PUBLIC)|NAT_TITLE|UNIT_INDEX_BASE|COMPILING_ORG|DISS_ORG|DOM_SER_IDS",
    re.I,
)
# Either, from one data set to another.
_EITHER = re.compile(
    r"STATUS|COLLECTION|TITLE|SOURCE(_.*)?|AVAILABILITY|COMPILATION|COVERAGE|METHODOLOGY.*|PUBL_.*",
    re.I,
)
_UNIT = frozenset({"UNIT_MEASURE", "UNIT"})


def is_of_cells(name: str) -> bool:
    """Whether a component's name is one of an attribute of single cells, which no data set has for a dimension."""
    return _OF_CELLS.fullmatch(name) is not None


def is_surely_attribute(name: str) -> bool:
    """Whether a component's name is one that only attributes have."""
    return is_of_cells(name) or _ATTRIBUTE.fullmatch(name) is not None


def is_attribute(name: str) -> bool:
    """Whether a component's name is one that attributes have, though a dimension may have it too."""
    return is_surely_attribute(name) or _EITHER.fullmatch(name) is not None


def leading(names: Sequence[str]) -> list[str]:
    """The names before the first that only attributes have, less those at their end that attributes may have."""
    end = next((at for at, name in enumerate(names) if is_surely_attribute(name)), len(names))
    while end and _EITHER.fullmatch(names[end - 1]):
        end -= 1
    return list(names[:end])


def told_apart(
    names: Sequence[str], believed: Sequence[str], rows: Sequence[Mapping[str, str]], asked: int
) -> list[str]:
    """Names of dimensions, in order, out of ``names``.

    ``believed`` are those that order and names speak for. As many as the address asks for (``asked``, 0 if it does not
    say) come first; where cells stand twice that other components tell apart, these are dimensions too. ``rows`` are
    the components of some cells, with their period.
    """
    if 0 < asked <= len(names) and asked != len(believed):
        first = list(names[:asked])
        if _twice(first, rows) <= _twice(believed, rows):
            return first
    twice = _twice(believed, rows)
    if not twice:
        return list(believed)
    for is_other in (is_attribute, is_surely_attribute):
        more = [name for name in names if name in believed or not (is_other(name) or name.upper() in _UNIT)]
        if len(more) > len(believed) and _twice(more, rows) < twice:
            return more
    return list(believed)


def _twice(names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> int:
    """How many rows have the same codes and the same period as an earlier one."""
    wanted = (*names, "")
    return len(rows) - len({tuple(row.get(name, "") for name in wanted) for row in rows})
