"""Profiles of crawls on disk: ``records/profile/<source>/<crawl>.json``, written before the records of the crawl.

Belongs here: making the profile of a crawl, writing and reading it, and what the registry declares of a part. Never
here: judging (``scrapers.drift``), or which boards were read whole (the crawl says so: ``scrapers.spiders.base``).
Profiles are derived like records: a rebuild writes them again from the archive.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from scrapers import drift
from scrapers.archive import CrawlRecord, Limits
from scrapers.archive.files import write_atomically
from scrapers.decoders.base import Decoded
from scrapers.decoders.listed import wants_text
from scrapers.drift import Drift, Part, Profile
from scrapers.items import FundingEvent, JobPosting, Observation, Record, ResearchOutput
from scrapers.registry import Source, resolved_params

FOLDER = "profile"
BY_YEAR = frozenset({"openalex"})  # formats of works whose crawls read some years and say which (``whole``)
MAX_UNKNOWN = 200  # names of fields kept of one crawl
_UNKNOWN = re.compile(r"unknown field (.{1,200}?) is not kept(?: \(\d+ times\))?$")
_NEVER_COUNTED = Record.PROVENANCE | {"record_id", "source_id"}


def write(records_root: Path, archive_root: Path, source: Source, record: CrawlRecord, decoded: Decoded) -> Profile:
    """Make and write the profile of a crawl that was just decoded."""
    made = profile(
        decoded,
        crawl_id=record.crawl_id,
        started_at=record.started_at,
        whole=read_whole(source, record),
        boards=declared(source),
        by_year=source.format in BY_YEAR,
        limits=record.limits or limits_of(source),
        seconds=_seconds(archive_root / source.id / f"{record.crawl_id}.ledger.jsonl"),
    )
    path = _path(records_root, source.id, record.crawl_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, orjson.dumps(asdict(made), option=orjson.OPT_SORT_KEYS))
    return made


def part_of(record: Record, boards: Collection[str], by_year: bool = False) -> str:
    """The part of its source that a record belongs to; ``boards`` are the declared ones. ``by_year``: works are read
    year by year.

    A portal that nobody declares boards of is one whole: which employers it lists changes from day to day.
    """
    if isinstance(record, JobPosting):
        return record.board_id if boards else ""
    if isinstance(record, Observation):
        return record.dataset_id
    if isinstance(record, ResearchOutput):
        return str(record.publication_year) if by_year and record.publication_year is not None else ""
    return record.programme if isinstance(record, FundingEvent) else ""


def profile(
    decoded: Decoded,
    *,
    crawl_id: str,
    started_at: datetime,
    whole: Iterable[str],
    boards: Collection[str] = (),
    by_year: bool = False,
    limits: Mapping[str, Limits] | None = None,
    seconds: float | None = None,
) -> Profile:
    """The profile of a decoded crawl of a source with these declared boards."""
    records: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    filled: dict[str, Counter[str]] = defaultdict(Counter)
    for record in decoded.records:
        part = part_of(record, boards, by_year)
        if isinstance(record, JobPosting) and not record.text and not wants_text(record):
            elsewhere[part] += 1
            continue
        records[part] += 1
        filled[part].update(
            name for name, value in record.__dict__.items() if name not in _NEVER_COUNTED and not _is_empty(value)
        )
    found = (_UNKNOWN.search(note) for note in decoded.notes)
    return Profile(
        crawl_id=crawl_id,
        started_at=started_at,
        parts={
            part: Part(records[part], dict(sorted(filled[part].items())), elsewhere[part])
            for part in sorted(records.keys() | elsewhere.keys())
        },
        whole=tuple(sorted(whole)),
        limits=dict(limits or {}),
        rejects=dict(sorted(Counter(reject.reason for reject in decoded.rejects).items())),
        unknown_fields=tuple(sorted({match[1] for match in found if match})[:MAX_UNKNOWN]),
        seconds=seconds,
    )


def read_whole(source: Source, record: CrawlRecord) -> list[str]:
    """The boards that a crawl read to the end of their lists, or "" for all of the source.

    As the crawl signed it off. Crawls of before that was written asked one request a board.
    """
    if record.whole is not None:
        return record.whole
    if declared(source):
        return record.complete_keys
    return [""] if record.complete else []


def judged(records_root: Path, source: Source, crawls: Iterable[CrawlRecord]) -> Drift:
    """The judgement of a source's crawls, as far as they are decoded.

    What the project laid out itself is no history: a reconstructed page holds only what is evidenced.
    """
    found = (_read(_path(records_root, source.id, one.crawl_id)) for one in crawls if not one.is_reconstructed)
    return drift.judge([one for one in found if one is not None])


def limits_of(source: Source) -> dict[str, Limits]:
    """What the registry declares today: "" for the source, and each board that has a line of its own about it.

    An increment has no usual number, so it cannot fall below a share of it.
    """
    limits = {"": Limits(source.floor if source.reads == "whole" else 0.0, source.min_items)}
    if source.reads == "increment":
        return limits
    for board, line in declared(source).items():
        floor, least = line.get("floor"), int(line.get("min_items") or 0)
        if floor is not None or least:
            limits[board] = Limits(source.floor if floor is None else float(floor), least)
    return limits


def declared(source: Source) -> dict[str, Mapping[str, Any]]:
    """The boards of a source by their id, as the registry declares them."""
    boards = resolved_params(source).get("boards")
    listed = boards if isinstance(boards, list) else []
    return {str(one["board"]): one for one in listed if isinstance(one, dict) and one.get("board")}


def _path(records_root: Path, source_id: str, crawl_id: str) -> Path:
    return records_root / FOLDER / source_id / f"{crawl_id}.json"


def _read(path: Path) -> Profile | None:
    """A profile; None if the crawl has none, or one that cannot be read: it then counts for nothing."""
    try:
        said = orjson.loads(path.read_bytes())
        return Profile(
            crawl_id=said["crawl_id"],
            started_at=datetime.fromisoformat(said["started_at"]),
            parts={name: Part(**part) for name, part in said["parts"].items()},
            whole=tuple(said["whole"]),
            limits={name: Limits(**limits) for name, limits in said["limits"].items()},
            rejects=said["rejects"],
            unknown_fields=tuple(said["unknown_fields"]),
            seconds=said["seconds"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def _seconds(ledger: Path) -> float | None:
    """The median time of an answer, from the fetch ledger; None without one."""
    times = []
    try:
        with ledger.open("rb") as lines:
            for line in lines:
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:  # a row cut off by a kill
                    continue
                seconds = row.get("seconds") if isinstance(row, dict) else None
                if isinstance(seconds, (int, float)):
                    times.append(float(seconds))
    except OSError:
        return None
    return median(times) if times else None
