"""CORDIS: a project in a document of its own, with its participants, programmes and categories in it.

Belongs here: where things stand in such a document, as XML and as JSON have it. Never here: files (``cordis_json``,
``cordis_xml``), what a column means (``cordis_records``).

XML is turned into the mapping that CORDIS's own JSON of it is (``as_node``): children by name, lists where one comes
again, attributes by "@name". In JSON attributes stand under "@attributes", under their bare names, or under "@name";
relations are lists by kind, or one list whose parts say their ``contenttype``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from scrapers.decoders.cordis_records import PROGRAMMES, Participations, as_text, country_of
from scrapers.decoders.double_encoding import is_twice
from scrapers.safe_xml import local_name

Node = Mapping[str, Any]
_TEXT = "#text"
_OF_PROJECT = (
    "acronym title objective status totalCost ecMaxContribution ecSignatureDate contentUpdateDate frameworkProgramme"
)
_PARTICIPANTS = ("organization", "organisation", "organizations", "organisations")


def as_node(element: etree._Element) -> dict[str, Any]:
    """An XML element as a mapping."""
    node: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    if element.text and element.text.strip():
        node[_TEXT] = element.text
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local_name(child)
        value: Any = as_node(child) if len(child) or child.attrib else child.text or ""
        if name not in node:
            node[name] = value
        elif isinstance(node[name], list):
            node[name].append(value)
        else:
            node[name] = [node[name], value]
    return node


def is_document(value: object) -> bool:
    """Whether a value is a project with its participants, or an answer of the search that holds some."""
    if not isinstance(value, Mapping):
        return False
    if "project" in value or "hits" in value:
        return any(True for _ in projects_in(value))
    has_number = "id" in value or "reference" in value
    return has_number and ("relations" in value or any(name in value for name in _PARTICIPANTS))


def projects_in(value: object) -> Iterator[Node]:
    """The projects of a document: itself, the one it wraps, or those that a search found."""
    if not isinstance(value, Mapping):
        return
    hits = value.get("hits")
    if isinstance(hits, Mapping):
        for hit in _listed(hits.get("hit")):
            yield from projects_in(hit)
    elif isinstance(value.get("project"), Mapping):
        yield value["project"]
    elif "relations" in value or any(name in value for name in _PARTICIPANTS):
        yield value


class Documents:
    """Projects one after another: those with a participant in the country become records, or all of them."""

    def __init__(self, parts: Participations, *, every: bool) -> None:
        self.parts, self.every = parts, every
        self._seen: set[str] = set()
        self._read = self._kept = self._wanted = 0

    def add(self, project: Node, where: str) -> None:
        number = _said(project, "id", "reference").strip()
        rows = list(_participants(project, number))
        if number in self._seen:
            self.parts.sink.note("project that stands in the file twice, the first is kept")  # in another language
            return
        self._seen.add(number)
        self._read += len(rows)
        if not rows:
            self.parts.sink.note("project without participants")
            return
        at_home = [country_of(row) == self.parts.country for row in rows]
        if not self.every and not any(at_home):
            return
        self._wanted += 1
        self._kept += len(rows)
        said = _project_row(project)
        if any(is_twice(row[name]) for row in (said, *rows) for name in ("title", "objective", "name") if name in row):
            self.parts.sink.note("project with text encoded twice (mojibake), kept as published")
        about = self.parts.about(where, said)
        for code in _codes(project, "euroSciVoc"):
            self.parts.add_topic(number, code)
        for place, row in enumerate(rows):
            # A document that was asked for by itself keeps its objective, wherever its participants are.
            with_text = at_home[place] if any(at_home) else place == 0
            self.parts.add(f"{where} organization {place + 1}", row, about, with_text=with_text)

    def close(self) -> None:
        if not self.every:
            self.parts.note_selection(self._read, len(self._seen), self._kept, self._wanted)
        self.parts.note_persons()


def _project_row(project: Node) -> dict[str, str]:
    contract = project.get("contract")
    contract = contract if isinstance(contract, Mapping) else {}
    row = {name: _said(project, name) for name in _OF_PROJECT.split()}
    for name in ("startDate", "endDate"):
        row[name] = _said(project, name) or _said(contract, name)
    row["contentUpdateDate"] = row["contentUpdateDate"] or _said(project, "lastUpdateDate")
    row["frameworkProgramme"] = row["frameworkProgramme"] or _framework(project)
    return row


def _framework(project: Node) -> str:
    """The framework programme that a topic or a legal basis of the project belongs to."""
    programmes = list(_related(project, "associations", "programme"))
    for programme in programmes:
        if found := _said(programme, "frameworkProgramme"):
            return found
    codes = [_said(programme, "code").upper() for programme in programmes]
    return next((name for code in codes for name in PROGRAMMES if code.startswith(name)), "")


def _participants(project: Node, number: str) -> Iterator[dict[str, str]]:
    found = list(_related(project, "associations", "organization"))
    for name in _PARTICIPANTS:
        found += [one for one in _listed(project.get(name)) if isinstance(one, Mapping)]
    for one in found:
        address = one.get("address")
        address = address if isinstance(address, Mapping) else {}
        region = next(_related(one, "regions", "region"), {})
        yield {
            "projectID": number,
            "projectAcronym": _said(project, "acronym"),
            "organisationID": _said(one, "id", "organisationID", "pic"),
            "name": _said(one, "legalName", "name"),
            "shortName": _said(one, "shortName"),
            "vatNumber": _said(one, "vatNumber"),
            "SME": _said(one, "sme", "SME"),
            "activityType": next(_codes(one, "organizationActivityType"), "") or _said(one, "activityType"),
            "country": _said(address, "country") or _said(one, "country") or _said(region, "euCode", "isoCode"),
            "organizationURL": _said(address, "url") or _said(one, "organizationURL"),
            "contentUpdateDate": _said(one, "contentUpdateDate"),
            "order": _said(one, "order"),
            "role": _said(one, "type", "role"),
            "ecContribution": _said(one, "ecContribution"),
            "netEcContribution": _said(one, "netEcContribution"),
            "totalCost": _said(one, "totalCost"),
            "endOfParticipation": _said(one, "terminated", "endOfParticipation"),
        }


def _related(node: Node, group: str, kind: str) -> Iterator[Node]:
    """Parts of one kind among a node's relations."""
    relations = node.get("relations")
    held = relations.get(group) if isinstance(relations, Mapping) else None
    if isinstance(held, Mapping):
        found = _listed(held.get(kind))
    else:
        found = [one for one in _listed(held) if isinstance(one, Mapping) and _said(one, "contenttype").lower() == kind]
        found = found or [one for one in _listed(held) if group == "categories"]
    yield from (one for one in found if isinstance(one, Mapping))


def _codes(node: Node, classification: str) -> Iterator[str]:
    """Codes of a node's categories in one classification."""
    for category in _related(node, "categories", "category"):
        if _said(category, "classification").lower() == classification.lower():
            code = _said(category, "code")
            if code:
                yield code


def _said(node: Node, *names: str) -> str:
    """The first of these that a node says, as text: an attribute or a child without children of its own."""
    held = node.get("@attributes") or node.get("attributes")
    attributes = held if isinstance(held, Mapping) else {}
    for name in names:
        for value in (node.get(name), node.get(f"@{name}"), attributes.get(name)):
            one = value[0] if isinstance(value, list) and value else value
            text = as_text(one.get(_TEXT) if isinstance(one, Mapping) else one)
            if text:
                return text
    return ""


def _listed(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]
