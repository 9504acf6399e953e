"""The tables that a load fills: their columns and types, and the shapes in which registry and crawl records arrive.

Belongs here: declarations. Never here: reading files. A table declares its types, so that a wrong one stops the load.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict

TEXT, TIME = pa.string(), pa.timestamp("us", tz="UTC")

_PROVENANCE = {
    "record_id": "VARCHAR NOT NULL",
    "source_id": "VARCHAR NOT NULL",
    "crawl_id": "VARCHAR NOT NULL",
    "capture_id": "VARCHAR NOT NULL",
    "url": "VARCHAR",
    "retrieved_at": "TIMESTAMPTZ NOT NULL",
    "is_sample": "BOOLEAN NOT NULL",
}

# Columns taken from record files, by record kind. ``text`` is split off into raw.posting_text.
JOB_POSTING = _PROVENANCE | {
    "board_id": "VARCHAR NOT NULL",
    "posting_id": "VARCHAR NOT NULL",
    "requisition_id": "VARCHAR",
    "employer": "VARCHAR",
    "title": "VARCHAR",
    "location_raw": "VARCHAR",
    "employment_type": "VARCHAR",
    "language_declared": "VARCHAR",
    "published_on": "DATE",
    "updated_at": "TIMESTAMPTZ",
    "deadline_on": "DATE",
    "is_luxembourg": "BOOLEAN NOT NULL",
    "luxembourg_basis": "VARCHAR",
    "is_remote": "BOOLEAN",
}
OBSERVATION = _PROVENANCE | {
    "dataset_id": "VARCHAR NOT NULL",
    "series_key": "VARCHAR NOT NULL",
    "dimensions": "MAP(VARCHAR, VARCHAR)",
    "time_period": "VARCHAR NOT NULL",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "obs_status": "VARCHAR",
    "universe": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
}
RESEARCH_OUTPUT = _PROVENANCE | {
    "work_id": "VARCHAR NOT NULL",
    "doi": "VARCHAR",
    "title": "VARCHAR NOT NULL",
    "work_type": "VARCHAR",
    "language_declared": "VARCHAR",
    "published_on": "DATE",
    "publication_year": "BIGINT",
    "authors_total": "BIGINT",
    "authors_truncated": "BOOLEAN",
    "country_shares": "MAP(VARCHAR, DOUBLE)",
    "home_institutions": "VARCHAR[]",
    "topic_ids": "VARCHAR[]",
    "subfield_ids": "VARCHAR[]",
    "is_default_topic": "BOOLEAN",
    "is_retracted": "BOOLEAN",
}
FUNDING_EVENT = _PROVENANCE | {
    "programme": "VARCHAR NOT NULL",
    "project_id": "VARCHAR NOT NULL",
    "acronym": "VARCHAR",
    "title": "VARCHAR",
    "status": "VARCHAR",
    "signed_on": "DATE",
    "starts_on": "DATE",
    "ends_on": "DATE",
    "total_cost": "DOUBLE",
    "project_contribution": "DOUBLE",
    "currency": "VARCHAR",
    "topic_codes": "VARCHAR[]",
    "organisation_id": "VARCHAR NOT NULL",
    "organisation": "VARCHAR",
    "country": "VARCHAR",
    "activity_type": "VARCHAR",
    "role": "VARCHAR",
    "contribution": "DOUBLE",
    "net_contribution": "DOUBLE",
    "content_updated_at": "TIMESTAMPTZ",
}
ANNOUNCEMENT = _PROVENANCE | {
    "item_id": "VARCHAR NOT NULL",
    "title": "VARCHAR NOT NULL",
    "page_url": "VARCHAR",
    "categories": "VARCHAR[]",
    "language_declared": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "updated_at": "TIMESTAMPTZ",
}
QUARANTINE = {name: kind for name, kind in _PROVENANCE.items() if name != "record_id"} | {
    "record_kind": "VARCHAR NOT NULL",
    "locator": "VARCHAR",
    "reason": "VARCHAR NOT NULL",
    "detail": "VARCHAR",
}
CLASSIFIED = {
    "text_sha256": "VARCHAR NOT NULL",
    "lang": "VARCHAR",
    "ai_class": "VARCHAR NOT NULL",
    "is_ai": "BOOLEAN NOT NULL",
    "ai_score": "DOUBLE",
    "skills": "VARCHAR[]",
    "evidence": "VARCHAR",  # JSON text
    "sector": "VARCHAR",
    "sector_basis": "VARCHAR",
    "occupation": "VARCHAR",
    "languages_required": "VARCHAR[]",
    "model_version": "VARCHAR NOT NULL",
}
RECORD_FILES = {
    "job_posting": JOB_POSTING,
    "observation": OBSERVATION,
    "research_output": RESEARCH_OUTPUT,
    "funding_event": FUNDING_EVENT,
    "announcement": ANNOUNCEMENT,
    "quarantine": QUARANTINE,
}
# Kinds whose texts are classified, with the column that stands for the employer in the key of a text. Only the texts of
# postings are kept here: what is read of the others is in their classification.
TEXT_KINDS = {"job_posting": "employer", "research_output": None, "funding_event": None, "announcement": None}

_KEYED = {"text_sha256": "VARCHAR NOT NULL"}
# Of a text that is not kept, its length says which of two readings of an item is the fuller one.
_MEASURED = _KEYED | {"text_length": "BIGINT NOT NULL"}
DDL = {
    "job_posting": JOB_POSTING | _KEYED,
    "research_output": RESEARCH_OUTPUT | _MEASURED,
    "funding_event": FUNDING_EVENT | _MEASURED,
    "announcement": ANNOUNCEMENT | _MEASURED,
    "posting_text": {"text_sha256": "VARCHAR PRIMARY KEY", "text": "VARCHAR"},
    "observation": OBSERVATION,
    "quarantine": QUARANTINE,
    "classified": CLASSIFIED | {"record_kind": "VARCHAR NOT NULL", "file": "VARCHAR NOT NULL"},
    "loaded_file": {
        "file": "VARCHAR PRIMARY KEY",
        "kind": "VARCHAR NOT NULL",
        "source_id": "VARCHAR",
        "crawl_id": "VARCHAR",
        "sha256": "VARCHAR NOT NULL",
        "n_rows": "BIGINT NOT NULL",
    },
}


class CrawlRow(BaseModel):
    """What the warehouse keeps of a signed-off crawl record; further fields stay with the archive."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source_id: str
    crawl_id: str
    mode: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    finish_reason: str
    complete: bool
    is_reconstructed: bool = False
    captures: int = 0
    new_captures: int = 0
    complete_keys: list[str] = []


