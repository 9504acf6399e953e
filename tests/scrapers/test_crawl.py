"""Crawls as child processes against a loopback site: live, replay, limits, kills."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import pytest
from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError

from scrapers.archive import Archive, ArchiveWriter, crawl_id_of
from scrapers.items import utc_now
from scrapers.middleware import reason_of
from scrapers.registry import source_by_id
from scrapers.run import CrawlRefusedError, crawl, crawl_many, user_agent
from tests.scrapers.site import (
    CONTACT,
    EUROSTAT,
    EUROSTAT_BODY,
    EUROSTAT_PATH,
    GREENHOUSE,
    Answer,
    Site,
    board_body,
    board_path,
    boards,
    statistics,
)

ROOT = Path(__file__).parents[2]


def tree(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_live_again_changed_then_replay(tmp_path: Path, site: Site) -> None:
    """The life of two sources: first fetch, nothing new, one board changed, and the same from the archive alone."""
    tokens = ("acme", "empty", "gone")
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /eurostat/\n")
    site.serve(board_path("acme"), board_body("Analyst"))
    site.serve(board_path("empty"), board_body())
    site.serve(EUROSTAT_PATH, EUROSTAT_BODY)
    sources = [boards(*tokens), statistics()]
    host_map = {GREENHOUSE: site.base, EUROSTAT: site.base}

    def live() -> tuple:
        site.asked.clear()
        return tuple(crawl_many(sources, tmp_path, mode="live", contact=CONTACT, host_map=host_map).values())

    ads, figures = live()
    assert sorted(site.paths()) == sorted(
        ["/robots.txt", "/.well-known/tdmrep.json"] * 2 + [board_path(token) for token in tokens] + [EUROSTAT_PATH]
    )
    assert not any(asked.is_conditional for asked in site.asked)
    assert {asked.headers["user-agent"] for asked in site.asked} == {user_agent(CONTACT)}
    assert {asked.headers["host"] for asked in site.asked} == {GREENHOUSE, EUROSTAT}
    assert (figures.complete, figures.problem, figures.new_captures, figures.unchanged) == (True, None, 3, False)
    assert (ads.complete, ads.problem) == (False, "1 of 3 planned answers missing; gone: HTTP 404")
    archive = Archive(tmp_path)
    record = archive.crawls("greenhouse_boards")[0]
    assert record.complete_keys == record.whole == ["acme", "empty"]
    assert archive.crawls("eurostat_isoc_eb_ai")[0].whole == [""]
    assert record.statuses == {"200": 3, "404": 2}
    assert record.robots == {GREENHOUSE: "allowed"}
    assert archive.crawls("eurostat_isoc_eb_ai")[0].robots == {EUROSTAT: "disallowed; proceeding under the API's terms"}

    site.serve(board_path("gone"), board_body("Actuary"))
    ads, figures = live()
    # robots.txt is a day fresh; every healthy address costs one conditional request and brings nothing new.
    assert {asked.path.partition("?")[0]: asked.is_conditional for asked in site.asked} == {
        board_path("acme"): True,
        board_path("empty"): True,
        board_path("gone"): False,
        EUROSTAT_PATH: True,
    }
    assert len(site.asked) == 4
    assert (figures.complete, figures.new_captures, figures.unchanged, figures.requests) == (True, 0, True, 1)
    assert (ads.complete, ads.new_captures, ads.unchanged) == (True, 1, False)
    (capture,) = archive.captures("eurostat_isoc_eb_ai", figures.crawl_id)
    assert (capture.status, capture.wire_status, capture.body) == (200, 304, EUROSTAT_BODY)

    site.serve(board_path("acme"), board_body("Analyst", "Data scientist"))
    ads, figures = live()
    assert (ads.complete, ads.new_captures, ads.unchanged) == (True, 1, False)
    assert figures.unchanged

    before = tree(tmp_path)
    site.asked.clear()
    replayed = crawl_many([boards(*tokens, "never_seen"), statistics()], tmp_path, mode="replay", host_map=host_map)
    assert site.asked == []
    assert tree(tmp_path) == before
    ads, figures = replayed.values()
    assert (ads.hits, ads.misses, ads.complete, ads.crawl_id) == (3, 1, False, None)
    assert "never_seen: not in the archive: GET https://boards-api.greenhouse.io/v1/boards/never_seen" in ads.problem
    assert (figures.hits, figures.misses, figures.complete, figures.problem) == (1, 0, True, None)
    for crawl_record in archive.crawls():
        for capture in archive.captures(crawl_record.source_id, crawl_record.crawl_id, include_robots=True):
            assert archive.prove(capture.capture_id).verified


def test_a_date_is_not_asked_about_for_an_answer_that_was_no_answer(tmp_path: Path, site: Site) -> None:
    """An overload message sent as 200 must not be confirmed by its date for ever."""
    for token, body in (("whole", board_body()), ("part", b'{"jobs":[],"meta":{"total":9}}')):
        headers = {"Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT"}
        site.pages[board_path(token)] = lambda asked, body=body, headers=headers: Answer(body, 200, headers, etag=False)
    for _ in range(2):
        site.asked.clear()
        crawl(boards("whole", "part"), tmp_path, mode="live", contact=CONTACT, host_map={GREENHOUSE: site.base})
    asked = {request.path.split("/")[3]: request.is_conditional for request in site.asked}
    assert asked == {"whole": True, "part": False}
    record = Archive(tmp_path).crawls()[-1]
    assert (record.new_captures, record.revisits, record.complete_keys) == (0, 2, ["whole"])


def test_replay_of_a_reconstructed_crawl(tmp_path: Path) -> None:
    url = "https://boards-api.greenhouse.io/v1/boards/acme/jobs?content=true"
    now = utc_now()
    source = source_by_id("greenhouse_sample").model_copy(update={"params": {"boards": [{"board": "acme"}]}})
    with ArchiveWriter(tmp_path, source.id, crawl_id_of(now, "0" * 8), now, "replay", is_reconstructed=True) as writer:
        writer.write_resource(url, board_body("Analyst"), "application/json", now, "the sample")
        writer.sign_off()
    outcome = crawl(source, tmp_path, mode="replay")
    assert (outcome.hits, outcome.misses, outcome.complete, outcome.problem) == (1, 0, True, None)


def test_what_may_not_start(tmp_path: Path) -> None:
    with pytest.raises(CrawlRefusedError, match="OBSERVATORY_CONTACT"):
        crawl(boards("acme"), tmp_path, mode="live")
    for contact in ("nobody", "a@b.lu\nX-Injected: 1", "a b@c.lu"):
        with pytest.raises(CrawlRefusedError, match="contact"):
            crawl(boards("acme"), tmp_path, mode="live", contact=contact)
    with pytest.raises(CrawlRefusedError, match="cannot be crawled in mode 'live'"):
        crawl(source_by_id("greenhouse_sample"), tmp_path, mode="live", contact=CONTACT)
    for target in ("http://10.0.0.1", "http://example.org", "https://127.0.0.1", "http://127.0.0.1.evil.example"):
        with pytest.raises(CrawlRefusedError, match="host_map"):
            crawl(boards("acme"), tmp_path, mode="live", contact=CONTACT, host_map={GREENHOUSE: target})
    assert list(tmp_path.iterdir()) == []


def test_answers_of_every_kind_are_archived_and_judged(tmp_path: Path, site: Site, other_site: Site) -> None:
    """One crawl over a board each: encodings, bombs, sizes, redirects, partial and foreign answers."""
    page = board_body("Analyst")
    site.serve(board_path("zipped"), gzip.compress(page), Content_Encoding="gzip")
    site.serve(board_path("bomb"), gzip.compress(b"0" * 40_000_000, 6), Content_Encoding="gzip")
    site.serve(board_path("broken"), gzip.compress(page)[:-9], Content_Encoding="gzip")
    site.serve(board_path("unknown"), b"\x00packed", Content_Encoding="zzip")
    site.serve(board_path("huge"), b"0" * 34_000_000)
    site.serve(board_path("half"), page.replace(b"Analyst", b"Half an emoji \\ud83d"))  # read as the decoder reads it
    site.serve(board_path("moved"), b"", 301, Location="/v1/boards/target/jobs?content=true")
    site.serve(board_path("target"), page)
    site.serve(board_path("loop"), b"", 302, Location=board_path("loop") + "?content=true")
    site.serve(board_path("private"), b"", 302, Location="http://10.1.2.3/secrets")
    site.serve(board_path("metadata"), b"", 302, Location="http://169.254.169.254/latest/meta-data")
    site.serve(board_path("local"), b"", 302, Location=f"http://localhost:{site.base.rpartition(':')[2]}/inside")
    site.serve(board_path("v6"), b"", 302, Location="http://[::1]/inside")
    site.serve(board_path("file"), b"", 302, Location="file:///etc/passwd")
    site.serve(board_path("partial"), b'{"jobs":[{"id":1}],"meta":{"total":37}}')
    site.serve(board_path("html"), b"<html>please enable JavaScript</html>")
    site.serve(board_path("departments"), b'{"departments":[]}')
    site.serve(board_path("failing"), b"down", 500)
    other_site.serve(EUROSTAT_PATH, b'{"warning":{"status":413,"label":"ASYNCHRONOUS_RESPONSE"}}')
    tokens = [path.split("/")[3] for path in site.pages if path.startswith("/v1/")]
    outcomes = crawl_many(
        [boards(*tokens), statistics()],
        tmp_path,
        mode="live",
        contact=CONTACT,
        host_map={GREENHOUSE: site.base, EUROSTAT: other_site.base},
    )
    archive = Archive(tmp_path)
    (record,) = archive.crawls("greenhouse_boards")
    assert record.complete_keys == ["departments", "half", "moved", "target", "zipped"]
    assert record.finish_reason == "finished"
    problems = record.problems
    expected = {
        "bomb": "grows beyond",
        "broken": "cut short",
        "unknown": "content encoding 'zzip' is not known",
        "huge": "the body is larger than the limit of 32 MiB",
        "loop": "max redirections",
        "private": "10.1.2.3 is not a public address",
        "metadata": "169.254.169.254 is not a public address",
        "local": "localhost resolves to 127.0.0.1, which is not a public address",
        "v6": "::1 is not a public address",
        "file": "HTTP 302 to file:///etc/passwd, which is not followed",
        "partial": "1 of 37 jobs",
        "html": "not a JSON object",
        "failing": "HTTP 500",
    }
    assert set(problems) == set(expected)
    for key, text in expected.items():
        assert text in problems[key], (key, problems[key])
    assert "/inside" not in site.paths()
    assert site.paths().count(board_path("failing")) == 3
    captures = {
        c.url.split("/")[5]: c for c in archive.captures("greenhouse_boards", record.crawl_id) if "boards/" in c.url
    }
    assert captures["zipped"].body == page
    assert captures["zipped"].headers["x-archive-orig-content-encoding"] == "gzip"
    assert captures["target"].capture_id == hashlib.sha256(page).hexdigest()
    assert captures["bomb"].body[:2] == b"\x1f\x8b"  # as it came
    assert captures["moved"].status == 301
    assert captures["failing"].status == 500
    ledger = (tmp_path / "greenhouse_boards" / f"{record.crawl_id}.ledger.jsonl").read_bytes().splitlines()
    outcomes_seen = {orjson.loads(row)["outcome"] for row in ledger}
    assert {"new", "known", "refused", "failed"} <= outcomes_seen
    figures = outcomes["eurostat_isoc_eb_ai"]
    assert not figures.complete
    assert "ASYNCHRONOUS_RESPONSE (asked 2 times)" in figures.problem


def test_a_crawl_that_runs_out_of_time_says_so(tmp_path: Path, site: Site) -> None:
    site.serve(board_path("fast"), board_body())
    release = threading.Event()
    site.pages[board_path("slow")] = lambda asked: Answer(board_body() if release.wait(30) else b"")
    started = time.monotonic()
    outcome = crawl(
        boards("fast", "slow"), tmp_path, mode="live", contact=CONTACT, host_map={GREENHOUSE: site.base}, timeout_s=3
    )
    release.set()
    assert time.monotonic() - started < 15
    assert not outcome.complete
    (record,) = Archive(tmp_path).crawls()
    assert record.complete_keys in (["fast"], [])
    assert record.whole == record.complete_keys
    assert record.finish_reason == "closespider_timeout" or "slow" in record.problems
    assert outcome.problem


def job_of(root: Path, source, host_map: dict[str, str], folder: Path) -> tuple[bytes, str]:
    crawl_id = crawl_id_of(utc_now(), os.urandom(4).hex())
    job = {
        "archive_root": str(root),
        "mode": "live",
        "user_agent": "test",
        "host_map": host_map,
        "timeout_s": 60,
        "report": str(folder / "report.json"),
        "crawls": [{"crawl_id": crawl_id, "source": source.model_dump(mode="json")}],
    }
    return orjson.dumps(job) + b"\n", crawl_id


@pytest.mark.slow
def test_kill_at_random_moments(tmp_path: Path, site: Site) -> None:
    """kill -9 of the crawl process: what had come is kept whole, the next crawl is complete, nothing is doubled."""
    tokens = [f"board{number}" for number in range(8)]
    site.serve("/robots.txt", b"")
    for token in tokens:
        body = board_body(*(f"{token} post {n}" for n in range(300)))
        site.pages[board_path(token)] = lambda asked, body=body: time.sleep(0.02) or Answer(body)
    source, host_map = boards(*tokens), {GREENHOUSE: site.base}
    root = tmp_path / "archive"
    rng = random.Random(os.getpid())
    archive = Archive(root)
    for asked_before_the_kill in (0, 1, 3, 7):
        site.asked.clear()
        spec, crawl_id = job_of(root, source, host_map, tmp_path)
        child = subprocess.Popen(
            [sys.executable, "-m", "scrapers.crawl"], stdin=subprocess.PIPE, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        child.stdin.write(spec)
        child.stdin.flush()
        while len(site.asked) < asked_before_the_kill and child.poll() is None:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.08))
        child.kill()
        child.wait()
        child.stdin.close()
        recovered = archive.recover()
        assert recovered in ([crawl_id], [])  # [] when it had not begun
        for record in archive.crawls():
            assert record.finish_reason in ("interrupted", "finished")  # it may have been quicker than the kill
            for capture in archive.captures(record.source_id, record.crawl_id):
                assert archive.prove(capture.capture_id).verified
    outcome = crawl(source, root, mode="live", contact=CONTACT, host_map=host_map)
    assert (outcome.complete, outcome.problem) == (True, None)
    bodies = [
        entry
        for record in archive.crawls()
        for entry in archive.captures(record.source_id, record.crawl_id)
        if entry.kind == "response"
    ]
    assert len(bodies) == len({capture.capture_id for capture in bodies}) == len(tokens)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_crawl_whose_parent_dies_ends_too(tmp_path: Path, site: Site) -> None:
    """The archive's lock must not outlive the run that held it."""
    site.serve("/robots.txt", b"")
    hold = threading.Event()
    site.pages[board_path("slow")] = lambda asked: Answer(board_body() if hold.wait(20) else b"")
    code = (
        "import sys; from pathlib import Path; from scrapers.run import crawl; from tests.scrapers.site import boards;"
        f"crawl(boards('slow'), Path({str(tmp_path)!r}), mode='live', contact={CONTACT!r},"
        f" host_map={{{GREENHOUSE!r}: {site.base!r}}})"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while board_path("slow") not in site.paths() and time.monotonic() < deadline:
        time.sleep(0.01)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    recovered: list[str] = []
    while not recovered and time.monotonic() < deadline:
        time.sleep(0.05)
        with contextlib.suppress(OSError):
            recovered = Archive(tmp_path).recover()
    hold.set()
    assert len(recovered) == 1
    (record,) = Archive(tmp_path).crawls()
    assert (record.finish_reason, record.statuses) == (
        "interrupted",
        {"200": 1, "404": 1},
    )  # robots.txt had come, and a tdmrep.json that is none


def test_reasons_are_in_plain_words() -> None:
    assert reason_of(DownloadCancelledError("Cancelling")) == "the body is larger than the limit of 32 MiB"
    assert reason_of(ResponseDataLossError()) == "the answer was cut off before its end"
    assert reason_of(OSError("no\nroute")) == "OSError: no route"
