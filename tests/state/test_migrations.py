"""A database of any age becomes today's, with every row kept, also when several processes open it at once."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from state import db, events
from state.migrate import NewerDatabaseError, config
from state.tables import HEAD, Base

BEFORE_MIGRATIONS = """
CREATE TABLE edition (
    number INTEGER NOT NULL, release_id VARCHAR(80) NOT NULL, previous_release_id VARCHAR(80),
    data_cut_off DATETIME NOT NULL, logged_at DATETIME NOT NULL, PRIMARY KEY (number), UNIQUE (release_id)
);
CREATE TABLE delivery (
    message_id VARCHAR(200) NOT NULL, recipient_sha256 VARCHAR(64) NOT NULL, edition_number INTEGER NOT NULL,
    lang VARCHAR(2) NOT NULL, channel VARCHAR(10) NOT NULL, subject VARCHAR(400) NOT NULL,
    claimed_at DATETIME NOT NULL, confirmed_at DATETIME, content_sha256 VARCHAR(64),
    PRIMARY KEY (message_id, recipient_sha256), FOREIGN KEY(edition_number) REFERENCES edition (number)
);
INSERT INTO edition VALUES
    (1, 'r1', NULL, '2026-10-20 06:00:00.000000', '2026-10-26 05:59:59.000000'),
    (2, 'r2', 'r1', '2026-10-21 06:00:00.000000', '2026-10-28 10:00:00.000000'),
    (3, 'r3', 'r2', '2026-10-22 06:00:00.000000', '2026-10-29 10:00:00.500000'),
    (4, 'r4', 'r3', '2026-11-15 06:00:00.000000', '2026-11-16 06:00:00.000000');
INSERT INTO delivery VALUES
    ('<1.en@x>', 'aa', 1, 'en', 'file', 'one', '2026-10-26 06:00:00.000000', '2026-10-26 06:00:01.000000', 'c1'),
    ('<1.fr@x>', 'aa', 1, 'fr', 'file', 'un', '2026-10-26 06:00:00.000000', NULL, NULL),
    ('<4.en@x>', 'aa', 4, 'en', 'file', 'four', '2026-11-16 06:00:00.000000', '2026-11-16 06:00:01.000000', 'c4');
"""

SECOND_REVISION = """
INSERT INTO source_check VALUES
    ('fine', '2026-11-21 00:00:00.000000', '2026-11-21 00:00:00.000000', NULL, NULL, NULL, '', 'v1'),
    ('few', '2026-11-21 00:00:00.000000', NULL, NULL, 'too_few', '2026-11-20 00:00:00.000000', '3 of 100', NULL),
    ('gone', '2026-11-21 00:00:00.000000', NULL, NULL, 'unreachable', '2026-11-20 00:00:00.000000', 'no', NULL);
INSERT INTO event (kind, at, source_id, upstream_at, release_id, edition, detail) VALUES
    ('seen', '2026-11-20 01:00:00.000000', 'a', '2026-11-20 00:00:00.000000', NULL, NULL, ''),
    ('changed', '2026-11-20 02:00:00.000000', 'a', NULL, NULL, NULL, ''),
    ('changed', '2026-11-20 02:30:00.000000', 'never_seen', NULL, NULL, NULL, ''),
    ('published', '2026-11-20 03:00:00.000000', NULL, NULL, 'r1', NULL, ''),
    ('seen', '2026-11-20 05:00:00.000000', 'a', NULL, NULL, NULL, ''),
    ('changed', '2026-11-20 06:00:00.000000', 'a', NULL, NULL, NULL, ''),
    ('published', '2026-11-20 07:00:00.000000', NULL, NULL, 'r2', NULL, ''),
    ('announced', '2026-11-20 10:00:00.000000', NULL, NULL, 'r2', 1, '');