class LicenceRow(BaseModel):
    """Under which terms a source may be used."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    url: str | None = None
    redistribute: bool
    attribution: str | None = None


class TermsRow(BaseModel):
    """Terms of service of a source."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: str | None = None
    note: str | None = None


class WatchRow(BaseModel):
    """How often a source is looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    every_minutes: int | None = None


class BoardRow(BaseModel):
    """One board of a source, with the activity of its employer where the registry declares it."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    board: str
    nace_section: str | None = None


class ParamsRow(BaseModel):
    """What the warehouse reads of a spider's parameters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    boards: list[BoardRow] = []


class SourceEntry(BaseModel):
    """What the warehouse keeps of a registry entry."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    id: str
    title: str
    publisher: str
    url_main: str | None = None
    record: str
    licence: LicenceRow
    access: str | None = None
    access_note: str | None = None
    terms: TermsRow = TermsRow()
    personal_data: str | None = None
    universe: str | None = None
    watch: WatchRow = WatchRow()
    fresh_within_hours: int | None = None
    params: ParamsRow = ParamsRow()

    def row(self) -> dict[str, Any]:
        """The entry as a row of raw.source."""
        return {
            "source_id": self.id,
            "title": self.title,
            "publisher": self.publisher,
            "url_main": self.url_main,
            "record_kind": self.record,
            "licence_name": self.licence.name,
            "licence_url": self.licence.url,
            "attribution": self.licence.attribution,
            "redistribute": self.licence.redistribute,
            "access": self.access,
            "access_note": self.access_note,
            "terms_url": self.terms.url,
            "terms_note": self.terms.note,
            "personal_data": self.personal_data,
            "universe": self.universe,
            "watch_every_minutes": self.watch.every_minutes,
            "fresh_within_hours": self.fresh_within_hours,
        }

    def boards(self) -> list[dict[str, Any]]:
        """The declared boards as rows of raw.board."""
        return [
            {"source_id": self.id, "board_id": one.board, "nace_section": one.nace_section}
            for one in self.params.boards
            if one.nace_section is not None
        ]


CRAWL_SCHEMA = pa.schema(
    {
        "source_id": TEXT,
        "crawl_id": TEXT,
        "mode": TEXT,
        "started_at": TIME,
        "finished_at": TIME,
        "finish_reason": TEXT,
        "complete": pa.bool_(),
        "is_reconstructed": pa.bool_(),
        "captures": pa.int64(),
        "new_captures": pa.int64(),
        "complete_keys": pa.list_(TEXT),
    }
)
SOURCE_SCHEMA = pa.schema(
    {
        "source_id": TEXT,
        "title": TEXT,
        "publisher": TEXT,
        "url_main": TEXT,
        "record_kind": TEXT,
        "licence_name": TEXT,
        "licence_url": TEXT,
        "attribution": TEXT,
        "redistribute": pa.bool_(),
        "access": TEXT,
        "access_note": TEXT,
        "terms_url": TEXT,
        "terms_note": TEXT,
        "personal_data": TEXT,
        "universe": TEXT,
        "watch_every_minutes": pa.int64(),
        "fresh_within_hours": pa.int64(),
    }
)
BOARD_SCHEMA = pa.schema(dict.fromkeys(("source_id", "board_id", "nace_section"), TEXT))
CONCEPT_SCHEMA = pa.schema(
    dict.fromkeys(
        (
            "concept_id",
            "label_en",
            "label_fr",
            "label_de",
            "label_lb",
            "group_name",
            "tier",
            "parent_id",
            "esco_uri",
        ),
        TEXT,
    )
)
# Tables that are replaced as a whole when they differ.
REPLACED = {"crawl": CRAWL_SCHEMA, "source": SOURCE_SCHEMA, "board": BOARD_SCHEMA, "concept": CONCEPT_SCHEMA}
