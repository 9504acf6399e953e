"""Record models of public money, law, training and the actors of the ecosystem.

Belongs here: fields of these kinds. Never here: other kinds (``scrapers.items``), parsing of a publisher's format.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from scrapers.items_base import AmountKind, Currency, DayKind, Money, Record


class Tender(Record):
    """One notice of public procurement in one version, as its publisher put it out."""

    kind: ClassVar[str] = "tender"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text", "buyers", "winners")
    PAGES: ClassVar[tuple[str, ...]] = ("page_url",)

    notice_id: str
    publication_number: str = ""  # "643121-2023"
    notice_version: str = ""
    procedure_id: str = ""  # the same for all notices of one procedure
    form: Literal["", "planning", "competition", "result", "change", "modification", "other"] = ""
    notice_type: str = ""  # as published: "cn-standard", "16", ...
    notice_subtype: str = ""  # of eForms: "1" to "40", "E1", ...
    title: str
    text: str = ""  # description, plain
    language_declared: str | None = None
    published_on: date | None = None
    dispatched_on: date | None = None
    deadline_on: date | None = None
    buyers: list[str] = []
    buyer_countries: list[str] = []  # ISO codes; of the buyers, never of review bodies or winners
    is_luxembourg: bool = False  # a buyer is in Luxembourg and is no body of the European Union
    places: list[str] = []  # NUTS codes or ISO countries of performance
    cpv_codes: list[str] = []  # eight digits, the main one first
    procedure_type: str = ""
    lots: int = 0
    estimated_value: Money | None = None
    awarded_value: Money | None = None
    currency: Currency = ""
    winners: list[str] = []  # organisations; natural persons are left out
    winner_countries: list[str] = []
    page_url: str = ""


class FundingCall(Record):
    """One call for proposals of a funder: what is on offer, until when. No money has been given by it."""

    kind: ClassVar[str] = "funding_call"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text", "keywords")
    PAGES: ClassVar[tuple[str, ...]] = ("page_url",)

    call_id: str  # of the topic
    parent_id: str = ""  # of the call that the topic belongs to
    programme: str = ""
    title: str
    text: str = ""
    language_declared: str | None = None
    status: Literal["", "forthcoming", "open", "closed"] = ""
    action_type: str = ""
    opens_on: date | None = None
    deadlines: list[str] = []  # ISO days, in order
    budget_min: Money | None = None  # of one grant
    budget_max: Money | None = None
    budget_total: Money | None = None  # of the topic
    currency: Currency = "EUR"
    grants_expected: int | None = None
    keywords: list[str] = []
    page_url: str = ""
    updated_at: AwareDatetime | None = None


class FundingClaim(Record):
    """What one source says of one funding event. Sources that differ stay side by side: an event is its claims.

    ``event_id`` joins the claims of one event, ``part_of`` names a larger event whose sum holds this one,
    ``same_as`` other events that tell the same, ``supersedes`` claims that this one takes the place of.
    """

    kind: ClassVar[str] = "funding_claim"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("organisation", "parties", "topic", "note")
    PAGES: ClassVar[tuple[str, ...]] = ("page_url",)

    claim_id: str
    event_id: str
    organisation: str  # who gets the money
    actor_id: str = ""
    country: str = ""  # ISO code of who gets it
    parties: list[str] = []  # who gives it
    instrument: str = ""
    round: str = ""
    topic: str = ""
    amount: Money | None = None
    amount_max: Money | None = None  # "up to"
    currency: Currency = ""
    amount_kind: AmountKind
    happened_on: str = ""  # ISO day, month or year, as exact as it is told
    day_kind: DayKind = ""
    part_of: str = ""
    same_as: list[str] = []
    supersedes: list[str] = []
    said_by: str = ""  # publication
    said_where: str = ""  # where in it, in words: chapter, number of an item
    said_on: date | None = None
    page_url: str = ""
    spans: dict[str, str] = {}  # field -> "start:end" in the text that it was read in
    is_reviewed: bool = False  # a person read the source
    reviewed_on: date | None = None
    note: str = ""


class LegalStep(Record):
    """One step of a bill or a law: filed, examined, voted, published, in force."""

    kind: ClassVar[str] = "legal_step"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text")
    PAGES: ClassVar[tuple[str, ...]] = ("page_url", "document_url")

    dossier_id: str  # number of the bill, or the identifier of an act that has none
    step_id: str
    stage: Literal[
        "filed",
        "opinion",
        "amended",
        "reported",
        "first_vote",
        "second_vote",
        "signed",
        "published",
        "in_force",
        "repealed",
        "withdrawn",
        "other",
    ]
    stage_published: str = ""  # as published
    title: str
    text: str = ""
    language_declared: str | None = None
    document_type: str = ""
    happened_on: date | None = None
    body: str = ""  # the institution whose step it is
    act_id: str = ""  # identifier of the act (ELI), where it has one
    page_url: str = ""
    document_url: str = ""
    updated_at: AwareDatetime | None = None


class Course(Record):
    """One training on offer, as its provider's catalogue lists it: an entry, not a seat and not a graduate."""

    kind: ClassVar[str] = "course"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("title", "text", "places")
    NAMES: ClassVar[tuple[str, ...]] = ("provider",)
    PAGES: ClassVar[tuple[str, ...]] = ("page_url",)

    course_id: str
    provider: str
    title: str
    text: str = ""
    language_declared: str | None = None
    languages: list[str] = []  # it is taught in
    level: str = ""
    mode: Literal["", "on_site", "online", "blended"] = ""
    starts_on: date | None = None
    ends_on: date | None = None
    hours: Annotated[float, Field(ge=0, le=1e5, allow_inf_nan=False)] | None = None
    price: Money | None = None
    currency: Currency = ""
    places: list[str] = []
    page_url: str = ""


