"""What a release holds: its tables, from which marts they are taken, and what may never be in the public part.

Belongs here: selection. Never here: files, pointers, hashes. Texts, employers' names and the ids of postings (which
carry them) stay in the restricted part.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from warehouse.build import PROJECT_DIR
from warehouse.connection import literal


@dataclass(frozen=True)
class Table:
    """One table of a release: its SELECT over the attached warehouse ``w``, and how its content is compared."""

    name: str
    select: str
    key: tuple[str, ...]
    model: str | None = None  # dbt model whose column descriptions it has; None: described in published.yaml
    clock: tuple[str, ...] = ()  # columns that move with every look at a source or model: no reason for a new release
    counts: bool = True  # whether its content takes part in the release's digest
    parquet: bool = True


# Ids of postings carry board and employer. Public lineage gives each a name that holds within one cell only, so that
# cells cannot be joined, and no numerator of a cell that was ever withheld for confidentiality.
_PUBLIC_LINEAGE = """
select
    line.indicator_code, line.geo, line.period, line.dimensions, line.role,
    case when line.role = 'value' then line.record_id else 'posting:' || left(sha256(concat_ws(
        chr(31), line.indicator_code, line.period, cast(line.dimensions as varchar), line.role, line.record_id
    )), 20) end as record_id,
    line.capture_id, line.source_id
from w.marts.lineage as line
where line.role <> 'numerator' or not exists (
    select 1 from w.marts.indicator_value as hidden
    where hidden.k is null and hidden.n is not null
        and hidden.indicator_code = line.indicator_code
        and hidden.geo = line.geo
        and map_from_entries(list_filter(map_entries(hidden.dimensions), lambda entry: entry.key <> 'window'))
            = line.dimensions
)
"""
_CELL = ("indicator_code", "geo", "period", "dimensions")


def public_tables(release_id: str) -> tuple[Table, ...]:
    """Tables of the public part, for a release id that is written into ``indicator_value``."""
    values = (
        "select * exclude (known_from, is_sample), known_from, "
        f"{literal(release_id)} as release_id, is_sample from w.marts.indicator_value"
    )
    return (
        Table("indicator_value", values, _CELL, clock=("release_id",)),
        Table("indicator", "select * from w.marts.indicator", ("code",)),
        Table("source", "select * from w.marts.mart_source", ("source_id",), "mart_source", ("last_checked_at",)),
        Table(
            "revision",
            "select * from w.marts.mart_revision",
            ("dataset_id", "series_key", "time_period", "known_from_new"),
            "mart_revision",
        ),
        Table(
            "observation",
            "select * from w.marts.mart_observation",
            ("dataset_id", "series_key", "time_period", "known_from"),
            "mart_observation",
        ),
        Table("concept", "select * from w.marts.mart_concept", ("concept_id",), "mart_concept"),
        Table("lineage", _PUBLIC_LINEAGE, (*_CELL, "role", "record_id")),
        Table(
            "quarantine",
            "select * from w.marts.mart_quarantine",
            ("source_id", "record_kind", "reason"),
            "mart_quarantine",
        ),
        Table("code_label", "select * from w.marts.mart_code_label", ("codelist", "code"), "mart_code_label"),
        # Another way to write the same query is no reason for a new release.
        Table("model_sql", "select * from w.marts.model_sql", ("model",), counts=False, parquet=False),
    )


def restricted_tables() -> tuple[Table, ...]:
    """Tables of the part for signed-in analysts."""
    return (
        Table(
            "posting",
            "select * from w.marts.mart_posting",
            ("record_id",),
            "mart_posting",
            ("last_seen_on", "model_version"),
        ),
        Table(
            "evidence",
            "select * from w.marts.mart_evidence",
            ("record_id", "start_at", "concept_id", "part"),
            "mart_evidence",
        ),
        Table("lineage", "select * from w.marts.lineage", (*_CELL, "role", "record_id")),
    )


def descriptions(table: Table) -> tuple[str, dict[str, str]]:
    """What a table is, and what each of its columns is."""
    if table.model is None:
        file = Path(__file__).resolve().parent / "published.yaml"
        block = yaml.safe_load(file.read_text(encoding="utf-8"))[table.name]
        return block["description"], dict(block["columns"])
    file = PROJECT_DIR / "models" / "marts" / "marts.yml"
    models = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    block = next(model for model in models if model["name"] == table.model)
    return block["description"], {column["name"]: column["description"] for column in block["columns"]}
