"""Hostile XML to elements: no document type, no entities, no network, and bounds on everything that can grow.

Belongs here: bytes to an lxml tree, or to a stream of its parts. Never here: what an element means.

What publishers get wrong in one place is put right, each with a remark, because it must not cost the rest: a wrong or
missing encoding, bytes that are none of it, control characters, names of characters that only HTML knows (``&nbsp;``).
A document type without declarations of its own is skipped; one with declarations is refused, and so is every entity
that XML itself does not define.

Memory follows the bounds below, not the input: an element costs about 250 bytes of memory, however few of the input.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from html.entities import html5
from typing import Any

from lxml import etree

from scrapers.decoders.base import MAX_BODY_BYTES, UnreadableError, one_line

MAX_TREE_BYTES = 24 * 1024 * 1024  # of a document that is held as a whole
MAX_NODES = 600_000  # elements, attributes and declarations of name spaces that are held at one time
MAX_ELEMENTS = 3_000_000  # of a document that is read in a stream: some six seconds
MAX_ATTRIBUTES = 2_000  # of one element; looking one up takes time with their number
MAX_DEPTH = 200
MAX_STRETCH = 4 * 1024 * 1024  # bytes without any element that begins or ends: a text, a comment, a single tag
_CHUNK = 64 * 1024
_PIECE = 1024 * 1024
_LONGEST_REFERENCE = 40
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
_SPACE = re.compile(rb"[ \t\r\n]*")
_HTML = re.compile(rb"<!doctype\s+html\b|<html[\s>]", re.I)
# Characters that XML 1.0 does not allow, raw; all of one byte in UTF-8.
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))
_CONTROL_REFERENCE = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")


def parse_tree(body: bytes, remarks: list[str] | None = None) -> etree._Element:
    """The root element of a whole document; remarks on how it had to be read are added to ``remarks``.

    Raises UnreadableError: empty, too_large, not_xml, too_deep, too_many_elements, entities_refused.
    """
    if len(body) > MAX_TREE_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_TREE_BYTES} are read as one tree")
    reader = _Reader(frozenset(), remarks, keeps_all=True)
    for _ in reader.read(body):
        pass
    if reader.root is None:
        raise UnreadableError("not_xml", "the document has no element")
    return reader.root


def iterate(body: bytes, tags: Collection[str], remarks: list[str] | None = None) -> Iterator[etree._Element]:
    """Elements whose local name is one of ``tags``, each when it ends, so inner before outer.

    An element has its own content when it is given, less the parts of it that were given before; it is emptied when
    the next one is asked for. Its ancestors (``getparent()``) have their attributes, and their content only so far as
    it was read and not dropped. Documents of up to 64 MiB take memory for the largest element given.

    Raises UnreadableError: empty, too_large, not_xml, too_deep, too_many_elements, entities_refused; also after
    elements were given, where a document breaks off: what was given is good, and what follows is lost.
    """
    yield from _Reader(frozenset(tags), remarks, keeps_all=False).read(body)


def local_name(element: etree._Element) -> str:
    """The name of an element without its name space."""
    return str(element.tag).rpartition("}")[2]


class _Reader:
    """One pass over one document."""

    def __init__(self, tags: frozenset[str], remarks: list[str] | None, *, keeps_all: bool) -> None:
        self.tags = tags
        self.remarks = remarks if remarks is not None else []
        self.keeps_all = keeps_all
        self.root: etree._Element | None = None
        self._elements = 0
        self._live = 0  # nodes that are held now
        self._before: list[int] = []  # for each open element: nodes that were held when it began
        self._last: etree._Element | None = None  # emptied, not yet taken out
        self._wanted = 0  # how many of the open elements are wanted

    def read(self, body: bytes) -> Iterator[etree._Element]:
        text = _as_utf8(body, self.remarks)
        text, start = self._without_prolog(text)
        parser: Any = etree.XMLPullParser(
            events=("start", "end", "start-ns"),
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        silent = 0
        for at in range(start, len(text), _CHUNK):
            chunk = text[at : at + _CHUNK]
            problem = self._fed(parser, chunk)
            heard = False
            for event, element in parser.read_events():  # before a problem that follows them
                heard = True
                if event == "start":
                    self._begins(element)
                elif event == "end":
                    yield from self._ends(element)
                else:
                    self._more(1)
            if problem is not None:
                raise problem
            silent = 0 if heard else silent + len(chunk)
            if silent > MAX_STRETCH:
                raise UnreadableError("too_large", f"no element begins or ends within {MAX_STRETCH} bytes")
        self._closed(parser)

    def _fed(self, parser: Any, chunk: bytes) -> UnreadableError | None:
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            return _refusal(error, parser)
        return None

    def _closed(self, parser: Any) -> None:
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            raise _refusal(error, parser) from None

    def _begins(self, element: etree._Element) -> None:
        if self.root is None:
            self.root = element
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} elements")
        attributes = len(element.attrib)
        if attributes > MAX_ATTRIBUTES:
            raise UnreadableError("too_many_elements", f"an element has {attributes} attributes")
        self._before.append(self._live)
        if len(self._before) > MAX_DEPTH:
            raise UnreadableError("too_deep", f"XML is nested deeper than {MAX_DEPTH} levels")
        self._more(1 + attributes)
        if not self.keeps_all and local_name(element) in self.tags:
            self._wanted += 1

    def _more(self, nodes: int) -> None:
        self._live += nodes
        if self._live > MAX_NODES:
            raise UnreadableError("too_many_elements", f"more than {MAX_NODES} elements and attributes at one time")

    def _ends(self, element: etree._Element) -> Iterator[etree._Element]:
        before = self._before.pop()
        if self.keeps_all:
            return
        is_wanted = local_name(element) in self.tags
        if is_wanted:
            self._wanted -= 1
            yield element
        if is_wanted or not self._wanted:
            element.clear(keep_tail=True)
            self._drop_last()
            self._last = element
            self._live = before

    def _drop_last(self) -> None:
        """Takes out the element that was emptied last, if another follows it: the parser may still write behind it."""
        if self._last is not None and self._last.getnext() is not None:
            parent = self._last.getparent()
            if parent is not None:
                parent.remove(self._last)

    def _without_prolog(self, text: bytes) -> tuple[bytes, int]:
        """The text, and where its root element begins. Nothing before it is read: encodings are settled, comments and
        instructions say nothing, and a document type could only harm.
        """
        at = 0
        while True:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            start = text[at : at + 15].lower()
            if start.startswith(b"<!--"):
                end = text.find(b"-->", at + 4)
                at = end + 3
            elif start.startswith(b"<?"):
                end = text.find(b"?>", at + 2)
                at = end + 2
            elif start.startswith(b"<!doctype") and not _HTML.match(text, at):
                end = text.find(b">", at)
                if b"[" in text[at : end if end >= 0 else at + MAX_STRETCH]:
                    raise UnreadableError("entities_refused", "the document declares a document type of its own")
                self.remarks.append("a document type is not read")
                at = end + 1
            else:
                break
            if end < 0:
                raise UnreadableError("not_xml", "the document breaks off before its first element")
        _refuse_other(text, at)
        return text, at


def _refuse_other(text: bytes, at: int) -> None:
    """Raises UnreadableError if the root element of no XML document begins there."""
    if at >= len(text):
        raise UnreadableError("not_xml", "the document has no element")
    if _HTML.match(text, at):
        raise UnreadableError("not_xml", "an HTML page stands where XML is due")
    if text[at : at + 1] in (b"{", b"["):
        raise UnreadableError("not_xml", "JSON stands where XML is due")
    if text[at : at + 1] != b"<":
        raise UnreadableError("not_xml", "text stands where XML is due")


def _refusal(error: etree.XMLSyntaxError, parser: Any) -> UnreadableError:
    first = next(iter(parser.feed_error_log), None)  # the error itself is at times only "no element found"
    said = one_line(f"{first.message}, line {first.line}" if first is not None else str(error))
    if "depth" in said.lower():
        return UnreadableError("too_deep", f"XML is nested too deeply: {said}")
    if "entity" in said.lower():
        return UnreadableError("entities_refused", f"an entity that XML does not define: {said}")
    return UnreadableError("not_xml", f"not well-formed XML: {said}")


def _as_utf8(body: bytes, remarks: list[str]) -> bytes:
    """The document in UTF-8, without characters that XML does not allow, names of characters put in their place."""
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read")
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
    return clean


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
    if name in ("utf-8", "ascii") or name.startswith(
        ("utf-16", "utf-32")
    ):  # its bytes show that it is neither of those
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
