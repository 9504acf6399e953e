"""Which board an answer is of, whose format it is in, and whether it is a failure or a part: alike for all boards.

Belongs here: what is told from an address, from the registry's parameters, from an answer's outermost fields, and from
the fields that ads of one board system have and those of no other. Never here: the shape of one board's answer.

Several systems answer {"jobs": [...]} with ``id`` and ``title``: read by another's decoder, such ads would come out
hollow, and ads that are not public would come out at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext, UnreadableError
from scrapers.decoders.posting_values import MAX_LINE, clean, mapping

# Fields that an ad of one system has, and of no other; those of a whole answer of the system stand among them.
_MARKS: dict[str, frozenset[str]] = {
    system: frozenset(fields.split())
    for system, fields in {
        "Greenhouse": "absolute_url internal_job_id data_compliance pay_input_ranges",
        "Ashby": "jobUrl isListed secondaryLocations descriptionHtml shouldDisplayCompensationOnJobPostings apiVersion",
        "Workable": "shortcode shortlink telecommuting isInternal",
        "SmartRecruiters": "jobAd jobAdId refNumber releasedDate typeOfEmployment totalFound",
        "The Muse": "model_type publication_date page_count items_per_page",
        "Lever": "hostedUrl descriptionBody categories additionalPlain",
        "Recruitee": "careers_url careers_apply_url category_code",
        "Workday": "externalPath jobPostings",
        "BambooHR": "jobOpeningName",
        "Teamtailor": "_jobposting feed_url",
        "Arbeitnow": "job_types",
    }.items()
}
_SHARED = {"The Muse": frozenset(("categories",))}  # fields of a system that are another's marks
_LOOKED_AT = 1_000  # ads in which another system's marks are looked for
_LATER_PAGE = re.compile(r"[?&](?:offset=0*[1-9]|page=(?:0*[2-9]|0*1\d))")


def refuse_other(system: str, elements: Iterable[object]) -> None:
    """Raises UnreadableError (not_a_board) where ads, or the answer itself, carry marks of another system and none of
    ``system``'s own. What has no marks at all is let pass: payloads are trimmed.
    """
    own, other = _MARKS.get(system, frozenset()), ""
    shared = _SHARED.get(system, frozenset())
    for number, element in enumerate(elements):
        if not isinstance(element, Mapping):
            continue
        if not own.isdisjoint(element):
            return
        if not other and number < _LOOKED_AT:
            marked = ((name, (marks - shared) & element.keys()) for name, marks in _MARKS.items() if name != system)
            other = next((f"{name} ({', '.join(sorted(found))})" for name, found in marked if found), "")
    if other:
        raise UnreadableError("not_a_board", f"no answer of {system}: it has the fields of {other}")


def refuse_part(held: int, counted: object, url: str, *, later: bool = False) -> None:
    """Raises UnreadableError (partial) for an answer without elements whose publisher counts some. ``later``: the
    answer says itself that it is no first page; beyond the last page nothing is due. So does an address.
    """
    if held or later or not isinstance(counted, int) or isinstance(counted, bool) or counted <= 0:
        return
    if not _LATER_PAGE.search(url[:MAX_LINE]):
        raise UnreadableError("partial", f"the publisher counts {counted} jobs, and the answer holds none of them")


def listed_board(params: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    """What the source's registry entry says of the board; of the only board where the address names none."""
    boards = params.get("boards")
    entries = [dict(entry) for entry in boards if isinstance(entry, Mapping)] if isinstance(boards, list) else []
    if token is None:
        return entries[0] if len(entries) == 1 else {}
    return next((entry for entry in entries if entry.get("board") == token), {})


def board_in(url: str, pattern: re.Pattern[str]) -> str | None:
    """The board's id, the first group of the pattern, in the address that the answer came from."""
    found = pattern.search(url)
    return found[1] if found else None


def board_at(context: DecodeContext, address: re.Pattern[str]) -> str | None:
    """The board that an answer came from: the registered one whose ``options.host`` the address has, for sites under
    an employer's own name, else the first group of the pattern in the address.
    """
    host = (urlsplit(context.url).hostname or "") if len(context.url) <= MAX_LINE else ""
    boards = context.params.get("boards")
    for entry in boards if host and isinstance(boards, list) else []:
        if mapping(mapping(entry).get("options")).get("host") == host:
            return clean(mapping(entry).get("board")) or None
    return board_in(context.url, address)


def failure_of(payload: dict[str, Any]) -> str | None:
    """What an answer says went wrong, if it is a message of failure: {"ok": false}, {"errors": [...]}, {"error": …}."""
    failed = payload.get("ok") is False or payload.get("success") is False
    told = next((payload[name] for name in ("error", "errors", "message") if payload.get(name)), None)
    if not failed and (told is None or len(payload) > 6):
        return None
    first = told[0] if isinstance(told, list) and told else told
    words = first.get("message", "") if isinstance(first, dict) else first
    status = payload.get("status", payload.get("code", ""))
    said = f"{status if isinstance(status, (str, int)) else ''} {words if isinstance(words, (str, int)) else ''}"
    return said.strip() or "that it failed, without a reason"
