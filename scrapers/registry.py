"""The source registry: who publishes what, under which terms, how it is fetched and how often we look.

Belongs here: the shape of ``scrapers/sources/*.yaml`` and its checks. Never here: fetching or decoding. A source that
does not say its licence, terms, kind of access, personal data and retention does not load: what may be done with data
has to be known before the data is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, ValidationError, model_validator

from scrapers.boards import boards_of
from scrapers.files import RegistryError, read_yaml
from scrapers.items import RecordKind

SOURCES = Path(__file__).parent / "sources"
SAMPLE_EMPLOYERS = Path(__file__).parent / "sample" / "employers.yaml"
MAX_DOWNLOAD_MIB = 128  # of one answer, whatever a source file asks for; the archive reads back as much

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,60}$")]
FormatName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{2,60}$")]
Text = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(_Part):
    name: Text
    url: HttpUrl
    redistribute: bool  # whether records may leave in open data and public pages
    attribution: Text


class Terms(_Part):
    """Rules of use of the service itself, as opposed to the licence of what it publishes."""

    url: HttpUrl
    note: Text


class ApiKey(_Part):
    """A key that a publisher gives out. Only its place is registered: the key itself comes from the settings."""

    setting: Name  # which key of the settings
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{4,100}$")]  # the only host that ever sees it
    parameter: Literal["api_key", "apikey", "key", "token"]  # names that the archive knows for credentials


class Watch(_Part):
    """How a change is noticed without a crawl; each kind fingerprints meaning (``scrapers.watch``), never raw HTML.

    ========================  ========================================================================================
    ``conditional_get``       the planned requests themselves, or ``url``; the version is the bodies'
    ``feed``                  RSS or Atom at ``url``; the version is the entries' ids and update stamps. With ``match``
                              only entries whose title begins with that code count, the newest of them is the
                              version, and all sources with the same ``url`` share one request (``scrapers.updates``)
    ``head``                  HEAD of ``url``, for files too large to fetch at each look; ETag and Last-Modified
    ``json_pointer``          JSON at ``url``; the version is what ``pointers`` (RFC 6901) point at
    ``links``                 HTML at ``url``; the version is the set of link addresses that ``pattern`` matches
    ``none``                  no look: the clock is the version, and each ``every_minutes`` is a change
    ========================  ========================================================================================
    """

    kind: Literal["conditional_get", "feed", "head", "json_pointer", "links", "none"]
    every_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 31)]
    url: HttpUrl | None = None  # None: the planned requests themselves
    pointers: tuple[str, ...] = ()
    pattern: str | None = None  # searched in the whole address of a link
    match: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_$.-]{2,80}$")] | None = None  # code of a dataset
    min_gap_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 31)] = 0  # between two crawls, however often it changes

    @model_validator(mode="after")
    def _consistent(self) -> Watch:
        if self.kind in ("feed", "head", "json_pointer", "links") and self.url is None:
            raise ValueError(f"watch of kind {self.kind} needs a url")
        if (self.kind == "json_pointer") != bool(self.pointers) or any(p and p[0] != "/" for p in self.pointers):
            raise ValueError("pointers: needed by json_pointer and by nothing else; each starts with /")
        if (self.kind == "links") != (self.pattern is not None):
            raise ValueError("pattern: needed by links and by nothing else")
        if self.match is not None and (self.kind != "feed" or self.every_minutes > 60 * 72 or self.min_gap_minutes):
            # A feed forgets an entry after days; one that was not seen in time, or was held back, would be lost.
            raise ValueError("match: for kind feed only, looked at every 72 hours at least, without min_gap_minutes")
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"pattern: {error}") from error
        return self


class Source(_Part):
    """One registered source. ``params`` belong to its spider; :func:`resolved_params` fills in what they point to."""

    id: Name
    title: Text
    publisher: Text
    url_main: HttpUrl
    record: RecordKind
    format: FormatName
    spider: Name
    params: dict[str, Any]
    modes: Annotated[tuple[Literal["live", "replay"], ...], Field(min_length=1)]
    disabled: Text | None = None  # why it is not collected; it stays in the registry, planned and watched by nobody
    is_sample: bool = False
    # How well address and format are known. payload: a real answer was seen; docs: read in the publisher's own
    # documentation; unverified: seen in public code only, to be probed before it is trusted; reviewed: our own list.
    evidence: Literal["payload", "docs", "unverified", "reviewed"]
    access: Literal["documented_api", "web", "own_list"]  # own_list: scrapers/curated, nobody is asked
    access_note: Text
    terms: Terms
    licence: Licence
    personal_data: Text
    retention_days: Annotated[int, Field(ge=1)] | None
    retention_note: Text
    universe: Text  # the population that records of this source speak of
    watch: Watch
    fresh_within_hours: Annotated[int, Field(ge=1)]
    # What one crawl brings. whole: all that the source holds, so that a record that a later complete crawl lacks is
    # gone; increment: what is new or changed since the last (a window of days, a feed, a harvest "from" a day), so that
    # absence says nothing: a record goes only by a reading that says so, and few records are no fall.
    reads: Literal["whole", "increment"] = "whole"
    min_items: Annotated[int, Field(ge=0)]
    floor: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5  # share of its usual number it may fall to (scrapers.drift)
    delay_seconds: Annotated[float, Field(ge=0.0, le=120.0)]
    max_download_mib: Annotated[int, Field(ge=1, le=MAX_DOWNLOAD_MIB)] = 32  # of one answer, packed and unpacked
    api_key: ApiKey | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if len(set(self.modes)) != len(self.modes):
            raise ValueError("modes: a mode is listed twice")
        if self.is_sample and "live" in self.modes:
            raise ValueError("modes: a sample source has no publisher to ask, so it cannot be live")
        if len({self.spider == "curated", self.access == "own_list", self.evidence == "reviewed"}) != 1:
            raise ValueError("access: spider curated, access own_list and evidence reviewed belong together")
        return self


def load_sources(directory: Path | None = None) -> tuple[Source, ...]:
    """Every source of a folder (the bundled one by default), by id.

    Raises :class:`RegistryError` for the first file that cannot be used: a registry with a hole is not a registry.
    """
    folder = directory or SOURCES
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise RegistryError(f"{folder}: no source files (*.yaml)")
    return tuple(_load(path) for path in paths)


def source_by_id(source_id: str, directory: Path | None = None) -> Source:
    """One source; the error lists the ids there are."""
    sources = load_sources(directory)
    for source in sources:
        if source.id == source_id:
            return source
    raise RegistryError(f"no source {source_id!r}; there are: {', '.join(source.id for source in sources)}")


def resolved_params(source: Source) -> dict[str, Any]:
    """The spider's parameters, with ``boards_from`` replaced: ``sample`` by the boards of the sample's employers,
    ``boards`` by the lines of ``scrapers/boards.yaml`` whose ``ats`` is the source's spider.
    """
    params = dict(source.params)
    origin = params.pop("boards_from", None)
    if origin is not None and "boards" in params:
        raise RegistryError(f"{source.id}.yaml: params: boards_from and boards exclude each other")
    if origin == "sample":
        params["boards"] = _bundled_sample_boards()
    elif origin == "boards":
        params["boards"] = boards_of(source.spider)
    elif origin is not None:
        raise RegistryError(f"{source.id}.yaml: params.boards_from: {origin!r} is not one of boards, sample")
    return params


@lru_cache(maxsize=1)  # a long list, asked for at each crawl of the sample
def _bundled_sample_boards() -> list[dict[str, Any]]:
    return sample_boards()


def sample_boards(path: Path = SAMPLE_EMPLOYERS) -> list[dict[str, Any]]:
    """Boards of ``scrapers/sample/employers.yaml``: token, employer, NACE section; other fields are left alone."""
    content = read_yaml(path)
    employers = content.get("employers") if isinstance(content, dict) else None
    if not isinstance(employers, list) or not employers:
        raise RegistryError(f"{path.name}: employers: a list of employers is needed")
    boards = []
    for number, employer in enumerate(employers):
        board = employer.get("board") if isinstance(employer, dict) else None
        if not isinstance(board, str) or not board:
            raise RegistryError(f"{path.name}: employers.{number}.board: a board token is needed")
        name, section = str(employer.get("name") or board), employer.get("nace_section")
        boards.append({"board": board, "employer": name, "nace_section": section})
    return boards


def _load(path: Path) -> Source:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise RegistryError(f"{path.name}: the file must be a mapping of fields")
    try:
        source = Source.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        where = f"{path.name}: {field}: {message}" if field else f"{path.name}: {message}"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise RegistryError(where + more) from error
    if source.id != path.stem:
        raise RegistryError(f"{path.name}: id: is {source.id!r} but must be the file's name, {path.stem!r}")
    return source
