"""A loopback web site for crawl tests: pages as functions, a log of what was asked, and sources that point at it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scrapers.registry import Source, Watch, source_by_id

CONTACT = "observatory@example.org"
GREENHOUSE = "boards-api.greenhouse.io"
EUROSTAT = "ec.europa.eu"
EUROSTAT_PATH = "/eurostat/api/dissemination/statistics/1.0/data/isoc_eb_ai"
EUROSTAT_BODY = b'{"class":"dataset","dimension":{},"value":{"0":1.5},"id":[],"size":[]}'


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True


@dataclass
class Asked:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes = b""

    @property
    def is_conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


class Site:
    """``pages`` maps a path (without query) to a function of the request; everything else is ``otherwise``: 404."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[Asked], Answer]] = {}
        self.otherwise: Callable[[Asked], Answer] = lambda asked: Answer(b"no such page", 404, etag=False)
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self, body: bytes = b"") -> None:
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                site.asked.append(asked)
                answer = site.pages.get(self.path.partition("?")[0], site.otherwise)(asked)
                body, status, headers = answer.body, answer.status, dict(answer.headers)
                if answer.etag and status == 200:
                    headers["ETag"] = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
                    if asked.headers.get("if-none-match") == headers["ETag"]:
                        body, status = b"", 304
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def do_POST(self) -> None:
                self.do_GET(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = lambda asked: Answer(body, status, named)

    def paths(self) -> list[str]:
        return [asked.path.partition("?")[0] for asked in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def boards(*tokens: str, access: str = "documented_api", delay: float = 0.0) -> Source:
    """The Greenhouse source with these boards."""
    source = source_by_id("greenhouse_boards")
    params = {"boards": [{"board": token} for token in tokens]}
    changes = {"params": params, "access": access, "delay_seconds": delay, "modes": ("live", "replay")}
    return source.model_copy(update=changes)


def statistics(access: str = "documented_api") -> Source:
    """The Eurostat source without its delays, looked at by its own query instead of the feed of all updates."""
    source = source_by_id("eurostat_isoc_eb_ai")
    changes = {
        "delay_seconds": 0.0,
        "access": access,
        "watch": Watch(kind="conditional_get", every_minutes=720),
        "params": {**source.params, "waits": [0]},  # a queued answer is asked for once more, at once
    }
    return source.model_copy(update=changes)


def board_path(token: str) -> str:
    return f"/v1/boards/{token}/jobs"


def board_body(*titles: str) -> bytes:
    jobs = ",".join(f'{{"id":{number},"title":"{title}"}}' for number, title in enumerate(titles))
    return f'{{"jobs":[{jobs}],"meta":{{"total":{len(titles)}}}}}'.encode()
