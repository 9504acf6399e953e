"""The tables that a load fills from files: their columns and types, by record kind.

Belongs here: declarations. Never here: reading files, or the tables of registry and crawls (``warehouse.told_tables``).
A table declares its types, so that a wrong one stops the load.
"""

from __future__ import annotations

_PROVENANCE = {
    "record_id": "VARCHAR NOT NULL",
    "source_id": "VARCHAR NOT NULL",
    "crawl_id": "VARCHAR NOT NULL",
    "capture_id": "VARCHAR NOT NULL",
    "url": "VARCHAR",
    "retrieved_at": "TIMESTAMPTZ NOT NULL",
    "is_sample": "BOOLEAN NOT NULL",
    "locator": "VARCHAR",
}

# Columns taken from record files, by record kind. ``text`` is split off into raw.posting_text.
JOB_POSTING = _PROVENANCE | {
    "board_id": "VARCHAR NOT NULL",
    "posting_id": "VARCHAR NOT NULL",
    "requisition_id": "VARCHAR",
    "employer": "VARCHAR",
    "title": "VARCHAR",
    "location_raw": "VARCHAR",
    "posting_url": "VARCHAR",
    "offices": "VARCHAR[]",
    "departments": "VARCHAR[]",
    "employment_type": "VARCHAR",
    "vacancies": "BIGINT",
    "workplace": "VARCHAR",
    "salary_min": "DOUBLE",
    "salary_max": "DOUBLE",
    "salary_currency": "VARCHAR",
    "salary_period": "VARCHAR",
    "salary_text": "VARCHAR",
    "language_declared": "VARCHAR",
    "languages_required": "VARCHAR[]",
    "occupation_codes": "VARCHAR[]",
    "industry": "VARCHAR",
    "published_on": "DATE",
    "published_precision": "VARCHAR",
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
    "dimension_labels": "MAP(VARCHAR, VARCHAR)",
    "attributes": "MAP(VARCHAR, VARCHAR)",
    "time_period": "VARCHAR NOT NULL",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "unit_multiplier": "BIGINT",
    "nace_version": "VARCHAR",
    "obs_status": "VARCHAR",
    "flags_published": "VARCHAR",
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
CATALOGUE_ENTRY = _PROVENANCE | {
    "dataset_id": "VARCHAR NOT NULL",
    "resource_id": "VARCHAR",
    "title": "VARCHAR NOT NULL",
    "resource_title": "VARCHAR",
    "text": "VARCHAR",
    "publisher": "VARCHAR",
    "page_url": "VARCHAR",
    "resource_url": "VARCHAR",
    "media_format": "VARCHAR",
    "licence": "VARCHAR",
    "frequency": "VARCHAR",
    "keywords": "VARCHAR[]",
    "version": "VARCHAR",
    "checksum": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "updated_at": "TIMESTAMPTZ",
}
CODE_LABEL = _PROVENANCE | {
    "codelist_id": "VARCHAR NOT NULL",
    "agency": "VARCHAR",
    "version": "VARCHAR",
    "code": "VARCHAR NOT NULL",
    "parent_code": "VARCHAR",
    "labels": "MAP(VARCHAR, VARCHAR)",
}
QUARANTINE = _PROVENANCE | {
    "record_id": "VARCHAR",  # where it could be read
    "record_kind": "VARCHAR NOT NULL",
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
    "catalogue_entry": CATALOGUE_ENTRY,
    "code_label": CODE_LABEL,
    "quarantine": QUARANTINE,
}
# Kinds whose texts are classified, with the column that stands for the employer in the key of a text. Only the texts of
# postings are kept here: what is read of the others is in their classification.
TEXT_KINDS = {"job_posting": "employer", "research_output": None, "funding_event": None, "announcement": None}

# The length of a text says which of two readings of an item is the fuller one.
_MEASURED = {"text_sha256": "VARCHAR NOT NULL", "text_length": "BIGINT NOT NULL"}
DDL = {
    "job_posting": JOB_POSTING | _MEASURED,
    "research_output": RESEARCH_OUTPUT | _MEASURED,
    "funding_event": FUNDING_EVENT | _MEASURED,
    "announcement": ANNOUNCEMENT | _MEASURED,
    "posting_text": {"text_sha256": "VARCHAR PRIMARY KEY", "text": "VARCHAR"},
    "observation": OBSERVATION,
    "catalogue_entry": CATALOGUE_ENTRY,
    "code_label": CODE_LABEL,
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

# The project's own reviewed lists, and claims on funding events from wherever they come.
ACTOR = _PROVENANCE | {
    "actor_id": "VARCHAR NOT NULL",
    "name": "VARCHAR NOT NULL",
    "actor_type": "VARCHAR",
    "parent_id": "VARCHAR",
    "website": "VARCHAR",
    "ror_id": "VARCHAR",
    "role": "VARCHAR",
    "said_by": "VARCHAR",
    "said_where": "VARCHAR",
    "page_url": "VARCHAR",
    "reviewed_on": "DATE",
}
INITIATIVE = _PROVENANCE | {
    "initiative_id": "VARCHAR NOT NULL",
    "name": "VARCHAR NOT NULL",
    "initiative_type": "VARCHAR",
    "lead_actor_id": "VARCHAR",
    "started": "VARCHAR",
    "status": "VARCHAR",
    "amount": "DOUBLE",
    "currency": "VARCHAR",
    "description": "VARCHAR",
    "recommendations": "VARCHAR[]",
    "said_by": "VARCHAR",
    "said_where": "VARCHAR",
    "page_url": "VARCHAR",
    "reviewed_on": "DATE",
}
RECOMMENDATION = _PROVENANCE | {
    "number": "BIGINT NOT NULL",
    "orientation": "VARCHAR",
    "title": "MAP(VARCHAR, VARCHAR)",
    "signals": "VARCHAR[]",
    "said_by": "VARCHAR",
    "reviewed_on": "DATE",
}
FUNDING_CLAIM = _PROVENANCE | {
    "claim_id": "VARCHAR NOT NULL",
    "event_id": "VARCHAR NOT NULL",
    "organisation": "VARCHAR",
    "actor_id": "VARCHAR",
    "country": "VARCHAR",
    "parties": "VARCHAR[]",
    "instrument": "VARCHAR",
    "round": "VARCHAR",
    "topic": "VARCHAR",
    "amount": "DOUBLE",
    "amount_max": "DOUBLE",
    "currency": "VARCHAR",
    "amount_kind": "VARCHAR NOT NULL",
    "happened_on": "VARCHAR",
    "day_kind": "VARCHAR",
    "part_of": "VARCHAR",
    "same_as": "VARCHAR[]",
    "supersedes": "VARCHAR[]",
    "said_by": "VARCHAR",
    "said_where": "VARCHAR",
    "said_on": "DATE",
    "page_url": "VARCHAR",
    "is_reviewed": "BOOLEAN",
    "reviewed_on": "DATE",
    "note": "VARCHAR",
}
_LISTS = {
    "actor": ACTOR,
    "initiative": INITIATIVE,
    "recommendation": RECOMMENDATION,
    "funding_claim": FUNDING_CLAIM,
}
RECORD_FILES |= _LISTS
DDL |= _LISTS
