"""The text of XML documents before they are parsed: in UTF-8, its slips put right.

Belongs here: encodings, characters and references. Never here: parsing, entities of a document's own (``safe_xml``).

What publishers get wrong in one place is put right, each with a remark, because it must not cost the rest: a wrong or
missing encoding, bytes that are none of it, control characters, names of characters that only HTML knows (``&nbsp;``),
an "&" that begins no reference ("R&D").
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable
from functools import lru_cache
from html.entities import html5

from scrapers.decoders.base import UnreadableError, refuse_too_large

_CHUNK = 64 * 1024
_PIECE = 1024 * 1024
_LONGEST_REFERENCE = 40
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_REFERENCE = rb"(?:#[0-9]{1,10}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z_:][A-Za-z0-9._:-]{0,99});"
_BARE = re.compile(rb"&(?!" + _REFERENCE + rb")")
_BARE_OR_RAW = re.compile(_BARE.pattern + rb"|<!\[CDATA\[|<!--|<\?")
_ENDS_OF_RAW = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_MAX_STEPS = 500_000  # looks for such an "&"; what follows is left as it is, and refused if there is another
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
# Characters that XML 1.0 does not allow, raw; all of one byte in UTF-8.
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))
_CONTROL_REFERENCE = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")


def as_utf8(body: bytes, remarks: list[str]) -> bytes:
    """The document in UTF-8, without characters that XML does not allow, names of characters put in their place."""
    refuse_too_large(body)
    text = _transcoded(body, remarks)
    if not text.strip(b"\x00 \t\r\n"):
        raise UnreadableError("empty", "the body is empty")
    clean = text.translate(None, _CONTROL)
    if len(clean) != len(text):
        remarks.append(f"{len(text) - len(clean)} control characters are left out")
    clean, references = _replaced(_CONTROL_REFERENCE, lambda _: b"", clean)
    if references:
        remarks.append(f"{references} references to control characters are left out")
    if any(_is_html_only(found[1].decode()) for found in _ENTITY.finditer(clean)):
        clean, _ = _replaced(_ENTITY, _character, clean)
        remarks.append("names of characters that only HTML knows are read as HTML reads them")
    if _BARE.search(clean):
        clean, bare = _with_references(clean)
        if bare:
            remarks.append(f"{bare} times an & that begins no reference is read as itself")
    return clean


def _with_references(text: bytes) -> tuple[bytes, int]:
    """The text with ``&amp;`` for each "&" that begins no reference, and how many; in CDATA sections, comments and
    instructions it stands for itself. A name that a reference has stays as it is, known or not.
    """
    pieces: list[bytes] = []
    start = at = 0
    for _ in range(_MAX_STEPS):
        found = _BARE_OR_RAW.search(text, at)
        if found is None:
            break
        at = found.end()
        if end := _ENDS_OF_RAW.get(found[0]):
            closing = text.find(end, at)
            if closing < 0:
                break
            at = closing + len(end)
        else:
            pieces += (text[start:at], b"amp;")
            start = at
    return b"".join((*pieces, text[start:])), len(pieces) // 2


def _transcoded(body: bytes, remarks: list[str]) -> bytes:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
    ):
        if body.startswith(mark):
            if encoding == "utf-8":
                body = body[len(mark) :]
                break
            text = body.decode(encoding, "replace").removeprefix("\ufeff")
            return text.encode("utf-8", "replace")
    declared = _DECLARED.match(body[:400].lstrip())
    name = _known(declared[1].decode()) if declared else "utf-8"
    # UTF-16 and UTF-32 may be declared, but the bytes show that it is neither of those.
    if name in ("utf-8", "ascii") or name.startswith(("utf-16", "utf-32")):
        if _is_utf8(body):
            return body
        text = body.decode("utf-8", "replace")
        if any(char > "\x7f" and char != "\ufffd" for char in text):
            remarks.append("bytes that are not UTF-8 are shown as U+FFFD")
            return text.encode("utf-8")
        name = "cp1252"
        remarks.append("not UTF-8: read as Windows-1252")
    return body.decode("cp1252" if name == "iso8859-1" else name, "replace").encode("utf-8", "replace")


def _known(encoding: str) -> str:
    """Python's name of a text encoding; UTF-8 for one that it does not know."""
    try:
        info = codecs.lookup(encoding)
        "é".encode(info.name, "replace").decode(info.name)  # refuses codecs that are no encodings of text
    except (LookupError, ValueError, TypeError, AttributeError):
        return "utf-8"
    return info.name


def _is_utf8(body: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(body), _CHUNK):
            decoder.decode(body[at : at + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _replaced(pattern: re.Pattern[bytes], put: Callable[[re.Match[bytes]], bytes], text: bytes) -> tuple[bytes, int]:
    """``pattern.subn`` for references, a piece at a time: at once it takes 90 bytes of memory for each of millions."""
    pieces, total, at = [], 0, 0
    while at < len(text):
        end = min(at + _PIECE, len(text))
        cut = text.rfind(b"&", end - _LONGEST_REFERENCE, end)
        if end < len(text) and cut > at:
            end = cut
        piece, count = pattern.subn(put, text[at:end])
        pieces.append(piece)
        total, at = total + count, end
    return (b"".join(pieces), total) if total else (text, 0)


def _character(found: re.Match[bytes]) -> bytes:
    return _named(found[1].decode())


@lru_cache(maxsize=4096)  # one object for millions of equal references
def _named(name: str) -> bytes:
    return html.escape(html5[f"{name};"]).encode("utf-8") if _is_html_only(name) else f"&{name};".encode()


def _is_html_only(name: str) -> bool:
    return name not in _XML_OWN and f"{name};" in html5
