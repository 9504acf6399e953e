"""The crawl process: ``python -m scrapers.crawl``, started by ``scrapers.run`` and by nothing else.

Belongs here: Scrapy's settings, and one crawl after another in one reactor. Never here: what the parent decides (crawl
ids, limits). The job is one line of JSON on standard input, which the parent then keeps open: when it closes, the
parent is gone and so is the use of this process. Its only output is the archive, and a small report on what could not
start and, in replay, on hits and misses.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
from scrapy.crawler import AsyncCrawlerProcess

from scrapers.addresses import check_host_map
from scrapers.archive import Archive, ArchiveBusyError, ArchiveError, ArchiveWriter, Purpose
from scrapers.archive.files import write_atomically
from scrapers.keyring import hide_from_logs, wire_key
from scrapers.pace import Pace
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source
from scrapers.session import CrawlSession, summary
from scrapers.spiders import spider_class
from scrapers.spiders.watch import WatchSpider, asks_as_planned, look_requests, look_version

if TYPE_CHECKING:
    from twisted.internet.base import ReactorBase

EXIT_ORPHANED = 75
LOCK_WAIT_SECONDS = 5.0  # a crawl whose parent was killed may take a moment to notice


def settings(user_agent: str) -> dict[str, Any]:
    """Scrapy's settings. Its defaults are the opposite of what is wanted here: no robots.txt, no delay, 1 GiB."""
    return {
        "USER_AGENT": user_agent,
        "ROBOTSTXT_OBEY": False,  # scrapers.robots does it: RFC 9309, Crawl-delay, 24 hours' memory
        "DOWNLOADER_MIDDLEWARES": {
            "scrapers.robots.Robots": 100,
            "scrapers.middleware.Manners": 840,
            "scrapers.middleware.Door": 860,
            "scrapers.middleware.Decoding": 880,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        },
        "DOWNLOAD_HANDLERS": {
            "http": "scrapers.netguard.GuardedHandler",
            "https": "scrapers.netguard.GuardedHandler",
            "data": None,
            "file": None,
            "ftp": None,
            "s3": None,
        },
        "TWISTED_DNS_RESOLVER": "scrapers.netguard.GuardedResolver",
        "DNS_TIMEOUT": 20,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": 32 * 2**20,  # each source says its own (max_download_mib)
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_DELAY": 0,  # scrapers.pace keeps it, across sources and processes, and for robots.txt too
        "CONCURRENT_REQUESTS": 4,
        "CONCURRENT_ITEMS": 1,  # as many tasks are made for each answer, and spiders give requests alone
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # reads the callback's source again at each answer
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,  # kept by scrapers.pace, see there
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "AUTOTHROTTLE_MAX_DELAY": 30.0,
        "EXTENSIONS": {"scrapy.extensions.throttle.AutoThrottle": None, "scrapers.pace.Throttle": 0},
        "URLLENGTH_LIMIT": 0,  # drops what is longer without a word; scrapers.spiders.base says so
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "RETRY_TIMES": 2,
        "RETRY_HTTP_CODES": [408, 500, 502, 504, 522, 524],  # 429 and 503 are for Manners
        "HTTPERROR_ALLOW_ALL": True,  # the spider judges
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},
        "REFERER_ENABLED": False,
        "COOKIES_ENABLED": False,  # and so no public-suffix list is looked up
        "HTTPCACHE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # behind a proxy the addresses asked for could not be checked
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
    }


def run_job(job: dict[str, Any]) -> None:
    """All crawls of a job, one after the other; one that cannot start does not keep the next from it."""
    started = time.monotonic()
    report: dict[str, Any] = {}
    process = AsyncCrawlerProcess(settings(job["user_agent"]))
    logging.getLogger("scrapy").setLevel(logging.WARNING)  # else two lines a request are made, and dropped by LOG_LEVEL
    pace = Pace(Path(job["archive_root"]) if job["mode"] == "live" else None)
    context = _Context(job, started + job["timeout_s"], pace)

    async def everything() -> None:
        if context.purpose == "watch":  # hosts are paced one by one, so looks at several need not wait for each other
            await asyncio.gather(*(one(item) for item in job["crawls"]))
            return
        for item in job["crawls"]:
            await one(item)

    async def one(item: dict[str, Any]) -> None:
        source = Source.model_validate(item["source"])
        try:
            report[source.id] = await context.crawl(process, source, item["crawl_id"])
        except (ArchiveError, RegistryError, ValueError, OSError) as error:
            busy, damaged = isinstance(error, ArchiveBusyError), isinstance(error, (ArchiveError, OSError))
            trouble = None if busy else "damaged" if damaged else "changed_shape"
            report[source.id] = {"problem": " ".join(str(error).split())[:300], "trouble": trouble, "busy": busy}
        write_atomically(Path(job["report"]), orjson.dumps(report), durable=False)

    loop = asyncio.get_event_loop_policy().get_event_loop()

    async def until_done() -> None:
        try:
            await everything()
        finally:
            from twisted.internet import reactor  # installed by AsyncCrawlerProcess, so not importable earlier

            cast("ReactorBase", reactor).stop()

    main = loop.create_task(until_done())
    process.start(stop_after_crawl=False, install_signal_handlers=False)
    main.result()


