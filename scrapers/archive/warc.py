"""WARC 1.1 on the level of one record: one gzip member in, one parsed record out, and back.

Belongs here: bytes, bounds and digests. Never here: which records exist (index) or what they mean to a crawl.

Records are written by warcio and parsed by fastwarc. Members are inflated here, with a bound, because a parser that
streams a hostile member does not stop at a size, and because a damaged one must give one clear error.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fastwarc.warc import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import BufferWARCWriter

from scrapers.archive.model import DamagedCaptureError

MAX_BODY_BYTES = 128 * 1024 * 1024  # what a download may bring at most (scrapers.registry.MAX_DOWNLOAD_MIB)
MAX_RECORD_BYTES = MAX_BODY_BYTES + 1024 * 1024  # headers are small
MAX_MEMBER_BYTES = MAX_RECORD_BYTES
MAX_HEAD_BYTES = 256 * 1024  # of HTTP header fields; the parser's own bound is 32 KiB, which answers do exceed
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_LEVEL = 5  # of gzip: boards as recorded are 3.5 % larger than at 9, in half the time
FIELD_FROM = "Reconstructed-From"  # our extension fields of resource records
FIELD_NOTE = "Reconstruction-Note"
FIELD_REVIEWED = "Reviewed-By-Project"  # of the project's own reviewed lists: the day of the review


@dataclass
class WarcRecord:
    """A parsed record: WARC fields, HTTP status and fields where it is HTTP, and the payload."""

    type: str
    fields: dict[str, str]  # names in lower case
    status: int = 0
    http_headers: list[tuple[str, str]] = field(default_factory=list)
    payload: bytes = b""
    block_digest: str = ""  # computed over the block as read

    @property
    def payload_digest(self) -> str:
        """Hex SHA-256 that the record declares for its payload, or ""."""
        return self.fields.get("warc-payload-digest", "").removeprefix("sha256:")


class _HexDigester:
    """SHA-256 in hex, so that the digest in the WARC is the capture id, letter for letter."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def __str__(self) -> str:
        return "sha256:" + self._hash.hexdigest()


class _Writer(BufferWARCWriter):
    def __init__(self) -> None:
        super().__init__(gzip=False, warc_version="WARC/1.1")  # packed in one go, and at a level that is worth its time

    @staticmethod
    def _create_digester() -> _HexDigester:
        return _HexDigester()


def encode(
    kind: str,
    *,
    record_id: str,
    uri: str,
    date: datetime,
    fields: dict[str, str] | None = None,
    http_line: str = "",
    http_headers: list[tuple[str, str]] | None = None,
    payload: bytes = b"",
    content_type: str = "",
) -> bytes:
    """One record as one gzip member. ``http_line`` is the status or request line of a record with an HTTP head."""
    writer = _Writer()
    head = {"WARC-Record-ID": record_id, "WARC-Date": warc_date(date), **(fields or {})}
    http = None
    if http_headers is not None:
        protocol, _, rest = http_line.partition(" ")
        http = StatusAndHeaders(rest, [(n, _latin(v)) for n, v in http_headers], protocol=protocol)
    record = writer.create_warc_record(
        uri,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_content_type=content_type,
        warc_headers_dict=head,
        http_headers=http,
    )
    writer.write_record(record)
    engine = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return engine.compress(writer.get_contents()) + engine.flush()


def inflate(member: bytes) -> bytes:
    """The bytes of exactly one gzip member; its checksum is verified and its size is bounded."""
    engine = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
    try:
        data = engine.decompress(member, MAX_RECORD_BYTES)
    except zlib.error as error:
        raise DamagedCaptureError(f"gzip member is damaged ({error})") from error
    if engine.unconsumed_tail:
        raise DamagedCaptureError(f"record is larger than {MAX_RECORD_BYTES} bytes")
    if not engine.eof:
        raise DamagedCaptureError("gzip member is cut short")
    if engine.unused_data:
        raise DamagedCaptureError("gzip member is followed by foreign bytes")
    return data


def parse(data: bytes) -> WarcRecord:
    """The record in ``data`` (already inflated)."""
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"WARC/1."):
        raise DamagedCaptureError("no WARC record where the index says there is one")
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=True, max_header_len=2 * MAX_HEAD_BYTES)), None)
        if record is None:
            raise DamagedCaptureError("WARC record does not parse")
        fields = {name.lower(): value for name, value in record.headers.to_tuples()}
        length = int(fields.get("content-length", "-1"))
        if length < 0 or len(rest) < length + 4:
            raise DamagedCaptureError("WARC record is shorter than it says")
        parsed = WarcRecord(fields.get("warc-type", ""), fields)
        parsed.block_digest = hashlib.sha256(rest[:length]).hexdigest()
        if record.http_headers is not None and parsed.type in ("response", "revisit"):
            parsed.status = record.http_headers.status_code or 0
            parsed.http_headers = list(record.http_headers.to_tuples())
        parsed.payload = record.reader.read() if parsed.type != "revisit" else b""
    except (ValueError, OSError, RuntimeError, UnicodeError, EOFError) as error:
        raise DamagedCaptureError(f"WARC record does not parse ({type(error).__name__})") from error
    return parsed


def read_member(path: Path, offset: int, length: int) -> bytes:
    """The raw bytes of one member of a WARC file."""
    if length <= 0 or length > MAX_MEMBER_BYTES:
        raise DamagedCaptureError(f"index gives a record of {length} bytes")
    try:
        with path.open("rb") as file:
            file.seek(offset)
            member = file.read(length)
    except OSError as error:
        raise DamagedCaptureError(f"cannot be read ({error.strerror})") from error
    if len(member) != length:
        raise DamagedCaptureError("file ends inside the record")
    return member


def members(path: Path) -> Iterator[tuple[int, bytes, bytes]]:
    """Whole members from the start of a file as (offset, raw bytes, inflated bytes).

    Stops in silence at the first member that is torn or damaged: the caller compares the end of the last one with the
    size of the file. Memory is bounded by one record.
    """
    with path.open("rb") as file:
        offset = 0
        pending = b""
        while True:
            engine = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
            raw, data = bytearray(), bytearray()
            while not engine.eof:
                chunk = pending or file.read(1 << 16)
                pending = b""
                if not chunk:
                    return
                try:
                    data += engine.decompress(chunk, MAX_RECORD_BYTES + 1 - len(data))
                except zlib.error:
                    return
                if len(data) > MAX_RECORD_BYTES or engine.unconsumed_tail:
                    return
                raw += chunk
            pending = engine.unused_data
            if pending:
                del raw[-len(pending) :]
            yield offset, bytes(raw), bytes(data)
            offset += len(raw)


def warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError as error:
        raise DamagedCaptureError(f"WARC date {text[:40]!r} does not parse") from error


def _latin(value: str) -> str:
    """Header values as latin-1 can hold them: what HTTP carries, and what the writer's encoder takes."""
    return value.encode("latin-1", "replace").decode("latin-1")
