"""Hostile XML: what is read, what is put right, what is refused, and that nothing grows with the input."""

from __future__ import annotations

import pytest

from scrapers import safe_xml, xml_text
from scrapers.decoders.base import UnreadableError
from scrapers.safe_xml import iterate, local_name, parse_tree

REFUSED = {
    "empty": (b" \n", "empty"),
    "zeros": (b"\0" * 100, "empty"),
    "html": (b"<!DOCTYPE html><html><p>x", "not_xml"),
    "json": (b'{"a": 1}', "not_xml"),
    "text": (b"no results", "not_xml"),
    "cut off": (b"<a><b/><b", "not_xml"),
    "only a comment": (b"<!-- a comment -->", "not_xml"),
    "an open comment": (b"<!-- a comment", "not_xml"),
    "prefix without a name space": (b"<x:a/>", "not_xml"),
    "entity bomb": (b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>', "entities_refused"),
    "file": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entities_refused"),
    "unknown entity": (b"<a>&nobody;</a>", "entities_refused"),
    "external parameter entity": (
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://h.example/"> %x;]><a/>',
        "entities_refused",
    ),
    "nested": (b"<a>" * 10_000 + b"</a>" * 10_000, "too_deep"),
    "attributes": (b"<a " + b" ".join(b'a%d="1"' % n for n in range(3_000)) + b"/>", "too_many_elements"),
    "one long text": (b"<a>" + b"x" * (5 * 1024 * 1024) + b"</a>", "too_large"),
    "one long tag": (b"<a x='" + b"x" * (5 * 1024 * 1024), "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused_with_its_reason(name: str) -> None:
    body, reason = REFUSED[name]
    for read in (parse_tree, lambda body: list(iterate(body, {"b"}))):
        with pytest.raises(UnreadableError) as caught:
            read(body)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("body", "text", "remark"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>'.encode("latin-1"), "é", ""),
        ('<?xml version="1.0" encoding="UTF-16"?><a>\xe9</a>'.encode("utf-16"), "é", ""),
        ('<?xml version="1.0" encoding="UTF-16"?><a>\xe9</a>'.encode(), "é", ""),
        ("\ufeff<a>\xe9</a>".encode(), "é", ""),
        ("<a>\xe9".encode() + b"\xff</a>", "é\ufffd", "U+FFFD"),
        (b"<a>\xe9</a>", "é", "Windows-1252"),
        (b'<?xml version="1.0" encoding="hex"?><a>1</a>', "1", ""),
        (b"<a>x\x01\x00&#1;&#x1F;y</a>", "xy", "control characters"),
        (b"<a>&eacute;&nbsp;&amp;&LT;<![CDATA[<b>]]></a>", "é\xa0&<<b>", "only HTML knows"),
        (b"<a>R&D & Co &#xZ; ?a=1&lt=2 <![CDATA[R&D]]><!-- & --></a>", "R&D & Co &#xZ; ?a=1&lt=2 R&D", "no reference"),
        (b'<!-- c --><?p i?><!DOCTYPE rss SYSTEM "http://h.example/x.dtd"><a>1</a>', "1", "document type is not read"),
    ],
)
def test_what_is_wrong_in_one_place_is_put_right(body: bytes, text: str, remark: str) -> None:
    remarks: list[str] = []
    assert parse_tree(body, remarks).text == text
    assert any(remark in line for line in remarks) if remark else not remarks


def test_references_at_the_edge_of_a_piece_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_text, "_PIECE", 61)
    assert parse_tree(b"<a>" + b"x&eacute;y" * 500 + b"</a>").text == "xéy" * 500


def test_elements_come_as_they_end_and_are_gone_after() -> None:
    body = b'<r v="1"><x/><o n="1"><k a="1"/>t<i>inner</i></o><o n="2"><i>next</i></o></r>'
    seen = []
    for element in iterate(body, {"o", "i"}):
        parent = element.getparent()
        assert parent is not None
        seen.append((local_name(element), element.get("n"), element.text, len(element), dict(parent.attrib)))
    assert seen[0] == ("i", None, "inner", 0, {"n": "1"})
    name, number, _, _, above = seen[1]
    assert (name, number, above) == ("o", "1", {"v": "1"})
    assert [(item[0], item[1]) for item in seen] == [("i", None), ("o", "1"), ("i", None), ("o", "2")]


def test_an_element_keeps_what_was_not_given_before_it() -> None:
    body = b"<r><o><key v='1'/><given>x</given><value v='2'/></o></r>"
    names = [[local_name(part) for part in element] for element in iterate(body, {"o", "given"})]
    assert names == [[], ["key", "given", "value"]]


def test_what_was_given_before_a_document_breaks_off_is_good() -> None:
    elements = iterate(b"<r><b>1</b><b>2</b><b", {"b"})
    assert [next(elements).text, next(elements).text] == ["1", "2"]
    with pytest.raises(UnreadableError, match="not_xml"):
        next(elements)


def test_a_long_document_is_read_in_little_memory_and_its_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"<r>" + b"<b x='1'>t</b>" * 50_000 + b"</r>"
    monkeypatch.setattr(safe_xml, "MAX_NODES", 20)
    assert sum(1 for _ in iterate(body, {"b"})) == 50_000  # never more than 20 nodes are held
    assert sum(1 for _ in iterate(body, {"other"})) == 0
    with pytest.raises(UnreadableError, match="too_many_elements"):
        list(iterate(body, {"r"}))
    with pytest.raises(UnreadableError, match="too_many_elements"):
        parse_tree(body)
    monkeypatch.setattr(safe_xml, "MAX_ELEMENTS", 1_000)
    with pytest.raises(UnreadableError, match="too_many_elements"):
        list(iterate(body, {"b"}))


def test_declarations_of_name_spaces_count_as_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_xml, "MAX_NODES", 100)
    spaces = b" ".join(b'xmlns:n%d="u"' % number for number in range(200))
    with pytest.raises(UnreadableError, match="too_many_elements"):
        parse_tree(b"<a " + spaces + b"/>")
