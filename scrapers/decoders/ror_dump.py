"""The data dump of ROR: a zip file whose JSON holds all organisations, read piece by piece.

Belongs here: which member is read, and taking one organisation after the other out of a text that is too large to be
parsed at once. Never here: what an organisation says (``ror``).

A dump holds each organisation several times: as JSON and as CSV, and until 2025 in schema v1 and v2. One JSON is read,
that of the newest schema; the others say the same.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from scrapers.decoders.base import Sink, UnreadableError, one_line
from scrapers.decoders.zipped import Zip

MAX_UNPACKED = 768 * 1024 * 1024  # of the JSON: that of 2026 has less than half of it
MAX_ONE = 512 * 1024  # characters of one organisation: the largest has 60,000
MAX_READ = 500_000  # organisations; there are about 120,000
_GAP = re.compile(r"[\s,]*")


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
    """Elements of the array, decoded one at a time out of a buffer that is refilled before it runs short."""
    decoder, chunks = json.JSONDecoder(), _texts(zipped, name)
    number, is_open = 0, True
    try:
        buffer = next(chunks, "").removeprefix("\ufeff").lstrip()
        if not buffer.startswith("["):
            sink.reject(name[:100], "not_a_list", "the JSON of a dump is a list of organisations")
            return
        at = 1
        while True:
            at = _GAP.match(buffer, at).end()  # type: ignore[union-attr]
            if is_open and len(buffer) - at < MAX_ONE:
                chunk = next(chunks, None)
                is_open = chunk is not None
                buffer, at = buffer[at:] + (chunk or ""), 0
                continue
            if buffer[at : at + 1] in ("]", ""):
                if buffer[at : at + 1] == "":
                    sink.reject(f"{name[:100]} $[{number}]", "cut_off", "the list breaks off")
                return
            if number >= MAX_READ:
                sink.reject(
                    name[:100], "too_many_elements", f"more than {MAX_READ} organisations: the rest is not read"
                )
                return
            element, at = decoder.raw_decode(buffer, at)
            yield f"$[{number}]", element
            number += 1
    except UnreadableError as error:
        sink.reject(f"{name[:100]} $[{number}]", error.reason, error.detail)
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else one_line(str(error))
        sink.reject(f"{name[:100]} $[{number}]", "not_json", f"{said}: the rest is not read")


def _texts(zipped: Zip, name: str) -> Iterator[str]:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    for chunk in zipped.chunks(name):
        yield decode(chunk)
