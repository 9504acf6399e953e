"""The send log: one number an edition, one confirmed delivery a recipient, whoever asks and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from state import db

CUT_OFF = datetime(2026, 11, 22, 6, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
WEEK = timedelta(days=7)


def test_editions_are_numbered_once(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "deep" / "state.sqlite")
    assert db.last_edition(engine) is None
    assert db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF) == 1
    assert db.claim_edition(engine, MONDAY + WEEK, "r1", "r1", CUT_OFF) == 2  # a quiet week cites the same release
    assert db.claim_edition(engine, MONDAY, "r9", "r8", CUT_OFF) == 1
    rows = db.editions(db.open_state(tmp_path / "deep" / "state.sqlite"))
    assert [(row.number, row.slot, row.release_id, row.previous_release_id) for row in rows] == [
        (1, MONDAY, "r1", None),
        (2, MONDAY + WEEK, "r1", "r1"),
    ]
    assert rows[0].data_cut_off == CUT_OFF
    assert rows[0].data_cut_off.tzinfo is not None
    last = db.last_edition(engine)
    assert last is not None
    assert (last.number, last.slot) == (2, MONDAY + WEEK)


def test_an_edition_is_compared_with_the_one_before(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    assert db.release_of_previous_edition(engine, MONDAY) is None
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)
    assert db.release_of_previous_edition(engine, MONDAY) is None
    assert db.release_of_previous_edition(engine, MONDAY + 3 * WEEK) == "r1"  # the weeks between had none
    db.claim_edition(engine, MONDAY + 3 * WEEK, "r3", "r1", CUT_OFF)
    db.claim_edition(engine, MONDAY + 4 * WEEK, "r4", None, CUT_OFF)  # written when r3 was gone
    assert db.release_of_previous_edition(engine, MONDAY + 3 * WEEK) == "r1"
    assert db.release_of_previous_edition(engine, MONDAY + 4 * WEEK) is None
    assert db.release_of_previous_edition(engine, MONDAY + 5 * WEEK) == "r4"


def test_many_claim_at_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    db.open_state(file)

    def claim(turn: int) -> int:
        return db.claim_edition(db.open_state(file), MONDAY + turn % 4 * WEEK, f"r{turn}", None, CUT_OFF)

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(claim, range(24)))
    assert set(numbers) == {1, 2, 3, 4}
    assert len(db.editions(db.open_state(file))) == 4


def test_a_delivery_is_claimed_until_confirmed(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)

    def claim(recipient: str) -> bool:
        return db.claim_delivery(
            engine, message_id="<1@x>", recipient=recipient, edition_number=1, lang="en", channel="file", subject="s"
        )

    assert claim("Anna@example.org")
    assert claim("anna@example.org ")  # claimed, but nobody confirmed: a crash in between must not lose it
    db.confirm_delivery(engine, message_id="<1@x>", recipient="anna@example.org", content_sha256=db.sha256(b"x"))
    assert not claim("anna@example.org")
    assert claim("bob@example.org")
    assert len(db.deliveries(engine, 1)) == 2
    assert db.deliveries(engine, 2) == []


def test_nothing_is_confirmed_that_was_not_claimed(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    with pytest.raises(LookupError):
        db.confirm_delivery(engine, message_id="<2@x>", recipient="a@b", content_sha256="0")


def test_naive_times_are_refused(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    with pytest.raises(Exception, match="aware"):
        db.claim_edition(engine, MONDAY, "r1", None, datetime(2026, 11, 22))  # noqa: DTZ001 - the point of the test


def test_a_refused_delivery_is_done_until_the_refusals_are_forgotten(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)
    sent = {"message_id": "<1@x>", "recipient": "a@example.org"}
    claim = partial(db.claim_delivery, engine, **sent, edition_number=1, lang="en", channel="smtp", subject="s")
    assert claim()
    db.note_failure(engine, **sent, error="451 later", for_good=False)
    assert claim()
    db.note_failure(engine, **sent, error="550 " + "x" * 1000, for_good=True)
    assert not claim()
    row = db.deliveries(engine)[0]
    assert (row.attempts, row.refused_at is not None, len(row.last_error or "")) == (2, True, 400)
    assert db.forget_refusals(engine, 1) == 1
    assert db.forget_refusals(engine, 1) == 0
    assert claim()


def test_a_copy_in_a_file_does_not_count_as_sent(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)
    sent = {"message_id": "<1@x>", "recipient": "a@example.org"}
    claim = partial(db.claim_delivery, engine, **sent, edition_number=1, lang="en", subject="s")
    assert claim(channel="file")
    db.confirm_delivery(engine, **sent, content_sha256="0")
    assert not claim(channel="file")
    assert claim(channel="smtp")
    db.confirm_delivery(engine, **sent, content_sha256="0")
    assert not claim(channel="smtp")
    assert not claim(channel="file")


def test_a_copy_in_a_file_does_not_count_as_sent_where_mail_was_tried_before(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)
    sent = {"message_id": "<1@x>", "recipient": "a@example.org"}
    claim = partial(db.claim_delivery, engine, **sent, edition_number=1, lang="en", subject="s")
    assert claim(channel="smtp")
    db.note_failure(engine, **sent, error="451 later", for_good=False)
    assert claim(channel="file")
    db.confirm_delivery(engine, **sent, content_sha256="0")
    row = db.deliveries(engine)[0]
    assert (row.channel, db.is_settled(row, "file"), db.is_settled(row, "smtp")) == ("file", True, False)
    assert claim(channel="smtp"), "nothing has left over this channel"
    row = db.deliveries(engine)[0]
    assert (row.channel, row.confirmed_at, row.attempts) == ("smtp", None, 3)


def test_one_engine_a_file_and_a_new_one_for_a_file_put_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    engine = db.open_state(file)
    db.claim_edition(engine, MONDAY, "r1", None, CUT_OFF)
    (tmp_path / "link").symlink_to(tmp_path)
    assert db.open_state(file) is engine
    assert db.open_state(tmp_path / "link" / "state.sqlite") is engine
    file.rename(tmp_path / "kept.sqlite")
    other = db.open_state(file)
    assert other is not engine
    assert db.editions(other) == []


def test_an_own_secret_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: db.own_secret(db.open_state(file), "x"), range(12)))
    assert len(found) == 1
    assert len(found.pop()) == 32
    assert db.own_secret(db.open_state(file), "y") != db.own_secret(db.open_state(file), "x")
