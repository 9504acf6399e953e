"""Sending through everything that goes wrong: nobody is missed, and nothing is doubled but what nobody could know."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from publications import outbox
from publications.transport import SmtpTransport
from state import db
from tests.publications.mailbox import SENDER, SLOT, Mailbox, members, render, served, smtp_settings, state_with_edition

RECIPIENTS = 500
KILLS = 50
PRELOAD = ["tests.publications.test_chaos", "email.headerregistry"]


def send_all(folder: str, port: int, count: int) -> None:
    """One sender process: serves whoever is not served, once."""
    engine = db.open_state(Path(folder) / "state.sqlite")
    transport = SmtpTransport(smtp_settings(Path(folder), port))
    with contextlib.suppress(outbox.SenderBusyError):
        outbox.deliver(engine, 1, members(count), render, transport, now=SLOT, sender=SENDER)


def processes() -> Any:
    """Sender processes forked from one that has imported everything: a kill then costs milliseconds, not seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


class Killer:
    """Kills the sender, with SIGKILL, at a stage of the SMTP dialogue or a moment after it, by a seeded dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.victim: int | None = None
        self.kills: Counter[str] = Counter()
        self.stage, self.countdown, self.delay = "", 0, 0.0

    def aim(self, pid: int) -> None:
        """Choose where this sender dies: within the next twenty messages, at one stage, at once or a bit later."""
        self.stage = self.dice.choice(("mail", "rcpt", "data", "end"))
        self.countdown = self.dice.randint(1, 20)
        self.delay = self.dice.choice((0.0, self.dice.uniform(0, 0.012)))
        self.victim = pid

    def answer(self, stage: str, envelope: Envelope) -> str | None:
        if self.victim is not None and stage == self.stage:
            self.countdown -= 1
            if self.countdown == 0:
                pid, self.victim = self.victim, None
                if self.delay:
                    threading.Timer(self.delay, self.kill, (pid, stage)).start()
                else:
                    self.kill(pid, stage)
        return None

    def kill(self, pid: int, stage: str) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills[stage] += 1


@pytest.mark.endurance
def test_fifty_kills_lose_nobody_and_double_at_most_one_message_each(tmp_path: Path) -> None:
    engine = state_with_edition(tmp_path)
    killer = Killer(seed=20261123)
    mailbox = Mailbox(answer=killer.answer)
    context = processes()
    killed = starts = 0
    began = time.monotonic()
    with served(mailbox) as port:
        while killed < KILLS:
            sender = context.Process(target=send_all, args=(str(tmp_path), port, RECIPIENTS))
            sender.start()
            starts += 1
            killer.aim(sender.pid)
            sender.join(60)
            assert sender.exitcode is not None, "a sender hangs"
            killed += sender.exitcode == -signal.SIGKILL
            assert sender.exitcode in (0, -signal.SIGKILL)
            assert starts < 2 * KILLS, f"only {killed} kills over {starts} senders"
            killer.victim = None
        assert outbox.unserved(engine, 1, members(RECIPIENTS), "smtp"), "the kills came while somebody still waited"
        last = context.Process(target=send_all, args=(str(tmp_path), port, RECIPIENTS))
        last.start()
        last.join(120)
        assert last.exitcode == 0
    seconds = time.monotonic() - began

    received = mailbox.by_recipient()
    assert set(received) == {member.address for member in members(RECIPIENTS)}, "nobody is missed"
    doubled = {recipient: count for recipient, count in received.items() if count > 1}
    surplus = sum(count - 1 for count in doubled.values())
    print(
        f"\n{killed} kills {dict(killer.kills)}, {len(mailbox.received)} messages, {surplus} doubled, {seconds:.1f} s"
    )
    assert killed == KILLS
    assert sum(killer.kills.values()) >= KILLS
    assert len(mailbox.received) == RECIPIENTS + surplus
    # Only a kill after the server took a message and before it was logged doubles one, and that one only.
    assert 0 < surplus <= killer.kills["data"] + killer.kills["end"] + killer.kills["mail"] + killer.kills["rcpt"]
    for recipient in doubled:
        copies = mailbox.messages(recipient)
        assert len({copy["Message-ID"] for copy in copies}) == 1, "a copy is recognised by its id"
        assert len({bytes(copy) for copy in copies}) == 1, "and is the same to the byte"
    identities = {message["Message-ID"] for who in received for message in mailbox.messages(who)}
    assert len(identities) == RECIPIENTS, "no two members share an id"
    assert outbox.standing(engine, 1) == outbox.Standing(sent=RECIPIENTS, refused=0, pending=0)
    tries = sum(row.attempts for row in db.deliveries(engine, 1))
    assert RECIPIENTS < tries <= RECIPIENTS + KILLS, "a kill costs at most the attempt it hit"


def test_a_server_that_does_everything_wrong_costs_nobody_the_mail(tmp_path: Path) -> None:
    engine = state_with_edition(tmp_path)
    dice = random.Random(7)
    everybody = members(60)
    gone = {"member0003@example.org", "member0040@example.org"}  # 550 for good

    def answer(stage: str, envelope: Envelope) -> str | None:
        if stage == "rcpt" and envelope.rcpt_tos[-1] in gone:
            return "550 5.1.1 <member0003@example.org> no such user"
        if dice.random() < 0.06:
            return dice.choice(("421 too busy", "450 4.2.0 greylisted", "451 later", "drop"))
        if dice.random() < 0.02:
            time.sleep(0.05)
        return None

    mailbox = Mailbox(answer=answer)
    lost_at_the_end = 0
    with served(mailbox) as port:
        for _ in range(40):
            transport = SmtpTransport(smtp_settings(tmp_path, port))
            report = outbox.deliver(engine, 1, everybody, render, transport, now=SLOT, sender=SENDER)
            assert report.sent + report.skipped + report.refused + report.failed == len(everybody)
            lost_at_the_end += sum(int(line.split(" x ")[0]) for line in report.problems)
            if not report.failed:
                break
        else:
            pytest.fail("never finished")
    received = mailbox.by_recipient()
    assert set(received) == {member.address for member in everybody} - gone
    assert sum(received.values()) - len(received) <= lost_at_the_end
    for recipient in received:
        assert len({message["Message-ID"] for message in mailbox.messages(recipient)}) == 1
    assert outbox.standing(engine, 1) == outbox.Standing(sent=58, refused=2, pending=0)
    errors = [row.last_error for row in db.deliveries(engine, 1) if row.refused_at]
    assert errors == ["550 5.1.1 <<address>> no such user"] * 2, "the log keeps no address"


def test_a_server_that_dies_in_the_middle_of_a_message(tmp_path: Path) -> None:
    """It takes the message and hangs up before it says so: sent again, with the same id."""
    engine = state_with_edition(tmp_path)
    dead_once = {"done": False}

    def answer(stage: str, envelope: Envelope) -> str | None:
        if stage == "end" and envelope.rcpt_tos == ["member0002@example.org"] and not dead_once["done"]:
            dead_once["done"] = True
            return "drop"
        return None

    mailbox = Mailbox(answer=answer)
    with served(mailbox) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port))
        first = outbox.deliver(engine, 1, members(5), render, transport, now=SLOT, sender=SENDER)
        assert (first.sent, first.failed, first.stopped) == (4, 1, None)
        assert outbox.standing(engine, 1).pending == 1
        second = outbox.deliver(engine, 1, members(5), render, transport, now=SLOT, sender=SENDER)
        assert (second.sent, second.skipped, second.failed) == (1, 4, 0)
    copies = mailbox.messages("member0002@example.org")
    assert len(copies) == 2
    assert len({bytes(copy) for copy in copies}) == 1
    assert sum(mailbox.by_recipient().values()) == 6


@pytest.mark.endurance
def test_two_senders_at_once_serve_everybody_once(tmp_path: Path) -> None:
    engine = state_with_edition(tmp_path)
    mailbox = Mailbox()
    context = processes()
    with served(mailbox) as port:
        senders = [context.Process(target=send_all, args=(str(tmp_path), port, 120)) for _ in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
        assert [sender.exitcode for sender in senders] == [0, 0, 0, 0]
    assert set(mailbox.by_recipient().values()) == {1}
    assert outbox.standing(engine, 1).sent == 120


def test_the_second_sender_leaves(tmp_path: Path) -> None:
    engine = state_with_edition(tmp_path)
    with (
        outbox.sending(engine),
        pytest.raises(outbox.SenderBusyError, match="another process is sending"),
    ):
        outbox.deliver(
            engine, 1, members(1), render, SmtpTransport(smtp_settings(tmp_path, 9)), now=SLOT, sender=SENDER
        )
    assert db.deliveries(engine, 1) == []
