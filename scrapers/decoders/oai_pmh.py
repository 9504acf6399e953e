"""OAI-PMH 2.0: the envelope of every answer, whatever format its records are in.

Belongs here: errors, headers, resumption tokens, and walking the records of an answer. Never here: metadata
(``oai_metadata``), requests (``scrapers/spiders/oai.py``). Bytes are parsed here and not by oaipmh-scythe, which does
its own HTTP and so would go round the archive, the only door to the network.

Names are compared without their name spaces: servers leave them out, and put prefixes of their own. An element is the
protocol's only where the protocol puts it, since MARC calls its records ``record`` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from scrapers.decoders.base import Sink, UnreadableError, one_line, parse_moment
from scrapers.decoders.xml_boards import child, children, text
from scrapers.safe_xml import iterate, local_name, parse_tree

if TYPE_CHECKING:
    from lxml import etree

MAX_RECORDS = 20_000  # of one answer: servers give 100 to 2,000
EMPTY = "noRecordsMatch"
EXPIRED = "badResumptionToken"
_CODES = (
    "badArgument badResumptionToken badVerb cannotDisseminateFormat idDoesNotExist noRecordsMatch noMetadataFormats "
    "noSetHierarchy"
)
CODES = frozenset(_CODES.split())
_WITHOUT_RECORDS = {"ListIdentifiers", "Identify", "ListMetadataFormats", "ListSets"}
VERBS = _WITHOUT_RECORDS | {"ListRecords", "GetRecord"}
_MAX_ID, _MAX_TOKEN = 300, 20_000


@dataclass(frozen=True)
class Header:
    """Of one record: its id, when it last changed, and whether it is gone."""

    identifier: str
    datestamp: str = ""
    is_deleted: bool = False

    @property
    def changed_at(self) -> datetime | None:
        return parse_moment(self.datestamp)


@dataclass
class Page:
    """One answer to ListRecords or ListIdentifiers as a harvest sees it. ``token`` is "" where the list ends."""

    headers: list[Header] = field(default_factory=list)
    nameless: int = 0  # headers without an id
    token: str = ""
    size: int | None = None  # completeListSize
    error: str = ""  # code
    said: str = ""  # of the error


def read_page(body: bytes) -> Page:
    """An answer as a harvest sees it. Raises UnreadableError: what ``scrapers.safe_xml`` raises, not_oai."""
    page = Page()
    is_oai = False
    for element in iterate(body, {"request", "header", "error", "resumptionToken", "responseDate"}):
        name, parent = local_name(element), _parent(element)
        if name in ("request", "responseDate"):
            is_oai = is_oai or parent == "OAI-PMH"
        elif name == "header" and parent in ("record", "ListIdentifiers"):
            header = header_of(element)
            page.nameless += header is None
            page.headers += [header] if header is not None else []
            if len(page.headers) > MAX_RECORDS:
                raise UnreadableError("too_many_elements", f"more than {MAX_RECORDS} records in an answer")
        elif name == "error" and parent == "OAI-PMH":
            is_oai = True
            page.error, page.said = str(element.get("code") or "an error without a code")[:100], one_line(text(element))
        elif name == "resumptionToken" and parent in VERBS:
            page.token = text(element)[:_MAX_TOKEN]
            size = str(element.get("completeListSize") or "")
            page.size = int(size) if re.fullmatch(r"[0-9]{1,12}", size) else None
    if not is_oai:
        raise UnreadableError("not_oai", "no answer of OAI-PMH")
    return page


def header_of(element: etree._Element | None) -> Header | None:
    """A header; None where it has no id."""
    identifier = " ".join(text(element, "identifier").split())
    if element is None or not identifier or len(identifier) > _MAX_ID:
        return None
    return Header(identifier, text(element, "datestamp")[:40], element.get("status", "").strip().lower() == "deleted")


def records(body: bytes, sink: Sink) -> Iterator[tuple[str, etree._Element]]:
    """(locator, element) of each ``record`` of an answer, or of the metadata alone that stand without an envelope.

    An answer that breaks off keeps what stands before the break; the rest becomes one reject. Healthy answers without
    records are a note.

    Raises UnreadableError: what ``scrapers.safe_xml`` raises before the first record, an error's own code, not_oai,
    too_many_elements.
    """
    remarks: list[str] = []
    verb, number = "", 0
    try:
        for element in iterate(body, {"record", "error", "request"}, remarks):
            name, parent = local_name(element), _parent(element)
            if name == "request":
                verb = str(element.get("verb") or "").strip() if parent == "OAI-PMH" else verb
            elif name == "error":
                if parent == "OAI-PMH" and _is_failure(element, sink):
                    return
            elif parent != "metadata" and _is_of_oai(element):
                number += 1
                if number > MAX_RECORDS:
                    raise UnreadableError("too_many_elements", f"more than {MAX_RECORDS} records in an answer")
                yield f"record[{number}]", element
    except UnreadableError as error:
        if not number or error.reason == "too_many_elements":
            raise
        sink.reject(f"after record[{number}]", error.reason, f"the answer breaks off: {error.detail}")
    if not number:
        yield from _without_records(body, verb, sink)
    sink.note_all(remarks)


def _is_failure(error: etree._Element, sink: Sink) -> bool:
    """True where the error only says that there is nothing; raises UnreadableError for every other one."""
    code = str(error.get("code") or "").strip()
    said = one_line(text(error)) or "no reason given"
    if code == EMPTY:
        sink.note("no records match: a healthy empty answer")
        return True
    raise UnreadableError(
        code if code in CODES else "upstream_error", f"the server answers with an error: {code}: {said}"
    )


def _without_records(body: bytes, verb: str, sink: Sink) -> Iterator[tuple[str, etree._Element]]:
    """The metadata alone; or a remark on a healthy answer that holds none."""
    root = parse_tree(body)
    name = local_name(root)
    if name != "OAI-PMH" and name not in VERBS:
        yield name, root
        return
    found = next((local_name(part) for part in root if local_name(part) in VERBS), name if name in VERBS else verb)
    if found not in VERBS:
        raise UnreadableError("not_oai", "an envelope without an answer in it")
    if found in _WITHOUT_RECORDS:
        headers = len(children(child(root, found), "header"))
        sink.note(f"an answer to {found} holds no records" + (f", {headers} headers" if headers else ""))
    else:
        sink.note(f"an answer to {found} without a record")


def _is_of_oai(record: etree._Element) -> bool:
    """Whether a ``record`` is the protocol's, and not one of a metadata format."""
    return child(record, "header") is not None or _parent(record) in ("ListRecords", "GetRecord")


def _parent(element: etree._Element) -> str:
    parent = element.getparent()
    return local_name(parent) if parent is not None else ""
