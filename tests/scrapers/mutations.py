"""The catalogue of damage: what is done to a good payload before a decoder sees it.

Belongs here: bytes out of bytes, the same at every run. Never here: decoding, or judging what came of it
(``tests/scrapers/fuzz.py``). Nothing here knows a publisher's format: only whether a payload is JSON, markup, lines of
cells, a zip or a PDF.
"""

from __future__ import annotations

import copy
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

DEEP = 10_000

Json = Any
Path = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """One damaged payload. A heavy one is large when made or when unpacked: it gets a process of its own."""

    name: str
    make: Callable[[], bytes]
    is_heavy: bool = False


# What may stand where a value is due. Huge integers and NaN are written as tokens, since no object can hold them.
# fmt: off
VALUES: tuple[Json, ...] = (
    None, True, False, 0, -1, 1e308, 10**400, float("nan"), "", " ", "\u202e\x00\ud800", "é" * 9_000, "x" * 70_000,
    "2026-99-99T99:99:99Z", "<b>&amp;lt;", [], {}, [[]], [None], {"a": {}}, [1, "a", {}],
)
NUMBERS = (
    b"1e400", b"-1e400", b"9" * 5_000, b"0." + b"0" * 5_000 + b"1", b"NaN", b"-0", b"0x1F", b"1,5", b"1.234.567,8",
    b"\xd9\xa1\xd9\xa2", b"99999999999999999999", b"null", b"",
)
CELLS = (
    "", " ", "\x00", '"', '""', "=1+1", "NaN", "inf", "9" * 400, "1e999", "é" * 3_000, "\u202e", ":", "-", "null",
    "a,b;c\td", "2026-13-45", "\ud7ff", "x" * 70_000,
)
TEXTS = (
    "", " ", "\x00", "&#0;", "&#xD800;", "&undefined;", "]]>", "<![CDATA[", "<!--", "9" * 400, "1e999", "é" * 3_000,
    "{", "[[[[", "2026-13-45", "&lt;script&gt;", "x" * 70_000,
)
# fmt: on
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp037", "utf-7")
MARKUP_TEXT = re.compile(rb">([^<>]{1,2000})<")
MARKUP_VALUE = re.compile(rb"=\s*(?:\"([^\"<>]{0,2000})\"|'([^'<>]{0,2000})')")
MARKUP_TAG = re.compile(rb"</?[A-Za-z][^<>]{0,2000}>")
NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")


def shape_of(body: bytes) -> str:
    """``zip``, ``pdf``, ``json``, ``markup`` or ``lines``."""
    if body[:2] == b"PK":
        return "zip"
    if body[:5] == b"%PDF-":
        return "pdf"
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return "json"
    return "markup" if start == b"<" else "lines"


def small_cases(body: bytes, dice: random.Random, size: float = 1.0) -> Iterator[Case]:
    """Damage that leaves a payload about as large as it was. ``size`` 1 is the whole catalogue, 0.1 a slice of it."""

    def some(count: int) -> int:
        return max(2, round(count * size))

    yield Case("empty", lambda: b"")
    step = max(1, round(1 / max(size, 0.01)))
    for percent in range(1, 100, step):
        cut = len(body) * percent // 100
        yield Case(f"truncated-{percent}", lambda cut=cut: body[:cut])  # type: ignore[misc]
    for number in range(some(200)):
        yield Case(f"flipped-{number}", _flipped(body, dice))
    for number in range(some(20)):
        yield Case(f"bytes-{number}", _other_bytes(body, dice))
    shape = shape_of(body)
    if shape == "zip":
        yield from _in_members(body, dice, some(120))
        return
    if shape == "pdf":
        return
    text = body.decode("utf-8", "replace")
    for name in ENCODINGS:
        yield Case(f"encoded-{name}", lambda name=name: text.encode(name, "replace"))  # type: ignore[misc]
    yield from _spliced("number", body, NUMBER, NUMBERS, dice, some(60))
    if shape == "json":
        yield from _json_fields(body, dice, some(250))
    elif shape == "markup":
        texts = tuple(value.encode() for value in TEXTS)
        yield from _spliced("text", body, MARKUP_TEXT, texts, dice, some(100))
        yield from _spliced("attribute", body, MARKUP_VALUE, texts, dice, some(60))
        yield from _spliced("tag", body, MARKUP_TAG, (b"", b"<x>", b"</x>", b"<x/>"), dice, some(60))
    else:
        yield from _cells(text, dice, some(150))
    yield from islice(_nested_in(body, shape, dice), 0, None, 1 if size >= 0.1 else 4)  # these take the most time


# -- bytes -------------------------------------------------------------------------------------------------------------


def _flipped(body: bytes, dice: random.Random) -> Callable[[], bytes]:
    hits = [(dice.randrange(max(1, len(body))), 1 << dice.randrange(8)) for _ in range(dice.choice((1, 1, 3, 10)))]

    def make() -> bytes:
        damaged = bytearray(body or b"\x00")
        for at, bit in hits:
            damaged[at] ^= bit
        return bytes(damaged)

    return make


def _other_bytes(body: bytes, dice: random.Random) -> Callable[[], bytes]:
    """A stretch removed, doubled, moved, or overwritten."""
    kind = dice.choice(("nulls", "ff", "removed", "doubled", "moved", "surrogate", "mark"))
    start = dice.randrange(max(1, len(body)))
    end = min(len(body), start + dice.choice((1, 10, 1000)))
    put = {
        "nulls": b"\x00" * (end - start), "ff": b"\xff" * (end - start), "removed": b"", "doubled": body[start:end] * 2,
        "moved": b"", "surrogate": b"\xed\xa0\x80", "mark": b"\xef\xbb\xbf",
    }[kind]  # fmt: skip
    tail = body[start:end] if kind == "moved" else b""
    return lambda: body[:start] + put + body[end:] + tail


