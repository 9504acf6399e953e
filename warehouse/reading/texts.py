"""Texts of the faces in four languages: gettext catalogues (``locale/<lang>/LC_MESSAGES/*.po``), read with Babel.

Message ids are keys, not English sentences: a wording can change without touching three translations, and English is a
catalogue like the others. All files of a language are one catalogue; every language must hold the same keys, plurals
and placeholders. The ``.po`` files are read as they are, so nothing has to be compiled before a start.

Belongs here: loading, checking and filling texts. Never here: a sentence of its own, a number's format (formats.py),
or an indicator's metadata (the release has it).
"""

from __future__ import annotations

import io
import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from warehouse.reading.errors import CatalogueError
from warehouse.reading.formats import LANGUAGES

LOCALE = Path(__file__).parent / "locale"
DEFAULT_LANGUAGE = "en"
_PERCENT = re.compile(r"(\d) %")
_FRENCH_BEFORE = re.compile(r" ([?:;!»])")
_FRENCH_AFTER = re.compile(r"(«) ")
_FRENCH_JOINT = re.compile(r"(?<=[^\s\u00a0])([:;])(?= )")  # as "a: b" and "a; b" come from code that joins
LANGUAGE_NAMES = {"en": "English", "fr": "Français", "de": "Deutsch", "lb": "Lëtzebuergesch"}


def language(asked: str | None) -> str:
    """The language asked for if we have it, else English."""
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


def t(key: str, lang: str, **filled: object) -> str:
    """The text of a key in a language, placeholders filled. An unknown key is an error of ours and raises KeyError."""
    text = catalogue(lang)[key]
    return text.format(**filled) if filled else text


def tn(key: str, lang: str, count: int, **filled: object) -> str:
    """The text of a key in the plural form that ``count`` asks for in this language, placeholders filled."""
    catalogue(lang)[key]  # an unknown key is an error here too
    return finished(_compiled(language(lang)).ngettext(key, key, count), lang).format(**filled)


def has(key: str) -> bool:
    """True when the catalogues know the key."""
    return key in catalogue(DEFAULT_LANGUAGE)


def either(keys: list[str], lang: str, **filled: object) -> str:
    """The text of the first key that exists; the last one must exist."""
    return t(next((key for key in keys[:-1] if has(key)), keys[-1]), lang, **filled)


def reviewed(lang: str) -> bool:
    """False while no native reader has reviewed the catalogue: the faces then say so."""
    return catalogue(lang)["meta.reviewed"] == "yes"


def typeset(text: str, lang: str) -> str:
    """Text with curly apostrophes and, in French, a no-break space before high punctuation and inside quotation
    marks: for texts that are put together or come from a release. The catalogues have it already.
    """
    text = text.replace("'", "’")
    if lang != "fr":
        return text
    text = _FRENCH_AFTER.sub("\\1\u00a0", _FRENCH_BEFORE.sub("\u00a0\\1", text))
    return _FRENCH_JOINT.sub("\u00a0\\1", text)


def finished(text: str, lang: str) -> str:
    """A catalogue's text as it is shown: typeset, and no number parted from its percent sign at the end of a line."""
    return _PERCENT.sub("\\1\u00a0%", typeset(text, language(lang)))


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of one language by key (plurals in their last form); read once, checked against English."""
    lang = language(lang)
    own = read_catalogue(LOCALE / lang / "LC_MESSAGES")
    if lang != DEFAULT_LANGUAGE:
        problems = differences(read_catalogue(LOCALE / DEFAULT_LANGUAGE / "LC_MESSAGES"), own)
        if problems:
            raise CatalogueError(f"{lang}: {problems[0]} ({len(problems)} problems)")
    return {key: finished(forms[-1], lang) for key, forms in own.items()}


@cache
def _compiled(lang: str) -> Translations:
    merged = Catalog(locale=lang)
    for file in _files(LOCALE / lang / "LC_MESSAGES"):
        for message in _read(file):
            if message.id:
                merged[message.id] = message
    buffer = io.BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return Translations(fp=buffer)


def read_catalogue(folder: Path) -> dict[str, tuple[str, ...]]:
    """All messages of one language: key -> its forms (one, or as many as the language has plurals)."""
    found: dict[str, tuple[str, ...]] = {}
    for file in _files(folder):
        for message in _read(file):
            if not message.id:
                continue  # the header
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
            if key in found:
                raise CatalogueError(f"{file.name}: {key} stands in two files")
            if message.fuzzy or not all(form.strip() for form in forms):
                raise CatalogueError(f"{file.name}: {key} has no text")
            found[key] = forms
    return found


def _files(folder: Path) -> Iterable[Path]:
    files = sorted(folder.glob("*.po"))
    if not files:
        raise CatalogueError(f"{folder.name}: no catalogue (*.po)")
    return files


def _read(file: Path) -> Catalog:
    try:
        with file.open("rb") as lines:
            return read_po(lines, locale=file.parent.parent.name, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise CatalogueError(f"{file.name}: {error}") from error


def differences(reference: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What a catalogue lacks, has too much, or fills with other placeholders than the reference."""
    problems = [f"missing {key}" for key in sorted(reference.keys() - other.keys())]
    problems += [f"unknown {key}" for key in sorted(other.keys() - reference.keys())]
    for key in sorted(reference.keys() & other.keys()):
        wanted, found = (set().union(*map(placeholders, forms)) for forms in (reference[key], other[key]))
        if wanted != found:
            problems.append(f"{key} fills {sorted(found)}, not {sorted(wanted)}")
        elif (len(reference[key]) > 1) != (len(other[key]) > 1):
            problems.append(f"{key} has a plural in one language only")
    return problems


def placeholders(text: str) -> set[str]:
    """Names in braces that a text expects."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
