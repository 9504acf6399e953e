"""Catalogues in RDF/XML (DCAT, DCAT-AP), as udata and other portals give them a page at a time.

Belongs here: the few classes and properties of DCAT that make an entry. Never here: other serialisations of RDF, a
general reader of RDF. Contacts (``vcard``) are not read, also where one stands in the place of the publisher.

Nodes are read flat or nested (``<dcat:dataset><dcat:Dataset>``), named by ``rdf:about``, ``rdf:nodeID`` or nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from scrapers.decoders.base import UnreadableError, parse_moment
from scrapers.decoders.catalogue import Catalogue, media_format, permanent, plain_text
from scrapers.pages import web_address
from scrapers.safe_xml import local_name, parse_tree

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DATASET_IN_URL = re.compile(r"/datasets/([0-9a-f]{24})(?:/|$)")
_RESOURCE_IN_URL = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.\-]{1,100}", re.ASCII)
_MAX_VALUES = 5_000  # of one property of one node


@dataclass
class Node:
    """A thing that the document speaks of: the local names of its classes, its properties with texts and references."""

    name: str
    kinds: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    refs: dict[str, list[str]] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        return next((value for name in names for value in self.values.get(name, ()) if value), "")

    def address(self, *names: str) -> str:
        return next((value for name in names for value in self.refs.get(name, self.values.get(name, []))), "")


def read(body: bytes, catalogue: Catalogue) -> None:
    """Entries of a catalogue. Raises UnreadableError: what ``safe_xml`` raises, and not_a_catalogue."""
    remarks: list[str] = []
    root = parse_tree(body, remarks)
    catalogue.sink.note_all(remarks)
    if root.tag != f"{_RDF}RDF":
        raise UnreadableError("not_a_catalogue", f"XML with root {local_name(root)[:60]!r} is no RDF")
    nodes: dict[str, Node] = {}
    for element in root:
        _node(element, nodes)
    datasets = [node for node in nodes.values() if "Dataset" in node.kinds]
    if not datasets:
        if not any("Catalog" in node.kinds for node in nodes.values()):
            raise UnreadableError("not_a_catalogue", "RDF without a catalogue and without data sets")
        catalogue.sink.note("the catalogue lists nothing")
    for node in datasets:
        _dataset(node, nodes, catalogue)


def _node(element: etree._Element, nodes: dict[str, Node]) -> str:
    """Take in an element that describes a thing; gives the name under which it is kept."""
    name = element.get(f"{_RDF}about") or element.get(f"{_RDF}nodeID") or element.get(f"{_RDF}ID") or ""
    name = name[:2_000] or f"_:{len(nodes)}"
    node = nodes.setdefault(name, Node(name))
    if local_name(element) != "Description":
        node.kinds.add(local_name(element))
    for part in element:
        _property(node, part, nodes)
    return name


def _property(node: Node, part: etree._Element, nodes: dict[str, Node]) -> None:
    name = local_name(part)
    reference = part.get(f"{_RDF}resource") or part.get(f"{_RDF}nodeID")
    if name == "type" and reference:
        node.kinds.add(re.split(r"[#/]", reference)[-1][:60])
        return
    known = node.refs.setdefault(name, [])
    if reference:
        known.append(reference[:2_000])
    for inner in part:
        known.append(_node(inner, nodes))
    if not known:
        del node.refs[name]
    text = (part.text or "").strip()
    if text and len(node.values.setdefault(name, [])) < _MAX_VALUES:
        node.values[name].append(text)


def _dataset(node: Node, nodes: dict[str, Node], catalogue: Catalogue) -> None:
    title = plain_text(node.first("title"), 500)
    if not title:
        catalogue.sink.reject(node.name, "missing_title", "the data set has no title")
        return
    distributions = [nodes.get(name) for name in dict.fromkeys(node.refs.get("distribution", ()))]
    held = [found for found in distributions if found is not None]
    if len(held) < len(distributions):
        lost = len(distributions) - len(held)
        catalogue.sink.note("a distribution is named and not described on this page", lost)
    dataset_id = _dataset_id(node, nodes, held)
    page = node.address("landingPage", "page") or node.name
    fields = {
        "dataset_id": dataset_id,
        "title": title,
        "publisher": _publisher(node, nodes),
        "page_url": web_address(page, ""),
        "licence": "",
        "frequency": plain_text(node.address("accrualPeriodicity").rpartition("/")[2], 60),
        "keywords": [plain_text(word, 100) for word in node.values.get("keyword", [])[:100]],
        "published_at": parse_moment(node.first("issued")),
        "updated_at": parse_moment(node.first("modified")),
    }
    text = plain_text(node.first("description"), 5_000)
    licence = _licence(node)
    if not held:
        catalogue.add(node.name, {**fields, "licence": licence, "text": text})
    for found in held:
        resource_id = _resource_id(found)
        address = next(filter(None, (permanent(found.address(name)) for name in ("accessURL", "downloadURL"))), "")
        checksum = next((nodes[name] for name in found.refs.get("checksum", ()) if name in nodes), None)
        algorithm = checksum.address("algorithm").rpartition("_")[2] if checksum else ""
        catalogue.add(
            found.name,
            {
                **fields,
                "licence": _licence(found) or licence,
                "resource_id": resource_id,
                "resource_title": plain_text(found.first("title"), 500),
                "text": plain_text(found.first("description"), 5_000) or text,
                "resource_url": address,
                "media_format": media_format(
                    found.first("format") or found.address("format"),
                    found.first("mediaType") or found.address("mediaType"),
                ),
                "checksum": f"{algorithm}:{checksum.first('checksumValue')}"[:200] if checksum else "",
                "published_at": parse_moment(found.first("issued")) or fields["published_at"],
                "updated_at": parse_moment(found.first("modified")) or fields["updated_at"],
            },
        )


def _dataset_id(node: Node, nodes: dict[str, Node], held: list[Node]) -> str:
    """The platform's own id where an address shows it, else the publisher's; a digest of one that is an address."""
    others = [nodes[name].first("notation") for name in node.refs.get("identifier", ()) if name in nodes]
    for text in (node.name, *others, *(found.name for found in held)):
        if shown := _DATASET_IN_URL.search(text):
            return shown[1]
    said = node.first("identifier") or node.name
    return (
        said if _PLAIN_ID.fullmatch(said) else f"sha256-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"
    )


def _resource_id(node: Node) -> str:
    for text in (node.first("identifier"), node.name):
        if shown := _RESOURCE_IN_URL.search(text):
            return shown[1]
    said = node.first("identifier") or node.name
    return (
        said if _PLAIN_ID.fullmatch(said) else f"sha256-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"
    )


def _publisher(node: Node, nodes: dict[str, Node]) -> str:
    for found in _agents(node, nodes):
        if "Organization" in found.kinds or "Agent" in found.kinds:
            name = plain_text(found.first("name", "label", "prefLabel"), 300)
            if name:
                return name
    return ""


def _agents(node: Node, nodes: dict[str, Node]) -> Iterator[Node]:
    for role in ("publisher", "distributor", "creator"):
        for name in node.refs.get(role, ()):
            found = nodes.get(name)
            if found is not None and not found.kinds & {"Kind", "Person", "Individual"}:
                yield found


def _licence(node: Node) -> str:
    return plain_text(node.address("license", "licence") or node.first("rights") or node.address("rights"), 200)