def _spliced(
    kind: str, body: bytes, pattern: re.Pattern[bytes], values: tuple[bytes, ...], dice: random.Random, count: int
) -> Iterator[Case]:
    """Places that match, each replaced by something else."""
    places = [match.span(match.lastindex or 0) for match in pattern.finditer(body)]
    for number in range(count if places else 0):
        (start, end), value = dice.choice(places), values[number % len(values)]
        yield Case(f"{kind}-{number}", lambda s=start, e=end, v=value: body[:s] + v + body[e:])  # type: ignore[misc]


# -- structures --------------------------------------------------------------------------------------------------------


def paths(node: Json, prefix: Path = ()) -> list[Path]:
    """Where each value of a JSON document stands, containers included."""
    items: list[tuple[Any, Json]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    found: list[Path] = []
    for key, inner in items:
        found += [(*prefix, key), *paths(inner, (*prefix, key))]
    return found


def replaced(document: Json, path: Path, value: Json) -> Json:
    """A copy of a document with another value at one place."""
    damaged = copy.deepcopy(document)
    holder = damaged
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return damaged


def _json_fields(body: bytes, dice: random.Random, count: int) -> Iterator[Case]:
    """Fields that hold anything, lack, or stand under another name."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    everywhere = paths(document)
    for number in range(count if everywhere else 0):
        path, value = dice.choice(everywhere), VALUES[number % len(VALUES)]
        name = f"field-{number}"
        yield Case(name, lambda p=path, v=value: written(replaced(document, p, v)))  # type: ignore[misc]
    for number, value in enumerate(VALUES):
        yield Case(f"whole-{number}", lambda v=value: written(v))  # type: ignore[misc]


def written(document: Json) -> bytes:
    """As JSON: huge integers as digits, NaN as the token, half a character as its escape."""
    return json.dumps(document).encode()


def _cells(text: str, dice: random.Random, count: int) -> Iterator[Case]:
    """Cells, columns and lines that are other than they should be."""
    lines = text.splitlines()
    mark = max(",;\t", key=lambda each: lines[0].count(each)) if lines else ","

    def put(row: int, column: int, value: str) -> bytes:
        cells = lines[row].split(mark)
        cells[column % len(cells)] = value
        return "\n".join([*lines[:row], mark.join(cells), *lines[row + 1 :]]).encode("utf-8", "replace")

    for number in range(count if lines else 0):
        row, column = dice.randrange(len(lines)) if number % 3 else 0, dice.randrange(50)
        value = CELLS[number % len(CELLS)]
        yield Case(f"cell-{number}", lambda r=row, c=column, v=value: put(r, c, v))  # type: ignore[misc]
    wide = {
        "head-alone": lines[:1],
        "head-twice": [*lines[:1], *lines],
        "head-missing": lines[1:],
        "columns-doubled": [f"{line}{mark}{line}" for line in lines],
        "column-missing": [mark.join(line.split(mark)[1:]) for line in lines],
        "columns-many": [line + mark * 5_000 for line in lines],
        "other-mark": [line.replace(mark, "|") for line in lines],
        "quote-open": [*lines[:1], '"' + "\n".join(lines[1:])],
    }
    for name, rows in wide.items():
        yield Case(f"lines-{name}", lambda rows=rows: "\n".join(rows).encode())  # type: ignore[misc]


def _nested_in(body: bytes, shape: str, dice: random.Random) -> Iterator[Case]:
    """Deep nesting where a value or an element is due."""
    if shape == "json":
        try:
            document = json.loads(body)
        except ValueError:
            return
        everywhere = paths(document) or [()]
        for number in range(6):
            path = dice.choice(everywhere)
            whole = written(replaced(document, path, "@@") if path else "@@")
            for depth in (200, 900, DEEP):
                deep = b"[" * depth + b"]" * depth
                yield Case(f"deep-{depth}-{number}", lambda w=whole, d=deep: w.replace(b'"@@"', d))  # type: ignore[misc]
    elif shape == "markup":
        places = [match.span(1) for match in MARKUP_TEXT.finditer(body)]
        for number in range(4 if places else 0):
            start, end = dice.choice(places)
            for tag in (b"div", b"table", b"a"):
                deep = b"<%s>" % tag * DEEP + b"x" + b"</%s>" % tag * DEEP
                name = f"deep-{tag.decode()}-{number}"
                yield Case(name, lambda s=start, e=end, d=deep: body[:s] + d + body[e:])  # type: ignore[misc]


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return out.getvalue()


def _in_members(body: bytes, dice: random.Random, count: int) -> Iterator[Case]:
    """Damage inside a zip: each member's own, and the zip's."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    for name in members:
        others = {each: content for each, content in members.items() if each != name}
        yield Case(f"without-{name}", lambda others=others: zipped(others))  # type: ignore[misc]
        share = list(small_cases(members[name], dice, 0.05))
        for case in dice.sample(share, min(len(share), max(2, count // len(members)))):
            make = case.make
            yield Case(f"in-{name}-{case.name}", lambda n=name, m=make: zipped({**members, n: m()}))  # type: ignore[misc]
