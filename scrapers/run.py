"""Crawls as the pipeline sees them: one call, one child process, one outcome a source.

Belongs here: starting the child, its limits, and judging it by the crawl record it signed off, never by its exit code.
Never here: Scrapy, which is imported in the child only (a reactor runs once a process).
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson

from scrapers import curated
from scrapers.addresses import check_host_map
from scrapers.archive import Archive, ArchiveBusyError, ArchiveError, CrawlRecord, Purpose, Trouble, crawl_id_of
from scrapers.decoders.base import UnreadableError
from scrapers.items import utc_now
from scrapers.plan import planned_requests
from scrapers.registry import RegistryError, Source
from scrapers.session import summary

Mode = Literal["live", "replay"]
GRACE_SECONDS = 20.0  # start of Python, end of the last answer, sign-off
LOOK_GRACE_SECONDS = 10.0  # a look holds up a tick
LEAST_SECONDS, MOST_SECONDS = 600.0, 3600.0  # of one crawl, by default
_ANSWER_SECONDS = 1.0  # beside the source's delay
_PER_KEY, _PER_CRAWL = ("max_pages", "pages_per_crawl"), ("offers_per_crawl", "posts_per_crawl")


class CrawlRefusedError(ValueError):
    """A crawl that may not start; the message is one line that says what to do."""


@dataclass(frozen=True)
class CrawlOutcome:
    """What came of one crawl. ``problem`` is one line, None when every planned request got a healthy answer."""

    source_id: str
    mode: Mode
    crawl_id: str | None  # None in replay, which adds nothing to the archive
    requests: int = 0
    hits: int = 0
    misses: int = 0
    new_captures: int = 0
    finish_reason: str = ""
    complete: bool = False
    problem: str | None = None
    trouble: Trouble | None = None  # the kind of the problem; None when there is none, or when another process was busy
    unchanged: bool = False  # live: every answer equals the one of the last complete crawl
    fingerprint: str = ""  # of the healthy answers: what a look at the same requests would find
    upstream_at: datetime | None = None  # newest change that the publisher speaks of


def crawl(
    source: Source,
    archive_root: Path,
    *,
    mode: Mode,
    contact: str = "",
    host_map: dict[str, str] | None = None,
    timeout_s: float | None = None,
    keys: Mapping[str, str] | None = None,
) -> CrawlOutcome:
    """One crawl of one source in a child process. See :func:`crawl_many`."""
    outcomes = crawl_many(
        [source], archive_root, mode=mode, contact=contact, host_map=host_map, timeout_s=timeout_s, keys=keys
    )
    return outcomes[source.id]


def crawl_many(
    sources: Iterable[Source],
    archive_root: Path,
    *,
    mode: Mode,
    contact: str = "",
    host_map: dict[str, str] | None = None,
    timeout_s: float | None = None,
    keys: Mapping[str, str] | None = None,
) -> dict[str, CrawlOutcome]:
    """Crawl sources one after the other in one child process; ``timeout_s`` is for all of them together, by default the
    sum of what each may take (:func:`time_limit`). The project's own lists need no process: nobody is asked.

    ``host_map`` is for tests: publisher host -> loopback base URL; archive keys stay the publisher's addresses.
    ``keys`` are API keys by the name of their setting (``scrapers.keyring``); only the download handler sees them.
    Raises :class:`CrawlRefusedError` for a source that does not know the mode, and for ``live`` without a contact or
    of a disabled source; its replay asks nobody.
    """
    chosen = list(sources)
    for source in chosen:
        if mode not in source.modes:
            raise CrawlRefusedError(f"{source.id} cannot be crawled in mode {mode!r}, only {', '.join(source.modes)}")
        if mode == "live":
            refuse_disabled(source)
    try:
        host_map = check_host_map(host_map)
    except ValueError as error:
        raise CrawlRefusedError(str(error)) from error
    agent = user_agent(contact) if mode == "live" else "LuxAI-Observatory (replay)"
    root = Path(archive_root).resolve()
    own = [source for source in chosen if source.spider == curated.SPIDER]
    outcomes = {source.id: _own_list(source, root, mode) for source in own}
    chosen = [source for source in chosen if source not in own]
    if not chosen:
        return outcomes
    archive = Archive(root)
    if mode == "live":
        archive.recover()
    before = {source.id: _last_complete(archive, source.id) for source in chosen}
    ids = {source.id: crawl_id_of(utc_now(), secrets.token_hex(4)) if mode == "live" else None for source in chosen}
    report, ended = run_job(
        chosen,
        ids,
        root=root,
        mode=mode,
        purpose="crawl",
        agent=agent,
        host_map=host_map,
        timeout_s=sum(map(time_limit, chosen)) if timeout_s is None else timeout_s,
        keys=keys,
    )
    if mode == "live":
        archive.recover()
    for source in chosen:
        said = report.get(source.id, {})
        crawl_id = ids[source.id]
        if crawl_id is None:
            outcomes[source.id] = _replayed(source.id, said, ended)
        else:
            record = next((r for r in archive.crawls(source.id) if r.crawl_id == crawl_id), None)
            outcomes[source.id] = _fetched(source.id, crawl_id, record, said, ended, before[source.id])
    return outcomes


def time_limit(source: Source) -> float:
    """Seconds that a crawl may take: as long as asking for all that its source file allows lasts at its pace, within
    ``LEAST_SECONDS`` and ``MOST_SECONDS``. A limit, not a wait: a crawl is over when there is nothing more to ask.
    """
    try:
        planned = len(planned_requests(source))
    except RegistryError:  # said by the crawl
        planned = 0
    per_key, per_crawl = (
        sum(value for name in names if isinstance(value := source.params.get(name), int))
        for names in (_PER_KEY, _PER_CRAWL)
    )
    asked = planned * (1 + per_key) + per_crawl
    return min(MOST_SECONDS, max(LEAST_SECONDS, asked * (source.delay_seconds + _ANSWER_SECONDS)))


def run_job(
    sources: list[Source],
    ids: Mapping[str, str | None],
    *,
    root: Path,
    mode: Mode,
    purpose: Purpose,
    agent: str,
    host_map: dict[str, str],
    timeout_s: float,
    keys: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], str | None]:
    """Run one child process over these sources; what it reported for each, and one line if it ended badly."""
    wanted = {source.api_key.setting for source in sources if source.api_key}
    given = {name: value for name, value in (keys or {}).items() if name in wanted and value}
    with tempfile.TemporaryDirectory(prefix="crawl-") as folder:
        job: dict[str, Any] = {
            "archive_root": str(root),
            "mode": mode,
            "purpose": purpose,
            "user_agent": agent,
            "host_map": host_map,
            "timeout_s": timeout_s,
            "keys": given,
            "report": str(Path(folder) / "report.json"),
            "crawls": [{"crawl_id": ids[s.id], "source": s.model_dump(mode="json")} for s in sources],
        }
        grace = GRACE_SECONDS if purpose == "crawl" else LOOK_GRACE_SECONDS
        ended = _run_child(job, Path(folder), timeout_s + grace)
        return _read_report(Path(job["report"])), ended


def refuse_disabled(source: Source) -> None:
    """Whoever asks: a disabled source is asked of nobody, not by the command line, nor by a schedule, nor by a test."""
    if source.disabled is not None:
        raise CrawlRefusedError(f"{source.id} is disabled and asked of nobody: {source.disabled}")


def user_agent(contact: str) -> str:
    """``LuxAI-Observatory/<version> (+contact)``; refuses to be without a contact, or with one that is none."""
    contact = contact.strip()
    if not contact:
        raise CrawlRefusedError("live crawls need a contact: set OBSERVATORY_CONTACT to an e-mail or web address")
    if not re.fullmatch(r"[\x21-\x7e]{5,200}", contact) or not ("@" in contact or contact.startswith("http")):
        raise CrawlRefusedError(f"contact {contact[:60]!r} is neither an e-mail address nor a web address")
    return f"LuxAI-Observatory/{_version()} (+{contact})"


def _version() -> str:
    try:
        return importlib.metadata.version("luxai-observatory")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that was not installed
        return "0"


def _run_child(job: dict[str, Any], folder: Path, limit_s: float) -> str | None:
    """Run the child to its end; None, or one line on how it ended badly."""
    errors = folder / "stderr"
    secrets_given = set((job.get("keys") or {}).values())  # on standard input alone, not in the environment too
    environment = {name: value for name, value in os.environ.items() if value not in secrets_given}
    environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    with errors.open("wb") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-m", "scrapers.crawl"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=environment,
            cwd=folder,
        )
        assert child.stdin is not None
        try:
            child.stdin.write(orjson.dumps(job) + b"\n")
            child.stdin.flush()
            code = child.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return f"the crawl process was not done after {limit_s:.0f} s"
        except BrokenPipeError:
            code = child.wait()
        finally:
            child.kill()
            child.wait()
            child.stdin.close()
    if code == 0:
        return None
    text = errors.read_bytes()[-4000:].decode("utf-8", "replace").strip()
    last = text.splitlines()[-1][:300] if text else ""
    return f"the crawl process ended with {code}" + (f": {last}" if last else "")


def _read_report(path: Path) -> dict[str, Any]:
    try:
        report = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return report if isinstance(report, dict) else {}


def _last_complete(archive: Archive, source_id: str) -> str | None:
    """Fingerprint of the last complete genuine crawl."""
    done = [r for r in archive.crawls(source_id) if r.complete and not r.is_reconstructed]
    return done[-1].fingerprint if done else None


def _own_list(source: Source, root: Path, mode: Mode) -> CrawlOutcome:
    """The crawl of a list that is bundled (``scrapers.curated``): written only if the list is another than before."""
    try:
        record, is_new = curated.crawl(source, root)
    except (ArchiveError, RegistryError, UnreadableError, OSError) as error:
        trouble: Trouble | None = None if isinstance(error, ArchiveBusyError) else "damaged"
        problem = " ".join(str(error).split())[:300]
        return CrawlOutcome(source.id, mode, None, finish_reason="did not start", problem=problem, trouble=trouble)
    return CrawlOutcome(
        source_id=source.id,
        mode=mode,
        crawl_id=record.crawl_id if is_new else None,
        requests=0,
        new_captures=record.new_captures if is_new else 0,
        finish_reason=record.finish_reason,
        complete=True,
        unchanged=not is_new,
        fingerprint=record.fingerprint,
    )


def _replayed(source_id: str, said: dict[str, Any], ended: str | None) -> CrawlOutcome:
    return CrawlOutcome(
        source_id=source_id,
        mode="replay",
        crawl_id=None,
        hits=said.get("hits", 0),
        misses=said.get("misses", 0),
        finish_reason=said.get("finish_reason", "did not end"),
        complete=said.get("complete", False),
        problem=said.get("problem") if said else ended or "the crawl process said nothing",
        trouble=said.get("trouble") if said else "damaged",
    )


def _fetched(
    source_id: str,
    crawl_id: str,
    record: CrawlRecord | None,
    said: dict[str, Any],
    ended: str | None,
    before: str | None,
) -> CrawlOutcome:
    if record is None:
        problem = said.get("problem") or ended or "the crawl left nothing in the archive"
        trouble = said.get("trouble", "unreachable")
        return CrawlOutcome(source_id, "live", None, finish_reason="did not start", problem=problem, trouble=trouble)
    problem = None
    if not record.complete:
        problem = summary(record.planned, len(record.complete_keys), record.problems, record.finish_reason)
        problem = f"{problem}; {ended}" if ended else problem
    return CrawlOutcome(
        source_id=source_id,
        mode="live",
        crawl_id=crawl_id,
        requests=record.requests,
        misses=record.misses,
        new_captures=record.new_captures,
        finish_reason=record.finish_reason,
        complete=record.complete,
        problem=problem,
        trouble=None if problem is None else record.trouble or "unreachable",
        unchanged=record.complete and record.fingerprint == before,
        fingerprint=record.fingerprint,
        upstream_at=moment(said.get("upstream_at")),
    )


def moment(text: object) -> datetime | None:
    """A time out of a child's report; None for one of tomorrow or later, since a publisher's clock may be wrong."""
    if not isinstance(text, str):
        return None
    said = datetime.fromisoformat(text)
    return said if said <= utc_now() + timedelta(days=1) else None
