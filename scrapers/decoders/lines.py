"""Lines of text tables from outside: numbered, and bounded in number and length.

Belongs here: where a line ends, and whether the last one does. Never here: cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scrapers.decoders.base import UnreadableError

MAX_LINES = 2_000_000
MAX_LINE = 1024 * 1024
CUT_OFF = "the last line has no end, as the others have"  # said of the cells that ``is_cut`` finds


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line with its end) of each line that is not blank.

    Raises UnreadableError (too_many_elements, not_a_table) where there are more lines, or longer ones, than anybody
    publishes; what was given before is good.
    """
    for number, line in enumerate(lines, start=1):
        if number > MAX_LINES:
            raise UnreadableError("too_many_elements", f"more than {MAX_LINES} lines")
        if len(line) > MAX_LINE:
            raise UnreadableError("not_a_table", f"line {number} has more than {MAX_LINE} characters")
        if not line.isspace():
            yield number, line


def is_cut(number: int, line: bytes) -> bool:
    """Whether a line, not the first, has no end: the others have, so the file may be cut off within its last cell."""
    return number > 1 and not line.endswith((b"\n", b"\r"))
