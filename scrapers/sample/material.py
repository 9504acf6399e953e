"""Phrase material and employers of the sample, read from the YAML files beside this module.

Belongs here: reading, checking and expanding the material. Never here: what is drawn when, or HTML.

Phrases are lines. ``{a|b}`` is a choice, ``<name>`` a value filled in by the caller, and `` @concept,concept`` at the
end of a line names the taxonomy concepts that the line asks for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr", "de", "lb")
AiClass = Literal["none", "mention", "user", "practitioner", "governance"]

_CHOICE = re.compile(r"\{([^{}]*)\}")
_CONCEPTS = re.compile(r"\s+@([a-z0-9_,]+)$")


class Employer(BaseModel):
    """One invented employer; ``langs`` are weights of advert languages, ``about`` its text in each of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    board: str
    profile: str
    name: str
    nace_section: str
    size: Literal["small", "medium", "large", "xlarge"]
    weight: float
    tags: list[str]
    places: list[str]
    langs: dict[str, float]
    about: dict[str, str]


class AiRole(BaseModel):
    """An AI role: its class, the sections that advertise it, and how its weight grows over the 24 months."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    ai_class: Literal["practitioner", "governance"]
    sections: list[str]
    weight: float
    growth: float
    only: str | None = None


@dataclass(frozen=True)
class Line:
    """One phrase still to be expanded, and the concepts that it asks for."""

    text: str
    concepts: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: str) -> Line:
        found = _CONCEPTS.search(raw)
        if not found:
            return cls(raw.strip())
        return cls(raw[: found.start()].strip(), tuple(found[1].split(",")))


@dataclass(frozen=True)
class Family:
    """Titles, tasks and profile lines of one role in one language."""

    titles: tuple[Line, ...]
    tasks: tuple[Line, ...]
    profile: tuple[Line, ...]


@dataclass(frozen=True)
class Speech:
    """Everything there is in one language."""

    families: Mapping[str, Family]
    ai_roles: Mapping[str, Family]
    user_lines: Mapping[str, tuple[Line, ...]]
    shared: Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    employers: tuple[Employer, ...]
    profiles: Mapping[str, Mapping[str, float]]
    isco: Mapping[str, int]  # role family -> ISCO-08 major group
    ai_roles: Mapping[str, AiRole]
    speech: Mapping[str, Speech]
    people: Mapping[str, Any]  # first names with f or m, last names, mail domains, number patterns


def lines(block: str) -> tuple[Line, ...]:
    """The phrases of a YAML text block, one a line."""
    return tuple(Line.of(raw) for raw in block.splitlines() if raw.strip())


def expand(text: str, rng: random.Random, values: Mapping[str, str] | None = None) -> str:
    """The text with each choice made and each value filled in; spacing tidied.

    A value is filled in as it stands: braces in it mean nothing.
    """
    while found := _CHOICE.search(text):
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    for name, value in (values or {}).items():
        text = text.replace(f"<{name}>", value)
    return re.sub(r"\s+", " ", text).replace(" ,", ",").strip(" –")


@cache
def load_material() -> Material:
    """All material, checked: a missing text or unknown family is an error that names it."""
    firms = _read("employers.yaml")
    material = Material(
        employers=tuple(Employer.model_validate(raw) for raw in firms["employers"]),
        profiles=firms["profiles"],
        isco=_read("phrases/families.yaml"),
        ai_roles={name: AiRole.model_validate(_role(raw)) for name, raw in _read("phrases/ai_roles.yaml").items()},
        speech={lang: _speech(lang) for lang in LANGUAGES},
        people=_read("phrases/people.yaml"),
    )
    for employer in material.employers:
        families = material.profiles[employer.profile]
        if unknown := set(families) - set(material.isco):
            raise ValueError(f"profile {employer.profile} names unknown families: {sorted(unknown)}")
        for lang in employer.langs:
            if lang not in employer.about:
                raise ValueError(f"{employer.board} advertises in {lang} but has no text about itself in it")
            if not set(families) & set(material.speech[lang].families):
                raise ValueError(f"{employer.board} has no role family with texts in {lang}")
    return material


def _role(raw: dict[str, Any]) -> dict[str, Any]:
    return {("ai_class" if key == "class" else key): value for key, value in raw.items()}


def _read(relative: str) -> Any:
    return yaml.load((HERE / relative).read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _family(raw: Mapping[str, str]) -> Family:
    return Family(titles=lines(raw["titles"]), tasks=lines(raw["tasks"]), profile=lines(raw["profile"]))


def _speech(lang: str) -> Speech:
    families: dict[str, Family] = {}
    for path in sorted((HERE / "phrases" / lang).glob("*.yaml")):
        if path.stem not in ("ai", "shared"):
            families |= {name: _family(raw) for name, raw in _read(f"phrases/{lang}/{path.name}").items()}
    ai = _read(f"phrases/{lang}/ai.yaml")
    user_lines = {family: lines(block) for family, block in ai.pop("user_lines").items()}
    shared = _read(f"phrases/{lang}/shared.yaml")
    return Speech(families, {name: _family(raw) for name, raw in ai.items()}, user_lines, shared)
