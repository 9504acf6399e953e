"""Mail messages: an edition as multipart/alternative, a notice as plain text; the same bytes for the same input.

Belongs here: headers, message ids, files. Never here: content, SMTP, who gets it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import tempfile
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from publications.edition import Edition
from warehouse.reading.texts import t


def message_id(edition: Edition, sender: str) -> str:
    """Id of the edition's own copy in the archive: the same for every rendering of one edition in one language."""
    return f"<edition-{edition.number}.{edition.lang}.{edition.release_id}@{domain_of(sender)}>"


def recipient_message_id(number: int, recipient_sha256: str, secret: bytes, sender: str) -> str:
    """Id of an edition's message for one recipient: the same however often it is sent, so that a copy is recognised.

    The secret of the installation is in it, so that nobody can find out from the id whose address it belongs to.
    """
    token = hmac.new(secret, f"{number}:{recipient_sha256}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"<edition-{number}.{token}@{domain_of(sender)}>"


def domain_of(address: str) -> str:
    """Domain of an address, ``localhost`` where it has none."""
    return parseaddr(address)[1].rpartition("@")[2] or "localhost"


def dated(edition: Edition) -> datetime:
    """When an edition was published: its Monday, or, where its release came later, with its release."""
    return max(edition.slot, edition.published_at)


def message_bytes(
    edition: Edition, *, sender: str, recipient: str, name: str = "", identity: str | None = None
) -> bytes:
    """The message with CRLF line ends: the same bytes for the same edition and recipient, whenever this runs.

    ``identity`` is the Message-ID, by default that of the edition's own copy. Raises ValueError for an address or a
    name that would break out of its header.
    """
    address = parseaddr(sender)[1]
    identity = identity or message_id(edition, sender)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(edition.subject)
    local, _, domain = address.rpartition("@")
    message["From"] = Address(t("app.title", edition.lang), local, domain)
    message["To"] = Address(name, addr_spec=recipient)
    message["Reply-To"] = address
    message["Date"] = format_datetime(dated(edition))
    message["Message-ID"] = identity
    message["List-Id"] = f"LuxAI Observatory digest <digest.{domain_of(sender)}>"
    # One-click needs an address on the web that answers; until there is one a mail is how to leave.
    message["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-LuxAI-Release"] = edition.release_id
    message.set_content(edition.text, cte="quoted-printable")
    message.add_alternative(edition.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = edition.lang  # setting the content drops earlier Content-* headers
    message.set_boundary(boundary(identity, recipient))
    return message.as_bytes()


def plain_message_bytes(*, subject: str, text: str, sender: str, recipient: str, at: datetime, identity: str) -> bytes:
    """A message of plain text, as engineers get it; the same bytes for the same arguments."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(subject)
    local, _, domain = parseaddr(sender)[1].rpartition("@")
    message["From"] = Address("LuxAI Observatory", local, domain)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message.as_bytes()


def one_line(text: str) -> str:
    """A header's text without line breaks; other blanks, no-break ones too, stay as they are."""
    return re.sub(r"[\r\n\t\v\f\x85\u2028\u2029]+", " ", text).strip()


def boundary(identity: str, recipient: str) -> str:
    seed = hashlib.sha256(f"{identity}{recipient}".encode()).hexdigest()
    return f"=_luxai_{seed[:32]}"


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
