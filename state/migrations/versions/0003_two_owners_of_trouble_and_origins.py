"""Source checks with a slot for looks and one for crawls; events with the moment that their delay counts from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OF_A_CRAWL = "('changed_shape', 'too_few', 'damaged')"
"""Troubles that go to the crawl's slot: a good look must not clear what may have been found in the content."""


def upgrade() -> None:
    for owner in ("look", "crawl"):
        op.add_column("source_check", sa.Column(f"{owner}_at", sa.DateTime(timezone=True)))
        op.add_column("source_check", sa.Column(f"{owner}_trouble", sa.String(20)))
        op.add_column("source_check", sa.Column(f"{owner}_detail", sa.String(1000), nullable=False, server_default=""))
        of_owner = f"trouble {'IN' if owner == 'crawl' else 'NOT IN'} {OF_A_CRAWL}"
        op.execute(
            f"UPDATE source_check SET {owner}_at = last_checked_at, {owner}_trouble = trouble, "
            f"{owner}_detail = detail WHERE {of_owner}"
        )
    op.add_column("event", sa.Column("origin_at", sa.DateTime(timezone=True)))
    op.create_index("ix_event_kind_at", "event", ["kind", "at"])
    for statement in ORIGINS:
        op.execute(statement)


ORIGINS = (
    "UPDATE event SET origin_at = upstream_at",
    """
    UPDATE event SET origin_at = (
        SELECT coalesce(seen.upstream_at, seen.at) FROM event AS seen
        WHERE seen.kind = 'seen' AND seen.source_id = event.source_id AND seen.at <= event.at
        ORDER BY seen.at DESC, seen.id DESC LIMIT 1
    ) WHERE kind IN ('crawled', 'changed') AND origin_at IS NULL
    """,
    """
    UPDATE event SET origin_at = (
        SELECT min(change.origin_at) FROM event AS change
        WHERE change.kind = 'changed' AND change.at <= event.at AND change.at > coalesce(
            (SELECT max(before.at) FROM event AS before WHERE before.kind = 'published' AND before.at < event.at), '')
    ) WHERE kind = 'published' AND origin_at IS NULL
    """,
    """
    UPDATE event SET origin_at = (
        SELECT release.origin_at FROM event AS release
        WHERE release.kind = 'published' AND release.release_id = event.release_id ORDER BY release.at LIMIT 1
    ) WHERE kind = 'announced' AND origin_at IS NULL
    """,
)
"""The rule of this revision, frozen: what the publisher said, else the look answered, the oldest change."""
