"""An edition as a mail message: multipart/alternative, the same bytes for the same edition, written atomically.

Belongs here: headers, message ids, files. Never here: content, SMTP.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from publications.edition import Edition
from warehouse.reading.texts import t


def message_id(edition: Edition, sender: str) -> str:
    """Deterministic: a second rendering of the same edition for the same language has the same id, so clients fold
    it.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<edition-{edition.number}.{edition.lang}.{edition.release_id}@{domain}>"


def message_bytes(edition: Edition, *, sender: str, recipient: str) -> bytes:
    """The message with CRLF line ends. Date is the time the release was published; nothing in it depends on when this
    runs.
    """
    address = parseaddr(sender)[1]
    message = EmailMessage(policy=SMTP)
    message["Subject"] = edition.subject
    local, _, domain = address.rpartition("@")
    message["From"] = Address(t("app.title", edition.lang), local, domain)
    message["To"] = recipient
    message["Reply-To"] = address
    message["Date"] = format_datetime(edition.published_at)
    message["Message-ID"] = message_id(edition, sender)
    message["List-Id"] = f"LuxAI Observatory digest <digest.{domain or 'localhost'}>"
    message["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-LuxAI-Release"] = edition.release_id
    message.set_content(edition.text, cte="quoted-printable")
    message.add_alternative(edition.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = edition.lang  # setting the content drops earlier Content-* headers
    seed = hashlib.sha256(f"{message_id(edition, sender)}{recipient}".encode()).hexdigest()
    message.set_boundary(f"=_luxai_{seed[:32]}")
    return message.as_bytes()


def write_atomically(path: Path, content: bytes) -> bool:
    """Write bytes by a temporary name in the same folder and a rename. False when the file already holds them."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # digests are cited: an edition is data of record
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True
