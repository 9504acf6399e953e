"""Zip files from outside: which members may be read, and never more bytes of them than they said.

Belongs here: bounds on number, names, sizes and ratios, and a reader that keeps them. Never here: what a member holds.
Nothing is ever written to disk, and a zip within a zip stays closed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO

from scrapers.decoders.base import UnreadableError

MAX_MEMBERS = 100
MAX_UNPACKED = 1536 * 1024 * 1024  # of all members together: they are read in a stream
MAX_RATIO = 200  # unpacked to packed; text packs 4 to 20 times, deflate's own bound is about 1,030
_RATIO_FROM = 1024 * 1024  # smaller members harm nobody
MAX_LINE = 4 * 1024 * 1024
_CHUNK = 256 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Zip:
    """A zip file whose central directory was found harmless. Members are named by their last part, in lower case."""

    def __init__(self, body: bytes, max_members: int = MAX_MEMBERS) -> None:
        """Raises UnreadableError: not_zip, damaged_zip, too_many_members, zip_bomb, encrypted, unsafe_name."""
        if not body.startswith(b"PK"):
            start = body[:200].lstrip()[:1]
            what = "an HTML page or XML" if start == b"<" else "something else"
            raise UnreadableError("not_zip", f"{what} stands where a zip file is due" if body else "the body is empty")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError) as error:
            raise UnreadableError("damaged_zip", f"the zip file cannot be opened: {error}") from error
        if len(infos) > max_members:
            raise UnreadableError("too_many_members", f"{len(infos)} members, at most {max_members} are read")
        if sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise UnreadableError("zip_bomb", f"the members unpack to more than {MAX_UNPACKED >> 20} MiB")
        self.members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if not info.filename.endswith("/"):  # is_dir() fails on an empty name
                self._admit(info)

    def _admit(self, info: zipfile.ZipInfo) -> None:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename or "\x00" in info.orig_filename:
            raise UnreadableError("unsafe_name", f"a member is named {info.filename[:100]!r}")
        if info.flag_bits & 0x41:  # encrypted, or strongly so
            raise UnreadableError("encrypted", f"member {path.name[:100]!r} is encrypted")
        if info.file_size > _RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise UnreadableError("zip_bomb", f"member {path.name[:100]!r} unpacks to {info.file_size} bytes")
        if info.compress_type not in _METHODS:
            raise UnreadableError("damaged_zip", f"member {path.name[:100]!r} is packed by method {info.compress_type}")
        name = path.name.lower()
        if name in self.members:
            raise UnreadableError("damaged_zip", f"two members are named {name[:100]!r}")
        self.members[name] = info

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member, one at a time; a line beyond ``MAX_LINE`` comes in parts.

        Raises UnreadableError (damaged_member) where the packed bytes are damaged; lines before it were given.
        """
        return self._read(name, lambda file: file.readline(MAX_LINE))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member in pieces, with the bounds of ``lines``."""
        return self._read(name, lambda file: file.read(_CHUNK))

    def whole(self, name: str, most: int) -> bytes:
        """A member of at most ``most`` bytes. Raises UnreadableError: too_large, damaged_member."""
        if self.members[name].file_size > most:
            raise UnreadableError("too_large", f"{name[:100]} has {self.members[name].file_size} bytes, at most {most}")
        return b"".join(self.chunks(name))

    def _read(self, name: str, take: Callable[[IO[bytes]], bytes]) -> Iterator[bytes]:
        try:
            # ZipExtFile gives at most as many bytes as the directory says, and verifies their checksum at the end.
            with self._zip.open(self.members[name]) as file:
                while part := take(file):
                    yield part
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            RuntimeError,
        ) as bad:
            raise UnreadableError("damaged_member", f"{name[:100]} is damaged: {bad}") from bad
