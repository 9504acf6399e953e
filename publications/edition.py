"""What an edition is: its texts, and the account of every number in them.

Belongs here: the data classes of an edition and the ledger that notes each number while it is worded. Never here:
choosing what to report (selection.py), layout (templates), sending.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from warehouse.reading import cells, formats
from warehouse.reading.compare import CellKey, Movement, key_of
from warehouse.reading.reader import ReleaseReader, Row

Field = Literal[
    "value",
    "low",
    "high",
    "n",
    "k",
    "detectable",
    "old_value",
    "new_value",
    "changed_cells",
    "unchanged_cells",
    "tests",
    "beyond",
    "shown",
    "more_changes",
    "more_revisions",
    "more_corrections",
    "sources",
    "releases",
]


@dataclass(frozen=True)
class ShownNumber:
    """One number as it stands in the edition, and where it comes from.

    ``field`` names a column of the cell; ``detectable`` is computed from the cell and the one a year earlier;
    ``old_value`` and ``new_value`` belong to the revision log (``indicator_code`` is then the dataset and
    ``dimensions`` its series); the remaining fields count what the edition selected from: cells of the comparison,
    comparisons tested, beyond noise and shown, items beyond the most that are shown, sources (``indicator_code`` is
    then "*").
    """

    text: str
    indicator_code: str
    geo: str
    period: str
    dimensions: tuple[tuple[str, str], ...]
    field: Field
    release_id: str


@dataclass(frozen=True)
class Edition:
    """One edition in one language: subject, both bodies, and the account of what stands in them.

    ``fixed`` lists the number-like texts that are no statistics, each with the reason it is allowed: dates, periods,
    ids, labels of classes, confidence levels.
    """

    number: int
    lang: str
    slot: datetime  # the Monday 07:00 Europe/Luxembourg that it belongs to, UTC
    topics: tuple[str, ...]
    release_id: str
    previous_release_id: str | None
    published_at: datetime
    subject: str
    html: str
    text: str
    numbers: tuple[ShownNumber, ...]
    fixed: tuple[tuple[str, str], ...]
    is_sample: bool


@dataclass
class Ledger:
    """Words numbers of one release and notes each of them."""

    reader: ReleaseReader
    lang: str
    numbers: list[ShownNumber] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)
    cited: dict[CellKey, Row] = field(default_factory=dict)  # cells of this release whose value the edition says

    def note(self, text: str, row: Mapping[str, object], column: Field, release_id: str | None = None) -> str:
        """Note one number of a cell and give its text back."""
        dimensions = row["dimensions"]
        assert isinstance(dimensions, dict)
        self.numbers.append(
            ShownNumber(
                text=text,
                indicator_code=str(row["indicator_code"]),
                geo=str(row["geo"]),
                period=str(row["period"]),
                dimensions=tuple(sorted(dimensions.items())),
                field=column,
                release_id=release_id or self.reader.release_id,
            )
        )
        return text

    def allow(self, text: str, why: str) -> str:
        """Allow a text that looks like a number and is none."""
        if any(letter.isdigit() for letter in text):
            self.fixed[text] = why
        return text

    def value(self, row: Row, release_id: str | None = None) -> str:
        """Value with interval: ``2.4 % [1.9–3.1]``."""
        said = cells.value_text(row, self.lang)
        if release_id in (None, self.reader.release_id):
            self.cited[key_of(row)] = row
        if cells.state(row) not in ("published", "uncertain"):
            return said
        self.note(said, row, "value", release_id)
        interval = cells.interval_text(row, self.lang)
        if interval:
            ends = interval.strip("[]").split("–")
            self.note(ends[0].strip(), row, "low", release_id)
            self.note(ends[1].strip(), row, "high", release_id)
        return f"{said} {interval}".strip()

    def size(self, row: Row) -> str:
        """``k = 12, n = 480``, empty for official cells."""
        for column in ("k", "n"):
            if formats.is_present(row[column]):
                self.note(formats.integer(row[column], self.lang), row, column)
        return cells.sign_of_size(row, self.lang)

    def phrase(self, row: Row) -> str:
        """What a value is a share of; periods and labels of classes in it are allowed."""
        self.period(row["period"])
        named = {"geo": row["geo"], **row["dimensions"]}
        if row["indicator_code"] == "A1":
            named = {"size_emp": cells.DEFAULT_SIZE, "indic_is": cells.DEFAULT_TECHNOLOGY} | named
        for name, code in named.items():
            self.allow(cells.label(self.reader, name, code, self.lang), f"label of {name} {code}")
        about = self.reader.indicator(row["indicator_code"], self.lang)
        self.allow(about.name if about else row["indicator_code"], "name of an indicator")
        # A total has no detail to name; the mails leave the empty place out.
        return re.sub(r"\s*;\s–(?=\))", "", cells.phrase(self.reader, row, self.lang))

    def period(self, period: str) -> str:
        """A period, allowed as such."""
        return self.allow(formats.period(period, self.lang), "period")

    def day(self, moment: datetime) -> str:
        """A day, allowed as such."""
        return self.allow(formats.day(moment, self.lang), "date")

    def detectable(self, movement: Movement) -> str:
        """The smallest difference that would have been found: percentage points for shares, else the value's unit."""
        found, unit = movement.detectable or 0.0, cells.text(movement.now["unit"])
        if formats.is_percent(unit):
            said = formats.decimal(formats.scaled(found, unit), self.lang)
        else:
            said = formats.number(math.ceil(found), unit, self.lang)
        return self.note(said, movement.now, "detectable")

    def count(self, count: int, column: Field) -> str:
        """A count of cells of the comparison."""
        everything: dict[str, object] = {"indicator_code": "*", "geo": "", "period": "", "dimensions": {}}
        return self.note(formats.integer(count, self.lang), everything, column)

    def source(self, source_id: str) -> str:
        """The name of a source, allowed as such."""
        return self.allow(cells.publisher(self.reader, source_id), "title of a source")


def unexplained(body: str, edition: Edition) -> list[str]:
    """Number-like pieces of a plain-text body that neither ``numbers`` nor ``fixed`` account for, with their
    surroundings.

    Texts are taken away longest first and only where no digit or decimal sign touches them, so that "4" cannot explain
    "24.0".
    """
    known = {number.text for number in edition.numbers} | {text for text, _ in edition.fixed}
    for text in sorted(known, key=len, reverse=True):
        body = re.sub(r"(?<![\d.,])" + re.escape(text) + r"(?![\d]|[.,]\d)", "·", body)
    return [body[max(0, match.start() - 30) : match.end() + 30] for match in re.finditer(r"\d[\d.,]*", body)]
