"""Bytes to text for HTML and XML as publishers really send them: which encoding is meant, and never an exception.

Belongs here: the order in which the signs of an encoding are believed, and the encodings that are read at all. Never
here: markup beyond the first lines that name an encoding.

Order: byte order mark, charset of the HTTP field (RFC 7303, 3.2 and 3.3), what the document declares, UTF-8, and
Windows-1252 for bytes that are not UTF-8. Only the encodings listed are tried: Python knows others whose decoding takes
quadratic time or runs an escape language (punycode, unicode_escape).
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<?" and "<!" look without a byte order mark.
_UNMARKED = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_READ = frozenset(
    {
        *("utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"cp125{part}" for part in range(9)),
        *("koi8-r", "koi8-u", "mac-roman", "big5", "gb2312", "gbk", "gb18030", "euc_jp", "euc_kr", "shift_jis"),
    }
)
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})|<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
_OF_HTTP = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_LOOKED_AT = 4096  # bytes in which a document names its encoding (HTML asks for the first 1,024)


def read_text(body: bytes, content_type: str = "") -> tuple[str, list[str]]:
    """The text of a document and remarks on how it had to be read. Bytes without meaning become U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding, [])
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return _decoded(body, encoding, [])
    notes: list[str] = []
    found = _OF_HTTP.search(content_type)
    declared = _DECLARED.search(body[:_LOOKED_AT])
    inside = (declared[1] or declared[2]).decode("ascii") if declared else None
    for name in (found[1] if found else None, inside):
        known = _known(name) if name else None
        if name and known is None:
            notes.append(f"encoding {name!r} is not read")
        # A document without a zero byte was not written in one of the wide encodings, whatever it says.
        if known is None or (known.startswith(("utf-16", "utf-32")) and b"\x00" not in body[:_LOOKED_AT]):
            continue
        try:
            return body.decode(known), notes
        except UnicodeError:
            notes.append(f"the document is not {name}, as it is said to be")
    return _decoded(body, "utf-8", notes)


def _known(name: str) -> str | None:
    """Python's name of an encoding that is read here. Latin-1 is read as browsers read it, as Windows-1252."""
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if encoding not in _READ:
        return None
    return "cp1252" if encoding == "iso8859-1" else encoding


def _decoded(body: bytes, encoding: str, notes: list[str]) -> tuple[str, list[str]]:
    try:
        return body.decode(encoding), notes
    except UnicodeDecodeError as error:
        first_bad = error.start
    replaced = body.decode(encoding, "replace")
    # One damaged byte in good UTF-8 must not turn every accent into two wrong characters; but bytes without a single
    # valid accent were written in an old encoding.
    if encoding != "utf-8" or any(char > "\x7f" and char != "\ufffd" for char in replaced):
        return replaced, [*notes, f"bytes that are not {encoding}, first at {first_bad}, shown as U+FFFD"]
    return body.decode("cp1252", "replace"), [*notes, f"not UTF-8 (first at {first_bad}): read as Windows-1252"]
