"""Text that was encoded twice: UTF-8 read as Windows-1252 and written as UTF-8 again ("â€™" for an apostrophe).

Belongs here: finding it, and undoing it where a round trip proves it. Never here: which texts are looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEYOND = re.compile(r"[^\x00-\x7f]+")
_CHARS = [bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(256)]  # five bytes stay as they are
_BYTES = {char: code for code, char in enumerate(_CHARS)}
_FOLLOWING = re.escape("".join(_CHARS[0x80:0xC0]))
_TWICE = re.compile(
    f"[\u00c2-\u00df][{_FOLLOWING}]|[\u00e0-\u00ef][{_FOLLOWING}]{{2}}|[\u00f0-\u00f4][{_FOLLOWING}]{{3}}"
)


def is_twice(text: str) -> bool:
    """Whether a text holds what a second encoding leaves."""
    return _TWICE.search(text) is not None


@dataclass
class Mender:
    """Takes second encodings back and counts: runs that were mended, and runs that look like it and are left."""

    mended: int = 0
    left: int = 0

    def text(self, text: str) -> str:
        """A text with every run mended that is UTF-8 in Windows-1252 and gives itself when it is encoded again."""
        return _BEYOND.sub(self._run, text) if _TWICE.search(text) else text

    def _run(self, found: re.Match[str]) -> str:
        run = found[0]
        if not _TWICE.search(run):
            return run
        try:
            once = bytes(_BYTES[char] for char in run).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            once = ""
        if not once or "".join(_CHARS[code] for code in once.encode("utf-8")) != run:
            self.left += 1
            return run
        self.mended += 1
        return once
