"""The project's own reviewed lists (``scrapers/curated``) to records: actors, initiatives, recommendations, claims.

Belongs here: the shape of these files. Never here: what a list says, or how it gets into the archive.

A list is YAML: a head (``list``: which kind, ``as_of``: when it was reviewed as a whole), then ``entries:``, one for
each line that begins with "- ". Entries are cut at these lines and read one by one, so that a slip in one costs no
other. Everything is a text, a list of texts or a mapping of texts: YAML guesses no dates and numbers, and the record's
model says what each becomes. Fields that a model does not know, ids told twice and addresses without https are refused;
each entry says who said it and when it was reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import yaml

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line, parse_moment
from scrapers.items import Actor, FundingClaim, Initiative, Recommendation, Record

MAX_LIST_BYTES = 4 * 1024 * 1024
MAX_ENTRIES = 10_000
_MAX_ENTRY = 16 * 1024  # characters
_MAX_OPENINGS = 200  # of nested parts in one entry: the YAML parser recurses
_OPENING = re.compile(r"[\[{]|(?<![^\s\-?])[-?](?=\s)")
_LISTS: dict[str, tuple[type[Record], str]] = {
    "actor": (Actor, "actor_id"),
    "initiative": (Initiative, "initiative_id"),
    "recommendation": (Recommendation, "number"),
    "funding_claim": (FundingClaim, "claim_id"),
}
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_PAGES = ("page_url", "website")
_DUE = ("said_by", "reviewed_on")
_WHEN = ("happened_on", "started")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Head:
    """What a list says of itself."""

    kind: str
    as_of: datetime


class _EntryError(ValueError):
    """One entry cannot be read: a short code, and one line for people."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, one_line(detail)
        super().__init__(reason)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """The records of one list.

    Raises UnreadableError: empty, too_large, not_utf8, not_a_list, too_many_elements.
    """
    head, entries = _split(body)
    model, id_field = _LISTS[head.kind]
    known = model.model_fields.keys() - Record.model_fields.keys()
    sink = Sink(context, model.kind)  # type: ignore[arg-type]
    seen: set[str] = set()
    for number, text in entries:
        locator = f"line {number}"
        try:
            fields = _entry(text)
            name = str(fields.get(id_field, ""))
            if not _ID.fullmatch(name):
                raise _EntryError("bad_id", f"{id_field} {name[:60]!r}: small letters, digits and hyphens are due")
            _check(fields, known)
        except _EntryError as error:
            sink.reject(locator, error.reason, error.detail)
            continue
        record_id = f"{context.source_id}:{name}"
        if record_id in seen:
            sink.reject(locator, "duplicate_id", f"{id_field} {name} stands earlier", record_id)
            continue
        record = sink.build(model, locator, {"record_id": record_id, **fields})
        if record is not None:
            seen.add(record_id)
            sink.records.append(record)
    return sink.decoded()


def head_of(body: bytes) -> Head:
    """The head of a list. Raises UnreadableError like ``decode``."""
    return _split(body)[0]


def _split(body: bytes) -> tuple[Head, Iterator[tuple[int, str]]]:
    """The head, and the entries with the numbers of their first lines."""
    if len(body) > MAX_LIST_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes; a list of ours has at most {MAX_LIST_BYTES}")
    try:
        lines = body.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableError("not_utf8", f"the list is not UTF-8 at byte {error.start}") from None
    if not any(line.strip() for line in lines):
        raise UnreadableError("empty", "the body is empty")
    starts = [number for number, line in enumerate(lines) if line.startswith("- ")]
    if len(starts) > MAX_ENTRIES:
        raise UnreadableError("too_many_elements", f"{len(starts)} entries, at most {MAX_ENTRIES} are read")
    try:
        said = _mapping("\n".join(lines[: starts[0] if starts else None]))
    except _EntryError as error:
        raise UnreadableError("not_a_list", error.detail) from None
    kind, as_of = str(said.get("list")), parse_moment(said.get("as_of"))
    if kind not in _LISTS or as_of is None or not set(said) <= {"list", "as_of"} or not starts:
        raise UnreadableError("not_a_list", f"a head with list ({', '.join(_LISTS)}), as_of and entries is due")
    bounds = pairwise([*starts, len(lines)])
    return Head(kind, as_of), ((start + 1, "\n".join(lines[start:end])) for start, end in bounds)


def _entry(text: str) -> dict[str, Any]:
    return _mapping("  " + text[2:])


def _mapping(text: str) -> dict[str, Any]:
    """A YAML mapping of texts, lists of texts and mappings of texts; an empty value is left out."""
    if len(text) > _MAX_ENTRY or len(_OPENING.findall(text)) > _MAX_OPENINGS:
        raise _EntryError("too_large", f"an entry has at most {_MAX_ENTRY} characters and {_MAX_OPENINGS} parts")
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _EntryError("not_yaml", str(getattr(error, "problem", None) or error)) from None
    if not isinstance(node, yaml.MappingNode):
        raise _EntryError("not_a_mapping", "fields with values are due")
    found = _pairs(node)
    return {name: value for name, value in ((name, _value(name, part)) for name, part in found) if value != ""}


def _pairs(node: yaml.MappingNode) -> list[tuple[str, yaml.Node]]:
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _EntryError("bad_field", "the name of a field is a text")
        if key.value in found:
            raise _EntryError("bad_field", f"{key.value[:60]!r} stands twice")
        found[key.value] = value
    return list(found.items())


def _value(name: str, node: yaml.Node, depth: int = 0) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value.strip()
    if depth == 0 and isinstance(node, yaml.SequenceNode):
        return [_value(name, part, 1) for part in node.value]
    if depth == 0 and isinstance(node, yaml.MappingNode):
        return {key: _value(name, part, 1) for key, part in _pairs(node)}
    raise _EntryError("bad_field", f"{name[:60]!r} is nested more deeply than a list or a mapping of texts")


def is_partial_day(text: str) -> bool:
    """Whether a text is an ISO day, month or year."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII):
        return False
    return parse_moment((text + "-01-01")[:10]) is not None


def _check(fields: dict[str, Any], known: Set[str]) -> None:
    unknown = sorted(fields.keys() - known)
    if unknown:
        raise _EntryError("unknown_field", f"{', '.join(unknown)[:200]}: the record has no such field")
    missing = [name for name in _DUE if not fields.get(name)]
    if missing:
        raise _EntryError(
            "missing_source", f"{', '.join(missing)}: each entry says who said it, and when it was reviewed"
        )
    for name in _WHEN:
        if name in fields and not is_partial_day(str(fields[name])):
            raise _EntryError("bad_date", f"{name}: an ISO day, month or year is due")
    for name in _PAGES:
        if name in fields and not str(fields[name]).startswith("https://"):
            raise _EntryError("bad_address", f"{name}: an https address is due, else name the page in said_where")
