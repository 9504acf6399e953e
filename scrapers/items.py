"""Record models: what a decoder may give, one Pydantic model a kind, and the Arrow schema derived from it.

Belongs here: fields, types and the canonical content hash. Never here: parsing of a publisher's format.
"""

from __future__ import annotations

import types
import typing
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from scrapers.items_base import Record, Sha256
from scrapers.items_policy import (
    Actor,
    Course,
    FundingCall,
    FundingClaim,
    Initiative,
    LegalStep,
    Organisation,
    Recommendation,
    Tender,
)

SCHEMA_VERSION = 3  # written into every Parquet file; a reader for each older version stays

RecordKind = Literal[
    "job_posting",
    "observation",
    "research_output",
    "funding_event",
    "announcement",
    "catalogue_entry",
    "code_label",
    "tender",
    "funding_call",
    "funding_claim",
    "legal_step",
    "course",
    "organisation",
    "actor",
    "initiative",
    "recommendation",
]
RejectKind = RecordKind | Literal["capture"]  # capture: a whole payload
ObsStatus = Annotated[str, StringConstraints(pattern=r"^[A-Za-z|]{0,8}$")]


# How well a day is known. "": no day; "day": stated; "days": reckoned from "3 days ago", a day more or less;
# "on_or_before": "30+ days ago"; "month": only the month is stated, the day is its first.
Precision = Literal["", "day", "days", "on_or_before", "month"]


class JobPosting(Record):
    """One advertised position as a board listed it at one crawl."""

    kind: ClassVar[str] = "job_posting"
    FREE_TEXT: ClassVar[tuple[str, ...]] = (
        "title",
        "text",
        "location_raw",
        "requisition_id",
        "employment_type",
        "salary_text",
        "offices",
        "departments",
        "industry",
    )
    NAMES: ClassVar[tuple[str, ...]] = ("employer",)
    PAGES: ClassVar[tuple[str, ...]] = ("posting_url",)

    board_id: str
    posting_id: str
    requisition_id: str | None = None
    employer: str
    title: str
    posting_url: str = ""  # the advertisement's own page, as the board gives it
    text: str = ""  # plain text, contacts scrubbed before it is written
    location_raw: str = ""
    offices: list[str] = []
    departments: list[str] = []
    employment_type: str | None = None  # contract and working time, as published
    vacancies: int | None = None  # positions that this one advertisement offers
    workplace: Literal["", "on_site", "hybrid", "remote"] = ""
    salary_min: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    salary_max: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    salary_currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    salary_period: Literal["", "hour", "day", "week", "month", "year"] = ""
    salary_text: str = ""  # as published, where it is published as words
    language_declared: str | None = None  # the language of the advertisement
    languages_required: list[str] = []  # codes of languages that it asks for, where the board has a field for them
    occupation_codes: list[str] = []  # ESCO addresses or ISCO-08 codes, where published
    industry: str = ""  # as published
    published_on: date | None = None
    published_precision: Precision = ""
    updated_at: AwareDatetime | None = None
    deadline_on: date | None = None
    is_luxembourg: bool = False
    luxembourg_basis: str = "none"  # commune | canton | postcode | country | name | remote_contract | none
    is_remote: bool = False

    def _by_the_clock(self) -> tuple[str, ...]:
        reckoned = self.published_precision in ("days", "on_or_before")
        return ("published_on", "published_precision") if reckoned else ()


class Observation(Record):
    """One cell of official statistics as published: value, unit, flags, and the population it speaks of."""

    kind: ClassVar[str] = "observation"
    LABELS: ClassVar[frozenset[str]] = frozenset({"dimension_labels", "universe", "published_at"})

    dataset_id: str
    series_key: str  # dimension codes joined by dots in the publisher's order, without time
    dimensions: dict[str, str]
    dimension_labels: dict[str, str] = {}  # dimension -> name of this cell's code, where the answer carries names
    attributes: dict[str, str] = {}  # attributes of the cell and its series as published, without status and unit
    time_period: str
    value: float | None  # None with a flag: suppressed or not available; a cell with neither is not a record
    unit: str
    unit_multiplier: Annotated[int, Field(ge=-30, le=30)] = 0  # the value counts in powers of ten of the unit
    nace_version: Literal["", "2", "2.1"] = ""  # of the activity's code, where there is one
    obs_status: ObsStatus = ""  # status letters, then "|" and the confidentiality letters where there are any
    flags_published: str = ""  # the flags letter for letter, as the publisher wrote them
    universe: str = ""
    published_at: AwareDatetime | None = None

    @field_validator("value")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        if (value is not None and value in (float("inf"), float("-inf"))) or value != value:
            raise ValueError("value is not a finite number")
        return value


