"""Content encodings of HTTP bodies taken off, whole and within a bound.

Belongs here: gzip and deflate. Never here: files that are packed themselves (``scrapers.decoders.zipped``).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable


def encodings_of(fields: Iterable[bytes]) -> list[str]:
    """Names of the encodings of a Content-Encoding field in the order they were put on, without ``identity``."""
    names = b",".join(fields).decode("latin-1").lower().split(",")
    return [name for name in (part.strip() for part in names) if name not in ("", "identity")]


def unpacked(body: bytes, encodings: Iterable[str], max_bytes: int) -> bytes:
    """The body without its encodings; raises ValueError as ``decompress`` does."""
    for name in reversed(list(encodings)):
        body = decompress(body, name, max_bytes)
    return body


def decompress(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The whole of a gzip or deflate body; raises ValueError for anything else, for a cut one, and beyond the bound."""
    if encoding in ("gzip", "x-gzip"):
        modes: tuple[int, ...] = (zlib.MAX_WBITS + 16,)
    elif encoding == "deflate":
        modes = (zlib.MAX_WBITS, -zlib.MAX_WBITS)  # the standard says zlib, some servers send it bare
    else:
        raise ValueError(f"content encoding {encoding[:40]!r} is not known")
    for wbits in modes:
        out, rest = bytearray(), body
        try:
            while rest:  # gzip bodies may have several members
                engine = zlib.decompressobj(wbits=wbits)
                out += engine.decompress(rest, max_bytes + 1 - len(out))
                if len(out) > max_bytes:
                    raise ValueError(f"the body grows beyond {max_bytes} bytes")
                if not engine.eof:
                    raise ValueError("the body is cut short")
                rest = engine.unused_data
        except zlib.error:
            continue
        return bytes(out)
    raise ValueError(f"the body is not {encoding}")
