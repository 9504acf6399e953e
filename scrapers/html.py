"""HTML to plain text, for texts that people wrote: line breaks stay, markup, scripts and styles go.

Belongs here: one tolerant, bounded conversion used by every decoder. Never here: what a text means.
"""

from __future__ import annotations

import html as entities
import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_CHARS = 1_000_000
# Lexbor needs time quadratic in depth (10,000 nested elements 0.2 s, 200,000 elements 147 s, measured), so a text
# nested deeper than any person writes is stripped of its tags without a tree.
_MAX_DEPTH = 120
# Formatting left open is opened again in every following paragraph: tags times depth bounds the size of the tree.
_MAX_TREE = 1_000_000
_REMEMBERED_CHARS = 20_000

_DROPPED_TAGS = (
    "script style template noscript iframe svg math head title object embed canvas audio video select textarea button "
    "map frameset xmp plaintext noembed noframes"
)
_PARAGRAPH_TAGS = "p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr section article"
_LINE_TAGS = (
    "div li tr dt dd header footer aside main nav address figure figcaption form fieldset details summary caption "
    "thead tbody tfoot center"
)
_FLAT_TAGS = (  # void, or closed by their next sibling: they never nest in themselves
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot option"
)
_DROPPED, _PARAGRAPHS = frozenset(_DROPPED_TAGS.split()), frozenset(_PARAGRAPH_TAGS.split())
_LINES, _FLAT = frozenset(_LINE_TAGS.split()), frozenset(_FLAT_TAGS.split())
_CELLS = frozenset(("td", "th"))
_GAP = " \t\n\x01\x03"
# Parsers compare each attribute of a tag with those before it: 50,000 of them take minutes.
MAX_ATTRIBUTES, MAX_TAG_CHARS = 200, 10_000
_HTML_MARK = re.compile(r"<(?:([a-zA-Z][^\s/>]{0,100})|!--)")
_XML_MARK = re.compile(r"<(?:([a-zA-Z_:][^\s/>]{0,100})|!--|!\[CDATA\[)")
_MAX_OPEN_MARKS = 200  # quotes and comments that never close: each is looked for to the end of the text
_ATTRIBUTE = re.compile(r"[\s/]*(?:=?[^\s/>=]+|=)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]*))?")
_RAW_ENDS = {
    name: re.compile(rf"</{name}[\s/>]", re.I) for name in ("script", "style", "textarea", "title", "xmp", "iframe")
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{0,10000}>")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half an emoji: no such text can be written
_RAW_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")
_ESCAPED_TAG = re.compile(r"&(?:amp;)*lt;[/!a-zA-Z]")
_MAX_ESCAPES = 5
# A text that was escaped once too often keeps these after its markup is read: "R&amp;D".
_RESIDUE = re.compile(
    r"&(?:amp|nbsp|lt|gt|quot|apos|rsquo|lsquo|ndash|mdash|bull|euro|[a-zA-Z](?:acute|grave|circ|uml|cedil)|#\d{2,5});"
)
_INVISIBLE = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]
)


class TooLongError(ValueError):
    """A text longer than ``MAX_CHARS``: not an advertisement."""


def to_text(markup: str) -> str:
    """Plain text of HTML, also of HTML that was escaped once more on its way (``&lt;p&gt;``).

    Blocks become lines, paragraphs are set apart by an empty line, list items begin with "- ", table cells are set
    apart by " | ". Raises TooLongError beyond ``MAX_CHARS`` characters.
    """
    if len(markup) > MAX_CHARS:
        raise TooLongError(f"{len(markup)} characters, at most {MAX_CHARS} are read")
    return _short_to_text(markup) if len(markup) <= _REMEMBERED_CHARS else _to_text(markup)


def _to_text(markup: str) -> str:
    markup = unescape_markup(_SURROGATE.sub("\ufffd", markup.translate(_INVISIBLE)))
    if not _RAW_TAG.search(markup):
        return _residue(_tidy(entities.unescape(markup)))  # no markup: the line ends of the text itself count
    if _too_deep(markup) or has_heavy_tag(markup):
        return _residue(_tidy(entities.unescape(_RAW_TAG.sub("\n", markup))))
    body = LexborHTMLParser(markup).body
    return _residue(_tidy("".join(_pieces(body)))) if body is not None else ""


def _residue(text: str) -> str:
    return _tidy(_RESIDUE.sub(lambda found: entities.unescape(found[0]), text)) if _RESIDUE.search(text) else text


def parse_page(markup: str) -> LexborHTMLParser | None:
    """The tree of a whole page; None where it could grow out of bounds. Raises TooLongError beyond ``MAX_CHARS``."""
    if len(markup) > MAX_CHARS:
        raise TooLongError(f"{len(markup)} characters, at most {MAX_CHARS} are read")
    markup = _SURROGATE.sub("\ufffd", markup.translate(_INVISIBLE))
    return None if _too_deep(markup) or has_heavy_tag(markup) else LexborHTMLParser(markup)


