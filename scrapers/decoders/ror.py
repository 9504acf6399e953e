"""ROR: organisations of the Research Organization Registry, in schema v1, v2.0 and v2.1.

Belongs here: the shape of an organisation, single, in an answer of the API, in a list, or in a data dump. Never here:
reading a dump piece by piece (``ror_dump``), requests, what ROR leaves out (``scrapers/lineage.py``).

Of a dump, or any list, ``params["country"]`` (an ISO code) keeps the organisations that have a place there; without it
the first ``MAX_KEPT`` are kept and the others counted. Links are ids without the resolver's address; a link that only
one of two organisations names stays one-sided, as ROR publishes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    parse_day,
    unknown_fields,
)
from scrapers.decoders.ror_dump import organisations_of
from scrapers.items import Organisation
from scrapers.lineage import has_good_check, ror_id

MAX_KEPT = 25_000  # organisations of one payload that nobody narrowed to a country
_MAX_NAMES, _MAX_LINKS, _MAX_IDS, _MAX_PLACES = 100, 2_000, 100, 50
_V1 = (
    "id name email_address ip_addresses established types relationships addresses links aliases acronyms status "
    "wikipedia_url labels country external_ids"
)
_V2 = "admin domains established external_ids id links locations names relationships status types"
_KNOWN = frozenset(f"{_V1} {_V2}".split())
_STATUS = ("active", "inactive", "withdrawn")
_LINKS = {
    "parent": "parents",
    "child": "children",
    "predecessor": "predecessors",
    "successor": "successors",
    "related": "related",
}
_COUNTRY, _LANGUAGE = re.compile(r"[A-Z]{2}"), re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Organisations of one payload.

    Raises UnreadableError: what ``load_json`` and ``organisations_of`` raise, upstream_error (the API says that it
    failed), not_organisations.
    """
    sink = Sink(context, "organisation")
    reader = _Reader(context, sink)
    if body.startswith(b"PK"):
        reader.read(organisations_of(body, sink), "")
        reader.tell()
        return sink.decoded()
    payload, remarks = load_json(body)
    sink.note_all(remarks)
    found, counted = _listed(payload)
    reader.read(found, "")
    if isinstance(counted, int):
        sink.note(f"ROR counts {counted} organisations, {len(found)} stand in this answer")
    reader.tell()
    return sink.decoded()


def _listed(payload: object) -> tuple[list[tuple[str, object]], object]:
    """The elements of a payload with their places, and how many the answer says there are."""
    if isinstance(payload, list):
        if any(isinstance(one, dict) and "id" in one and {"names", "name"} & one.keys() for one in payload[:100]):
            return [(f"$[{at}]", one) for at, one in enumerate(payload)], None
        raise UnreadableError("not_organisations", "a list without organisations")
    if not isinstance(payload, dict):
        raise UnreadableError("not_organisations", f"a JSON {type(payload).__name__} stands where one is due")
    if isinstance(payload.get("errors"), list) and "items" not in payload:
        said = "; ".join(str(error)[:100] for error in payload["errors"][:3]) or "no reason given"
        raise UnreadableError("upstream_error", f"ROR answers with an error: {said}")
    if isinstance(payload.get("items"), list):
        found = [(f"$.items[{at}]", one) for at, one in enumerate(payload["items"])]
        # An answer to a search for an affiliation has what matched beside each organisation.
        matches = [(f"{at}.organization", one["organization"]) if _is_match(one) else (at, one) for at, one in found]
        return matches, payload.get("number_of_results")
    hits = payload.get("hits")
    if isinstance(hits, dict) and isinstance(hits.get("hits"), list):  # of the search index behind the API
        total = hits.get("total")
        sources = [one.get("_source") if isinstance(one, dict) else one for one in hits["hits"]]
        counted = total.get("value") if isinstance(total, dict) else total
        return [(f"$.hits.hits[{at}]._source", one) for at, one in enumerate(sources)], counted
    if "id" in payload and {"names", "name"} & payload.keys():
        return [("$", payload)], None
    held = ", ".join(sorted(map(str, payload))[:8])
    raise UnreadableError("not_organisations", f"no organisations among the fields {held}")


def _is_match(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("organization"), dict)


