"""A loopback publisher for tests: serves payloads under the publishers' own paths, with ETags, and counts requests."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Publisher:
    """What is served now (path without query -> body and type), and what was asked so far."""

    pages: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    requests: list[tuple[str, int]] = field(default_factory=list)  # path, status answered
    delay_seconds: float = 0.0
    base: str = ""

    def serve(self, path: str, body: bytes, content_type: str = "application/json") -> None:
        self.pages[path] = (body, content_type)

    def asked(self, path: str) -> list[int]:
        return [status for asked, status in self.requests if asked == path]


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A running publisher on a free loopback port."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(publisher.delay_seconds)
            path = urlsplit(self.path).path
            page = publisher.pages.get(path)
            if page is None:
                self.answer(path, 404, b"", "text/plain", None)
                return
            body, content_type = page
            etag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            if self.headers.get("If-None-Match") == etag:
                self.answer(path, 304, b"", content_type, etag)
            else:
                self.answer(path, 200, body, content_type, etag)

        def answer(self, path: str, status: int, body: bytes, content_type: str, etag: str | None) -> None:
            publisher.requests.append((path, status))
            self.send_response(status)
            if status != 304:
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the test reads ``publisher.requests``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
