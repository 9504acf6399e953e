"""Editions keyed by their week; deliveries with attempts; the event log, source checks, incidents, own secrets.

An edition of a quiet week cites the release of the week before again, so a release is no longer unique.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

EDITION = sa.table(
    "edition",
    sa.column("number", sa.Integer),
    sa.column("logged_at", sa.DateTime(timezone=True)),
    sa.column("slot", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.add_column("edition", sa.Column("slot", sa.DateTime(timezone=True)))
    fill_slots(op.get_bind())
    # The unique release has no name in SQLite, so the table is made anew from what it is to be.
    edition = sa.Table(
        "edition",
        sa.MetaData(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("release_id", sa.String(80), nullable=False),
        sa.Column("previous_release_id", sa.String(80)),
        sa.Column("data_cut_off", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True)),
    )
    with op.batch_alter_table("edition", recreate="always", copy_from=edition) as table:
        table.alter_column("slot", existing_type=sa.DateTime(timezone=True), nullable=False)
        table.create_unique_constraint("uq_edition_slot", ["slot"])

    op.add_column("delivery", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("last_attempt_at", sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("last_error", sa.String(400)))
    op.add_column("delivery", sa.Column("refused_at", sa.DateTime(timezone=True)))
    op.create_index("ix_delivery_edition_number", "delivery", ["edition_number"])
    # Until now the only "recipient" was the edition's own file in the outbox.
    op.execute("UPDATE delivery SET channel = 'archive', attempts = 1")

    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_id", sa.String(80)),
        sa.Column("upstream_at", sa.DateTime(timezone=True)),
        sa.Column("run_id", sa.String(80)),
        sa.Column("release_id", sa.String(80)),
        sa.Column("edition", sa.Integer),
        sa.Column("trouble", sa.String(20)),
        sa.Column("detail", sa.String(1000), nullable=False),
        sa.Column("key", sa.String(200), unique=True),
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_source_id_at", "event", ["source_id", "at"])
    op.create_table(
        "source_check",
        sa.Column("source_id", sa.String(80), primary_key=True),
        sa.Column("last_checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True)),
        sa.Column("last_changed_at", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.String(20)),
        sa.Column("trouble_since", sa.DateTime(timezone=True)),
        sa.Column("detail", sa.String(1000), nullable=False),
        sa.Column("version", sa.String(400)),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("clear_told_at", sa.DateTime(timezone=True)),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_incident_key", "incident", ["key"])
    op.create_table(
        "secret",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )


def fill_slots(connection: sa.Connection) -> None:
    """Give every edition its Monday; a second one in the same week keeps the moment it was logged, so none is lost."""
    taken: set[datetime] = set()
    rows = connection.execute(sa.select(EDITION.c.number, EDITION.c.logged_at).order_by(EDITION.c.number)).all()
    for number, logged_at in rows:
        logged = logged_at.replace(tzinfo=UTC) if logged_at.tzinfo is None else logged_at.astimezone(UTC)
        slot = monday(logged)
        if slot in taken:
            slot = logged
        while slot in taken:
            slot += timedelta(microseconds=1)
        taken.add(slot)
        connection.execute(EDITION.update().where(EDITION.c.number == number).values(slot=slot))


def monday(moment: datetime) -> datetime:
    """The latest Monday 07:00 Europe/Luxembourg at or before a moment, as UTC (the rule of this revision, frozen)."""
    zone = ZoneInfo("Europe/Luxembourg")
    day = moment.astimezone(zone).date()
    day -= timedelta(days=day.weekday())
    slot = datetime.combine(day, time(7), zone).astimezone(UTC)
    if slot > moment:
        slot = datetime.combine(day - timedelta(days=7), time(7), zone).astimezone(UTC)
    return slot
