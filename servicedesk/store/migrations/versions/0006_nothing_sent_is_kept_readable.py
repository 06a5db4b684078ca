"""Forget what was sent before it was sealed: codes and links stood readable on the demo's phone and in finished notices."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM deliveries")
    op.execute("UPDATE outbox SET payload = '{}' WHERE state = 'done'")


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
