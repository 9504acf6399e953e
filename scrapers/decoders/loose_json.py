"""JSON as it stands in web pages: written by templates, wrapped, escaped once too often, a comma short.

Belongs here: reading such a block, with a remark for each repair. Never here: what a block says. A repair is made only
where one reading is possible; a block that breaks off is refused, because half of it would pass for the whole.
"""

from __future__ import annotations

import html as entities
import json
import re
from collections import Counter
from typing import Any

import orjson

MAX_BLOCK = 1_000_000  # characters
_MAX_DEPTH = 200
_MAX_VALUES = 1_000  # glued together in one block
_WRAPS = (
    re.compile(r"\s*(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?"),
    re.compile(r"\s*(?://)?\s*<!--"),
)
_WRAP_ENDS = re.compile(r"(?:(?://|/\*)?\s*(?:\]\]>|-->)\s*(?:\*/)?|;)\s*$")
_SPACE = re.compile(r"[\s\ufeff\x00]*")
_COMMENT = re.compile(r"//[^\n]*|/\*.{0,20000}?\*/", re.S)
_PLAIN = re.compile(r"[^\"'\\\x00-\x1f]+")
_WORD = re.compile(r"[^\s,:{}\[\]\"']+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,40})(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?")
_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})")
_HEX = re.compile(r"\\x([0-9a-fA-F]{2})")
# What may follow the quote that ends a text: in an object the name of the next member, in a list the next value.
_AFTER_NAME = re.compile(r"\s{0,500}+:")
_AFTER_MEMBER = re.compile(
    r"\s{0,500}+(?:[}\]]|$|(?:,[,\s]{0,500}+)?(?:[\"'][^\"'\n]{1,100}+[\"']\s{0,500}+:|\})|,\s{0,500}+[A-Za-z_]\w{0,60}+\s{0,50}+:)"
)
_AFTER_ITEM = re.compile(r"\s{0,500}+(?:\]|$|,\s{0,500}+[\]\"'\d{\[tfn-])")
_WORDS = {"true": "true", "false": "false", "null": "null", "True": "true", "False": "false"}
_NOTHING = ("None", "undefined", "NaN", "Infinity", "-Infinity")


