"""Results of a SPARQL query as rows: JSON (``application/sparql-results+json``) and XML, as the W3C recommends them.

Belongs here: the two shapes of one result. Never here: what a variable means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.decoders.xml_boards import children, text
from scrapers.safe_xml import iterate, local_name, parse_tree

MAX_ROWS = 30_000  # of one answer: ours have 1,000
_MAX_VALUE = 200_000  # characters
_KINDS = frozenset({"uri", "literal", "typed-literal", "bnode"})


@dataclass(frozen=True, slots=True)
class Term:
    """One value: an address, a text, a node without a name."""

    value: str
    kind: str = "literal"  # uri | literal | bnode
    language: str = ""


Row = dict[str, Term]


def results_of(body: bytes) -> tuple[list[str], list[Row], list[str]]:
    """Variables, rows and remarks on how they had to be read.

    Raises UnreadableError: what ``load_json`` and ``safe_xml`` raise, not_results, too_many_elements.
    """
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        return _of_xml(body)
    if start[:8].lower() == b"virtuoso":
        raise UnreadableError("upstream_error", one_line(f"the engine answers with an error: {body[:300]!r}"))
    payload, remarks = load_json(body)
    results = payload.get("results") if isinstance(payload, dict) else None
    bindings = results.get("bindings") if isinstance(results, dict) else None
    if not isinstance(bindings, list):
        raise UnreadableError("not_results", "an object with results.bindings is due")
    if len(bindings) > MAX_ROWS:
        raise UnreadableError("too_many_elements", f"more than {MAX_ROWS} rows")
    head = payload.get("head")
    names = head.get("vars") if isinstance(head, dict) else None
    named = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return named, [_row(binding) for binding in bindings], remarks


def _row(binding: Any) -> Row:
    row: Row = {}
    for name, said in binding.items() if isinstance(binding, dict) else ():
        value = said.get("value") if isinstance(said, dict) else None
        kind = said.get("type") if isinstance(said, dict) else None
        if isinstance(value, str) and isinstance(kind, str) and kind in _KINDS:
            kind = "literal" if kind == "typed-literal" else kind
            spoken = said.get("xml:lang")
            row[name] = Term(value[:_MAX_VALUE], kind, spoken[:20].lower() if isinstance(spoken, str) else "")
    return row


def _of_xml(body: bytes) -> tuple[list[str], list[Row], list[str]]:
    remarks: list[str] = []
    names: list[str] = []
    rows: list[Row] = []
    for element in iterate(body, {"result", "variable"}, remarks):
        if local_name(element.getroottree().getroot()) != "sparql":
            break
        if local_name(element) == "variable":
            if len(names) < 1_000:
                names.append(element.get("name", "")[:200])
            continue
        if len(rows) >= MAX_ROWS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ROWS} rows")
        rows.append(_xml_row(element))
    if not rows:
        root = parse_tree(body)
        if local_name(root) != "sparql" or not children(root, "results"):
            raise UnreadableError("not_results", f"the root element is <{local_name(root)[:60]}>, without results")
    return names, rows, remarks


def _xml_row(element: Any) -> Row:
    row: Row = {}
    for binding in children(element, "binding"):
        term = next((part for part in binding if local_name(part) in _KINDS), None)
        if term is not None:
            spoken = term.get("{http://www.w3.org/XML/1998/namespace}lang", "")
            row[binding.get("name", "")[:200]] = Term(text(term)[:_MAX_VALUE], local_name(term), spoken[:20].lower())
    return row
