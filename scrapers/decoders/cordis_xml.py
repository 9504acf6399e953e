"""CORDIS as XML: one project a document, alone, several in one, or a zip of many.

Belongs here: finding the projects of a file. Never here: where things stand in one (``cordis_documents``).
"""

from __future__ import annotations

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, refuse_too_large
from scrapers.decoders.cordis_documents import Documents, as_node
from scrapers.decoders.cordis_json import MAX_DOCUMENTS
from scrapers.decoders.cordis_records import Participations
from scrapers.decoders.packed import unpacked
from scrapers.decoders.zipped import Zip
from scrapers.safe_xml import iterate, local_name

_MAX_DOCUMENT = 8 * 1024 * 1024


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Participations in the projects of one file.

    Raises UnreadableError: what ``Zip`` and ``safe_xml`` raise, not_cordis.
    """
    sink = Sink(context, "funding_event")
    is_zip = body.startswith(b"PK")
    documents = Documents(Participations(context, sink), every=not is_zip and "country" not in context.params)
    if is_zip:
        found = _of_zip(Zip(body, MAX_DOCUMENTS), documents, sink)
    else:
        body, _ = unpacked(body)
        refuse_too_large(body)
        found = _of_text(body, documents, sink, "project")
    if not found:
        raise UnreadableError("not_cordis", "no project of CORDIS stands in it")
    documents.close()
    return sink.decoded()


def _of_zip(zipped: Zip, documents: Documents, sink: Sink) -> int:
    found = 0
    for name in zipped.members:
        if not name.endswith(".xml"):
            continue
        try:
            found += _of_text(zipped.whole(name, _MAX_DOCUMENT), documents, sink, name)
        except UnreadableError as error:
            sink.reject(name, error.reason, error.detail)
    return found


def _of_text(body: bytes, documents: Documents, sink: Sink, where: str) -> int:
    """The projects of one document; what follows a place where it breaks off is lost, and said so."""
    remarks: list[str] = []
    found = 0
    try:
        for element in iterate(body, {"project"}, remarks):
            if any(local_name(outer) == "project" for outer in element.iterancestors()):
                continue  # named in the relations of another
            found += 1
            documents.add(as_node(element), where if found == 1 else f"{where} {found}")
    except UnreadableError as error:
        if not found:
            raise
        sink.reject(where, error.reason, error.detail)
    sink.note_all(remarks)
    return found
