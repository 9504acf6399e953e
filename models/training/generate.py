"""Training texts drawn from frames: ``texts/<name>.slots.yaml`` says which, a fixed seed says how.

Belongs here: the drawing. Never here: words (data). Drawn texts train only; development texts are all written by hand,
so that no frame is measured on itself.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from models.training.corpus import HERE, Row

_SLOT = re.compile(r"\{(\w+)\}")
_SEED = 20261122


class Frame(BaseModel):
    """A sentence with slots in braces, and its label (``none``: no label)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    text: str


class LanguageSlots(BaseModel):
    """The frames of a language and the values of their slots."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slots: dict[str, tuple[str, ...]]
    frames: tuple[Frame, ...]


class SlotData(BaseModel):
    """The content of a slots file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    draws: int
    en: LanguageSlots | None = None
    fr: LanguageSlots | None = None
    de: LanguageSlots | None = None
    lb: LanguageSlots | None = None


def generated(name: str, directory: Path = HERE / "texts") -> list[Row]:
    """The drawn rows of a categoriser, no text twice; empty where it has no slots file. KeyError: an unknown slot."""
    path = directory / f"{name}.slots.yaml"
    if not path.is_file():
        return []
    data = SlotData(**yaml.safe_load(path.read_text(encoding="utf-8")))
    rows: list[Row] = []
    languages: tuple[Literal["en", "fr", "de", "lb"], ...] = ("en", "fr", "de", "lb")
    for lang in languages:
        part: LanguageSlots | None = getattr(data, lang)
        for number, frame in enumerate(part.frames if part else ()):
            assert part is not None
            rng = random.Random(f"{_SEED}/{lang}/{number}")
            drawn = dict.fromkeys(_draw(frame.text, part.slots, rng) for _ in range(data.draws))
            group = f"{lang}-frame-{number}"
            cats = () if frame.label == "none" else (frame.label,)
            rows += [Row(text=text, cats=cats, lang=lang, split="train", group=group) for text in drawn]
    return rows


def _draw(text: str, slots: dict[str, tuple[str, ...]], rng: random.Random) -> str:
    filled = _SLOT.sub(lambda match: rng.choice(slots[match[1]]), text)
    return filled[0].upper() + filled[1:]
