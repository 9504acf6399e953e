"""SDMX-JSON structure messages to codes and dataflows, and the texts that data messages share with them.

Belongs here: how code lists and dataflows stand in JSON. Never here: data messages (``sdmx_json``), what a dataflow's
description says (``sdmx_structures``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError, one_line
from scrapers.decoders.sdmx_structures import Flow, Structures

LISTS = {"codelists": "codes", "valueLists": "valueItems", "geoCodelists": "geoFeatureSetCodes"}


def read_structures(inner: Mapping[str, Any], context: DecodeContext, sink: Sink) -> None:
    found = Structures(context, sink)
    for group, content in LISTS.items():
        for where, item in _objects(inner.get(group), f"$.data.{group}", sink):
            identity = _identity(item)
            for inside, code in _objects(item.get(content), f"{where}.{content}", sink):
                found.code(inside, identity, code.get("id"), code.get("parent"), _names_of(code, "name"))
    for where, item in _objects(inner.get("dataflows"), "$.data.dataflows", sink):
        agency, name, version = _identity(item)
        notes = item.get("annotations")
        annotations = {
            text_of(note.get("type")): text_of(note.get("title")) or text_of(note.get("text"))
            for note in (notes if isinstance(notes, list) else [])
            if isinstance(note, dict)
        }
        found.flow(
            where, Flow(agency, name, version, _names_of(item, "name"), _names_of(item, "description"), annotations)
        )
    others = sorted(name for name, value in inner.items() if value and name not in (*LISTS, "dataflows"))
    if not sink.records and not sink.rejects:
        raise UnreadableError(
            "no_data", f"neither data nor codes nor dataflows; {', '.join(others)[:200] or 'nothing'}"
        )
    for name in others:
        sink.note(f"{one_line(name)[:60]} are not read")


def _objects(listed: Any, where: str, sink: Sink) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield f"{where}[{number}]", item
        else:
            sink.reject(
                f"{where}[{number}]", "bad_element", f"a JSON {type(item).__name__} stands where an object is due"
            )


def _identity(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return text_of(item.get("agencyID")), text_of(item.get("id")), text_of(item.get("version"))


def _names_of(item: Mapping[str, Any], field: str) -> dict[str, str]:
    """Names or descriptions by language; the one without a language where there are no others."""
    found = by_language(item.get(f"{field}s")) or by_language(item.get(field))
    alone = text_of(item.get(field))
    return found or ({"en": alone} if alone else {})


def by_language(value: Any) -> dict[str, str]:
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def named(item: Mapping[str, Any]) -> str:
    names = by_language(item.get("names"))
    return text_of(item.get("name")) or next((names[name] for name in ("en", *names) if names.get(name)), "")


def said_text(value: Any) -> str:
    return text_of(value) or next(iter(by_language(value).values()), "")


def text_of(value: Any) -> str:
    """A text or a number as text; "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def flow_of(links: Any) -> tuple[str, str]:
    """(reference of the dataflow, reference of its structure) out of links by URN or address."""
    found = {"dataflow": "", "datastructure": ""}
    for link in links if isinstance(links, list) else ():
        rel = text_of(link.get("rel")).lower() if isinstance(link, dict) else ""
        if rel not in found or found[rel]:
            continue
        urn, address = text_of(link.get("urn")), text_of(link.get("href"))
        if urn:
            found[rel] = urn
        elif f"/{rel}/" in address:
            parts = address.partition(f"/{rel}/")[2].partition("?")[0].split("/")
            found[rel] = f"{parts[0]}:{parts[1]}" if len(parts) > 1 and parts[1] not in ("all", "") else parts[0]
    return found["dataflow"], found["datastructure"]
