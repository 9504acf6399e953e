"""The project's own reviewed lists, and their way into the archive.

Belongs here: the lists (YAML, our words, each line with its source), and writing a list's bytes as a crawl. Never here:
what a list means (``scrapers.decoders.curated``), requests: nobody is asked.

The archive stays the only door: a list becomes records from its archived bytes like any answer, marked as reviewed by
the project, neither sample nor answer of a server. A crawl is written only if the list is another than at the last one.
Its time is the list's own ``as_of``: what it says is known since the review, on every machine alike.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from scrapers.archive import Archive, ArchiveWriter, CrawlRecord, CrawlStats, crawl_id_of, fingerprint, request_key
from scrapers.archive.keys import sha256_hex
from scrapers.decoders.curated import head_of
from scrapers.registry import RegistryError, Source

SPIDER = "curated"  # the name that sources of these lists give instead of a spider's
LISTS = Path(__file__).parent
_KEY = "list"
_LOCK_WAIT_SECONDS = 5.0


def list_of(source: Source) -> Path:
    """The file of a source; raises :class:`RegistryError` for one that is not bundled."""
    path = LISTS / f"{source.params.get('list')}.yaml"
    if path.parent != LISTS or not path.is_file():
        raise RegistryError(f"{source.id}.yaml: params.list: no list {source.params.get('list')!r} in {LISTS.name}/")
    return path


def address_of(path: Path) -> str:
    """The name under which a list is archived: it has no address on the web."""
    return f"urn:luxai-observatory:curated:{path.stem}"


def crawl(source: Source, root: Path) -> tuple[CrawlRecord, bool]:
    """The crawl that holds the list as it is now, and whether it was written just now.

    Raises ArchiveError, UnreadableError and RegistryError.
    """
    path = list_of(source)
    body, url = path.read_bytes(), address_of(path)
    capture_id = sha256_hex(body)
    said = fingerprint([(request_key("GET", url), capture_id)])
    archive = Archive(root)
    archive.recover()
    crawls = archive.crawls(source.id)
    if crawls and crawls[-1].complete and crawls[-1].fingerprint == said:
        return crawls[-1], False
    as_of = head_of(body).as_of
    started = _after(crawls, as_of)
    name = crawl_id_of(started, capture_id[:8])
    with ArchiveWriter(
        root, source.id, name, started, "replay", archive=archive, lock_wait_s=_LOCK_WAIT_SECONDS
    ) as writer:
        writer.write_reviewed(url, body, "application/yaml", started, as_of.date())
        stats = CrawlStats(planned=1, complete_keys=[_KEY], whole=[""])
        return writer.sign_off("finished", True, stats, finished_at=started), True


def _after(crawls: list[CrawlRecord], as_of: datetime) -> datetime:
    """The time of the list, or a second after its last crawl: a list without a newer date is still the newer one."""
    last = max((record.started_at for record in crawls), default=None)
    return as_of if last is None or last < as_of else last + timedelta(seconds=1)
