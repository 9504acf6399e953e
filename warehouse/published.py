"""What a release holds: its tables, from which marts they are taken, and what may never be in the public part.

Belongs here: selection. Never here: files, pointers, hashes. Texts, employers' names and the ids of postings (which
carry them) stay in the restricted part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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


# Of postings, works and announcements the public part says how many stand behind a cell, and nothing of a cell that is
# withheld: rows, under whatever name, could be joined on what they share and counted. Official statistics and grants
# are named record by record, where the licence lets them be passed on.
_PUBLIC_LINEAGE = """
select
    indicator_code, geo, period, dimensions, role, record_id, capture_id, source_id, cast(1 as bigint) as records
from w.marts.lineage
where role = 'value' and source_id in (select source_id from w.marts.mart_source where redistribute)
union all
select
    cell.indicator_code, cell.geo, cell.period, cell.dimensions, counted.role, null, null, null,
    case counted.role when 'denominator' then cell.n else cell.k end as records
from w.marts.indicator_value as cell
cross join (values ('denominator'), ('numerator')) as counted (role)
where cell.n is not null and cell.k is not null and cell.suppressed_because is null
union all
select
    cell.indicator_code, cell.geo, cell.period, cell.dimensions, 'numerator', null, null, null, cell.k
from w.marts.indicator_value as cell
where cell.estimator in ('sum', 'poisson_exact') and cell.n is null and cell.k is not null
"""
_CELL = ("indicator_code", "geo", "period", "dimensions")
# What the project reviewed itself, and claims on funding events.
_OWN_LISTS = tuple(
    Table(name, f"select * from w.marts.mart_{name}", key, f"mart_{name}")
    for name, key in {
        "actor": ("actor_id", "record_id"),
        "initiative": ("initiative_id", "record_id"),
        "recommendation": ("number", "record_id"),
        "funding_claim": ("event_id", "claim_id", "record_id"),
        "funding_event": ("event_id",),
    }.items()
)


def public_tables(release_id: str) -> tuple[Table, ...]:
    """Tables of the public part, for a release id that is written into ``indicator_value``."""
    values = (
        "select * exclude (known_from, is_sample), known_from, "
        f"{literal(release_id)} as release_id, is_sample from w.marts.indicator_value"
    )
    return (
        Table("indicator_value", values, _CELL, clock=("release_id",)),
        Table("indicator", "select * from w.marts.indicator", ("code",)),
        Table(
            "source",
            "select * from w.marts.mart_source",
            ("source_id",),
            "mart_source",
            ("last_checked_at", "last_changed_at", "records", "rejects"),
        ),
        # A board that is held or back again is news; which fields nobody keeps, and since when, moves with every look.
        Table("board", "select * from w.marts.mart_board", ("source_id", "board_id"), "mart_board", ("last_good_at",)),
        Table(
            "remark",
            "select * from w.marts.mart_remark",
            ("source_id", "what", "name"),
            "mart_remark",
            counts=False,
        ),
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
        Table(
            "project",
            "select * from w.marts.mart_project",
            ("programme", "project_id", "organisation_id", "record_id"),
            "mart_project",
        ),
        Table("announcement", "select * from w.marts.mart_announcement", ("record_id",), "mart_announcement"),
        Table("tender", "select * from w.marts.mart_tender", ("record_id",), "mart_tender"),
        Table("funding_call", "select * from w.marts.mart_funding_call", ("record_id",), "mart_funding_call"),
        Table("legal_step", "select * from w.marts.mart_legal_step", ("record_id",), "mart_legal_step"),
        Table("course", "select * from w.marts.mart_course", ("record_id",), "mart_course"),
        Table("organisation", "select * from w.marts.mart_organisation", ("organisation_id",), "mart_organisation"),
        Table("definition", "select * from w.marts.mart_definition", ("definition",), "mart_definition"),
        Table(
            "definition_count",
            "select * from w.marts.mart_definition_count",
            ("unit", "definition", "period"),
            "mart_definition_count",
        ),
        Table(
            "definition_agreement",
            "select * from w.marts.mart_definition_agreement",
            ("unit", "definition_a", "definition_b", "period"),
            "mart_definition_agreement",
        ),
        *_OWN_LISTS,
        Table("concept", "select * from w.marts.mart_concept", ("concept_id",), "mart_concept"),
        Table("lineage", _PUBLIC_LINEAGE, (*_CELL, "role", "record_id"), counts=False),
        Table(
            "quarantine",
            "select * from w.marts.mart_quarantine",
            ("source_id", "record_kind", "reason"),
            "mart_quarantine",
            counts=False,
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
        Table("lineage", "select * from w.marts.lineage", (*_CELL, "role", "record_id"), counts=False),
        # What these say is published, or counted, in the public part: they alone are no reason for a new release.
        Table("work", "select * from w.marts.mart_work", ("record_id",), "mart_work", counts=False),
        Table(
            "work_institution",
            "select * from w.marts.mart_work_institution",
            ("record_id", "institution_id"),
            "mart_work_institution",
            counts=False,
        ),
        Table(
            "announcement",
            "select * from w.marts.mart_announcement_read",
            ("record_id",),
            "mart_announcement_read",
            counts=False,
        ),
        # Candidates for review, never a figure.
        Table(
            "text_claim",
            "select * from w.marts.mart_text_claim",
            ("record_id", "claim_no"),
            "mart_text_claim",
            counts=False,
        ),
        Table(
            "quarantine_detail",
            "select * from w.marts.mart_quarantine_detail",
            ("source_id", "record_kind", "reason", "capture_id", "locator"),
            "mart_quarantine_detail",
            counts=False,
        ),
    )


def descriptions(table: Table) -> tuple[str, dict[str, str]]:
    """What a table is, and what each of its columns is."""
    if table.model is None:
        block = _parsed(Path(__file__).resolve().parent / "published.yaml")[table.name]
        return block["description"], dict(block["columns"])
    files = sorted((PROJECT_DIR / "models" / "marts").glob("*.yml"))
    models = [model for file in files for model in _parsed(file).get("models", [])]
    block = next(model for model in models if model["name"] == table.model)
    return block["description"], {column["name"]: column["description"] for column in block["columns"]}


@cache
def _parsed(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
