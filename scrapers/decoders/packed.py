"""Answers that came packed: gzip, or a zip file with one table or message in it.

Belongs here: unpacking one payload within bounds, for every format whose publishers pack it. Never here: what it holds,
zip files of many parts (``zipped``).
"""

from __future__ import annotations

import zlib

from scrapers.decoders.base import MAX_BODY_BYTES, UnreadableError, refuse_too_large
from scrapers.decoders.zipped import Zip

_MAX_STREAMS = 1_000  # a gzip file may be several, one after the other


def unpacked(body: bytes, *endings: str) -> tuple[bytes, str]:
    """(the payload, the name of the zip file's member it was or ""); a body that is not packed stays as it is.

    Of several members the only one whose name has one of ``endings`` is taken. What came out is not unpacked again.

    Raises UnreadableError: too_large, damaged_gzip, not_one_member, and those of ``Zip``.
    """
    refuse_too_large(body)
    if body.startswith(b"\x1f\x8b"):
        return _gunzipped(body), ""
    if not body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return body, ""
    members = Zip(body)
    names = [name for name in members.members if not name.startswith((".", "__macosx"))]
    fitting = [name for name in names if name.endswith(endings)] if len(names) > 1 and endings else names
    if len(fitting) != 1:
        raise UnreadableError("not_one_member", f"the zip file has {len(names)} members, one is due")
    name = fitting[0]
    if members.members[name].file_size > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"the zip file's member has more than {MAX_BODY_BYTES} bytes")
    return b"".join(members.lines(name)), name


def _gunzipped(body: bytes) -> bytes:
    found: list[bytes] = []
    size = 0
    for _ in range(_MAX_STREAMS):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            found.append(unpacker.decompress(body, MAX_BODY_BYTES - size + 1))
        except zlib.error as error:
            raise UnreadableError("damaged_gzip", f"the gzip file is damaged: {error}") from error
        size += len(found[-1])
        if size > MAX_BODY_BYTES:
            raise UnreadableError("too_large", f"the gzip file unpacks to more than {MAX_BODY_BYTES} bytes")
        if not unpacker.eof:
            raise UnreadableError("damaged_gzip", "the gzip file is cut off")
        body = unpacker.unused_data
        if not body.startswith(b"\x1f\x8b"):
            break
    return b"".join(found)
