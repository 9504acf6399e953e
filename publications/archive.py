"""The archive of editions: an index page a language, and the way from each number of an edition to its proof.

Belongs here: what the editions' folder holds beside the editions themselves. Never here: an edition's content
(digest.py). Editions are cited: no function here rewrites one; only the index grows.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publications.edition import ShownNumber
from publications.files import write_atomically
from publications.memory import ACCOUNT, accounts
from warehouse.reading import formats
from warehouse.reading.texts import LANGUAGE_NAMES, reviewed, t

TEMPLATES = Path(__file__).parent / "templates"
_FILE = re.compile(
    r"edition-(?P<number>\d{4,})-(?P<release>[0-9A-Za-z_-]{8,80})-(?P<lang>[a-z]{2})\.(?P<kind>html|txt|eml)"
)
KINDS = ("html", "txt", "eml")
_TRACED = ("value", "low", "high", "n", "k")


@dataclass(frozen=True)
class Index:
    """The index pages, and which of them this call changed."""

    files: tuple[Path, ...]
    written: tuple[Path, ...]


@dataclass(frozen=True)
class Listed:
    """One edition as the index lists it; ``files`` are (language, kind, file name)."""

    number: int
    issued_at: datetime
    release_id: str
    subject: str
    files: tuple[tuple[str, str, str], ...]


def write_index(folder: Path, languages: Sequence[str]) -> Index:
    """Write the index of all editions in each language (``index.html`` is the first one), where it has changed."""
    pages = {lang: index_page(folder, lang, languages).encode() for lang in languages}
    files = index_files(folder, languages)
    return Index(tuple(files), tuple(file for file, lang in files.items() if write_atomically(file, pages[lang])))


def index_files(folder: Path, languages: Sequence[str]) -> dict[Path, str]:
    """The files of the index, each with its language."""
    found = {folder / f"index-{lang}.html": lang for lang in languages}
    return {folder / "index.html": languages[0], **found}


def index_page(folder: Path, lang: str, languages: Sequence[str]) -> str:
    """All editions, newest first: subject, date, release, links to their files."""
    rows = [
        {
            "number": formats.integer(edition.number, lang),
            "day": formats.day(edition.issued_at, lang),
            "release": edition.release_id,
            "subject": edition.subject,
            "files": edition.files,
            "account": ACCOUNT.format(number=edition.number),
        }
        for edition in reversed(listed(folder, lang))
    ]
    return (
        _environment()
        .get_template("archive.html.j2")
        .render(
            lang=lang,
            t=lambda key, **filled: t(key, lang, **filled),
            rows=rows,
            others=[other for other in languages if other != lang],
            names=LANGUAGE_NAMES,
            unreviewed="" if reviewed(lang) else t("meta.unreviewed", lang),
        )
    )


def listed(folder: Path, lang: str) -> list[Listed]:
    """The editions of a folder, oldest first, with the subject in a language (another one where it was not issued)."""
    files: dict[int, list[tuple[str, str, str]]] = {}
    for path in sorted(folder.glob("edition-*")):
        found = _FILE.fullmatch(path.name)
        if found:
            files.setdefault(int(found["number"]), []).append((found["lang"], found["kind"], path.name))
    editions = []
    for account in accounts(folder):
        subjects: dict[str, str] = account.get("subjects") or {"": ""}
        number = int(account["number"])
        editions.append(
            Listed(
                number=number,
                issued_at=datetime.fromisoformat(account["moment"]),
                release_id=str(account["release_id"]),
                subject=subjects.get(lang) or next(iter(subjects.values())),
                files=tuple(
                    sorted(files.get(number, []), key=lambda file: (file[0] != lang, file[0], KINDS.index(file[1])))
                ),
            )
        )
    return editions


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def proofs(numbers: Iterable[ShownNumber], lang: str) -> list[dict[str, str]]:
    """For each cell that an edition shows: its numbers, and the command that traces it to the archived bytes."""
    cells: dict[tuple[object, ...], dict[str, str]] = {}
    for number in numbers:
        if number.field not in _TRACED:
            continue
        key = (number.release_id, number.indicator_code, number.geo, number.period, number.dimensions)
        row = cells.setdefault(
            key,
            {
                "cell": " · ".join(
                    [
                        number.indicator_code,
                        number.geo,
                        formats.period(number.period, lang),
                        *(f"{name}={code}" for name, code in number.dimensions),
                    ]
                ),
                "numbers": "",
                "command": trace_command(number),
            },
        )
        said = number.text if number.field == "value" else f"{number.field} {number.text}"
        row["numbers"] = f"{row['numbers']}; {said}" if row["numbers"] else said
    return list(cells.values())


def trace_command(number: ShownNumber) -> str:
    """The command line that traces the cell of a number."""
    parts = ["observatory", "trace", number.indicator_code, "--geo", number.geo, "--period", number.period]
    for name, code in number.dimensions:
        parts += ["--dim", f"{name}={code}"]
    return shlex.join([*parts, "--release", number.release_id])


def as_json(numbers: Iterable[ShownNumber]) -> list[dict[str, Any]]:
    """Shown numbers in JSON types, for an account."""
    return [
        {
            "text": number.text,
            "indicator_code": number.indicator_code,
            "geo": number.geo,
            "period": number.period,
            "dimensions": dict(number.dimensions),
            "field": number.field,
            "release_id": number.release_id,
        }
        for number in numbers
    ]
