"""``observatory survey``: every file of a folder through the decoders, as one table.

Belongs here: walking, calling, counting. Never here: how a format is told (``scrapers.sniff``) or read.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipelines.decoding import MAX_BYTES
from scrapers.decode import DecodeContext, UnreadableError, decode
from scrapers.decoders.base import one_line
from scrapers.items import utc_now
from scrapers.sniff import guess


@dataclass(frozen=True)
class Finding:
    """What came of one file. ``outcome``: decoded | refused | unsupported | crashed."""

    file: str
    format: str
    outcome: str
    records: int = 0
    rejects: int = 0
    reason: str = ""


def survey(folder: Path, only: str | None = None) -> Iterator[Finding]:
    """One finding a file, in order of names; ``only`` decodes everything as one format."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield read(path, path.relative_to(folder).as_posix(), only)


def read(path: Path, name: str, only: str | None = None) -> Finding:
    """What comes of one file. A crash of a decoder is a finding too, and the only one that fails the command."""
    if path.stat().st_size > MAX_BYTES:
        return Finding(name, only or "", "refused", reason=f"too_large: more than {MAX_BYTES >> 20} MiB")
    body = path.read_bytes()
    found = guess(body)
    format = only or found.format
    if format is None:
        return Finding(name, "", "unsupported", reason=one_line(found.why))
    capture_id = hashlib.sha256(body).hexdigest()
    context = DecodeContext("survey", "survey", capture_id, f"file:{name}", utc_now())
    try:
        decoded = decode(format, body, context)
    except UnreadableError as error:
        return Finding(name, format, "refused", reason=str(error))
    except Exception as error:  # a survey tells of a flaw and goes on
        return Finding(name, format, "crashed", reason=one_line(f"{type(error).__name__}: {error}"))
    why = Counter(reject.reason for reject in decoded.rejects)
    said = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
    if not decoded.records:
        said = said or "; ".join(decoded.notes) or "healthy, holds no record"
    outcome = "decoded" if decoded.records or not decoded.rejects else "refused"
    return Finding(name, format, outcome, len(decoded.records), len(decoded.rejects), one_line(said))


def show(findings: list[Finding], console: Console, as_json: bool) -> int:
    """Print the table and its totals; exit code 1 if a decoder crashed, 3 if there was no file."""
    if as_json:
        console.file.write(json.dumps([asdict(item) for item in findings], ensure_ascii=False, indent=1) + "\n")
    else:
        columns = [Column(name, justify="right" if name in ("records", "rejects") else "left") for name in _COLUMNS]
        table = Table(*columns, box=None, pad_edge=False)
        for item in findings:
            cells = (item.file, item.format or "-", item.outcome, str(item.records), str(item.rejects), item.reason)
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)
        totals = Counter(item.outcome for item in findings)
        records, rejects = sum(item.records for item in findings), sum(item.rejects for item in findings)
        line = ", ".join(f"{totals[name]} {name}" for name in ("decoded", "refused", "unsupported", "crashed"))
        console.print(f"{len(findings)} files: {line}; {records} records, {rejects} rejects", markup=False)
    if not findings:
        return 3
    return 1 if any(item.outcome == "crashed" for item in findings) else 0


_COLUMNS = ("file", "format", "outcome", "records", "rejects", "reason")
