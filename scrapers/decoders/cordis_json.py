"""CORDIS as JSON: the zip of tables, the zip of one document a project, and single files of either.

Belongs here: telling these layouts apart. Never here: which projects become records (``cordis_tables``), where things
stand in a document (``cordis_documents``).

Until 2026 the zip holds project.json, organization.json, euroSciVoc.json…, each an array with the columns of the CSV
tables; since then one project-rcn-…_en.json a project, with its relations. Objects may be glued together, with byte
order marks between them (``json_stream``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json, refuse_too_large
from scrapers.decoders.cordis_documents import Documents, is_document, projects_in
from scrapers.decoders.cordis_records import ORGANISATION_COLUMNS, PROJECT_COLUMNS, as_text, canonical
from scrapers.decoders.cordis_tables import (
    NEEDED,
    ORGANISATIONS,
    PROJECTS,
    Keep,
    Programme,
    Row,
    check_members,
    members_of,
)
from scrapers.decoders.double_encoding import is_twice
from scrapers.decoders.json_stream import Value, pieces, values
from scrapers.decoders.packed import unpacked
from scrapers.decoders.tables import Broken
from scrapers.decoders.zipped import Zip

MAX_DOCUMENTS = 60_000
_MAX_DOCUMENT = 4 * 1024 * 1024
_KNOWN = {PROJECTS: PROJECT_COLUMNS, ORGANISATIONS: ORGANISATION_COLUMNS}


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Participations in the projects of one file.

    Raises UnreadableError: what ``Zip`` and ``json_stream`` raise, not_cordis, no_participations.
    """
    sink = Sink(context, "funding_event")
    programme = Programme(context, sink)
    if body.startswith(b"PK"):
        zipped = Zip(body, MAX_DOCUMENTS)
        tables = members_of(zipped.members, "json")
        if ORGANISATIONS in tables:
            check_members(tables, zipped.members, "json")
            programme.read(_Arrays(lambda table: zipped.chunks(tables[table]), sink, tables), zipped.members)
        else:
            _of_documents(zipped, programme, sink)
        return sink.decoded()
    body, _ = unpacked(body)
    refuse_too_large(body)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):  # the stream reads UTF-8
        body = body.decode("utf-16", "replace").encode()
        sink.note("UTF-16, read as such")
    first = next((found.value for found in values(pieces(body)) if isinstance(found, Value)), None)
    if is_document(first):
        documents = Documents(programme.parts, every="country" not in context.params)
        for found in values(pieces(body)):
            _add(found, documents, sink)
        documents.close()
    else:
        _check(first)
        programme.read_one(_Arrays(lambda _: pieces(body), sink, {ORGANISATIONS: "organization.json"}))
    return sink.decoded()


def _of_documents(zipped: Zip, programme: Programme, sink: Sink) -> None:
    """Every document of a zip file; one that is damaged costs its own project."""
    names = [name for name in zipped.members if name.endswith(".json")]
    documents = Documents(programme.parts, every=False)
    is_any = False
    for name in names:
        try:
            value, remarks = load_json(zipped.whole(name, _MAX_DOCUMENT))
        except UnreadableError as error:
            sink.reject(name, error.reason, error.detail)
            continue
        for project in projects_in(value):
            is_any = True
            documents.add(project, name)
        sink.note_all(remarks)
    if not is_any:
        held = ", ".join(sorted(zipped.members)[:8]) or "nothing"
        raise UnreadableError("not_cordis", f"the zip file holds {held}, but no project with participants")
    documents.close()


def _add(found: Value | Broken, documents: Documents, sink: Sink) -> None:
    if isinstance(found, Broken):
        sink.reject(f"$[{found.line}]", found.reason, found.detail)
        return
    projects = list(projects_in(found.value))
    for project in projects:
        documents.add(project, f"$[{found.number}]")
    if not projects:
        sink.reject(f"$[{found.number}]", "not_cordis", "no project with its relations")


def _check(first: Any) -> None:
    """Raises UnreadableError unless a value is a row of a table of organisations."""
    if not isinstance(first, dict):
        raise UnreadableError("not_cordis", "no object of CORDIS stands in it")
    names = set(canonical(first, organisations=True))
    if {"projectID", "organisationID"} <= names:
        return
    held = ", ".join(list(map(str, first))[:8])[:200]
    if {"acronym", "objective"} <= names or "euroSciVocCode" in names or {"projectID", "title"} <= names:
        raise UnreadableError("no_participations", f"a table of CORDIS without participations: {held}")
    raise UnreadableError("not_cordis", f"an object of no known shape: {held}")


class _Arrays:
    """Tables as arrays of objects."""

    def __init__(self, parts: Callable[[str], Iterable[bytes]], sink: Sink, members: Mapping[str, str]) -> None:
        self._parts, self._sink, self.members = parts, sink, members

    def rows(self, table: str, keep: Keep, *, loud: bool) -> Iterator[tuple[str, Row] | tuple[str, Broken]]:
        name = self.members[table]
        key = NEEDED[table][0]
        names: dict[str, str] = {}
        for found in values(self._parts(table)):
            if isinstance(found, Broken):
                yield f"{name}[{found.line}]", found
                continue
            where = f"{name}[{found.number}]"
            if not names:
                names = self._names(found.value, table, name, loud=loud)
            project = as_text(found.value.get(names[key]))
            if not project:
                yield where, Broken(found.number, "missing_id", f"the object has no {key}")
            elif keep(project, as_text(found.value.get(names.get("country", "country")))):
                row = {column: as_text(found.value.get(given)) for column, given in names.items()}
                if loud and any(map(is_twice, row.values())):
                    self._sink.note(f"{name}: objects with text encoded twice (mojibake), kept as published")
                yield where, row

    def _names(self, value: Mapping[str, Any], table: str, name: str, *, loud: bool) -> dict[str, str]:
        """Column -> name that it has here, out of the first object, and those that it lacks by their own names."""
        given = list(itertools.islice(value, 200))
        columns = canonical(given, organisations=table == ORGANISATIONS)
        names = dict(zip(columns, given, strict=True))
        missing = [column for column in NEEDED[table] if column not in names]
        if missing:
            raise UnreadableError("not_cordis", f"{name} lacks {', '.join(missing)}")
        if table in _KNOWN:
            if loud:
                for column in columns:
                    if column not in _KNOWN[table]:
                        self._sink.note(f"unknown field {name} {column[:60]!r} is not kept")
            names = {column: column for column in _KNOWN[table]} | names
        return names
