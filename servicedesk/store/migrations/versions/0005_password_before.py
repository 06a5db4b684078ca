"""Keep which password a reset found, and let PostgreSQL's audit trail not be emptied by TRUNCATE either (D2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

POSTGRESQL = """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"""


def upgrade() -> None:
    op.add_column(
        "account_changes",
        sa.Column("password_before", servicedesk.store.types.UtcDateTime(), nullable=True),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(POSTGRESQL)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
