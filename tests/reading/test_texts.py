"""Four catalogues with the same keys, numbers and periods from locale data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.reading import CatalogueError, formats
from warehouse.reading.formats import LANGUAGES
from warehouse.reading.texts import (
    LOCALE,
    catalogue,
    differences,
    either,
    has,
    language,
    read_catalogue,
    reviewed,
    t,
    tn,
    typeset,
)

NB = formats.NBSP


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_all_languages_hold_the_same_keys_and_placeholders(lang: str) -> None:
    english, other = (read_catalogue(LOCALE / code / "LC_MESSAGES") for code in ("en", lang))
    assert differences(english, other) == []


def test_a_difference_is_found() -> None:
    found = differences(
        {"a": ("x {n}",), "b": ("y",), "d": ("one", "{n} of them")},
        {"a": ("x {m}",), "c": ("z",), "d": ("{n} all",)},
    )
    assert found == ["missing b", "unknown c", "a fills ['m'], not ['n']", "d has a plural in one language only"]


@pytest.mark.parametrize(
    "content",
    ['msgid "a"\nmsgstr ""\n', '#, fuzzy\nmsgid "a"\nmsgstr "x"\n', 'msgid "a"\nmsgstr "x"\nnonsense\n', None],
    ids=["empty", "fuzzy", "broken", "none"],
)
def test_a_bad_catalogue_is_named(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "xx.po").write_text(content)
    with pytest.raises(CatalogueError, match=r"xx\.po|no catalogue"):
        read_catalogue(folder)


def test_a_key_in_two_files_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.po").write_text('msgid "k"\nmsgstr "x"\n')
    with pytest.raises(CatalogueError, match="two files"):
        read_catalogue(folder)


def test_plurals_follow_the_language() -> None:
    assert tn("figure.table", "en", 0, n=0) == "Table (0 rows)"
    assert tn("figure.table", "en", 1, n=1) == "Table (1 row)"
    assert tn("figure.table", "fr", 0, n=0) == "Tableau (1 ligne)".replace("1", "0")
    with pytest.raises(KeyError):
        tn("figure.nothing", "en", 1)


def test_french_punctuation_and_percent_never_break() -> None:
    for text in catalogue("fr").values():
        assert not any(f" {sign}" in text for sign in "?;:!»"), text
    for lang in LANGUAGES:
        assert not any(" %" in text and text[text.index(" %") - 1].isdigit() for text in catalogue(lang).values())


def test_joined_french_is_set_like_the_catalogue() -> None:
    assert typeset("b: rupture d'une série; voir https://x", "fr") == f"b{NB}: rupture d’une série{NB}; voir https://x"
    assert typeset(f"déjà{NB}: posé", "fr") == f"déjà{NB}: posé"
    assert typeset("b: break; d'accord", "en") == "b: break; d’accord"
    assert not any("'" in text for lang in LANGUAGES for text in catalogue(lang).values())


def test_fallbacks() -> None:
    assert language("tlh") == "en"
    assert language(None) == "en"
    assert either(["unit.parsec", "unit.other"], "en", code="parsec") == "parsec"
    assert not has("unit.parsec")
    assert reviewed("en")
    assert not reviewed("lb")
    with pytest.raises(KeyError):
        t("no.such.key", "en")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("en", "1,284.5"), ("fr", "1\u202f284,5"), ("de", "1.284,5"), ("lb", "1.284,5")],
)
def test_decimals_follow_the_language(lang: str, expected: str) -> None:
    assert formats.decimal(1284.5, lang) == expected


def test_units() -> None:
    assert formats.number(0.0243, "share", "en") == f"2.4{NB}%"
    assert formats.number(13.48, "PC_ENT", "fr") == f"13,5{NB}%"
    assert formats.number(24.0, "PC_ENT", "de") == f"24{NB}%"  # as published
    assert formats.number(19.95, "PC_ENT", "en") == f"20.0{NB}%"
    assert formats.number(0.24, "share", "en") == f"24.0{NB}%"
    assert formats.number(14, "employers", "en") == "14"
    assert formats.number(9.64, "employers", "en") == "9.6"
    assert formats.interval(0.019, 0.031, "share", "fr") == "[1,9–3,1]"
    assert formats.interval(None, 0.031, "share", "fr") == ""
    assert formats.interval(float("nan"), 0.031, "share", "fr") == ""


def test_periods_and_dates() -> None:
    assert formats.period("2026-Q3", "fr") == "2026-T3"
    assert formats.period("2025-Q4/2026-Q3", "de") == "2025-Q4–2026-Q3"
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert formats.day(late, "en") == "1 January 2027"  # Luxembourg's day, not UTC's
    assert formats.day(late, "fr") == "1 janvier 2027"
    assert formats.moment(late, "de") == "1. Januar 2027, 00:30 CET"