def node_text(node: LexborNode, without: frozenset[int] = frozenset()) -> str:
    """Plain text of one element of a parsed page, laid out as ``to_text`` does; ``without``: ``mem_id`` of elements."""
    return _residue(_tidy("".join(_pieces(node, without)[1 if node.tag == "li" else 0 :])))


# A board that changed repeats most of its texts letter for letter.
_short_to_text = lru_cache(maxsize=4096)(_to_text)


def unescape_markup(markup: str) -> str:
    """The markup itself where it came escaped as text; unescaped at most five times, and never where tags stand."""
    for _ in range(_MAX_ESCAPES):
        if _RAW_TAG.search(markup) or not _ESCAPED_TAG.search(markup):
            break
        markup = entities.unescape(markup)
    return markup


def has_heavy_tag(markup: str, *, xml: bool = False) -> bool:
    """Whether a tag has more than 200 attributes, or more than 10,000 characters beside quoted values (pictures are
    written into those). Comments are passed over, and what scripts hold, which in ``xml`` are elements as any other.

    Time in proportion to the text: no character is looked at twice, but for values whose quote never closes.
    """
    position = 0
    open_quotes = 0
    while tag := (_XML_MARK if xml else _HTML_MARK).search(markup, position):
        position = tag.end()
        if tag[1] is None:
            end = markup.find("]]>" if tag[0].startswith("<![") else "-->", position)
            position = position if end < 0 else end + 3
            open_quotes += end < 0
            if open_quotes > _MAX_OPEN_MARKS:
                return True
            continue
        count = quoted = 0
        begin = position
        while attribute := _ATTRIBUTE.match(markup, position):
            position, count = attribute.end(), count + 1
            value = attribute[1] or ""
            quoted += len(value) if value[:1] in ("'", '"') and len(value) > 1 else 0
            open_quotes += value[:1] in ("'", '"') and (len(value) == 1 or value[-1:] != value[:1])
            if count > MAX_ATTRIBUTES or position - begin - quoted > MAX_TAG_CHARS or open_quotes > _MAX_OPEN_MARKS:
                return True
        raw = None if xml else _RAW_ENDS.get(tag[1].lower())
        closing = raw.search(markup, position) if raw else None
        position = closing.end() if closing else len(markup) if raw else position
    return False


def _too_deep(markup: str) -> bool:
    """Whether a tree of the markup could grow out of bounds; elements that are never closed count as open."""
    depth = deepest = 0
    tags = _TAG.findall(markup)
    for closing, name in tags:
        if name.lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest > _MAX_DEPTH or deepest * len(tags) > _MAX_TREE


def _pieces(root: LexborNode, without: frozenset[int] = frozenset()) -> list[str]:
    """Text and break marks in document order. Breaks are control characters that ``_tidy`` turns into line ends."""
    pieces: list[str] = []
    node: LexborNode | None = root
    depth = 0  # counted, because comparing two nodes of this library compares their serialised contents
    while node is not None:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            pieces.append(re.sub(r"\s+", " ", node.text_content or ""))
        elif tag == "br":
            pieces.append("\n")
        elif tag not in _DROPPED and not tag.startswith(("-", "!")) and not (without and node.mem_id in without):
            pieces.append("\x01\x02" if tag == "li" else _break(tag))
            child = node.child
            if child is None:
                pieces.append(_break(tag))
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node is not None and depth > 0 and node.next is None:
            node, depth = node.parent, depth - 1
            if node is not None:
                pieces.append(_break(node.tag or ""))
        node = node.next if node is not None and depth > 0 else None
    return pieces


def _break(tag: str) -> str:
    if tag in _PARAGRAPHS:
        return "\x01\x01"
    if tag in _LINES:
        return "\x01"
    return "\x03" if tag in _CELLS else ""


def _tidy(text: str) -> str:
    """Break marks to line ends: block breaks merge, list marks stay with their text, no line keeps outer blanks.

    Every pattern matches a run from its first character, so that a text of a million blanks takes linear time.
    """
    text = text.replace("\r", "\n").replace("\xa0", " ")
    first, *items = text.split("\x02")
    text = "\n- ".join(
        [first.rstrip(_GAP), *(item.strip(_GAP) for item in items[:-1]), *(i.lstrip(_GAP) for i in items[-1:])]
    )
    text = re.sub(r"[ \t\x01]+", _break_of_run, text)
    lines = [re.sub(r"[ \t\u2000-\u200a\u202f\u3000]+", " ", line) for line in text.split("\n")]
    lines = [re.sub(r"[ \x03]+", _cell_of_run, line.strip(" \x03")) for line in lines]
    lines = [line for line in lines if line != "-"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _break_of_run(run: re.Match[str]) -> str:
    breaks = run[0].count("\x01")
    return "\n\n" if breaks > 2 else "\n" if breaks else " "


def _cell_of_run(run: re.Match[str]) -> str:
    return " | " if "\x03" in run[0] else " "
