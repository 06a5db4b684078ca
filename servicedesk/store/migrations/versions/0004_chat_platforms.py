"""What chat platforms need: links to accounts, a queue of what they have to be handed, addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_links",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("channel_user", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.String(length=16), nullable=False),
        sa.Column("linked_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "tenant", "channel_user", name=op.f("pk_channel_links")),
        sa.UniqueConstraint("channel", "tenant", "account", name=op.f("uq_channel_links_channel")),
    )
    with op.batch_alter_table("channel_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_links_account"), ["account"], unique=False)

    op.create_table(
        "sendings",
        sa.Column("message", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("platform_id", sa.String(length=160), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("lease_until", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("give_up_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_sendings_conversation")
        ),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_sendings_message")),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_sendings")),
    )
    with op.batch_alter_table("sendings", schema=None) as batch_op:
        batch_op.create_index("ix_sendings_open", ["state", "conversation", "message"], unique=False)

    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
