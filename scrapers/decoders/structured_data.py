"""What a web page states for machines: items of schema.org (``JobPosting``, ``Course``) as JSON-LD and as microdata.

Belongs here: finding the items in a page, and giving both notations one shape (that of JSON-LD, names without prefix).
Never here: what becomes of an item (``jobposting_html``, ``course_html``), repairs of JSON (``loose_json``). RDFa is
not read: no page that we saw states postings in it.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers.decoders.loose_json import BrokenBlockError, read_block
from scrapers.html import node_text

MAX_ITEMS = 1_000  # of one page
_MAX_BLOCKS = 500
_MAX_NODES = 200_000  # objects and lists looked at in the blocks of a page, elements in its microdata
_MAX_REFERENCES = 20  # of one posting
_COST_OF_LOOKUP = 1_000  # elements, of the budget: a page is searched for each
_MAX_TAG = 10_000  # characters of one start tag
_MARK = re.compile(r"<(?:(script)(?=[\s>])|!--)", re.I)
_ATTRIBUTE = re.compile(r"([^\s=>/\"']{1,100})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_LD_JSON = re.compile(r"\s*application/ld\s*\+\s*json\s*(?:;|$)", re.I)
_URL_OF = {
    **dict.fromkeys(("a", "area", "link"), "href"),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    "object": "data",
}
_BLOCKS_OF_TEXT = frozenset(
    ("description", "responsibilities", "qualifications", "skills", "jobBenefits", "benefits", "incentives")
)


@dataclass(frozen=True)
class Wanted:
    """Which items are looked for. ``marks``: parts of their types' names; ``items``: what remarks call them."""

    types: frozenset[str]  # in lower case
    marks: tuple[str, ...]
    item: str
    items: str

    @property
    def mentions(self) -> re.Pattern[str]:
        return re.compile("|".join(self.marks), re.I)

    @property
    def selector(self) -> str:
        return ", ".join(f'[itemscope][itemtype*="{mark}" i]' for mark in self.marks)


JOB_POSTINGS = Wanted(frozenset(("jobposting",)), ("JobPosting",), "posting", "postings")
COURSES = Wanted(
    frozenset(("course", "courseinstance", "educationevent", "educationaloccupationalprogram")),
    ("Course", "EducationEvent", "EducationalOccupationalProgram"),
    "course",
    "courses",
)


@dataclass(frozen=True)
class Item:
    """One posting, or course, as the page states it. ``locator``: "script 2, $.@graph[1]" or "microdata 1"."""

    locator: str
    data: dict[str, Any]

    @property
    def is_plain(self) -> bool:
        """Whether its texts are plain; those of JSON-LD are HTML."""
        return self.locator.startswith("microdata")


@dataclass
class Found:
    """What a page states. ``faults``: (locator, reason, detail) of blocks that hold an item and cannot be read."""

    wanted: Wanted = JOB_POSTINGS
    items: list[Item] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    empty_blocks: int = 0
    other_types: Counter[str] = field(default_factory=Counter)  # what else is stated, for a reader who wonders


def job_postings(markup: str, tree: LexborHTMLParser | None) -> Found:
    """The postings that a page states; as ``stated_items``."""
    return stated_items(markup, tree, JOB_POSTINGS)


def stated_items(markup: str, tree: LexborHTMLParser | None, wanted: Wanted) -> Found:
    """The items that a page states, JSON-LD first. ``tree`` is of the same page; without one, no microdata.

    Microdata that repeats what JSON-LD says is left out with a remark.
    """
    found = Found(wanted=wanted)
    nodes: dict[str, dict[str, Any]] = {}  # by @id: one block may point into another
    values: list[tuple[str, Any]] = []
    for number, block in enumerate(_blocks(markup), 1):
        if number > _MAX_BLOCKS:
            found.remarks[f"page with more than {_MAX_BLOCKS} blocks: the others are not read"] += 1
            break
        values += _read(block, f"script {number}", found)
    budget = _MAX_NODES
    for where, value in values:
        budget = _walk(value, where, budget, found, nodes)
        if budget <= 0:
            found.remarks["page with more than 200,000 values: the others are not read"] += 1
            break
    found.items = [Item(item.locator, _resolved(item.data, nodes)) for item in found.items]
    found.items = _without_references(found)
    if tree is not None and wanted.mentions.search(markup):
        _microdata(tree, found)
    if len(found.items) > MAX_ITEMS:
        found.remarks[f"page with more than {MAX_ITEMS} {wanted.items}: the others are not read"] += 1
        found.items = found.items[:MAX_ITEMS]
    return found


