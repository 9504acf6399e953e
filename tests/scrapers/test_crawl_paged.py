"""A board in pages through real crawl processes: pages asked with POST and a token, ads read once, texts put together,
and all of it again out of the archive. A publisher on this machine answers; its ads are invented.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from scrapers.archive import Archive
from scrapers.decode import decode_crawl
from scrapers.items import JobPosting
from scrapers.registry import Source, source_by_id
from scrapers.run import CrawlOutcome, crawl
from tests.scrapers.site import CONTACT

TOKEN = "bmV4dC1wYWdl"


class Board:
    """Workable's interface for 15 jobs, of which every fifth is in Luxembourg; pages of ten."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        board = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                board.asked.append(f"POST {orjson.loads(body).get('token', '')}")
                self.send(board.page(orjson.loads(body)))

            def do_GET(self) -> None:
                if self.path == "/robots.txt":
                    self.send(b"User-agent: *\nAllow: /\n")
                elif "/jobs/X" in self.path:
                    board.asked.append(f"GET {self.path.rpartition('/')[2]}")
                    self.send(
                        board.job(int(self.path.rpartition("X")[2])) | {"description": "<p>Feed the furnace.</p>"}
                    )
                else:
                    self.send(b"no such page", 404)

            def send(self, said: bytes | dict[str, Any], status: int = 200) -> None:
                body = said if isinstance(said, bytes) else orjson.dumps(said)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        first = 10 if asked.get("token") == TOKEN else 0
        jobs = [self.job(number) for number in range(first + 1, min(first + 10, 15) + 1)]
        return {"total": 15, "results": jobs} | ({} if first else {"nextPage": TOKEN})

    def job(self, number: int) -> dict[str, Any]:
        where = (
            {"city": "Dudelange", "country": "Luxembourg"} if number % 5 == 0 else {"city": "Oslo", "country": "Norway"}
        )
        return {
            "shortcode": f"X{number}",
            "title": f"Invented job {number}",
            "location": where,
            "published": "2026-09-01",
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def board() -> Iterator[Board]:
    served = Board()
    yield served
    served.close()


def furnace() -> Source:
    source = source_by_id("workable_boards")
    params = {"boards": [{"board": "furnace", "employer": "Furnace (invented)"}]}
    changes = {"params": params, "delay_seconds": 0.0, "modes": ("live", "replay"), "disabled": None}
    return source.model_copy(update=changes)


def run(root: Path, board: Board, mode: str = "live") -> CrawlOutcome:
    hosts = {"apply.workable.com": board.base}
    return crawl(furnace(), root, mode=mode, contact=CONTACT, host_map=hosts, timeout_s=60.0)  # type: ignore[arg-type]


def texts(root: Path) -> dict[str, str]:
    archive = Archive(root)
    latest = archive.crawls()[-1]
    return {
        record.posting_id: record.text
        for record in decode_crawl(archive, furnace(), latest.crawl_id).records
        if isinstance(record, JobPosting)
    }


def test_a_board_in_pages_is_read_once_and_put_together(tmp_path: Path, board: Board) -> None:
    first = run(tmp_path, board)
    assert (first.complete, first.problem) == (True, None)
    assert board.asked[:2] == ["POST ", f"POST {TOKEN}"]
    assert sorted(board.asked[2:]) == ["GET X10", "GET X15", "GET X5"]
    (record,) = Archive(tmp_path).crawls()
    assert record.complete_keys == [
        "furnace", "furnace/offer/X10", "furnace/offer/X15", "furnace/offer/X5", "furnace/page-2",
    ]  # fmt: skip
    read = texts(tmp_path)
    assert len(read) == 15
    assert {name for name, text in read.items() if text == "Feed the furnace."} == {"X5", "X10", "X15"}

    # The next crawl asks for the lists alone; the texts are those that the first one read.
    board.asked.clear()
    second = run(tmp_path, board)
    assert second.complete
    assert board.asked == ["POST ", f"POST {TOKEN}"]
    assert texts(tmp_path) == read

    # The archive holds both pages, each its own request.
    replayed = run(tmp_path, board, mode="replay")
    assert (replayed.complete, replayed.misses) == (True, 0)
    assert len(board.asked) == 2
    requests = {capture.url for capture in Archive(tmp_path).captures("workable_boards", record.crawl_id)}
    assert {url for url in requests if "/api/v3/" in url} == {
        "https://apply.workable.com/api/v3/accounts/furnace/jobs",
        "https://apply.workable.com/api/v3/accounts/furnace/jobs?page=2",
    }