class _Context:
    """What the crawls of one job share."""

    def __init__(self, job: dict[str, Any], deadline: float, pace: Pace) -> None:
        self.root, self.mode, self.user_agent = Path(job["archive_root"]), job["mode"], job["user_agent"]
        self.purpose: Purpose = job.get("purpose", "crawl")
        self.host_map = check_host_map(job.get("host_map"))
        self.keys: dict[str, str] = job.get("keys") or {}  # setting -> API key; nowhere else in this process
        self.deadline, self.pace = deadline, pace
        self.archive = Archive(self.root)

    async def crawl(self, process: AsyncCrawlerProcess, source: Source, crawl_id: str | None) -> dict[str, Any]:
        session = CrawlSession(
            source=source,
            mode=self.mode,
            archive=self.archive,
            pace=self.pace,
            deadline=self.deadline,
            user_agent=self.user_agent,
            planned=planned_requests(source) if self.purpose == "crawl" else look_requests(source),
            purpose=self.purpose,
            host_map=self.host_map,
            key=wire_key(source, self.keys),
        )
        if session.key is not None:
            hide_from_logs(session.key)
        if self.mode == "replay":
            reason = await _spider_run(process, session)
            done = len(session.settled)
            return {
                "hits": session.hits,
                "misses": session.misses,
                "finish_reason": reason,
                "complete": session.complete and reason == "finished",
                "problem": summary(len(session.planned), done, session.problems, reason),
                "trouble": session.trouble,
            }
        assert crawl_id is not None
        started_at = datetime.strptime(crawl_id.partition("-")[0] + "+0000", "%Y%m%dT%H%M%SZ%z")
        with ArchiveWriter(
            self.root,
            source.id,
            crawl_id,
            started_at,
            "live",
            purpose=self.purpose,
            archive=self.archive,
            lock_wait_s=LOCK_WAIT_SECONDS if self.purpose == "crawl" else 0.0,
        ) as writer:
            session.writer = writer
            session.ledger = self.root / source.id / f"{crawl_id}.ledger.jsonl"
            try:
                reason = await _spider_run(process, session)
            finally:
                session.close()
            record = writer.sign_off(reason, session.complete and reason == "finished", session.stats())
        said: dict[str, Any] = {"finish_reason": record.finish_reason}
        if session.upstream_at is not None:
            said["upstream_at"] = session.upstream_at.isoformat()
        if self.purpose == "watch":
            said["busy"] = session.is_host_busy and not record.complete
            said["version"] = look_version(session)
        return said


async def _spider_run(process: AsyncCrawlerProcess, session: CrawlSession) -> str:
    """Run one spider to its end and give Scrapy's finish reason."""
    left = session.deadline - time.monotonic()
    if left <= 1:
        return "closespider_timeout"
    own = session.purpose == "crawl" or asks_as_planned(session.source.watch)
    crawler = process.create_crawler(spider_class(session.source.spider) if own else WatchSpider)
    crawler.settings.set("CLOSESPIDER_TIMEOUT", left, priority="cmdline")
    # A spider that is closed still waits for the answer under way.
    mib = session.source.max_download_mib
    crawler.settings.set("DOWNLOAD_MAXSIZE", mib * 2**20, priority="cmdline")
    patience = 60.0 + 3 * max(0, mib - 32) if session.purpose == "crawl" else 20.0
    crawler.settings.set("DOWNLOAD_TIMEOUT", min(patience, left), priority="cmdline")
    await process.crawl(crawler, session=session)
    reason = (crawler.stats.get_stats() if crawler.stats else {}).get("finish_reason", "did not start")
    errors = (crawler.stats.get_stats() if crawler.stats else {}).get("spider_exceptions/count", 0)
    return str(reason) if not errors else f"{errors} spider errors"


def _watch_parent() -> None:
    """Leave at once when the parent is gone: the archive is readable at any point, and its lock must not linger."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin: a thread inside its lock aborts the interpreter's shutdown
            pass
        os._exit(EXIT_ORPHANED)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    line = sys.stdin.buffer.readline()
    if not line.strip():
        print("scrapers.crawl: no job on standard input; use scrapers.run", file=sys.stderr)
        return 2
    job = orjson.loads(line)
    _watch_parent()
    run_job(job)
    return 0


if __name__ == "__main__":
    sys.exit(main())
