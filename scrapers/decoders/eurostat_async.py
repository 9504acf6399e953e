"""Eurostat's answers that hold no data: the query is queued, is still under way, or asks for too much.

Belongs here: reading what such an answer says. Never here: waiting (``scrapers/spiders/eurostat.py``), data.

Three shapes of "later" are known. The statistics API sends JSON with a ``warning`` of status 413 and wants the same
query again. The SDMX API sends a message whose footer has code 413 and the address of a file to come, or, since 2023,
an ``asyncResponse`` with the id of the query, whose state and whose data have addresses of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.safe_xml import iterate, local_name

_HEAD = 256 * 1024  # such answers are short; a long one is data
_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s\"'<>]{1,500}")
_QUEUED = ("asyncResponse", "syncResponse")
_TAGS = frozenset({"Message", "Text", "id", "status", "faultcode", "faultstring", *_QUEUED})
_STATES = frozenset({"SUBMITTED", "PROCESSING", "AVAILABLE", "EXPIRED", "UNKNOWN_REQUEST"})
_ASYNC_API = "/eurostat/api/dissemination/1.0/async"


@dataclass(frozen=True)
class Later:
    """What an answer without data says. ``next_url`` is None where nothing is to be waited for.

    ``again``: the same query, ``file``: an address where the data will be, ``state``: one that says how far it is,
    ``ready``: the data are at ``next_url`` now, ``never``: refused, with the reason in ``said``.
    """

    kind: Literal["again", "file", "state", "ready", "never"]
    said: str
    next_url: str | None = None
    is_promised: bool = False  # data are to come, though this answer does not say where


@dataclass(frozen=True)
class Failure:
    """A ``warning`` or an ``error`` in the place of data, which Eurostat sends with status 200."""

    key: str
    status: object
    label: str  # at most 500 characters, as sent
    is_queued: bool


def failure_in(payload: Mapping[str, Any]) -> Failure | None:
    """What a JSON answer without values says of why it has none; None where it says nothing."""
    for key in ("warning", "error"):
        if key not in payload or "value" in payload:
            continue
        said = payload[key]
        first = said[0] if isinstance(said, list) and said else said
        status = first.get("status") if isinstance(first, dict) else None
        label = str(first.get("label", "") if isinstance(first, dict) else first)[:500]
        is_queued = "ASYNC" in label.upper() or (status == 413 and "TOO_BIG" not in label.upper())
        return Failure(key, status, label, is_queued)
    return None


def later(body: bytes, url: str) -> Later | None:
    """What an answer to ``url`` says of data to come; None for an answer of any other kind. Never raises."""
    if len(body) > _HEAD:
        return None
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if start == b"{":
            return _of_json(body, url)
        return _of_xml(body, url) if start == b"<" else None
    except UnreadableError:
        return None


def refuse_later(body: bytes, url: str) -> None:
    """Raises UnreadableError for an answer without data: not_ready where they are to come, else upstream_error."""
    said = later(body, url)
    if said is not None:
        is_refused = said.kind == "never" and not said.is_promised
        raise UnreadableError("upstream_error" if is_refused else "not_ready", said.said)


def _of_json(body: bytes, url: str) -> Later | None:
    payload, _ = load_json(body)
    failure = failure_in(payload) if isinstance(payload, dict) else None
    if failure is None:
        return None
    label = one_line(failure.label)
    if failure.is_queued:
        return Later("again", label, url)
    return Later("never", f"Eurostat answered with a {failure.key}: {label or failure.status}")


def _of_xml(body: bytes, url: str) -> Later | None:
    fields: dict[str, str] = {}
    texts: list[str] = []
    code = ""
    for element in iterate(body, _TAGS):
        name, text = local_name(element), (element.text or "").strip()
        if name == "Message":
            code = element.get("code") or code
        elif name == "Text":
            texts.append(text)
        else:
            fields.setdefault(name, text)
    if "faultcode" in fields:
        return Later("never", f"Eurostat answered with a fault {fields['faultcode']}: {fields.get('faultstring', '')}")
    state = fields.get("status", "")
    if state in _STATES:
        return _of_state(state, fields.get("id", ""), url)
    if any(name in fields for name in _QUEUED):
        return Later("again", "the query is queued; its state is not one that is known", url)
    if code == "413":
        said = one_line(" ".join(texts[:2]))
        address = next((found[0] for found in map(_ADDRESS.search, reversed(texts)) if found), None)
        target = _on_same_host(address, url) if address else None
        if target is None:
            return Later("never", f"no address of the file to come: {said}", is_promised=True)
        return Later("file", said, target)
    return None


def _of_state(state: str, query: str, url: str) -> Later:
    if not _ID.fullmatch(query):
        query = urlsplit(url).path.rpartition("/")[2]
    if state in ("EXPIRED", "UNKNOWN_REQUEST") or not _ID.fullmatch(query):
        return Later("never", f"the queued query is {state}")
    parts = urlsplit(url)
    last = "data" if state == "AVAILABLE" else "status"
    target = urlunsplit(("https", parts.netloc, f"{_ASYNC_API}/{last}/{query}", "", ""))
    return Later("ready" if state == "AVAILABLE" else "state", f"the queued query is {state}", target)


def _on_same_host(address: str, url: str) -> str | None:
    """The address with https, if it is on the host that was asked; what an answer says leads nowhere else."""
    try:
        target, asked = urlsplit(address.rstrip(".,;)")), urlsplit(url)
        if target.port not in (None, 80, 443) or target.username is not None:
            return None
    except ValueError:
        return None
    if (target.hostname or "") != (asked.hostname or ""):
        return None
    return urlunsplit(("https", asked.netloc, target.path, target.query, ""))
