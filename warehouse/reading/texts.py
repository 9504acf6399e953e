"""Texts of the faces in four languages: one YAML catalogue a language, validated to hold the same keys and
placeholders.

Belongs here: loading, checking and filling texts. Never here: a sentence of its own, a number's format (formats.py),
or an indicator's metadata (the release has it).
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

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
    return catalogue(lang)[key].format(**filled) if filled else catalogue(lang)[key]


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


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of one language, flattened to dotted keys; read once, checked against English."""
    texts = read_catalogue(LOCALE / f"{language(lang)}.yaml")
    # A number never parts from its percent sign at the end of a line.
    texts = {key: _PERCENT.sub("\\1\u00a0%", typeset(text, language(lang))) for key, text in texts.items()}
    if language(lang) != DEFAULT_LANGUAGE:
        problems = differences(catalogue(DEFAULT_LANGUAGE), texts)
        if problems:
            raise CatalogueError(f"{lang}.yaml: {problems[0]} ({len(problems)} problems)")
    return texts


def read_catalogue(path: Path) -> dict[str, str]:
    """One catalogue file as dotted keys."""
    flat: dict[str, str] = {}

    def walk(prefix: str, node: object) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if not isinstance(key, str):  # YAML reads `no:` and `on:` as booleans
                    raise CatalogueError(f"{path.name}: key {key!r} under {prefix!r} must be quoted")
                walk(f"{prefix}.{key}" if prefix else key, child)
        elif isinstance(node, str) and node.strip():
            flat[prefix] = node.strip()
        else:
            raise CatalogueError(f"{path.name}: {prefix} must be a text, found {node!r}")

    walk("", yaml.safe_load(path.read_text(encoding="utf-8")))
    return flat


def differences(reference: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """What a catalogue lacks, has too much, or fills with other placeholders than the reference."""
    problems = [f"missing {key}" for key in sorted(reference.keys() - other.keys())]
    problems += [f"unknown {key}" for key in sorted(other.keys() - reference.keys())]
    for key in sorted(reference.keys() & other.keys()):
        if placeholders(reference[key]) != placeholders(other[key]):
            problems.append(
                f"{key} fills {sorted(placeholders(other[key]))}, not {sorted(placeholders(reference[key]))}"
            )
    return problems


def placeholders(text: str) -> set[str]:
    """Names in braces that a text expects."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
