"""first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import servicedesk.store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "account_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("alarm_hash", sa.String(length=64), nullable=True),
        sa.Column("alarm_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
        sa.UniqueConstraint("alarm_hash", name=op.f("uq_account_changes_alarm_hash")),
    )
    with op.batch_alter_table("account_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_changes_account"), ["account"], unique=False)

    op.create_table(
        "agents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("seed_step", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("id", "username", name=op.f("uq_agents_id")),
        sa.UniqueConstraint("username", name=op.f("uq_agents_username")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.String(length=16), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "cases",
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=True),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("summary", sa.String(length=160), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=True),
        sa.Column("ticket_number", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_cases")),
        sa.UniqueConstraint("key", name=op.f("uq_cases_key")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_conversation"), ["conversation"], unique=False)

    op.create_table(
        "challenges",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("channel_user", sa.String(length=160), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("factor", sa.String(length=16), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.String(length=16), nullable=False),
        sa.Column("code_mac", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("issued_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("accepted_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenges_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_conversation"), ["conversation"], unique=False)

    op.create_table(
        "channel_tries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_tries")),
    )
    with op.batch_alter_table("channel_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_tries_channel"), ["channel"], unique=False)

    op.create_table(
        "code_sends",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_sends")),
    )
    with op.batch_alter_table("code_sends", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_sends_account"), ["account"], unique=False)

    op.create_table(
        "code_tries",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("paused_until", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("account", "proven", name=op.f("pk_code_tries")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("channel_user", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("language_chosen", sa.Boolean(), nullable=False),
        sa.Column("created_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversations_account"), ["account"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("medium", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_recipient"), ["recipient"], unique=False)

    op.create_table(
        "directory_accounts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=160), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("given_name", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("site", sa.String(length=48), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("manager", sa.String(length=64), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=True),
        sa.Column("phone_since", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("alternate_email", sa.String(length=160), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("authenticator_since", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("authenticator_step", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_history", sa.JSON(), nullable=False),
        sa.Column("password_changed_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("bad_tries", sa.Integer(), nullable=False),
        sa.Column("locked_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_directory_accounts_email")),
        sa.UniqueConstraint("username", name=op.f("uq_directory_accounts_username")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=64), nullable=True),
        sa.Column("section", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("service", sa.String(length=48), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("starts_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("expected_end", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("stream", sa.String(length=96), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("lease_until", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("give_up_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("created_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["state", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_stream"), ["stream"], unique=False)

    op.create_table(
        "person_keys",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_person_keys")),
    )
    op.create_table(
        "reset_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("issued_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("claimed_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_reset_links")),
    )
    with op.batch_alter_table("reset_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reset_links_account"), ["account"], unique=False)

    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("wait_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    with op.batch_alter_table("sign_in_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_tries_username"), ["username"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("summary", sa.String(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("requester", sa.String(length=64), nullable=True),
        sa.Column("requester_name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("assignment_group", sa.String(length=80), nullable=False),
        sa.Column("assigned_to", sa.String(length=64), nullable=True),
        sa.Column("opened_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("key", name=op.f("uq_tickets_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "buttons",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("group", sa.String(length=32), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("expires_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("pressed_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_buttons_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buttons")),
    )
    with op.batch_alter_table("buttons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_buttons_group"), ["group"], unique=False)

    op.create_table(
        "desk_sessions",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agents.id"], name=op.f("fk_desk_sessions_agent")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_desk_sessions")),
    )
    with op.batch_alter_table("desk_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_sessions_agent"), ["agent"], unique=False)

    op.create_table(
        "directory_lockouts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["directory_accounts.id"], name=op.f("fk_directory_lockouts_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_lockouts")),
    )
    with op.batch_alter_table("directory_lockouts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_lockouts_account"), ["account"], unique=False)

    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.Column("done_at", servicedesk.store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_inbound_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("key", name=op.f("uq_inbound_key")),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_open", ["done_at", "id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_messages_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_conversation"), ["conversation"], unique=False)

    op.create_table(
        "ticket_attachments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"], name=op.f("fk_ticket_attachments_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_attachments")),
    )
    with op.batch_alter_table("ticket_attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_attachments_ticket"), ["ticket"], unique=False)

    op.create_table(
        "ticket_comments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", servicedesk.store.types.UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.id"], name=op.f("fk_ticket_comments_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_comments")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_comments_key")),
    )
    with op.batch_alter_table("ticket_comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_comments_ticket"), ["ticket"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was taken before the upgrade")