class Organisation(Record):
    """One organisation of a register, with what it came from and belongs to."""

    kind: ClassVar[str] = "organisation"

    organisation_id: str  # ROR id, without the resolver's address
    name: str
    names: dict[str, str] = {}  # language, or kind ("acronym", "alias 1"), -> name
    types: list[str] = []
    status: str = ""  # active | inactive | withdrawn
    country: str = ""  # ISO code
    place: str = ""
    established: int | None = None
    parents: list[str] = []
    children: list[str] = []
    predecessors: list[str] = []
    successors: list[str] = []
    related: list[str] = []
    other_ids: list[str] = []  # "isni:…", "fundref:…", "grid:…", "wikidata:…"
    updated_on: date | None = None


class Actor(Record):
    """One actor of the ecosystem, from the project's own reviewed list."""

    kind: ClassVar[str] = "actor"
    PAGES: ClassVar[tuple[str, ...]] = ("website", "page_url")

    actor_id: str
    name: str
    actor_type: str
    parent_id: str = ""
    website: str = ""
    ror_id: str = ""
    role: str = ""  # in our own words
    said_by: str = ""
    said_where: str = ""
    page_url: str = ""
    reviewed_on: date | None = None


class Initiative(Record):
    """One programme, machine, law or partnership, from the project's own reviewed list."""

    kind: ClassVar[str] = "initiative"
    PAGES: ClassVar[tuple[str, ...]] = ("page_url",)

    initiative_id: str
    name: str
    initiative_type: str
    lead_actor_id: str = ""
    started: str = ""  # ISO day, month or year, as exact as it is known
    status: str = ""
    amount: Money | None = None
    currency: Currency = ""
    description: str = ""  # in our own words
    recommendations: list[str] = []  # numbers of recommendations that it serves
    said_by: str = ""
    said_where: str = ""
    page_url: str = ""
    reviewed_on: date | None = None


class Recommendation(Record):
    """One of the recommendations of the LuxAIhub report, from the project's own reviewed list."""

    kind: ClassVar[str] = "recommendation"

    number: int
    orientation: str
    title: dict[str, str]  # language -> short title in our own words
    signals: list[str] = []  # what could be measured of it
    said_by: str = ""
    reviewed_on: date | None = None
