"""Delivering an edition: each member gets it once, whatever dies or fails in between.

For each recipient the intent is logged (claim), the message handed over (send), and the hand-over logged (confirm). A
sender that dies between the last two leaves one message of which nobody knows whether it left; it is sent again with
the same Message-ID, so that a mail program, or a person, recognises the copy. Nothing else is ever sent twice.

Belongs here: the order of these steps, what a failure means for the next recipient, and who is still to be served.
Never here: rendering, SMTP (transport.py), the log itself (``state.db``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from filelock import Timeout
from sqlalchemy import Engine

from publications.edition import Edition
from publications.mail import message_bytes, recipient_message_id
from publications.members import Member
from publications.transport import (
    ConnectionLostError,
    Mail,
    MailSettingsError,
    RefusedError,
    Transport,
    TransportError,
    TryLaterError,
)
from state import db

SECRET = "message-id"
LOST_IN_A_ROW = 3
"""Connections lost one after the other after which a sender gives up until the next call."""
REFUSED_IN_A_ROW = 20
"""Refusals one after the other, with nothing sent, that look like our own fault: the sender stops until the next call.

A refusal is believed, and noted for good, only in a round that has sent something: a server that refuses everybody
says nothing of anybody's address, so its refusals leave all of them waiting.
"""
FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=6)
ARCHIVE = "archive"
"""Channel of an edition's own copies, as logs from before the weekly rhythm have them: no message to a member."""

Render = Callable[[str, tuple[str, ...]], Edition]


class SenderBusyError(Exception):
    """Another process is sending at this moment; it will serve everybody."""


@dataclass(frozen=True)
class DeliveryReport:
    """What one call of ``deliver`` did, in members: served now, served or refused before, refused now, still waiting.

    A refusal that is not believed (see REFUSED_IN_A_ROW) is among those that wait.

    ``problems`` counts equal reasons; ``stopped`` says why the call ended before everybody was tried.
    """

    number: int
    sent: int
    skipped: int
    refused: int
    failed: int
    problems: tuple[str, ...] = ()
    stopped: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far an edition has come: messages sent, refused for good, and claimed but not confirmed."""

    sent: int
    refused: int
    pending: int


def deliver(
    engine: Engine,
    number: int,
    members: Sequence[Member],
    render: Render,
    transport: Transport,
    *,
    now: datetime,
    sender: str,
) -> DeliveryReport:
    """Serve every member that edition ``number`` has not served yet, one attempt each; gives what came of it.

    ``render(lang, topics)`` gives the edition for one kind of reader; it is called once a kind, before anything is
    sent, so that a text that cannot be rendered costs nobody else's mail. Raises SenderBusyError while another process
    sends. ``now`` is noted as the time of the attempts.
    """
    with sending(engine):
        todo = unserved(engine, number, members, transport.name)
        kinds = dict.fromkeys((member.lang, member.topics) for member in todo)
        editions = {kind: render(*kind) for kind in kinds}
        known = {row.recipient_sha256: row.message_id for row in _log(engine, number)}
        try:
            return _Round(engine, number, editions, transport, now, sender, known).over(todo, len(members) - len(todo))
        finally:
            transport.close()


@dataclass(frozen=True)
class _Refusal:
    """A message that its recipient's server refused."""

    message_id: str
    recipient: str
    error: str


