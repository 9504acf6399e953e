"""Alembic's entry: runs the migrations on the connection that ``state.migrate`` hands over, inside its transaction."""

from alembic import context

from state.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
