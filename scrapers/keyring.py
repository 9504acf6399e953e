"""A publisher's API key on its way: put on a request at the very last stage, and taken out of whatever comes back.

Belongs here: the only code that sees a key as text. Never here: where keys are set (``state.settings``), or which
source needs one (``scrapers/sources``). A key travels from the settings to the crawl process in the job on standard
input. It is no part of any request that the spider, the middleware, the archive, the ledger or the log know.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from scrapers.archive import strip_url
from scrapers.registry import Source

SHOWN = "[key]"
# Characters that no encoding changes on its way, so that an echo of the key is found letter for letter.
_KEY = re.compile(r"[A-Za-z0-9._~-]{8,200}")


class BadKeyError(ValueError):
    """A key that cannot be one; the message says which, never what it is."""


@dataclass(frozen=True)
class WireKey:
    """One key, the host that may see it, and the parameter that carries it."""

    host: str
    parameter: str
    value: str = field(repr=False)

    def on(self, url: str, host: str) -> str:
        """``url`` with the key in its query, if it goes to the host that gave the key out, encrypted and to the usual
        port; else as it is. Judged by the publisher's address, whatever a host map makes of it later.
        """
        asked = urlsplit(url)
        if (host, asked.hostname, asked.scheme) != (self.host, self.host, "https") or asked.port not in (None, 443):
            return url
        parts = urlsplit(strip_url(url))
        pairs = [*parse_qsl(parts.query, keep_blank_values=True), (self.parameter, self.value)]
        return urlunsplit(parts._replace(query=urlencode(pairs, quote_via=quote)))

    def redacted(self, text: str) -> str:
        return text.replace(self.value, SHOWN)

    def redacted_bytes(self, body: bytes) -> bytes:
        return body.replace(self.value.encode(), SHOWN.encode())

    def redacted_error(self, error: Exception) -> Exception:
        """The same error without the key: those of the transport quote the address that they were asked for."""
        if self.value in str(error) or any(self.value in str(part) for part in error.args):
            error.args = tuple(self.redacted(str(part)) for part in error.args)
            if self.value in str(error):  # it keeps its text elsewhere
                return RuntimeError(self.redacted(f"{type(error).__name__}: {error}"))
        return error


def wire_key(source: Source, keys: Mapping[str, str]) -> WireKey | None:
    """The key of a source out of ``keys`` (setting name -> key); None if it needs none or none was given."""
    wanted = source.api_key
    value = (keys.get(wanted.setting) or "").strip() if wanted else ""
    if wanted is None or not value:
        return None
    if not _KEY.fullmatch(value):
        raise BadKeyError(f"{wanted.setting}: not a key: 8 to 200 letters, digits and . _ ~ - are due")
    return WireKey(wanted.host, wanted.parameter, value)


def hide_from_logs(key: WireKey) -> None:
    """From now on no log record of this process holds the key: Scrapy's own quote addresses."""
    make = logging.getLogRecordFactory()

    def without_key(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        said = record.getMessage()
        if key.value in said:
            record.msg, record.args = key.redacted(said), ()
        if record.exc_info and key.value in str(record.exc_info[1]):
            record.exc_info = None
        return record

    logging.setLogRecordFactory(without_key)
