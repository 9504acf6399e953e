"""A mail server on loopback that misbehaves on purpose, and small editions to send to it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from publications.edition import Edition
from publications.members import Member
from state import db
from state.settings import Settings

SLOT = datetime(2026, 11, 23, 6, tzinfo=UTC)
SENDER = "observatory@example.lu"
Answer = Callable[[str, Envelope], "str | None"]


def edition(lang: str = "en", topics: tuple[str, ...] = (), *, number: int = 1, lines: int = 20) -> Edition:
    """A small edition; only what the sender looks at is filled."""
    return Edition(
        number=number,
        lang=lang,
        slot=SLOT,
        topics=topics,
        release_id="20261122T060000Z-aaaaaaaa",
        previous_release_id=None,
        published_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
        subject=f"13,5\u00a0% – édition {number} ({lang})",
        html=f"<html lang='{lang}'><body>" + "<p>é .\n.</p>\n" * lines + "</body></html>",
        text="Zeile\n.\n..zwei\n" * lines,
        numbers=(),
        fixed=(),
        is_sample=True,
    )


def render(lang: str, topics: tuple[str, ...]) -> Edition:
    return edition(lang, topics)


def members(count: int, domain: str = "example.org") -> list[Member]:
    return [Member(f"member{n:04d}@{domain}", ("en", "fr", "de")[n % 3]) for n in range(count)]


def state_with_edition(folder: Path) -> Any:
    """Engine on a database that has edition 1."""
    engine = db.open_state(folder / "state.sqlite")
    db.claim_edition(engine, SLOT, "20261122T060000Z-aaaaaaaa", None, SLOT)
    return engine


@dataclass
class Mailbox:
    """What a server accepted, and how it answers. ``answer`` is asked at ``mail``, ``rcpt``, ``data`` and ``end``:
    None goes on, a text is the answer, "drop" hangs up.
    """

    answer: Answer = lambda stage, envelope: None
    received: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0

    def by_recipient(self) -> Counter[str]:
        return Counter(recipient for recipient, _ in self.received)

    def messages(self, recipient: str) -> list[EmailMessage]:
        return [parsed(content) for to, content in self.received if to == recipient]

    async def _ask(self, server: SMTP, stage: str, envelope: Envelope) -> str | None:
        said = self.answer(stage, envelope)
        if said == "drop":
            server.transport.abort()
            await asyncio.sleep(0)
            return "421 gone"
        return said

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self._ask(server, "mail", envelope)
        if said is None:
            envelope.mail_from = address
        return said or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        said = await self._ask(server, "rcpt", envelope)
        if said is not None:
            envelope.rcpt_tos.remove(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = await self._ask(server, "data", envelope)
        if said is not None:
            return said
        assert isinstance(envelope.content, bytes)
        self.received.append((envelope.rcpt_tos[0], envelope.content))
        return await self._ask(server, "end", envelope) or "250 OK"


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@contextlib.contextmanager
def served(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """The mailbox on a free loopback port; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=20, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop(no_assert=True)


def smtp_settings(root: Path, port: int, **more: Any) -> Settings:
    values = {"smtp_security": "none", "smtp_timeout": 5.0, "smtp_host": "127.0.0.1", "mail_from": SENDER} | more
    return Settings(data=root, transport="smtp", smtp_port=port, _env_file=None, **values)  # type: ignore[call-arg]


def let_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Authenticator: one user, one password."""
    right = (data.login, data.password) == (b"observatory", b"secret-word")
    return AuthResult(success=right, handled=False)
