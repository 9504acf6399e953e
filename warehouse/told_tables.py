"""The tables that a load replaces as a whole: crawls, the registry, the judgement of crawls, the taxonomy.

Belongs here: the shapes in which these arrive, and their columns and types. Never here: tables that are filled from
files (``warehouse.raw_tables``). A table declares its types, so that a wrong one stops the load.
"""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict

TEXT, TIME = pa.string(), pa.timestamp("us", tz="UTC")


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
    whole: list[str] = []


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
    """One board of a source: whose it is, with the employer's activity where the registry declares it."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    board: str
    employer: str | None = None
    nace_section: str | None = None
    completeness: str | None = None
    evidence: str | None = None
    checked_on: str | None = None


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
    format: str | None = None
    format_verified: bool | None = None  # whether the decoder was tried on real answers
    evidence: str | None = None
    disabled: str | None = None
    licence: LicenceRow
    access: str | None = None
    access_note: str | None = None
    terms: TermsRow = TermsRow()
    personal_data: str | None = None
    universe: str | None = None
    watch: WatchRow = WatchRow()
    fresh_within_hours: int | None = None
    reads: Literal["whole", "increment"] = "whole"  # an increment closes nothing
    params: ParamsRow = ParamsRow()

    def row(self) -> dict[str, Any]:
        """The entry as a row of raw.source."""
        return {
            "source_id": self.id,
            "title": self.title,
            "publisher": self.publisher,
            "url_main": self.url_main,
            "record_kind": self.record,
            "format": self.format,
            "format_verified": self.format_verified,
            "evidence": self.evidence,
            "disabled": self.disabled,
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
            "reads": self.reads,
        }

    def boards(self) -> list[dict[str, Any]]:
        """The declared boards as rows of raw.board."""
        return [
            {"source_id": self.id, "board_id": one.board, **one.model_dump(exclude={"board"})}
            for one in self.params.boards
        ]


class HeldRow(BaseModel):
    """A part of a source whose records of one crawl are not used, because it gave far less than usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str
    crawl_id: str
    part: str
    what: str
    usual: float
    found: float


class PartRow(BaseModel):
    """Where a part of a source stands: ``what``, ``found`` and ``since`` while its last good crawl is kept in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str
    part: str
    usual: float | None
    last_good_at: AwareDatetime | None
    what: str | None = None
    what_usual: float | None = None
    found: float | None = None
    since: AwareDatetime | None = None


class RemarkRow(BaseModel):
    """Something unusual about a source that holds nothing back: more rejects, slower answers, a field nobody keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_id: str
    what: str
    name: str = ""
    usual: float | None = None
    found: float | None = None
    first_seen_at: AwareDatetime | None = None
    last_seen_at: AwareDatetime | None = None


class LineageRow(BaseModel):
    """One research organisation of the reviewed table, and the one that stands for it today."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation_id: str
    name: str
    stands_for_id: str
    is_eu_body: bool


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
        "whole": pa.list_(TEXT),
    }
)
SOURCE_SCHEMA = pa.schema(
    {
        "source_id": TEXT,
        "title": TEXT,
        "publisher": TEXT,
        "url_main": TEXT,
        "record_kind": TEXT,
        "format": TEXT,
        "format_verified": pa.bool_(),
        "evidence": TEXT,
        "disabled": TEXT,
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
        "reads": TEXT,
    }
)
BOARD_SCHEMA = pa.schema(
    dict.fromkeys(("source_id", "board_id", "employer", "nace_section", "completeness", "evidence", "checked_on"), TEXT)
)
HELD_SCHEMA = pa.schema(
    {**dict.fromkeys(("source_id", "crawl_id", "part", "what"), TEXT), "usual": pa.float64(), "found": pa.float64()}
)
PART_SCHEMA = pa.schema(
    {
        "source_id": TEXT,
        "part": TEXT,
        "usual": pa.float64(),
        "last_good_at": TIME,
        "what": TEXT,
        "what_usual": pa.float64(),
        "found": pa.float64(),
        "since": TIME,
    }
)
REMARK_SCHEMA = pa.schema(
    {
        **dict.fromkeys(("source_id", "what", "name"), TEXT),
        "usual": pa.float64(),
        "found": pa.float64(),
        "first_seen_at": TIME,
        "last_seen_at": TIME,
    }
)
LINEAGE_SCHEMA = pa.schema(
    {**dict.fromkeys(("organisation_id", "name", "stands_for_id"), TEXT), "is_eu_body": pa.bool_()}
)
CONCEPT_SCHEMA = pa.schema(
    {
        **dict.fromkeys(
            ("concept_id", "label_en", "label_fr", "label_de", "label_lb", "group_name", "tier", "parent_id"), TEXT
        ),
        "first_seen": pa.int16(),
        "esco_uri": TEXT,
    }
)
# Tables that are replaced as a whole when they differ.
REPLACED = {
    "crawl": CRAWL_SCHEMA,
    "source": SOURCE_SCHEMA,
    "board": BOARD_SCHEMA,
    "held": HELD_SCHEMA,
    "part": PART_SCHEMA,
    "remark": REMARK_SCHEMA,
    "concept": CONCEPT_SCHEMA,
    "lineage": LINEAGE_SCHEMA,
}
