"""The door to the folder of releases: which there are, which one the pointer names, and opening one.

Belongs here: ids and the pointer. Never here: what a release holds (reader.py).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from warehouse.reading.errors import NoReleaseError, UnknownReleaseError
from warehouse.reading.reader import ReleaseReader

# Release ids come from URLs too: no dot and no separator, so that an id can never name another folder.
RELEASE_ID = re.compile(r"^[0-9A-Za-z_-]{8,80}$")
FILE_NAME = "observatory.duckdb"


def current_release_id(releases_root: Path) -> str:
    """Id that the pointer names now. Raises NoReleaseError when nothing was published."""
    pointer = Path(releases_root) / "current.json"
    try:
        release_id = json.loads(pointer.read_text(encoding="utf-8"))["release_id"]
    except FileNotFoundError as error:
        raise NoReleaseError(f"no release has been published under {releases_root}; run `observatory run`") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoReleaseError(f"{pointer} is not a release pointer; run `observatory release list`") from error
    if not isinstance(release_id, str) or not RELEASE_ID.match(release_id):
        raise NoReleaseError(f"{pointer} names no valid release; run `observatory release list`")
    return release_id


def release_ids(releases_root: Path) -> list[str]:
    """Ids of all releases on disk, oldest first (an id begins with its UTC stamp)."""
    root = Path(releases_root)
    if not root.is_dir():
        return []
    return sorted(path.parent.name for path in root.glob(f"*/{FILE_NAME}") if RELEASE_ID.match(path.parent.name))


def previous_release_id(releases_root: Path, release_id: str) -> str | None:
    """Id of the release published before this one, or None for the first."""
    earlier = [known for known in release_ids(releases_root) if known < release_id]
    return earlier[-1] if earlier else None


def open_release(releases_root: Path, release_id: str | None = None) -> ReleaseReader:
    """Open one release read-only; without an id the one that the pointer names at this moment."""
    root = Path(releases_root)
    if release_id is None:
        release_id = current_release_id(root)
        missing: type[Exception] = NoReleaseError
    else:
        missing = UnknownReleaseError
    if not RELEASE_ID.match(release_id):
        raise UnknownReleaseError(f"{release_id[:40]!r} is not a release id")
    file = root / release_id / FILE_NAME
    if not file.is_file():
        raise missing(f"release {release_id} is not under {root}; run `observatory release list`")
    return ReleaseReader(file, release_id)
