"""Profiles of crawls on disk: ``records/profile/<source>/<crawl>.json``, written before the records of the crawl.

Belongs here: making the profile of a crawl, writing and reading it, and what the registry declares of a part. Never
here: judging (``scrapers.drift``). Profiles are derived like records: a rebuild writes them again from the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from scrapers import drift
from scrapers.archive import CrawlRecord
from scrapers.archive.files import write_atomically
from scrapers.decoders.base import Decoded
from scrapers.drift import Drift, Limits, Part, Profile
from scrapers.registry import Source, resolved_params

FOLDER = "profile"


def write(records_root: Path, archive_root: Path, source: Source, record: CrawlRecord, decoded: Decoded) -> Profile:
    """Make and write the profile of a crawl that was just decoded."""
    made = drift.profile(
        decoded,
        crawl_id=record.crawl_id,
        started_at=record.started_at,
        complete=record.complete,
        whole=read_whole(source, record),
        boards=declared(source),
        seconds=_seconds(archive_root / source.id / f"{record.crawl_id}.ledger.jsonl"),
    )
    path = _path(records_root, source.id, record.crawl_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, orjson.dumps(asdict(made), option=orjson.OPT_SORT_KEYS))
    return made


def read_whole(source: Source, record: CrawlRecord) -> tuple[str, ...] | None:
    """The boards that a crawl read to their end; None for a source that is read as a whole or not at all."""
    boards = declared(source)
    if not boards or source.record != "job_posting":
        return None
    return drift.boards_read_whole(boards, record.complete_keys, record.problems, record.planned)


def judged(records_root: Path, source: Source, crawls: Iterable[CrawlRecord]) -> Drift:
    """The judgement of a source's crawls, as far as they are decoded.

    What the project laid out itself is no history: a reconstructed page holds only what is evidenced.
    """
    found = (_read(_path(records_root, source.id, one.crawl_id)) for one in crawls if not one.is_reconstructed)
    return drift.judge([one for one in found if one is not None], limits_of(source))


def limits_of(source: Source) -> Callable[[str], Limits]:
    """What the registry declares of each part: the board's own line, else the source's floor."""
    boards = declared(source)

    def limits(part: str) -> Limits:
        line = boards.get(part, {})
        floor = line.get("floor")
        return Limits(source.floor if floor is None else float(floor), int(line.get("min_items") or 0))

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
            parts={name: Part(part["records"], part["filled"]) for name, part in said["parts"].items()},
            whole=None if said["whole"] is None else tuple(said["whole"]),
            complete=said["complete"],
            rejects=said["rejects"],
            unknown_fields=tuple(said["unknown_fields"]),
            seconds=said["seconds"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


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
