"""What every record has: its model's base, where it came from, and the hash of what it says.

Belongs here: fields and types that kinds of records share. Never here: the kinds themselves (``scrapers.items``,
``scrapers.items_policy``), parsing of a publisher's format.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, computed_field

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# What a sum of money is. Only ``awarded``, ``raised``, ``invested`` and ``contract`` may be added up.
AmountKind = Literal[
    "awarded",
    "raised",
    "invested",
    "contract",
    "estimate",
    "target",
    "ceiling",
    "envelope",
    "aggregate",
    "total_budget",
    "share",
    "proposed",
    "undisclosed",
    "other",
]
DayKind = Literal["", "announcement", "signature", "closing", "start", "approval", "publication", "other"]
Money = Annotated[float, Field(ge=0, le=1e13, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")]


class Record(BaseModel):
    """What every record carries: who published it, which archived bytes it came from, and when they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[str]
    # Fields that say when and where a record was read, not what it says: they do not enter the content hash.
    PROVENANCE: ClassVar[frozenset[str]] = frozenset(
        {"capture_id", "crawl_id", "url", "retrieved_at", "is_sample", "locator", "content_sha256"}
    )
    # Names of codes, and when it was published: a relabelled code or a re-publication is no revision of a value.
    LABELS: ClassVar[frozenset[str]] = frozenset()
    # What scrapers.records.scrub does before anything is written: contacts are taken out of free text that a person
    # wrote (texts and lists of texts); names of organisations stay unless they look like a contact; addresses of pages
    # lose credentials and e-mail addresses. Everything else is codes, numbers and ids, and stays as it is.
    FREE_TEXT: ClassVar[tuple[str, ...]] = ()
    NAMES: ClassVar[tuple[str, ...]] = ()
    PAGES: ClassVar[tuple[str, ...]] = ()

    record_id: Annotated[str, StringConstraints(min_length=3, max_length=400)]
    source_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,60}$")]
    crawl_id: str
    capture_id: Sha256
    url: str
    retrieved_at: AwareDatetime
    is_sample: bool = False
    locator: str = ""  # where in the capture: "$.jobs[3]", "line 12", "page 9, table 1, row 4, column 2"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def content_sha256(self) -> str:
        """SHA-256 of the canonical JSON of everything the record says, without where and when it was read.

        Fields at their default say nothing, so that a field added later leaves the hashes of records without it alone.
        """
        left_out = {*self.PROVENANCE, *self.LABELS, *self._by_the_clock()}
        content = self.model_dump(mode="json", exclude=left_out, exclude_defaults=True)
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _by_the_clock(self) -> tuple[str, ...]:
        """Fields reckoned from the day of the reading: they move with it, and do not enter the content hash."""
        return ()
