"""Ways a finished message leaves: a file in a folder, or a mail server.

Belongs here: handing over bytes, and saying plainly how that went. Never here: what is in a message (mail.py), who gets
it and whether it was sent before (outbox.py).

How a hand-over failed decides what happens next: ``RefusedError`` is for good and for this recipient;
``TryLaterError`` is this recipient's server asking to come back; ``ConnectionLostError`` is the connection;
``MailSettingsError`` is a setting or the server refusing us as a sender, so that trying the next recipient would be no
use.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from publications.files import write_atomically
from state.settings import Settings

_SOMEBODY = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class TransportError(Exception):
    """A message was not handed over, for one of the four reasons below."""


class RefusedError(TransportError):
    """The recipient's server refuses this message for good (5xx)."""


class TryLaterError(TransportError):
    """The server asks to try this recipient again later (4xx)."""


class ConnectionLostError(TransportError):
    """No connection, or it was lost; whether the message arrived is then not known."""


class MailSettingsError(TransportError):
    """Nothing can be sent before somebody mends the settings: login, certificate, sender."""


@dataclass(frozen=True)
class Mail:
    """One message ready to leave. ``name`` is unique to it and fit for a file name."""

    sender: str
    recipient: str
    content: bytes
    name: str


class Transport(Protocol):
    """A way out. ``name`` goes to the send log."""

    name: str

    def send(self, mail: Mail) -> None:
        """Hand a message over; raises one of the four failures above."""

    def close(self) -> None:
        """Let go of what is open; sending opens it again."""


class FileTransport:
    """Messages as ``.eml`` files in a folder, each written whole or not at all."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail) -> None:
        try:
            write_atomically(self.folder / f"{mail.name}.eml", mail.content)
        except OSError as error:
            raise MailSettingsError(f"{self.folder}: {error.strerror}") from error

    def close(self) -> None:
        return


class SmtpTransport:
    """Messages over one SMTP connection, opened at the first message and again after it was lost.

    With ``starttls`` a server that does not offer it is never used in the clear. Certificates are verified against the
    system's authorities, or the ``context`` given.
    """

    name = "smtp"

    def __init__(self, settings: Settings, context: ssl.SSLContext | None = None) -> None:
        if settings.exposes_login:  # also for settings that were copied, which nobody validated
            raise MailSettingsError("smtp_security=none would send the password in the clear; use starttls or tls")
        self._settings = settings
        self._context = context
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        fresh = self._connection is None
        try:
            self._transmit(mail)
        except _LostBeforeDataError as error:
            self.close()
            if fresh:
                raise ConnectionLostError(str(error)) from error
            # A kept connection that the server had given up in between: nothing was handed over, so once more.
            try:
                self._transmit(mail)
            except _LostBeforeDataError as again:
                self.close()
                raise ConnectionLostError(str(again)) from again

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _transmit(self, mail: Mail) -> None:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        try:
            code, reply = connection.mail(mail.sender)
            if code >= 400:
                self._turned_down(code, reply, MailSettingsError, "the sender is refused")
            code, reply = connection.rcpt(mail.recipient)
            if code >= 400:
                self._turned_down(code, reply, RefusedError)
            try:
                code, reply = connection.data(mail.content)
            except smtplib.SMTPDataError as error:  # the server did not want to hear the message
                self._turned_down(error.smtp_code, _bytes(error.smtp_error), RefusedError)
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                self.close()
                raise ConnectionLostError(
                    f"the connection broke while the message was handed over: {said(error)}"
                ) from error
            if code >= 400:
                self._turned_down(code, reply, RefusedError, after_data=True)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise _LostBeforeDataError(f"the mail server hung up: {said(error)}") from error

    def _turned_down(
        self, code: int, reply: bytes, for_good: type[Exception], what: str = "", *, after_data: bool = False
    ) -> None:
        """Raise what a 4xx or 5xx answer means, and leave the connection ready for the next message, or closed."""
        text = f"{what + ': ' if what else ''}{code} {clean(reply)}"
        if code == 421:  # the server closes the connection
            if not after_data:
                raise _LostBeforeDataError(text)
            self.close()
            raise TryLaterError(text)
        connection = self._connection
        try:
            assert connection is not None
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self.close()
        raise TryLaterError(text) if code < 500 else for_good(text)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = settings.smtp_host, settings.mail_port
        where = f"{host}:{port}"
        name = settings.mail_from.rpartition("@")[2]  # said in EHLO; asking DNS for our own name can take long
        connection: smtplib.SMTP | None = None
        try:
            if settings.smtp_security == "tls":
                connection = smtplib.SMTP_SSL(
                    host, port, name, timeout=settings.smtp_timeout, context=self._tls_context()
                )
            else:
                connection = smtplib.SMTP(host, port, name, timeout=settings.smtp_timeout)
            connection.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                connection.starttls(context=self._tls_context())
                connection.ehlo()
            if settings.smtp_user:
                password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
                connection.login(settings.smtp_user, password)
        except smtplib.SMTPNotSupportedError as error:
            _hang_up(connection)
            raise MailSettingsError(f"{where}: {said(error)}") from error
        except smtplib.SMTPAuthenticationError as error:
            _hang_up(connection)
            kind = ConnectionLostError if error.smtp_code < 500 else MailSettingsError
            raise kind(f"{where}: login refused: {error.smtp_code}") from None  # the answer may quote the credentials
        except UnicodeError:
            _hang_up(connection)
            raise MailSettingsError(f"{where}: smtp_user and smtp_password must be ASCII for this login") from None
        except ssl.SSLCertVerificationError as error:
            _hang_up(connection)
            raise MailSettingsError(f"{where}: the certificate is not trusted: {error.verify_message}") from error
        except (smtplib.SMTPException, OSError) as error:
            _hang_up(connection)
            raise ConnectionLostError(f"{where}: no connection to the mail server: {said(error)}") from error
        return connection

    def _tls_context(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()


class _LostBeforeDataError(Exception):
    """The connection was gone before the message was handed over: sending it again doubles nothing."""


def _hang_up(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        connection.close()


def transport_of(settings: Settings, folder: Path) -> Transport:
    """The way out that the settings choose; ``folder`` is where files go."""
    return SmtpTransport(settings) if settings.transport == "smtp" else FileTransport(folder)


def said(error: Exception) -> str:
    """What an error says, fit for the send log."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {clean(_bytes(error.smtp_error))}"
    return clean(str(error).encode()) or type(error).__name__


def clean(reply: bytes) -> str:
    """A server's answer in one bounded line, without the addresses that servers like to repeat."""
    text = "".join(c if c.isprintable() else " " for c in reply.decode("utf-8", errors="replace"))
    return _SOMEBODY.sub("<address>", " ".join(text.split()))[:200]


def _bytes(reply: bytes | str) -> bytes:
    return reply if isinstance(reply, bytes) else reply.encode("utf-8", errors="replace")