class ResearchOutput(Record):
    """One work of research as a catalogue describes it; whose it is stands in its authors' institutions.

    Shares are fractional by author and institution: an author counts once, divided over that author's institutions.
    """

    kind: ClassVar[str] = "research_output"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text")

    work_id: str
    doi: str | None = None  # lower case, without the resolver's address
    title: str  # "" where the catalogue says only that the work is gone
    text: str = ""  # abstract, plain
    work_type: str = ""
    language_declared: str | None = None
    published_on: date | None = None
    publication_year: int | None = None
    updated_at: AwareDatetime | None = None
    authors_total: int = 0
    authors_truncated: bool = False  # the catalogue cut its list of authors
    country_shares: dict[str, float] = {}  # ISO country code -> share of the work; "" where none is known; sums to 1
    home_institutions: list[str] = []  # ROR or catalogue ids of institutions in Luxembourg
    institution_shares: dict[str, float] = {}  # of institutions in Luxembourg, ROR or catalogue id -> share of the work
    arxiv_id: str = ""  # without its version
    other_ids: list[str] = []  # "pmid:…", "hdl:…", "oai:…", as far as the catalogue names them
    container: str = ""  # journal, proceedings or repository, as published
    subjects: list[str] = []  # subjects or categories as published, those of arXiv among them
    funders: list[str] = []  # catalogue or registry ids of funders, else their names
    awards: list[str] = []  # "funder award" as published
    is_deleted: bool = False  # the catalogue says that the work is gone; then it says nothing else of it
    merged_into: str = ""  # the work that this id leads to now
    topic_ids: list[str] = []  # the primary topic first
    subfield_ids: list[str] = []  # of the topics, the primary topic's first
    concept_ids: list[str] = []  # deprecated by OpenAlex, still what older definitions need
    is_default_topic: bool = False  # carries the topic that the catalogue gives to what it could not read
    is_retracted: bool = False
    schema_generation: str = ""


class FundingEvent(Record):
    """One participation of an organisation in a funded project: who, in what, with which contribution."""

    kind: ClassVar[str] = "funding_event"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("acronym", "title", "text")
    NAMES: ClassVar[tuple[str, ...]] = ("organisation",)

    programme: str  # HORIZON, H2020, ...
    project_id: str
    acronym: str = ""
    title: str = ""
    text: str = ""  # objective, plain
    status: str = ""
    signed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    total_cost: float | None = None  # of the whole project
    project_contribution: float | None = None  # the funder's, for the whole project
    currency: str = "EUR"
    topic_codes: list[str] = []  # EuroSciVoc paths, as published
    organisation_id: str
    organisation: str  # empty for a natural person
    country: str = ""  # ISO code; EL and UK are turned into GR and GB, as published otherwise
    activity_type: str = ""
    is_sme: bool | None = None
    role: str = ""  # coordinator | participant | associatedPartner | thirdParty, as published
    contribution: float | None = None  # granted to this participant
    net_contribution: float | None = None  # the same without what it passes on to its third parties
    participant_cost: float | None = None
    has_ended: bool = False  # left the project
    content_updated_at: AwareDatetime | None = None


class Announcement(Record):
    """One item of news or policy as its publisher announced it, with the text of its page where that was read."""

    kind: ClassVar[str] = "announcement"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text", "categories")
    PAGES: ClassVar[tuple[str, ...]] = ("page_url", "list_url", "alternates", "documents")

    item_id: str  # SHA-256 of the feed's guid, else of the canonical address: guids may hold names and tokens
    title: str
    text: str = ""  # plain, of the item's page; else the feed's own summary
    page_url: str = ""
    categories: list[str] = []
    language_declared: str | None = None
    published_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    list_url: str = (
        ""  # the list that it belongs to, where another address gave it: a further page, a page in its stead
    )
    alternates: list[str] = []  # addresses that its page names as the same item: other languages, the original
    documents: list[str] = []  # files that its page offers


