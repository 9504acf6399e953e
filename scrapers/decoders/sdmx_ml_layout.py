"""Which components of structure-specific SDMX-ML are dimensions: one layout for a data set, told before it is read.

Belongs here: a look over the names and codes of series and cells, without reading the message. Never here: cells.

Dimensions stand in document order, as the publisher wrote them in the first series (or cell, where there are no
series), up to the first component that is an attribute by its name, or whose values are no codes. What many series do
not have is an attribute too: a dimension is never left out (``sdmx_layout`` says the rest).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from scrapers.decoders.sdmx import CODE, MAX_DIMENSIONS, TIME, asked_for
from scrapers.decoders.sdmx_layout import leading, told_apart

_MAX_LOOKED_AT = 5_000  # elements of a data set
_MAX_DATASETS = 100
_FEW = 0.1  # share of elements in which a dimension may be missing, or be no code, by a slip
_DATASET = re.compile(rb"<(?:[\w.-]{1,40}:)?DataSet[\s>]")
_SERIES = re.compile(rb"<(?:[\w.-]{1,40}:)?Series(?=\s)([^<>]{1,8000})>")
_OBS = re.compile(rb"<(?:[\w.-]{1,40}:)?Obs(?=\s)([^<>]{1,8000})>")
_COMPONENT = re.compile(rb"""(?<=\s)([A-Za-z_@$][\w@$.-]{0,79})\s{0,5}=\s{0,5}(?:"([^"]{0,2000})"|'([^']{0,2000})')""")
_NO_COMPONENTS = frozenset({"OBS_VALUE", "action", "type", "structureRef", "dataScope", "setID"})


@dataclass(frozen=True)
class Layout:
    """Names of the dimensions without time, in the order of the key."""

    names: tuple[str, ...]
    is_declared: bool = False


def layouts(body: bytes, url: str, declared: object) -> list[Layout]:
    """One layout a data set of the message; none for messages of other kinds. Never raises."""
    if isinstance(declared, list):
        return [Layout(tuple(name for name in declared if isinstance(name, str)), is_declared=True)]
    if b"\x00" in body[:4] or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        is_big = body[:2] == b"\xfe\xff" or body[:1] == b"\x00"
        body = body.decode("utf-16-be" if is_big else "utf-16-le", "ignore").encode("utf-8", "ignore")
    starts = [found.start() for found in _first(_DATASET, body, 0, len(body), _MAX_DATASETS)]
    asked = asked_for(url)[1]
    return [_layout(body, start, end, asked) for start, end in zip(starts, [*starts[1:], len(body)], strict=False)]


def _layout(body: bytes, start: int, end: int, asked: int) -> Layout:
    found = _first(_SERIES, body, start, end, _MAX_LOOKED_AT) or _first(_OBS, body, start, end, _MAX_LOOKED_AT)
    rows = [row for row in map(_components, found) if row]
    if not rows:
        return Layout(())
    there: Counter[str] = Counter()
    no_code: Counter[str] = Counter()
    for row in rows:
        there.update(row.keys())
        no_code.update(name for name, text in row.items() if not CODE.fullmatch(text))
    often = {name for name, count in there.items() if count >= (1 - _FEW) * len(rows)}
    order = list(dict.fromkeys(name for row in rows[:100] for name in row if name in often and name))
    end_of_codes = next((at for at, name in enumerate(order) if no_code[name] > _FEW * len(rows)), len(order))
    codes = [name for name in order if no_code[name] <= _FEW * len(rows)]
    names = told_apart(codes, leading(order[:end_of_codes]), rows, asked)
    return Layout(tuple(names[:MAX_DIMENSIONS]))


def _components(found: re.Match[bytes]) -> dict[str, str]:
    """Components of an element; its period is ""."""
    row: dict[str, str] = {}
    for part in _COMPONENT.finditer(found[1]):
        name = part[1].decode("ascii", "replace")
        text = (part[2] if part[2] is not None else part[3]).decode("utf-8", "replace")
        if name not in _NO_COMPONENTS and len(row) <= 2 * MAX_DIMENSIONS:
            row["" if name in TIME else name] = text[:100]
    return row


def _first(pattern: re.Pattern[bytes], body: bytes, start: int, end: int, most: int) -> list[re.Match[bytes]]:
    found = []
    for match in pattern.finditer(body, start, end):
        found.append(match)
        if len(found) >= most:
            break
    return found