# ---- JSON-LD


def _blocks(markup: str) -> Iterator[str]:
    """Contents of scripts of type application/ld+json, however the type is written; takes time in proportion."""
    position = 0
    absent: set[str] = set()
    lowered = None
    while mark := _MARK.search(markup, position):
        position = mark.end()
        if mark[1] is None:
            end = -1 if "-->" in absent else markup.find("-->", position)
            if end < 0:
                absent.add("-->")
            position = position if end < 0 else end + 3
            continue
        begin = _end_of_tag(markup, position)
        if begin is None:
            continue
        attributes = {
            found[1].lower(): found[2] or found[3] or found[4] or ""
            for found in _ATTRIBUTE.finditer(markup, position, begin)
        }
        # Lower case of ASCII only: other letters change their length.
        lowered = lowered if lowered is not None else markup.translate(_TO_LOWER)
        end = -1 if "</script" in absent else lowered.find("</script", begin)
        if end < 0:
            absent.add("</script")
            end = len(markup)
        if _LD_JSON.match(entities.unescape(attributes.get("type", ""))):
            yield markup[begin:end]
        position = end


_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _end_of_tag(markup: str, position: int) -> int | None:
    """Where the content of an element begins whose start tag is being read: after the first ">" outside quotes."""
    quote = ""
    for at in range(position, min(len(markup), position + _MAX_TAG)):
        char = markup[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ">":
            return at + 1
    return None


def _read(block: str, where: str, found: Found) -> list[tuple[str, Any]]:
    try:
        values, remarks = read_block(block)
    except BrokenBlockError as error:
        if found.wanted.mentions.search(block):
            found.faults.append((where, error.reason, error.detail))
        else:
            found.remarks[f"a block of JSON-LD that is none, and speaks of no {found.wanted.item}"] += 1
        return []
    if not values:
        found.empty_blocks += 1
    for remark in remarks:
        found.remarks[f"JSON-LD repaired: {remark}"] += 1
    return [(where if len(values) == 1 else f"{where}, value {n}", value) for n, value in enumerate(values, 1)]


def _walk(value: Any, where: str, budget: int, found: Found, nodes: dict[str, dict[str, Any]]) -> int:
    """Items anywhere in a block, in document order; what is left of the budget."""
    stack: list[tuple[Any, str]] = [(value, f"{where}, $")]
    while stack and budget > 0:
        current, path = stack.pop()
        budget -= 1
        if isinstance(current, list):
            stack += [(part, f"{path}[{n}]") for n, part in reversed(list(enumerate(current)))][-budget:]
            continue
        if not isinstance(current, dict):
            continue
        known = {_bare(name): part for name, part in current.items()}
        if isinstance(known.get("@id"), str) and len(known) > 1:
            nodes.setdefault(known["@id"], known)
        types = _types(known)
        if not found.wanted.types.isdisjoint(types):
            found.items.append(Item(path.replace("$.$", "$"), known))
            continue
        found.other_types.update(types)
        parts = [(part, f"{path}.{name}"[:200]) for name, part in known.items() if isinstance(part, (dict, list))]
        stack += reversed(parts)
    return budget


def _bare(name: str) -> str:
    """A name without its vocabulary: "schema:title", "http://schema.org/title" and "title" are one."""
    if name.startswith("@"):
        return name
    return re.split(r"[/#:]", name[:200])[-1] or name[:200]


def _types(node: dict[str, Any]) -> list[str]:
    said = node.get("@type")
    names = said if isinstance(said, list) else [said]
    return [_bare(name.strip()).lower() for name in names[:20] if isinstance(name, str)]


def _resolved(data: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The item with what it only points at (``{"@id": …}``) put in its place, one step deep."""
    if not nodes:
        return data

    def target(value: Any) -> Any:
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
            return nodes.get(value["@id"], value)
        return value

    return {name: [target(v) for v in part] if isinstance(part, list) else target(part) for name, part in data.items()}


def _without_references(found: Found) -> list[Item]:
    """The items that say something: an address or an id alone leads to a posting and is none."""
    kept = [item for item in found.items if {"title", "name", "description"} & item.data.keys()]
    if len(kept) < len(found.items):
        found.remarks[f"links to {found.wanted.items}, which say nothing of them"] += len(found.items) - len(kept)
    return kept


# ---- Microdata


def _microdata(tree: LexborHTMLParser, found: Found) -> None:
    budget = [_MAX_NODES]
    titles = {str(item.data.get("title") or item.data.get("name")).strip() for item in found.items}
    roots = tree.css(found.wanted.selector)
    if found.wanted is not JOB_POSTINGS:  # an instance within a course is a part of it
        roots = [root for root in roots if "itemprop" not in root.attributes]
    for number, root in enumerate(roots[: MAX_ITEMS + 1], 1):
        data = _properties(tree, root, budget)
        _referred(tree, root, data, budget)
        if len(roots) == 1 and not {"title", "name", "description"} & data.keys():
            # Some pages close the element before what it is to hold.
            _siblings(tree, root.next, data, budget)
            if "title" in data:
                found.remarks["microdata whose element ends before its properties"] += 1
        title = data.get("title") or data.get("name")
        if isinstance(title, str) and title.strip() in titles:
            found.remarks["microdata that repeats the JSON-LD"] += 1
        elif {"title", "name", "description"} & data.keys():
            found.items.append(Item(f"microdata {number}", data))
        else:
            found.remarks[f"links to {found.wanted.items}, which say nothing of them"] += 1
    if budget[0] <= 0:
        found.remarks["page with more than 200,000 elements in its microdata: the others are not read"] += 1


def _properties(tree: LexborHTMLParser, root: LexborNode, budget: list[int]) -> dict[str, Any]:
    """What an element with ``itemscope`` says, in the shape of JSON-LD; the page's tree is at most 120 deep."""
    kind = (root.attributes.get("itemtype") or "").split()
    data: dict[str, Any] = {"@type": _bare(kind[0])} if kind else {}
    _children(tree, root, data, budget)
    return data


def _referred(tree: LexborHTMLParser, root: LexborNode, data: dict[str, Any], budget: list[int]) -> None:
    """Properties that a posting names by ``itemref`` because they stand elsewhere in the page. Items within a posting
    may not: references could go round in circles.
    """
    for reference in (root.attributes.get("itemref") or "").split()[:_MAX_REFERENCES]:
        if budget[0] <= 0 or not re.fullmatch(r"[\w.:-]{1,100}", reference):
            continue
        budget[0] -= _COST_OF_LOOKUP
        node = tree.css_first(f'[id="{reference}"]')
        if node is not None and node.mem_id != root.mem_id:
            _property(tree, node, data, budget)


def _children(tree: LexborHTMLParser, node: LexborNode, data: dict[str, Any], budget: list[int]) -> None:
    _siblings(tree, node.child, data, budget)


def _siblings(tree: LexborHTMLParser, node: LexborNode | None, data: dict[str, Any], budget: list[int]) -> None:
    while node is not None and budget[0] > 0:
        if not (node.tag or "-").startswith(("-", "!")):
            _property(tree, node, data, budget)
        node = node.next


def _property(tree: LexborHTMLParser, node: LexborNode, data: dict[str, Any], budget: list[int]) -> None:
    budget[0] -= 1
    if budget[0] <= 0:
        return
    attributes = node.attributes
    names = (attributes.get("itemprop") or "").split()[:10]
    if "itemscope" in attributes:
        # An item of its own; without a name it is no part of this one.
        value: Any = _properties(tree, node, budget) if names else None
    else:
        value = _value(node, attributes, names) if names else None
        _children(tree, node, data, budget)
    for name in map(_bare, names):
        if name not in data:
            data[name] = value
        elif isinstance(data[name], list):
            data[name].append(value)
        elif data[name] != value:
            data[name] = [data[name], value]


def _value(node: LexborNode, attributes: dict[str, str | None], names: list[str]) -> str:
    tag = node.tag or ""
    # "content" belongs to meta alone; so many pages write it elsewhere that search engines read it everywhere.
    for name in ("content", "datetime" if tag == "time" else "", "value" if tag in ("data", "meter") else ""):
        if name and attributes.get(name) is not None:
            return attributes[name] or ""
    if tag in _URL_OF and not _BLOCKS_OF_TEXT & set(names) and "name" not in names and "title" not in names:
        return attributes.get(_URL_OF[tag]) or ""
    return node_text(node)
