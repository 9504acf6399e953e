"""The pace that each host is owed: one request at a time, each after its delay, by all processes of one data root.

Belongs here: when a host may be asked again, and how that is remembered between processes. Never here: what an answer
means for it (``scrapers.netguard.heed``).

The delay of a host is the longest of what the source says, what its robots.txt says, and what its answers show:
Scrapy's AutoThrottle estimates what a server can bear, here by host and not by crawl, so that whoever asks next knows.
A look and a crawl that run side by side take turns by a file lock, which the system lets go when a process dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle

from scrapers.archive import Trouble
from scrapers.session import host_of

FOLDER = ".hosts"  # in the archive; no source is called so
MAX_BLOCK_SECONDS = 24 * 3600.0  # a longer Retry-After counts as this
LEARNED_FRESH_SECONDS = 3600.0  # how long a host counts as being as slow as it was
PROMPT_SECONDS = 0.05  # an answer within it is no sign of load
MAX_OPEN = 100  # files of hosts; redirects may lead to any number of them
POLL_SECONDS = 0.05  # between two tries for a host that another process is asking
_STATE = struct.Struct("<ddd")  # end of the last answer, blocked until (both seconds since 1970), learned delay


class RefusedError(IgnoreRequest):
    """A request that must not be made; the message says why in one line."""

    def __init__(self, message: str, trouble: Trouble = "refused") -> None:
        self.trouble = trouble
        super().__init__(message)


class BusyHostError(RefusedError):
    """Another crawl of ours had the host all the time; the host itself has nothing to do with it."""


@dataclass
class Host:
    """What is known of one host; ``delay`` is what AutoThrottle adjusts, seconds."""

    name: str
    asked: float = 0.0  # seconds between two requests, by source and robots.txt
    ended_at: float = 0.0
    told_at: float = 0.0  # end of the last answer as another process wrote it, by whatever its clock said
    blocked_until: float = 0.0
    learned: float = 0.0
    is_newly_learned: bool = False  # here, and not told to the other processes yet

    @property
    def delay(self) -> float:
        return self.learned

    @delay.setter
    def delay(self, seconds: float) -> None:
        self.learned, self.is_newly_learned = seconds, True

    @property
    def owed(self) -> float:
        """Seconds from the end of an answer to the next request."""
        return max(self.asked, self.learned if self.learned >= PROMPT_SECONDS else 0.0)

    def wait(self, now: float) -> float:
        """Seconds to the next request."""
        return max(self.blocked_until - now, self.ended_at + self.owed - now, 0.0)


class Pace:
    """When each host may be asked again. One object a process, and one folder of files for all that share ``root``, the
    archive's folder; without it (replay) nothing is shared.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._folder = None if root is None else root / FOLDER
        self._hosts: dict[str, Host] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._files: dict[str, int] = {}  # open for as long as this process lives, since they are read at each request

    def host(self, name: str) -> Host:
        return self._hosts.setdefault(name, Host(name))

    def set_delay(self, name: str, seconds: float) -> None:
        """Seconds between two requests; the longest of what the source and robots.txt ask for holds."""
        host = self.host(name)
        host.asked = max(host.asked, seconds)

    def block(self, name: str, seconds: float) -> None:
        """Leave the host alone for a time (Retry-After), this process and the others; told at the end of the turn."""
        host = self.host(name)
        host.blocked_until = max(host.blocked_until, time.time() + min(seconds, MAX_BLOCK_SECONDS))

    @asynccontextmanager
    async def turn(self, name: str, deadline: float) -> AsyncIterator[None]:
        """Hold the host for one request: one at a time, each after its delay, none after ``deadline`` (monotonic).

        Scrapy's own limit per domain does not hold under asyncio without a delay: requests are counted only once their
        task runs, by when several have been let through (2.19, measured: 4 at once with a limit of 1).
        The delay counts from the end of an answer, not from its request: a slow host is a busy one.
        """
        host = self.host(name)
        async with self._turns.setdefault(name, asyncio.Lock()):
            await self._take(host, deadline)
            try:
                yield
            finally:
                self._leave(host)

    async def _take(self, host: Host, deadline: float) -> None:
        while True:
            wait = self._wait(host)
            if wait > 0:
                if time.monotonic() + wait > deadline:
                    left = f"{host.name} is to be left alone for {wait:.0f} s, longer than the crawl has"
                    raise RefusedError(left)
                await asyncio.sleep(wait)
            elif time.monotonic() > deadline:
                raise RefusedError("the time of the crawl is up", "unreachable")
            elif not self._lock(host):
                if time.monotonic() + POLL_SECONDS > deadline:
                    raise BusyHostError(f"another crawl has been asking {host.name} all the time", "unreachable")
                await asyncio.sleep(POLL_SECONDS)
            elif self._wait(host) > 0:  # somebody else's turn ended between the two
                self._unlock(host)
            else:
                return

    def _leave(self, host: Host) -> None:
        host.ended_at = time.time()
        file = self._file(host)
        if file is None:
            return
        try:
            os.pwrite(file, _STATE.pack(host.ended_at, host.blocked_until, host.learned), 0)
            host.is_newly_learned = False
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
            if len(self._files) > MAX_OPEN:
                os.close(self._files.pop(host.name))

    def _wait(self, host: Host) -> float:
        """Seconds to wait, once what the other processes left is known."""
        now = time.time()
        host.ended_at = min(host.ended_at, now)  # a clock that was set back
        host.blocked_until = min(host.blocked_until, now + MAX_BLOCK_SECONDS)
        file = self._file(host)
        state = b"" if file is None else os.pread(file, _STATE.size, 0)
        if len(state) == _STATE.size:  # else nobody asked it before, or the machine lost power while writing
            ended_at, blocked_until, learned = _STATE.unpack(state)
            # By a clock that was set back since, an answer of later than now ended when it is first heard of, and what
            # the host asked for still holds; a wait of more than two days comes from a clock that was never right.
            if ended_at != host.told_at:
                host.told_at, host.ended_at = ended_at, max(host.ended_at, min(ended_at, now))
            if blocked_until <= now + 2 * MAX_BLOCK_SECONDS:
                host.blocked_until = max(host.blocked_until, min(blocked_until, now + MAX_BLOCK_SECONDS))
            if not host.is_newly_learned:
                host.learned = learned if abs(now - ended_at) < LEARNED_FRESH_SECONDS else 0.0
        return host.wait(now)

    def _lock(self, host: Host) -> bool:
        file = self._file(host)
        try:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(self, host: Host) -> None:
        file = self._file(host)
        if file is not None:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self, host: Host) -> int | None:
        if self._folder is None:
            return None
        if host.name not in self._files:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files[host.name] = os.open(self._path(host), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return self._files[host.name]

    def _path(self, host: Host) -> Path:
        """A file of this host; redirects lead to hosts of any name, so the name alone would not do."""
        assert self._folder is not None
        plain = re.sub(r"[^a-z0-9.-]", "_", host.name)[:100]
        return self._folder / f"{plain}.{hashlib.sha256(host.name.encode()).hexdigest()[:8]}.pace"


class Throttle(AutoThrottle):
    """Scrapy's AutoThrottle, told to adjust the pace of a host where it would adjust a slot of one crawl's downloader.

    Its slots would know neither the looks and crawls of other sources, nor robots.txt, nor the past.
    """

    def _spider_opened(self, spider: Spider) -> None:
        self.mindelay, self.maxdelay = self._min_delay(), self._max_delay()

    def _get_slot(self, request: Request, spider: Spider) -> tuple[str | None, Host | None]:  # type: ignore[override]
        session = spider.session  # type: ignore[attr-defined]
        name = host_of(request.url)
        return (name, session.pace.host(name)) if session.mode == "live" else (None, None)
