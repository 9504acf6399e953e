"""The catalogue of indicators: one validated metadata block each, in ``warehouse/indicators/<code>.yaml``.

Belongs here: what a block must say and how it becomes a row of ``indicator``. Never here: numbers. A block that is
*live* names the SQL models with its counts; one that is *planned* says what it waits for, and never has a value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

INDICATORS_DIR = Path(__file__).resolve().parent / "indicators"
LANGUAGES = ("en", "fr", "de", "lb")
ModelName = Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")


class CatalogueError(Exception):
    """A metadata block is wrong; the message is one line and names file and field."""


class Strict(BaseModel):
    """No undeclared field is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """A text in the four languages."""

    en: str = Field(min_length=3)
    fr: str = Field(min_length=3)
    de: str = Field(min_length=3)
    lb: str = Field(min_length=3)


class Break(Strict):
    """From which period on a series is not comparable, for which cells, and why."""

    period: str
    applies_to: dict[str, list[str]] = {}
    text: Words


class Indicator(Strict):
    """One indicator as readers and estimators need it."""

    code: str = Field(pattern=r"^[A-Z][0-9]{1,2}[a-z]?$")
    family: Literal["adoption", "talent", "investment", "research", "techwatch"]
    status: Literal["live", "planned"]
    counts: list[str] = []  # dbt models with its counts
    lineage: str | None = None  # dbt model with the rows behind the counts
    sample: str | None = None  # dbt model with the units that intervals are drawn from
    name: Words
    question: Words
    formula: str
    unit: str
    numerator: str
    denominator: str
    population: str
    sources: list[str]
    comparability_class: Literal["A", "B", "C", "D"]
    estimator: Literal[
        "published", "wilson_cluster", "rogan_gladen", "calibrated", "log_ratio", "sum", "bootstrap", "poisson_exact"
    ]
    minimum_n: int | None = None
    window_quarters: int = 1  # width of a period that names no window
    breaks: list[Break] = []
    revision_policy: str
    recommendations: list[int]
    dimensions: list[str]
    free_dimensions: list[str] = []  # keys that choose a numerator and leave the denominator as it is
    dominance: list[str] = []  # keys whose cells are withheld when one or two employers make them up
    partition: str | None = None  # key whose cells add up to the total, so that one withheld cell could be computed
    waits_for: Words | None = None
    caveat: Words

    @model_validator(mode="after")
    def _consistent(self) -> Indicator:
        if self.status == "live" and not (self.counts and self.lineage):
            raise ValueError("a live indicator names its models in counts and lineage")
        if self.status == "planned" and (self.counts or self.lineage or self.sample or self.waits_for is None):
            raise ValueError("a planned indicator has no models and says what it waits_for")
        if not all(1 <= number <= 30 for number in self.recommendations):
            raise ValueError("recommendations are numbered 1 to 30")
        named = {*self.free_dimensions, *self.dominance, *([self.partition] if self.partition else [])}
        if not named <= set(self.dimensions):
            raise ValueError(f"dimensions lacks {', '.join(sorted(named - set(self.dimensions)))}")
        return self

    def row(self) -> dict[str, Any]:
        """The block as a row of the table ``indicator``: texts spread over languages, breaks as JSON text."""
        texts = {"name": self.name, "question": self.question, "caveat": self.caveat}
        spread = {f"{field}_{lang}": getattr(words, lang) for field, words in texts.items() for lang in LANGUAGES}
        waiting = {
            f"waits_for{'' if lang == 'en' else '_' + lang}": getattr(self.waits_for, lang) if self.waits_for else None
            for lang in LANGUAGES
        }
        simple = self.model_dump(
            include={
                "code",
                "family",
                "status",
                "formula",
                "unit",
                "numerator",
                "denominator",
                "population",
                "sources",
                "comparability_class",
                "estimator",
                "minimum_n",
                "window_quarters",
                "revision_policy",
                "recommendations",
                "dimensions",
                "free_dimensions",
                "counts",
                "lineage",
            }
        )
        breaks = json.dumps([item.model_dump() for item in self.breaks], ensure_ascii=False, sort_keys=True)
        return {**simple, **spread, **waiting, "breaks": breaks}


def load_catalogue(directory: Path | None = None) -> tuple[Indicator, ...]:
    """All metadata blocks, by code. Raises CatalogueError for a file that is not a valid block."""
    blocks = [_read(path) for path in sorted((directory or INDICATORS_DIR).glob("*.yaml"))]
    return tuple(sorted(blocks, key=lambda block: block.code))


def _read(path: Path) -> Indicator:
    try:
        block = Indicator.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the block"
        raise CatalogueError(f"{path.name}: {where}: {first['msg']}") from error
    if block.code != path.stem:
        raise CatalogueError(f"{path.name}: code: is {block.code}, the file name says {path.stem}")
    return block
