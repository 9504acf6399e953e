"""The data dump of ROR: a zip file whose JSON holds all organisations, read piece by piece.

Belongs here: which member is read. Never here: what an organisation says (``ror``), taking a long array apart
(``json_stream``).

A dump holds each organisation several times: as JSON and as CSV, and until 2025 in schema v1 and v2. One JSON is read,
that of the newest schema; the others say the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.decoders.base import Sink, UnreadableError
from scrapers.decoders.json_stream import values
from scrapers.decoders.tables import Broken
from scrapers.decoders.zipped import Zip

MAX_UNPACKED = 768 * 1024 * 1024  # of the JSON: that of 2026 has less than half of it
MAX_READ = 500_000  # organisations; there are about 120,000


def organisations_of(body: bytes, sink: Sink) -> Iterator[tuple[str, object]]:
    """(locator, organisation) of a dump. Damage within ends it with a reject; what came before is good.

    Raises UnreadableError: those of ``Zip``, not_a_dump, too_large.
    """
    zipped = Zip(body)
    name = _member(zipped)
    info = zipped.members[name]
    if info.file_size > MAX_UNPACKED:
        raise UnreadableError("too_large", f"{name[:100]} unpacks to more than {MAX_UNPACKED >> 20} MiB")
    others = [other for other in zipped.members if other != name and not _is_hidden(other)]
    if others:
        sink.note(f"{name[:100]} is read; beside it stand {', '.join(sorted(others))[:150]}")
    return _organisations(zipped, name, sink)


def _member(zipped: Zip) -> str:
    names = [name for name in zipped.members if name.endswith(".json") and not _is_hidden(name)]
    if not names:
        held = ", ".join(sorted(zipped.members)[:6]) or "nothing"
        raise UnreadableError("not_a_dump", f"the zip file holds {held[:150]}, and no JSON")
    newest = [name for name in names if "schema_v2" in name]
    if len(names) > 1 and len(newest) != 1:
        raise UnreadableError("not_a_dump", f"the zip file holds {len(names)} JSON files, none of them marked")
    return newest[0] if newest else names[0]


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__macosx"))


def _organisations(zipped: Zip, name: str, sink: Sink) -> Iterator[tuple[str, object]]:
    try:
        for found in values(zipped.chunks(name)):
            if isinstance(found, Broken):
                sink.reject(f"$[{found.line}]", found.reason, found.detail)
            elif found.number >= MAX_READ:
                sink.reject(name[:100], "too_many_elements", f"more than {MAX_READ} organisations")
                return
            else:
                yield f"$[{found.number}]", found.value
    except UnreadableError as error:
        sink.reject(name[:100], error.reason, error.detail)
