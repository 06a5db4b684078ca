"""Who was asked to vouch for whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("challenge", sa.String(length=32), nullable=False),
        sa.Column("requester", sa.String(length=64), nullable=False),
        sa.Column("approver", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_requester"), ["requester"], unique=False)
        batch_op.create_index(batch_op.f("ix_approvals_approver"), ["approver"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
