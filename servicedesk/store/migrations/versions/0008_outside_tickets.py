"""What outside ticket systems need: whether a call is under way, what was seen of their changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watermarks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermarks")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", servicedesk.store.types.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("news", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
