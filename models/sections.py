"""Cuts an ad into sentences and says which part of the ad each belongs to.

Belongs here: headings, sentence borders, the voice of a sentence that stands under no heading. Never here: AI.
Real ads come as Markdown, as lines, or as one long line in which headings and sentences are glued together; all three
are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from models.cues import Cues, Part

MAX_SENTENCE = 500  # characters; a longer run without punctuation is cut, so that every rule reads a bounded text

_BORDER = re.compile(
    r"\n|[.!?;](?=\s)|(?<=[a-zà-ÿ)])[.;!?](?=[A-ZÀ-Ý])|\s[•·▪●►✓*]\s|\s-\s(?=[A-ZÀ-Ý])|•|(?<=[a-zà-ÿ])\s?;\s?"
)
_SIGN = re.compile("[.!?;•·▪●►✓*-]")  # each border but a line's end has one: the costly pattern runs only there
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[a-zA-Z]|e\.g|i\.e|z\.b|bzw|inkl|ca|etc|resp|mme|dr|env|st|nr|no|vs|ggf|u\.a|d\.h|p\.ex|mr|m\/f|u)$",
    re.I,
)
_DECORATION = " \t#*_>:.!?-–•·▪●►✓|=\"'"


class Sentence(NamedTuple):
    """A stretch of the normal text: [start, end), and the part of the ad it belongs to."""

    start: int
    end: int
    part: Part


def split(text: str, lower: str, cues: Cues) -> list[Sentence]:
    """The sentences of a text in order; headings themselves are left out."""
    sentences: list[Sentence] = []
    part: Part = "other"
    position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        if not line.strip():
            continue
        heading, ended = _heading(line, lower[start : start + len(line)], cues)
        if heading is not None:
            part = heading
            if ended:
                continue
        part = _split_line(text, start, start + len(line), part, cues, sentences)
    return sentences


def _heading(line: str, lower: str, cues: Cues) -> tuple[Part | None, bool]:
    """The part a line opens, and whether the line holds nothing but the heading."""
    head, colon, rest = lower.partition(":")
    if colon and rest.strip() and len(head) <= 60:
        part = cues.heading_part.get(head.strip(_DECORATION))
        if part is not None:
            return part, False
    stripped = lower.strip(_DECORATION)
    if len(stripped) > 80:
        return None, False
    part = cues.heading_part.get(stripped)
    if part is not None:
        return part, True
    opening, closing = line.lstrip(), line.rstrip()
    if opening[:2] in ("- ", "* ", "• ") or closing[-1:] in (".", ","):
        return None, False
    words = len(stripped.split())
    marked = opening[:1] in "#*_" or closing.rstrip(" *_").endswith((":", "?")) or line.isupper()
    if words <= 8 and (marked or words <= 4):
        found = cues.heading_within(stripped)
        if found is not None and (marked or len(found) * 2 >= len(stripped)):
            return cues.heading_part[found], True
    return None, False


def _split_line(text: str, start: int, end: int, part: Part, cues: Cues, out: list[Sentence]) -> Part:
    """Adds the sentences of one line; returns the part that holds after it."""
    begin = start
    for mark in cues.inline_headings(text, start, end) if end - start > 200 else ():
        _split_plain(text, begin, mark.start(), part, cues, out)
        part = cues.heading_part.get(
            mark.group(1).lower(), cues.heading_part.get(mark.group(1).lower().rstrip(" ?"), part)
        )
        begin = mark.end()
    _split_plain(text, begin, end, part, cues, out)
    return part


def _split_plain(text: str, start: int, end: int, part: Part, cues: Cues, out: list[Sentence]) -> None:
    begin = after = start
    for sign in _SIGN.finditer(text, start, end):
        position = sign.start()
        if position < after:
            continue
        border = _BORDER.match(text, position - 1, end) if position > after and text[position - 1].isspace() else None
        border = border or _BORDER.match(text, position, end)
        if border is None:
            continue
        after = border.end()
        if border.group()[0] == "." and _ABBREVIATION.search(text, max(begin, border.start() - 8), border.start()):
            continue
        _add(text, begin, border.end(), part, cues, out)
        begin = border.end()
    _add(text, begin, end, part, cues, out)


def _add(text: str, start: int, end: int, part: Part, cues: Cues, out: list[Sentence]) -> None:
    while start < end and text[start] in " \n-*•·#":
        start += 1
    while end > start and text[end - 1] in " \n":
        end -= 1
    while end - start > MAX_SENTENCE:
        cut = text.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
        cut = cut if cut > 0 else start + MAX_SENTENCE
        out.append(Sentence(start, cut, part))
        start = cut
    if end > start:
        out.append(Sentence(start, end, part))
