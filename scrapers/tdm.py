"""Opt-outs of text and data mining, by the TDM Reservation Protocol: HTTP field, HTML metadata, tdmrep.json.

Belongs here: the one reading of each that the wire and the decoders share. Never here: what follows from it
(``scrapers.netguard``, ``scrapers.robots``).

Protocol: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240202/. Where it leaves room we read for the
rights holder: a reservation in a comment counts, and of several locations that match one that reserves is enough.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from scrapers.charset import read_text
from scrapers.decoders.base import UnreadableError, load_json

WELL_KNOWN = "/.well-known/tdmrep.json"
MAX_BYTES = 1024 * 1024  # of a tdmrep.json
_NAME = "tdm-reservation"
_MAX_RULES, _MAX_PATTERN = 10_000, 2_000
_MAX_META = 100_000  # characters of one tag
_META = re.compile(r"<meta(?=[\s/])", re.I)
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*)))?")
_MARKUP = re.compile(r"[\s\ufeff\x00]{0,1000}<")
_FEED = re.compile(r"<(?:rss|feed|(?:\w{1,40}:)?rdf)[\s>]", re.I)


class BadReservationsError(ValueError):
    """A tdmrep.json that is none; one line says why."""


def field_reserves(values: Iterable[bytes]) -> bool:
    """Whether an HTTP field ``tdm-reservation`` reserves: its first token is 1, whatever parameters follow."""
    return any(re.match(rb"\s*[\"']?1(?![\w.])", value) is not None for value in values)


def body_reserves(body: bytes, content_type: str = "") -> bool:
    """Whether a body is an HTML page that reserves; ``body`` is without content encodings."""
    if not body[:4096].lstrip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe").startswith(b"<"):
        return False  # spares the decoding of large files
    text, _ = read_text(body, content_type)
    return text_reserves(text)


def text_reserves(text: str) -> bool:
    """Whether an HTML page reserves by a meta element, wherever it stands; takes time in proportion to the text.

    Feeds are not pages: what they quote of one does not speak for them.
    """
    if not _MARKUP.match(text) or _FEED.search(text[:4096]):
        return False
    position = 0
    while tag := _META.search(text, position):
        said, position = _attributes(text, tag.end())
        named = {said.get("name", ""), said.get("property", ""), said.get("http-equiv", "")}
        if _NAME in {name.strip().lower() for name in named} and re.match(
            r"1(?![\w.])", said.get("content", "").strip()
        ):
            return True
    return False


def _attributes(text: str, start: int) -> tuple[dict[str, str], int]:
    """Attributes of a tag whose name ends at ``start``, the first of each name, and where they end."""
    found: dict[str, str] = {}
    position, end = start, min(len(text), start + _MAX_META)
    while position < end and (match := _ATTRIBUTE.match(text, position, end)):
        position = match.end()
        value = next((part for part in match.groups()[1:] if part is not None), "")
        found.setdefault(match[1].lower(), entities.unescape(value))
    return found, position


def read_reservations(body: bytes) -> list[str]:
    """The locations (path patterns) that a tdmrep.json reserves. Raises BadReservationsError."""
    if len(body) > MAX_BYTES:
        raise BadReservationsError(f"{len(body)} bytes, at most {MAX_BYTES} are read")
    try:
        rules, _ = load_json(body)
    except UnreadableError as error:
        raise BadReservationsError(error.detail) from None
    rules = [rules] if isinstance(rules, dict) else rules
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules) or len(rules) > _MAX_RULES:
        raise BadReservationsError("not a list of locations")
    reserved = []
    for rule in rules:
        location, said = rule.get("location"), rule.get(_NAME)
        if not isinstance(location, str) or len(location) > _MAX_PATTERN:
            raise BadReservationsError("a location is no path")
        if said is True or str(said).strip() in ("1", "1.0"):
            reserved.append(location)
    return reserved


def is_reserved_path(url: str, locations: Iterable[str]) -> bool:
    """Whether one of the locations matches the address: path patterns as robots.txt has them, with ``*`` and ``$``."""
    parts = urlsplit(url)
    path = unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return any(_matches(path, unquote(_path_of(location))) for location in locations)


def _path_of(location: str) -> str:
    """A location's path; some publishers write whole addresses."""
    return f"/{location.partition('://')[2].partition('/')[2]}" if "://" in location else location


def _matches(path: str, pattern: str) -> bool:
    """Piece by piece and never back, so that no pattern takes long."""
    anchored = pattern.endswith("$")
    pattern = pattern.removesuffix("$")
    first, *pieces = (pattern if pattern.startswith(("/", "*")) else f"/{pattern}").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if anchored and not pieces:
        return at == len(path)
    if anchored:
        *pieces, last = pieces
        if not path.endswith(last):
            return False
        path = path[: len(path) - len(last)]
        if len(path) < at:
            return False
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