class _Reader:
    """Organisations of one payload, as far as they are wanted."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        country = context.params.get("country")
        self.country = country if isinstance(country, str) else ""
        self.seen: set[str] = set()
        self.read_, self.elsewhere, self.beyond = 0, 0, 0

    def read(self, found: Iterable[tuple[str, object]], prefix: str) -> None:
        for locator, one in found:
            self.read_ += 1
            self._one(prefix + locator, one)

    def tell(self) -> None:
        if self.elsewhere:
            self.sink.note(f"{self.elsewhere} of {self.read_} organisations have no place in {self.country}, left out")
        if self.beyond:
            self.sink.note(f"{self.beyond} organisations beyond the first {MAX_KEPT} left out: a country narrows them")
        if not self.read_:
            self.sink.note("no organisations in this answer")

    def _one(self, locator: str, one: object) -> None:
        if not isinstance(one, dict):
            self.sink.reject(locator, "not_an_organisation", f"a JSON {type(one).__name__} stands where one is due")
            return
        known = ror_id(one.get("id"))
        if known is None:
            self.sink.reject(locator, "missing_id", f"id is {one_line(str(one.get('id'))[:100])!r}, no ROR id")
            return
        places = list(_places(one))
        if self.country and self.country not in {country for country, _ in places}:
            self.elsewhere += 1
            return
        if known in self.seen:
            self.sink.note("an organisation stands twice in the payload, read once")
            return
        if not self.country and len(self.seen) >= MAX_KEPT:
            self.beyond += 1
            return
        self.seen.add(known)
        unknown_fields(self.sink, one, _KNOWN, "")
        if not has_good_check(known):
            self.sink.note("an id whose check digits are wrong")
        name, names = _names(one)
        if not name:
            self.sink.reject(locator, "missing_name", "the organisation has no name", self._record_id(known))
            return
        country, place = next((pair for pair in places if pair[0] == self.country), places[0] if places else ("", ""))
        if len(places) > 1:
            self.sink.note("organisation with several places: the first one is kept")
        fields: dict[str, Any] = {
            "record_id": self._record_id(known),
            "organisation_id": known,
            "name": name,
            "names": names,
            "types": list(dict.fromkeys(text.lower() for text in map(_text, _list(one.get("types"))) if text)),
            "status": self._status(one.get("status")),
            "country": country,
            "place": place,
            "established": _year(one.get("established")),
            "other_ids": _other_ids(one.get("external_ids")),
            "updated_on": parse_day(_mapping(_mapping(one.get("admin")).get("last_modified")).get("date")),
        }
        self.sink_links(one, fields)
        record = self.sink.build(Organisation, locator, fields)
        if record is not None:
            self.sink.records.append(record)

    def _record_id(self, known: str) -> str:
        return f"{self.context.source_id}:{known}"

    def _status(self, said: object) -> str:
        status = _text(said).lower()
        if status and status not in _STATUS:
            self.sink.note(f"status {status[:40]!r} is none that ROR documents")
            return ""
        return status

    def sink_links(self, one: Mapping[str, Any], fields: dict[str, Any]) -> None:
        """Put the ids of linked organisations into their fields."""
        fields |= {field: [] for field in _LINKS.values()}
        links = _list(one.get("relationships"), _MAX_LINKS)
        for link in links:
            kind, other = _text(_mapping(link).get("type")).lower(), ror_id(_mapping(link).get("id"))
            if kind not in _LINKS:
                self.sink.note(f"a link of kind {kind[:40]!r} is not kept")
            elif other is None:
                self.sink.note("a link to an organisation without a ROR id is not kept")
            elif other not in fields[_LINKS[kind]]:
                fields[_LINKS[kind]].append(other)


def _names(one: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The name that ROR shows, and all names by language, else by kind."""
    found: list[tuple[str, str, str]] = []  # kind, language, name
    shown = _text(one.get("name"))
    if shown:
        found.append(("label", "", shown))
    for name in _list(one.get("names"), _MAX_NAMES):
        kinds = [_text(kind).lower() for kind in _list(_mapping(name).get("types"))]
        value = _text(_mapping(name).get("value"))
        if "ror_display" in kinds:
            shown = value or shown
        kind = next((kind for kind in ("acronym", "alias") if kind in kinds), "label")
        found.append((kind, _language(_mapping(name).get("lang")), value))
    for label in _list(one.get("labels"), _MAX_NAMES):
        found.append(("label", _language(_mapping(label).get("iso639")), _text(_mapping(label).get("label"))))
    for kind, field in (("acronym", "acronyms"), ("alias", "aliases")):
        found += [(kind, "", _text(value)) for value in _list(one.get(field), _MAX_NAMES)]
    names: dict[str, str] = {}
    for kind, language, value in found:
        if not value or value in names.values() or (kind == "label" and not language and value == shown):
            continue
        wanted = language if kind == "label" and language else kind
        number = 1
        # Aliases are numbered from the first on; a second name in a language, or acronym, is its second.
        while (key := wanted if number == 1 and kind != "alias" else f"{wanted} {number}") in names:
            number += 1
        names[key] = value
    if not shown:
        shown = next((value for kind, _, value in found if kind == "label" and value), "")
    return shown, names


def _places(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(ISO code of the country, town) of each place."""
    for place in _list(one.get("locations"), _MAX_PLACES):
        details = _mapping(_mapping(place).get("geonames_details"))
        yield _country(details.get("country_code")), _text(details.get("name"))
    country = _country(_mapping(one.get("country")).get("country_code"))
    if country:
        addresses = _list(one.get("addresses"), _MAX_PLACES) or [{}]
        for address in addresses:
            yield country, _text(_mapping(address).get("city"))


def _other_ids(said: object) -> list[str]:
    """ "isni:0000000122879907", "grid:…": the preferred one of each kind first."""
    if isinstance(said, dict):  # schema v1: by kind
        groups = [(_text(kind), _mapping(ids)) for kind, ids in list(said.items())[:_MAX_IDS]]
    else:
        groups = [(_text(_mapping(ids).get("type")), _mapping(ids)) for ids in _list(said, _MAX_IDS)]
    found: dict[str, None] = {}
    for kind, ids in groups:
        every = ids.get("all")
        listed = every if isinstance(every, list) else [every]
        for value in (ids.get("preferred"), *listed[:_MAX_IDS]):
            plain = "".join(_text(value).split()) if kind.lower() == "isni" else _text(value)
            if kind and plain and len(found) < _MAX_IDS:
                found[f"{kind.lower()}:{plain}"] = None
    return list(found)


def _text(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return one_line(value) if isinstance(value, str) else ""


def _year(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 500 <= value <= 2200 else None


def _country(value: object) -> str:
    code = value.strip().upper() if isinstance(value, str) and len(value) < 10 else ""
    return code if code.isascii() and _COUNTRY.fullmatch(code) else ""


def _language(value: object) -> str:
    code = value.strip().lower() if isinstance(value, str) and len(value) < 20 else ""
    return code if _LANGUAGE.fullmatch(code) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object, limit: int = 100) -> list[Any]:
    return value[:limit] if isinstance(value, list) else []
