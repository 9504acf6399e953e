"""Hostile XML to elements: no document type, no entities, no network, and bounds on everything that can grow.

Belongs here: bytes to an lxml tree, or to a stream of its parts. Never here: what an element means, what is put right
in a text before it is parsed (``xml_text``).

A document type without declarations of its own is skipped; one with declarations is refused, and so is every entity
that XML itself does not define.

Memory follows the bounds below, not the input: an element costs about 250 bytes of memory, however few of the input.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from lxml import etree

from scrapers.decoders.base import UnreadableError, one_line
from scrapers.xml_text import as_utf8

MAX_TREE_BYTES = 24 * 1024 * 1024  # of a document that is held as a whole
MAX_NODES = 600_000  # elements, attributes and declarations of name spaces that are held at one time
MAX_ELEMENTS = 3_000_000  # of a document that is read in a stream: some six seconds
MAX_ATTRIBUTES = 2_000  # of one element; looking one up takes time with their number
MAX_DEPTH = 200
MAX_STRETCH = 4 * 1024 * 1024  # bytes without any element that begins or ends: a text, a comment, a single tag
_CHUNK = 64 * 1024
_SPACE = re.compile(rb"[ \t\r\n]*")
_HTML = re.compile(rb"<!doctype\s+html\b|<html[\s>]", re.I)


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
        text = as_utf8(body, self.remarks)
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
    if "entity" in said.lower() and "entityref" not in said.lower():  # that is one that is no reference at all
        return UnreadableError("entities_refused", f"an entity that XML does not define: {said}")
    return UnreadableError("not_xml", f"not well-formed XML: {said}")
