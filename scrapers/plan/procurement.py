"""Addresses of TED, the European Union's notices of public procurement.

Belongs here: what is asked of its search, window by window. Never here: which page comes next (``spiders/ted``).

The country is asked of the buyer's own field: Luxembourg stands in many notices as the seat of a review body. A window
of the last days is written with TED's own ``today``, so that the request stays the same from day to day.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from scrapers.decoders.base import parse_day
from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

TED_SEARCH = "https://api.ted.europa.eu/v3/notices/search"
TED_PAGE = 250  # notices; TED refuses more
TED_PAGED = 15_000  # notices that pages by number reach; beyond them tokens lead on
TED_VALUES = 10_000  # notices times fields of one answer; TED refuses more
TED_FIELDS = (
    "publication-number",
    "notice-identifier",
    "notice-version",
    "procedure-identifier",
    "form-type",
    "notice-type",
    "notice-subtype",
    "notice-title",
    "title-proc",
    "description-proc",
    "official-language",
    "publication-date",
    "dispatch-date",
    "deadline-receipt-tender-date-lot",
    "deadline-receipt-request",
    "buyer-name",
    "buyer-country",
    "buyer-legal-type",
    "classification-cpv",
    "place-of-performance",
    "procedure-type",
    "identifier-lot",
    "estimated-value-proc",
    "estimated-value-cur-proc",
    "estimated-value-lot",
    "estimated-value-cur-lot",
    "result-value-notice",
    "result-value-cur-notice",
    "total-value",
    "total-value-cur",
    "tender-value",
    "tender-value-cur",
    "winner-name",
    "winner-country",
)
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_MAX_DAYS = 3_660


def ted_page(query: str, window: str, number: int = 1) -> Planned:
    """A page by its number, in the order of publication, so that a new notice comes last."""
    asked = {**_asked(f"{query} SORT BY publication-number"), "paginationMode": "PAGE_NUMBER", "page": number}
    return Planned(_page_key(window, number), TED_SEARCH, "POST", orjson.dumps(asked), dict(_HEADERS))


def ted_next(query: str, window: str, number: int = 1, token: str = "") -> Planned:
    """A page by the token of the one before; no order is asked for, which would end such a walk early.

    A token may stay the same for a whole walk. Blanks behind the request, one a page, keep its pages apart in the
    archive and mean nothing to TED.
    """
    asked = {**_asked(query), "paginationMode": "ITERATION"} | ({"iterationNextToken": token} if token else {})
    body = orjson.dumps(asked) + b" " * (number - 1)
    return Planned(_page_key(f"{window}/all", number), TED_SEARCH, "POST", body, dict(_HEADERS))


def ted_queries(source: Source, params: dict[str, Any]) -> dict[str, str]:
    """The query of each window of ``params.windows``, by its key."""
    country, windows = params.get("buyer_country"), params.get("windows")
    if not isinstance(country, str) or not re.fullmatch(r"[A-Z]{3}", country):
        raise RegistryError(f"{source.id}.yaml: params.buyer_country: a country code of three letters is needed")
    if not isinstance(windows, list) or not all(isinstance(window, dict) for window in windows):
        raise RegistryError(f"{source.id}.yaml: params.windows: a list of mappings is needed")
    queries = {}
    for number, window in enumerate(windows):
        key = window.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise RegistryError(f"{source.id}.yaml: params.windows.{number}.key: a short name is needed")
        queries[key] = f"buyer-country={country} AND {_window(source, window, number)}"
    return queries


def _window(source: Source, window: dict[str, Any], number: int) -> str:
    days = window.get("days")
    if isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= _MAX_DAYS:
        return f"publication-date>=today(-{days})"
    first, last = parse_day(window.get("from")), parse_day(window.get("to"))
    if first and (last or "to" not in window):
        until = f" AND publication-date<={last:%Y%m%d}" if last else ""
        return f"publication-date>={first:%Y%m%d}{until}"
    raise RegistryError(f"{source.id}.yaml: params.windows.{number}: days (a number), or from and to (days) are needed")


def _asked(query: str) -> dict[str, Any]:
    return {
        "query": query,
        "fields": list(TED_FIELDS),
        "limit": TED_PAGE,
        "scope": "ALL",
        "checkQuerySyntax": False,
    }


def _page_key(chain: str, number: int) -> str:
    return chain if number == 1 else f"{chain}/page-{number}"


def _ted(source: Source, params: dict[str, Any]) -> list[Planned]:
    return [ted_page(query, window) for window, query in ted_queries(source, params).items()]


PLANS: dict[str, Plan] = {"ted": _ted}
