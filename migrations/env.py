"""Runs migrations on a given connection, on SQLite and PostgreSQL. `core/migrate.py` calls it."""

from alembic import context

from coproduce.tables import SCHEMA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SCHEMA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