class CatalogueEntry(Record):
    """One thing that a publisher's catalogue lists: a resource of an open data set, or a statistical dataflow."""

    kind: ClassVar[str] = "catalogue_entry"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text", "resource_title", "keywords")
    NAMES: ClassVar[tuple[str, ...]] = ("publisher",)
    PAGES: ClassVar[tuple[str, ...]] = ("page_url", "resource_url")

    dataset_id: str
    resource_id: str = ""  # "" where the data set itself is the entry
    title: str  # of the data set
    resource_title: str = ""
    text: str = ""  # description, plain
    publisher: str = ""
    page_url: str = ""
    resource_url: str = ""  # the permanent address, never one with a time stamp in it
    media_format: str = ""  # csv, xlsx, ... in lower case
    licence: str = ""
    frequency: str = ""  # as published
    keywords: list[str] = []
    version: str = ""
    checksum: str = ""  # "sha1:…", as published
    published_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class CodeLabel(Record):
    """One code of a published code list with its names."""

    kind: ClassVar[str] = "code_label"

    codelist_id: str
    agency: str = ""
    version: str = ""
    code: str  # a text: leading zeros count
    parent_code: str = ""
    labels: dict[str, str] = {}  # language -> name


class Reject(BaseModel):
    """Input that could not become a record: kept in quarantine with its reason, contacts scrubbed like a record's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[str] = "quarantine"

    source_id: str
    crawl_id: str
    capture_id: Sha256
    url: str
    retrieved_at: AwareDatetime
    is_sample: bool = False
    record_kind: RejectKind
    record_id: str | None = None  # of the record that it would have become, where its id could be read
    locator: str  # where in the payload: "$.jobs[3]", "cell 494", or "" for the whole
    reason: str  # a short code: not_json, upstream_error, missing_title, ...
    detail: str = ""  # one line for people, at most 300 characters


RECORD_KINDS: dict[str, type[Record]] = {
    model.kind: model
    for model in (
        JobPosting,
        Observation,
        ResearchOutput,
        FundingEvent,
        Announcement,
        CatalogueEntry,
        CodeLabel,
        Tender,
        FundingCall,
        FundingClaim,
        LegalStep,
        Course,
        Organisation,
        Actor,
        Initiative,
        Recommendation,
    )
}


def arrow_schema(model: type[BaseModel]) -> pa.Schema:
    """The Arrow schema of a record model: one column a field, in declaration order, then computed fields."""
    fields = [pa.field(name, _arrow_type(info.annotation), nullable=True) for name, info in model.model_fields.items()]
    fields += [pa.field(name, _arrow_type(info.return_type)) for name, info in model.model_computed_fields.items()]
    return pa.schema(fields, metadata={b"schema_version": str(SCHEMA_VERSION).encode()})


def _arrow_type(annotation: object) -> pa.DataType:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _arrow_type(args[0])
    if origin is Literal:
        return pa.string()
    if origin in (typing.Union, types.UnionType):
        return _arrow_type(next(arg for arg in args if arg is not type(None)))
    if origin is list:
        return pa.list_(_arrow_type(args[0]))
    if origin is dict:
        return pa.map_(pa.string(), _arrow_type(args[1]))
    simple: dict[object, pa.DataType] = {
        str: pa.string(),
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        date: pa.date32(),
        datetime: pa.timestamp("us", tz="UTC"),
        AwareDatetime: pa.timestamp("us", tz="UTC"),
    }
    if annotation not in simple:
        raise TypeError(f"no Arrow type for {annotation!r}")
    return simple[annotation]


def utc_now() -> datetime:
    """Now, aware, UTC, whole seconds: the precision of WARC-Date."""
    return datetime.now(UTC).replace(microsecond=0)
