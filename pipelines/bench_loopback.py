"""What collecting is measured against: a publisher on the loopback, and Scrapy as it comes.

Belongs here: two processes that ``pipelines.bench_collect`` starts, ``python -m pipelines.bench_loopback serve|crawl``.
Never here: anything of ours that is measured.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any

ADS, OWN_WORDS, SHARED_WORDS = 12, 170, 180  # 31 kB a page, which gzip makes a fifth: a small board as recorded


def page(token: str) -> bytes:
    """A job board in Greenhouse's shape; another token gives other bytes."""
    return _template().replace(b"@token@", token.encode())


@cache
def _template() -> bytes:
    dice = random.Random(11)
    words = ["".join(dice.choices("eeeaaiioutnrslcdmpgv", k=dice.randrange(2, 11))) for _ in range(1500)]
    common = [1 / rank for rank in range(1, len(words) + 1)]  # few words make most of a text
    shared = " ".join(dice.choices(words, common, k=SHARED_WORDS))  # what an employer says in each ad
    jobs = [
        {
            "id": number,
            "title": f"@token@ {dice.choice(words)} {number}",
            "location": {"name": "Luxembourg"},
            "updated_at": "2026-03-02T09:00:00Z",
            "absolute_url": f"https://boards.example/@token@/{number}",
            "content": f"&lt;p&gt;{' '.join(dice.choices(words, common, k=OWN_WORDS))}&lt;/p&gt;{shared}",
        }
        for number in range(ADS)
    ]
    return json.dumps({"jobs": jobs, "meta": {"total": ADS}}).encode()


class _Publisher(asyncio.Protocol):
    """Answers GET of ``/v1/boards/<token>/jobs`` on connections that stay open; tells ``first`` of each."""

    def __init__(self, first: Callable[[], None]) -> None:
        self._first, self._rest = first, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            found = re.match(rb"GET /v1/boards/([a-z0-9]+)/jobs", head)
            if found is None:
                self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            self._first()
            body = page(found[1].decode())
            fields = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(b"HTTP/1.1 200 OK\r\n" + fields + body)


async def serve() -> None:
    """Print the port; then for each line on standard input the time of the first page since the last one."""
    asked: list[float] = []

    def first() -> None:
        if not asked:
            asked.append(time.time())

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Publisher(first), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(asked[0] if asked else 0.0, flush=True)
        asked.clear()


def crawl(base: str, boards: int, at_once: int) -> None:
    """Scrapy's own settings but for the number of requests at once, and quiet; a page is parsed and forgotten."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            for number in range(boards):
                yield scrapy.Request(f"{base}/v1/boards/b{number}/jobs?content=true", dont_filter=True)

        def parse(self, response: Any) -> None:
            assert len(json.loads(response.body)["jobs"]) == ADS

    settings = {
        "CONCURRENT_REQUESTS_PER_DOMAIN": at_once,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "LOG_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(Bare)
    process.start()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        crawl(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
