"""What descriptions of research have in common: identifiers, texts with the markup of journals, lists of terms.

Belongs here: readings that several catalogues need alike. Never here: the shape of one catalogue's answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scrapers.decoders.base import Sink
from scrapers.html import TooLongError, to_text

_MARKUP = re.compile(r"[<&]")
# JATS, the vocabulary of journals, has names of its own for what HTML has too; "title" is another thing in HTML.
_JATS_TAG = re.compile(r"<(/?)(?:jats:|mml:)?([a-zA-Z][a-zA-Z0-9-]{0,30})(?=[\s/>])")
_AS_HTML = {"title": "h3", "sec": "section", "list": "ul", "list-item": "li", "disp-quote": "blockquote", "break": "br"}
_DROPPED = re.compile(
    r"<(?P<tag>(?:jats:)?tex-math|(?:mml:)?annotation)(?:\s[^<>]{0,1000})?>[^<]{0,20000}</(?P=tag)\s*>", re.I
)
_HEADING = re.compile(r"\s*(?:abstract|summary|résumé|zusammenfassung)\s*[.:]?\s*\n", re.I)


def line_of(value: object, sink: Sink, limit: int = 2_000) -> str:
    """A title or name on one line, without markup."""
    return " ".join(text_of(value, sink).split())[:limit].strip()


def text_of(value: object, sink: Sink) -> str:
    """Plain text of a field that may hold HTML or JATS; paragraphs stay. A heading "Abstract" says nothing and goes."""
    if not isinstance(value, str):
        return ""
    try:
        plain = to_text(_as_html(value)) if _MARKUP.search(value) else value
    except TooLongError as error:
        sink.note(f"text not kept: {error}")
        return ""
    plain = "".join(char if char.isprintable() or char == "\n" else " " for char in plain)
    plain = plain.encode("utf-8", "replace").decode("utf-8").strip()
    return _HEADING.sub("", plain, count=1).strip() if len(plain) > 40 else plain


def _as_html(markup: str) -> str:
    if len(markup) > 2_000_000:  # ``to_text`` refuses it
        return markup
    markup = _DROPPED.sub(" ", markup)
    return _JATS_TAG.sub(lambda tag: f"<{tag[1]}{_AS_HTML.get(tag[2].lower(), tag[2])}", markup)


def strings_of(value: object, limit: int = 100, length: int = 500) -> list[str]:
    """Texts of a list, or a text alone, each on one line, each once."""
    parts = value if isinstance(value, list) else [value]
    lines = (" ".join(part[:length].split()) for part in parts[:limit] if isinstance(part, str))
    return list(dict.fromkeys(_writable(line) for line in lines if line))


def first_string(value: object, length: int = 500) -> str:
    return next(iter(strings_of(value, length=length)), "")


def _writable(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean.encode("utf-8", "replace").decode("utf-8").strip()


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def part(value: object, limit: int) -> list[Any]:
    """A list, or nothing; no more of it than ``limit``."""
    return value[:limit] if isinstance(value, list) else []


def whole_number(value: object) -> int | None:
    """A count or a year that is a number, or a text of digits."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip(), re.A):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
