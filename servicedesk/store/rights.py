"""What the services' own role may do in PostgreSQL: everything that they need, and nothing to the audit trail but
to add to it (D2).

The role that migrates owns the tables; the services sign in as another one, which can neither change a row of
the trail nor switch the triggers off that keep young rows from being deleted."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from servicedesk.errors import SettingsError
from servicedesk.store import Store
from servicedesk.store.migrate import newest_revision
from servicedesk.store.tables import audit, metadata

NEEDED = "SELECT, INSERT, UPDATE, DELETE"
OF_AUDIT = "SELECT, INSERT, DELETE"  # of rows past retention: a trigger refuses all others
FORBIDDEN = "UPDATE, TRUNCATE, TRIGGER"  # any of them is one too many


def grant(store: Store, role: str) -> None:
    """Give this role what the services need; again after each migration, and by the tables' owner."""
    with store.transaction() as connection:
        quote = connection.dialect.identifier_preparer.quote
        name = quote(role)
        connection.execute(text(f"GRANT SELECT ON alembic_version TO {name}"))
        connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"))
        for table in metadata.tables:
            rights = OF_AUDIT if table == audit.name else NEEDED
            connection.execute(text(f"GRANT {rights} ON {quote(table)} TO {name}"))


def check(store: Store) -> None:
    """Raises SettingsError unless the schema is this release's, and its trail nothing that our role can change."""
    if store.engine.dialect.name != "postgresql":
        return
    with store.transaction() as connection:
        revision, newest = MigrationContext.configure(connection).get_current_revision(), newest_revision()
        if revision != newest:
            raise SettingsError(
                f"TIER0_DATABASE_URL: the database is at revision {revision}, and this release needs {newest}: "
                "run python -m servicedesk.store.migrate"
            )
        allowed = connection.execute(
            text("SELECT has_table_privilege(:table, :rights)"), {"table": audit.name, "rights": FORBIDDEN}
        ).scalar_one()
    if allowed:
        raise SettingsError(
            "TIER0_DATABASE_URL: this role can change the audit trail; sign in as one that only got what "
            "python -m servicedesk.store.migrate grant ROLE gives"
        )
