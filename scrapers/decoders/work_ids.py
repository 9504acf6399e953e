"""Ids by which a work of research is known in more than one catalogue: DOI and arXiv id, in all their forms.

Belongs here: these two, since works are joined by them and every catalogue must read them alike. Never here: a
catalogue's own ids, other values of a work.
"""

from __future__ import annotations

import re

_MAX_VALUE = 2_000  # characters of a value in which an id is looked for
_ALT = "info:eu-repo/semantics/altIdentifier/"
_DOI_ORG = r"(?:https?://)?(?:www\.)?(?:dx\.)?doi\.org/"
_DOI = re.compile(rf"(?:{_DOI_ORG}|info:doi/|doi:\s{{0,3}}|doi\s)?(10\.\d{{3,9}}/\S{{1,300}})", re.I | re.A)
_ARXIV = re.compile(
    r"(?P<named>(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|(?:pmh:)?oai:arxiv\.org:|info:arxiv/|"
    rf"arxiv:\s?|(?:{_DOI_ORG}|doi:)?10\.48550/arxiv\.)?"
    r"(?P<id>\d{4}\.\d{4,5}|(?P<archive>[a-z-]{2,20})(?:\.[a-z]{2})?/(?P<number>\d{7}))"
    r"(?:v\d{1,3})?(?:\.pdf)?/?(?:[?#].{0,200})?",
    re.I | re.A,
)


def doi_of(value: object) -> str | None:
    """A DOI, lower case and without a resolver's address, if the value is one; a sentence that holds one is none."""
    if not isinstance(value, str):
        return None
    found = _DOI.fullmatch(value.strip()[:_MAX_VALUE].removeprefix(f"{_ALT}doi/"))
    return found[1].rstrip(".,;").lower() if found else None


def arxiv_id_of(value: object, *, named: bool = False) -> str:
    """An arXiv id without its version; "" if the value is none. ``named``: only if it says that it is one of arXiv.

    Of an old id the class of two capitals goes, which does not belong to it: math.GT/0309136 is math/0309136.
    """
    if not isinstance(value, str):
        return ""
    found = _ARXIV.fullmatch(value.strip()[:_MAX_VALUE].replace(f"{_ALT}arxiv/", "arXiv:"))
    if found is None or (named and not found["named"]):
        return ""
    return f"{found['archive'].lower()}/{found['number']}" if found["archive"] else found["id"]
