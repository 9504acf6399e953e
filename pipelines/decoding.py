"""One payload on the command line: its records as JSON lines, its rejects with reasons.

Belongs here: reading the file that a user names and writing what comes of it. Never here: how a format is read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

from models.scrub import scrub_text
from scrapers import records as record_files
from scrapers.decode import FORMATS, DecodeContext, UnreadableError, decode
from scrapers.items import utc_now

MAX_BYTES = 256 * 1024 * 1024


def decode_file(format_: str, file: Path, url: str, stdout: IO[str], stderr: IO[str]) -> int:
    """Print records as JSON lines, rejects as one line each on stderr. Gives 0, 3 (no record) or 2 (unreadable)."""
    if format_ not in FORMATS:
        stderr.write(f"observatory: no format {format_!r}; there are: {', '.join(sorted(FORMATS))}\n")
        return 2
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UnreadableError("too_large", f"larger than {MAX_BYTES >> 20} MiB")
        body = file.read_bytes()
        context = DecodeContext(
            source_id="command_line",
            crawl_id="command_line",
            capture_id=hashlib.sha256(body).hexdigest(),
            url=url or file.name,
            retrieved_at=utc_now(),
            is_sample=False,
            params={},
        )
        decoded = record_files.scrub(decode(format_, body, context), scrub_text)
    except (OSError, UnreadableError) as error:
        stderr.write(f"observatory: {file.name}: {error}\n")
        return 2
    for record in decoded.records:
        stdout.write(record.model_dump_json() + "\n")
    for reject in decoded.rejects:
        stderr.write(f"{reject.locator or 'whole payload'}: {reject.reason} {reject.detail}".rstrip() + "\n")
    for note in decoded.notes:
        stderr.write(f"note: {note}\n")
    return 0 if decoded.records else 3
