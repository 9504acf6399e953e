"""Ids in OpenAlex: of its own entities, and those of other registries that it names for a work.

Belongs here: the forms in which ids come, in all generations of the API. Never here: what a work says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scrapers.decoders.work_ids import arxiv_id_of

MAX_LISTED = 100  # elements of one list of a work that are looked at
MAX_OTHER_IDS = 40
_ID = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z])(\d{1,15})", re.I | re.A)
_PATH = re.compile(r"(?:https?://(?:api\.)?openalex\.org/)?([a-z-]{3,30})/[^/\s]{1,200}", re.I | re.A)
_PMID = re.compile(r"(?:https?://(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed)/|pmid:)?(\d{1,9})/?",
                   re.I | re.A)  # fmt: skip
_PMCID = re.compile(r"(?:https?://(?:www\.ncbi\.nlm\.nih\.gov/pmc/articles|pmc\.ncbi\.nlm\.nih\.gov/articles|"
                    r"europepmc\.org/articles?)/|pmcid:)?(?:PMC)?(\d{1,9})/?", re.I | re.A)  # fmt: skip
# A handle at its resolver, and at the repository (DSpace) that it resolves to.
_HANDLE = re.compile(r"https?://(?:hdl\.handle\.net|[a-z0-9.-]{4,100}(?:/(?:xmlui|jspui|dspace))?/handle)/(\d{2,9}(?:\.\d{1,9}){0,4}/[\w.:/-]{1,120})",
                     re.I | re.A)  # fmt: skip
_OAI = re.compile(r"(?:pmh:)?(oai:[\w.-]{3,100}:[\w.:/+()@~-]{1,200})", re.I | re.A)
_DIGITS = re.compile(r"\d{1,15}", re.A)
_KINDS = {
    "A": "author",
    "C": "concept",
    "D": "domain",
    "F": "funder",
    "G": "award",
    "I": "institution",
    "K": "keyword",
    "P": "publisher",
    "S": "source",
    "T": "topic",
    "V": "venue",
    "W": "work",
}


def entity_id(value: object, letter: str) -> str | None:
    """The short id of an entity of one kind (``W123``); None for anything else."""
    found = _ID.fullmatch(value.strip()[:120]) if isinstance(value, str) else None
    return f"{letter}{found[2]}" if found and found[1].upper() == letter else None


def kind_of(value: object) -> str | None:
    """The kind of entity that an id names ("work", "institution", "subfields"); None for what is no id."""
    text = value.strip()[:300] if isinstance(value, str) else ""
    if found := _ID.fullmatch(text):
        return _KINDS.get(found[1].upper())
    found = _PATH.fullmatch(text)
    return found[1].lower() if found else None


def matched(pattern: re.Pattern[str], value: object) -> str | None:
    """The first group, where the whole of a text matches."""
    found = pattern.fullmatch(value.strip()[:400]) if isinstance(value, str) else None
    return found[1] if found else None


def arxiv_id(work: Mapping[str, Any]) -> str:
    """The work's id at arXiv without its version; empty if nothing names one."""
    ids = work.get("ids")
    if found := arxiv_id_of(ids.get("arxiv") if isinstance(ids, dict) else None):
        return found
    places = (work.get("doi"), *_places(work))
    return next((found for value in places if (found := arxiv_id_of(value, named=True))), "")


def other_ids(work: Mapping[str, Any]) -> list[str]:
    """Ids at other registries: PubMed, PubMed Central, MAG, handles, and OAI identifiers of repositories."""
    ids = work.get("ids")
    ids = ids if isinstance(ids, dict) else {}
    mag = ids.get("mag")
    mag = str(mag) if isinstance(mag, int) and not isinstance(mag, bool) else mag
    found: dict[str, None] = {}
    if isinstance(mag, str) and _DIGITS.fullmatch(mag.strip()):
        found[f"mag:{mag.strip()}"] = None
    for name in ("pmid", "pmcid"):
        found |= dict.fromkeys(_registered(str(ids.get(name) or ""), bare=name))
    for value in _places(work):
        if len(found) >= MAX_OTHER_IDS:
            break
        found |= dict.fromkeys(_registered(value))
    return sorted(found)[:MAX_OTHER_IDS]


def _registered(value: object, bare: str = "") -> Iterator[str]:
    """The ids that an address or a qualified id holds. ``bare``: the registry of a number that says none itself."""
    text = value.strip()[:400] if isinstance(value, str) else ""
    qualified = ":" in text
    if (qualified or bare == "pmid") and (number := matched(_PMID, text)):
        yield f"pmid:{number}"
    if (qualified or bare == "pmcid") and (number := matched(_PMCID, text)):
        yield f"pmcid:PMC{number}"
    handle = matched(_HANDLE, text)
    if handle and not handle.startswith("123456789/"):  # the prefix of repositories that have none
        yield f"hdl:{handle.rstrip('./:-')}"
    if (oai := matched(_OAI, text)) and not oai.lower().startswith("oai:arxiv.org:"):
        yield oai


def _places(work: Mapping[str, Any]) -> Iterator[object]:
    """Ids and addresses of the places where a work stands: locations, and the venues of before 2023."""
    listed: list[object] = [work.get("primary_location"), work.get("host_venue"), work.get("best_oa_location")]
    for name in ("locations", "alternate_host_venues"):
        part = work.get(name)
        listed += part[:MAX_LISTED] if isinstance(part, list) else []
    for place in listed:
        if isinstance(place, dict):
            yield from (place.get(name) for name in ("id", "landing_page_url", "url", "pdf_url"))
