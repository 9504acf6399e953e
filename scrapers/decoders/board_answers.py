"""Which board an answer is of, and whether it is a message of failure: alike for all boards.

Belongs here: what is told from an address, from the registry's parameters and from an answer's outermost fields. Never
here: the shape of one board's answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import DecodeContext
from scrapers.decoders.posting_values import MAX_LINE, clean, mapping


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