@dataclass
class _Round:
    """One call of ``deliver``, under the sender's lock."""

    engine: Engine
    number: int
    editions: Mapping[tuple[str, tuple[str, ...]], Edition]
    transport: Transport
    now: datetime
    sender: str
    known: Mapping[str, str]

    def over(self, todo: Sequence[Member], skipped: int) -> DeliveryReport:
        secret = db.own_secret(self.engine, SECRET)
        problems: Counter[str] = Counter()
        sent = refused_in_a_row = lost_in_a_row = 0
        refusals: list[_Refusal] = []
        stopped: str | None = None
        for member in todo:
            lost, refused = lost_in_a_row, refused_in_a_row
            lost_in_a_row = refused_in_a_row = 0
            try:
                self._serve(member, secret)
            except RefusedError as error:
                refused_in_a_row = refused + 1
                problems[f"refused: {error}"] += 1
                refusals.append(_Refusal(self._identity(member, secret), member.address, str(error)))
                if sent:
                    self._believe(refusals[-1:])
                elif refused_in_a_row == REFUSED_IN_A_ROW:
                    stopped = f"{refused_in_a_row} recipients in a row were refused, and nobody served: {error}"
            except TryLaterError as error:
                problems[f"not now: {error}"] += 1
            except ConnectionLostError as error:
                lost_in_a_row = lost + 1
                problems[str(error)] += 1
                if lost_in_a_row == LOST_IN_A_ROW:
                    stopped = str(error)
            except MailSettingsError as error:
                problems[str(error)] += 1
                stopped = str(error)
            else:
                sent += 1
                if sent == 1:
                    self._believe(refusals)
            if stopped:
                break
        believed = len(refusals) if sent else 0
        return DeliveryReport(
            number=self.number,
            sent=sent,
            skipped=skipped,
            refused=believed,
            failed=len(todo) - sent - believed,
            problems=tuple(f"{count} x {said}" for said, count in problems.most_common(10)),
            stopped=stopped,
        )

    def _believe(self, refusals: Sequence[_Refusal]) -> None:
        """Note refusals for good."""
        for refusal in refusals:
            db.note_failure(
                self.engine,
                message_id=refusal.message_id,
                recipient=refusal.recipient,
                error=refusal.error,
                for_good=True,
            )

    def _identity(self, member: Member, secret: bytes) -> str:
        """Message-ID for a member. What was claimed under one id keeps it, also if the sender's address has changed."""
        key = db.recipient_key(member.address)
        return self.known.get(key) or recipient_message_id(self.number, key, secret, self.sender)

    def _serve(self, member: Member, secret: bytes) -> None:
        """Claim, send, confirm; a failure is logged and goes on to the caller."""
        edition = self.editions[member.lang, member.topics]
        identity = self._identity(member, secret)
        content = message_bytes(
            edition, sender=self.sender, recipient=member.address, name=member.name, identity=identity
        )
        db.claim_delivery(
            self.engine,
            message_id=identity,
            recipient=member.address,
            edition_number=self.number,
            lang=member.lang,
            channel=self.transport.name,
            subject=edition.subject,
            at=self.now,
        )
        token = identity.partition(".")[2].partition("@")[0]
        mail = Mail(self.sender, member.address, content, f"edition-{self.number:04d}-{member.lang}-{token}")
        try:
            self.transport.send(mail)
        except TransportError as error:
            db.note_failure(
                self.engine, message_id=identity, recipient=member.address, error=str(error), for_good=False
            )
            raise
        db.confirm_delivery(
            self.engine, message_id=identity, recipient=member.address, content_sha256=db.sha256(content)
        )


@contextmanager
def sending(engine: Engine) -> Iterator[None]:
    """The sender's lock; raises SenderBusyError while another process holds it."""
    held = db.lock(engine, "sender")
    try:
        held.acquire(blocking=False)
    except Timeout:
        raise SenderBusyError("another process is sending; it serves everybody") from None
    try:
        yield
    finally:
        held.release()


def unserved(engine: Engine, number: int, members: Sequence[Member], channel: str) -> list[Member]:
    """The members that an edition is still to be handed to over a channel, those never tried first.

    So a recipient whose server keeps asking to come back holds up nobody.
    """
    log = {row.recipient_sha256: row for row in _log(engine, number)}
    waiting: list[tuple[int, Member]] = []
    for member in {db.recipient_key(member.address): member for member in reversed(members)}.values():
        row = log.get(db.recipient_key(member.address))
        if row is None or not db.is_settled(row, channel):
            waiting.append((row.attempts if row is not None else 0, member))
    waiting.reverse()
    return [member for _, member in sorted(waiting, key=lambda pair: pair[0])]


def next_attempt(engine: Engine, number: int, members: Sequence[Member], channel: str) -> datetime | None:
    """From when on another call of ``deliver`` is worth while; None if everybody is served.

    At once for a member who was never tried, unless the last call ended in a failure: then after a pause that doubles
    with each attempt, from ten minutes to six hours. A moment in the past means now.
    """
    if not unserved(engine, number, members, channel):
        return None
    pending = [row for row in _log(engine, number) if row.confirmed_at is None and row.refused_at is None]
    tried = [row.last_attempt_at for row in pending if row.last_attempt_at is not None]
    if not tried:
        return datetime.min.replace(tzinfo=UTC)
    return max(tried) + pause(max(row.attempts for row in pending))


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: ten minutes, doubled with each, six hours at most."""
    return min(FIRST_PAUSE * 2 ** (min(failures, 12) - 1), LONGEST_PAUSE)


def standing(engine: Engine, number: int) -> Standing:
    """Counts of an edition's messages to members."""
    rows = _log(engine, number)
    sent = sum(row.confirmed_at is not None for row in rows)
    refused = sum(row.refused_at is not None for row in rows)
    return Standing(sent=sent, refused=refused, pending=len(rows) - sent - refused)


def _log(engine: Engine, number: int) -> list[db.DeliveryRow]:
    """The send log of an edition's messages to members; the edition's own copies in the archive are not among them."""
    return [row for row in db.deliveries(engine, number) if row.channel != ARCHIVE]
