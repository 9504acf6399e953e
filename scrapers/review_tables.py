"""Tables of printed reviews, declared in YAML (``scrapers/columns``): which caption is which dataset and dimension.

Belongs here: the shape of a declaration, and which review a document is. Never here: reading PDF, reading cells.

A review that is repeated with another scope is another dataset: figures of two waves then never stand in one series by
accident, and whoever compares them has to say so.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from scrapers.column_tables import COLUMNS
from scrapers.files import checked, read_yaml


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no pattern: {error}") from error
    return text


Pattern = Annotated[str, StringConstraints(min_length=2, max_length=200), AfterValidator(_pattern)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Text = Annotated[str, StringConstraints(min_length=3, max_length=400, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Axis(_Part):
    """The rows or the columns of a table: one dimension, and the code of each name (pattern -> code)."""

    dimension: Name
    names: Annotated[dict[Pattern, Name], Field(min_length=1)]

    def code_of(self, name: str) -> str | None:
        """The code of the first pattern that the whole name matches; case does not count."""
        return next((code for pattern, code in self.names.items() if re.fullmatch(pattern, name, re.I)), None)


class ReviewTable(_Part):
    """One table: the pattern of its caption (somewhere in the lines around it), and what its cells are."""

    caption: Pattern
    measure: Name
    unit: Name
    fixed: dict[Name, Name] = {}
    rows: Axis
    columns: Axis
    label_column: Annotated[int, Field(ge=0, le=10)] = 0  # where the names of the rows stand
    time_period: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = None  # of the review, unless said


class Review(_Part):
    """One wave of a review. ``marks`` are all found in the text of its first pages, ``without`` never."""

    dataset_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{3,60}$")]
    title: Text
    marks: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    without: tuple[Pattern, ...] = ()
    time_period: Annotated[str, StringConstraints(pattern=r"^\d{4}$")]  # the year that the answers speak of
    published_on: date | None = None
    universe: Text
    tables: Annotated[tuple[ReviewTable, ...], Field(min_length=1)]


class Reviews(_Part):
    """The declared waves of one publisher's review, and the marks that stand where a number is due."""

    publisher: Text
    markers: dict[str, Annotated[str, StringConstraints(pattern=r"^[A-Za-z|]{1,8}$")]] = {}
    reviews: Annotated[tuple[Review, ...], Field(min_length=1)]


def reviews(name: str, inline: Any = None) -> Reviews:
    """The declarations of ``scrapers/columns/<name>.yaml``, or those given ``inline``; raises RegistryError."""
    return _bundled(name) if inline is None else checked(Reviews, inline, f"{name}.yaml")


@lru_cache(maxsize=8)
def _bundled(name: str) -> Reviews:
    return checked(Reviews, read_yaml(COLUMNS / f"{name}.yaml"), f"{name}.yaml")


def review_of(head: str, declared: Reviews) -> Review | None:
    """Which review a document is, by the text of its first pages."""
    text = " ".join(head.split())
    for review in declared.reviews:
        if all(re.search(mark, text, re.I) for mark in review.marks) and not any(
            re.search(mark, text, re.I) for mark in review.without
        ):
            return review
    return None
