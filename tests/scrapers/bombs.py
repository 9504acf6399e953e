"""Payloads that are small on the wire alone, too deep, or too much: each is decoded in a process of its own.

Belongs here: bytes out of bytes, the same at every run. Never here: decoding, or judging what came of it
(``tests/scrapers/fuzz.py``).
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator

from tests.scrapers.mutations import DEEP, MARKUP_TEXT, Case, Json, Path, paths, replaced, shape_of, written, zipped

MIB = 2**20


def heavy_cases(body: bytes, mib: int) -> Iterator[Case]:
    """Nesting and bombs, and payloads of ``mib`` MiB: junk, and more of the same. With 0 the small ones alone, which
    need no process of their own.
    """
    for name, made in [*nested().items(), *entities(body).items()]:
        yield Case(name, lambda made=made: made, is_heavy=mib > 0)  # type: ignore[misc]
    if not mib:
        return
    yield from bombs(body)
    junk = {
        "zeros": b"\x00", "spaces": b" ", "line-ends": b"\r\n", "brackets": b"[", "objects": b'{"a":[1,{"b":"c"}]},',
        "tags": b"<a>", "elements": b"<a b='c'>d</a>", "quotes": b'"', "commas": b",;\t", "digits": b"0123456789",
        "entities": b"&amp;&#65;", "letters": b"lorem ipsum ", "noise": random.Random(5).randbytes(4096),
    }  # fmt: skip
    for name, unit in junk.items():
        yield Case(f"junk-{name}", lambda unit=unit: unit * (mib * MIB // len(unit)), is_heavy=True)  # type: ignore[misc]
    for share in (4, 1):  # time is to grow with the size, no faster
        many = mib * MIB // share
        yield Case(f"more-of-the-same-{mib // share}", lambda many=many: amplified(body, many), is_heavy=True)  # type: ignore[misc]
    yield Case("whole-body-repeated", lambda: body * (mib * MIB // max(1, len(body))), is_heavy=True)


def nested() -> dict[str, bytes]:
    """Nesting 10,000 deep, and nesting without an end."""
    return {
        "nested-arrays": b"[" * DEEP + b"]" * DEEP,
        "nested-objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        "nested-arrays-open": b"[" * 1_000_000,
        "nested-elements": b"<a>" * DEEP + b"</a>" * DEEP,
        "nested-elements-open": b"<a>" * 300_000,
        "nested-html": b"<!doctype html><html><body>" + b"<div>" * DEEP + b"x" + b"</div>" * DEEP,
        "nested-json-ld": b'<script type="application/ld+json">' + b'{"@graph":[' * DEEP + b"]}" * DEEP + b"</script>",
        "nested-quotes": b'"' * 100_001,
    }


# -- bombs -------------------------------------------------------------------------------------------------------------

_LAUGHS = b'<!ENTITY l0 "lol">' + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 11)
)  # 10^10 times three letters
_ENTITIES = {
    "laughs": (_LAUGHS, b"&l10;"),
    "quadratic": (b'<!ENTITY q "' + b"x" * 100_000 + b'">', b"&q;" * 20_000),
    "file": (b'<!ENTITY f SYSTEM "file:///etc/hostname">', b"&f;"),
    "network": (b'<!ENTITY f SYSTEM "http://127.0.0.1:9/x">', b"&f;"),
    "parameter": (b'<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;', b"x"),
}


def entities(body: bytes) -> dict[str, bytes]:
    """Documents that declare entities, and use them where the payload has its first text."""
    root = re.search(rb"<([A-Za-z][\w:.-]*)", body) if shape_of(body) == "markup" else None
    inside = body[root.start() :] if root else b"<root><a>x</a></root>"
    place = MARKUP_TEXT.search(inside)
    start, end = place.span(1) if place else (0, 0)
    made = {}
    for kind, (declared, used) in _ENTITIES.items():
        doctype = b"<!DOCTYPE %s [%s]>" % (root[1] if root else b"root", declared)
        made[f"entities-{kind}"] = b'<?xml version="1.0"?>' + doctype + inside[:start] + used + inside[end:]
    return made


def bombs(body: bytes) -> Iterator[Case]:
    """Packed files and files of many parts."""
    yield Case("gzip-bomb", lambda: gzip.compress(bytes(600 * MIB), 1), is_heavy=True)
    names = zipfile.ZipFile(io.BytesIO(body)).namelist() if shape_of(body) == "zip" else ["data.csv"]
    yield Case("zip-bomb", lambda: zipped({each: bytes(600 * MIB // len(names)) for each in names}), is_heavy=True)
    yield Case("zip-of-many", lambda: zipped({f"{n}.csv": b"a" for n in range(70_000)}), is_heavy=True)
    yield Case("zip-in-zip", lambda: zipped({each: zipped({"a.csv": bytes(9 * MIB)}) for each in names}), is_heavy=True)
    yield Case("zip-paths", lambda: zipped({f"../../{each}": b"a;b\n1;2\n" for each in names}), is_heavy=True)
    yield Case("pdf-bomb", lambda: pdf_of(bytes(600 * MIB)), is_heavy=True)
    yield Case("pdf-of-lines", lambda: pdf_of(b"0 0 m 9 9 l S " * 400_000), is_heavy=True)
    yield Case("pdf-in-circles", lambda: pdf_of(b"", kids=b"2 0 R 2 0 R"), is_heavy=True)
    yield Case("object-wide", lambda: written({f"k{n}": n for n in range(400_000)}), is_heavy=True)
    yield Case("long-key", lambda: written({"k" * (8 * MIB): 1}), is_heavy=True)
    yield Case("long-line", lambda: b"a," * (4 * MIB), is_heavy=True)


def pdf_of(content: bytes, kids: bytes = b"3 0 R") -> bytes:
    """A PDF of one page with this content, deflated."""
    packed = zlib.compress(content, 1)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count 1 >>" % kids,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return bytes(out) + tail % (table, len(out))


# -- more of the same --------------------------------------------------------------------------------------------------


def amplified(body: bytes, size: int) -> bytes:
    """About ``size`` bytes in the shape of this payload: more of its longest list, its commonest element, its lines."""
    shape = shape_of(body)
    if shape == "json":
        try:
            document = json.loads(body)
        except ValueError:  # objects glued together
            return body * max(1, size // len(body))
        return _more_elements(document, size)
    if shape == "markup":
        return _more_markup(body, size)
    if shape == "zip":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
        largest = max(members, key=lambda name: len(members[name]))
        return zipped({**members, largest: amplified(members[largest], size)})
    if shape == "pdf":
        return body + bytes(max(0, size - len(body)))
    head, _, rest = body.partition(b"\n")
    return head + b"\n" + rest * max(1, size // max(1, len(rest)))


def _more_elements(document: Json, size: int) -> bytes:
    def at(path: Path) -> Json:
        found = document
        for step in path:
            found = found[step]
        return found

    lists = [path for path in [(), *paths(document)] if isinstance(at(path), list) and at(path)]
    if not lists:
        return written([document] * max(1, size // max(1, len(written(document)))))
    longest = max(lists, key=lambda path: len(written(at(path))))
    unit = written(at(longest))[1:-1]
    whole = written(replaced(document, longest, "@@") if longest else "@@")
    return whole.replace(b'"@@"', b"[" + b",".join([unit] * max(1, size // max(1, len(unit)))) + b"]")


def _more_markup(body: bytes, size: int) -> bytes:
    names = Counter(re.findall(rb"<([A-Za-z][\w:.-]*)(?=[\s>])", body))
    blocks = []
    for name, count in names.items():
        tag = re.escape(name)
        block = re.search(rb"<%s(?=[\s>]).*?</%s>" % (tag, tag), body, re.S)
        if block and count > 1:
            blocks.append((count * len(block[0]), block))
    if not blocks:
        return body * max(1, size // max(1, len(body)))
    block = max(blocks, key=lambda each: each[0])[1]
    return body[: block.start()] + block[0] * max(1, size // len(block[0])) + body[block.end() :]
