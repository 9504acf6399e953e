"""Mail messages: an edition as multipart/alternative, a notice as plain text; the same bytes for the same input.

Belongs here: headers, message ids. Never here: content, SMTP, files, who gets it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

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
    message["To"] = Address(one_line(name), addr_spec=recipient)
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
    return written(message)


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
    return written(message)


def written(message: EmailMessage) -> bytes:
    """The message's bytes. Raises ValueError unless its head holds exactly the fields that were set."""
    content = message.as_bytes()
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].decode("latin-1") for line in head if line[:1] not in (b" ", b"\t")]
    if names != message.keys():
        raise ValueError("the head of the message would not hold what was set")
    return content


def one_line(text: str) -> str:
    """A header's text: no line break of any kind, no half character, and no encoded word.

    Older Pythons decode an encoded word in what they are given and write the line breaks in it as they are
    (CVE-2024-6923), so its mark is broken up. Other blanks, no-break ones too, stay.
    """
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").splitlines())
    return re.sub(r"[\t\v\f\x00]+", " ", text).replace("=?", "=\u200b?").strip()


def boundary(identity: str, recipient: str) -> str:
    seed = hashlib.sha256(f"{identity}{recipient}".encode()).hexdigest()
    return f"=_luxai_{seed[:32]}"
