"""Contacts planted into texts: who stands where in what form, drawn from ``gold/contacts.yaml`` with a seed.

Belongs here: that file's shape, drawing, planting, and which characters would give a contact away. Never here:
scrubbing (scrub.py), scores (evaluate_scrub.py). There are three sides: what rules are tuned on; every third entry,
which was held out until then; and fresh forms, written after that. A drawn contact is made of entries of one side only.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from models.data import read_yaml

Entry = TypeVar("Entry")
Place = Literal["block", "inline", "table", "signature", "heading", "glued", "html"]
Side = Literal["tuned", "held_out", "fresh"]
SEED = 20261122
_THIRD = 3
_FEWEST_LETTERS = 3  # shorter words of a name tell nobody
_AT_THE_END = ("block", "signature")
_PLACEHOLDER = re.compile(r"\{(?:name|email|phone)\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class People(_Strict):
    """First and last names of one origin, drawn apart."""

    first: tuple[str, ...] = Field(min_length=_THIRD)
    last: tuple[str, ...] = Field(min_length=_THIRD)


class Pattern(_Strict):
    """How ads give a contact: a text with ``{name}``, ``{email}``, ``{phone}``, and where it stands."""

    place: Place
    text: str


class Forms(_Strict):
    """The shapes of names, addresses and numbers, and what stands around them."""

    name_forms: tuple[str, ...]
    email_forms: tuple[str, ...]
    phone_forms: dict[str, tuple[str, ...]]
    patterns: dict[str, tuple[Pattern, ...]]


class ContactData(Forms):
    """The content of gold/contacts.yaml."""

    people: dict[str, People]
    titles: dict[str, tuple[str, ...]]
    joined_by: dict[str, tuple[str, ...]]
    domains: tuple[str, ...]
    fresh: Forms
    kept: dict[str, tuple[str, ...]]
    kept_sentences: dict[str, tuple[str, ...]]
    kept_behind_label: tuple[str, ...]


@dataclass(frozen=True)
class Plant:
    """One contact to plant: its text, and for each kind that it holds the form and the strings that give it away."""

    lang: str
    place: Place
    text: str
    around: str  # the text without the contact
    forms: dict[str, str]
    tells: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def load_contacts() -> ContactData:
    """The contacts to plant and the names that must stay."""
    return ContactData(**read_yaml("gold/contacts.yaml"))


def thirds(entries: Sequence[Entry], side: Side) -> list[Entry]:
    """The two thirds that rules are tuned on, or every third entry; fresh contacts take people and domains of those."""
    return [entry for number, entry in enumerate(entries) if (number % _THIRD == _THIRD - 1) == (side != "tuned")]


def plants(side: Side, draws: int) -> Iterator[Plant]:
    """``draws`` contacts for each pattern of one side, the same at every call."""
    drawer = _Drawer(side)
    for lang, patterns in drawer.forms.patterns.items():
        for pattern in drawer.forms_of(patterns):
            for _ in range(draws):
                yield drawer.plant(lang, pattern)


def planted(text: str, plant: Plant, generator: random.Random) -> str:
    """The text with a contact at its place: at the end, on lines of its own, behind a sentence or glued to one."""
    if plant.place in _AT_THE_END:
        return f"{text}\n{plant.text}"
    lines = text.split("\n")
    number = generator.randrange(len(lines))
    if plant.place in ("inline", "glued"):
        lines[number] += (" " if plant.place == "inline" else "") + plant.text
    else:
        lines.insert(number + 1, plant.text)
    return "\n".join(lines)


class _Drawer:
    """Draws people, addresses and numbers of one side."""

    def __init__(self, side: Side) -> None:
        self.data = load_contacts()
        self.side = side
        self.forms = self.data.fresh if side == "fresh" else self.data
        self.random = random.Random(f"{SEED}/{side}")

    def forms_of(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return entries if self.side == "fresh" else thirds(entries, self.side)

    def plant(self, lang: str, pattern: Pattern) -> Plant:
        made = {"name": self._name(lang), "email": self._email(), "phone": self._phone()}
        made = {kind: parts for kind, parts in made.items() if f"{{{kind}}}" in pattern.text}
        text = _PLACEHOLDER.sub(lambda found: made[found.group()[1:-1]][1], pattern.text)
        return Plant(
            lang=lang,
            place=pattern.place,
            text=text,
            around=_PLACEHOLDER.sub("", pattern.text),
            forms={kind: form for kind, (form, _, _) in made.items()},
            tells={kind: tells for kind, (_, _, tells) in made.items()},
        )

    def _one(self, entries: Sequence[Entry]) -> Entry:
        return self.random.choice(thirds(entries, self.side))

    def _form(self, forms: Sequence[str]) -> str:
        return self.random.choice(self.forms_of(forms))

    def _person(self) -> tuple[str, str]:
        people = self.random.choice(list(self.data.people.values()))
        return self._one(people.first), self._one(people.last)

    def _name(self, lang: str) -> tuple[str, str, tuple[str, ...]]:
        form, (first, last), (first_other, last_other) = (
            self._form(self.forms.name_forms),
            self._person(),
            self._person(),
        )
        titles = self.data.titles[lang]
        parts = {
            "first": first,
            "last": last,
            "FIRST": first.upper(),
            "LAST": last.upper(),
            "first_lower": first.lower(),
            "last_lower": last.lower(),
            "initial": first[0],
            "titled": self._one(titles),
            "titled_other": self._one(titles),
            "or": self._one(self.data.joined_by[lang]),
            "other": f"{first_other} {last_other}",
        }
        shown = last if "first" not in form.lower() else f"{first} {last}"
        shown += f" {first_other} {last_other}" if "{other}" in form else ""
        return form, form.format(**parts), _words(shown)

    def _email(self) -> tuple[str, str, tuple[str, ...]]:
        form, domain, (first, last) = self._form(self.forms.email_forms), self._one(self.data.domains), self._person()
        given, family = _ascii(first), _ascii(last)
        text = form.format(
            f=given,
            l=family,
            i=given[0],
            F=given.title(),
            L=family.upper(),
            d=domain,
            D=domain.upper(),
            d_dot=domain.replace(".", " dot "),
            d_point=domain.replace(".", " point "),
            d_punkt=domain.replace(".", " PUNKT "),
            d_paren=domain.replace(".", " (dot) "),
            d_bracket=domain.replace(".", "[.]"),
        )
        local = [part for name, part in (("{f}", given), ("{l}", family)) if name in form.lower()]
        return form, text, (*local, max(domain.split("."), key=len))

    def _phone(self) -> tuple[str, str, tuple[str, ...]]:
        country = self.random.choice(list(self.forms.phone_forms))
        form = self._form(self.forms.phone_forms[country])
        draw = {"#": "0123456789", "%": "2345678"}
        text = "".join(self.random.choice(draw[sign]) if sign in draw else sign for sign in form)
        return f"{country} {form}", text, tuple(re.findall(r"\d{2,}", text))


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.findall(r"\w+", name) if len(word) >= _FEWEST_LETTERS and word[0].isupper())


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.replace("ß", "ss").replace("œ", "oe").replace("ł", "l").replace("Ł", "L"))
    return re.sub(r"[^a-z-]", "", plain.lower())
