"""Generated advertisements for ``observatory bench classify``: any number of them, from the phrases of the sample.

Belongs here: how many there are of which kind, and their length. Never here: phrases (``scrapers.sample``), clocks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from scrapers.html import to_text
from scrapers.sample.compose import compose
from scrapers.sample.material import load_material
from scrapers.sample.plan import plan

CHARACTERS = 4_400  # the length of an ad of the kept real ones, on average
ORDINARY = 0.94
BLOCK = 20_000
_PIECES = 4_000


def ads(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """``count`` ads in four languages with id, title, employer, text and the class they were made for, all different.

    The first part of an ad is one whole ad of the sample, about 1,500 characters; further ordinary ones of its language
    follow until the length is reached. Only one block of ads is in memory at a time.
    """
    for block in range(0, count, BLOCK):
        yield from _block(min(BLOCK, count - block), block, seed + block)


def _block(count: int, first: int, seed: int) -> Iterator[dict[str, str]]:
    rng = random.Random(f"{seed}/bench")
    pieces = _pieces(seed)
    of_kind = {ordinary: [p for p in pieces if (p["ai_class"] == "none") is ordinary] for ordinary in (True, False)}
    fillers: dict[str, list[str]] = {}
    for piece in of_kind[True]:
        if not piece["has_contact"]:
            fillers.setdefault(piece["lang"], []).append(piece["text"])
    for number in range(first, first + count):
        piece = rng.choice(of_kind[rng.random() < ORDINARY])
        texts = [f"{number}", piece["text"]]
        while sum(map(len, texts)) < CHARACTERS - 750:
            texts.append(rng.choice(fillers[piece["lang"]]))
        whole = {name: piece[name] for name in ("lang", "ai_class", "employer", "title")}
        yield {"id": str(number), **whole, "text": "\n".join(texts)}


def _pieces(seed: int) -> list[dict[str, Any]]:
    material = load_material()
    found = []
    for opening in plan(material, seed, _PIECES):
        ad = compose(material, opening, seed)
        text = to_text(ad.content)
        kind = {"lang": opening.lang, "ai_class": opening.ai_class, "employer": opening.employer.name}
        if text:
            found.append({**kind, "title": ad.title, "text": text, "has_contact": ad.has_contact})
    return found
