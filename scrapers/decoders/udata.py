"""Catalogues of open data portals that run udata (data.public.lu, data.gouv.fr), as entries of resources.

Belongs here: the platform's JSON, versions 1 and 2 of its API, and the export of its fixtures. Its RDF is read in
``dcat.py``. Never here: which data sets are of use, requests.

One entry a resource; a data set without resources is an entry of its own, with ``resource_id`` "". So is one whose
resources stand behind a link, as version 2 has it. The address kept is the permanent one (``latest``), never one with
a time stamp, which dies with the next edition. Owners, members, contact points and discussions are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders import dcat
from scrapers.decoders.base import (
    MAX_ELEMENTS,
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    parse_moment,
    unknown_fields,
)
from scrapers.decoders.catalogue import Catalogue, media_format, permanent, plain_text
from scrapers.pages import web_address

_OF_PAGES = "data page page_size total next_page previous_page facets"
_OF_DATASETS = (
    "access_audiences access_type access_type_reason access_type_reason_category acronym archived "
    "authorization_request_url badges community_resources contact_point contact_points created_at created_at_internal "
    "deleted description description_short extras featured frequency frequency_date harvest id internal last_modified "
    "last_modified_internal last_update license metrics organization owner page permissions private produced_by "
    "published quality quality_cached resources schema self_api_url self_web_url slug spatial tags temporal_coverage "
    "title uri url"
)
_OF_RESOURCES = (
    "checksum created_at created_at_internal dataset description extras filesize filetype format harvest id internal "
    "last_modified last_modified_internal latest metrics mime modified organization owner permissions preview_url "
    "published schema title type uri url self_api_url self_web_url deleted"
)
_PAGE_FIELDS, _DATASET_FIELDS = frozenset(_OF_PAGES.split()), frozenset(_OF_DATASETS.split())
_RESOURCE_FIELDS = frozenset(_OF_RESOURCES.split())
_EXPORT_FIELDS = frozenset(("organization", "resources", "dataset", "reuses", "community_resources", "dataservices"))
_SUGGESTION_FIELDS = frozenset(("acronym", "id", "image_url", "page", "slug", "title", "self_api_url", "uri"))
_FEED = re.compile(rb"<(?:[A-Za-z]{1,10}:)?(?:feed|rss)[\s>]")
_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,100}", re.ASCII)
_DATASET_IN_URL = re.compile(r"/api/\d/datasets/([A-Za-z0-9_\-]{1,100})/resources/")


@dataclass(frozen=True)
class _Dataset:
    """What an entry says of its data set."""

    dataset_id: str
    fields: dict[str, Any]
    text: str


@dataclass(frozen=True)
class _Alone:
    """A resource that came without its data set around it."""

    resource: dict[str, Any]


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Entries of a data set, a page of data sets or of resources, a search, an export, or a catalogue in RDF/XML.

    Raises UnreadableError: what ``load_json`` and ``safe_xml`` raise, not_a_catalogue, suggestion_list, a_feed,
    upstream_error, too_many_elements.
    """
    sink = Sink(context, "catalogue_entry")
    catalogue = Catalogue(context, sink)
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") or body[:2] in (b"<\x00", b"\xff\xfe", b"\xfe\xff"):
        if _FEED.search(body[:4_000]):
            raise UnreadableError(
                "a_feed", "a feed of data sets: it shows that something changed, and holds no entries"
            )
        dcat.read(body, catalogue)
        return catalogue.decoded()
    payload, remarks = load_json(body)
    sink.note_all(remarks)
    _Reader(context, sink, catalogue).read(payload)
    return catalogue.decoded()


def page_problem(payload: object) -> str | None:
    """One line why a JSON value is no page of data sets (a spider's judgement); None if it is one."""
    if not isinstance(payload, Mapping):
        return "the answer is not a JSON object"
    if "message" in payload and "data" not in payload:
        return f"the portal answers with an error: {one_line(str(payload['message']))[:160]}"
    if not isinstance(payload.get("data"), list) or "next_page" not in payload:
        return "the answer is not a page of data sets"
    return None


