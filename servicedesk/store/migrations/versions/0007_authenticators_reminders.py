"""Authenticators for directories that keep none, and reminders: what was said, and who wants none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = servicedesk.store.types.UtcDateTime
    op.create_table(
        "authenticators",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_authenticators")),
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("account", "occasion", name=op.f("uq_reminders_account")),
    )
    op.create_table(
        "reminders_off",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("since", moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_reminders_off")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
