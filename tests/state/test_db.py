"""The send log: one number an edition, one confirmed delivery a recipient, whoever asks and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from state import db

CUT_OFF = datetime(2026, 11, 22, 6, tzinfo=UTC)


def test_editions_are_numbered_once(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "deep" / "state.sqlite")
    assert db.claim_edition(engine, "r1", None, CUT_OFF) == 1
    assert db.claim_edition(engine, "r2", "r1", CUT_OFF) == 2
    assert db.claim_edition(engine, "r1", None, CUT_OFF) == 1
    rows = db.editions(db.open_state(tmp_path / "deep" / "state.sqlite"))
    assert [(row.number, row.release_id, row.previous_release_id) for row in rows] == [(1, "r1", None), (2, "r2", "r1")]
    assert rows[0].data_cut_off == CUT_OFF
    assert rows[0].data_cut_off.tzinfo is not None


def test_an_edition_is_compared_with_the_one_before(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    assert db.release_of_previous_edition(engine, "r1") is None
    db.claim_edition(engine, "r1", None, CUT_OFF)
    assert db.release_of_previous_edition(engine, "r1") is None
    assert db.release_of_previous_edition(engine, "r3") == "r1"  # r2 never had an edition
    db.claim_edition(engine, "r3", "r1", CUT_OFF)
    db.claim_edition(engine, "r4", None, CUT_OFF)  # written when r3 was gone
    assert db.release_of_previous_edition(engine, "r3") == "r1"
    assert db.release_of_previous_edition(engine, "r4") is None
    assert db.release_of_previous_edition(engine, "r5") == "r4"


def test_many_claim_at_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    db.open_state(file)

    def claim(turn: int) -> int:
        return db.claim_edition(db.open_state(file), f"r{turn % 4}", None, CUT_OFF)

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(claim, range(24)))
    assert set(numbers) == {1, 2, 3, 4}
    assert len(db.editions(db.open_state(file))) == 4


def test_a_delivery_is_claimed_until_confirmed(tmp_path: Path) -> None:
    engine = db.open_state(tmp_path / "state.sqlite")
    db.claim_edition(engine, "r1", None, CUT_OFF)

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
        db.claim_edition(engine, "r1", None, datetime(2026, 11, 22))  # noqa: DTZ001 - the point of the test
