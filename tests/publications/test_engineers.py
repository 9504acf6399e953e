"""Engineers are told once when trouble begins and once when it ends, in one mail however much there is."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from publications.engineers import (
    Notice,
    alert,
    all_clear,
    render_failure,
    render_stale_runs,
    render_stale_source,
)
from publications.transport import ConnectionLostError, Mail, MailSettingsError, RefusedError
from state import db
from tests.publications.mailbox import SENDER, parsed

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
WHO = ("eng@example.lu", "ops@example.lu")


class Post:
    name = "smtp"

    def __init__(self, **failures: Exception) -> None:
        self.failures = failures
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        if failure := self.failures.get(mail.recipient.partition("@")[0]):
            raise failure
        self.sent.append(mail)

    def close(self) -> None:
        return


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return db.open_state(tmp_path / "state.sqlite")


def test_an_incident_is_told_once_and_its_end_once(engine: Engine) -> None:
    post = Post()
    notice = Notice("stale: eurostat", "Eurostat does not answer.")
    for hour in range(4):
        told = alert(engine, post, WHO, {"source:eurostat": notice}, now=NOW + timedelta(hours=hour), sender=SENDER)
        assert told == (1 if hour == 0 else 0)
    assert [mail.recipient for mail in post.sent] == list(WHO)
    message = parsed(post.sent[0].content)
    assert message["Subject"] == "[observatory] stale: eurostat"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Eurostat does not answer." in message.get_content()
    for _ in range(3):
        all_clear(engine, post, WHO, ["source:eurostat"], now=NOW + timedelta(hours=5), sender=SENDER)
    assert len(post.sent) == 4
    over = parsed(post.sent[-1].content)
    assert over["Subject"] == "[observatory] over: stale: eurostat"
    assert over.get_content().strip() == "stale: eurostat: noticed 2026-11-23 06:05 UTC, over 2026-11-23 11:05 UTC"
    assert len({parsed(mail.content)["Message-ID"] for mail in post.sent}) == 4


def test_many_troubles_at_once_are_one_mail(engine: Engine) -> None:
    post = Post()
    begun = {f"source:{n}": Notice(f"stale: {n}", f"text {n}") for n in range(7)}
    assert alert(engine, post, WHO[:1], begun, now=NOW, sender=SENDER) == 7
    assert len(post.sent) == 1
    message = parsed(post.sent[0].content)
    assert message["Subject"] == "[observatory] 7 troubles: stale: 0, …"
    assert all(f"text {n}" in message.get_content() for n in range(7))
    assert all_clear(engine, post, WHO[:1], list(begun)[:3], now=NOW, sender=SENDER) == 3
    assert parsed(post.sent[-1].content)["Subject"] == "[observatory] over: 3 troubles"


def test_nobody_reached_is_tried_again_one_reached_is_enough(engine: Engine) -> None:
    begun = {"run:x": Notice("failed: x", "x")}
    dead = Post(eng=ConnectionLostError("no"), ops=ConnectionLostError("no"))
    assert alert(engine, dead, WHO, begun, now=NOW, sender=SENDER) == 0
    half = Post(eng=RefusedError("550"))
    assert alert(engine, half, WHO, {}, now=NOW, sender=SENDER) == 1, "the trouble of before is told"
    assert [mail.recipient for mail in half.sent] == ["ops@example.lu"]
    assert alert(engine, Post(), WHO, begun, now=NOW, sender=SENDER) == 0


def test_without_engineers_trouble_waits_for_one_and_ends_in_silence(engine: Engine) -> None:
    post = Post()
    begun = {"run:x": Notice("failed: x", "x"), "run:y": Notice("failed: y", "y")}
    assert alert(engine, post, (), begun, now=NOW, sender=SENDER) == 0
    assert all_clear(engine, post, WHO, ["run:x"], now=NOW, sender=SENDER) == 0
    assert alert(engine, post, WHO, begun | {}, now=NOW, sender=SENDER) == 2, "x began anew, y was never told"


def test_a_failure_says_where_and_what_and_is_bounded() -> None:
    steps = [(f"step_{n}", "Error: boom\n" + "  at line\n" * 400 + "y" * 5000) for n in range(14)]
    notice = render_failure(job="observatory", run_id="0123456789ab", at=NOW, steps=steps)
    assert notice.subject == "failed: step_0, step_1, step_2 and 11 more"
    assert "Error: boom" in notice.text
    assert "and 4 more steps" in notice.text
    assert len(notice.text) < 40_000
    assert max(len(line) for line in notice.text.splitlines()) < 320
    killed = render_failure(job="observatory", run_id="0123456789ab", at=NOW, steps=[])
    assert killed.subject == "failed: observatory"
    assert "its process may have died" in killed.text


def test_hostile_error_texts_stay_in_the_body(engine: Engine) -> None:
    post = Post()
    notice = Notice("failed: a\nBcc: everybody@example.org", "text\n.\nmore")
    alert(engine, post, WHO[:1], {"run:a": notice}, now=NOW, sender=SENDER)
    message = parsed(post.sent[0].content)
    assert message["Bcc"] is None
    assert message["Subject"] == "[observatory] failed: a Bcc: everybody@example.org"


def test_stale_notices_name_the_source_and_the_last_good_look() -> None:
    notice = render_stale_source(
        source_id="cssf_publications",
        trouble="changed_shape",
        detail="no <item>",
        last_ok_at=None,
        fresh_within_hours=36,
    )
    assert "cssf_publications: changed_shape; last good look: never; allowed: 36 h." in notice.text
    assert "observatory source check cssf_publications" in notice.text
    assert "the last one: 2026-11-23 06:05 UTC" in render_stale_runs(last_run_at=NOW, hours=36).text


class Slow(Post):
    """A post that takes its time, so that another sensor comes in between."""

    def send(self, mail: Mail) -> None:
        time.sleep(0.2)
        super().send(mail)


def test_two_sensors_at_once_tell_once(engine: Engine) -> None:
    post = Slow()

    def told(turn: int) -> int:
        return alert(engine, post, WHO[:1], {"run:x": Notice("failed: x", "x")}, now=NOW, sender=SENDER)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(told, range(4))) == [0, 0, 0, 1]
    assert len(post.sent) == 1


def test_a_mail_told_again_after_a_crash_has_the_same_id(engine: Engine) -> None:
    class Dying(Post):
        def send(self, mail: Mail) -> None:
            super().send(mail)
            raise KeyboardInterrupt

    begun = {"run:x": Notice("failed: x", "x"), "run:y": Notice("failed: y", "y")}
    dying, post = Dying(), Post()
    with pytest.raises(KeyboardInterrupt):
        alert(engine, dying, WHO, begun, now=NOW, sender=SENDER)
    assert alert(engine, post, tuple(reversed(WHO)), begun, now=NOW + timedelta(hours=1), sender=SENDER) == 2
    assert len({mail.name for mail in post.sent}) == 2
    again = next(mail for mail in post.sent if mail.recipient == dying.sent[0].recipient)
    assert parsed(again.content)["Message-ID"] == parsed(dying.sent[0].content)["Message-ID"]
    other = Post()
    alert(engine, other, WHO[:1], {"run:z": Notice("failed: z", "z")}, now=NOW, sender=SENDER)
    assert parsed(other.sent[0].content)["Message-ID"] != parsed(again.content)["Message-ID"]


def test_that_nobody_was_reached_is_said(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    locked_out = Post(eng=RefusedError("550 no"), ops=MailSettingsError("mail:587: login refused: 535"))
    assert alert(engine, locked_out, WHO, {"run:x": Notice("failed: x", "x")}, now=NOW, sender=SENDER) == 0
    assert "login refused: 535" in caplog.text
    caplog.clear()
    assert alert(engine, locked_out, (), {}, now=NOW, sender=SENDER) == 0
    assert caplog.text == "", "an installation without engineers tells nobody, on purpose"