"""


def old_database(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.executescript(BEFORE_MIGRATIONS)
    connection.close()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def open_and_write(file: str) -> None:
    events.record(db.open_state(Path(file)), "seen", at=utc("2026-11-22"), source_id="s")


def test_rows_from_before_migrations_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    old_database(file)
    engine = db.open_state(file)
    assert [
        (row.number, row.slot, row.release_id, row.previous_release_id, row.logged_at) for row in db.editions(engine)
    ] == [
        (1, utc("2026-10-19 05:00"), "r1", None, utc("2026-10-26 05:59:59")),  # a second before Monday 07:00, winter
        (2, utc("2026-10-26 06:00"), "r2", "r1", utc("2026-10-28 10:00")),
        (3, utc("2026-10-29 10:00:00.5"), "r3", "r2", utc("2026-10-29 10:00:00.5")),  # the second one of its week
        (4, utc("2026-11-16 06:00"), "r4", "r3", utc("2026-11-16 06:00")),
    ]
    rows = {row.message_id: row for row in db.deliveries(engine)}
    assert {key: (row.edition_number, row.lang, row.channel, row.subject) for key, row in rows.items()} == {
        "<1.en@x>": (1, "en", "archive", "one"),
        "<1.fr@x>": (1, "fr", "archive", "un"),
        "<4.en@x>": (4, "en", "archive", "four"),
    }
    assert rows["<4.en@x>"].confirmed_at == utc("2026-11-16 06:00:01")
    assert rows["<4.en@x>"].content_sha256 == "c4"
    assert rows["<1.fr@x>"].confirmed_at is None
    last = db.last_edition(engine)
    assert last is not None
    assert db.claim_edition(engine, utc("2026-11-16 06:00"), "r9", None, utc("2026-11-16")) == 4
    assert db.claim_edition(engine, utc("2026-11-23 06:00"), "r4", "r4", utc("2026-11-16")) == 5


def test_checks_and_events_of_the_second_revision_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with sqlite3.connect(file) as connection:
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as opened:
            command.upgrade(config(opened), "0002")
        engine.dispose()
        connection.executescript(SECOND_REVISION)
    connection.close()
    engine = db.open_state(file)
    assert {key: (one.trouble, one.trouble_since) for key, one in events.health(engine).items()} == {
        "few": ("too_few", utc("2026-11-20")),
        "fine": (None, None),
        "gone": ("unreachable", utc("2026-11-20")),
    }
    for source_id in ("few", "gone"):
        events.note_check(engine, source_id, by="look", at=utc("2026-11-22"))
    assert {key: one.trouble for key, one in events.health(engine).items()} == {
        "few": "too_few",
        "fine": None,
        "gone": None,
    }
    known = [row for row in reversed(events.events(engine)) if row.at < utc("2026-11-22")]
    assert [(row.kind, row.delay_seconds) for row in known] == [
        ("seen", 3600),
        ("changed", 7200),
        ("changed", None),
        ("published", 10_800),
        ("seen", None),
        ("changed", 3600),
        ("published", 7200),
        ("announced", 18_000),
    ]


@pytest.mark.parametrize("old", [True, False])
def test_the_tables_are_what_the_code_reads(tmp_path: Path, old: bool) -> None:
    file = tmp_path / "state.sqlite"
    if old:
        old_database(file)
    engine = db.open_state(file)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        unique = connection.exec_driver_sql("PRAGMA index_list(edition)").fetchall()
    assert sum(row[2] for row in unique) == 1, "the slot is unique, the release no longer"


def test_the_code_knows_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


@pytest.mark.parametrize("old", [True, False])
def test_several_processes_may_open_it_at_once(tmp_path: Path, old: bool) -> None:
    file = tmp_path / "state.sqlite"
    if old:
        old_database(file)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.state.test_migrations"])
    workers = [context.Process(target=open_and_write, args=(str(file),)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 6
    engine = db.open_state(file)
    assert len(events.events(engine)) == 6
    assert len(db.editions(engine)) == (4 if old else 0)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    old_database(file)
    with sqlite3.connect(file) as connection:
        connection.execute(
            "INSERT INTO delivery VALUES ('<9@x>', 'aa', 9, 'en', 'file', 's', '2026-01-01', NULL, NULL)"
        )
    connection.close()
    with pytest.raises(RuntimeError, match="1 rows without what they refer to"):
        db.open_state(file)
    with sqlite3.connect(file) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(edition)")]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert columns == ["number", "release_id", "previous_release_id", "data_cut_off", "logged_at"]
    assert tables == {"edition", "delivery"}


def test_a_database_of_a_newer_version_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    db.open_state(file).dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    newer = tmp_path / "newer.sqlite"
    shutil.copy(file, newer)
    with pytest.raises(NewerDatabaseError, match="newer version of the observatory"):
        db.open_state(newer)


def test_the_name_of_a_folder_is_no_address(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=ro&x=%2e"
    db.open_state(folder / "state.sqlite").dispose()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
