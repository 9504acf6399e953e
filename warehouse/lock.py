"""One writer of the warehouse at a time, on every platform.

Belongs here: the lock. Never here: what is done under it. Orchestrators may limit their own concurrency on top; this
lock is what holds when a person and a daemon start at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

WAIT_SECONDS = 600.0


class WarehouseBusyError(Exception):
    """Another process has been writing for longer than we wait; the message is one line."""


@contextmanager
def writer(folder: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold ``folder/.lock`` while writing; the same thread may enter again, another process waits.

    The operating system lets go of the lock when a process dies, so a killed run never blocks the next one. Raises
    WarehouseBusyError after ``wait_seconds``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # One lock object per file and process, whatever way the path is written: that is what lets a thread enter again.
    lock = FileLock(folder.resolve() / ".lock", is_singleton=True)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise WarehouseBusyError(
            f"{folder} is being written by another process for more than {wait_seconds:.0f} s; try again when it ends"
        ) from None
    try:
        yield
    finally:
        lock.release()
