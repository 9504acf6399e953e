"""Status flags of all publishers of statistics in one alphabet.

Belongs here: what letters beside a value come to. Never here: where a format keeps them, what they make of a cell.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LETTERS = re.compile(r"[A-Za-z]{0,6}", re.ASCII)
MISSING = re.compile(r"\.{1,6}|:", re.ASCII)  # what offices write in the place of a number that there is none of


@lru_cache(maxsize=4096)
def normal_status(published: str, confidential: str = "", *, has_value: bool) -> str | None:
    """``obs_status`` of a flag and a confidentiality as published, or None if they are not understood.

    Status letters are in lower case, as Eurostat writes them (``b``, ``p``, ``e``, ``c``); those of the SDMX list
    CL_OBS_STATUS come to the same letters (``P`` to ``p``), ``A`` (a normal value) to none. The one capital is ``O``, a
    missing value: of ``O`` itself, and of ``:`` or ``..`` where no other letter says why there is no value.
    Confidentiality follows after a bar, in capitals, without the ``F`` that marks a value as free, from wherever it was
    published: ``|C``, ``@C``, a component of its own. So ``bp@C`` is ``bp|C``, and ``B`` with ``F`` is ``b``.
    """
    status, _, beside = re.sub(r"[\s,;]", "", published).replace("@", "|").partition("|")
    closed = re.sub(r"[\s,;]", "", confidential) or beside
    is_missing = not has_value and MISSING.fullmatch(status) is not None
    status = "" if is_missing else status.replace(":", "")
    if not (_LETTERS.fullmatch(status) and _LETTERS.fullmatch(closed)) or len(status) + len(closed) > 7:
        return None
    status = status.lower().replace("a", "").replace("o", "O")
    closed = closed.upper().replace("F", "")
    if is_missing and not closed:
        status = "O"
    return f"{status}|{closed}" if closed else status
