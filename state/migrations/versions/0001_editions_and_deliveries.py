"""Editions keyed by release, and their deliveries: the tables as they were before there were migrations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("release_id", sa.String(80), nullable=False, unique=True),
        sa.Column("previous_release_id", sa.String(80)),
        sa.Column("data_cut_off", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("message_id", sa.String(200), primary_key=True),
        sa.Column("recipient_sha256", sa.String(64), primary_key=True),
        sa.Column("edition_number", sa.Integer, sa.ForeignKey("edition.number"), nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(400), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("content_sha256", sa.String(64)),
    )
