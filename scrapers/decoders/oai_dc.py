"""Answers of OAI-PMH servers to works of research: repositories, and arXiv.

Belongs here: one record of the protocol to one record of ours. Never here: the envelope (``oai_pmh``), the metadata
formats (``oai_metadata``), requests (``scrapers/spiders/oai.py``).

A record is known by the id of its header. A header that says ``deleted`` is a record too, that of a work which is gone;
what is only absent from an answer is not gone. Formats other than those of ``oai_metadata`` (MARC, MODS, METS) are
refused where an answer holds nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError
from scrapers.decoders.oai_metadata import FORMATS, Fields
from scrapers.decoders.oai_pmh import Header, header_of, records
from scrapers.decoders.work_ids import arxiv_id_of
from scrapers.decoders.xml_boards import child
from scrapers.items import ResearchOutput
from scrapers.safe_xml import local_name

if TYPE_CHECKING:
    from lxml import etree

_NAMES = {
    "http://www.loc.gov/MARC21/slim": "MARCXML",
    "http://www.loc.gov/mods/v3": "MODS",
    "http://www.loc.gov/METS/": "METS",
    "urn:mpeg:mpeg21:2002:02-DIDL-NS": "DIDL",
    "http://www.dspace.org/xmlns/dspace/dim": "DIM",
}
_KNOWN = "Dublin Core, xoai, arXiv and arXivRaw are"
_OAI_ID = re.compile(r"oai:[A-Za-z0-9.\-]{1,200}:\S{1,280}")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Works of one answer, or of the metadata of one record alone.

    Raises UnreadableError: what ``oai_pmh.records`` raises, unsupported_format (all metadata is in a format that is not
    read), not_oai.
    """
    sink = Sink(context, "research_output")
    unread = ""
    for locator, element in records(body, sink):
        is_enveloped = child(element, "header") is not None or local_name(element) == "record"
        metadata = _metadata(element) if is_enveloped else _inner(element)
        header = header_of(child(element, "header")) if is_enveloped else None
        read = FORMATS.get(local_name(metadata)) if metadata is not None else None
        if metadata is not None and (read is None or _is_another(metadata)):
            if not is_enveloped:
                _refuse_alone(metadata)
            unread = unread or _name_of(metadata)
            sink.reject(
                locator, "unsupported_format", f"{_name_of(metadata)} is not read: {_KNOWN}", _id(header, context)
            )
            continue
        if is_enveloped and header is None:
            sink.reject(locator, "missing_id", "the header has no identifier")
            continue
        fields = read(metadata, sink) if read is not None and metadata is not None else {}
        record = _record(locator, header, fields, context, sink)
        if record is not None:
            sink.keep_once(record, "a record stands twice in the answer, read once")
    if unread and not sink.records:
        raise UnreadableError("unsupported_format", f"{unread} is not read: {_KNOWN}")
    return sink.decoded()


def _record(
    locator: str, header: Header | None, fields: Fields, context: DecodeContext, sink: Sink
) -> ResearchOutput | None:
    work_id = header.identifier if header is not None else _own_id(fields)
    if not work_id:
        sink.reject(locator, "missing_id", "metadata without an envelope, and without an id of its own")
        return None
    record_id = f"{context.source_id}:{work_id}"
    if header is not None and header.is_deleted:
        said: Fields = {"title": "", "is_deleted": True, "arxiv_id": arxiv_id_of(work_id, named=True)}
    elif not fields:
        sink.reject(locator, "missing_metadata", "a record that is not deleted and has no metadata", record_id)
        return None
    else:
        said = fields
        if not said["title"]:
            sink.note("work without a title")
    changed_at = header.changed_at if header is not None else None
    named = [work_id] if _OAI_ID.fullmatch(work_id) else []
    record = sink.build(
        ResearchOutput,
        locator,
        {
            **said,
            "record_id": record_id,
            "work_id": work_id,
            "updated_at": said.get("updated_at") or changed_at,
            "arxiv_id": said["arxiv_id"] or arxiv_id_of(work_id, named=True),
            "other_ids": list(dict.fromkeys([*named, *said.get("other_ids", [])])),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def _metadata(record: etree._Element) -> etree._Element | None:
    """The one description of a record, whatever its format."""
    around = child(record, "metadata")
    if around is None:
        return None
    return next((part for part in around if isinstance(part.tag, str)), None) if _is_around(around) else around


def _is_around(metadata: etree._Element) -> bool:
    """Whether ``metadata`` is the protocol's, and not xoai's own element of that name put in its place."""
    return "xoai" not in metadata.tag


def _inner(alone: etree._Element) -> etree._Element:
    """The description in a ``metadata`` element of the protocol's that stands alone; else the element itself."""
    inner = next((part for part in alone if isinstance(part.tag, str)), None)
    return inner if inner is not None and _is_another(alone) else alone


def _is_another(metadata: etree._Element) -> bool:
    """Whether an element is called as one of ours and is none: ``metadata`` of anything but xoai."""
    return local_name(metadata) == "metadata" and child(metadata, "element") is None


def _refuse_alone(metadata: etree._Element) -> None:
    name = _name_of(metadata)
    if name in _NAMES.values():
        raise UnreadableError("unsupported_format", f"{name} is not read: {_KNOWN}")
    raise UnreadableError("not_oai", f"the root element is <{local_name(metadata)[:60]}>, no answer of OAI-PMH")


def _name_of(metadata: etree._Element) -> str:
    space = metadata.tag.rpartition("}")[0].lstrip("{")
    return _NAMES.get(space, f"the format <{local_name(metadata)[:60]}>")


def _id(header: Header | None, context: DecodeContext) -> str | None:
    return f"{context.source_id}:{header.identifier}" if header is not None else None


def _own_id(fields: Fields) -> str:
    """An id for metadata without an envelope: what the description itself is known by."""
    if fields.get("arxiv_id"):
        return f"oai:arXiv.org:{fields['arxiv_id']}"
    ids = [*fields.get("other_ids", []), *([f"doi:{fields['doi']}"] if fields.get("doi") else [])]
    return str(ids[0]) if ids else ""
