"""Writing the sample's crawls into the archive: three vintages of figures, and a fortnightly round of the boards.

Belongs here: the calendar of crawls, which board a crawl missed, and what is signed off. Never here: contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from scrapers.archive import Archive, ArchiveWriter, CrawlStats
from scrapers.plan import greenhouse_url
from scrapers.sample import official
from scrapers.sample.board import Posting, board_answer, broken_entry
from scrapers.sample.material import Employer

BOARDS_SOURCE = "greenhouse_sample"
GENERATED = "the generator of the sample: ads and employers are invented (scrapers/sample)"
FIRST_CRAWL, CRAWLS, EVERY = date(2024, 10, 8), 54, timedelta(days=14)
NEW_BOARD, NEW_BOARD_FROM = "sample-quaylight-apps", 20  # a source that joins midway
# Boards that gave no healthy answer, by number of the crawl: their ads must not be taken for closed.
MISSED = {13: ("sample-nuvexa-systems",), 31: ("sample-marche-fontaine", "sample-valmorin-fund-services")}
# Boards and crawls that also list a broken entry.
_BROKEN = {
    ("sample-nuvexa-systems", 9),
    ("sample-banque-arveole", 10),
    ("sample-fretalys", 10),
    ("sample-orbisend", 21),
    ("sample-recyvert", 22),
    ("sample-aldermere-voss", 37),
    ("sample-aldermere-voss", 38),
}


def crawl_days() -> list[date]:
    """The fortnightly days, the last one after every posting's start."""
    return [FIRST_CRAWL + EVERY * number for number in range(CRAWLS)]


def crawl_id(moment: datetime, version: int, seed: int, source_id: str) -> str:
    """Stamp and eight hexadecimal digits that depend on the sample's version and seed."""
    tail = hashlib.sha256(f"{version}/{seed}/{source_id}/{moment.isoformat()}".encode()).hexdigest()[:8]
    return f"{moment:%Y%m%dT%H%M%SZ}-{tail}"


def write_official(root: Path, name: Callable[[datetime, str], str]) -> list[str]:
    """The vintages of the official figures; crawl ids in time order. A crawl that is signed already is left alone."""
    facts, written = official.load_facts(), []
    for vintage in official.VINTAGES:
        started = vintage.retrieved_at
        identity = name(started, official.SOURCE_ID)
        written.append(identity)
        if _is_signed(root, official.SOURCE_ID, identity):
            continue
        with ArchiveWriter(root, official.SOURCE_ID, identity, started, is_reconstructed=True) as writer:
            planned = official.requests()
            for request in planned:
                body = official.answer(facts, vintage)
                writer.write_resource(request.url, body, "application/json", started, vintage.reconstructed_from)
            keys = [request.key for request in planned]
            writer.sign_off("finished", True, CrawlStats(planned=len(keys), complete_keys=keys))
    return written


def write_boards(
    root: Path, employers: tuple[Employer, ...], postings: list[Posting], name: Callable[[datetime, str], str]
) -> list[str]:
    """All fortnightly rounds; marks the postings that some crawl captured. Crawl ids in time order."""
    by_board: dict[str, list[Posting]] = {employer.board: [] for employer in employers}
    for posting in sorted(postings, key=lambda p: p.posting_id):
        by_board[posting.board].append(posting)
    archive, written = Archive(root), []
    for number, day in enumerate(crawl_days()):
        started = datetime.combine(day, time(4, 0), UTC)
        identity = name(started, BOARDS_SOURCE)
        written.append(identity)
        planned = [board for board in by_board if board != NEW_BOARD or number >= NEW_BOARD_FROM]
        missed = MISSED.get(number, ())
        done = [board for board in planned if board not in missed]
        online = {board: [p for p in by_board[board] if p.first_on <= day < p.closed_on] for board in done}
        for posting in (p for listed in online.values() for p in listed):
            posting.captured = True
        if _is_signed(root, BOARDS_SOURCE, identity):
            continue
        with ArchiveWriter(root, BOARDS_SOURCE, identity, started, is_reconstructed=True, archive=archive) as writer:
            for order, board in enumerate(done):
                listed: list[object] = [p.as_listed(day) for p in online[board]]
                if (board, number) in _BROKEN:
                    listed.append(broken_entry(number))
                at = started + timedelta(seconds=5 * order)
                writer.write_resource(greenhouse_url(board), board_answer(listed), "application/json", at, GENERATED)
            stats = CrawlStats(
                requests=len(planned),
                errors=len(missed),
                planned=len(planned),
                complete_keys=done,
                whole=done,
                problems=dict.fromkeys(missed, "HTTP 500: the board gave no list (staged gap of the sample)"),
            )
            writer.sign_off("finished", not missed, stats)
    return written


def _is_signed(root: Path, source_id: str, identity: str) -> bool:
    return (root / source_id / f"{identity}.crawl.json").exists()
