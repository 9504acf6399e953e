"""What the archive gives back: captures, crawl records, proofs, and its typed errors.

Belongs here: shapes only. Never here: reading or writing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from scrapers.items import Sha256

CaptureKind = Literal["response", "revisit", "resource"]
Mode = Literal["live", "replay"]
Purpose = Literal["crawl", "watch"]
Trouble = Literal["unreachable", "refused", "changed_shape", "too_few", "fell", "damaged"]
"""What is wrong with a source: no healthy answer, not allowed to ask, not what is expected, fewer records than it ever
has, parts that gave far less than usual (``scrapers.drift``), archived or derived bytes that do not verify."""


class ArchiveError(Exception):
    """The archive cannot do what was asked; the message is one line."""


class ArchiveBusyError(ArchiveError):
    """Another process is writing a crawl of the same source."""


class DamagedCaptureError(ArchiveError):
    """Archived bytes do not read back as they were written."""


@dataclass(frozen=True)
class Capture:
    """One archived answer. A revisit carries the body (and content headers) of the capture that it refers to.

    ``status`` is that of the answer which the body belongs to: a 304 resolves to the 200 it confirms. What the server
    said this time is ``wire_status``.
    """

    capture_id: str  # SHA-256 of the body, hex
    source_id: str
    crawl_id: str
    method: str
    url: str
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes = field(repr=False)
    retrieved_at: AwareDatetime
    kind: CaptureKind
    is_reconstructed: bool = False
    reconstructed_from: str | None = None
    wire_status: int = 200
    reviewed_on: str | None = None  # of a list of the project's own, which no server gave: ISO day of its review


@dataclass(frozen=True)
class CaptureProof:
    """Result of re-reading one capture from disk and hashing it again; ``problem`` is one line when it failed."""

    capture_id: str
    verified: bool
    problem: str | None = None
    url: str = ""
    retrieved_at: AwareDatetime | None = None
    source_id: str = ""
    crawl_id: str = ""
    warc: str = ""  # path of the WARC file, relative to the archive's root
    offset: int = 0  # first byte of the record's gzip member
    length: int = 0  # bytes of the member
    is_reconstructed: bool = False
    reconstructed_from: str | None = None
    reviewed_on: str | None = None


@dataclass(frozen=True)
class Limits:
    """What is declared of a part of a source: the share of its usual number of records that it may fall to, and the
    least that it ever has.
    """

    floor: float = 0.5
    min_items: int = 0


class CrawlRecord(BaseModel):
    """The signed-off account of one crawl, written last: without it a crawl did not end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crawl_id: str
    source_id: str
    mode: Mode
    purpose: Purpose = "crawl"  # a look of the watch is archived like a crawl, but is none: nothing is decoded from it
    started_at: AwareDatetime
    finished_at: AwareDatetime
    finish_reason: str  # "finished", "interrupted", or why it stopped
    complete: bool  # every planned request got a healthy answer
    is_reconstructed: bool = False
    requests: int = 0
    statuses: dict[str, int] = {}
    captures: int = 0
    new_captures: int = 0  # bodies that the archive did not hold before
    revisits: int = 0
    misses: int = 0
    errors: int = 0
    planned: int = 0
    complete_keys: list[str] = []  # planned keys (boards, URLs) with a healthy answer
    whole: list[str] | None = None  # boards whose list was read to its end, "" for all of the source; None: not said
    limits: dict[str, Limits] | None = None  # as declared then: "" for the source, and boards with lines of their own
    problems: dict[str, str] = {}  # planned key, host or "crawl" -> one line why it failed
    remarks: dict[str, str] = {}  # what -> one line on what was left for a later crawl: no failure
    trouble: Trouble | None = None  # the kind of the first problem
    robots: dict[str, str] = {}  # host -> verdict of its robots.txt
    fingerprint: str = ""  # over (key, capture id) of the healthy answers: equal when nothing changed
    warc_sha256: Sha256
    warc_bytes: int
    cdxj_sha256: Sha256


@dataclass
class CrawlStats:
    """What only the crawler knows and hands to ``sign_off``; the writer counts the rest itself."""

    requests: int | None = None  # None: as many as captures
    misses: int = 0
    errors: int = 0
    planned: int = 0
    complete_keys: list[str] = field(default_factory=list)
    whole: list[str] | None = None
    limits: dict[str, Limits] | None = None
    problems: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    trouble: Trouble | None = None
    robots: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    @classmethod
    def of(cls, stats: CrawlStats | dict[str, Any] | None) -> CrawlStats:
        if isinstance(stats, CrawlStats):
            return stats
        known = {name: value for name, value in (stats or {}).items() if name in cls.__dataclass_fields__}
        return cls(**known)