class BrokenBlockError(ValueError):
    """A block that is no JSON and cannot be mended in one way only. ``reason`` is a short code."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


def read_block(text: str) -> tuple[list[Any], list[str]]:
    """The values of a block, usually one, and remarks on how it had to be read. An empty block has none.

    Raises BrokenBlockError: too_large, too_deep, cut_off, not_json.
    """
    if len(text) > MAX_BLOCK:
        raise BrokenBlockError("too_large", f"{len(text)} characters, at most {MAX_BLOCK} are read")
    inner, remarks = _unwrapped(text)
    if not inner:
        return [], remarks
    try:
        return [orjson.loads(inner)], remarks
    except orjson.JSONDecodeError:
        pass
    if _is_escaped(inner):
        inner = entities.unescape(inner)
        remarks.append("JSON that was escaped as HTML")
    values, repairs = _Mender(inner).values()
    return values, [*remarks, *(name if n == 1 else f"{name} ({n} times)" for name, n in repairs.items())]


def _unwrapped(text: str) -> tuple[str, list[str]]:
    """The block without what was put around it for parsers of XML and of old browsers."""
    inner, remarks = text.strip("\ufeff\x00 \t\r\n"), []
    for wrap in _WRAPS:
        if found := wrap.match(inner):
            inner = inner[found.end() :]
            remarks.append("JSON in a CDATA or comment wrapper")
    for _ in range(3):
        if not inner or inner[-1] not in ">;/":
            break
        tail = _WRAP_ENDS.search(inner, max(0, len(inner) - 40))
        if tail is None:
            break
        inner = inner[: tail.start()].rstrip()
    return inner.strip(), remarks


def _is_escaped(text: str) -> bool:
    return text[:1] in "{[&" and "&quot;" in text and '"' not in text[:200]


class _Mender:
    """One pass over a block: it is copied token by token, and what does not fit is put right or refused."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.out: list[str] = []
        self.stack: list[str] = []
        self.last = ""  # the last token: { [ } ] , : or v for a value
        self.repairs: Counter[str] = Counter()
        self.found: list[Any] = []

    def values(self) -> tuple[list[Any], Counter[str]]:
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at >= len(self.text):
                break
            self._token(self.text[self.at])
        if self.stack:
            raise BrokenBlockError("cut_off", "the JSON breaks off before its end")
        if self.out:
            self._finish()
        return self.found, self.repairs

    def _token(self, char: str) -> None:
        if char == "/" and (comment := _COMMENT.match(self.text, self.at)):
            self.repairs["comments in JSON"] += 1
            self.at = comment.end()
        elif char in "{[":
            self._value_begins()
            self.stack.append(char)
            if len(self.stack) > _MAX_DEPTH:
                raise BrokenBlockError("too_deep", f"nested deeper than {_MAX_DEPTH} levels")
            self._put(char)
        elif char in "}]":
            self._close(char)
        elif char == ",":
            if not self.stack:  # between values that are glued together
                self.at += 1
            elif self.last in (",", "{", "["):
                self.repairs["a comma too many"] += 1
                self.at += 1
            else:
                self._put(char)
        elif char == ":":
            self._put(char)
        elif char in "\"'":
            self._string(char)
        else:
            self._word()

    def _put(self, token: str) -> None:
        self.out.append(token)
        self.last = token
        self.at += 1

    def _close(self, char: str) -> None:
        if not self.stack and self.found:
            self.repairs["a bracket too many"] += 1
            self.at += 1
            return
        if not self.stack:
            raise BrokenBlockError("not_json", f"{char!r} closes nothing, at character {self.at}")
        if self.stack.pop() != ("{" if char == "}" else "["):
            raise BrokenBlockError("not_json", f"{char!r} closes what it did not open, at character {self.at}")
        if self.last == ",":
            self.repairs["a comma too many"] += 1
            self.out.pop()
        self._put(char)
        if not self.stack:
            self._finish()

    def _finish(self) -> None:
        if len(self.found) >= _MAX_VALUES:
            raise BrokenBlockError("not_json", f"more than {_MAX_VALUES} values")
        try:
            self.found.append(json.loads("".join(self.out)))
        except (ValueError, RecursionError) as error:
            raise BrokenBlockError("not_json", str(error)) from None
        if len(self.found) == 2:
            self.repairs["several values glued together"] += 1
        self.out, self.last = [], ""

    def _value_begins(self) -> None:
        """A comma where one is due and none stands."""
        if self.last in ("v", "}", "]"):
            self.repairs["a missing comma"] += 1
            self.out.append(",")
            self.last = ","

    def _word(self) -> None:
        found = _WORD.match(self.text, self.at)
        if found is None or len(found[0]) > 200:
            raise BrokenBlockError("not_json", f"unexpected {self.text[self.at : self.at + 20]!r}")
        word = found[0]
        is_name = self._is_name()
        self._value_begins()
        if is_name and _AFTER_NAME.match(self.text, found.end()):
            self.repairs["a name without quotes"] += 1
            token = json.dumps(word)
        elif word in _WORDS:
            token = _WORDS[word]
        elif word in _NOTHING:
            self.repairs[f"{word} read as nothing"] += 1
            token = "null"
        elif _NUMBER.fullmatch(word):
            token = word
        else:
            raise BrokenBlockError("not_json", f"unexpected {word[:40]!r} at character {self.at}")
        self.out.append(token)
        self.last = "v"
        self.at = found.end()

    def _is_name(self) -> bool:
        """Whether the name of a member is due, not its value."""
        return bool(self.stack) and self.stack[-1] == "{" and self.last != ":"

    def _string(self, quote: str) -> None:
        is_name = self._is_name()
        in_object = bool(self.stack) and self.stack[-1] == "{"
        after = _AFTER_NAME if is_name else _AFTER_MEMBER if in_object else _AFTER_ITEM
        self._value_begins()
        if quote == "'":
            self.repairs["single quotes"] += 1
        self.out.append('"')
        self.at += 1
        text = self.text
        while True:
            if plain := _PLAIN.match(text, self.at):
                self.out.append(plain[0])
                self.at = plain.end()
            if self.at >= len(text):
                raise BrokenBlockError("cut_off", "the JSON breaks off within a text")
            char = text[self.at]
            if char == "\\":
                self._escape()
            elif char == quote:
                if after.match(text, self.at + 1):
                    break
                self.repairs["quotes that are not escaped"] += 1
                self.out.append('\\"' if quote == '"' else quote)
                self.at += 1
            elif char in "\"'":
                self.out.append('\\"' if char == '"' else char)
                self.at += 1
            else:
                self.repairs["raw control characters"] += 1
                self.out.append(f"\\u{ord(char):04x}")
                self.at += 1
        self.out.append('"')
        self.last = "v"
        self.at += 1

    def _escape(self) -> None:
        if known := _ESCAPE.match(self.text, self.at):
            self.out.append(known[0])
            self.at = known.end()
            return
        self.repairs["an escape that JSON does not know"] += 1
        if code := _HEX.match(self.text, self.at):
            self.out.append(f"\\u00{code[1]}")
            self.at = code.end()
            return
        self.at += 1  # "\$" and "\'" mean the character; it is read as any other
        if self.text[self.at : self.at + 1] == "'":
            self.out.append("'")
            self.at += 1
