"""Jobs in XML feeds of boards, element by element.

Belongs here: walking such a feed so that what stands before a break is kept, and the few readings of an element that
all of them need. Never here: the vocabulary of one board, parsing itself (``scrapers.safe_xml``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from scrapers.decoders.base import MAX_ELEMENTS, Sink, UnreadableError
from scrapers.safe_xml import iterate, local_name, parse_tree

if TYPE_CHECKING:
    from lxml import etree

MAX_TEXT = 1_000_000  # characters of one element


def jobs(body: bytes, tag: str, roots: Collection[str], sink: Sink) -> Iterator[tuple[str, etree._Element]]:
    """(locator, element) of each job of a feed whose root element is one of ``roots``; it may hold none.

    A feed that breaks off keeps what stands before the break; the rest becomes one reject.

    Raises UnreadableError: what ``scrapers.safe_xml`` raises before the first job, not_a_board, too_many_elements.
    """
    remarks: list[str] = []
    number = 0
    try:
        for element in iterate(body, {tag}, remarks):
            root = local_name(element.getroottree().getroot())
            if root not in roots:
                raise UnreadableError("not_a_board", f"the root element is <{root[:60]}>")
            number += 1
            if number > MAX_ELEMENTS:
                raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} jobs")
            yield f"{tag}[{number}]", element
    except UnreadableError as error:
        if not number or error.reason in ("not_a_board", "too_many_elements"):
            raise
        sink.reject(f"after {tag}[{number}]", error.reason, f"the feed breaks off: {error.detail}")
    if not number:
        root = local_name(parse_tree(body))
        if root not in roots:
            raise UnreadableError("not_a_board", f"the root element is <{root[:60]}>")
    sink.note_all(remarks)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name."""
    return next((part for part in element if local_name(part) == name), None)


def children(element: etree._Element | None, name: str) -> list[etree._Element]:
    """Every child of that local name."""
    return [part for part in element if local_name(part) == name] if element is not None else []


def text(element: etree._Element | None, name: str = "") -> str:
    """All text of the element, or of its first child of that name; "" where there is none."""
    found = child(element, name) if name and element is not None else element
    return "".join(found.itertext())[:MAX_TEXT].strip() if found is not None else ""