class _Reader:
    def __init__(self, context: DecodeContext, sink: Sink, catalogue: Catalogue) -> None:
        self.context, self.sink, self.catalogue = context, sink, catalogue

    def read(self, payload: Any) -> None:
        found = list(self._datasets(payload))
        if len(found) > MAX_ELEMENTS:
            raise UnreadableError("too_many_elements", f"{len(found)} data sets, at most {MAX_ELEMENTS} are read")
        for locator, dataset, resources in found:
            self._dataset(locator, dataset, resources)

    def _datasets(self, payload: Any) -> Iterator[tuple[str, Any, Any]]:
        """(where, data set, its resources) in whichever of its forms the platform gave them."""
        if isinstance(payload, list):
            if payload and all(_is_suggestion(element) for element in payload):
                raise UnreadableError("suggestion_list", "suggestions of a search box: titles alone, no data set")
            if payload and not any(_is_export(element) or _is_dataset(element) for element in payload):
                raise UnreadableError("not_a_catalogue", "a JSON list without any data set")
            for at, element in enumerate(payload):
                yield self._one(f"$[{at}]", element)
            if not payload:
                self.sink.note("the list is empty")
            return
        if not isinstance(payload, dict):
            raise UnreadableError("not_a_catalogue", f"a JSON {type(payload).__name__} stands where a catalogue is due")
        listed = next((name for name in ("data", "datasets") if isinstance(payload.get(name), list)), None)
        if listed is None:
            if _is_export(payload) or _is_dataset(payload):
                yield self._one("$", payload)
            elif _is_resource(payload):
                yield "$", self._unnamed(payload.get("dataset")), _Alone(payload)
            elif "message" in payload or "error" in payload or "errors" in payload:
                said = payload.get("message") or payload.get("error") or payload.get("errors")
                raise UnreadableError("upstream_error", f"the portal answers with an error: {one_line(str(said))}")
            else:
                raise UnreadableError("not_a_catalogue", f"an object with {', '.join(map(str, list(payload)[:6]))}")
            return
        unknown_fields(self.sink, payload, _PAGE_FIELDS | {listed}, "of the page ")
        elements = payload[listed]
        if not elements:
            self.sink.note("the page lists nothing")
        elif not any(_is_dataset(element) or _is_export(element) or _is_resource(element) for element in elements):
            raise UnreadableError("not_a_catalogue", "a page that lists neither data sets nor resources")
        for at, element in enumerate(elements):
            if _is_resource(element):
                yield f"$.{listed}[{at}]", self._unnamed(element.get("dataset")), _Alone(element)
            else:
                yield self._one(f"$.{listed}[{at}]", element)

    def _one(self, locator: str, element: Any) -> tuple[str, Any, Any]:
        if not _is_export(element):
            return locator, element, element.get("resources") if isinstance(element, dict) else None
        unknown_fields(self.sink, element, _EXPORT_FIELDS, "of the export ")
        dataset = element["dataset"]
        if isinstance(dataset, dict):
            dataset = {"organization": element.get("organization"), **dataset}
        return locator, dataset, element.get("resources")

    def _unnamed(self, said: Any) -> dict[str, Any]:
        """The data set of a resource that came without it: what the resource says of it, else its id in the address."""
        if isinstance(said, dict) and said.get("id"):
            return {"id": said.get("id"), "title": said.get("title") or said.get("id"), "page": said.get("page")}
        found = _DATASET_IN_URL.search(urlsplit(self.context.url).path)
        self.sink.note("a page of resources does not name its data set: its id stands for the title")
        return {"id": found[1] if found else None, "title": found[1] if found else None}

    def _dataset(self, locator: str, dataset: Any, resources: Any) -> None:
        if not isinstance(dataset, dict):
            self.sink.reject(locator, "not_a_dataset", f"a {type(dataset).__name__} stands where a data set is due")
            return
        unknown_fields(self.sink, dataset, _DATASET_FIELDS, "of the data set ")
        dataset_id, title = dataset.get("id"), plain_text(dataset.get("title"), 500)
        if not isinstance(dataset_id, str) or not _ID.fullmatch(dataset_id):
            self.sink.reject(locator, "missing_id", f"the id is {str(dataset_id)[:60]!r}")
            return
        if not title:
            self.sink.reject(locator, "missing_title", f"data set {dataset_id} has no title")
            return
        if dataset.get("deleted") or dataset.get("private") is True:
            self.sink.note("a data set that is deleted or private is left out")
            return
        organization = dataset.get("organization")
        if not organization and dataset.get("owner"):
            self.sink.note("the publisher is a person, whose name is not kept")
        page = dataset.get("page") or dataset.get("self_web_url")
        tags = dataset.get("tags")
        fields = {
            "dataset_id": dataset_id,
            "title": title,
            "publisher": plain_text(organization.get("name"), 300) if isinstance(organization, dict) else "",
            "page_url": web_address(page, self.context.url) if isinstance(page, str) else "",
            "licence": plain_text(_id_of(dataset.get("license")), 200),
            "frequency": plain_text(_id_of(dataset.get("frequency")), 60),
            "keywords": [tag[:100] for tag in tags[:100] if isinstance(tag, str)] if isinstance(tags, list) else [],
        }
        whole = _Dataset(dataset_id, fields, plain_text(dataset.get("description"), 5_000))
        if isinstance(resources, _Alone):
            self._resource(locator, whole, resources.resource)
            return
        if isinstance(resources, list) and resources:
            for at, resource in enumerate(resources):
                self._resource(f"{locator}.resources[{at}]", whole, resource)
            return
        if isinstance(resources, dict):
            self.sink.note("resources stand behind a link: the data set itself is the entry")
        elif resources not in (None, []):
            self.sink.reject(f"{locator}.resources", "not_a_list", f"a {type(resources).__name__}")
        internal = dataset.get("internal")
        inner: Mapping[str, Any] = internal if isinstance(internal, dict) else {}
        self.catalogue.add(
            locator,
            {
                **fields,
                "text": whole.text,
                "published_at": parse_moment(
                    dataset.get("created_at") or inner.get("created_at_internal") or dataset.get("created_at_internal")
                ),
                "updated_at": parse_moment(
                    dataset.get("last_update") or dataset.get("last_modified") or dataset.get("last_modified_internal")
                ),
            },
        )

    def _resource(self, locator: str, dataset: _Dataset, resource: Any) -> None:
        if not isinstance(resource, dict):
            self.sink.reject(locator, "not_a_resource", f"a {type(resource).__name__} stands where a resource is due")
            return
        unknown_fields(self.sink, resource, _RESOURCE_FIELDS, "of the resource ")
        resource_id = resource.get("id")
        if not isinstance(resource_id, str) or not _ID.fullmatch(resource_id):
            self.sink.reject(locator, "missing_id", f"the resource's id is {str(resource_id)[:60]!r}")
            return
        address = permanent(resource.get("latest")) or permanent(resource.get("url"))
        if not address:
            self.sink.note("a resource without a permanent address")
        said = resource.get("checksum")
        checksum: dict[str, Any] = said if isinstance(said, dict) else {}
        schema = resource.get("schema")
        self.catalogue.add(
            locator,
            {
                **dataset.fields,
                "resource_id": resource_id,
                "resource_title": plain_text(resource.get("title"), 500),
                "text": plain_text(resource.get("description"), 5_000) or dataset.text,
                "resource_url": address,
                "media_format": media_format(resource.get("format"), resource.get("mime")),
                "checksum": f"{checksum.get('type') or 'unknown'}:{checksum['value']}"[:200]
                if checksum.get("value")
                else "",
                "version": plain_text(schema.get("version"), 60) if isinstance(schema, dict) else "",
                "published_at": parse_moment(resource.get("created_at") or resource.get("published")),
                "updated_at": parse_moment(resource.get("last_modified") or resource.get("modified")),
            },
        )


def _is_dataset(element: object) -> bool:
    return isinstance(element, dict) and "title" in element and ("resources" in element or "slug" in element)


def _is_suggestion(element: object) -> bool:
    """An element of ``/datasets/suggest/``: where a data set is found, and nothing that it holds."""
    return isinstance(element, dict) and {"id", "title"} <= element.keys() <= _SUGGESTION_FIELDS


def _is_export(element: object) -> bool:
    return isinstance(element, dict) and "dataset" in element and "resources" in element


def _is_resource(element: object) -> bool:
    return isinstance(element, dict) and "resources" not in element and ("latest" in element or "filetype" in element)


def _id_of(value: object) -> object:
    """The id of something that version 1 gives as a text and version 2 as an object."""
    return value.get("id") or value.get("label") or value.get("title") if isinstance(value, dict) else value
