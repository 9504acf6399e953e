"""Delivering: who is served, in which order, what is said of failures, and when another round is worth while."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from publications import outbox
from publications.members import Member
from publications.outbox import deliver, next_attempt, standing, unserved
from publications.transport import (
    ConnectionLostError,
    FileTransport,
    Mail,
    MailSettingsError,
    RefusedError,
    TryLaterError,
)
from state import db
from tests.publications.mailbox import SENDER, SLOT, edition, members, parsed, render, state_with_edition


class Scripted:
    """A way out that does to each recipient what it is told, and keeps what left."""

    name = "smtp"

    def __init__(self, **failures: Exception) -> None:
        self.failures = failures
        self.sent: list[Mail] = []
        self.closed = 0

    def send(self, mail: Mail) -> None:
        failure = self.failures.get(mail.recipient.partition("@")[0]) or self.failures.get("everybody")
        if failure is not None:
            raise failure
        self.sent.append(mail)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    found = state_with_edition(tmp_path)
    assert isinstance(found, Engine)
    return found


def test_each_member_gets_the_mail_in_the_language_and_order_asked_for(engine: Engine) -> None:
    kinds: list[tuple[str, tuple[str, ...]]] = []

    def rendering(lang: str, topics: tuple[str, ...]) -> object:
        kinds.append((lang, topics))
        return edition(lang, topics)

    people = [
        Member("a@example.org", "fr", ("talent",), "Zoé, “la” Müller"),
        Member("b@example.org", "fr", ("talent",)),
        Member("c@example.org", "de"),
    ]
    transport = Scripted()
    report = deliver(engine, 1, people, rendering, transport, now=SLOT, sender=SENDER)  # type: ignore[arg-type]
    assert (report.sent, report.skipped, report.refused, report.failed) == (3, 0, 0, 0)
    assert kinds == [("fr", ("talent",)), ("de", ())], "rendered once a kind"
    first = parsed(transport.sent[0].content)
    assert first["To"].addresses[0].display_name == "Zoé, “la” Müller"
    assert first["Content-Language"] == "fr"
    assert first["List-Unsubscribe"] == f"<mailto:{SENDER}?subject=unsubscribe>"
    assert first["Date"].datetime == SLOT
    plain, page = first.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == edition("fr").text
    assert transport.closed == 1


def test_ids_are_each_members_own_and_tell_nothing_of_the_address(engine: Engine, tmp_path: Path) -> None:
    transport = Scripted()
    deliver(engine, 1, members(20), render, transport, now=SLOT, sender=SENDER)
    identities = [parsed(mail.content)["Message-ID"] for mail in transport.sent]
    assert len(set(identities)) == 20
    for identity, member in zip(identities, members(20), strict=True):
        assert "member" not in identity
        assert db.recipient_key(member.address)[:8] not in identity
    (tmp_path / "other").mkdir()
    elsewhere = Scripted()
    deliver(state_with_edition(tmp_path / "other"), 1, members(20), render, elsewhere, now=SLOT, sender=SENDER)
    assert not set(identities) & {parsed(mail.content)["Message-ID"] for mail in elsewhere.sent}


def test_equal_edition_and_recipient_give_equal_bytes(engine: Engine) -> None:
    lost = Scripted(everybody=ConnectionLostError("gone"))
    deliver(engine, 1, members(1), render, lost, now=SLOT, sender=SENDER)
    one, two = Scripted(), Scripted()
    with pytest.raises(KeyboardInterrupt):  # dies after sending, before the confirmation
        deliver(engine, 1, members(1), render, dying(one), now=SLOT, sender=SENDER)
    deliver(engine, 1, members(1), render, two, now=SLOT + timedelta(days=3), sender="new-name@elsewhere.lu")
    first, second = parsed(one.sent[0].content), parsed(two.sent[0].content)
    assert first["Message-ID"] == second["Message-ID"], "kept although the sender has moved"
    three = Scripted()
    db.forget_refusals(engine, 1)
    deliver(engine, 1, members(1), render, three, now=SLOT, sender=SENDER)
    assert three.sent == []


def dying(transport: Scripted) -> Scripted:
    """The transport, but the process dies right after each message."""

    class Dying(Scripted):
        def send(self, mail: Mail) -> None:
            transport.send(mail)
            raise KeyboardInterrupt

    return Dying()


def test_failures_hold_up_nobody_else(engine: Engine) -> None:
    transport = Scripted(member0001=RefusedError("550 no such user"), member0003=TryLaterError("450 greylisted"))
    report = deliver(engine, 1, members(6), render, transport, now=SLOT, sender=SENDER)
    assert (report.sent, report.skipped, report.refused, report.failed, report.stopped) == (4, 0, 1, 1, None)
    assert set(report.problems) == {"1 x refused: 550 no such user", "1 x not now: 450 greylisted"}
    again = deliver(engine, 1, members(6), render, Scripted(), now=SLOT, sender=SENDER)
    assert (again.sent, again.skipped, again.refused, again.failed) == (1, 5, 0, 0)
    assert standing(engine, 1) == outbox.Standing(sent=5, refused=1, pending=0)


def test_a_dead_connection_is_given_up_and_the_untried_come_first(engine: Engine) -> None:
    report = deliver(
        engine, 1, members(9), render, Scripted(everybody=ConnectionLostError("gone")), now=SLOT, sender=SENDER
    )
    assert (report.sent, report.failed, report.stopped) == (0, 9, "gone")
    assert len(db.deliveries(engine, 1)) == 3
    waiting = unserved(engine, 1, members(9), "smtp")
    assert [member.address[:10] for member in waiting[:6]] == [f"member000{n}" for n in range(3, 9)]
    assert len(waiting) == 9


def test_a_fault_of_ours_stops_at_once_and_refuses_nobody(engine: Engine) -> None:
    report = deliver(
        engine, 1, members(9), render, Scripted(everybody=MailSettingsError("login")), now=SLOT, sender=SENDER
    )
    assert (report.sent, report.refused, report.failed, report.stopped) == (0, 0, 9, "login")
    assert len(db.deliveries(engine, 1)) == 1


def test_a_server_that_refuses_everybody_is_not_believed(engine: Engine) -> None:
    denied = Scripted(everybody=RefusedError("550 relaying denied"))
    for _ in range(6):
        report = deliver(engine, 1, members(100), render, denied, now=SLOT, sender=SENDER)
        assert (report.refused, report.failed) == (0, 100)
        assert report.stopped is not None
        assert "relaying denied" in report.stopped
    assert standing(engine, 1) == outbox.Standing(sent=0, refused=0, pending=100)
    assert db.forget_refusals(engine, 1) == 0
    assert deliver(engine, 1, members(100), render, Scripted(), now=SLOT, sender=SENDER).sent == 100


def test_refusals_are_believed_once_the_round_has_served_somebody(engine: Engine) -> None:
    gone = {f"member{n:04d}": RefusedError("550 no such user") for n in (0, 1, 2, 5)}
    report = deliver(engine, 1, members(7), render, Scripted(**gone), now=SLOT, sender=SENDER)
    assert (report.sent, report.refused, report.failed, report.stopped) == (3, 4, 0, None)
    assert standing(engine, 1) == outbox.Standing(sent=3, refused=4, pending=0)
    refused = [row for row in db.deliveries(engine, 1) if row.refused_at is not None]
    assert {row.last_error for row in refused} == {"550 no such user"}


def test_only_refusals_in_a_row_stop_a_round(engine: Engine) -> None:
    mixed: dict[str, Exception] = {f"member{n:04d}": RefusedError("550 no such user") for n in range(30)}
    mixed["member0015"] = TryLaterError("450 greylisted")
    report = deliver(engine, 1, members(31), render, Scripted(**mixed), now=SLOT, sender=SENDER)
    assert (report.sent, report.refused, report.failed, report.stopped) == (1, 29, 1, None)


def test_a_text_that_cannot_be_rendered_costs_nobody_a_half_round(engine: Engine) -> None:
    def rendering(lang: str, topics: tuple[str, ...]) -> object:
        if lang == "de":
            raise KeyError("digest.lead")
        return edition(lang)

    transport = Scripted()
    with pytest.raises(KeyError):
        deliver(engine, 1, members(3), rendering, transport, now=SLOT, sender=SENDER)  # type: ignore[arg-type]
    assert transport.sent == []
    assert db.deliveries(engine, 1) == []


def test_a_copy_in_a_file_is_not_a_mail(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert deliver(engine, 1, members(3), render, FileTransport(folder), now=SLOT, sender=SENDER).sent == 3
    assert deliver(engine, 1, members(3), render, FileTransport(folder), now=SLOT, sender=SENDER).skipped == 3
    assert len(list(folder.glob("*.eml"))) == 3
    mailed = Scripted()
    assert deliver(engine, 1, members(3), render, mailed, now=SLOT, sender=SENDER).sent == 3
    assert deliver(engine, 1, members(3), render, mailed, now=SLOT, sender=SENDER).sent == 0
    assert {mail.content for mail in mailed.sent} == {file.read_bytes() for file in folder.glob("*.eml")}


def test_a_copy_in_a_file_is_no_mail_although_mail_was_tried_before(engine: Engine, tmp_path: Path) -> None:
    later = Scripted(everybody=TryLaterError("451 later"))
    assert deliver(engine, 1, members(2), render, later, now=SLOT, sender=SENDER).failed == 2
    folder = FileTransport(tmp_path / "out")
    assert deliver(engine, 1, members(2), render, folder, now=SLOT, sender=SENDER).sent == 2
    assert len(unserved(engine, 1, members(2), "smtp")) == 2
    mailed = Scripted()
    assert deliver(engine, 1, members(2), render, mailed, now=SLOT, sender=SENDER).sent == 2
    assert len(mailed.sent) == 2


def test_another_round_waits_longer_after_each_failure(engine: Engine) -> None:
    people = members(2)
    soon = next_attempt(engine, 1, people, "smtp")
    assert soon is not None
    assert soon < SLOT
    pauses = []
    now = SLOT
    for _ in range(8):
        deliver(engine, 1, people, render, Scripted(member0001=TryLaterError("450")), now=now, sender=SENDER)
        again = next_attempt(engine, 1, people, "smtp")
        assert again is not None
        pauses.append(again - now)
        now = again
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes == [10, 20, 40, 80, 160, 320, 360, 360]
    people = members(3)  # one more, whom the server serves
    deliver(engine, 1, people, render, Scripted(member0001=RefusedError("550")), now=now, sender=SENDER)
    assert next_attempt(engine, 1, people, "smtp") is None
    newcomer = next_attempt(engine, 1, members(4), "smtp")
    assert newcomer is not None
    assert newcomer < now
