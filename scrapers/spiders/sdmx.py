"""SDMX services: data of dataflows, and structures.

Belongs here: telling a message with data from an error that comes with status 200, and what of an answer stays the same
from one request to the next. Never here: cells, codes and names.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

import orjson

from scrapers.decoders.sdmx_structures import described
from scrapers.spiders.base import PlannedSpider, json_object

# The header says when and under which number an answer was made: it is another one each time.
_HEADER = re.compile(rb"<(?:[\w.-]{1,40}:)?Header>.{0,20000}?</(?:[\w.-]{1,40}:)?Header>", re.S)
_CSV_START = re.compile(rb'(?:\xef\xbb\xbf)?"?(?:DATAFLOW|STRUCTURE)\b')
_XML_MESSAGE = re.compile(rb"<(?:[\w.-]{1,40}:)?(Structure|GenericData|StructureSpecificData|Error)[\s>]")
_FOOTER = re.compile(rb"""<(?:[\w.-]{1,40}:)?Message\s[^>]{0,200}?code=["'](\d{1,5})["']""")
_PUBLICATION = re.compile(r"(?:publication date|date de publication|date of publication)\s*:", re.I)
_HEAD = 20_000


class SdmxSpider(PlannedSpider):
    """Data of dataflows (``scrapers.plan.sdmx_data_url``), as JSON, CSV or XML."""

    name = "sdmx"

    def problem_with(self, body: bytes) -> str | None:
        start = body[:_HEAD].lstrip(b"\xef\xbb\xbf \r\n\t")
        if start.startswith((b"{", b"[")):
            return _problem_of_json(json_object(body))
        if start.startswith(b"<"):
            return _problem_of_xml(body, "data")
        if not _CSV_START.match(start):
            return "the answer is not SDMX-CSV"
        if b"\n" not in body.strip():
            return "the table has no rows"
        return None

    def identity(self, body: bytes) -> str:
        message = json_object(body) if body.lstrip()[:1] == b"{" else None
        if message is not None:
            said = {name: part for name, part in message.items() if name not in ("meta", "header")}
            return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return hashlib.sha256(_HEADER.sub(b"", body, count=1)).hexdigest()

    def upstream_at(self, body: bytes) -> datetime | None:
        """The newest date of publication in the descriptions of dataflows."""
        text = body.decode("utf-8", "replace")
        found = (described([text[hit.start() : hit.start() + 200]]).published_at for hit in _PUBLICATION.finditer(text))
        return max((moment for moment in found if moment is not None), default=None)


class SdmxStructuresSpider(SdmxSpider):
    """Structure messages in XML: dataflows, code lists (``scrapers.plan.sdmx_structure_url``)."""

    name = "sdmx_structures"

    def problem_with(self, body: bytes) -> str | None:
        if not body[:_HEAD].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return "the answer is no XML"
        return _problem_of_xml(body, "structures")


def _problem_of_json(message: dict[str, Any] | None) -> str | None:
    if message is None:
        return "the answer is not a JSON object"
    data = message.get("data")
    inner = data if isinstance(data, dict) else message
    if not isinstance(inner.get("dataSets"), list) or not inner["dataSets"]:
        errors = message.get("errors")
        return f"the service answered with an error: {str(errors)[:120]}" if errors else "the message has no data sets"
    return None


def _problem_of_xml(body: bytes, due: str) -> str | None:
    found = _XML_MESSAGE.search(body[:_HEAD])
    if found is None:
        return "the answer is no message of SDMX"
    if found[1] == b"Error":
        return "the service answered with an error message"
    if (found[1] == b"Structure") != (due == "structures"):
        return f"the answer holds no {due}"
    footer = _FOOTER.search(body[-_HEAD:])
    if footer is not None and footer[1] == b"413":
        return "the service prepares the answer for later (413)"
    name = found[0][1:].split(b":")[0] if b":" in found[0] else b""
    end = b"</" + (name + b":" if name else b"") + found[1]
    return None if end in body[-200:] else "the message breaks off before its end"
