"""Bringing a database to today's tables: Alembic, called by ``state.db.open_state``, never by hand.

Belongs here: running the migrations. Never here: what a migration does (``migrations/versions``).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, NullPool, create_engine, event, inspect
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
BEFORE_MIGRATIONS = "0001"
"""Shape of the databases that were made before there were migrations."""


class NewerDatabaseError(RuntimeError):
    """A database whose tables are of a later version than this code; the message says what to do."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file; the migrations run on the connection given."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def upgrade(file: Path) -> None:
    """Bring a SQLite file to the newest revision: all of it in one transaction, or nothing.

    The transaction takes the writer's lock before it looks, so that of several processes that open a database at once
    one migrates and the others find it done; a process killed in between leaves the database as it was.
    """
    engine = create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        # Foreign keys stay off here: a table is changed by making it anew, and dropping the old one would be refused.
        connection.execute("PRAGMA busy_timeout = 60000")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        tables = set(inspect(connection).get_table_names())
        if "edition" in tables and "alembic_version" not in tables:
            command.stamp(config(connection), BEFORE_MIGRATIONS)
        try:
            command.upgrade(config(connection), "head")
        except CommandError as error:  # a revision that this code does not know
            raise NewerDatabaseError(
                f"{file.name} was brought to a newer shape by a newer version of the observatory; run that version"
            ) from error
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"{file}: the upgrade would leave {len(broken)} rows without what they refer to")
    engine.dispose()
