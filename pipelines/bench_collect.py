"""``observatory bench collect``: how fast we collect, beside Scrapy as it comes; how fast each format is decoded.

Belongs here: figures of the way from the wire to records. Never here: limits (see ``pipelines.bench``). Pages come from
a publisher on the loopback; payloads of the formats are the fixtures of a checkout.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lxml.etree
import lxml.html
import orjson

from pipelines.figures import Figure, rate
from scrapers.decode import DecodeContext, decode
from scrapers.formats import FORMATS
from scrapers.items import utc_now
from scrapers.registry import source_by_id
from scrapers.run import crawl
from state.settings import Settings

BOARDS, FEW_BOARDS, ROUNDS = 800, 100, 4
HOST = "boards-api.greenhouse.io"
FIXTURES = Path(__file__).parents[1] / "tests" / "scrapers"
DECODED_BYTES = 300_000  # of each format, the fixture as often as it takes


@dataclass
class _Site:
    """The running publisher."""

    base: str
    process: subprocess.Popen[str]

    def first_asked(self) -> float:
        """When the first page was asked for since the last call, seconds since 1970."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@contextmanager
def _publishing() -> Iterator[_Site]:
    command = [sys.executable, "-m", "pipelines.bench_loopback", "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield _Site(f"http://127.0.0.1:{int(process.stdout.readline())}", process)
    finally:
        process.kill()
        process.communicate()


def bench_collect(settings: Settings) -> list[Figure]:
    """Pages a second with robots.txt, pace, archive and ledger against bare Scrapy, and with few boards and many; then
    MB a second decoded to validated records against parsing the same bytes.
    """
    with _publishing() as site:
        ours = bare = few = many_at_once = 0.0
        for _ in range(ROUNDS):  # in turns, so that what else the machine does meets all of them
            ours = max(ours, _ours(site, BOARDS))
            bare = max(bare, _bare(site, BOARDS, 1))
            many_at_once = max(many_at_once, _bare(site, BOARDS, 8))
            few = max(few, _ours(site, FEW_BOARDS))
    return [
        Figure("collect", "pages/s", ours, "bare Scrapy, one request at a time too", bare),
        Figure("collect", "pages/s", ours, "bare Scrapy, eight requests at a time", many_at_once),
        Figure(f"collect {BOARDS} boards", "pages/s", ours, f"the same with {FEW_BOARDS} boards", few),
        *decode_figures(),
    ]


def _ours(site: _Site, boards: int) -> float:
    tokens = [{"board": f"b{number}"} for number in range(boards)]
    source = source_by_id("greenhouse_boards").model_copy(
        update={"params": {"boards": tokens}, "delay_seconds": 0.0, "modes": ("live",), "disabled": None}
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        outcome = crawl(source, Path(folder), mode="live", contact="bench@localhost", host_map={HOST: site.base})
        ended = time.time()
        if not outcome.complete:
            raise RuntimeError(f"the benchmark's own crawl failed: {outcome.problem}")
    return boards / (ended - site.first_asked())


def _bare(site: _Site, boards: int, at_once: int) -> float:
    command = [sys.executable, "-m", "pipelines.bench_loopback", "crawl", site.base, str(boards), str(at_once)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return boards / (time.time() - site.first_asked())


# -- formats -----------------------------------------------------------------------------------------------------------


def decode_figures() -> list[Figure]:
    """One figure a format that has a fixture: MB a second, and that of a parser which makes no records."""
    figures = []
    for format in FORMATS:
        found = _payloads(format)
        if not found:
            continue
        body, context = max(found, key=lambda each: len(each[0]))
        name, parse = parser_of(body)
        ours = _speed(partial(decode, format, body, context), body)
        theirs = _speed(partial(parse, body), body)
        figures.append(Figure(f"decode {format}", "MB/s", ours, name, theirs))
    return figures


def _speed(work: Callable[[], object], body: bytes) -> float:
    """MB a second of work on one payload, done as often as it takes to be measured."""
    times = max(1, DECODED_BYTES // len(body))
    return rate(lambda: [work() for _ in range(times)], times * len(body) / 1e6)


def parser_of(body: bytes) -> tuple[str, Callable[[bytes], object]]:
    """The plainest parser of what these bytes are, by name."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:300].lower()
    if start[:1] in (b"{", b"["):
        return "orjson.loads", orjson.loads
    if start.startswith((b"<!doctype html", b"<html")):
        return "lxml.html", lxml.html.fromstring
    if start[:1] == b"<":
        parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        return "lxml.etree", lambda xml: lxml.etree.fromstring(xml, parser)
    if start[:2] == b"pk":
        return "unzipping", lambda packed: [zipfile.ZipFile(io.BytesIO(packed)).read(name) for name in _names(packed)]
    if start[:5] == b"%pdf-":
        return "SHA-256", lambda pdf: hashlib.sha256(pdf).digest()
    return "csv.reader", lambda text: list(csv.reader(io.StringIO(text.decode("utf-8", "replace"))))


def _names(packed: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(packed)).namelist()


def _payloads(format: str) -> list[tuple[bytes, DecodeContext]]:
    """The good payloads among a format's fixtures; none without a checkout."""
    found = []
    for path in sorted(FIXTURES.glob(f"fixtures/{format}/*.expected.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        if "refused" in said:
            continue
        beside = [each for each in path.parent.glob(f"{path.name.removesuffix('.expected.json')}.*") if each != path]
        body = _made(said["made"]) if "made" in said else beside[0].read_bytes()
        context = DecodeContext(
            source_id="bench",
            crawl_id="bench",
            capture_id=hashlib.sha256(body).hexdigest(),
            url=said.get("url", "https://publisher.example/payload"),
            retrieved_at=utc_now(),
            params=said.get("params", {}),
            content_type=said.get("content_type", ""),
        )
        found.append((body, context))
    return found


def _made(name: str) -> bytes:
    """A payload that is no text, by the code that makes it, which a command has not on its path."""
    root = str(FIXTURES.parents[1])
    sys.path.append(root)
    try:
        module = importlib.import_module(f"tests.scrapers.made.{name}")
    finally:
        sys.path.remove(root)
    body: bytes = module.make()
    return body
