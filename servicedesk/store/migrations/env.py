"""Alembic's entry. The connection always comes from servicedesk/store/migrate.py, which holds the lock."""

from __future__ import annotations

from alembic import context

from servicedesk.store.migrate import is_ours
from servicedesk.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    include_name=is_ours,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
with context.begin_transaction():
    context.run_migrations()
