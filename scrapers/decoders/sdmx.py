"""The words of SDMX that all its formats share: references, actions, periods, numbers, flags, names of attributes.

Belongs here: reading one of these words. Never here: making a record of them (``sdmx_cells``), layouts of formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote, urlsplit

Action = Literal["I", "A", "M", "R", "D"]
TIME = ("TIME_PERIOD", "TIME")
CODE = re.compile(r"[A-Za-z0-9_@$.*+-]{1,80}", re.ASCII)
MAX_DIMENSIONS = 60  # with attributes: every record repeats them
# 2025, 2025-Q4, 2025-S1, 2025-W07, 2025-05, 2025-05-31, 2025-A1, 2025M05, 2025-D151; kept as published.
PERIOD = re.compile(
    r"\d{4}(?:-?(?:A1|[SB][12]|T[123]|Q[1-4]|M(?:0[1-9]|1[0-2])|W(?:0?[1-9]|[1-4]\d|5[0-3])|D\d{3})"
    r"|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?",
    re.ASCII,
)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_RANGE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2})?/P[0-9YMDTHS]{2,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MISSING = frozenset({"nan", "#n/a", "#na", ":", "..", "..."})
_REFERENCE = re.compile(r"(?:([A-Za-z0-9_.@-]{1,100}):)?([A-Za-z0-9_@$.-]{1,100})(?:\(([0-9A-Za-z.+*-]{1,30})\))?")


def action_of(said: object) -> Action:
    """The action that a message or a row asks for; Information where it says none or an unknown one."""
    letter = str(said or "I").strip()[:1].upper()
    return letter if letter in ("A", "M", "R", "D") else "I"  # type: ignore[return-value]


def structure_of(reference: object) -> tuple[str, str, str]:
    """(agency, id, version) of ``LU1:DF_X021(1.1)``, a URN of it, or ``LU1,DF_X021,1.1``; empty texts for none."""
    text = str(reference or "")[:1000].rpartition("=")[2].strip()
    if re.fullmatch(r"[^,()]{1,100},[^,()]{1,100}(,[^,()]{0,30})?", text):
        agency, name, version = (*text.split(","), "")[:3]
        text = f"{agency}:{name}" + (f"({version})" if version else "")
    found = _REFERENCE.match(text)
    return (found[1] or "", found[2], found[3] or "") if found else ("", "", "")


def asked_for(url: str) -> tuple[str, int]:
    """(flow reference, number of dimensions without time) that an address of the REST API asks for; "" and 0 if none.

    An address that asks for ``all`` does not tell the number.
    """
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    if "data" not in parts:
        return "", 0
    rest = parts[parts.index("data") + 1 :]
    if rest[:1] == ["dataflow"]:  # SDMX 3.0
        flow, rest = ",".join(rest[1:4]), rest[4:]
    else:
        flow, rest = (rest[0] if rest else ""), rest[1:]
    key = rest[0] if rest else ""
    return flow, key.count(".") + 1 if "." in key else 0


def dataset_name(agency: str, name: str) -> str:
    """The id under which a dataset's observations are kept: the flow's, without agency and version.

    Eurostat's are in lower case, so that its JSON-stat and its SDMX give the same series.
    """
    return name.lower() if agency == "ESTAT" else name


def named_dataset(flow: str, url: str, structure: str) -> str:
    """The name of a data set, or "": its dataflow's, else that of the address, else that of its structure definition.

    ``flow`` and ``structure`` are references in any form, or "".
    """
    agency, name, _ = structure_of(flow)
    if not name:
        agency, name, _ = structure_of(asked_for(url)[0])
        agency = agency or ("ESTAT" if "/eurostat/" in url else "")
    if not name:
        agency, name, _ = structure_of(structure)
    return dataset_name(agency, name)


def is_period(text: str) -> bool:
    """Whether a text is a period as SDMX writes them: a year, a part of one, a day, a moment, a range."""
    return any(pattern.fullmatch(text) for pattern in (PERIOD, _MOMENT, _RANGE))


def number_of(value: object) -> tuple[float | None, str, str]:
    """(number, mark of a missing one, reason why it is neither)."""
    if value is None or isinstance(value, bool):
        return None, "", "not_a_number" if value is not None else ""
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return None, "", "not_finite"
        if number != number:
            return None, "NaN", ""
        return (number, "", "") if abs(number) != float("inf") else (None, "", "not_finite")
    if not isinstance(value, str):
        return None, "", "not_a_number"
    text = value.strip()
    if not text:
        return None, "", ""
    if text.lower() in _MISSING:
        return None, text, ""
    if _NUMBER.fullmatch(text):
        number = float(text)
        return (number, "", "") if abs(number) != float("inf") else (None, "", "not_finite")
    return None, "", "not_finite" if text.lower().strip("+-") in ("inf", "infinity") else "not_a_number"


def first_of(found: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The text of the first of these components that is there, whatever the case of its name."""
    for name in names:
        for spelling in (name, name.lower()):
            if found.get(spelling):
                return found[spelling].strip()
    return ""
