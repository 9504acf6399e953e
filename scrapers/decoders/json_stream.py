"""JSON values one after another: the elements of a long array, or objects glued together, without holding them all.

Belongs here: finding where a value ends, in pieces of bytes, within bounds. Never here: what a value means; JSON that
has to be mended (``loose_json``). Values may be parted by commas, line breaks, byte order marks or nothing.

What is not JSON costs its own value only: reading goes on at the next one that begins where no other is open. A value
that breaks off at the end is said to be cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.decoders.tables import Broken

MAX_VALUE = 4 * 1024 * 1024  # bytes of one value
MAX_VALUES = 2_000_000
_MAX_BROKEN = 20_000
_MAX_DEPTH = 200
# Bytes that may be read in vain behind damaged values; beyond, one is given up sooner where another may begin.
_MAX_VAIN, _IMPATIENT = 32 * 1024 * 1024, 64 * 1024
# A text that is not closed in what is held matches too, with an empty group: no byte is looked at twice.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[{}\[\]]', re.S)
_GAP = re.compile(rb"(?:[ \t\r\n,\x00]|\xef\xbb\xbf)*+")
_START = re.compile(rb'\{\s{0,40}"[^"\\]{1,60}"\s{0,40}:')
_PIECE = 256 * 1024


@dataclass(frozen=True)
class Value:
    """One value and its number in the stream, from 0."""

    number: int
    value: Any


def pieces(body: bytes) -> Iterator[bytes]:
    """A body in pieces, as ``values`` wants it."""
    view = memoryview(body)
    return (bytes(view[at : at + _PIECE]) for at in range(0, len(body), _PIECE))


def values(parts: Iterable[bytes]) -> Iterator[Value | Broken]:
    """The elements of a top-level array, or the top-level values themselves; ``Broken.line`` is the value's number.

    Raises UnreadableError, also after values: empty, not_json, too_large, too_many_elements, too_many_broken.
    """
    return _Stream(parts).read()


class _Stream:
    """One pass over one stream."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._held = bytearray()
        self._number = 0
        self._broken = 0
        self._vain = 0
        self._start = b""  # how the first value begins: damaged ones end where another begins so

    def read(self) -> Iterator[Value | Broken]:
        if not self._skip():
            raise UnreadableError("empty", "the body is empty")
        if self._held[:1] not in (b"[", b"{"):
            raise UnreadableError("not_json", f"no object and no array begins here: {self._shown()}")
        in_array = False
        while self._skip():
            first = self._held[:1]
            if (first == b"[" and not in_array) or (first == b"]" and in_array):  # arrays may follow each other
                in_array = not in_array
                del self._held[:1]
                continue
            found = self._value() if first == b"{" else self._stray()
            self._number += 1
            if self._number > MAX_VALUES:
                raise UnreadableError("too_many_elements", f"more than {MAX_VALUES} values")
            if isinstance(found, Broken):
                self._broken += 1
                if self._broken > _MAX_BROKEN:
                    raise UnreadableError("too_many_broken", f"more than {_MAX_BROKEN} broken values")
            yield found
        if in_array:
            yield Broken(self._number, "cut_off", "the payload breaks off within its list")

    def _more(self) -> bool:
        piece = next(self._parts, b"")
        self._held += piece
        return bool(piece)

    def _shown(self) -> str:
        return repr(one_line(bytes(self._held[:60]).decode("utf-8", "replace")))

    def _skip(self) -> bool:
        """Drop what parts values; whether anything follows."""
        while True:
            while len(self._held) < 3 and self._more():
                pass
            gap = _GAP.match(self._held)
            size = gap.end() if gap else 0
            if not size:
                return bool(self._held)
            del self._held[:size]

    def _value(self) -> Value | Broken:
        """The object that begins here, taken out of what is held."""
        at = depth = 0
        is_deep = False
        while True:
            found = _TOKEN.search(self._held, at)
            if found is None or (self._held[found.start()] == 0x22 and not found[1]):  # a text that is still open
                at = len(self._held) if found is None else found.start()
                if len(self._held) > MAX_VALUE:
                    return self._given_up("too_large", f"a value of more than {MAX_VALUE} bytes", at)
                if not self._more():
                    return self._given_up("cut_off", "the payload breaks off within this value", at)
                continue
            at = found.end()
            if at > _IMPATIENT and self._vain > _MAX_VAIN and 0 < self._next_start() < at:
                return self._given_up("cut_off", "the value does not end before another begins", at)
            token = self._held[found.start()]
            if token in b"{[":
                depth += 1
                if depth > _MAX_DEPTH and not is_deep:
                    is_deep = True
                    if self._next_start() > 0:
                        return self._given_up("too_deep", f"nested deeper than {_MAX_DEPTH} levels", at)
            elif token in b"}]":
                depth -= 1
                if depth == 0:
                    break
        if is_deep:
            del self._held[:at]
            return Broken(self._number, "too_deep", f"nested deeper than {_MAX_DEPTH} levels")
        return self._parsed(at)

    def _parsed(self, end: int) -> Value | Broken:
        body = bytes(self._held[:end])
        if not self._start and (start := _START.match(body)):
            self._start = start[0]
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            try:
                value = load_json(body)[0]
            except UnreadableError as error:
                if 0 < self._next_start() < end:
                    return self._given_up(error.reason, error.detail, end)
                del self._held[:end]
                return Broken(self._number, error.reason, error.detail)
        del self._held[:end]
        return Value(self._number, value)

    def _next_start(self) -> int:
        return self._held.find(self._start, 1) if self._start else -1

    def _given_up(self, reason: str, detail: str, read: int) -> Broken:
        """A damaged value, dropped up to the next one that begins as the first did; without one, all that is held."""
        end = self._next_start()
        self._vain += read
        del self._held[: end if end > 0 else len(self._held)]
        return Broken(self._number, reason, detail)

    def _stray(self) -> Broken:
        """Something that is no object: dropped up to the next one."""
        shown, dropped = self._shown(), 0
        while True:
            ends = [at for mark in (b"{", b"]") if (at := self._held.find(mark)) >= 0]
            if ends:
                del self._held[: max(1, min(ends))]
                break
            dropped += len(self._held)
            self._held.clear()
            if dropped > MAX_VALUE or not self._more():
                break
        return Broken(self._number, "no_object", f"{shown} stands where an object is due")
