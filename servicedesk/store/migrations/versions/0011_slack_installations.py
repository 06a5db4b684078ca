"""Slack in several workspaces: where it is installed, and which installations' states were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_installations",
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("bot_user", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("expires_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_until", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("refused", sa.String(length=80), nullable=False),
        sa.Column("installed_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("renewed_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_slack_installations")),
    )
    op.create_table(
        "spent_states",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_spent_states")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
