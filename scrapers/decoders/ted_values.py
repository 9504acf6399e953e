"""Values of an answer of TED's search, whatever shape they come in: a text, a number, a list, an object of languages.

Belongs here: one value at a time. Never here: which field means what (``ted_search``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapers.decoders.base import one_line
from scrapers.decoders.tenders import MAX_NAME, line

_MAX_VALUES = 2_000  # of one field of a notice


def values_of(value: Any) -> list[Any]:
    """A value as a list: of an object of languages the texts of all of them."""
    if isinstance(value, list):
        return value[:_MAX_VALUES]
    if isinstance(value, dict):
        inner = [part for each in value.values() for part in (each if isinstance(each, list) else [each])]
        return inner[:_MAX_VALUES]
    return [] if value is None else [value]


def strings_of(found: Mapping[str, Any], *names: str) -> list[str]:
    """The texts of the first field that has any; numbers as texts."""
    for name in names:
        said = [
            one_line(str(part))
            for part in values_of(found.get(name))
            if isinstance(part, (str, int, float)) and not isinstance(part, bool)
        ]
        if said := [part for part in said if part]:
            return said
    return []


def names_of(found: Mapping[str, Any], own: list[str], *fields: str) -> list[str]:
    """Names in the notice's language, of the first field that has any."""
    for field in fields:
        names = [line(part, MAX_NAME) for part in of_language(found.get(field), own) if isinstance(part, str)]
        if names := [name for name in names if name]:
            return names
    return []


def text_of(found: Mapping[str, Any], own: list[str], *fields: str) -> str:
    """The first text in the notice's language, of the first field that has one."""
    for field in fields:
        for part in of_language(found.get(field), own):
            if isinstance(part, str) and part.strip():
                return part.strip()
    return ""


def of_language(value: Any, own: list[str]) -> list[Any]:
    """The texts of one language: the notice's own, else English, else the first."""
    if not isinstance(value, dict):
        return values_of(value)
    spoken = {str(code).lower(): part for code, part in value.items() if part}
    code = next((code for code in (*own, "eng", "en") if code in spoken), next(iter(spoken), ""))
    return values_of(spoken.get(code))
